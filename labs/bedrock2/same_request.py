"""Ask models of four vendors the same, in the same words."""

import os

import boto3

MODELS = [
    os.environ["BEDROCK_MODEL_ID"],
    "us.amazon.nova-2-lite-v1:0",
    "mistral.mistral-large-3-675b-instruct",
    "openai.gpt-oss-20b-1:0",
]

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for model_id in MODELS:
    response = runtime.converse(
        modelId=model_id,
        messages=[{"role": "user", "content": [{"text": "What is 19 + 23?"}]}],
        inferenceConfig={"maxTokens": 500, "temperature": 0},
    )
    # A model that thinks puts a block without text before its answer.
    blocks = response["output"]["message"]["content"]
    answer = "".join(block.get("text", "") for block in blocks)
    print(f"{model_id}\n  says: {answer.strip()}")
    print("  and stopped because of:", response["stopReason"])
