"""Producing, against librdkafka's mock broker and a small Kafka REST; read back by fastavro."""

from __future__ import annotations

import io
import json
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Any

import fastavro
import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, Message, TopicPartition
from confluent_kafka.schema_registry import SchemaRegistryClient

from runthrough.data import broker as broker_module
from runthrough.data.broker import Broker
from runthrough.data.command import produce
from runthrough.data.produce import Progress, produce_dataset, stream_dataset
from runthrough.data.records import Encoder, Record
from runthrough.data.river_hotels import Dataset, generate, millis
from runthrough.data.schemas import BOOKINGS, REVIEWS, TOPICS
from runthrough.data.stream import PAUSES, Event, stream_rows
from runthrough.errors import ServiceError, SettingsError
from runthrough.settings import Settings
from tests.waiting import LIMIT_SECONDS

DATA = generate(42)


def produce_to(cluster: Any, data: Dataset = DATA) -> list[Progress]:
    seen: list[Progress] = []
    produce_dataset(cluster.settings, data, progress=seen.append, registry=cluster.registry)
    return seen


def messages(cluster: Any, topic: str) -> Iterator[Message]:
    """Read a topic with a plain consumer to the ends of its partitions."""
    servers = cluster.settings.KAFKA_BOOTSTRAP_SERVERS.removeprefix("PLAINTEXT://")
    consumer = Consumer(
        {
            "bootstrap.servers": servers,
            "group.id": str(uuid.uuid4()),
            "enable.partition.eof": True,
            "fetch.wait.max.ms": 10,
        }
    )
    try:
        partitions = consumer.list_topics(topic, timeout=LIMIT_SECONDS).topics[topic].partitions
        consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in partitions])
        ended = 0
        while ended < len(partitions):
            message = consumer.poll(10)
            assert message is not None, f"{topic} falls silent"
            if message.error() is not None:
                ended += 1
            else:
                yield message
    finally:
        consumer.close()


def decode(registry: SchemaRegistryClient, payload: bytes) -> Any:
    """Undo Confluent's framing by hand and the Avro with fastavro."""
    assert payload[0] == 0
    schema = registry.get_schema(int.from_bytes(payload[1:5], "big"))
    assert schema.schema_str is not None
    return fastavro.schemaless_reader(io.BytesIO(payload[5:]), json.loads(schema.schema_str), None)


def plain(row: dict[str, Any]) -> dict[str, Any]:
    """Turn fastavro's datetime back into milliseconds."""
    return row | {"CREATED_AT": round(row["CREATED_AT"].timestamp() * 1_000)}


def test_every_topic_holds_exactly_the_generated_rows(cluster: Any) -> None:
    produce_to(cluster)
    for topic in TOPICS:
        read = {}
        for message in messages(cluster, topic.name):
            value = plain(decode(cluster.registry, message.value()))
            assert decode(cluster.registry, message.key()) == value[topic.key_field]
            assert message.timestamp()[1] == value["CREATED_AT"]
            assert value[topic.key_field] not in read
            read[value[topic.key_field]] = value
        assert read == {row[topic.key_field]: row for row in DATA.rows[topic.name]}


def test_topics_are_created_with_their_partitions_and_keep_old_records(cluster: Any) -> None:
    produce_to(cluster)
    assert {t["topic_name"]: t["partitions_count"] for t in cluster.created} == {
        "riverhotel.SAMPLE.CUSTOMER": 1,
        "riverhotel.SAMPLE.HOTEL": 1,
        "bookings": 6,
        "clickstream": 6,
        "hotel_reviews": 6,
    }
    for topic in cluster.created:
        assert {"name": "retention.ms", "value": "-1"} in topic["configs"]


def test_schemas_are_registered_for_keys_and_values(cluster: Any) -> None:
    produce_to(cluster)
    subjects = sorted(f"{t.name}-{part}" for t in TOPICS for part in ("key", "value"))
    assert sorted(cluster.registry.get_subjects()) == subjects
    for topic in TOPICS:
        key = cluster.registry.get_latest_version(f"{topic.name}-key").schema.schema_str
        value = cluster.registry.get_latest_version(f"{topic.name}-value").schema.schema_str
        assert json.loads(key) in ("string", {"type": "string"})
        parsed = json.loads(value)
        assert [field["name"] for field in parsed["fields"]] == [name for name, _ in topic.fields]
        assert not [field for field in parsed["fields"] if "default" in field]
        assert "namespace" not in parsed


def test_progress_ends_at_the_total_of_every_topic(cluster: Any) -> None:
    seen = produce_to(cluster)
    last = {state.topic: state for state in seen}
    assert {t: (s.sent, s.total, s.note) for t, s in last.items()} == {
        topic: (len(rows), len(rows), "") for topic, rows in DATA.rows.items()
    }


def test_a_second_time_sends_nothing_and_says_so(cluster: Any) -> None:
    produce_to(cluster)
    again = produce_to(cluster)
    assert [state.note for state in again] == [
        f"already holds {len(rows)} records" for rows in DATA.rows.values()
    ]
    assert len(list(messages(cluster, BOOKINGS))) == 400


def test_a_topic_that_is_missing_is_filled_beside_those_that_are_there(cluster: Any) -> None:
    without = replace(DATA, rows={**DATA.rows, REVIEWS: ()})
    produce_to(cluster, without)
    notes = {state.topic: state.note for state in produce_to(cluster)}
    assert notes[REVIEWS] == ""
    assert notes[BOOKINGS] == "already holds 400 records"
    assert len(list(messages(cluster, REVIEWS))) == 200


def test_records_that_came_after_the_history_do_no_harm(cluster: Any) -> None:
    produce_to(cluster)
    events = stream_rows(DATA)
    later = tuple(next(e.row for e in events if e.topic == BOOKINGS) for _ in range(3))
    with_more = replace(DATA, rows={**DATA.rows, BOOKINGS: later})
    with pytest.raises(ServiceError, match="'bookings' holds 400 records"):
        produce_to(cluster, with_more)  # alone they are not what the topic holds
    send_rows(cluster, with_more)
    notes = {state.topic: state.note for state in produce_to(cluster)}
    assert notes[BOOKINGS] == "already holds 403 records"


def send_rows(cluster: Any, data: Dataset) -> None:
    topic = next(topic for topic in TOPICS if topic.name == BOOKINGS)
    records = Encoder(cluster.registry, topic).encode(data.rows[BOOKINGS])
    with Broker.from_settings(cluster.settings) as broker:
        broker.send({BOOKINGS: records})


def test_data_of_another_seed_is_refused_before_anything_is_sent(cluster: Any) -> None:
    produce_to(cluster, replace(DATA, rows={**DATA.rows, REVIEWS: ()}))
    with pytest.raises(ServiceError, match=r"topic '.*' holds 1000 records, and of the 1000"):
        produce_to(cluster, generate(43))
    assert list(messages(cluster, REVIEWS)) == []


def test_data_that_was_broken_off_goes_on_where_it_ended(cluster: Any) -> None:
    half = replace(DATA, rows={**DATA.rows, BOOKINGS: DATA.rows[BOOKINGS][:150]})
    produce_to(cluster, half)
    states = [state for state in produce_to(cluster) if state.topic == BOOKINGS]
    assert (states[-1].sent, states[-1].total) == (400, 400)
    assert all(state.sent >= 150 for state in states)
    keys = [message.key() for message in messages(cluster, BOOKINGS)]
    assert len(keys) == len(set(keys)) == 400


def test_half_of_the_data_among_others_is_refused_with_what_is_missing(cluster: Any) -> None:
    half, other = DATA.rows[BOOKINGS][:150], generate(43).rows[BOOKINGS][:1]
    produce_to(cluster, replace(DATA, rows={**DATA.rows, BOOKINGS: (*half, *other)}))
    with pytest.raises(ServiceError, match=r"of the 400 to produce 250 are missing and 0 are"):
        produce_to(cluster)


def test_data_that_is_there_twice_is_refused(cluster: Any) -> None:
    produce_to(cluster)
    send_rows(cluster, DATA)
    with pytest.raises(ServiceError, match=r"0 are missing and 400 are there more than once"):
        produce_to(cluster)


def test_a_record_the_broker_refuses_is_named_with_its_topic(cluster: Any) -> None:
    cluster.broker.list_topics("bookings", timeout=LIMIT_SECONDS)
    large = Record("B1", b"\0\0\0\0\1B1", b"x" * 2_000_000, 0)
    with (
        Broker.from_settings(cluster.settings) as broker,
        pytest.raises(ServiceError, match=r"record 'B1' of topic 'bookings' cannot be sent"),
    ):
        broker.send({"bookings": [large]})


def test_records_without_an_answer_are_named_with_their_topic(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(broker_module._PRODUCER, "message.timeout.ms", 300)
    monkeypatch.setitem(broker_module._PRODUCER, "linger.ms", 1)
    nowhere = Broker({"bootstrap.servers": "127.0.0.1:1", "security.protocol": "PLAINTEXT"})
    with (
        nowhere,
        pytest.raises(ServiceError, match=r"1 of 1 records of topic 'bookings' were not del.*'B1'"),
    ):
        nowhere.send({"bookings": [Record("B1", b"k", b"v", 0)]})


def test_silence_ends_and_is_told(cluster: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "_SILENCE_SECONDS", 0.1)
    nowhere = Broker({"bootstrap.servers": "127.0.0.1:1", "security.protocol": "PLAINTEXT"})
    with nowhere, pytest.raises(ServiceError, match=r"0 of 1 records of topic 'bookings' are con"):
        nowhere.send({"bookings": [Record("B1", b"k", b"v", 0)]})


def test_a_broker_that_does_not_answer_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(broker_module, "_ANSWER_SECONDS", 0.2)
    nowhere = Broker({"bootstrap.servers": "127.0.0.1:1", "security.protocol": "PLAINTEXT"})
    with nowhere, pytest.raises(ServiceError, match=r"does not tell what topic 'bookings' holds"):
        nowhere.held("bookings")


def test_a_topic_the_broker_does_not_know_is_named(
    cluster: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(broker_module, "_ANSWER_SECONDS", 0.5)
    with (
        Broker.from_settings(cluster.settings) as broker,
        pytest.raises(ServiceError, match="does not know topic 'nothing'"),
    ):
        broker.held("nothing")


def test_a_wrong_key_is_refused_with_the_clusters_words(cluster: Any) -> None:
    wrong = cluster.settings.model_copy(update={"KAFKA_API_KEY": "someone-else"})
    with pytest.raises(ServiceError, match=r"refused topic .*: 401: Unauthorized") as caught:
        produce_dataset(wrong, DATA, registry=cluster.registry)
    assert (caught.value.status, caught.value.code) == (401, "401")
    assert "kafka-secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b'{"error_code": 40002, "message": "Invalid replication"}', "400: Invalid repl"),
        (403, b'{"error_code": 40301, "message": "Denied"}', "403: Denied"),
        (502, b"bad gateway", "502: bad gateway"),
    ],
)
def test_a_refused_topic_is_named(cluster: Any, status: int, body: bytes, words: str) -> None:
    cluster.refuse = (status, body)
    with pytest.raises(ServiceError, match=rf"refused topic 'riverhotel.SAMPLE.CUSTOMER': {words}"):
        produce_to(cluster)


def test_a_cluster_that_does_not_answer_is_named(cluster: Any) -> None:
    gone = cluster.settings.model_copy(update={"KAFKA_REST_ENDPOINT": "http://127.0.0.1:1"})
    with pytest.raises(ServiceError, match=r"POST http://127\.0\.0\.1:1/kafka.* got no answer"):
        produce_dataset(gone, DATA, registry=cluster.registry)


def test_a_registry_that_does_not_answer_is_named(cluster: Any) -> None:
    registry = SchemaRegistryClient({"url": "http://127.0.0.1:1", "max.retries": 0})
    with (
        registry,
        pytest.raises(ServiceError, match="did not answer for topic 'riverhotel"),
    ):
        produce_dataset(cluster.settings, DATA, registry=registry)


def test_settings_that_are_missing_are_all_named(cluster: Any) -> None:
    with pytest.raises(SettingsError) as caught:
        produce(Settings())
    assert set(caught.value.names) >= {"KAFKA_ID", "KAFKA_REST_ENDPOINT", "KAFKA_API_KEY"}
    with pytest.raises(SettingsError, match="SCHEMA_REGISTRY_REST_ENDPOINT"):
        produce(cluster.settings)


def test_a_stream_goes_on_after_the_history_at_its_own_pace(cluster: Any) -> None:
    produce_to(cluster)
    pauses, told = stream_to(cluster, 30)
    assert len(told) == len(pauses) == 30
    assert sum(pauses) == pytest.approx((told[-1].at - millis(DATA.base)) / 1000)
    held = {topic: len(list(messages(cluster, topic))) for topic in PAUSES}
    streamed = Counter(event.topic for event in told)
    assert held == {topic: len(DATA.rows[topic]) + streamed[topic] for topic in PAUSES}


def test_a_stream_that_was_broken_off_goes_on_where_it_ended(cluster: Any) -> None:
    produce_to(cluster)
    _, first = stream_to(cluster, 20)
    _, second = stream_to(cluster, 30)
    assert [*first, *second] == list(islice(stream_rows(DATA), 30))


def test_a_stream_without_its_history_is_refused(cluster: Any) -> None:
    produce_to(cluster, replace(DATA, rows={**DATA.rows, BOOKINGS: DATA.rows[BOOKINGS][:7]}))
    with pytest.raises(ServiceError, match="'bookings' holds 7 records"):
        stream_to(cluster, 1)


def stream_to(cluster: Any, count: int) -> tuple[list[float], list[Event]]:
    pauses: list[float] = []
    told: list[Event] = []
    stream_dataset(
        cluster.settings,
        DATA,
        islice(stream_rows(DATA), count),
        told=told.append,
        pause=pauses.append,
        registry=cluster.registry,
    )
    return pauses, told
