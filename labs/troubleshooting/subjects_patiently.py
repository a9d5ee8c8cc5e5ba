"""Give a new Schema Registry key two minutes to become known."""

import os
import time

from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

key = os.environ["SCHEMA_REGISTRY_API_KEY"]
secret = os.environ["SCHEMA_REGISTRY_API_SECRET"]
registry = SchemaRegistryClient(
    {
        "url": os.environ["SCHEMA_REGISTRY_REST_ENDPOINT"],
        "basic.auth.user.info": f"{key}:{secret}",
    }
)

for seconds in (0.1, 1, 5, 15, 30, 60):
    try:
        registry.get_subjects()
        print("The key is known.")
        break
    except SchemaRegistryError as error:
        if error.http_status_code != 401:
            raise
        print("401: not known yet")
        time.sleep(seconds)
