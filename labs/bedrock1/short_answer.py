"""Ask for an essay, and allow ten tokens for it."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
question = "Write an essay about the history of hotels."

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": question}]}],
    inferenceConfig={"maxTokens": 10},
)

print("text:", response["output"]["message"]["content"][0]["text"])
print("stopReason:", response["stopReason"])
print("outputTokens:", response["usage"]["outputTokens"])
