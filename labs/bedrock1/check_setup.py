"""See that boto3 is here, which region it calls, and where it found keys."""

import os

import boto3

credentials = boto3.Session().get_credentials()
if "AWS_BEARER_TOKEN_BEDROCK" in os.environ:
    found = "AWS_BEARER_TOKEN_BEDROCK"  # it wins over all others
elif credentials is not None:
    found = credentials.method
else:
    raise SystemExit("boto3 finds no keys: set AWS_ACCESS_KEY_ID and more")

print("boto3 version:", boto3.__version__)
print("region:", os.environ["AWS_REGION"])
print("model:", os.environ["BEDROCK_MODEL_ID"])
print("keys found by:", found)
