"""Faults, the request log and the reset over the wire, met by clients we did not write."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import boto3
import botocore.exceptions
import confluent_sql
import httpx
import pytest
from botocore.config import Config
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_sql.exceptions import OperationalError

from runthrough.emulator.faults.rules import parse_rules
from runthrough.emulator.server import Running, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as emulator:
        yield emulator


@pytest.fixture
def control(running: Running) -> Iterator[httpx.Client]:
    """The emulator's own routes, without a key; no fault is left behind."""
    with httpx.Client(base_url=running.url + "/_emulator", trust_env=False) as client:
        yield client
        client.delete("/faults").raise_for_status()


def connect(running: Running) -> confluent_sql.Connection:
    settings = running.exports
    return confluent_sql.connect(
        endpoint=running.url,
        flink_api_key=settings["FLINK_API_KEY"],
        flink_api_secret=settings["FLINK_API_SECRET"],
        environment_id=settings["CONFLUENT_ENVIRONMENT_ID"],
        organization_id=settings["CONFLUENT_ORGANIZATION_ID"],
        database=settings["KAFKA_CLUSTER_NAME"],
    )


def subjects(running: Running) -> list[str]:
    """Ask Confluent's own client for the subjects."""
    settings = running.exports
    names = ("SCHEMA_REGISTRY_API_KEY", "SCHEMA_REGISTRY_API_SECRET")
    settings_of_client = {
        "url": running.url,
        "basic.auth.user.info": ":".join(settings[name] for name in names),
        "max.retries": 0,
    }
    with SchemaRegistryClient(settings_of_client) as client:
        found: list[str] = client.get_subjects()
    return found


def bedrock(running: Running) -> Any:
    settings = running.exports
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=running.url,
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=settings["AWS_SESSION_TOKEN"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def ask(client: Any, running: Running) -> Any:
    messages = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]
    return client.converse(modelId=running.exports["BEDROCK_MODEL_ID"], messages=messages)


def requests(control: httpx.Client) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = control.get("/requests").json()["requests"]
    return found


# --- faults -------------------------------------------------------------------------------------


def test_a_registry_client_meets_the_race_of_a_new_key(
    running: Running, control: httpx.Client
) -> None:
    rule = {
        "match": {"family": "Schema Registry"},
        "times": 1,
        "answer": {"status": 401, "code": 401, "detail": "Unauthorized"},
    }
    made = control.post("/faults", json=rule)
    assert made.status_code == 201
    with pytest.raises(SchemaRegistryError) as caught:
        subjects(running)
    assert (caught.value.http_status_code, caught.value.error_code) == (401, 401)
    assert subjects(running) == []
    (listed,) = control.get("/faults").json()["faults"]
    assert (listed["id"], listed["struck"], listed["over"]) == (made.json()["ids"][0], 1, True)


def test_a_driver_meets_a_refused_statement_in_the_gateways_form(
    running: Running, control: httpx.Client
) -> None:
    rule = {
        "match": {
            "method": "POST",
            "route": "/sql/v1/organizations/{organization}/environments/{environment}/statements",
        },
        "answer": {"status": 403, "detail": "The compute pool lfcp-gone was not found."},
    }
    assert control.post("/faults", json=rule).status_code == 201
    connection = connect(running)
    with pytest.raises(OperationalError, match=r"403.*The compute pool lfcp-gone was not found"):
        connection.execute_snapshot_ddl("CREATE TABLE t (id INT)")
    connection.close()


def test_boto3_meets_throttling_under_its_own_name(running: Running, control: httpx.Client) -> None:
    control.post("/faults", json={"match": {"family": "Bedrock"}, "answer": {"status": 429}})
    client = bedrock(running)
    with pytest.raises(client.exceptions.ThrottlingException):
        ask(client, running)
    control.delete("/faults")
    assert ask(client, running)["output"]["message"]["content"]


def test_a_cut_connection_gives_no_answer_and_is_logged(
    running: Running, control: httpx.Client
) -> None:
    control.post("/faults", json={"match": {"family": "Bedrock"}, "cut": "connection"})
    client = bedrock(running)
    with pytest.raises(
        (botocore.exceptions.ConnectionClosedError, botocore.exceptions.HTTPClientError)
    ):
        ask(client, running)
    last = requests(control)[-1]
    assert (last["status"], last["family"], bool(last["fault"])) == (0, "Bedrock", True)
    assert last["route"] == "/model/{modelId}/converse"
    assert last["key"] == running.exports["AWS_ACCESS_KEY_ID"]


def test_a_cut_stream_breaks_off_inside_the_true_answer(
    running: Running, control: httpx.Client
) -> None:
    control.post("/faults", json={"match": {"path": "/schemas/*"}, "cut": {"after_bytes": 3}})
    settings = running.exports
    auth = (settings["SCHEMA_REGISTRY_API_KEY"], settings["SCHEMA_REGISTRY_API_SECRET"])
    received: list[bytes] = []
    with (
        httpx.Client(base_url=running.url, auth=auth, trust_env=False) as client,
        client.stream("GET", "/schemas/types") as response,
    ):
        assert response.status_code == 200
        with pytest.raises(httpx.RemoteProtocolError):
            received.extend(response.iter_raw(1))
    assert len(b"".join(received)) == 3


def test_a_delayed_answer_is_the_true_one(running: Running, control: httpx.Client) -> None:
    control.post("/faults", json={"match": {"path": "/subjects"}, "delay": "300ms"})
    settings = running.exports
    auth = (settings["SCHEMA_REGISTRY_API_KEY"], settings["SCHEMA_REGISTRY_API_SECRET"])
    with httpx.Client(base_url=running.url, auth=auth, trust_env=False, timeout=0.05) as hasty:
        with pytest.raises(httpx.ReadTimeout):
            hasty.get("/subjects")
        patient = hasty.get("/subjects", timeout=10)
    assert (patient.status_code, patient.json()) == (200, [])


def test_an_answer_may_have_a_body_and_headers_of_its_own(
    running: Running, control: httpx.Client
) -> None:
    own = {"status": 503, "body": "<h1>Sorry</h1>", "headers": {"Content-Type": "text/html"}}
    answer = {"status": 200, "body": {"data": None}, "headers": {"X-Request-Id": "mine"}}
    rules = [
        {"match": {"path": "/config"}, "answer": own},
        {"match": {"path": "/mode"}, "answer": answer},
    ]
    assert len(control.post("/faults", json={"faults": rules}).json()["ids"]) == 2
    page = httpx.get(f"{running.url}/config", trust_env=False)
    assert (page.status_code, page.text) == (503, "<h1>Sorry</h1>")
    assert page.headers["content-type"] == "text/html"
    data = httpx.put(f"{running.url}/mode", json={}, trust_env=False)
    assert (data.json(), data.headers["x-request-id"]) == ({"data": None}, "mine")


def test_kafka_rest_answers_401_with_its_page(running: Running, control: httpx.Client) -> None:
    control.post("/faults", json={"match": {"family": "Kafka REST"}, "answer": {"status": 401}})
    cluster = running.exports["KAFKA_ID"]
    answer = httpx.get(f"{running.url}/kafka/v3/clusters/{cluster}/topics", trust_env=False)
    assert answer.status_code == 401
    assert answer.headers["content-type"].startswith("text/html")


def test_a_model_call_of_a_statement_meets_the_fault(
    running: Running, control: httpx.Client
) -> None:
    settings = running.exports
    connection = connect(running)
    address = "https://bedrock-runtime.us-east-1.amazonaws.com/model"
    for sql in (
        f"CREATE CONNECTION spoiled WITH ('type' = 'bedrock', 'endpoint' = '{address}/"
        f"{settings['BEDROCK_MODEL_ID']}/invoke',"
        f" 'aws-access-key' = '{settings['AWS_ACCESS_KEY_ID']}',"
        f" 'aws-secret-key' = '{settings['AWS_SECRET_ACCESS_KEY']}',"
        f" 'aws-session-token' = '{settings['AWS_SESSION_TOKEN']}')",
        "CREATE MODEL spoiled INPUT (q STRING) OUTPUT (a STRING) WITH ('provider' = 'bedrock',"
        " 'task' = 'text_generation', 'bedrock.connection' = 'spoiled')",
    ):
        connection.execute_streaming_ddl(sql)
    answer = {"status": 400, "detail": "Your budget is used up."}
    control.post("/faults", json={"match": {"family": "Bedrock"}, "answer": answer})
    query = "SELECT a FROM (VALUES ('x')) AS t(q), LATERAL TABLE(ML_PREDICT('spoiled', q))"
    cursor = connection.cursor()
    with pytest.raises(OperationalError, match="Your budget is used up"):
        cursor.execute(query)
    cursor.close()
    connection.close()


def test_rules_of_the_start_hold_from_the_first_request() -> None:
    match = {"path": "/subjects"}
    rules = parse_rules({"match": match, "times": 1, "answer": {"status": 500}})
    with serve(faults=rules) as spoiled:
        assert httpx.get(f"{spoiled.url}/subjects", trust_env=False).status_code == 500
        assert httpx.get(f"{spoiled.url}/subjects", trust_env=False).status_code == 401
        httpx.post(f"{spoiled.url}/_emulator/reset", trust_env=False).raise_for_status()
        assert httpx.get(f"{spoiled.url}/subjects", trust_env=False).status_code == 500


# --- our own routes -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "Expecting value"),
        (b"[" * 100_000, "nested too deeply"),
        (b"\xff", "utf-8"),
        (b"[]", "not fault rules"),
        (b'{"match": {"method": "GET"}}', "not fault rules: say what happens"),
        (b'{"match": {"famly": "x"}}', "match: there is no key 'famly'; did you mean 'family'?"),
    ],
)
def test_what_is_no_rule_is_refused_and_nothing_is_set(
    control: httpx.Client, body: bytes, said: str
) -> None:
    answer = control.post("/faults", content=body)
    assert answer.status_code == 400
    assert said in answer.json()["error"]
    assert control.get("/faults").json() == {"faults": []}


def test_a_body_without_end_is_refused(control: httpx.Client) -> None:
    assert control.post("/faults", content=b" " * (1024 * 1024 + 1)).status_code == 413


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope", 404),
        ("GET", "/reset", 404),
        ("DELETE", "/faults/fault-999", 404),
        ("GET", "/requests?limit=x", 400),
        ("GET", "/requests?page=2", 400),
    ],
)
def test_other_routes_there_are_none(
    control: httpx.Client, method: str, path: str, status: int
) -> None:
    answer = control.request(method, path)
    assert (answer.status_code, "error" in answer.json()) == (status, True)


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
def test_a_page_of_another_site_cannot_reach_them(
    control: httpx.Client, headers: dict[str, str]
) -> None:
    assert control.post("/reset", headers=headers).status_code == 403


def test_the_log_names_route_status_and_key_and_no_secret(
    running: Running, control: httpx.Client
) -> None:
    connection = connect(running)
    connection.execute_snapshot_ddl("SHOW TABLES")
    connection.close()
    httpx.get(f"{running.url}/nope?token=very-secret", trust_env=False)
    answer = control.get("/requests")
    entries = answer.json()["requests"]
    assert [e["number"] for e in entries] == sorted(e["number"] for e in entries)
    posted = next(e for e in reversed(entries) if e["method"] == "POST")
    assert (posted["family"], posted["status"]) == ("Flink statements", 201)
    assert posted["route"].endswith("/environments/{environment}/statements")
    assert posted["key"] == running.exports["FLINK_API_KEY"]
    assert (entries[-1]["path"], entries[-1]["route"], entries[-1]["status"]) == ("/nope", "", 404)
    for name, value in running.exports.items():
        if name.endswith(("SECRET", "SECRET_ACCESS_KEY", "TOKEN")):
            assert value not in answer.text, name
    assert "very-secret" not in answer.text
    after = control.get("/requests", params={"after": entries[-1]["number"]}).json()
    assert after == {"requests": []}


# --- the way back to the start ------------------------------------------------------------------


def test_a_reset_brings_the_world_back_to_its_start() -> None:
    with serve() as running:
        settings = running.exports
        connection = connect(running)
        connection.execute_snapshot_ddl("CREATE TABLE t (id INT)")
        connection.execute_streaming_ddl("INSERT INTO t VALUES (1)")
        cursor = connection.streaming_cursor()
        cursor.execute("SELECT * FROM t")
        assert subjects(running)
        bootstrap = settings["KAFKA_BOOTSTRAP_SERVERS"].removeprefix("PLAINTEXT://")
        write(bootstrap, "raw", b"before")

        httpx.post(f"{running.url}/_emulator/reset", trust_env=False).raise_for_status()

        assert subjects(running) == []
        assert [s.name for s in connection.list_statements()] == []
        connection.close()
        assert Producer({"bootstrap.servers": bootstrap}).list_topics(timeout=10).topics == {}
        asked = httpx.get(f"{running.url}/_emulator/requests", trust_env=False).json()["requests"]
        assert {e["route"].rpartition("/")[2] for e in asked} == {"subjects", "statements"}

        again = connect(running)  # the same settings, the same names, and nothing of before
        again.execute_snapshot_ddl("CREATE TABLE t (name STRING)")
        again.execute_streaming_ddl("INSERT INTO t VALUES ('new')")
        with again.closing_cursor() as rows:
            rows.execute("SELECT * FROM t")
            assert rows.fetchall() == [("new",)]
        write(bootstrap, "raw", b"after")
        assert read(bootstrap, "raw") == [b"after"]
        again.close()


def test_a_second_reset_may_follow_and_statements_run_again() -> None:
    with serve() as running:
        for _ in range(3):
            connection = connect(running)
            connection.execute_snapshot_ddl("CREATE TABLE again (id INT)")
            connection.execute_streaming_ddl("INSERT INTO again VALUES (1)")
            with connection.closing_cursor() as cursor:
                cursor.execute("SELECT id FROM again")
                assert cursor.fetchall() == [(1,)]
            connection.close()
            httpx.post(f"{running.url}/_emulator/reset", trust_env=False).raise_for_status()


def test_requests_during_a_reset_wait_for_its_end() -> None:
    with serve() as running:
        settings = running.exports
        auth = (settings["SCHEMA_REGISTRY_API_KEY"], settings["SCHEMA_REGISTRY_API_SECRET"])
        seen: list[int] = []

        def go_on_asking() -> None:
            with httpx.Client(auth=auth, trust_env=False, timeout=30) as client:
                while not over.is_set():
                    seen.append(client.get(f"{running.url}/subjects").status_code)

        over = threading.Event()
        askers = [threading.Thread(target=go_on_asking) for _ in range(3)]
        for asker in askers:
            asker.start()
        for _ in range(2):
            httpx.post(f"{running.url}/_emulator/reset", trust_env=False).raise_for_status()
        over.set()
        for asker in askers:
            asker.join(30)
    assert set(seen) == {200}


def write(bootstrap: str, topic: str, value: bytes) -> None:
    producer = Producer({"bootstrap.servers": bootstrap})
    producer.produce(topic, value)
    assert producer.flush(10) == 0


def read(bootstrap: str, topic: str) -> list[bytes]:
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": "reader",
            "auto.offset.reset": "earliest",
            "enable.partition.eof": True,
        }
    )
    consumer.subscribe([topic])
    values: list[bytes] = []
    ended: set[int] = set()
    try:
        partitions = len(consumer.list_topics(topic, timeout=10).topics[topic].partitions)
        while len(ended) < partitions:
            message = consumer.poll(10)
            assert message is not None
            if message.error() is None:
                values.append(message.value())
            else:
                ended.add(message.partition())
    finally:
        consumer.close()
    return values
