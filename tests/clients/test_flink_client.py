"""The Flink client: what it reads of any gateway, and what it does with the emulator's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from pydantic import SecretStr

from runthrough.clients.flink import Connection, Flink, Phase, Rows, Statement
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.emulator.server import serve
from runthrough.errors import FailedQueryError, ServiceError, SettingsError
from runthrough.settings import Settings


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with serve() as running:
        yield Settings.read(running.exports)


@pytest.fixture
def flink(settings: Settings) -> Iterator[Flink]:
    with closing(Flink.from_settings(settings)) as client:
        yield client


def test_a_phase_the_service_adds_one_day_is_read_as_unknown() -> None:
    body = {"name": "s", "spec": {"statement": "SELECT 1"}, "status": {"phase": "SINGING"}}
    assert Statement.from_response(body).phase is Phase.UNKNOWN


def test_an_answer_without_its_parts_is_refused_by_name() -> None:
    with pytest.raises(ServiceError, match="the statement in this answer has no 'phase'"):
        Statement.from_response({"name": "s", "status": {}})
    with pytest.raises(ServiceError, match="the connection in this answer has no 'spec'"):
        Connection.from_response({"name": "c"})


def test_a_result_names_its_columns_where_one_is_missing() -> None:
    with pytest.raises(ServiceError, match="no column 'c', only a, b"):
        Rows(("a", "b"), ((1, 2),)).column("c")


def test_missing_settings_are_all_named() -> None:
    with pytest.raises(SettingsError) as caught:
        Flink.from_settings(Settings())
    assert {"FLINK_API_KEY", "FLINK_REST_ENDPOINT"} <= set(caught.value.names)


def test_a_statement_lives_from_its_submission_to_its_deletion(flink: Flink) -> None:
    flink.submit("CREATE TABLE t (id INT, s STRING)", name="make-t")
    assert flink.submit("INSERT INTO t VALUES (1, 'a'), (2, 'b')").phase is Phase.COMPLETED
    assert flink.has("table", "t")
    assert flink.count("t") == 2
    flink.submit("CREATE TABLE u AS SELECT * FROM t", name="copy-t")
    assert flink.get("copy-t").phase is Phase.RUNNING
    flink.stop("copy-t")
    assert flink.get("copy-t").phase is Phase.STOPPED
    flink.delete("copy-t")
    assert flink.find("copy-t") is None
    for table in ("u", "t"):
        flink.drop("table", table)
    assert not flink.has("table", "t")


def test_dropping_a_model_takes_all_its_versions(flink: Flink) -> None:
    address = "https://api.openai.com/v1/chat/completions"
    flink.submit(
        f"CREATE CONNECTION c WITH ('type'='openai', 'endpoint'='{address}', 'api-key'='k')"
    )
    model = (
        "CREATE MODEL m INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'openai', "
        "'task' = 'classification', 'openai.connection' = 'c')"
    )
    assert "version 1 created" in flink.submit(model).detail
    assert "version 2 created" in flink.submit(model).detail
    flink.drop("model", "m")
    assert not flink.has("model", "m")
    flink.drop("model", "m")  # gone already
    flink.delete_connection("c")


def test_a_refusal_is_a_statement_and_trouble_is_an_error(flink: Flink) -> None:
    refused = flink.submit("SELECT nope FROM nowhere")
    assert refused.phase is Phase.FAILED
    assert "nowhere" in refused.detail
    flink.submit("SHOW TABLES", name="taken")
    with pytest.raises(ServiceError, match="taken") as caught:
        flink.submit("SHOW TABLES", name="taken")
    assert caught.value.status == 409
    with pytest.raises(FailedQueryError, match="nowhere"):
        flink.query("SELECT * FROM nowhere")
    with pytest.raises(FailedQueryError, match="nowhere"):
        flink.changes("SELECT * FROM nowhere", seconds=10)


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"FLINK_REST_ENDPOINT": "http://127.0.0.1:1"}, None),
        ({"FLINK_API_SECRET": SecretStr("another")}, 401),
    ],
)
def test_a_query_nobody_answers_has_not_failed(
    settings: Settings, changed: dict[str, Any], status: int | None
) -> None:
    sick = settings.model_copy(update=changed)
    with closing(Flink.from_settings(sick)) as flink:
        for ask in (flink.query, lambda sql: flink.changes(sql, seconds=10)):
            with pytest.raises(ServiceError) as caught:
                ask("SHOW TABLES;")
            assert not isinstance(caught.value, FailedQueryError)
            assert caught.value.status == status


def test_changes_come_with_their_kind_and_leave_no_statement(flink: Flink) -> None:
    flink.submit("CREATE TABLE w (id INT)")
    flink.submit("INSERT INTO w VALUES (1), (2), (3)")
    before = len(flink.statements())
    rows = flink.changes("SELECT COUNT(*) AS n FROM w", seconds=10)
    assert rows.columns == ("op", "n")
    assert rows.rows[-1][1] == 3
    assert flink.changes("SELECT id FROM w LIMIT 2", seconds=10).column("op") == ("+I", "+I")
    assert len(flink.statements()) == before
    flink.drop("table", "w")


def test_topics_and_subjects_are_counted_and_deleted(settings: Settings, flink: Flink) -> None:
    flink.submit("CREATE TABLE k (id INT) DISTRIBUTED INTO 3 BUCKETS")
    flink.submit("INSERT INTO k VALUES (1), (2)")
    with closing(Kafka.from_settings(settings)) as kafka:
        assert (kafka.partitions("k"), kafka.count("k")) == (3, 2)
        kafka.delete_topic("k")
        assert "k" not in kafka.topics()
        with pytest.raises(ServiceError) as caught:
            kafka.partitions("k")
        assert caught.value.status == 404
    with closing(Registry.from_settings(settings)) as registry:
        assert registry.latest("k-value").fields == ("id",)
        registry.delete("k-value")
        registry.delete("k-value")
        assert "k-value" not in registry.subjects()
        with pytest.raises(ServiceError, match="'k-value'") as caught:
            registry.latest("k-value")
        assert caught.value.status == 404


def test_a_registry_that_does_not_answer_is_a_service_error(settings: Settings) -> None:
    gone = settings.model_copy(update={"SCHEMA_REGISTRY_REST_ENDPOINT": "http://127.0.0.1:1"})
    with (
        closing(Registry.from_settings(gone)) as registry,
        pytest.raises(ServiceError, match="the list of subjects") as caught,
    ):
        registry.subjects()
    assert caught.value.status is None
