"""See that boto3 is here, which region it calls, and where it found keys."""

import os

import boto3

credentials = boto3.Session().get_credentials()
if credentials is None:
    raise SystemExit(
        "boto3 finds no keys: set AWS_ACCESS_KEY_ID and its secret"
    )

print("boto3 version:", boto3.__version__)
print("region:", os.environ["AWS_REGION"])
print("model:", os.environ["BEDROCK_MODEL_ID"])
print("keys found by:", credentials.method)
