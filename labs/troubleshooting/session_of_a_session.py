"""Ask for session credentials with session credentials."""

import os

import boto3

sts = boto3.client("sts", region_name=os.environ["AWS_REGION"])

sts.get_session_token(DurationSeconds=10800)
