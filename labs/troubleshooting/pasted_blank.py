"""Use a secret key as it came from a web page: with a blank behind it."""

import os

import boto3

runtime = boto3.client(
    "bedrock-runtime",
    region_name=os.environ["AWS_REGION"],
    aws_access_key_id=os.environ["AWS_ACCESS_KEY_ID"],
    aws_secret_access_key=os.environ["AWS_SECRET_ACCESS_KEY"] + " ",
    aws_session_token=os.environ["AWS_SESSION_TOKEN"],
)

runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
