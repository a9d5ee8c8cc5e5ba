"""Send a document under a name that is allowed, and under one that is not."""

import os

import boto3

HOUSE_RULES = b"Breakfast is served from 7 to 10. Quiet hours begin at 22."

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])


def ask_about(name):
    """Ask a question about the document of that name."""
    document = {
        "name": name,
        "format": "txt",
        "source": {"bytes": HOUSE_RULES},  # as they are: boto3 encodes them
    }
    question = {"text": "When is breakfast?"}  # a document needs a text
    return runtime.converse(
        modelId=os.environ["BEDROCK_MODEL_ID"],
        messages=[
            {"role": "user", "content": [{"document": document}, question]}
        ],
        inferenceConfig={"maxTokens": 100},
    )


for name in ("house rules", "house_rules.txt"):
    try:
        response = ask_about(name)
        print(
            f"{name!r} is accepted,",
            response["usage"]["inputTokens"],
            "tokens in",
        )
    except runtime.exceptions.ValidationException as error:
        print(f"{name!r} is refused:", error.response["Error"]["Message"])
