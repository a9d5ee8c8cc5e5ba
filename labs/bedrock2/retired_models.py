"""Call the models that lessons of 2023 to 2025 were written for."""

import os

import boto3
from botocore.exceptions import ClientError

RETIRED = {
    "anthropic.claude-v2": "Claude 2",
    "anthropic.claude-3-5-haiku-20241022-v1:0": "Claude 3.5 Haiku",
    "amazon.titan-text-express-v1": "Titan Text Express",
    "ai21.j2-ultra-v1": "Jurassic-2 Ultra",
    "stability.stable-diffusion-xl-v1": "Stable Diffusion XL",
}

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
said = set()

for model_id, name in RETIRED.items():
    try:
        runtime.invoke_model(modelId=model_id, body="{}")
    except ClientError as error:
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        print(status, error.response["Error"]["Code"], "-", name)
        said.add(error.response["Error"]["Message"])

print(*said, sep="\n")
