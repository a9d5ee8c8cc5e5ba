"""Ask the endpoint that runs models for the list of models."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

runtime.list_foundation_models()
