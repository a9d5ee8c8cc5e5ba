"""Read keys from the same file, and trim what stands around them."""

import os

import boto3

NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
file = "".join(f"{name}= {os.environ[name]} \r\n" for name in NAMES)
pairs = [line.partition("=") for line in file.split("\n") if line]
keys = {name.lower(): value.strip() for name, _, value in pairs}

runtime = boto3.client(
    "bedrock-runtime", region_name=os.environ["AWS_REGION"], **keys
)
answer = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
print("The model answers:", answer["stopReason"])
