"""Read keys from a file with Windows line endings as if they were none."""

import os

import boto3

NAMES = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"]
file = "".join(f"{name}={os.environ[name]}\r\n" for name in NAMES)
pairs = [line.partition("=") for line in file.split("\n") if line]
keys = {name.lower(): value for name, _, value in pairs}

runtime = boto3.client(
    "bedrock-runtime", region_name=os.environ["AWS_REGION"], **keys
)
runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
