"""`POST /_emulator/reset`: the way back to the world's start."""

from __future__ import annotations

import threading

import httpx
from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

from runthrough.emulator.server import serve
from tests.connecting import connect, subjects
from tests.waiting import LIMIT_SECONDS


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
        assert (
            Producer({"bootstrap.servers": bootstrap}).list_topics(timeout=LIMIT_SECONDS).topics
            == {}
        )
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


def test_a_reset_forgets_consumer_groups_and_admin_clients_go_on() -> None:
    with serve() as running:
        address = running.exports["KAFKA_BOOTSTRAP_SERVERS"]
        admin = AdminClient({"bootstrap.servers": address, "log_level": 0})
        consumer = Consumer({"bootstrap.servers": address, "group.id": "g", "log_level": 0})
        for _ in range(2):
            admin.create_topics([NewTopic("made", 1)])["made"].result(LIMIT_SECONDS)
            [place] = (
                consumer.commit(offsets=[TopicPartition("made", 0, 1)], asynchronous=False) or []
            )
            assert place.error is None
            httpx.post(f"{running.url}/_emulator/reset", trust_env=False).raise_for_status()
            assert admin.list_consumer_groups().result(LIMIT_SECONDS).valid == []
            assert admin.list_topics(timeout=LIMIT_SECONDS).topics == {}
        consumer.close()


def test_requests_during_a_reset_wait_for_its_end() -> None:
    with serve() as running:
        settings = running.exports
        auth = (settings["SCHEMA_REGISTRY_API_KEY"], settings["SCHEMA_REGISTRY_API_SECRET"])
        seen: list[int] = []

        def go_on_asking() -> None:
            with httpx.Client(auth=auth, trust_env=False, timeout=LIMIT_SECONDS) as client:
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
        partitions = len(
            consumer.list_topics(topic, timeout=LIMIT_SECONDS).topics[topic].partitions
        )
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
