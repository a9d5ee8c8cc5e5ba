"""Make all that the race needs on Confluent Cloud, or find it made."""

import os
import sys
import time

from check_tools import check

check()  # before the imports that need what it looks for

import notes
from cloud import Service, sign_in

from runthrough.data.race import TOPICS

NAME = "race-tracker"
REGION = os.environ.get("CLOUD_REGION", "us-east-1")
WAIT = 600  # seconds for a cluster or a pool
made = []


def find_or_make(cloud, kind, path, body, name, **where):
    """Return the object of that name; make it if there is none."""
    for one in cloud.every(path, **where):
        spec = one.get("spec", one)
        if spec.get("display_name") == name:
            print(f"{kind} {name}: {one['id']} is there already")
            return one
    one = cloud.ask("POST", path, json=body)
    made.append(kind)
    print(f"{kind} {name}: {one['id']} is new")
    return one


def ready(cloud, path, environment):
    """Wait until something has been provisioned, and return it."""
    until, pause = time.monotonic() + WAIT, 0.2
    while True:
        where = {"environment": environment}
        one = cloud.ask("GET", path, params=where)
        if one["status"]["phase"] == "PROVISIONED":
            return one
        if time.monotonic() > until:
            raise SystemExit(f"{path} is {one['status']['phase']}")
        time.sleep(pause)
        pause = min(pause * 2, 10)


def registry_of(cloud, environment):
    """Return the Schema Registry, which comes with the cluster."""
    until, pause = time.monotonic() + WAIT, 0.2
    while time.monotonic() < until:
        found = list(cloud.every("/srcm/v3/clusters", environment=environment))
        if found and found[0]["status"]["phase"] == "PROVISIONED":
            return found[0]
        time.sleep(pause)
        pause = min(pause * 2, 10)
    raise SystemExit("The environment has no Schema Registry.")


def roles(cloud, account, crn, cluster):
    """Let the service account manage the environment and the cluster."""
    rbac = cluster["metadata"]["resource_name"].split("/kafka=")[0]
    wanted = (("EnvironmentAdmin", crn), ("CloudClusterAdmin", rbac))
    for role, place in wanted:
        held = cloud.every("/iam/v2/role-bindings", crn_pattern=place)
        who = f"User:{account}"
        if any((h["principal"], h["role_name"]) == (who, role) for h in held):
            continue
        body = {"principal": who, "role_name": role, "crn_pattern": place}
        cloud.ask("POST", "/iam/v2/role-bindings", json=body)
        made.append(role)
        print(f"role {role}: given")


def key_for(cloud, kept, prefix, account, resource):
    """Keep the key of the file if it still exists, else make one."""
    id_name, secret_name = f"{prefix}_API_KEY", f"{prefix}_API_SECRET"
    path = "/iam/v2/api-keys"
    if id_name in kept and secret_name in kept:
        old = cloud.ask("GET", f"{path}/{kept[id_name]}", missing_ok=True)
        if old and old["spec"]["resource"]["id"] == resource["id"]:
            print(f"key {prefix}: {old['id']} is there already")
            return
    body = {
        "spec": {
            "display_name": f"{NAME}-{prefix.lower()}",
            "owner": {"id": account},
            "resource": resource,
        }
    }
    new = cloud.ask("POST", path, json=body)
    kept |= {id_name: new["id"], secret_name: new["spec"]["secret"]}
    notes.write(kept)  # at once: a secret is told only this time
    made.append(f"{prefix} key")
    print(f"key {prefix}: {new['id']} is new")


def topics(kept):
    """Create the topics and register their schemas."""
    kafka = Service(
        kept["KAFKA_REST_ENDPOINT"],
        kept["KAFKA_API_KEY"],
        kept["KAFKA_API_SECRET"],
    )
    registry = Service(
        kept["SCHEMA_REGISTRY_REST_ENDPOINT"],
        kept["SCHEMA_REGISTRY_API_KEY"],
        kept["SCHEMA_REGISTRY_API_SECRET"],
    )
    path = f"/kafka/v3/clusters/{kept['KAFKA_ID']}/topics"
    there = {t["topic_name"] for t in kafka.ask("GET", path)["data"]}
    for topic in TOPICS:
        name = topic.name
        if name not in there:
            body = {
                "topic_name": name,
                "partitions_count": topic.partitions,
                # The race was long ago, and a topic keeps a week if unsaid.
                "configs": [{"name": "retention.ms", "value": "-1"}],
            }
            kafka.ask("POST", path, json=body)
            made.append(f"topic {name}")
        subject = f"/subjects/{name}-value/versions"
        schema = {"schema": topic.value_schema}
        known = registry.ask("POST", subject, json=schema)
        print(f"topic {name}: ready, its schema has id {known['id']}")


def places(cloud):
    """Make or find environment, cluster and pool."""
    name = f"{NAME}-env"
    environment = find_or_make(
        cloud,
        "environment",
        "/org/v2/environments",
        {
            "display_name": name,
            "stream_governance_config": {"package": "ESSENTIALS"},
        },
        name,
    )
    inside = environment["id"]
    common = {
        "cloud": "AWS",
        "region": REGION,
        "environment": {"id": inside},
    }
    cluster = {
        **common,
        "display_name": f"{NAME}-cluster",
        "availability": "LOW",
        "config": {"kind": "Basic"},
    }
    pool = {**common, "display_name": f"{NAME}-pool", "max_cfu": 5}
    found = [environment]
    for kind, path, spec in (
        ("Basic cluster", "/cmk/v2/clusters", cluster),
        ("compute pool", "/fcpm/v2/compute-pools", pool),
    ):
        name, body = spec["display_name"], {"spec": spec}
        one = find_or_make(cloud, kind, path, body, name, environment=inside)
        found.append(ready(cloud, f"{path}/{one['id']}", inside))
    return found


def deploy():
    """Make or find everything, in the order in which it depends."""
    cloud, kept = sign_in(), notes.read()
    environment, cluster, pool = places(cloud)
    registry = registry_of(cloud, environment["id"])
    account = find_or_make(
        cloud,
        "service account",
        "/iam/v2/service-accounts",
        {"display_name": f"{NAME}-sa", "description": "drives the race"},
        f"{NAME}-sa",
    )
    crn = environment["metadata"]["resource_name"]
    roles(cloud, account["id"], crn, cluster)
    kept |= {
        "CONFLUENT_ENVIRONMENT_ID": environment["id"],
        "CONFLUENT_ORGANIZATION_ID": crn.split("=")[1].split("/")[0],
        "KAFKA_ID": cluster["id"],
        "KAFKA_CLUSTER_NAME": cluster["spec"]["display_name"],
        "KAFKA_REST_ENDPOINT": cluster["spec"]["http_endpoint"],
        "KAFKA_BOOTSTRAP_SERVERS": cluster["spec"]["kafka_bootstrap_endpoint"],
        "SCHEMA_REGISTRY_ID": registry["id"],
        "SCHEMA_REGISTRY_REST_ENDPOINT": registry["spec"]["http_endpoint"],
        "FLINK_COMPUTE_POOL_ID": pool["id"],
        "FLINK_PRINCIPAL_ID": account["id"],
        "FLINK_REST_ENDPOINT": pool["spec"]["http_endpoint"].split("/sql/")[0],
        "CLOUD_REGION": REGION,
    }
    who, inside = account["id"], environment["id"]
    key_for(cloud, kept, "KAFKA", who, {"id": cluster["id"]})
    key_for(cloud, kept, "SCHEMA_REGISTRY", who, {"id": registry["id"]})
    region = {"id": f"aws.{REGION}", "environment": inside}
    key_for(cloud, kept, "FLINK", who, region)
    notes.write(kept)
    topics(kept)
    print("Made", len(made), "things; the keys are in", notes.FILE.name)


if __name__ == "__main__":
    print("A cluster and a pool cost money until you run teardown.py.")
    print("Make them on Confluent Cloud? [y/n] ", end="", flush=True)
    if sys.stdin.readline().strip() != "y":
        print("\nNothing was made. Later: python setup.py")
    else:
        print()
        deploy()
