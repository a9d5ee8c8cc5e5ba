"""Delete a provider integration while Tableflow needs it; then in order."""

import os

import httpx

TOPIC = "trouble_in_use"
BASE = os.environ["CONFLUENT_CLOUD_REST_ENDPOINT"]
environment = {"id": os.environ["CONFLUENT_ENVIRONMENT_ID"]}
cluster = {"id": os.environ["KAFKA_ID"]}


def connect(kind):
    """Return a client with the key of one kind."""
    pair = (os.environ[f"{kind}_API_KEY"], os.environ[f"{kind}_API_SECRET"])
    return httpx.Client(base_url=BASE, auth=pair)


cloud, tableflow = connect("CONFLUENT_CLOUD"), connect("TABLEFLOW")
role = "arn:aws:iam::111122223333:role/tableflow"
made = cloud.post(
    "/pim/v1/integrations",
    json={
        "display_name": "trouble-destroy",
        "provider": "AWS",
        "environment": environment,
        "config": {
            "kind": "AwsIntegrationConfig",
            "customer_iam_role_arn": role,
        },
    },
).json()
tableflow.post(
    "/tableflow/v1/tableflow-topics",
    json={
        "spec": {
            "display_name": TOPIC,
            "environment": environment,
            "kafka_cluster": cluster,
            "storage": {
                "kind": "ByobAws",
                "bucket_name": "river-hotels-lake",
                "provider_integration_id": made["id"],
            },
            "table_formats": ["DELTA"],
        }
    },
).raise_for_status()

integration = f"/pim/v1/integrations/{made['id']}"
where = {"environment": environment["id"]}
refused = cloud.delete(integration, params=where)
print("too early:", refused.status_code, refused.json()["message"])

off = tableflow.delete(
    f"/tableflow/v1/tableflow-topics/{TOPIC}",
    params={**where, "spec.kafka_cluster": cluster["id"]},
)
print("Tableflow off:", off.status_code)
print("once more:", cloud.delete(integration, params=where).status_code)
