"""Pass a parameter that only some vendors know, and ask one back."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
request = {
    "messages": [{"role": "user", "content": [{"text": "What is 19 + 23?"}]}],
    "additionalModelRequestFields": {"top_k": 200},
}

response = runtime.converse(
    modelId=os.environ["BEDROCK_MODEL_ID"],
    inferenceConfig={"maxTokens": 100, "stopSequences": ["42"]},
    additionalModelResponseFieldPaths=["/stop_sequence"],
    **request,
)
print("Claude stopped:", response["stopReason"])
print("Claude adds:", response["additionalModelResponseFields"])

try:
    runtime.converse(
        modelId="us.amazon.nova-2-lite-v1:0",
        inferenceConfig={"maxTokens": 100},
        **request,
    )
except runtime.exceptions.ValidationException as error:
    print("Nova refuses:", error.response["Error"]["Message"])
