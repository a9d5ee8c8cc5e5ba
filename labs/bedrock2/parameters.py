"""Say how long an answer may be, how bold, and where it ends."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
order = 'Repeat exactly: "one two three four five"'

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[{"role": "user", "content": [{"text": order}]}],
    inferenceConfig={
        "maxTokens": 50,  # tokens, not words
        "temperature": 0,
        "stopSequences": ["four"],
    },
)

print("text:", response["output"]["message"]["content"][0]["text"])
print("stopReason:", response["stopReason"])
