"""Pass a system prompt that is nothing."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
    system=[{"text": None}],
)
