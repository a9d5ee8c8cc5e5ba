"""Send Claude the body that Claude 2 took."""

import json
import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

body = {
    "prompt": "\n\nHuman: What is 19 + 23?\n\nAssistant:",
    "max_tokens_to_sample": 100,
}
runtime.invoke_model(
    modelId=os.environ["BEDROCK_MODEL_ID"], body=json.dumps(body)
)
