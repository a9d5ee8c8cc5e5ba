"""Send Claude its own body, and read its own answer."""

import json
import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

body = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 100,
    "messages": [{"role": "user", "content": "What is 19 + 23?"}],
}
response = runtime.invoke_model(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    body=json.dumps(body),
    contentType="application/json",
    accept="application/json",
)

answer = json.loads(response["body"].read())
print("text:", answer["content"][0]["text"])
print("stop_reason:", answer["stop_reason"])
print("usage:", answer["usage"]["input_tokens"], "tokens in,", end=" ")
print(answer["usage"]["output_tokens"], "out")
