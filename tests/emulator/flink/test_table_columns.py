"""Computed and metadata columns and watermarks: declared, refused, printed, read and written."""

from __future__ import annotations

from dataclasses import replace

import pytest

from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.plan import Insert, Select, Source
from runthrough.emulator.flink.planner import plan
from tests.emulator.flink.planner_catalog import SESSION, MemoryCatalog, created, refusal, table


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING; ts TIMESTAMP(3)"))


def source(catalog: MemoryCatalog, made: Table, what: str = "*") -> tuple[Source, Select]:
    known = replace(catalog, known={**catalog.known, made.name: made})
    command = plan(f"SELECT {what} FROM {made.name}", SESSION, known)
    assert isinstance(command, Select)
    [found] = command.query.sources
    return found, command


@pytest.mark.parametrize(
    ("written", "text", "t"),
    [
        ("upper(v) || 'x'", "UPPER(`v`) || 'x'", "VARCHAR"),
        ("id + 1", "`id` + 1", "INTEGER"),
        ("CAST(v AS double)", "CAST(`v` AS DOUBLE)", "DOUBLE"),
        ("try_cast(v as int)", "TRY_CAST(`v` AS INTEGER)", "INTEGER"),
        ("to_timestamp_ltz(id,3)", "`to_timestamp_ltz`(`id`, 3)", "TIMESTAMP_LTZ"),
        ("ts - interval '5' second", "`ts` - INTERVAL '5' SECOND", "TIMESTAMP"),
        ("CASE when id>3 then 'a' else lower('B') end",
         "CASE WHEN `id` > 3 THEN 'a' ELSE LOWER('B') END", "VARCHAR"),
        ("not (id=3 and id <> 4 or `id`>5)", "NOT (`id` = 3 AND `id` <> 4 OR `id` > 5)", "BOOLEAN"),
        ("id in (1,2)", "`id` IN (1, 2)", "BOOLEAN"),
        ("coalesce(v,'x')", "COALESCE(`v`, 'x')", "VARCHAR"),
        ("(id)", "`id`", "INTEGER"),
        ("-id", "- `id`", "INTEGER"),
        ("trim(v)", "TRIM(BOTH ' ' FROM `v`)", "VARCHAR"),
        ("id between 1 and 2", "`id` BETWEEN ASYMMETRIC 1 AND 2", "BOOLEAN"),
        ("x'ab'", "X'AB'", "BINARY"),
        ("1e3", "1E3", "DOUBLE"),
        ("floor(ts to day)", "FLOOR(`ts` TO DAY)", "TIMESTAMP"),
        ("cast(null as row<a int, `B` string>)", "cast(null as row<a int, `B` string>)", "ROW"),
    ],
)  # fmt: skip
def test_a_computed_column_has_the_type_and_the_text_flink_gives_it(
    catalog: MemoryCatalog, written: str, text: str, t: str
) -> None:
    made = created(catalog, f"CREATE TABLE t (id INT, v STRING, ts TIMESTAMP(3), c AS {written})")
    column = made.columns[-1]
    assert (column.kind, column.expression) == ("computed", text)
    assert column.type.root in (t, "CHAR")


def test_computed_columns_are_made_where_the_table_is_read(catalog: MemoryCatalog) -> None:
    made = created(catalog, "CREATE TABLE t (c AS id * 2 COMMENT 'twice', id INT)")
    assert made.columns[0].comment == "twice"
    _, command = source(catalog, made)
    assert [c.name for c in command.query.columns] == ["c", "id"]
    assert command.query.stateless
    assert command.query.insert_only


def test_metadata_columns_keep_their_keys(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (id INT, o BIGINT METADATA FROM 'offset' VIRTUAL, "
        "`partition` INT METADATA VIRTUAL COMMENT 'p', "
        "happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', "
        "headers MAP<STRING, STRING> METADATA)",
    )
    assert [(c.kind, c.metadata_key, c.virtual) for c in made.columns[1:]] == [
        ("metadata", "offset", True),
        ("metadata", None, True),
        ("metadata", "timestamp", False),
        ("metadata", None, False),
    ]
    assert made.columns[2].comment == "p"


def test_a_declared_watermark_makes_its_column_the_time_attribute(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (id INT, ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), "
        "WATERMARK FOR ts AS ts - INTERVAL '5' SECOND)",
    )
    assert made.watermark == ("ts", "`ts` - INTERVAL '5' SECOND")
    found, _ = source(catalog, made)
    assert found.watermark is not None
    assert found.watermark.startswith("epoch_ms(")
    assert '"ms"' in found.watermark
    assert '"ts"' not in found.watermark


def test_the_default_strategy_has_no_text(catalog: MemoryCatalog) -> None:
    made = created(catalog, "CREATE TABLE t (id INT, WATERMARK FOR $rowtime AS SOURCE_WATERMARK())")
    assert made.watermark is None
    assert source(catalog, made)[0].watermark is None


def test_the_watermark_may_be_one_of_rowtime(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (id INT, WATERMARK FOR `$rowtime` AS `$rowtime` - INTERVAL '1' SECOND)",
    )
    assert made.watermark == ("$rowtime", "`$rowtime` - INTERVAL '1' SECOND")
    watermark = source(catalog, made)[0].watermark
    assert watermark is not None
    assert '"$rowtime"' in watermark


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ("id INT, c AS nope + 1", "From line 1, column 30 to line 1, column 33: "
         "Unknown identifier 'nope'"),
        ("id INT, c AS id + 1, d AS c + 1", "At line 1, column 43: Unknown identifier 'c'"),
        ("id INT, c AS (SELECT 1)", "Query expression encountered in illegal context"),
        ("id INT, c AS id, PRIMARY KEY (c) NOT ENFORCED",
         "Could not create a PRIMARY KEY with column 'c' at line 1, column 47.\n"
         "A PRIMARY KEY constraint must be declared on physical columns."),
        ("id INT, b INT UNIQUE NOT ENFORCED", "UNIQUE constraint is not supported yet"),
        ("id INT, o BIGINT METADATA FROM 'nope' VIRTUAL", "Invalid metadata key 'nope'"),
        ("id INT, o BIGINT METADATA FROM 'offset'", "declare it VIRTUAL"),
        ("id INT, o BOOLEAN METADATA FROM 'timestamp' VIRTUAL", "must be castable from"),
        ("id INT, h INT METADATA FROM 'headers'", "must be castable from"),
        ("id INT, ts TIMESTAMP(6), WATERMARK FOR ts AS ts", "but the time field type is "
         "TIMESTAMP(6)"),
        ("id INT, WATERMARK FOR id AS id", "but the time field type is INT"),
        ("id INT, ts TIMESTAMP(3), WATERMARK FOR tx AS ts",
         "The rowtime attribute field 'tx' is not defined in the table schema, at line 1, column "
         "56\nAvailable fields: ['id', 'ts']"),
        ("id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS id", "but the watermark expression type is "
         "INT"),
        ("id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS ts, WATERMARK FOR ts AS ts",
         "Multiple WATERMARK declarations are not supported yet."),
        ("id INT, ts TIMESTAMP(3), WATERMARK FOR ts AS SOURCE_WATERMARK()", "not emulated"),
    ],
)  # fmt: skip
def test_what_flink_refuses_is_refused(catalog: MemoryCatalog, columns: str, text: str) -> None:
    assert text in refusal(catalog, f"CREATE TABLE t ({columns})")


def test_an_insert_writes_physical_and_persisted_metadata_columns(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (id INT, c AS id + 1, o BIGINT METADATA FROM 'offset' VIRTUAL, "
        "happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp')",
    )
    known = catalog.add(made)
    command = plan("INSERT INTO t SELECT id, `$rowtime` FROM a", SESSION, known)
    assert isinstance(command, Insert)
    assert [c.name for c in command.query.columns] == ["id", "happened"]
    assert "Different number of columns" in refusal(known, "INSERT INTO t SELECT 1, 2, 3")
