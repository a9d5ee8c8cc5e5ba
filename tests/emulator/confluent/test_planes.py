"""What a created environment and its clusters serve: SQL, Kafka clients, Kafka REST, registry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.emulator.server import serve

from .conftest import Emulated, world_with_global_key

CLUSTERS, POOLS = "/cmk/v2/clusters", "/fcpm/v2/compute-pools"


@dataclass
class Lesson:
    """An environment with two clusters and a pool, made as Terraform makes them."""

    emulated: Emulated
    cloud: httpx.Client
    environment: str
    clusters: dict[str, str]
    pool: str

    def key(self, resource: str, environment: str | None = None) -> tuple[str, str]:
        """Make an API key for a resource."""
        sent = {"id": resource} | ({"environment": environment} if environment else {})
        [owner] = [p.id for p in self.emulated.world.principals if p.kind == "User"]
        answer = self.cloud.post(
            "/iam/v2/api-keys", json={"spec": {"owner": {"id": owner}, "resource": sent}}
        )
        assert answer.status_code == 202, answer.text
        return answer.json()["id"], answer.json()["spec"]["secret"]

    def connect(self, **options: Any) -> confluent_sql.Connection:
        key, secret = self.key("aws.us-east-1", self.environment)
        known: dict[str, Any] = {
            "flink_api_key": key,
            "flink_api_secret": secret,
            "environment_id": self.environment,
            "compute_pool_id": self.pool,
            "database": "first",
        }
        return self.emulated.connect(**{**known, **options})

    def bootstrap(self, name: str) -> str:
        where = {"environment": self.environment}
        answer = self.cloud.get(f"{CLUSTERS}/{self.clusters[name]}", params=where).json()
        return str(answer["spec"]["kafka_bootstrap_endpoint"]).partition("://")[2]


def create(cloud: httpx.Client, path: str, environment: str, name: str, **spec: Any) -> str:
    body = {
        "display_name": name,
        "cloud": "AWS",
        "region": "us-east-1",
        "environment": {"id": environment},
    }
    answer = cloud.post(path, json={"spec": {**body, **spec}})
    assert answer.status_code == 202, answer.text
    return str(answer.json()["id"])


def create_cluster(cloud: httpx.Client, environment: str, name: str, **spec: Any) -> str:
    kind = {"availability": "LOW", "config": {"kind": "Basic"}}
    return create(cloud, CLUSTERS, environment, name, **{**kind, **spec})


@pytest.fixture(scope="module")
def lesson() -> Iterator[Lesson]:
    with serve(world_with_global_key()) as running:
        emulated = Emulated(running)
        with emulated.http("cloud") as cloud:
            body = {
                "display_name": "lesson",
                "stream_governance_config": {"package": "ESSENTIALS"},
            }
            environment = cloud.post("/org/v2/environments", json=body).json()["id"]
            clusters = {n: create_cluster(cloud, environment, n) for n in ("first", "second")}
            pool = create(cloud, POOLS, environment, "lesson", max_cfu=5)
            yield Lesson(emulated, cloud, environment, clusters, pool)


def rows(connection: confluent_sql.Connection, sql: str) -> list[tuple[Any, ...]]:
    with closing(connection.cursor()) as cursor:
        cursor.execute(sql)
        return sorted(tuple(row) for row in cursor.fetchall())


def test_catalogs_and_databases_are_environments_and_clusters(lesson: Lesson) -> None:
    connection = lesson.connect()
    own = lesson.emulated.world.environment
    assert rows(connection, "SHOW CATALOGS") == sorted(
        [("lesson", lesson.environment), (own.name, own.id)]
    )
    assert rows(connection, "SHOW DATABASES") == sorted(
        (name, identity) for name, identity in lesson.clusters.items()
    )
    connection.close()


def test_a_table_lies_in_its_own_cluster(lesson: Lesson) -> None:
    """One name in two clusters: two topics, two tables; SQL reads across."""
    connection = lesson.connect()
    for database in ("first", "second"):
        connection.execute_snapshot_ddl(f"CREATE TABLE `{database}`.`one` (k INT, v STRING)")
    connection.execute_snapshot_ddl("INSERT INTO `one` VALUES (1, 'a')")
    connection.execute_snapshot_ddl(
        f"INSERT INTO `lesson`.`{lesson.clusters['second']}`.`one` VALUES (2, 'b')"
    )
    assert rows(connection, "SELECT k, v FROM `one`") == [(1, "a")]
    assert rows(connection, "SELECT k, v FROM `second`.`one`") == [(2, "b")]
    both = "SELECT v FROM `one` UNION ALL SELECT v FROM `lesson`.`second`.`one`"
    assert rows(connection, both) == [("a",), ("b",)]
    tables = "SELECT TABLE_SCHEMA FROM INFORMATION_SCHEMA.`TABLES` WHERE TABLE_NAME = 'one'"
    assert rows(connection, tables) == [("first",), ("second",)]
    connection.close()

    for name, value in (("first", b"a"), ("second", b"b")):
        consumer = Consumer(
            {
                "bootstrap.servers": lesson.bootstrap(name),
                "group.id": "reader",
                "auto.offset.reset": "earliest",
            }
        )
        consumer.subscribe(["one"])
        message = consumer.poll(10)
        assert message is not None
        assert value in (message.value() or b"")
        consumer.close()
    world_topics = lesson.emulated.running.engine.topics()
    assert "one" not in {topic.name for topic in world_topics}


def test_what_a_kafka_client_writes_to_a_created_cluster_is_a_table(lesson: Lesson) -> None:
    producer = Producer({"bootstrap.servers": lesson.bootstrap("second")})
    producer.produce("written", value=b"x", key=b"k")
    producer.flush(10)
    connection = lesson.connect(database=lesson.clusters["second"])
    assert ("written",) in rows(connection, "SHOW TABLES")
    assert rows(connection, "SELECT CAST(val AS STRING) FROM `written`") == [("x",)]
    connection.close()
    other = lesson.connect()
    assert ("written",) not in rows(other, "SHOW TABLES")
    other.close()


def test_kafka_rest_serves_a_created_cluster(lesson: Lesson) -> None:
    first = lesson.clusters["first"]
    key = lesson.key(first)
    root = f"/kafka/v3/clusters/{first}/topics"
    with httpx.Client(base_url=lesson.emulated.url, auth=key, trust_env=False) as client:
        made = client.post(root, json={"topic_name": "by-rest", "partitions_count": 2})
        assert (made.status_code, made.json()["topic_name"]) == (201, "by-rest")
        assert f"kafka={first}/topic=by-rest" in made.json()["metadata"]["resource_name"]
        listed = [topic["topic_name"] for topic in client.get(root).json()["data"]]
        assert "by-rest" in listed
        assert not any("/" in name for name in listed)
        assert client.delete(f"{root}/by-rest").status_code == 204
    connection = lesson.connect()
    assert ("by-rest",) not in rows(connection, "SHOW TABLES")
    connection.close()


def test_each_environment_has_a_registry_of_its_own(lesson: Lesson) -> None:
    where = {"environment": lesson.environment}
    [registry] = lesson.cloud.get("/srcm/v3/clusters", params=where).json()["data"]

    def client(key: tuple[str, str]) -> SchemaRegistryClient:
        return SchemaRegistryClient(
            {"url": lesson.emulated.url, "basic.auth.user.info": ":".join(key)}
        )

    connection = lesson.connect()
    connection.execute_snapshot_ddl("CREATE TABLE registered (v STRING)")
    connection.close()
    with client(lesson.key(registry["id"])) as created:
        assert "registered-value" in created.get_subjects()
    with client(lesson.emulated.auth("schema-registry")) as own:
        assert "registered-value" not in own.get_subjects()


def test_a_statement_of_one_environment_is_not_seen_from_another(lesson: Lesson) -> None:
    connection = lesson.connect()
    with closing(connection.cursor()) as cursor:
        cursor.execute("SELECT 1", statement_name="mine")
        cursor.fetchall()
        names = [s["name"] for s in statements(lesson, lesson.environment)]
        assert "mine" in names
        other = lesson.emulated.world.environment.id
        assert "mine" not in [s["name"] for s in statements(lesson, other)]
    connection.close()


@contextmanager
def gateway(lesson: Lesson, environment: str) -> Iterator[httpx.Client]:
    """The statement routes of an environment, with a key for them."""
    organization = lesson.emulated.world.organization.id
    path = f"/sql/v1/organizations/{organization}/environments/{environment}"
    key = lesson.key("aws.us-east-1", environment)
    address = lesson.emulated.url + path
    with httpx.Client(base_url=address, auth=key, trust_env=False) as client:
        yield client


def statements(lesson: Lesson, environment: str) -> list[dict[str, Any]]:
    with gateway(lesson, environment) as client:
        return list(client.get("/statements").json()["data"])


def submit(lesson: Lesson, sql: str, **spec: Any) -> httpx.Response:
    known = {"properties": {"sql.current-catalog": "lesson", "sql.current-database": "first"}}
    name = f"s-{abs(hash((sql, str(spec))))}"
    body = {"name": name, "spec": {"statement": sql, **known, **spec}}
    with gateway(lesson, lesson.environment) as client:
        return client.post("/statements", json=body)


def test_another_environment_cannot_be_read(lesson: Lesson) -> None:
    own = lesson.emulated.world
    answer = submit(lesson, f"SELECT * FROM `{own.environment.name}`.`{own.cluster.name}`.`t`")
    status = answer.json()["status"]
    assert status["phase"] == "FAILED"
    assert own.environment.name in status["detail"]
    assert "not emulated" in status["detail"]


def test_pools_are_looked_up_in_the_environment(lesson: Lesson) -> None:
    answer = submit(lesson, "SELECT 1", compute_pool_id=lesson.emulated.world.compute_pool.id)
    assert answer.status_code == 400
    [error] = answer.json()["errors"]
    assert "logical compute pool=" in error["detail"]
    answer = submit(lesson, "SELECT 2")
    made = answer.json()["spec"]["compute_pool_id"]
    assert made not in ("", lesson.pool)
    where = {"environment": lesson.environment}
    spec = lesson.cloud.get(f"{POOLS}/{made}", params=where).json()["spec"]
    assert spec["default_pool"] is True


def test_a_pool_of_another_region_does_not_reach_the_topics(lesson: Lesson) -> None:
    pool = create(
        lesson.cloud, POOLS, lesson.environment, "far-away", max_cfu=5, region="us-west-2"
    )
    status = submit(lesson, "SELECT 3", compute_pool_id=pool).json()["status"]
    assert status["phase"] == "FAILED"
    assert "us-west-2" in status["detail"]
    assert "us-east-1" in status["detail"]


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM `far`.`t`",
        "INSERT INTO `far`.`t` VALUES ('a')",
        "CREATE TABLE `far`.`t` (v STRING)",
        "DROP TABLE `far`.`t`",
        "SHOW TABLES FROM `far`",
        "RESET; SELECT * FROM `far`.`t`",
    ],
)
def test_a_table_of_another_region_is_not_reached_by_its_name_either(
    lesson: Lesson, sql: str
) -> None:
    cluster = create_cluster(lesson.cloud, lesson.environment, "far", region="us-west-2")
    try:
        status = submit(lesson, sql, compute_pool_id=lesson.pool).json()["status"]
    finally:
        where = {"environment": lesson.environment}
        lesson.cloud.delete(f"{CLUSTERS}/{cluster}", params=where)
    assert status["phase"] == "FAILED"
    assert status["detail"].startswith("The database 'far' is in AWS us-west-2, but the compute")


def test_a_deleted_pool_takes_no_statements(lesson: Lesson) -> None:
    pool = create(lesson.cloud, POOLS, lesson.environment, "short", max_cfu=5)
    where = {"environment": lesson.environment}
    assert lesson.cloud.delete(f"{POOLS}/{pool}", params=where).status_code == 204
    assert submit(lesson, "SELECT 4", compute_pool_id=pool).status_code == 400


def test_a_renamed_cluster_keeps_its_tables(lesson: Lesson) -> None:
    cluster = create_cluster(lesson.cloud, lesson.environment, "before")
    connection = lesson.connect(database=cluster)
    connection.execute_snapshot_ddl("CREATE TABLE kept (v STRING)")
    connection.execute_snapshot_ddl("CREATE VIEW seen AS SELECT v FROM kept")
    connection.close()
    spec = {"display_name": "after", "environment": {"id": lesson.environment}}
    assert lesson.cloud.patch(f"{CLUSTERS}/{cluster}", json={"spec": spec}).status_code == 200
    connection = lesson.connect(database="after")
    assert rows(connection, "SHOW TABLES") == [("kept",), ("seen",)]
    [(text,)] = rows(connection, "SHOW CREATE TABLE kept")
    assert "`lesson`.`after`.`kept`" in text
    connection.close()


def test_with_a_cluster_its_tables_and_its_broker_go(lesson: Lesson) -> None:
    cluster = create_cluster(lesson.cloud, lesson.environment, "going")
    connection = lesson.connect(database="going")
    connection.execute_snapshot_ddl("CREATE TABLE gone (v STRING)")
    running = submit(
        lesson,
        "SELECT * FROM gone",
        properties={"sql.current-catalog": "lesson", "sql.current-database": "going"},
    ).json()
    assert running["status"]["phase"] == "RUNNING"
    where, key = {"environment": lesson.environment}, lesson.key(cluster)
    assert lesson.cloud.delete(f"{CLUSTERS}/{cluster}", params=where).status_code == 204
    assert ("going", cluster) not in rows(connection, "SHOW DATABASES")
    connection.close()
    found = {s["name"]: s["status"] for s in statements(lesson, lesson.environment)}
    assert found[running["name"]]["phase"] == "FAILED"
    assert "gone" in found[running["name"]]["detail"]
    failed = submit(lesson, "SELECT * FROM `lesson`.`going`.`gone`").json()["status"]
    assert failed["phase"] == "FAILED"
    with httpx.Client(base_url=lesson.emulated.url, auth=key, trust_env=False) as client:
        assert client.get(f"/kafka/v3/clusters/{cluster}/topics").status_code == 404


def test_a_deleted_environment_serves_nothing(lesson: Lesson) -> None:
    body = {"display_name": "brief"}
    environment = lesson.cloud.post("/org/v2/environments", json=body).json()["id"]
    with gateway(lesson, environment) as client:
        assert client.get("/statements").json()["data"] == []
        assert lesson.cloud.delete(f"/org/v2/environments/{environment}").status_code == 204
        assert client.get("/statements").status_code == 404


def test_without_a_registry_no_table_keeps_its_schema(lesson: Lesson) -> None:
    """An environment without a Stream Governance package has none (facts 3.2)."""
    made = lesson.cloud.post("/org/v2/environments", json={"display_name": "plain"}).json()["id"]
    create_cluster(lesson.cloud, made, "first")
    where = {"sql.current-catalog": "plain", "sql.current-database": "first"}

    def detail(name: str, sql: str, phase: str) -> str:
        body = {"name": name, "spec": {"statement": sql, "properties": where}}
        status = client.post("/statements", json=body).json()["status"]
        assert status["phase"] == phase, status
        return str(status["detail"])

    with gateway(lesson, made) as client:
        for name, sql in (
            ("table", "CREATE TABLE t (v STRING)"),
            ("ctas", "CREATE TABLE u AS SELECT 1 AS v"),
        ):
            text = detail(name, sql, "FAILED")
            assert f"environment {made} has no Schema Registry" in text
        detail("raw", "CREATE TABLE w (v STRING) WITH ('value.format' = 'raw')", "COMPLETED")
        package = {"stream_governance_config": {"package": "ESSENTIALS"}}
        lesson.cloud.patch(f"/org/v2/environments/{made}", json=package).raise_for_status()
        detail("again", "CREATE TABLE t (v STRING)", "COMPLETED")
