"""Call the model without the prefix of a profile."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
_, _, base_id = os.environ["BEDROCK_MODEL_ID"].partition(".")  # no `us.`

runtime.converse(
    modelId=base_id,
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
)
