"""Say one thing to Claude and look at everything that comes back."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[
        {
            "role": "user",
            "content": [{"text": "What is 1+1? Answer with the sum alone."}],
        }
    ],
)

print("role:", response["output"]["message"]["role"])
print("text:", response["output"]["message"]["content"][0]["text"])
print("stopReason:", response["stopReason"])
print("usage:", response["usage"])
