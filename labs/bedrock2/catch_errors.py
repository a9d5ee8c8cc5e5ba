"""Catch refusals by their code, and know which to try again."""

import os

import boto3
from botocore.exceptions import ClientError

REGION = os.environ["AWS_REGION"]
MODEL = os.environ["BEDROCK_MODEL_ID"]
TRY_AGAIN = {
    "ThrottlingException",
    "ModelNotReadyException",
    "ServiceUnavailableException",
    "InternalServerException",
}

mine = boto3.client("bedrock-runtime", region_name=REGION)
nobodys = boto3.client(
    "bedrock-runtime",
    region_name=REGION,
    aws_access_key_id="AKIA0000NOSUCHKEY000",
    aws_secret_access_key="no secret at all",
)


def ask(client, model=MODEL, **config):
    """Ask something short; print what came of it."""
    try:
        response = client.converse(
            modelId=model,
            messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
            inferenceConfig={"maxTokens": 20, **config},
        )
        print("answered:", response["stopReason"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        advice = "try again" if code in TRY_AGAIN else "mend it first"
        print(f"{status} {code}: {advice}")


ask(mine)
ask(mine, model="anthropic.no-such-model-v1:0")
ask(mine, temperature=2)
ask(mine, model="us.anthropic.claude-3-7-sonnet-20250219-v1:0")
ask(nobodys)
