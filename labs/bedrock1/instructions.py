"""Give the model instructions that hold for the whole conversation."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    system=[{"text": "You receive guests of a hotel. Answer in French."}],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)

print(response["output"]["message"]["content"][0]["text"])
