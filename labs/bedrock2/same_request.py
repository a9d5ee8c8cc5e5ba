"""Ask models of four vendors the same, in the same words."""

import os

import boto3

MODELS = [
    os.environ["BEDROCK_MODEL_ID"],
    "us.amazon.nova-lite-v1:0",
    "us.meta.llama3-3-70b-instruct-v1:0",
    "mistral.mistral-large-3-675b-instruct",
]

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for model_id in MODELS:
    response = runtime.converse(
        modelId=model_id,
        messages=[{"role": "user", "content": [{"text": "What is 19 + 23?"}]}],
        inferenceConfig={"maxTokens": 100, "temperature": 0},
    )
    answer = response["output"]["message"]["content"][0]["text"]
    print(f"{model_id}\n  says: {answer.strip()}")
    print("  and stopped because of:", response["stopReason"])
