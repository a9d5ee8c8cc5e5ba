"""DESCRIBE and SHOW CREATE TABLE to the letter: declared and inferred tables, odd names, ids."""

from __future__ import annotations

import json

import pytest

from runthrough.emulator.flink.catalog import Session
from tests.emulator.flink.sql_bench import STREAM, Desk


def shown(desk: Desk, name: str) -> str:
    [[text]] = desk.run(f"SHOW CREATE TABLE {name}")
    assert isinstance(text, str)
    return text


USUAL = """\
  'connector' = 'confluent',
  'kafka.cleanup-policy' = 'delete',
  'kafka.compaction.time' = '0 ms',
  'kafka.max-message-size' = '2097164 bytes',
  'kafka.retention.size' = '0 bytes',
  'kafka.retention.time' = '7 d',
"""


def test_a_plain_table_prints_every_default(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT COMMENT 'it''s', s STRING, b BYTES) COMMENT 'all of it'")
    assert shown(desk, "t") == (
        "CREATE TABLE `workshop`.`river`.`t` (\n"
        "  `id` INT COMMENT 'it''s',\n"
        "  `s` VARCHAR(2147483647),\n"
        "  `b` VARBINARY(2147483647)\n"
        ")\n"
        "COMMENT 'all of it'\n"
        "DISTRIBUTED INTO 6 BUCKETS\n"
        "WITH (\n  'changelog.mode' = 'append',\n"
        + USUAL
        + "  'scan.bounded.mode' = 'unbounded',\n"
        "  'scan.startup.mode' = 'earliest-offset',\n  'value.format' = 'avro-registry'\n)"
    )


def test_a_keyed_table_prints_key_and_distribution(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, v INT, CONSTRAINT mine PRIMARY KEY (id) NOT ENFORCED) WITH "
        "('kafka.retention.time' = '36 h', 'kafka.max-message-size' = '8388608')"
    )
    assert shown(desk, "t") == (
        "CREATE TABLE `workshop`.`river`.`t` (\n"
        "  `id` INT NOT NULL,\n"
        "  `v` INT,\n"
        "  CONSTRAINT `mine` PRIMARY KEY (`id`) NOT ENFORCED\n"
        ")\n"
        "DISTRIBUTED BY HASH(`id`) INTO 6 BUCKETS\n"
        "WITH (\n  'changelog.mode' = 'upsert',\n"
        + USUAL.replace("'7 d'", "'36 h'").replace("'2097164 bytes'", "'8 mb'")
        + "  'key.format' = 'avro-registry',\n  'scan.bounded.mode' = 'unbounded',\n"
        "  'scan.startup.mode' = 'earliest-offset',\n  'value.format' = 'avro-registry'\n)"
    )


@pytest.mark.parametrize(
    "columns",
    [
        "`id` INT, `t` TIMESTAMP(3) WITH LOCAL TIME ZONE, `d` DECIMAL(10, 2)",
        "`a` ARRAY<VARCHAR(2147483647) NOT NULL>, `m` MAP<VARCHAR(2147483647), INT>",
        "`r` ROW<`a` INT, `b c` VARCHAR(2147483647)>, `c` AS `r`.`a` + 1",
        "`g` MULTISET<INT>, `h` TIME(0), `j` CHAR(3), `k` BINARY(2), `u` TIMESTAMP(6)",
        "`ts` TIMESTAMP(3), WATERMARK FOR `ts` AS `ts` - INTERVAL '5' SECOND",
        "`o` BIGINT METADATA FROM 'offset' VIRTUAL, `id` INT COMMENT 'x'",
    ],
)
def test_what_is_printed_makes_the_same_table(desk: Desk, columns: str) -> None:
    desk.run(f"CREATE TABLE t ({columns}) WITH ('value.format' = 'json-registry')")
    text = shown(desk, "t")
    inside = text[text.index("(\n") + 2 : text.index("\n)")]
    assert [line.strip().rstrip(",") for line in inside.split("\n")] == columns.replace(
        ", `", ",\n`"
    ).replace(", WATERMARK", ",\nWATERMARK").replace("INT,\n`b c`", "INT, `b c`").split(",\n")
    desk.run("DROP TABLE t")
    for subject in desk.schemas.subjects():
        desk.schemas.delete_subject(subject)
    desk.run(text)
    assert shown(desk, "t") == text


def test_a_topic_without_schema_prints_as_raw(desk: Desk) -> None:
    desk.engine.create_topic("raw.topic-1", partitions=3, configs={"retention.ms": "86400000"})
    assert shown(desk, "`raw.topic-1`") == (
        "CREATE TABLE `workshop`.`river`.`raw.topic-1` (\n"
        "  `key` VARBINARY(2147483647),\n"
        "  `val` VARBINARY(2147483647)\n"
        ")\n"
        "DISTRIBUTED BY HASH(`key`) INTO 3 BUCKETS\n"
        "WITH (\n  'changelog.mode' = 'append',\n"
        + USUAL.replace("'7 d'", "'1 d'")
        + "  'key.format' = 'raw',\n  'scan.bounded.mode' = 'unbounded',\n"
        "  'scan.startup.mode' = 'earliest-offset',\n  'value.format' = 'raw'\n)"
    )


def test_a_compacted_topic_prints_as_upsert(desk: Desk) -> None:
    desk.engine.create_topic("t", partitions=1, configs={"cleanup.policy": "compact"})
    value = {"type": "record", "name": "v", "fields": [{"name": "a", "type": "int"}]}
    desk.schemas.register("t-key", '"string"')
    desk.schemas.register("t-value", json.dumps(value))
    text = shown(desk, "t")
    assert "  `key` VARCHAR(2147483647) NOT NULL,\n  `a` INT NOT NULL,\n" in text
    assert "CONSTRAINT `PK_key` PRIMARY KEY (`key`) NOT ENFORCED" in text
    assert "'changelog.mode' = 'upsert'" in text
    assert "'kafka.cleanup-policy' = 'compact'" in text
    assert desk.run("DESCRIBE t") == [
        ["key", "STRING", "NOT NULL", "PRIMARY KEY, BUCKET KEY"],
        ["a", "INT", "NOT NULL", ""],
    ]


@pytest.mark.parametrize("name", ["`riverhotel.SAMPLE.CUSTOMER`", "`f1-commentary`", "`UPPER`"])
def test_dotted_and_other_names_are_one_identifier(desk: Desk, name: str) -> None:
    desk.run(f"CREATE TABLE {name} (`a.b` INT, `$x` INT, `sp` INT) "
             "WITH ('value.format' = 'json-registry')")  # fmt: skip
    desk.run(f"INSERT INTO {name} VALUES (1, 2, 3)")
    assert desk.now(f"SELECT `a.b`, `$x`, $rowtime IS NULL FROM {name} x") == [["1", "2", "FALSE"]]
    assert desk.broker.has_topic(name.strip("`"))


def test_names_are_told_apart_by_case(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT)")
    desk.run("CREATE TABLE T (ID STRING)")
    desk.run("INSERT INTO t VALUES (1)")
    desk.run("INSERT INTO T VALUES ('x')")
    assert desk.now("SELECT id FROM t") == [["1"]]
    assert desk.now("SELECT ID FROM T") == [["x"]]
    assert "Column 'ID' not found in any table; did you mean 'id'?" in desk.refusal(
        "SELECT ID FROM t"
    )


@pytest.mark.parametrize(
    "place", ["workshop`.`river", "env-1`.`lkc-1", "env-1`.`river", "workshop`.`lkc-1"]
)
def test_catalog_and_database_go_by_name_or_id(desk: Desk, place: str) -> None:
    desk.run(f"CREATE TABLE `{place}`.`t` (id INT)")
    desk.run(f"INSERT INTO `{place}`.t VALUES (7)")
    assert desk.now(f"SELECT * FROM `{place}`.t") == [["7"]]
    assert desk.run("SHOW TABLES") == [["t"]]
    assert shown(desk, f"`{place}`.`t`").startswith("CREATE TABLE `workshop`.`river`.`t` (")
    database = place.split("`.`")[1]
    desk.run(f"ALTER TABLE `{database}`.t SET ('changelog.mode' = 'retract')")
    desk.run(f"DROP TABLE `{database}`.t")
    assert desk.run("SHOW TABLES") == []


def test_a_session_without_a_place_finds_no_table(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT)")
    nowhere = desk.submit("CREATE TABLE u (id INT)", Session(None, None))
    assert "A current catalog has not been set." in nowhere.detail
    assert desk.submit("SELECT * FROM t", Session("env-1", None)).phase == "FAILED"
    assert desk.submit("DESCRIBE t", STREAM).phase == "COMPLETED"


def test_drop_takes_topic_and_rows_and_leaves_the_subjects(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT)")
    desk.run("INSERT INTO t VALUES (1)")
    desk.run("DROP TABLE t")
    assert not desk.broker.has_topic("t")
    assert desk.schemas.subjects() == ("t-value",)
    desk.run("DROP TABLE IF EXISTS t")
    assert "Table with identifier 'workshop.river.t' does not exist." in desk.refusal(
        "DROP TABLE t"
    )
    text = "Cannot create table because the Schema Registry subject `t-value` doesn't match"
    assert text in desk.refusal("CREATE TABLE t (id STRING)")
    desk.run("CREATE TABLE t (id INT)")
    assert desk.now("SELECT * FROM t") == []


def test_a_table_cannot_be_made_twice(desk: Desk) -> None:
    desk.run("CREATE TABLE t (id INT)")
    text = "Table (or view) lkc-1.t already exists in Catalog env-1"
    assert desk.refusal("CREATE TABLE t (id INT)") == text
    assert desk.refusal("CREATE TABLE t AS SELECT 1 AS id") == text
    assert desk.refusal("CREATE TABLE t LIKE t") == text
    desk.run("CREATE TABLE IF NOT EXISTS t (other STRING)")
    desk.run("CREATE TABLE IF NOT EXISTS t AS SELECT 'x' AS other")
    assert desk.run("DESCRIBE t") == [["id", "INT", "NULL", ""]]
    assert desk.now("SELECT * FROM t") == []


@pytest.mark.parametrize("mode", ["append", "retract", "upsert"])
def test_columns_are_told_apart_by_case(desk: Desk, mode: str) -> None:
    desk.run(
        "CREATE TABLE t (id INT NOT NULL, ID STRING, Id AS id + 1, `__seq` INT, ts TIMESTAMP(3), "
        "TS TIMESTAMP(3), WATERMARK FOR TS AS TS, PRIMARY KEY (id) NOT ENFORCED) "
        f"DISTRIBUTED INTO 1 BUCKETS WITH ('changelog.mode' = '{mode}')"
    )
    desk.run(
        "INSERT INTO t (id, ID, `__seq`, TS) "
        "VALUES (1, 'x', 7, TIMESTAMP '2026-01-15 12:00:00.000')"
    )
    assert [row[0] for row in desk.run("DESCRIBE t")] == ["id", "ID", "Id", "__seq", "ts", "TS"]
    assert desk.now("SELECT * FROM t") == [["1", "x", "2", "7", None, "2026-01-15 12:00:00.000"]]
    assert desk.now("SELECT ID, id FROM t WHERE ID = 'x'") == [["x", "1"]]


@pytest.mark.parametrize("form", ["avro-registry", "json-registry"])
def test_a_dropped_table_can_be_made_again_over_its_subjects(desk: Desk, form: str) -> None:
    sql = (
        "CREATE TABLE t (k_id INT, m MAP<STRING, INT>, n MULTISET<STRING>, r ROW<a INT, b STRING>) "
        f"DISTRIBUTED BY (k_id) WITH ('key.format' = '{form}', 'value.format' = '{form}', "
        "'key.fields-prefix' = 'k_')"
    )
    desk.run(sql)
    desk.run("DROP TABLE t")
    desk.run(sql)
    assert len(desk.run("DESCRIBE t")) == 4
