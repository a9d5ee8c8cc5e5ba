"""The routes of Tableflow topics, whatever is written."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import pytest

from runthrough.emulator.server import serve
from runthrough.emulator.world import utc_now
from tests.emulator.confluent.schemas.base import Errors
from tests.emulator.confluent.schemas.tableflow import Topic, TopicList

from ..conftest import Emulated
from .conftest import TOPICS, Lab

Unique = Callable[[str], str]


@pytest.fixture
def topic(lab: Lab, unique: Unique) -> str:
    name = unique("orders")
    lab.done(f"CREATE TABLE `{name}` (id INT)")
    return name


def test_a_topic_is_pending_then_running_then_gone(lab: Lab, topic: str) -> None:
    made = lab.enable(topic)
    assert made.status_code == 202
    shown = Topic.model_validate_json(made.content)
    assert (shown.status.phase, shown.status.write_mode) == ("PENDING", "APPEND")
    assert shown.spec.config.retention_ms == "604800000"
    assert shown.spec.storage.table_path
    located = lab.http.get(made.headers["location"], params=lab.place)
    assert located.json()["spec"]["display_name"] == topic
    lab.until(topic, "RUNNING")
    seen = Topic.model_validate_json(lab.get(topic).content)
    assert seen.spec == shown.spec
    assert seen.status.error_message is None
    listed = TopicList.model_validate_json(lab.http.get(TOPICS, params=lab.place).content)
    assert topic in [found.spec.display_name for found in listed.data]
    assert lab.disable(topic).status_code == 204
    for answer in (lab.get(topic), lab.disable(topic), lab.patch(topic, table_formats=["DELTA"])):
        assert answer.status_code == 404
        assert topic in Errors.model_validate_json(answer.content).errors[0].detail


def test_only_one_of_many_callers_enables_a_topic(lab: Lab, topic: str) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: lab.enable(topic), range(8)))
    assert sorted(answer.status_code for answer in answers) == [202, *[409] * 7]
    refused = next(answer for answer in answers if answer.status_code == 409)
    [error] = Errors.model_validate_json(refused.content).errors
    assert error.code == "resource_already_exists"


def test_lists_are_paged_by_name(lab: Lab, unique: Unique) -> None:
    names = sorted(unique("paged") for _ in range(3))
    for name in names:
        lab.done(f"CREATE TABLE `{name}` (id INT)")
        lab.enable(name, table_formats=["ICEBERG"])
    url, found = httpx.URL(lab.emulated.url + TOPICS, params={**lab.place, "page_size": "1"}), []
    while url:
        page = TopicList.model_validate_json(lab.http.get(url).content)
        found += [one.spec.display_name for one in page.data]
        url = page.metadata.next
    assert [name for name in found if name in names] == names
    assert len(found) == page.metadata.total_size == len(set(found))


def test_a_change_keeps_what_it_does_not_name(lab: Lab, topic: str) -> None:
    lab.enable(topic)
    changed = lab.patch(topic, config={"retention_ms": "100000000"})
    config = Topic.model_validate_json(changed.content).spec.config
    assert (config.retention_ms, config.data_retention_ms) == ("100000000", "2592000000")
    older = lab.patch(topic, config={"record_failure_strategy": "SKIP"})
    config = Topic.model_validate_json(older.content).spec.config
    assert (config.error_handling.mode, config.record_failure_strategy) == ("SKIP", "SKIP")
    newer = lab.patch(topic, config={"error_handling": {"mode": "SUSPEND"}})
    config = Topic.model_validate_json(newer.content).spec.config
    assert (config.error_handling.mode, config.record_failure_strategy) == ("SUSPEND", "SUSPEND")
    lab.until(topic, "RUNNING")


def test_managed_storage_with_a_bucket_is_managed_storage(lab: Lab, topic: str) -> None:
    """mcp-confluent names a bucket for every kind of storage."""
    asked = {"kind": "Managed", "bucket_name": "none", "provider_integration_id": "none"}
    shown = Topic.model_validate_json(lab.enable(topic, storage=asked).content)
    assert shown.spec.storage.kind == "Managed"
    assert lab.patch(topic, storage=asked).status_code == 200


def test_iceberg_is_taken_and_said_to_be_missing(lab: Lab, topic: str) -> None:
    lab.enable(topic, table_formats=["ICEBERG", "DELTA"])
    status = Topic.model_validate_json(lab.get(topic).content).status
    assert status.phase == "FAILED"
    [failing] = status.failing_table_formats
    assert failing.format == "ICEBERG"
    assert "writes no Iceberg tables; the live target does" in failing.error_message
    assert failing.error_message in (status.error_message or "")
    lab.done(f"INSERT INTO `{topic}` VALUES (1)")
    lab.until_rows(lab.path(topic), [(1,)])
    lab.patch(topic, table_formats=["DELTA"])
    lab.until(topic, "RUNNING")


def test_delta_can_come_later_and_go(lab: Lab, topic: str) -> None:
    lab.done(f"INSERT INTO `{topic}` VALUES (1)")
    lab.enable(topic, table_formats=["ICEBERG"])
    assert lab.path(topic) == ""
    lab.patch(topic, table_formats=["DELTA"])
    lab.until(topic, "RUNNING")
    lab.until_rows(lab.path(topic), [(1,)])
    lab.patch(topic, table_formats=["ICEBERG"])
    assert lab.path(topic) == ""
    lab.until(topic, "FAILED")


@pytest.mark.parametrize(
    ("changes", "status", "pointer"),
    [
        ({"table_formats": []}, 400, "/spec/table_formats"),
        ({"table_formats": ["PARQUET"]}, 400, "/spec/table_formats/0"),
        ({"table_formats": ["DELTA", "DELTA"]}, 422, "/spec/table_formats"),
        ({"storage": {"kind": "Floppy"}}, 400, "/spec/storage"),
        ({"storage": {"kind": "ByobAws"}}, 400, "/spec/storage/bucket_name"),
        ({"config": {"retention_ms": 5}}, 400, "/spec/config/retention_ms"),
        ({"config": {"retention_ms": "soon"}}, 400, "/spec/config/retention_ms"),
        ({"config": {"retention_ms": "86399999"}}, 422, "/spec/config/retention_ms"),
        ({"config": {"colour": "red"}}, 400, "/spec/config/colour"),
        ({"suspended": True}, 422, "/spec/suspended"),
        ({"display_name": 7}, 400, "/spec/display_name"),
        (
            {
                "storage": {
                    "kind": "ByobAws",
                    "bucket_name": "lab-bucket",
                    "provider_integration_id": "cspi-nope",
                }
            },
            422,
            "/spec/storage/provider_integration_id",
        ),
    ],
)
def test_a_bad_body_is_refused_at_its_place(
    lab: Lab, topic: str, changes: dict[str, Any], status: int, pointer: str
) -> None:
    answer = lab.enable(topic, **changes)
    [error] = Errors.model_validate_json(answer.content).errors
    # A value of the right type that cannot be is 422 to some and 400 to others (facts 1.6).
    assert answer.status_code in {status, 422 if status == 400 else status}
    assert error.source == {"pointer": pointer}
    assert lab.get(topic).status_code == 404


def test_an_unknown_topic_cluster_or_environment_is_404(lab: Lab, topic: str) -> None:
    assert lab.enable("nobody").status_code == 404
    assert lab.enable(topic, kafka_cluster={"id": "lkc-nope"}).status_code == 404
    assert lab.enable(topic, environment={"id": "env-nope"}).status_code == 404
    for place in (
        {**lab.place, "spec.kafka_cluster": "lkc-nope"},
        {**lab.place, "environment": "env-nope"},
    ):
        assert lab.http.get(TOPICS, params=place).status_code == 404
    assert lab.http.get(TOPICS, params={"environment": lab.place["environment"]}).status_code == 400


def test_what_cannot_change_does_not(lab: Lab, topic: str) -> None:
    lab.enable(topic)
    bucket = {
        "kind": "ByobAws",
        "bucket_name": "lab-bucket",
        "provider_integration_id": "cspi-1",
    }
    for change in (
        {"display_name": "other"},
        {"storage": bucket},
        {"suspended": True},
    ):
        assert lab.patch(topic, **change).status_code == 422
    same = lab.get(topic).json()["spec"]["storage"]
    assert lab.patch(topic, display_name=topic, storage=same, suspended=False).status_code == 200


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ("(id INT) WITH ('changelog.mode' = 'retract')", "retract"),
        ("(id INT, PRIMARY KEY (id) NOT ENFORCED)", "upsert"),
        ("(id INT) WITH ('kafka.cleanup-policy' = 'compact')", "compact"),
    ],
)
def test_a_table_in_another_mode_is_refused(
    lab: Lab, unique: Unique, shape: str, says: str
) -> None:
    name = unique("updating")
    lab.done(f"CREATE TABLE `{name}` {shape}")
    answer = lab.enable(name)
    assert answer.status_code == 422
    [error] = Errors.model_validate_json(answer.content).errors
    assert says in error.detail
    assert "append with delete" in error.detail


def test_the_mode_cannot_change_while_enabled(lab: Lab, topic: str) -> None:
    lab.enable(topic)
    said = lab.sql(f"ALTER TABLE `{topic}` SET ('changelog.mode' = 'retract')")
    assert said.startswith("FAILED")
    assert "'changelog.mode'" in said
    assert "cannot change while Tableflow is enabled" in said
    lab.done(f"ALTER TABLE `{topic}` SET ('kafka.retention.time' = '1 h')")
    lab.disable(topic)
    lab.done(f"ALTER TABLE `{topic}` SET ('changelog.mode' = 'retract')")
    assert lab.enable(topic).status_code == 422


def test_a_mode_that_follows_from_the_topics_settings_cannot_change_either(
    lab: Lab, unique: Unique
) -> None:
    """A topic without DDL is an upsert table as soon as Kafka compacts it."""
    topic = unique("inferred")
    lab.emulated.running.engine.create_topic(topic)
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    world = lab.emulated.world
    path = f"/kafka/v3/clusters/{world.cluster.id}/topics/{topic}/configs:alter"
    with lab.emulated.http("kafka") as kafka:
        change = {"data": [{"name": "cleanup.policy", "value": "compact"}]}
        assert kafka.post(path, json=change).status_code == 204
    said = lab.until(topic, "FAILED")["status"]["error_message"]
    assert "is now 'upsert', and the table is written as 'append'" in said


def test_by_the_clock_a_topic_is_pending_for_minutes() -> None:
    now = [utc_now()]
    with serve(pace="realistic", clock=lambda: now[0]) as running:
        emulated = Emulated(running)
        running.engine.create_topic("slow")
        with emulated.http("tableflow") as client:
            lab = Lab(emulated, client, iter(()))
            lab.enable("slow")
            now[0] += timedelta(seconds=90)
            assert {lab.get("slow").json()["status"]["phase"] for _ in range(5)} == {"PENDING"}
            now[0] += timedelta(seconds=60)
            lab.until("slow", "RUNNING")


def test_a_dropped_topic_fails_in_words(lab: Lab, topic: str) -> None:
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    lab.done(f"DROP TABLE `{topic}`")
    status = lab.until(topic, "FAILED")["status"]
    assert f"topic '{topic}' has been deleted" in status["error_message"]
    lab.done(f"CREATE TABLE `{topic}` (id INT)")
    assert lab.get(topic).json()["status"]["phase"] == "FAILED"
    assert lab.disable(topic).status_code == 204
    lab.enable(topic)
    lab.until(topic, "RUNNING")


def test_a_record_that_is_no_row_suspends_until_it_may_be_skipped(lab: Lab, topic: str) -> None:
    lab.done(f"INSERT INTO `{topic}` VALUES (1)")
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    lab.produce(topic, key=None, value=b"no Avro at all")
    seen = lab.until(topic, "FAILED")
    assert seen["spec"]["suspended"] is True
    assert topic in seen["status"]["error_message"]
    lab.done(f"INSERT INTO `{topic}` VALUES (2)")
    assert lab.patch(topic, suspended=False).json()["spec"]["suspended"] is False
    lab.until(topic, "FAILED")
    assert lab.rows(lab.path(topic)) == [(1,)]
    lab.patch(topic, config={"error_handling": {"mode": "SKIP"}})
    lab.until(topic, "RUNNING")
    lab.until_rows(lab.path(topic), [(1,), (2,)])


def test_a_record_without_a_value_suspends_an_append_table(lab: Lab, topic: str) -> None:
    lab.enable(topic)
    lab.until(topic, "RUNNING")
    lab.produce(topic, key=b"k", value=None)
    said = lab.until(topic, "FAILED")["status"]["error_message"]
    assert "without a value" in said
    lab.patch(topic, config={"error_handling": {"mode": "SKIP"}})
    lab.until(topic, "RUNNING")


def test_a_dead_letter_topic_is_not_emulated(lab: Lab, topic: str) -> None:
    answer = lab.enable(topic, config={"error_handling": {"mode": "LOG", "target": "error_log"}})
    assert answer.status_code == 501
    assert "LOG is not emulated; the live target has it" in answer.text


def test_without_the_library_the_extra_is_named(
    lab: Lab, topic: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name == "deltalake":
            raise ImportError(name)
        return known(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    answer = lab.enable(topic)
    assert answer.status_code == 501
    assert "extra 'tableflow'" in answer.text
    assert lab.enable(topic, table_formats=["ICEBERG"]).status_code == 202


def test_the_wrong_key_is_told_so(lab: Lab) -> None:
    with lab.emulated.http("kafka") as client:
        answer = client.get(TOPICS, params=lab.place)
    assert answer.status_code == 401
    assert "make sure you're using a Cloud or Global API Key" in answer.text


def test_regions_are_the_worlds(lab: Lab) -> None:
    found = lab.http.get("/tableflow/v1/regions", params={"page_size": "100"}).json()["data"]
    assert sorted(row["region"] for row in found) == sorted(lab.emulated.world.regions)
    none = lab.http.get("/tableflow/v1/regions", params={"cloud": "AZURE"}).json()
    assert none["data"] == []
