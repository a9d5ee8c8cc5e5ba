"""Say one thing to Claude and look at everything that comes back."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
question = "What is 1+1? Answer with the sum alone."

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": question}]}],
)

message = response["output"]["message"]
print("role:", message["role"])
print("text:", message["content"][0]["text"])
print("stopReason:", response["stopReason"])
print("usage:", response["usage"])
