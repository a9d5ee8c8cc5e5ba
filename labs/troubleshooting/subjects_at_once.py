"""Use a Schema Registry key the moment it was made."""

import os

from confluent_kafka.schema_registry import SchemaRegistryClient

key = os.environ["SCHEMA_REGISTRY_API_KEY"]
secret = os.environ["SCHEMA_REGISTRY_API_SECRET"]
registry = SchemaRegistryClient(
    {
        "url": os.environ["SCHEMA_REGISTRY_REST_ENDPOINT"],
        "basic.auth.user.info": f"{key}:{secret}",
    }
)

registry.get_subjects()
