"""Computed and metadata columns and watermarks, from CREATE TABLE to rows and records."""

from __future__ import annotations

from tests.emulator.flink.sql_bench import Desk


def test_computed_and_metadata_columns_are_read(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, twice AS id * 2, `partition` INT METADATA VIRTUAL, "
        "o BIGINT METADATA FROM 'offset' VIRTUAL, tp STRING METADATA FROM 'topic' VIRTUAL) "
        "DISTRIBUTED INTO 1 BUCKETS"
    )
    desk.run("INSERT INTO t VALUES (1), (2)")
    assert desk.now("SELECT * FROM t ORDER BY id LIMIT 5") == [
        ["1", "2", "0", "0", "t"],
        ["2", "4", "0", "1", "t"],
    ]
    assert desk.now("SELECT twice FROM t WHERE twice > 2") == [["4"]]


def test_persisted_metadata_columns_are_written(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT, happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp') "
        "DISTRIBUTED INTO 1 BUCKETS"
    )
    desk.run("INSERT INTO t SELECT 7, TO_TIMESTAMP_LTZ(1700000000000, 3)")
    [record] = desk.records("t")
    assert record.timestamp == 1700000000000
    assert desk.now("SELECT id, happened, $rowtime FROM t") == [
        ["7", "2023-11-14 22:13:20.000", "2023-11-14 22:13:20.000"]
    ]


def test_describe_shows_every_kind_of_column(desk: Desk) -> None:
    desk.run(
        "CREATE TABLE t (id INT NOT NULL COMMENT 'the id', ms BIGINT, c AS id + 1, "
        "o BIGINT METADATA FROM 'offset' VIRTUAL, headers MAP<BYTES, BYTES> METADATA, "
        "ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, "
        "PRIMARY KEY (id) NOT ENFORCED)"
    )
    assert desk.run("DESCRIBE EXTENDED t") == [
        ["id", "INT", "NOT NULL", "PRIMARY KEY, BUCKET KEY", "the id"],
        ["ms", "BIGINT", "NULL", "", ""],
        ["c", "INT", "NOT NULL", "AS `id` + 1", ""],
        ["o", "BIGINT", "NULL", "METADATA FROM 'offset' VIRTUAL", ""],
        ["headers", "MAP<BYTES, BYTES>", "NULL", "METADATA", ""],
        ["ts", "TIMESTAMP_LTZ(3) *ROWTIME*", "NULL",
         "AS `TO_TIMESTAMP_LTZ`(`ms`, 3), WATERMARK AS `ts` - INTERVAL '5' SECOND", ""],
        ["$rowtime", "TIMESTAMP_LTZ(3)", "NOT NULL", "METADATA VIRTUAL", "SYSTEM"],
    ]  # fmt: skip
    [[text]] = desk.run("SHOW CREATE TABLE t")
    assert text.startswith(
        "CREATE TABLE `workshop`.`river`.`t` (\n"
        "  `id` INT NOT NULL COMMENT 'the id',\n"
        "  `ms` BIGINT,\n"
        "  `c` AS `id` + 1,\n"
        "  `o` BIGINT METADATA FROM 'offset' VIRTUAL,\n"
        "  `headers` MAP<VARBINARY(2147483647), VARBINARY(2147483647)> METADATA,\n"
        "  `ts` AS `TO_TIMESTAMP_LTZ`(`ms`, 3),\n"
        "  WATERMARK FOR `ts` AS `ts` - INTERVAL '5' SECOND,\n"
        "  CONSTRAINT `PK_id` PRIMARY KEY (`id`) NOT ENFORCED\n"
        ")\n"
    )
