"""Read a stream that may break off, and ask again where that may help."""

import os

import boto3
from botocore.exceptions import EventStreamError

TRY_AGAIN = {
    "throttlingException",
    "serviceUnavailableException",
    "internalServerException",
    "modelStreamErrorException",
}

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])


def ask(question):
    """Return the whole answer; raise EventStreamError where it breaks off."""
    response = runtime.converse_stream(
        modelId=os.environ["BEDROCK_MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": question}]}],
        inferenceConfig={"maxTokens": 200},
    )
    text = ""
    for event in response["stream"]:
        if "contentBlockDelta" in event:
            text += event["contentBlockDelta"]["delta"]["text"]
    return text


for attempt in range(1, 4):
    try:
        print("whole:", ask("Hello! What can you do?"))
        break
    except EventStreamError as error:
        code = error.response["Error"]["Code"]
        print(f"attempt {attempt} broke off: {code}")
        if code not in TRY_AGAIN:
            raise
