"""Ask for a session only with long-term keys; keep one you have."""

import os

import boto3

sts = boto3.client("sts", region_name=os.environ["AWS_REGION"])

if os.environ["AWS_ACCESS_KEY_ID"].startswith("ASIA"):
    print("These keys are a session already: I keep them.")
else:
    answer = sts.get_session_token(DurationSeconds=10800)
    print("A new session, until", answer["Credentials"]["Expiration"])
print("They belong to", sts.get_caller_identity()["Arn"])
