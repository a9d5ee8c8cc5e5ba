"""Read an answer while it is written, in events all models share."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

response = runtime.converse_stream(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    messages=[
        {"role": "user", "content": [{"text": "Hello! What can you do?"}]}
    ],
    inferenceConfig={"maxTokens": 200},
)

text, deltas, last = "", 0, ""
for event in response["stream"]:
    (name,) = event  # each event holds one member: its name and what it says
    if name != last:
        print(name)
    last = name
    if name == "contentBlockDelta":
        text += event[name]["delta"]["text"]
        deltas += 1

print("More than one delta:", deltas > 1)
print("Joined:", text)
