"""Records written through REST are read by Kafka consumers and by SQL."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import confluent_sql
import httpx
import pytest
from confluent_kafka import Consumer, Message, TopicPartition
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.waiting import LIMIT_SECONDS

from ..conftest import Emulated
from ..schemas.kafka_rest import Problem, Produced

Unique = Callable[[str], str]


@pytest.fixture
def topic(kafka: httpx.Client, unique: Unique) -> str:
    name = unique("records")
    kafka.post("/topics", json={"topic_name": name, "partitions_count": 2}).raise_for_status()
    return name


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def stream(*items: object) -> bytes:
    return "\n".join(json.dumps(item) for item in items).encode()


def answers(response: httpx.Response) -> list[dict[str, Any]]:
    assert response.status_code == 200, response.text
    return [json.loads(line) for line in response.text.splitlines()]


def consume(bootstrap: str, topic: str, count: int, partitions: int = 2) -> list[Message]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "log_level": 0})
    consumer.assign([TopicPartition(topic, p, 0) for p in range(partitions)])
    try:
        return consumer.consume(count, timeout=LIMIT_SECONDS)
    finally:
        consumer.close()


def test_a_record_arrives_with_all_it_carries(
    kafka: httpx.Client, bootstrap: str, topic: str
) -> None:
    order = {
        "partition_id": 1,
        "headers": [{"name": "a", "value": b64(b"\x00\xff")}, {"name": "b", "value": None}],
        "key": {"type": "STRING", "data": "schlüssel"},
        "value": {"type": "JSON", "data": {"n": [1, 2.5, None, "é"]}},
        "timestamp": "2026-03-04T09:15:00.123Z",
    }
    report = Produced.model_validate_json(kafka.post(f"/topics/{topic}/records", json=order).text)
    assert (report.partition_id, report.offset, report.topic_name) == (1, 0, topic)
    assert report.timestamp == datetime.fromisoformat(order["timestamp"])
    [message] = consume(bootstrap, topic, 1)
    assert message.error() is None
    assert (message.partition(), message.offset()) == (1, 0)
    assert message.key() == "schlüssel".encode()
    assert json.loads(message.value() or b"") == {"n": [1, 2.5, None, "é"]}
    assert message.headers() == [("a", b"\x00\xff"), ("b", None)]
    assert message.timestamp()[1] == int(report.timestamp.timestamp() * 1000)
    assert report.key is not None
    assert (report.key.type, report.key.size) == ("STRING", len("schlüssel".encode()))
    assert report.value is not None
    assert report.value.size == len(message.value() or b"")


def test_records_without_key_or_value_are_null(
    kafka: httpx.Client, bootstrap: str, topic: str
) -> None:
    body = {"key": {"type": "BINARY", "data": b64(b"k")}, "value": None}
    report = kafka.post(f"/topics/{topic}/records", json=body).json()
    assert "value" not in report
    [message] = consume(bootstrap, topic, 1)
    assert (message.key(), message.value()) == (b"k", None)


def test_a_stream_is_answered_one_by_one_in_its_order(
    kafka: httpx.Client, bootstrap: str, topic: str
) -> None:
    items: list[object] = [
        {"partition_id": 0, "value": {"type": "STRING", "data": str(number)}}
        for number in range(50)
    ]
    items[10] = {"partition_id": 9}
    items[20] = {"value": {"type": "BINARY", "data": "?"}}
    items[30] = {"wert": 1}
    found = answers(kafka.post(f"/topics/{topic}/records", content=stream(*items)))
    assert len(found) == 50
    codes = {number: a["error_code"] for number, a in enumerate(found) if a["error_code"] != 200}
    assert codes == {10: 40403, 20: 42206, 30: 400}
    good = [Produced.model_validate(a) for a in found if a["error_code"] == 200]
    assert [report.offset for report in good] == list(range(47))
    values = [int(m.value() or b"") for m in consume(bootstrap, topic, 47)]
    assert values == [n for n in range(50) if n not in codes]


def test_a_stream_ends_where_it_is_no_json(kafka: httpx.Client, topic: str) -> None:
    one = {"value": {"type": "STRING", "data": "x"}}
    content = json.dumps(one) + json.dumps(one) + "{oops" + json.dumps(one)
    found = answers(kafka.post(f"/topics/{topic}/records", content=content.encode()))
    assert [a["error_code"] for a in found] == [200, 200, 400]
    Problem.model_validate(found[2])


def test_sql_reads_what_rest_wrote(
    emulated: Emulated,
    kafka: httpx.Client,
    driver: confluent_sql.Connection,
    topic: str,
) -> None:
    """Avro in Confluent's framing, as binary: the way the documentation shows."""
    schema = {"type": "record", "name": "Visit", "fields": [{"name": "guests", "type": "int"}]}
    with emulated.http("schema-registry") as registry:
        path = f"/subjects/{topic}-value/versions"
        number = registry.post(path, json={"schema": json.dumps(schema)}).json()["id"]
    payload = b"\x00" + number.to_bytes(4, "big") + bytes([2 * 21])
    value = {"type": "BINARY", "data": b64(payload)}
    assert kafka.post(f"/topics/{topic}/records", json={"value": value}).status_code == 200
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT guests FROM `{topic}`")
        assert cursor.fetchall() == [(21,)]


def test_a_batch_says_of_each_entry_what_became_of_it(kafka: httpx.Client, topic: str) -> None:
    entries = [
        {"id": "a", "value": {"type": "STRING", "data": "x"}},
        {"id": "b", "value": {"type": "AVRO", "data": "x"}},
    ]
    answer = kafka.post(f"/topics/{topic}/records:batch", json={"entries": entries})
    assert answer.status_code == 207
    body = answer.json()
    assert [Produced.model_validate(item).id for item in body["successes"]] == ["a"]
    assert [(item["id"], item["error_code"]) for item in body["failures"]] == [("b", 42206)]
    for bad in ([], [entries[0]] * 2, entries * 6, [{"value": None}]):
        answer = kafka.post(f"/topics/{topic}/records:batch", json={"entries": bad})
        assert (answer.status_code, answer.json()["error_code"]) == (422, 42206)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", (422, 42206)),
        (b" \n ", (422, 42206)),
        (b"{", (400, 400)),
        (b"\xff", (400, 400)),
        (b"[" * 100_000, (400, 400)),
        (b"[]", (400, 400)),
        (b"1", (400, 400)),
        (stream({"partition_id": "0"}), (400, 400)),
        (stream({"partition_id": True}), (400, 400)),
        (stream({"partition_id": -1}), (404, 40403)),
        (stream({"partition_id": 2}), (404, 40403)),
        (stream({"headers": "x"}), (400, 40002)),
        (stream({"headers": [{"value": ""}]}), (400, 400)),
        (stream({"headers": [{"name": "a", "value": "?"}]}), (422, 42206)),
        (stream({"key": "x"}), (400, 400)),
        (stream({"key": {"data": "x"}}), (422, 42206)),
        (stream({"key": {"type": "AVRO", "data": "x"}}), (422, 42206)),
        (stream({"key": {"type": "JSON", "data": "x", "schema_id": 1}}), (422, 42206)),
        (stream({"value": {"type": "STRING", "data": 1}}), (422, 42206)),
        (stream({"value": {"type": "BINARY", "data": "a"}}), (422, 42206)),
        (stream({"timestamp": "yesterday"}), (400, 400)),
        (stream({"timestamp": "2026-03-04"}), (400, 400)),
        (stream({"timestamp": 1}), (400, 400)),
        (stream({"timestamp": "1969-12-31T00:00:00Z"}), (400, 400)),
    ],
)
def test_a_record_that_cannot_be_written_is_refused(
    kafka: httpx.Client, topic: str, body: bytes, expected: tuple[int, int]
) -> None:
    answer = kafka.post(f"/topics/{topic}/records", content=body)
    assert (answer.status_code, answer.json()["error_code"]) == expected
    assert answer.json()["message"]


def test_a_record_above_the_limit_is_refused(kafka: httpx.Client, topic: str) -> None:
    value = {"type": "STRING", "data": "x" * 3_000_000}
    answer = kafka.post(f"/topics/{topic}/records", json={"value": value})
    assert (answer.status_code, "size" in answer.json()["message"]) == (400, True)


def test_a_topic_that_is_not_there_takes_no_record(kafka: httpx.Client) -> None:
    answer = kafka.post("/topics/nowhere/records", json={})
    assert (answer.status_code, answer.json()["error_code"]) == (404, 40403)
    assert kafka.get("/topics/nowhere").status_code == 404


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    body=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["partition_id", "headers", "key", "value", "type", "data", "timestamp", "name"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=8,
    )
)
def test_no_body_breaks_it(kafka: httpx.Client, body: object) -> None:
    kafka.post("/topics", json={"topic_name": "any"})
    answer = kafka.post("/topics/any/records", json=body)
    assert answer.status_code in {200, 400, 404, 422}
