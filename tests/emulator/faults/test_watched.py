"""Faults over the wire, met by clients we did not write."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.exceptions
import httpx
import pytest
from botocore.config import Config
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_sql.exceptions import OperationalError

from runthrough.emulator.faults.rules import parse_rules
from runthrough.emulator.server import Running, serve
from tests.connecting import connect, subjects


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
