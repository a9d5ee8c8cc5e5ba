"""Ask for the environments with the key of a Kafka cluster."""

import os
import sys

import httpx

answer = httpx.get(
    os.environ["CONFLUENT_CLOUD_REST_ENDPOINT"] + "/org/v2/environments",
    auth=(os.environ["KAFKA_API_KEY"], os.environ["KAFKA_API_SECRET"]),
)
if answer.is_error:
    sys.exit(f"{answer.status_code}: {answer.json()['errors'][0]['detail']}")
