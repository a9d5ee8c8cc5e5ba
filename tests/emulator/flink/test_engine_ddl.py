"""DDL, SHOW and DESCRIBE with hand-made plans."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.plan import (
    CreateConnection,
    CreateModel,
    CreateTable,
    Describe,
    Drop,
    Explain,
    Show,
    SqlError,
)
from runthrough.emulator.flink.types import INT, STRING
from tests.emulator.flink.engine_bench import (
    CONNECTION,
    ENDPOINT,
    SESSION,
    Bench,
    model,
    path,
    scan,
    table,
)


def test_create_table_makes_topic_and_subjects(bench: Bench) -> None:
    execution = bench.submit(CreateTable(table("t", "upsert")))
    assert (execution.phase, execution.detail) == ("COMPLETED", "Table 't' created.")
    assert execution.results(0, 10).done
    assert bench.broker.topics() == {"t": 3}
    assert bench.schemas.subjects() == ("t-key", "t-value")
    assert execution.traits is not None
    assert execution.traits.sql_kind == "CREATE_TABLE"


def test_options_become_settings_of_the_topic(bench: Bench) -> None:
    bench.create(
        table(
            "t",
            **{
                "kafka.retention.time": "2 hours",
                "kafka.max-message-size": "1 mb",
                "kafka.cleanup-policy": "delete-compact",
                "kafka.producer.compression.type": "lz4",
            },
        )
    )
    [topic] = bench.engine.topics()
    assert topic.configs == {
        "cleanup.policy": "delete,compact",
        "max.message.bytes": "1048576",
        "compression.type": "lz4",
        "retention.ms": "7200000",
    }


def test_a_second_table_of_that_name_fails_unless_if_not_exists(bench: Bench) -> None:
    bench.create(table("t"))
    again = bench.submit(CreateTable(table("t")))
    text = "Table (or view) lkc-1.t already exists in Catalog env-1"
    assert (again.phase, again.detail) == ("FAILED", text)
    [exception] = again.exceptions
    assert exception.message == text
    assert bench.submit(CreateTable(table("t"), if_not_exists=True)).phase == "COMPLETED"


def test_dropping_a_table_leaves_its_subjects_which_must_then_match(bench: Bench) -> None:
    bench.create(table("t"))
    bench.insert(table("t"), ("a", 1))
    bench.run(Drop("TABLE", path("t")))
    assert bench.broker.topics() == {}
    assert bench.schemas.subjects() == ("t-value",)
    other = Table(path("t"), (Column("x", INT),))
    refused = bench.submit(CreateTable(other))
    assert "Schema Registry subject `t-value` doesn't match" in refused.detail
    bench.create(table("t"))
    assert bench.snapshot(scan(table("t"))) == []


@pytest.mark.parametrize(
    ("broken", "text"),
    [
        (table("t", **{"value.format": "json"}), "Unsupported format: json"),
        (table("t", **{"kafka.retention.time": "soon"}), "Could not parse value 'soon' for key"),
        (table("no good"), "'no good' cannot be a table"),
        (replace(table("t"), path=("workshop", "gone", "t")), "'gone' does not exist"),
    ],
)
def test_what_cannot_be_a_table_is_refused_and_leaves_nothing(
    bench: Bench, broken: Table, text: str
) -> None:
    execution = bench.submit(CreateTable(broken))
    assert execution.phase == "FAILED"
    assert text in execution.detail
    assert bench.broker.topics() == {}
    assert bench.schemas.subjects() == ()


def test_a_statement_that_cannot_be_planned_fails_with_flinks_text(bench: Bench) -> None:
    execution = bench.submit(SqlError("Column 'ID' not found in any table"))
    assert (execution.phase, execution.detail) == ("FAILED", "Column 'ID' not found in any table")
    assert execution.traits is None
    assert execution.results(0, 10).done


def test_a_fault_of_the_emulator_is_a_failed_statement_and_is_logged(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    execution = bench.submit(KeyError("oops"))
    assert execution.phase == "FAILED"
    assert "A fault of the emulator: KeyError: 'oops'" in execution.detail
    assert "Traceback" in caplog.text


def test_a_connection_is_made_and_its_secrets_are_kept_apart(bench: Bench) -> None:
    bench.run(CONNECTION)
    made = bench.engine.connections.get("c")
    assert made is not None
    assert (made.type, made.endpoint) == ("BEDROCK", ENDPOINT)
    assert made.secrets["AWS_SECRET_ACCESS_KEY"].get_secret_value() == "very-secret"
    assert "very-secret" not in repr(made)
    shown = bench.run(Describe("CONNECTION", "c"))
    assert shown.results(0, 9).rows == [(0, ["c", "BEDROCK", ENDPOINT, None])]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"type": "nope"}, "invalid connection type nope"),
        ({"type": "a2a"}, "not emulated: a connection of type a2a"),
        ({"type": "openai"}, "'aws-access-key' is invalid for connection openai."),
        ({"type": ""}, "Connection option 'type' is required"),
        ({"endpoint": ""}, "Connection option 'endpoint' is required"),
        ({"endpoint": "http://x"}, "'endpoint' must be an https address, not 'http://x'"),
        ({"aws-access-key": ""}, "must provide 'aws-access-key' for type bedrock"),
        ({"ap-key": "x"}, "'ap-key' is invalid for connection bedrock."),
        ({"aws-session-token": "x" * 4001}, "'aws-session-token' is longer than 4000 bytes"),
    ],
)
def test_a_wrong_connection_option_is_named(
    bench: Bench, change: dict[str, str], text: str
) -> None:
    execution = bench.submit(CreateConnection("c", {**CONNECTION.options, **change}))
    assert execution.phase == "FAILED"
    assert text in execution.detail
    assert bench.engine.connections.all() == ()


def test_secrets_are_masked_in_the_stored_statement(bench: Bench) -> None:
    sql = "CREATE CONNECTION c WITH ('AWS-Secret-Key' = 'it''s secret', 'type'='bedrock')"
    execution = bench.engine.submit("s", sql, SESSION)
    assert execution.sql == (
        "CREATE CONNECTION c WITH ('AWS-Secret-Key' = '******', 'type'='bedrock')"
    )


def test_models_have_versions(bench: Bench) -> None:
    bench.run(CONNECTION)
    first = bench.run(CreateModel(model()))
    assert first.detail == "`m` with version 1 created. Default version: 1"
    assert first.traits is not None
    assert first.traits.connection_refs == ("c",)
    second = bench.run(CreateModel(model(**{"bedrock.params.max_tokens": "5"})))
    assert second.detail == "`m` with version 2 created. Default version: 1"
    assert bench.run(CreateModel(model(), if_not_exists=True)).detail == (
        "`m` already exists. Default version: 1"
    )
    differing = bench.submit(CreateModel(replace(model(), comment="other")))
    assert "already exists with a different COMMENT" in differing.detail
    for _ in range(8):
        bench.run(CreateModel(model()))
    assert "has 10 versions already" in bench.submit(CreateModel(model())).detail
    dropped = bench.run(Drop("MODEL", path("m")))
    assert dropped.detail == "`m` version 1 dropped. Default version: 2"
    assert bench.run(Drop("MODEL", path("m$all"))).detail == "`m` dropped."
    assert bench.run(Show("MODELS")).results(0, 9).rows == []


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"provider": ""}, "Model option 'provider' is required"),
        ({"provider": "nobody"}, "Unsupported value 'nobody' of model option 'provider'"),
        ({"provider": "confluent"}, "not emulated: the model provider 'confluent'"),
        ({"task": ""}, "Model option 'task' is required"),
        ({"task": "poetry"}, "Unsupported value 'poetry' of model option 'task'"),
        ({"bedrock.connection": ""}, "Model option 'bedrock.connection' is required"),
        ({"bedrock.connection": "typo"}, "Connection 'typo' of model 'm' ('bedrock.connection')"),
        (
            {"bedrock.sytem_prompt": "x"},
            "Unsupported options:\n\nbedrock.sytem_prompt\n",
        ),
        (
            {"openai.model_version": "x"},
            "Unsupported options:\n\nopenai.model_version\n",
        ),
        ({"tsk": "x"}, "found for the model provider 'bedrock'.\n\nUnsupported options:\n\ntsk\n"),
    ],
)
def test_a_wrong_model_option_is_named(bench: Bench, options: dict[str, str], text: str) -> None:
    bench.run(CONNECTION)
    execution = bench.submit(CreateModel(model(**options)))
    assert execution.phase == "FAILED"
    assert text in execution.detail


def test_show_lists_what_is_there(bench: Bench) -> None:
    bench.create(table("orders"), table("orders_by_hotel"), table("users"))
    bench.run(CONNECTION)

    def show(what: str, like: str | None = None, negated: bool = False) -> Any:
        execution = bench.run(Show(what, like, negated))
        assert execution.traits is not None
        assert execution.traits.columns is not None
        head = [c.name for c in execution.traits.columns]
        return head, [row for _, row in execution.results(0, 99).rows]

    assert show("CATALOGS") == (["Catalog Name", "Catalog ID"], [["workshop", "env-1"]])
    assert show("DATABASES")[1] == [["river", "lkc-1"], ["other", "lkc-2"]]
    assert show("TABLES")[1] == [["orders"], ["orders_by_hotel"], ["users"]]
    assert show("TABLES", "orders%") == (["table name"], [["orders"], ["orders_by_hotel"]])
    assert show("TABLES", "orders%", True)[1] == [["users"]]
    assert show("TABLES", "order_")[1] == [["orders"]]
    assert show("CONNECTIONS") == (["Name"], [["c"]])
    assert show("MODELS") == (["Model Name"], [])
    assert show("CURRENT CATALOG") == (["current catalog name"], [["workshop"]])
    assert show("CURRENT DATABASE")[1] == [["river"]]
    head, jobs = show("JOBS")
    assert head == ["Name", "Phase", "Statement", "Compute Pool", "Creation Time", "Detail"]
    assert jobs[0][:3] == ["statement-0", "COMPLETED", "sql 0"]
    names = show("FUNCTIONS")[1]
    assert ["ARRAY_JOIN"] in names
    assert bench.run(Explain("== Physical Plan ==")).results(0, 1).rows == [
        (0, ["== Physical Plan =="])
    ]


def test_describe_and_show_create(bench: Bench) -> None:
    t = Table(
        path("t"),
        (Column("k", STRING.not_null()), Column("p", INT, "metadata", "partition", True)),
        "upsert",
        ("k",),
        ("k",),
        options={"kafka.retention.time": "1 h"},
        comment="it's",
    )
    bench.create(t)
    plain = bench.run(Describe("TABLE", t)).results(0, 9).rows
    assert [row for _, row in plain] == [
        ["k", "STRING", "NOT NULL", "PRIMARY KEY, BUCKET KEY"],
        ["p", "INT", "NULL", "METADATA FROM 'partition' VIRTUAL"],
    ]
    extended = bench.run(Describe("TABLE", t, extended=True)).results(0, 9).rows
    assert extended[-1][1] == [
        "$rowtime",
        "TIMESTAMP_LTZ(3) *ROWTIME*",
        "NOT NULL",
        "METADATA VIRTUAL, WATERMARK AS `SOURCE_WATERMARK`()",
        "SYSTEM",
    ]
    [(_, [text])] = bench.run(Describe("TABLE", t, create=True)).results(0, 9).rows
    assert text.startswith(
        "CREATE TABLE `workshop`.`river`.`t` (\n  `k` VARCHAR(2147483647) NOT NULL,\n"
        "  `p` INT METADATA FROM 'partition' VIRTUAL,\n"
        "  CONSTRAINT `PK_k` PRIMARY KEY (`k`) NOT ENFORCED\n)\nCOMMENT 'it''s'\n"
        "DISTRIBUTED BY HASH(`k`) INTO 6 BUCKETS\nWITH (\n  'changelog.mode' = 'upsert',\n"
    )
    assert "'kafka.retention.time' = '1 h'" in text
    [(_, [text])] = bench.run(Describe("MODEL", model(), create=True)).results(0, 9).rows
    assert "  'BEDROCK.CONNECTION' = 'c'" in text
    [(_, row)] = bench.run(Describe("MODEL", model())).results(0, 9).rows
    assert row[0] == "(\n  `prompt` STRING\n)"
