"""Meet the conflict at which `terraform destroy` stops, and mend it.

A provider integration that Tableflow still acts through cannot be deleted.
Tableflow was turned on by hand, so Terraform does not know what to turn off.
"""

import os

import httpx

CLOUD = os.environ.get(
    "CONFLUENT_CLOUD_REST_ENDPOINT", "https://api.confluent.cloud"
)
ENVIRONMENT = os.environ["CONFLUENT_ENVIRONMENT_ID"]
CLUSTER = os.environ["KAFKA_ID"]
TOPIC = "hotel_reviews"
NAME = "river-hotels-lake"
ROLE = f"arn:aws:iam::123456789012:role/{NAME}"

INTEGRATIONS = "/pim/v1/integrations"
TOPICS = "/tableflow/v1/tableflow-topics"
PLACE = {"environment": ENVIRONMENT, "spec.kafka_cluster": CLUSTER}


def client(kind):
    """Return a client with the keys of one kind."""
    return httpx.Client(
        base_url=CLOUD,
        auth=(os.environ[f"{kind}_API_KEY"], os.environ[f"{kind}_API_SECRET"]),
    )


def create_integration():
    """Create what lets Confluent write to a bucket; return its id."""
    answer = cloud.post(
        INTEGRATIONS,
        json={
            "display_name": NAME,
            "provider": "AWS",
            "environment": {"id": ENVIRONMENT},
            "config": {
                "kind": "AwsIntegrationConfig",
                "customer_iam_role_arn": ROLE,
            },
        },
    )
    answer.raise_for_status()
    return answer.json()["id"]


def turn_on(integration):
    """Have a topic stored in a bucket through the integration."""
    spec = {
        "display_name": TOPIC,
        "environment": {"id": ENVIRONMENT},
        "kafka_cluster": {"id": CLUSTER},
        "table_formats": ["DELTA"],
        "storage": {
            "kind": "ByobAws",
            "bucket_name": NAME,
            "provider_integration_id": integration,
        },
    }
    tableflow.post(TOPICS, json={"spec": spec}).raise_for_status()


def turn_off():
    """Stop storing the topic; that it is off already is fine."""
    answer = tableflow.delete(f"{TOPICS}/{TOPIC}", params=PLACE)
    if answer.status_code != httpx.codes.NOT_FOUND:
        answer.raise_for_status()


def destroy(integration):
    """Delete the integration, as Terraform does; return what came of it."""
    answer = cloud.delete(
        f"{INTEGRATIONS}/{integration}", params={"environment": ENVIRONMENT}
    )
    if answer.is_success:
        return "done"
    print("the service says:", answer.text)
    return f"{answer.status_code} {answer.reason_phrase}"


def left():
    """Return the names of our integrations that are still there."""
    answer = cloud.get(INTEGRATIONS, params={"environment": ENVIRONMENT})
    answer.raise_for_status()
    names = [found["display_name"] for found in answer.json()["data"]]
    return [name for name in names if name == NAME]


with client("CONFLUENT_CLOUD") as cloud, client("TABLEFLOW") as tableflow:
    integration = create_integration()
    try:
        turn_on(integration)
        print("first destroy:", destroy(integration))
    finally:
        turn_off()
        print("Tableflow off:", TOPIC)
        print("second destroy:", destroy(integration))
    print("left:", ", ".join(left()) or "nothing")
