"""CREATE TABLE in all its forms, … LIKE and … AS, and the options of tables.

Texts and results are those of Apache Flink 2.3 where it has them.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.flink.planning.table_options import (
    duration_text,
    milliseconds,
    size_in_bytes,
    size_text,
)
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.made_tables import names, tables
from tests.emulator.flink.planner_catalog import MemoryCatalog, created, refusal, rows_of


@pytest.fixture
def catalog() -> MemoryCatalog:
    return tables()


# -- LIKE ------------------------------------------------------------------------------------------


def test_like_takes_everything_but_the_comment(catalog: MemoryCatalog) -> None:
    made, source = created(catalog, "CREATE TABLE t LIKE s"), catalog.known["s"]
    assert made == replace(source, path=made.path, comment=None)


def test_like_may_add_and_overwrite(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (z INT, c AS id + 2, WATERMARK FOR ts AS ts) COMMENT 'mine' "
        "WITH ('value.format' = 'avro-registry', 'kafka.retention.time' = '1 h') "
        "LIKE s (OVERWRITING GENERATED OVERWRITING WATERMARKS)",
    )
    assert names(made) == ["id", "v", "ts", "c", "o", "z"]
    assert made.columns[3].expression == "`id` + 2"
    assert made.watermark == ("ts", "`ts`")
    assert made.options == {"kafka.retention.time": "1 h"}
    assert (made.mode, made.comment) == ("retract", "mine")


def test_like_may_leave_behind(catalog: MemoryCatalog) -> None:
    bare = created(catalog, "CREATE TABLE t LIKE s (EXCLUDING ALL)")
    assert names(bare) == ["id", "v", "ts"]
    assert (bare.primary_key, bare.watermark, bare.buckets) == ((), None, 6)
    assert (bare.mode, bare.options) == ("append", {})
    some = created(catalog, "CREATE TABLE t LIKE s (EXCLUDING ALL INCLUDING GENERATED)")
    assert names(some) == ["id", "v", "ts", "c"]
    keyless = created(catalog, "CREATE TABLE t LIKE u (EXCLUDING CONSTRAINTS)")
    assert (keyless.mode, keyless.primary_key) == ("append", ())


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE t LIKE nope",
         "Source table '`workshop`.`cluster`.`nope`' of the LIKE clause not found in the catalog, "
         "at line 1, column 21"),
        ("CREATE TABLE t (id STRING) LIKE s", "A column named 'id' already exists in the base"),
        ("CREATE TABLE t (c AS id) LIKE s",
         "A generated column named 'c' already exists in the base table. You might want to specify "
         "EXCLUDING GENERATED or OVERWRITING GENERATED."),
        ("CREATE TABLE t (o INT METADATA FROM 'partition' VIRTUAL) LIKE s",
         "A metadata column named 'o' already exists in the base table. You might want to specify "
         "EXCLUDING METADATA or OVERWRITING METADATA."),
        ("CREATE TABLE t (WATERMARK FOR ts AS ts) LIKE s",
         "There already exists a watermark spec for column 'ts' in the base table. You might want "
         "to specify EXCLUDING WATERMARKS or OVERWRITING WATERMARKS."),
        ("CREATE TABLE t (PRIMARY KEY (id) NOT ENFORCED) LIKE s",
         "The base table already has a primary key. You might want to specify EXCLUDING "
         "CONSTRAINTS."),
        ("CREATE TABLE t (PRIMARY KEY (k) NOT ENFORCED) LIKE a",
         "Invalid primary key 'PK_k'. Column 'k' is nullable."),
        ("CREATE TABLE t DISTRIBUTED INTO 3 BUCKETS LIKE s",
         "The base table already has a distribution defined. You might want to specify EXCLUDING "
         "DISTRIBUTION."),
        ("CREATE TABLE t WITH ('value.format' = 'raw') LIKE s (INCLUDING OPTIONS)",
         "There already exists an option ['value.format' -> 'json-registry']  in the base table. "
         "You might want to specify EXCLUDING OPTIONS or OVERWRITING OPTIONS."),
        ("CREATE TABLE t LIKE s (INCLUDING ALL INCLUDING ALL)",
         "Each like option feature can be declared only once."),
        ("CREATE TABLE t LIKE s (OVERWRITING CONSTRAINTS)",
         "Illegal merging strategy 'OVERWRITING' for 'CONSTRAINTS' option."),
        ("CREATE TABLE t LIKE s AS SELECT 1", "Incorrect syntax near the keyword 'AS' at line 1, "
         "column 23."),
        ("CREATE TABLE t LIKE s ()", 'Encountered ")" at line 1, column 24.'),
    ],
)  # fmt: skip
def test_what_like_cannot_merge_is_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)


# -- AS --------------------------------------------------------------------------------------------


def test_a_ctas_may_declare_columns_of_every_kind(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (x STRING, WATERMARK FOR ts AS ts - INTERVAL '1' SECOND, c AS id + 1, "
        "happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp', o BIGINT METADATA FROM 'offset' "
        "VIRTUAL, id INT NOT NULL COMMENT 'the id') COMMENT 'all' DISTRIBUTED INTO 2 BUCKETS "
        "WITH ('changelog.mode' = 'append') AS SELECT id, ts, v FROM a",
    )
    assert names(made) == ["x", "c", "happened", "o", "id", "ts", "v"]
    assert [c.kind for c in made.columns[:4]] == ["physical", "computed", "metadata", "metadata"]
    assert made.columns[4].comment == "the id"
    assert made.watermark == ("ts", "`ts` - INTERVAL '1' SECOND")
    assert (made.comment, made.buckets) == ("all", 2)


def test_a_ctas_fills_what_its_query_lacks(catalog: MemoryCatalog) -> None:
    sql = (
        "CREATE TABLE t (x STRING, c AS id, happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp') "
        "AS SELECT id, TO_TIMESTAMP_LTZ(v, 3) AS happened FROM a"
    )
    [(x, number, happened)] = rows_of(catalog, sql, {"a": [(1, "k", 2000, None)]})
    assert (x, number, happened.timestamp()) == (None, 1, 2.0)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT id FROM a",
        "(SELECT id FROM a)",
        "((SELECT id FROM a))",
        "WITH z AS (SELECT id FROM a) SELECT * FROM z",
        "(WITH z AS (SELECT id FROM a) SELECT * FROM z)",
    ],
)
def test_a_ctas_takes_a_query_in_every_form(catalog: MemoryCatalog, query: str) -> None:
    assert names(created(catalog, f"CREATE TABLE t WITH ('value.format'='raw') AS {query}")) == [
        "id"
    ]


def test_a_ctas_names_what_has_no_name(catalog: MemoryCatalog) -> None:
    made = created(catalog, "CREATE TABLE t AS SELECT id, id + 1, v + 1 FROM a")
    assert names(made) == ["id", "EXPR$1", "EXPR$2"]
    twice = created(catalog, "CREATE TABLE t AS SELECT x.id, y.id FROM a x, a y")
    assert names(twice) == ["id", "id0"]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE t (z INT, v STRING) AS SELECT id, v FROM a",
         "Incompatible types for sink column 'v' at position 2. The source column has type 'INT', "
         "while the target column has type 'STRING'."),
        ("CREATE TABLE t (v INT NOT NULL) AS SELECT v FROM a", "type 'INT NOT NULL'."),
        ("CREATE TABLE t (z INT NOT NULL) AS SELECT v FROM a",
         "Column 'z' has no default value and does not allow NULLs."),
        ("CREATE TABLE t (v AS 5) AS SELECT v FROM a",
         "A column named 'v' already exists in the source schema. Computed columns cannot "
         "overwrite columns from source."),
        ("CREATE TABLE t (v INT METADATA FROM 'partition' VIRTUAL) AS SELECT v FROM a",
         "Virtual metadata columns cannot overwrite columns from source."),
        ("CREATE TABLE t (z INT, z INT) AS SELECT v FROM a",
         "A column named 'z' already exists in the schema."),
        ("CREATE TABLE t (v) AS SELECT id, v FROM a",
         "The number of columns in the column list must match the number of columns in the source "
         "schema."),
        ("CREATE TABLE t (x, id) AS SELECT id, v FROM a",
         "Column 'x' not found in the source schema."),
        ("CREATE TABLE t (id, v INT) AS SELECT id, v FROM a",
         'Encountered "INT" at line 1, column 23.'),
        ("CREATE TABLE t (id)", "Columns identifiers without types in the schema are supported on "
         "CTAS/RTAS statements only."),
        ("CREATE TABLE t (WATERMARK FOR x AS x) AS SELECT id FROM a",
         "The rowtime attribute field 'x' is not defined in the table schema"),
        ("CREATE TABLE t DISTRIBUTED BY (x) AS SELECT id FROM a",
         "Invalid bucket key 'x'. A bucket key for a distribution must reference a physical column "
         "in the schema. Available columns are: [id]"),
        ("CREATE TABLE t AS SELECT INTERVAL '1' DAY AS i", "cannot be stored"),
    ],
)  # fmt: skip
def test_columns_that_do_not_go_with_the_query_are_refused(
    catalog: MemoryCatalog, sql: str, text: str
) -> None:
    assert text in refusal(catalog, sql)


# -- CREATE TABLE ----------------------------------------------------------------------------------


def test_keys_may_stand_behind_their_column(catalog: MemoryCatalog) -> None:
    plain = created(catalog, "CREATE TABLE t (id INT PRIMARY KEY NOT ENFORCED COMMENT 'x', v INT)")
    assert (plain.primary_key, plain.key_name, plain.columns[0].comment) == (("id",), None, "x")
    named = created(catalog, "CREATE TABLE t (id INT CONSTRAINT p PRIMARY KEY NOT ENFORCED)")
    assert (named.primary_key, named.key_name) == (("id",), "p")


@pytest.mark.parametrize(
    ("written", "t"),
    [
        ("INT ARRAY", "ARRAY<INT>"),
        ("INT NOT NULL ARRAY NOT NULL", "ARRAY<INT NOT NULL> NOT NULL"),
        ("BINARY VARYING(3)", "VARBINARY(3)"),
        ("TIME(9)", "TIME(3)"),
        ("TIMESTAMP(12)", "TIMESTAMP(9)"),
        ("DECIMAL(50, 2)", "DECIMAL(38, 2)"),
        ("ROW(a INT 'with a comment')", "ROW<`a` INT>"),
    ],
)
def test_types_are_read_in_every_spelling(catalog: MemoryCatalog, written: str, t: str) -> None:
    assert summary(created(catalog, f"CREATE TABLE t (c {written})").columns[0].type) == t


def test_types_flink_does_not_have_are_refused(catalog: MemoryCatalog) -> None:
    assert "Type is not supported: REAL" in refusal(catalog, "CREATE TABLE t (c REAL)")
    assert "not emulated: the type VARIANT" in refusal(catalog, "CREATE TABLE t (c VARIANT)")


def test_partitioned_by_is_the_older_spelling(catalog: MemoryCatalog) -> None:
    made = created(catalog, "CREATE TABLE t (id INT, v INT) PARTITIONED BY (id)")
    assert (made.distributed_by, made.mode) == (("id",), "append")


@pytest.mark.parametrize(
    ("written", "key", "kept"),
    [
        ("14 d", "kafka.retention.time", "14 d"),
        ("7 day", "kafka.retention.time", None),
        ("604800000", "kafka.retention.time", None),
        ("1 HOURS", "kafka.retention.time", "1 h"),
        ("90min", "kafka.retention.time", "90 min"),
        ("0", "kafka.retention.time", "0 ms"),
        ("8388608", "kafka.max-message-size", "8 mb"),
        ("COMPACT", "kafka.cleanup-policy", "compact"),
        ("zstd", "kafka.producer.compression.type", "zstd"),
        ("read-uncommitted", "kafka.consumer.isolation-level", "read-uncommitted"),
    ],
)
def test_values_are_kept_in_their_usual_spelling(
    catalog: MemoryCatalog, written: str, key: str, kept: str | None
) -> None:
    made = created(catalog, f"CREATE TABLE t (id INT) WITH ('{key}' = '{written}')")
    assert made.options == ({} if kept is None else {key: kept})


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("kafka.retention.time", "soon"),
        ("kafka.retention.time", "-1 d"),
        ("kafka.retention.time", "3 fortnights"),
        ("kafka.retention.size", "1 xb"),
        ("kafka.max-message-size", ""),
        ("kafka.cleanup-policy", "shred"),
        ("kafka.consumer.isolation-level", "none"),
        ("kafka.producer.compression.type", "zip"),
        ("kafka.message-timestamp-type", "x"),
        ("scan.startup.mode", "tomorrow"),
        ("scan.bounded.mode", "x"),
        ("scan.startup.timestamp-millis", "1 d"),
        ("value.fields-include", "some"),
        ("error-handling.mode", "x"),
    ],
)
def test_wrong_values_are_refused(catalog: MemoryCatalog, key: str, value: str) -> None:
    text = f"Could not parse value '{value}' for key '{key}'."
    assert text in refusal(catalog, f"CREATE TABLE t (id INT) WITH ('{key}' = '{value}')")
    assert text in refusal(catalog, f"ALTER TABLE a SET ('{key}' = '{value}')")


def test_an_option_may_need_another(catalog: MemoryCatalog) -> None:
    assert "'scan.startup.timestamp-millis' is required" in refusal(
        catalog, "CREATE TABLE t (id INT) WITH ('scan.startup.mode' = 'timestamp')"
    )


@given(st.integers(0, 2**55))
def test_amounts_are_read_as_they_are_printed(amount: int) -> None:
    assert milliseconds(duration_text(amount)) == amount
    assert size_in_bytes(size_text(amount)) == amount


@pytest.mark.parametrize(
    ("columns", "text"),
    [
        ("id INT, PRIMARY KEY (id, id) NOT ENFORCED",
         "Invalid primary key 'PK_id_id'. A primary key must not contain duplicate columns. Found: "
         "[id]"),
        ("id INT PRIMARY KEY NOT ENFORCED, v INT PRIMARY KEY NOT ENFORCED",
         "Duplicate primary key definition"),
        ("id INT, c AS 3, c AS 4", "Duplicate columns exist in the compute column"),
        ("x ARRAY<INTERVAL DAY TO SECOND>", ""),
        ("f ROW<ts TIMESTAMP(3)>, WATERMARK FOR f.ts AS f.ts",
         "Invalid column name 'f.ts' for rowtime attribute in watermark declaration. Available "
         "columns are: [f]"),
    ],
)  # fmt: skip
def test_definitions_that_cannot_be_are_refused(
    catalog: MemoryCatalog, columns: str, text: str
) -> None:
    assert text in refusal(catalog, f"CREATE TABLE t ({columns})")
