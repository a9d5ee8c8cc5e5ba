"""The calls of the Terraform provider for LAB 1, resource by resource (facts 3.4, 4.2), over httpx.

The provider itself is tried in `test_terraform.py`, where it is on the machine. Bodies are written
from the fact sheet, with invented values; waits are polls without a pause.
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from runthrough.emulator.server import Running, serve
from tests.waiting import eventually

Json = dict[str, Any]
GONE = (403, 404)
INVALID_KEY = "invalid API key"


class Provider:
    """What the provider does with a resource: create, wait, read, delete and wait again."""

    def __init__(self, running: Running) -> None:
        self.running, self.world = running, running.world
        key = (
            running.exports["CONFLUENT_CLOUD_API_KEY"],
            running.exports["CONFLUENT_CLOUD_API_SECRET"],
        )
        self.http = httpx.Client(
            base_url=running.url,
            auth=key,
            trust_env=False,
            headers={"User-Agent": "terraform-provider-confluent/2.83.0"},
        )

    def call(
        self, method: str, url: str, status: int, *, key: tuple[str, str] | None = None, **more: Any
    ) -> Any:
        options = {"auth": key, **more} if key else more
        answer = self.http.request(method, url, **options)
        assert answer.status_code == status, f"{method} {url}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def wait(self, look: Callable[[], str], wanted: str) -> None:
        """Poll until no pending phase is there; another than the wanted one fails Terraform."""
        assert eventually(look, lambda phase: phase not in {"PROVISIONING", "PENDING"}) == wanted

    def delete(self, url: str, status: int = 204, *, key: tuple[str, str] | None = None) -> None:
        """Delete and poll until the object is gone, as the provider tells: 404, or another 403."""
        options = {"auth": key} if key else {}
        answer = self.http.delete(url, **options)
        assert answer.status_code == status, f"{url}: {answer.status_code} {answer.text}"
        eventually(
            lambda: self.http.get(url, **options),
            lambda seen: seen.status_code in GONE and INVALID_KEY not in seen.text,
        )


@pytest.fixture(scope="module")
def terraform() -> Iterator[Provider]:
    with serve() as running:
        provider = Provider(running)
        with provider.http:
            yield provider


def test_the_organization_is_cut_out_of_an_environments_name(terraform: Provider) -> None:
    """`data.confluent_organization` lists environments and asks for no organization."""
    listed = terraform.call("GET", "/org/v2/environments?page_size=99", 200)["data"]
    name = listed[0]["metadata"]["resource_name"]
    organization = name.partition("organization=")[2].partition("/environment=")[0]
    assert organization == terraform.world.organization.id


def test_one_flink_region_is_found(terraform: Provider) -> None:
    query = f"page_size=99&cloud={terraform.world.cloud}&region_name={terraform.world.region}"
    (region,) = terraform.call("GET", f"/fcpm/v2/regions?{query}", 200)["data"]
    assert (region["kind"], region["api_version"]) == ("Region", "fcpm/v2")
    assert region["http_endpoint"].startswith("http")


def test_lab_1_is_made_read_and_taken_down(terraform: Provider) -> None:
    tf, world = terraform, terraform.world
    environment = make_environment(tf)
    env = f"environment={environment['id']}"
    cluster = make_cluster(tf, environment["id"])
    registry = find_registry(tf, environment["id"])
    pool = make_pool(tf, environment["id"])
    account = make_account(tf)
    binding = bind(tf, account["id"], environment["metadata"]["resource_name"])
    kafka_key = make_key(tf, account["id"], {"id": cluster["id"], "environment": environment["id"]})
    probe_kafka(tf, kafka_key, cluster, env)
    region = {"id": f"aws.{world.region}", "environment": environment["id"]}
    flink_key = make_key(tf, account["id"], region)
    cloud_key = make_key(tf, account["id"], {"id": "cloud"})
    tf.call("GET", "/org/v2/environments?page_size=1", 200, key=secret(cloud_key))
    assert registry["spec"]["http_endpoint"].startswith("http")

    make_topic(tf, kafka_key, cluster)
    gateway = f"/sql/v1/organizations/{world.organization.id}/environments/{environment['id']}"
    make_connection(tf, flink_key, gateway)
    make_statement(tf, flink_key, gateway, pool, account, environment, cluster)

    tf.delete(f"{gateway}/statements/tf-hotels", 202, key=secret(flink_key))
    tf.delete(f"{gateway}/connections/tf-bedrock", 200, key=secret(flink_key))
    topics = f"{cluster['spec']['http_endpoint']}/kafka/v3/clusters/{cluster['id']}/topics"
    tf.delete(f"{topics}/tf-bookings", key=secret(kafka_key))
    for key in (cloud_key, flink_key, kafka_key):
        tf.delete(f"/iam/v2/api-keys/{key['id']}")
    tf.delete(f"/iam/v2/role-bindings/{binding['id']}", 200)
    tf.delete(f"/iam/v2/service-accounts/{account['id']}")
    tf.delete(f"/fcpm/v2/compute-pools/{pool['id']}?{env}")
    tf.delete(f"/cmk/v2/clusters/{cluster['id']}?{env}")
    tf.delete(f"/org/v2/environments/{environment['id']}")


def secret(key: Json) -> tuple[str, str]:
    return key["id"], key["spec"]["secret"]


def make_environment(tf: Provider) -> Json:
    body = {"display_name": "tf-lab1", "stream_governance_config": {"package": "ADVANCED"}}
    made: Json = tf.call("POST", "/org/v2/environments", 201, json=body)
    read = tf.call("GET", f"/org/v2/environments/{made['id']}", 200)
    assert read["stream_governance_config"] == {"package": "ADVANCED"}
    return made


def make_cluster(tf: Provider, environment: str) -> Json:
    spec = {
        "display_name": "tf-lab1",
        "availability": "SINGLE_ZONE",
        "cloud": tf.world.cloud,
        "region": tf.world.region,
        "config": {"kind": "Standard"},
        "environment": {"id": environment},
    }
    made = tf.call("POST", "/cmk/v2/clusters", 202, json={"spec": spec})
    path = f"/cmk/v2/clusters/{made['id']}?environment={environment}"
    tf.wait(lambda: str(tf.call("GET", path, 200)["status"]["phase"]), "PROVISIONED")
    tf.call("GET", f"/org/v2/environments/{environment}", 200)
    registries = f"/srcm/v3/clusters?environment={environment}&page_size=99"

    def registry_phase() -> str:
        found = tf.call("GET", registries, 200)["data"]
        return str(found[0]["status"]["phase"]) if found else "PROVISIONING"

    tf.wait(registry_phase, "PROVISIONED")
    read: Json = tf.call("GET", path, 200)
    assert "/kafka=" in read["metadata"]["resource_name"], "else Terraform fails on rbac_crn"
    return read


def find_registry(tf: Provider, environment: str) -> Json:
    (one,) = tf.call("GET", f"/srcm/v3/clusters?environment={environment}", 200)["data"]
    read: Json = tf.call("GET", f"/srcm/v3/clusters/{one['id']}?environment={environment}", 200)
    assert read["spec"]["private_networking_config"] == {}
    return read


def make_pool(tf: Provider, environment: str) -> Json:
    spec = {
        "display_name": "tf-lab1",
        "cloud": tf.world.cloud,
        "region": tf.world.region,
        "max_cfu": 5,
        "environment": {"id": environment},
    }
    made: Json = tf.call("POST", "/fcpm/v2/compute-pools", 202, json={"spec": spec})
    path = f"/fcpm/v2/compute-pools/{made['id']}?environment={environment}"
    tf.wait(lambda: str(tf.call("GET", path, 200)["status"]["phase"]), "PROVISIONED")
    return made


def make_account(tf: Provider) -> Json:
    body = {"display_name": "tf-app-manager", "description": "runs the statements of LAB 1"}
    made: Json = tf.call("POST", "/iam/v2/service-accounts", 201, json=body)
    assert tf.call("GET", f"/iam/v2/service-accounts/{made['id']}", 200)["kind"] == "ServiceAccount"
    return made


def bind(tf: Provider, account: str, crn: str) -> Json:
    body = {"principal": f"User:{account}", "role_name": "EnvironmentAdmin", "crn_pattern": crn}
    made: Json = tf.call("POST", "/iam/v2/role-bindings", 201, json=body)
    read = tf.call("GET", f"/iam/v2/role-bindings/{made['id']}", 200)
    assert (read["principal"], read["crn_pattern"]) == (body["principal"], crn)
    return made


def make_key(tf: Provider, owner: str, resource: Json) -> Json:
    """A key; Terraform decides by the kind and api_version of its resource in every answer."""
    spec = {
        "display_name": f"tf-{resource['id']}",
        "owner": {"id": owner, "api_version": "iam/v2", "kind": "ServiceAccount"},
        "resource": resource,
    }
    made: Json = tf.call("POST", "/iam/v2/api-keys", 202, json={"spec": spec})
    assert made["spec"]["secret"]
    read = tf.call("GET", f"/iam/v2/api-keys/{made['id']}", 200)
    assert not read["spec"].get("secret")
    assert read["spec"]["resource"]["kind"]
    assert read["spec"]["resource"]["api_version"]
    return made


def probe_kafka(tf: Provider, key: Json, cluster: Json, env: str) -> None:
    """A new Kafka key is ready once two lists of topics in a row have gone well."""
    tf.call("GET", f"/cmk/v2/clusters/{cluster['id']}?{env}", 200)
    topics = f"{cluster['spec']['http_endpoint']}/kafka/v3/clusters/{cluster['id']}/topics"
    good = 0
    for _ in range(50):
        answer = tf.http.get(topics, auth=secret(key))
        assert answer.status_code in (200, 401, 403)
        good = good + 1 if answer.status_code == 200 else 0
        if good == 2:
            return
    raise AssertionError("the key never works")


def make_topic(tf: Provider, key: Json, cluster: Json) -> None:
    topics = f"{cluster['spec']['http_endpoint']}/kafka/v3/clusters/{cluster['id']}/topics"
    configs = [{"name": "cleanup.policy", "value": "compact"}]
    body = {"topic_name": "tf-bookings", "partitions_count": 6, "configs": configs}
    tf.call("POST", topics, 201, key=secret(key), json=body)
    assert tf.call("GET", f"{topics}/tf-bookings", 200, key=secret(key))["partitions_count"] == 6
    listed = tf.call("GET", f"{topics}/tf-bookings/configs", 200, key=secret(key))["data"]
    own = {c["name"]: c["value"] for c in listed if c["source"] == "DYNAMIC_TOPIC_CONFIG"}
    assert own == {"cleanup.policy": "compact"}, "Terraform keeps these, and plans on what differs"


def make_connection(tf: Provider, key: Json, gateway: str) -> None:
    data = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-a-test"}
    spec = {
        "connection_type": "BEDROCK",
        "endpoint": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
        "auth_data": {"kind": "PlaintextProvider", "data": json.dumps(data)},
    }
    body = {"name": "tf-bedrock", "spec": spec}
    tf.call("POST", f"{gateway}/connections", 201, key=secret(key), json=body)
    read = tf.call("GET", f"{gateway}/connections/tf-bedrock", 200, key=secret(key))
    assert (read["spec"]["connection_type"], read["status"]["phase"]) == ("BEDROCK", "READY")
    assert "secret-of-a-test" not in json.dumps(read)


def make_statement(
    tf: Provider,
    key: Json,
    gateway: str,
    pool: Json,
    account: Json,
    environment: Json,
    cluster: Json,
) -> None:
    properties = {
        "sql.current-catalog": environment["display_name"],
        "sql.current-database": cluster["spec"]["display_name"],
    }
    spec = {
        "statement": "CREATE TABLE tf_hotels (hotel_id STRING, name STRING)",
        "properties": properties,
        "compute_pool_id": pool["id"],
        "principal": account["id"],
    }
    body = {"name": "tf-hotels", "spec": spec}
    made = tf.call("POST", f"{gateway}/statements", 201, key=secret(key), json=body)
    path = f"{gateway}/statements/tf-hotels"

    def phase() -> str:
        return str(tf.call("GET", path, 200, key=secret(key))["status"]["phase"])

    tf.wait(phase, "COMPLETED")
    read = tf.call("GET", path, 200, key=secret(key))
    assert read["organization_id"] == tf.world.organization.id
    assert read["environment_id"] == environment["id"]
    assert {name: read["spec"][name] for name in spec} == spec
    assert made["metadata"]["uid"] == read["metadata"]["uid"]


def test_a_provider_integration_is_made_read_and_deleted(terraform: Provider) -> None:
    environment = {"id": terraform.world.environment.id}
    role = "arn:aws:iam::000000000000:role/tf"
    body = {
        "display_name": "tf-s3",
        "provider": "aws",
        "environment": environment,
        "config": {"kind": "AwsIntegrationConfig", "customer_iam_role_arn": role},
    }
    made = terraform.call("POST", "/pim/v1/integrations", 201, json=body)
    path = f"/pim/v1/integrations/{made['id']}?environment={environment['id']}"
    read = terraform.call("GET", path, 200)
    assert {"iam_role_arn", "external_id"} <= read["config"].keys()
    terraform.delete(path)


def test_a_key_of_a_cluster_does_not_open_the_control_plane(terraform: Provider) -> None:
    """Terraform takes a 403 for gone unless it says `invalid API key`: so must it say here."""
    settings = terraform.running.exports
    key = base64.b64encode(
        f"{settings['KAFKA_API_KEY']}:{settings['KAFKA_API_SECRET']}".encode()
    ).decode()
    answer = httpx.get(
        f"{terraform.running.url}/org/v2/environments",
        headers={"Authorization": f"Basic {key}"},
        trust_env=False,
    )
    assert answer.status_code == 401
    assert INVALID_KEY in answer.json()["errors"][0]["detail"]


def test_a_reset_takes_away_what_was_made(terraform: Provider) -> None:
    made = make_environment(terraform)
    make_cluster(terraform, made["id"])
    threads = threading.active_count()
    for _ in range(2):
        httpx.post(f"{terraform.running.url}/_emulator/reset", trust_env=False).raise_for_status()
    terraform.call("GET", f"/org/v2/environments/{made['id']}", 404)
    (left,) = terraform.call("GET", "/org/v2/environments?page_size=99", 200)["data"]
    assert left["id"] == terraform.world.environment.id
    assert threading.active_count() <= threads, "the engine and the broker of it are gone too"
