"""Delete all that setup.py made: first what uses, then what is used."""

import sys
import time

import notes
from cloud import Service, sign_in

NAME = "race-tracker"


def gone(cloud, kind, path, **params):
    """Delete one object and wait until it is not there any more."""
    cloud.ask("DELETE", path, missing_ok=True, params=params)
    until = time.monotonic() + 300
    while cloud.ask("GET", path, missing_ok=True, params=params) is not None:
        if time.monotonic() > until:
            raise SystemExit(f"{path} is still there")
        time.sleep(2)
    print("gone:", kind)


def opened(cloud, kept, prefix):
    """Return a service of the file, or None if its key is gone already."""
    key = kept.get(f"{prefix}_API_KEY", "none")
    path = f"/iam/v2/api-keys/{key}"
    if cloud.ask("GET", path, missing_ok=True) is None:
        return None
    return Service(
        kept[f"{prefix}_REST_ENDPOINT"],
        kept[f"{prefix}_API_KEY"],
        kept[f"{prefix}_API_SECRET"],
    )


def statements(flink, kept):
    """Delete the statements, which read and write the topics."""
    path = (
        f"/sql/v1/organizations/{kept['CONFLUENT_ORGANIZATION_ID']}"
        f"/environments/{kept['CONFLUENT_ENVIRONMENT_ID']}/statements"
    )
    for one in list(flink.every(path)):
        flink.ask("DELETE", f"{path}/{one['name']}", missing_ok=True)
    print("gone: statements")


def subjects(registry, _):
    """Delete the schemas, softly and then for good."""
    for subject in registry.ask("GET", "/subjects"):
        for more in ({}, {"permanent": "true"}):
            path = f"/subjects/{subject}"
            registry.ask("DELETE", path, missing_ok=True, params=more)
    print("gone: subjects")


def topics(kafka, kept):
    """Delete the topics."""
    path = f"/kafka/v3/clusters/{kept['KAFKA_ID']}/topics"
    for one in kafka.ask("GET", path)["data"]:
        name = one["topic_name"]
        kafka.ask("DELETE", f"{path}/{name}", missing_ok=True)
    print("gone: topics")


def unknown(cloud):
    """Say what is there that the file does not know of."""
    there = [e["display_name"] for e in cloud.every("/org/v2/environments")]
    if f"{NAME}-env" not in there:
        return f"{notes.FILE.name} knows of no race tracker."
    return (
        f"{NAME}-env is there, but {notes.FILE.name} does not know it: "
        "run setup.py to its end, then this again."
    )


def teardown():
    """Delete everything in its order."""
    kept, cloud = notes.read(), sign_in()
    if "CONFLUENT_ENVIRONMENT_ID" not in kept:
        raise SystemExit(unknown(cloud))
    inside = kept["CONFLUENT_ENVIRONMENT_ID"]
    for prefix, delete in (
        ("FLINK", statements),
        ("SCHEMA_REGISTRY", subjects),
        ("KAFKA", topics),
    ):
        service = opened(cloud, kept, prefix)
        if service is not None:  # else an earlier try came this far
            delete(service, kept)
    for name, value in kept.items():
        if name.endswith("_API_KEY"):
            path = f"/iam/v2/api-keys/{value}"
            cloud.ask("DELETE", path, missing_ok=True)
    print("gone: keys")
    pool = f"/fcpm/v2/compute-pools/{kept['FLINK_COMPUTE_POOL_ID']}"
    gone(cloud, "compute pool", pool, environment=inside)
    cluster = f"/cmk/v2/clusters/{kept['KAFKA_ID']}"
    gone(cloud, "cluster", cluster, environment=inside)
    account = f"/iam/v2/service-accounts/{kept['FLINK_PRINCIPAL_ID']}"
    gone(cloud, "service account", account)
    gone(cloud, "environment", f"/org/v2/environments/{inside}")
    notes.FILE.unlink()


if __name__ == "__main__":
    print(f"Delete {NAME}? Type its name: ", end="", flush=True)
    if sys.stdin.readline().strip() != NAME:
        print("\nNothing was deleted.")
    else:
        print()
        teardown()
