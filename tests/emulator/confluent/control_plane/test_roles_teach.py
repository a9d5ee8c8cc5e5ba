"""What a role opens and what it does not, asked over HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest

from runthrough.emulator.confluent.pace import Pace
from runthrough.emulator.server import serve
from runthrough.emulator.world import Propagation, read_world

from ..conftest import Emulated
from ..schemas.base import CodeError, Errors
from .iam_client import Iam

Unique = Callable[[str], str]
SELECT = "SELECT 1 AS answer FROM INFORMATION_SCHEMA.CATALOGS"


def statement(
    iam: Iam, client: httpx.Client, name: str, principal: str | None = None
) -> httpx.Response:
    world = iam.emulated.world
    spec: dict[str, object] = {
        "statement": SELECT,
        "properties": {
            "sql.current-catalog": world.environment.id,
            "sql.current-database": world.cluster.name,
            "sql.snapshot.mode": "now",
        },
    }
    if principal is not None:
        spec["principal"] = principal
    path = f"{iam.emulated.gateway}/statements"
    return client.post(path, json={"name": name, "spec": spec})


CONNECTION = {
    "spec": {
        "connection_type": "BEDROCK",
        "endpoint": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
        "auth_data": {
            "kind": "PlaintextProvider",
            "data": '{"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "example"}',
        },
    }
}


def connection(iam: Iam, client: httpx.Client, name: str) -> int:
    path = f"{iam.emulated.gateway}/connections"
    return client.post(path, json={"name": name, **CONNECTION}).status_code


def test_without_a_role_nothing_is_there(iam: Iam, unique: Unique) -> None:
    nobody = iam.account(unique("nobody"))
    with iam.as_(nobody, "cloud") as client:
        answer = client.get("/org/v2/environments")
        assert answer.status_code == 403
        error = Errors.model_validate_json(answer.content).errors[0]
        assert (error.code, error.title) == ("forbidden_access", "Forbidden Access")
    with iam.as_(nobody, "flink") as client:
        assert statement(iam, client, unique("s")).status_code == 403
    cluster = iam.emulated.world.cluster.id
    with iam.as_(nobody, "kafka") as client:
        answer = client.get(f"/kafka/v3/clusters/{cluster}/topics")
        assert answer.status_code == 403
        assert CodeError.model_validate_json(answer.content).error_code == 40301
    with iam.as_(nobody, "schema-registry") as client:
        answer = client.get("/subjects")
        assert answer.status_code == 403
        assert CodeError.model_validate_json(answer.content).error_code == 40301


@pytest.mark.parametrize(
    ("role", "creates"),
    [("FlinkDeveloper", False), ("FlinkAdmin", True), ("EnvironmentAdmin", True)],
)
def test_a_flink_developer_uses_connections_and_makes_none(
    iam: Iam, unique: Unique, role: str, creates: bool
) -> None:
    developer, name = iam.account(unique("dev")), unique("conn")
    iam.bind(developer, role, iam.environment)
    with iam.as_(developer, "flink") as client:
        assert statement(iam, client, unique("s")).status_code == 201
        assert connection(iam, client, name) == (201 if creates else 403)
        listed = client.get(f"{iam.emulated.gateway}/connections")
        assert listed.status_code == 200
        gone = client.delete(f"{iam.emulated.gateway}/connections/{name}").status_code
        assert gone == (200 if creates else 403)


def test_a_role_on_a_compute_pool_is_enough_for_its_statements(iam: Iam, unique: Unique) -> None:
    """A missing statement is 403 for such a role, 404 for one on the environment (facts 6)."""
    world, name = iam.emulated.world, unique("s")
    pool = iam.account(unique("pool"))
    region = f"{iam.environment}/flink-region=aws.{world.region}"
    iam.bind(pool, "FlinkDeveloper", f"{region}/compute-pool={world.compute_pool.id}")
    path = f"{iam.emulated.gateway}/statements"
    with iam.as_(pool, "flink") as client, iam.emulated.http("flink") as admin:
        assert statement(iam, client, name).status_code == 201
        assert client.get(f"{path}/{name}").status_code == 200
        assert client.get(path).status_code == 200
        assert client.get(f"{path}/{unique('missing')}").status_code == 403
        assert admin.get(f"{path}/{unique('missing')}").status_code == 404


def test_a_statement_runs_as_another_only_with_an_assignment(iam: Iam, unique: Unique) -> None:
    developer, runner = iam.account(unique("dev")), iam.account(unique("runner"))
    iam.bind(developer, "FlinkDeveloper", iam.environment)
    with iam.as_(developer, "flink") as client:
        refused = statement(iam, client, unique("s"), runner)
        assert refused.status_code == 403
        assert Errors.model_validate_json(refused.content).errors[0].code == "forbidden_access"
        iam.bind(developer, "Assigner", f"crn://confluent.cloud/service-account={runner}")
        taken = statement(iam, client, unique("s"), runner)
        assert taken.status_code == 201
        assert taken.json()["spec"]["principal"] == runner


def test_topic_roles_reach_as_far_as_their_prefix(iam: Iam, unique: Unique) -> None:
    cluster, prefix = iam.emulated.world.cluster.id, unique("orders")
    topics = f"/kafka/v3/clusters/{cluster}/topics"
    developer = iam.account(unique("dev"))
    kafka = f"{iam.cluster}/kafka={cluster}"
    iam.bind(developer, "DeveloperManage", f"{kafka}/topic={prefix}*")
    with iam.as_(developer, "kafka") as client:
        for name, status in ((f"{prefix}-eu", 201), (unique("other"), 403)):
            body = {"topic_name": name, "partitions_count": 1}
            assert client.post(topics, json=body).status_code == status
        assert client.get(topics).status_code == 200
        assert client.get(f"{topics}/{prefix}-eu").status_code == 200
        record = {"value": {"type": "STRING", "data": "x"}}
        assert client.post(f"{topics}/{prefix}-eu/records", json=record).status_code == 403
        iam.bind(developer, "DeveloperWrite", f"{kafka}/topic={prefix}-eu")
        assert client.post(f"{topics}/{prefix}-eu/records", json=record).status_code == 200
        assert client.delete(f"{topics}/{prefix}-eu").status_code == 204


def test_a_reader_of_a_subject_registers_nothing(iam: Iam, unique: Unique) -> None:
    subject, reader = unique("orders"), iam.account(unique("reader"))
    iam.bind(reader, "DeveloperRead", f"{iam.registry}/subject={subject}")
    versions = f"/subjects/{subject}/versions"
    schema = {"schema": '{"type": "string"}'}
    with iam.as_(reader, "schema-registry") as client:
        assert client.post(versions, json=schema).status_code == 403
        with iam.emulated.http("schema-registry") as admin:
            assert admin.post(versions, json=schema).status_code == 200
        assert client.get(versions).status_code == 200
        assert client.get(f"/subjects/{unique('other')}/versions").status_code == 403
        assert client.delete(f"/subjects/{subject}").status_code == 403
        iam.bind(reader, "DeveloperWrite", f"{iam.registry}/subject={subject}")
        assert client.post(versions, json=schema).status_code == 200


def test_who_sees_a_place_does_not_change_it(iam: Iam, unique: Unique) -> None:
    discoverer = iam.account(unique("discoverer"))
    iam.bind(discoverer, "DataDiscovery", iam.environment)
    environment = iam.emulated.world.environment.id
    with iam.as_(discoverer, "cloud") as client:
        assert client.get(f"/org/v2/environments/{environment}").status_code == 200
        for path in ("/iam/v2/service-accounts", "/pim/v1/integrations"):
            body = {"display_name": unique("x"), "environment": {"id": environment}}
            assert client.post(path, json=body).status_code == 403


def test_keys_for_others_are_made_only_by_who_may(iam: Iam, unique: Unique) -> None:
    developer, other = iam.account(unique("dev")), iam.account(unique("other"))
    iam.bind(developer, "FlinkDeveloper", iam.environment)
    key = iam.key(other, "cloud")[0]
    with iam.as_(developer, "cloud") as client:
        for owner, status in ((developer, 202), (other, 403)):
            spec = {"owner": {"id": owner}, "resource": {"id": "cloud"}}
            assert client.post("/iam/v2/api-keys", json={"spec": spec}).status_code == status
        assert client.get(f"/iam/v2/api-keys/{key}").status_code == 403
        listed = client.get("/iam/v2/api-keys").json()["data"]
        assert {item["spec"]["owner"]["id"] for item in listed} == {developer}


def test_lists_hold_what_a_role_covers(iam: Iam, unique: Unique) -> None:
    """What a reader would be refused one by one is left out."""
    world, prefix = iam.emulated.world, unique("seen")
    developer, mine, other = iam.account(unique("dev")), f"{prefix}-mine", unique("other")
    cluster = f"/kafka/v3/clusters/{world.cluster.id}"
    iam.bind(developer, "DeveloperRead", f"{iam.cluster}/kafka={world.cluster.id}/topic={prefix}*")
    iam.bind(developer, "DeveloperRead", f"{iam.registry}/subject={prefix}*")
    made = iam.cloud.post("/org/v2/environments", json={"display_name": unique("hidden")})
    assert made.status_code == 201
    with iam.emulated.http("kafka") as kafka, iam.emulated.http("schema-registry") as registry:
        for name in (mine, other):
            kafka.post(f"{cluster}/topics", json={"topic_name": name}).raise_for_status()
            schema = {"schema": '{"type": "string"}'}
            registry.post(f"/subjects/{name}/versions", json=schema).raise_for_status()
    with iam.as_(developer, "kafka") as client:
        topics = client.get(f"{cluster}/topics").json()["data"]
        assert [topic["topic_name"] for topic in topics] == [mine]
        configs = client.get(f"{cluster}/topics/-/configs").json()["data"]
        assert {config["topic_name"] for config in configs} == {mine}
        assert client.get(f"{cluster}/topics/{other}").status_code == 403
    with iam.as_(developer, "schema-registry") as client:
        assert client.get("/subjects").json() == [mine]
        assert [schema["subject"] for schema in client.get("/schemas").json()] == [mine]
    with iam.as_(developer, "cloud") as client:
        listed = client.get("/org/v2/environments", params={"page_size": 100}).json()["data"]
        assert [environment["id"] for environment in listed] == [world.environment.id]
        assert client.get(f"/org/v2/environments/{made.json()['id']}").status_code == 403
        where = {"environment": world.environment.id}
        clusters = client.get("/cmk/v2/clusters", params=where).json()["data"]
        assert [cluster["id"] for cluster in clusters] == [world.cluster.id]


def test_a_list_of_clusters_leaves_out_those_of_others(iam: Iam, unique: Unique) -> None:
    world, developer = iam.emulated.world, iam.account(unique("dev"))
    spec = {
        "display_name": unique("second"),
        "availability": "LOW",
        "cloud": world.cloud,
        "region": world.region,
        "config": {"kind": "Basic"},
        "environment": {"id": world.environment.id},
    }
    second = iam.cloud.post("/cmk/v2/clusters", json={"spec": spec}).json()["id"]
    iam.bind(developer, "CloudClusterAdmin", f"{iam.environment}/cloud-cluster={second}")
    where = {"environment": world.environment.id}
    with iam.as_(developer, "cloud") as client:
        listed = client.get("/cmk/v2/clusters", params=where).json()["data"]
        assert [cluster["id"] for cluster in listed] == [second]
    everything = iam.cloud.get("/cmk/v2/clusters", params=where).json()["data"]
    assert {cluster["id"] for cluster in everything} == {world.cluster.id, second}
    with iam.as_(developer, "global") as client:
        seen = client.get("/kafka/v3/clusters").json()["data"]
        assert [cluster["cluster_id"] for cluster in seen] == [second]


def test_a_role_on_a_pool_shows_the_statements_of_that_pool(iam: Iam, unique: Unique) -> None:
    world, developer, name = iam.emulated.world, iam.account(unique("dev")), unique("s")
    spec = {
        "display_name": unique("second"),
        "cloud": world.cloud,
        "region": world.region,
        "max_cfu": 5,
        "environment": {"id": world.environment.id},
    }
    pool = iam.cloud.post("/fcpm/v2/compute-pools", json={"spec": spec}).json()["id"]
    region = f"{iam.environment}/flink-region=aws.{world.region}"
    iam.bind(developer, "FlinkDeveloper", f"{region}/compute-pool={pool}")
    path = f"{iam.emulated.gateway}/statements"
    with iam.emulated.http("flink") as admin:
        assert statement(iam, admin, name).status_code == 201
        listed = admin.get(path, params={"page_size": 100}).json()["data"]
        assert name in [shown["name"] for shown in listed]
    with iam.as_(developer, "flink") as client:
        assert client.get(path).json()["data"] == []


# --- propagation --------------------------------------------------------------------------------


@contextmanager
def slow(keys: int, role_bindings: int, pace: Pace = "instant") -> Iterator[Iam]:
    propagation = Propagation(keys=keys, role_bindings=role_bindings)
    world = read_world().model_copy(update={"propagation": propagation})
    with serve(world, pace=pace) as running:
        emulated = Emulated(running)
        with emulated.http("cloud") as cloud:
            yield Iam(emulated, cloud)


@pytest.mark.parametrize("scope", ["cloud", "kafka", "flink", "schema-registry"])
def test_a_new_key_is_unknown_until_it_has_propagated(scope: str) -> None:
    with slow(keys=2, role_bindings=0) as iam:
        paths = {
            "cloud": "/org/v2/environments",
            "kafka": f"/kafka/v3/clusters/{iam.emulated.world.cluster.id}/topics",
            "flink": f"{iam.emulated.gateway}/statements",
            "schema-registry": "/subjects",
        }
        account = iam.account("runner")
        iam.bind(account, "EnvironmentAdmin", iam.environment)
        with iam.as_(account, scope) as client:
            seen = [client.get(paths[scope]) for _ in range(4)]
    assert [answer.status_code for answer in seen] == [401, 401, 200, 200]
    if scope == "kafka":
        assert seen[0].headers["content-type"].startswith("text/html")
    elif scope == "schema-registry":
        assert CodeError.model_validate_json(seen[0].content).error_code == 401
    else:
        error = Errors.model_validate_json(seen[0].content).errors[0]
        assert (error.status, error.detail, error.source) == ("401", "Unauthorized", {})


def test_a_new_role_has_no_effect_until_it_has_propagated() -> None:
    with slow(keys=0, role_bindings=2) as iam:
        account = iam.account("runner")
        iam.bind(account, "EnvironmentAdmin", iam.environment)
        with iam.as_(account, "cloud") as client:
            statuses = [client.get("/org/v2/environments").status_code for _ in range(4)]
    assert statuses == [403, 403, 200, 200]


def test_when_the_pace_is_realistic_a_new_key_waits_and_the_worlds_own_do_not() -> None:
    with slow(keys=0, role_bindings=0, pace="realistic") as iam:
        assert iam.cloud.get("/org/v2/environments").status_code == 200
        with iam.as_(iam.account("runner"), "cloud") as client:
            assert client.get("/org/v2/environments").status_code == 401
