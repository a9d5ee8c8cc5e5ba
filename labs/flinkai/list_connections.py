"""List the connections as the service shows them to anybody who may look."""

import base64
import json
import os
import urllib.request

organization = os.environ["CONFLUENT_ORGANIZATION_ID"]
environment = os.environ["CONFLUENT_ENVIRONMENT_ID"]
path = f"organizations/{organization}/environments/{environment}"
url = f"{os.environ['FLINK_REST_ENDPOINT']}/sql/v1/{path}/connections"

login = f"{os.environ['FLINK_API_KEY']}:{os.environ['FLINK_API_SECRET']}"
basic = base64.b64encode(login.encode()).decode()
headers = {"Authorization": f"Basic {basic}"}

request = urllib.request.Request(url, headers=headers)
with urllib.request.urlopen(request) as answer:
    connections = json.load(answer)["data"]

for one in connections:
    spec, phase = one["spec"], one["status"]["phase"]
    data = spec["auth_data"]["data"]
    shown = [one["name"], spec["connection_type"], spec["endpoint"], data]
    print(*shown, phase, sep=" | ")
