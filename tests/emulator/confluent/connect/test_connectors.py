from __future__ import annotations

from collections.abc import Callable, Iterator

import confluent_sql
import httpx
import pytest

from tests.emulator.confluent.schemas.base import CodeError
from tests.emulator.confluent.schemas.connect import (
    BadConfig,
    Connector,
    ConnectorStatus,
    Expanded,
)
from tests.waiting import LIMIT_SECONDS

CONFIG = {
    "connector.class": "DatagenSource",
    "kafka.api.key": "RTKAFKAKEY000001",
    "kafka.api.secret": "a-secret-of-a-test",
    "tasks.max": "2",
    "quickstart": "ORDERS",
}


@pytest.fixture
def connect(emulated) -> Iterator[httpx.Client]:
    world = emulated.world
    path = f"/connect/v1/environments/{world.environment.id}/clusters/{world.cluster.id}"
    with emulated.http("cloud") as client:
        client.base_url = httpx.URL(emulated.url + path)
        yield client


@pytest.fixture
def driver(emulated) -> Iterator[confluent_sql.Connection]:
    key, secret = emulated.auth("global")
    connection = emulated.connect(
        global_api_key=key,
        global_api_secret=secret,
        flink_api_key=None,
        flink_api_secret=None,
        database_kafka_cluster_id=emulated.world.cluster.id,
    )
    yield connection
    connection.close()


@pytest.fixture
def name(unique: Callable[[str], str]) -> str:
    return unique("lab-gen")


def test_a_connector_is_provisioned_and_then_says_that_nothing_runs(
    connect: httpx.Client, name: str
) -> None:
    made = connect.post("/connectors", json={"name": name, "config": {**CONFIG, "name": name}})
    assert made.status_code == 201
    shown = Connector.model_validate_json(made.content)
    assert shown.config["kafka.api.secret"] == shown.config["kafka.api.key"] == "*" * 16
    assert shown.config["quickstart"] == "ORDERS"
    assert [task.task for task in shown.tasks] == [0, 1]
    states = []
    for _ in range(3):
        answer = connect.get(f"/connectors/{name}/status")
        status = ConnectorStatus.model_validate_json(answer.content)
        states.append(status.connector.state)
    assert states == ["PROVISIONING", "FAILED", "FAILED"]
    assert "runs no connectors" in status.connector.trace
    assert [task.state for task in status.tasks] == ["FAILED", "FAILED"]


def test_no_answer_shows_a_secret(connect: httpx.Client, name: str) -> None:
    config = {
        **CONFIG,
        "name": name,
        "connector.class": "S3_SINK",
        "topics": "orders",
        "aws.access.key.id": "hidden-one",
        "aws.secret.access.key": "hidden-two",
        "connection.password": "hidden-three",
        "api.key": "hidden-four",
        "mongodb.connection.string": "hidden-five",
    }
    connect.post("/connectors", json={"name": name, "config": config})
    answers = [
        connect.get("/connectors", params={"expand": "id,info,status"}),
        *(
            connect.get(f"/connectors/{name}{part}")
            for part in ("", "/config", "/status", "/tasks")
        ),
        connect.put(f"/connectors/{name}/config", json=config),
    ]
    for answer in answers:
        assert answer.status_code == 200
        assert "hidden-" not in answer.text
        assert "a-secret-of-a-test" not in answer.text
    assert answers[1].json()["type"] == "sink"


def test_the_list_is_of_names_or_expanded(connect: httpx.Client, name: str) -> None:
    connect.post("/connectors", json={"name": name, "config": CONFIG})
    assert name in connect.get("/connectors").json()
    found = connect.get("/connectors", params={"expand": "info,status,id"}).json()
    expanded = Expanded.model_validate_json(httpx.Response(200, json=found[name]).content)
    assert expanded.id.id.startswith("lcc-")
    assert connect.get("/connectors", params={"expand": "all"}).status_code == 400


def test_pause_resume_restart_delete(connect: httpx.Client, name: str) -> None:
    def state() -> str:
        return connect.get(f"/connectors/{name}/status").json()["connector"]["state"]

    connect.post("/connectors", json={"name": name, "config": CONFIG})
    assert connect.put(f"/connectors/{name}/pause").status_code == 202
    assert state() == "PAUSED"
    assert connect.put(f"/connectors/{name}/resume").status_code == 202
    assert [state(), state()] == ["PROVISIONING", "FAILED"]
    assert connect.post(f"/connectors/{name}/restart").status_code == 204
    assert state() == "PROVISIONING"
    gone = connect.delete(f"/connectors/{name}")
    assert (gone.status_code, gone.json()) == (200, {"error": None})
    assert connect.delete(f"/connectors/{name}").status_code == 404


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"name": "x"}, "config is required"),
        ({"config": CONFIG}, "name is required"),
        ({"name": "x", "config": {"connector.class": "A"}}, "kafka.api.key, kafka.api.secret"),
        ({"name": "x", "config": {**CONFIG, "connector.class": ""}}, "connector.class"),
        ({"name": "x", "config": {**CONFIG, "name": "y"}}, "not the connector's name"),
        ({"name": "x", "config": {**CONFIG, "tasks.max": 3}}, "must be a text"),
        ({"name": "x", "config": {**CONFIG, "tasks.max": "0"}}, "tasks.max"),
        ({"name": "x", "config": {**CONFIG, "kafka.auth.mode": "SERVICE_ACCOUNT"}}, "account.id"),
        ({"name": "x", "config": CONFIG, "colour": "red"}, "colour"),
        ([], "JSON object"),
    ],
)
def test_a_bad_config_is_refused_in_its_own_form(
    connect: httpx.Client, body: object, says: str
) -> None:
    answer = connect.post("/connectors", json=body)
    assert answer.status_code == 400
    assert says in BadConfig.model_validate_json(answer.content).error.message
    assert "a-secret-of-a-test" not in answer.text


def test_names_are_taken_once_and_unknown_ones_are_404(connect: httpx.Client, name: str) -> None:
    connect.post("/connectors", json={"name": name, "config": CONFIG})
    again = connect.post("/connectors", json={"name": name, "config": CONFIG})
    assert again.status_code == 409
    assert name in CodeError.model_validate_json(again.content).message
    for method, path in (("GET", ""), ("GET", "/status"), ("PUT", "/pause"), ("POST", "/restart")):
        answer = connect.request(method, f"/connectors/nobody{path}")
        assert answer.status_code == 404
        assert "nobody" in CodeError.model_validate_json(answer.content).message


def test_a_config_creates_a_connector_or_starts_it_anew(connect: httpx.Client, name: str) -> None:
    path = f"/connectors/{name}"
    assert connect.put(f"{path}/config", json=CONFIG).status_code == 201
    states = [connect.get(f"{path}/status").json()["connector"]["state"] for _ in range(2)]
    assert states == ["PROVISIONING", "FAILED"]
    changed = connect.put(f"{path}/config", json={**CONFIG, "quickstart": "USERS"})
    assert changed.status_code == 200
    assert connect.get(f"{path}/config").json()["quickstart"] == "USERS"
    assert connect.get(f"{path}/status").json()["connector"]["state"] == "PROVISIONING"
    refused = connect.put(f"{path}/config", json={**CONFIG, "name": "other"})
    assert (
        "not the connector's name" in BadConfig.model_validate_json(refused.content).error.message
    )


def test_another_cluster_or_environment_is_unknown(emulated) -> None:
    world = emulated.world
    with emulated.http("cloud") as client:
        for environment, cluster in (
            ("env-nope", world.cluster.id),
            (world.environment.id, "lkc-nope"),
        ):
            path = f"/connect/v1/environments/{environment}/clusters/{cluster}/connectors"
            assert client.get(path).status_code == 404
    with emulated.http("kafka") as client:
        path = f"/connect/v1/environments/{world.environment.id}/clusters/{world.cluster.id}"
        assert "make sure you're using a Cloud" in client.get(f"{path}/connectors").text


def test_confluents_own_driver_manages_connectors(
    driver: confluent_sql.Connection, name: str
) -> None:
    made = driver.create_connector(name, config=CONFIG, wait_for_running=False)
    assert made.spec.connector_class == "DatagenSource"
    assert made.state.value == "PROVISIONING"
    with pytest.raises(confluent_sql.OperationalError, match="runs no connectors"):
        driver.create_connector(f"{name}-2", config=CONFIG, timeout=LIMIT_SECONDS)
    with pytest.raises(confluent_sql.exceptions.ConnectorAlreadyExistsError):
        driver.create_connector(name, config=CONFIG)
    assert driver.pause_connector(name).state.value == "PAUSED"
    assert driver.resume_connector(name, wait_for_running=False).state.value in (
        "FAILED",
        "PROVISIONING",
    )
    driver.delete_connector(name)
    with pytest.raises(confluent_sql.exceptions.ConnectorNotFoundError):
        driver.get_connector(name)
