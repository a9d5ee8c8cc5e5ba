"""Look at the request that boto3 signs and sends."""

import os
from urllib.parse import urlsplit

import boto3

MODEL = "us.amazon.nova-2-lite-v1:0"


def show(request, **_):
    """Print a request that is about to be sent, without its secrets."""
    print(request.method, urlsplit(request.url).path)
    print("Content-Type:", request.headers["Content-Type"].decode())
    authorization = request.headers["Authorization"].decode()
    credential, signed, _ = authorization.split(", ")
    print("Authorization, scope:", credential.split("/", 1)[1])
    print("Authorization, signed:", signed.split("=", 1)[1])
    print("body:", request.body.decode())


runtime = boto3.client("bedrock-runtime", region_name=os.environ["AWS_REGION"])
runtime.meta.events.register("before-send.bedrock-runtime.Converse", show)

response = runtime.converse(
    modelId=MODEL,
    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
    inferenceConfig={"maxTokens": 50},
)

print("answered:", response["ResponseMetadata"]["HTTPStatusCode"])
print("request id:", response["ResponseMetadata"]["RequestId"])
