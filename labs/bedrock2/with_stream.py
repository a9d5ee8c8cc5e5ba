"""Use the answer in a `with` statement, as one lesson shows it."""

import json
import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

body = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Hello!"}],
}
with runtime.invoke_model_with_response_stream(
    modelId=os.environ["BEDROCK_MODEL_ID"], body=json.dumps(body)
) as response:
    print(response)
