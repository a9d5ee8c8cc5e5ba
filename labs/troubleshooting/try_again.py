"""Have boto3 wait and try again when Bedrock is asked too often."""

import os

import boto3
from botocore.config import Config

runtime = boto3.client(
    "bedrock-runtime",
    region_name=os.environ["AWS_REGION"],
    config=Config(retries={"mode": "standard", "total_max_attempts": 8}),
)

answer = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
print("The model answers:", answer["stopReason"])
print("Tried again:", answer["ResponseMetadata"]["RetryAttempts"], "times")
