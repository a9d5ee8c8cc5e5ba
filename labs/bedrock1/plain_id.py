"""Call the model without the prefix of a profile."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
plain_id = os.environ["BEDROCK_MODEL_ID"].split(".", 1)[1]

runtime.converse(
    modelId=plain_id,
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
