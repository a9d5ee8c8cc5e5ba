"""See the connection as the console lists it: Integrations, Connections."""

import os

from workshop.calls import flink

organization = os.environ["CONFLUENT_ORGANIZATION_ID"]
environment = os.environ["CONFLUENT_ENVIRONMENT_ID"]
gateway = f"/sql/v1/organizations/{organization}/environments/{environment}"

with flink(os.environ) as client:
    listed = client.get(f"{gateway}/connections")["data"]

for row in listed:
    if row["name"] != "bedrock-claude-connection":
        continue
    print("name:", row["name"])
    print("type:", row["spec"]["connection_type"])
    print("cloud: AWS, region:", row["spec"]["endpoint"].split(".")[1])
    print("model:", row["spec"]["endpoint"].split("/")[4])
    print("status:", row["status"]["phase"])
    print("keys:", row["spec"].get("auth_data", "not shown"))
