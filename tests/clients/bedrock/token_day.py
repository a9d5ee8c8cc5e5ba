"""A short-term Bedrock API key, made by the published generator and used by boto3; prints JSON."""

import json
import os

import boto3
from aws_bedrock_token_generator import provide_token

os.environ["AWS_BEARER_TOKEN_BEDROCK"] = provide_token(region=os.environ["AWS_REGION"])
for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
    del os.environ[name]
models = boto3.client("bedrock").list_foundation_models()["modelSummaries"]
print(json.dumps({"models": len(models)}))
