from __future__ import annotations

from collections.abc import Callable

import confluent_sql
import httpx
import pytest

Unique = Callable[[str], str]


@pytest.fixture
def topic(kafka: httpx.Client, unique: Unique) -> str:
    name = unique("settings")
    kafka.post("/topics", json={"topic_name": name}).raise_for_status()
    return name


def configs(kafka: httpx.Client, topic: str) -> dict[str, tuple[str, str]]:
    data = kafka.get(f"/topics/{topic}/configs").raise_for_status().json()["data"]
    return {config["name"]: (config["value"], config["source"]) for config in data}


def test_a_setting_is_put_read_and_taken_back(kafka: httpx.Client, topic: str) -> None:
    path = f"/topics/{topic}/configs/retention.ms"
    default = kafka.get(path).json()
    assert kafka.put(path, json={"value": "3600000"}).status_code == 204
    own = kafka.get(path).json()
    assert (own["value"], own["source"]) == ("3600000", "DYNAMIC_TOPIC_CONFIG")
    assert [s["source"] for s in own["synonyms"]] == ["DYNAMIC_TOPIC_CONFIG", "DEFAULT_CONFIG"]
    assert kafka.delete(path).status_code == 204
    assert kafka.get(path).json() == default


def test_many_settings_are_altered_at_once(kafka: httpx.Client, topic: str) -> None:
    kafka.put(f"/topics/{topic}/configs/segment.ms", json={"value": "700000"})
    data = [
        {"name": "cleanup.policy", "value": "delete,compact"},
        {"name": "retention.bytes", "value": "1000", "operation": "SET"},
        {"name": "segment.ms", "operation": "DELETE"},
    ]
    sent = kafka.post(f"/topics/{topic}/configs:alter", json={"data": data})
    assert (sent.status_code, sent.content) == (204, b"")
    found = configs(kafka, topic)
    assert found["cleanup.policy"] == ("delete,compact", "DYNAMIC_TOPIC_CONFIG")
    assert found["retention.bytes"] == ("1000", "DYNAMIC_TOPIC_CONFIG")
    assert found["segment.ms"][1] == "DEFAULT_CONFIG"


def test_one_refused_change_changes_nothing(kafka: httpx.Client, topic: str) -> None:
    before = configs(kafka, topic)
    good = {"name": "retention.ms", "value": "5"}
    for bad in ({"name": "retention.ms", "value": "-2"}, {"name": "segment.bytes", "value": "1"}):
        answer = kafka.post(f"/topics/{topic}/configs:alter", json={"data": [good, bad]})
        assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)
        assert bad["name"] in answer.json()["message"]
    body = {"data": [good], "validate_only": True}
    assert kafka.post(f"/topics/{topic}/configs:alter", json=body).status_code == 204
    assert configs(kafka, topic) == before


@pytest.mark.parametrize(
    "change",
    [
        {"name": "no.such", "value": "1"},
        {"name": "retention.ms"},
        {"name": "retention.ms", "value": 1},
        {"name": "retention.ms", "value": "1.5"},
        {"name": "retention.ms", "value": "9" * 30},
        {"name": "retention.ms", "value": "1", "operation": "APPEND"},
        {"name": "flush.ms", "operation": "DELETE"},
        {"name": "cleanup.policy", "value": ""},
        {"name": "min.insync.replicas", "value": "3"},
        {"name": "message.timestamp.type", "value": "now"},
        {"value": "1"},
        "x",
    ],
)
def test_a_change_that_cannot_be_is_refused(
    kafka: httpx.Client, topic: str, change: object
) -> None:
    answer = kafka.post(f"/topics/{topic}/configs:alter", json={"data": [change]})
    assert (answer.status_code, answer.json()["error_code"]) == (400, 40002)


def test_unknown_things_are_not_found(kafka: httpx.Client, topic: str) -> None:
    for method in ("GET", "PUT", "DELETE"):
        body = {"value": "1"} if method == "PUT" else None
        answer = kafka.request(method, f"/topics/{topic}/configs/no.such", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (404, 40404)
        answer = kafka.request(method, "/topics/nowhere/configs/retention.ms", json=body)
        assert (answer.status_code, answer.json()["error_code"]) == (404, 40403)
    fixed = kafka.put(f"/topics/{topic}/configs/flush.ms", json={"value": "1"})
    assert (fixed.status_code, "flush.ms" in fixed.json()["message"]) == (400, True)
    assert kafka.put(f"/topics/{topic}/configs/retention.ms", json={"wert": "1"}).status_code == 400


@pytest.mark.parametrize("declared", [True, False], ids=["declared", "inferred"])
def test_a_changed_setting_shows_in_the_table(
    kafka: httpx.Client, driver: confluent_sql.Connection, unique: Unique, declared: bool
) -> None:
    name = unique("shown")
    if declared:
        driver.execute_snapshot_ddl(f"CREATE TABLE `{name}` (id INT)")
    else:
        kafka.post("/topics", json={"topic_name": name}).raise_for_status()
    changes = [
        {"name": "cleanup.policy", "value": "compact"},
        {"name": "retention.ms", "value": "3600000"},
    ]
    kafka.post(f"/topics/{name}/configs:alter", json={"data": changes}).raise_for_status()
    shown = show(driver, name)
    assert "'kafka.cleanup-policy' = 'compact'" in shown
    assert "'kafka.retention.time' = '1 h'" in shown
    kafka.delete(f"/topics/{name}/configs/retention.ms").raise_for_status()
    assert "'kafka.retention.time' = '7 d'" in show(driver, name)


def show(driver: confluent_sql.Connection, name: str) -> str:
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SHOW CREATE TABLE `{name}`")
        return str(cursor.fetchall()[0][0])
