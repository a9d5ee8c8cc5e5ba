"""Ask again while the Marketplace agreement is being made."""

import os
import time

import boto3
from botocore.exceptions import ClientError

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

for seconds in (1, 5, 30, 60, 120, 240, 480):
    try:
        answer = runtime.converse(
            modelId=os.environ["BEDROCK_MODEL_ID"],
            messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
        )
        print("The model answers:", answer["stopReason"])
        break
    except ClientError as error:
        if "is being created" not in str(error):
            raise
        print("not yet:", error.response["Error"]["Code"])
        time.sleep(seconds)
