"""Call Claude 3.5 Haiku, as the lessons of 2025 did. It has retired since."""

import os

import boto3

runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])

runtime.converse(
    modelId="us.anthropic.claude-3-5-haiku-20241022-v1:0",
    messages=[{"role": "user", "content": [{"text": "Are you still there?"}]}],
)
