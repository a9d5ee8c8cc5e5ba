"""Make LAB 1 as Terraform does, call by call, in an emulator."""

from workshop.calls import Client, Json, control_plane, service
from workshop.module import blocks
from workshop.practice import emulator

PREFIX = "neo"


def make_places(confluent: Client) -> tuple[Json, Json, Json, Json]:
    """Make environment, cluster, registry and compute pool, and wait."""
    governance = {"package": "ADVANCED"}
    body = {
        "display_name": f"{PREFIX}-environment",
        "stream_governance_config": governance,
    }
    environment = confluent.post("/org/v2/environments", body)
    here = {"environment": environment["id"]}
    common = {
        "cloud": "AWS",
        "region": "us-east-1",
        "environment": {"id": environment["id"]},
    }
    wanted = common | {
        "display_name": f"{PREFIX}-cluster",
        "availability": "SINGLE_ZONE",
        "config": {"kind": "Standard"},
    }
    cluster = confluent.post("/cmk/v2/clusters", {"spec": wanted})
    cluster = confluent.wait(f"/cmk/v2/clusters/{cluster['id']}", **here)
    (registry,) = confluent.get("/srcm/v3/clusters", **here)["data"]
    registry = confluent.wait(f"/srcm/v3/clusters/{registry['id']}", **here)
    wanted = common | {"display_name": f"{PREFIX}-pool", "max_cfu": 20}
    pool = confluent.post("/fcpm/v2/compute-pools", {"spec": wanted})
    pool = confluent.wait(f"/fcpm/v2/compute-pools/{pool['id']}", **here)
    return environment, cluster, registry, pool


def give_roles(
    confluent: Client, account: str, places: tuple[Json, ...]
) -> None:
    """Bind the roles that the module binds, each where it binds it."""
    environment, cluster, registry, _ = places
    named = {
        "confluent_environment.this": environment,
        "confluent_kafka_cluster.this": cluster,
        "data.confluent_schema_registry_cluster.this": registry,
    }
    for name, body in blocks("resource").items():
        if not name.startswith("confluent_role_binding."):
            continue
        place, _, rest = body["crn_pattern"].strip("${}").partition("}")
        crn = named[place.rpartition(".")[0]]["metadata"]["resource_name"]
        crn = crn.partition("/kafka=")[0] + rest
        confluent.post(
            "/iam/v2/role-bindings",
            {
                "principal": f"User:{account}",
                "role_name": body["role_name"],
                "crn_pattern": crn,
            },
        )
        print("role:", body["role_name"], "on", crn.rpartition("/")[2])


def make_key(
    confluent: Client, owner: str, resource: str, **place: str
) -> tuple[str, str]:
    """Make an API key of the service account and return both its halves."""
    wanted = {
        "display_name": f"{PREFIX}-{resource}",
        "owner": {"id": owner},
        "resource": {"id": resource, **place},
    }
    made = confluent.post("/iam/v2/api-keys", {"spec": wanted})
    return made["id"], made["spec"]["secret"]


with emulator() as environ, control_plane(environ) as confluent:
    places = make_places(confluent)
    environment, cluster, registry, pool = places
    for kind, made in zip(
        ("environment", "cluster", "Schema Registry", "compute pool"),
        places,
        strict=True,
    ):
        name = made.get("display_name") or made["spec"]["display_name"]
        phase = made.get("status", {}).get("phase", "there")
        print(f"{kind}: {name} is {phase}")

    body = {"display_name": f"{PREFIX}-app-manager", "description": "LAB 1"}
    account = confluent.post("/iam/v2/service-accounts", body)["id"]
    give_roles(confluent, account, places)

    where = {"environment": environment["id"]}
    flink_key = make_key(confluent, account, "aws.us-east-1", **where)
    gateway = (
        f"/sql/v1/organizations/{environ['CONFLUENT_ORGANIZATION_ID']}"
        f"/environments/{environment['id']}/connections"
    )
    wanted = {
        "connection_type": "BEDROCK",
        "endpoint": "https://bedrock-runtime.us-east-1.amazonaws.com"
        "/model/us.anthropic.claude-sonnet-4-6/invoke",
        "auth_data": {
            "kind": "PlaintextProvider",
            "data": '{"AWS_ACCESS_KEY_ID": "AKIAINVENTED00000001",'
            ' "AWS_SECRET_ACCESS_KEY": "invented"}',
        },
    }
    with service(environ["FLINK_REST_ENDPOINT"], *flink_key) as flink:
        body = {"name": "bedrock-claude-connection", "spec": wanted}
        flink.post(gateway, body)
        (row,) = flink.get(gateway)["data"]
    print("connection:", row["name"], "is", row["status"]["phase"])
    print("its secret can be read back:", "invented" in str(row["spec"]))

    kafka_key = make_key(confluent, account, cluster["id"], **where)
    with service(cluster["spec"]["http_endpoint"], *kafka_key) as kafka:
        topics = f"/kafka/v3/clusters/{cluster['id']}/topics"
        kafka.post(topics, {"topic_name": "bookings", "partitions_count": 6})
        print("its keys make a topic:", kafka.status(f"{topics}/bookings"))

    cloud_key = make_key(confluent, account, "cloud")
    url = environ["CONFLUENT_CLOUD_REST_ENDPOINT"]
    with service(url, *cloud_key) as outside:
        for whose, id_ in (
            ("their own", environment["id"]),
            ("another", environ["CONFLUENT_ENVIRONMENT_ID"]),
        ):
            status = outside.status(f"/org/v2/environments/{id_}")
            print(f"they open {whose} environment: {status}")
