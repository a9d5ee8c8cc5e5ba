"""List what a stream may send, errors included, from boto3's own model."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for operation, member in {
    "ConverseStream": "stream",
    "InvokeModelWithResponseStream": "body",
}.items():
    output = runtime.meta.service_model.operation_model(operation).output_shape
    events = output.members[member].members
    errors = [
        name
        for name, event in events.items()
        if event.metadata.get("exception")
    ]
    print(operation)
    print(
        "  events:", ", ".join(name for name in events if name not in errors)
    )
    print("  errors:", ", ".join(errors))
