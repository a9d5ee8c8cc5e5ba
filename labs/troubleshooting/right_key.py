"""Ask for the environments with a key for cloud resource management."""

import os

import httpx

answer = httpx.get(
    os.environ["CONFLUENT_CLOUD_REST_ENDPOINT"] + "/org/v2/environments",
    auth=(
        os.environ["CONFLUENT_CLOUD_API_KEY"],
        os.environ["CONFLUENT_CLOUD_API_SECRET"],
    ),
)
answer.raise_for_status()
print("Environments:", len(answer.json()["data"]))
