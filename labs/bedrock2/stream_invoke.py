"""Read an answer while it is written, in the vendor's own chunks."""

import json
import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

body = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 200,
    "messages": [{"role": "user", "content": "Hello! What can you do?"}],
}
response = runtime.invoke_model_with_response_stream(
    modelId=os.environ["BEDROCK_MODEL_ID"], body=json.dumps(body)
)

for event in response["body"]:
    chunk = json.loads(event["chunk"]["bytes"])
    if chunk["type"] == "content_block_delta":
        print(chunk["delta"]["text"], end="", flush=True)
    elif chunk["type"] == "message_delta":
        print("\nstop_reason:", chunk["delta"]["stop_reason"])
    elif chunk["type"] == "message_stop":
        metrics = chunk["amazon-bedrock-invocationMetrics"]
        print("first byte after", metrics["firstByteLatency"], "ms")
        print("tokens out:", metrics["outputTokenCount"])
