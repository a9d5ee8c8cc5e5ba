"""CREATE, INSERT, ALTER, DROP, SHOW and DESCRIBE become commands, or are refused."""

from __future__ import annotations

from typing import Any

import duckdb
import pytest

from runthrough.emulator.flink.plan import (
    AlterTable,
    CreateTable,
    Describe,
    Drop,
    Explain,
    Insert,
    Show,
)
from runthrough.emulator.flink.planner import plan
from runthrough.emulator.flink.planning.explain import mode_text
from runthrough.emulator.flink.types import summary
from tests.emulator.flink.planner_catalog import (
    SESSION,
    MemoryCatalog,
    bedrock_model,
    created,
    refusal,
    rows_of,
    table,
)


@pytest.fixture
def catalog() -> MemoryCatalog:
    known = MemoryCatalog(models={"m": bedrock_model("m")}, connections={"c"})
    return known.add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]),
        table("r", "id INT NOT NULL; k STRING; v INT", "retract"),
        table("big", "x BIGINT; s STRING; n DOUBLE NOT NULL"),
    )


def test_a_plain_table_is_append_with_six_buckets(catalog: MemoryCatalog) -> None:
    made = created(catalog, "CREATE TABLE t (id INT COMMENT 'the id', s STRING) COMMENT 'all'")
    assert (made.mode, made.primary_key, made.distributed_by, made.buckets) == ("append", (), (), 6)
    assert made.comment == "all"
    assert made.columns[0].comment == "the id"
    assert made.options == {}


def test_a_primary_key_makes_an_upsert_table_and_its_columns_not_null(
    catalog: MemoryCatalog,
) -> None:
    made = created(catalog, "CREATE TABLE t (id INT, s STRING, PRIMARY KEY (id) NOT ENFORCED)")
    assert (made.mode, made.primary_key, made.distributed_by) == ("upsert", ("id",), ("id",))
    assert summary(made.columns[0].type) == "INT NOT NULL"


def test_distribution_buckets_and_options_are_taken(catalog: MemoryCatalog) -> None:
    made = created(
        catalog,
        "CREATE TABLE t (id INT, s STRING) DISTRIBUTED BY HASH(id) INTO 3 BUCKETS WITH "
        "('value.format' = 'json-registry', 'kafka.cleanup-policy' = 'delete', "
        "'changelog.mode' = 'retract')",
    )
    assert (made.mode, made.distributed_by, made.buckets) == ("retract", ("id",), 3)
    assert made.options == {"value.format": "json-registry"}
    assert created(catalog, "CREATE TABLE t (id INT) DISTRIBUTED INTO 1 BUCKETS").buckets == 1


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("CREATE TABLE t (id INT PRIMARY KEY, s STRING)", "Flink doesn't support ENFORCED mode"),
        (
            "CREATE TABLE t (id INT, PRIMARY KEY (nope) NOT ENFORCED)",
            "Primary key column 'nope' is not defined in the schema at line 1, column 38",
        ),
        (
            "CREATE TABLE t (s STRING, id INT, PRIMARY KEY (id) NOT ENFORCED)",
            "Key columns must appear at the beginning of the table schema.",
        ),
        ("CREATE TABLE t (id INT) WITH ('changelog.mode' = 'upsert')", "it has no PRIMARY KEY"),
        (
            "CREATE TABLE t (id INT) WITH ('changelog.mode' = 'often')",
            "Could not parse value 'often' for key 'changelog.mode'.",
        ),
        (
            "CREATE TABLE t (id INT) WITH ('nope' = '1')",
            "Unsupported options found for 'confluent'.\n\nUnsupported options:\n\nnope\n\n",
        ),
        (
            "CREATE TABLE t (id INT) WITH ('kafka.partitions' = '1')",
            "The 'kafka.partitions' option is not supported anymore.",
        ),
        (
            "CREATE TABLE t (id INT) WITH ('connector' = 'datagen')",
            "Unsupported connector 'datagen'; supported are: confluent, confluent-jdbc,",
        ),
        ("CREATE TABLE t (id INT, id STRING)", "A regular Column named 'id' already exists"),
        ("CREATE TABLE t (`$rowtime` INT)", "'$rowtime' is a system column"),
        ("CREATE TABLE t (id INT) DISTRIBUTED BY (x)", "Invalid bucket key 'x'."),
        (
            "CREATE TABLE t (id INT, k INT, PRIMARY KEY (id) NOT ENFORCED) DISTRIBUTED BY (k)",
            "must be exactly the PRIMARY KEY (id)",
        ),
        ("CREATE TABLE t (id INT) DISTRIBUTED INTO 0 BUCKETS", "Invalid bucket count '0'."),
        ("CREATE TABLE t AS SELECT NULL AS n", "Illegal use of 'NULL'"),
        (
            "CREATE TABLE t (PRIMARY KEY (k) NOT ENFORCED) AS SELECT k FROM a",
            "Invalid primary key 'PK_k'. Column 'k' is nullable.",
        ),
        ("CREATE TABLE t (a, b) AS SELECT id FROM a", "number of columns in the column list"),
        (
            "CREATE TABLE t (id STRING) AS SELECT id FROM a",
            "Incompatible types for sink column 'id'",
        ),
        ("CREATE TABLE t (id INT NOT)", 'Encountered ")" at line 1, column 27.'),
    ],
)
def test_tables_that_cannot_be_are_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)


@pytest.mark.parametrize(
    ("query", "mode", "key"),
    [
        ("SELECT id, v FROM a", "append", ()),
        ("SELECT a.id FROM a JOIN a AS b ON a.id = b.id", "append", ()),
        ("SELECT id, COUNT(*) AS c FROM a GROUP BY id", "upsert", ("id",)),
        ("SELECT k, COUNT(*) AS c FROM a GROUP BY k", "retract", ()),
        ("SELECT COALESCE(k, '') AS k, COUNT(*) AS c FROM a GROUP BY k", "retract", ()),
        ("SELECT COALESCE(k, '') AS k, COUNT(*) AS c FROM a GROUP BY COALESCE(k, '')",
         "upsert", ("k",)),
        ("SELECT COUNT(*) AS c FROM a", "retract", ()),
        ("SELECT a.id FROM a LEFT JOIN r ON a.id = r.id", "retract", ()),
        ("SELECT * FROM r", "retract", ()),
        ("SELECT * FROM u", "upsert", ("id",)),
        ("SELECT v FROM u", "retract", ()),
        ("SELECT id, v FROM a LIMIT 3", "append", ()),
    ],
)  # fmt: skip
def test_a_ctas_finds_its_mode_and_key(
    catalog: MemoryCatalog, query: str, mode: str, key: tuple[str, ...]
) -> None:
    made = created(catalog, f"CREATE TABLE t AS {query}")
    assert (made.mode, made.primary_key) == (mode, key)


def test_an_upsert_sink_needs_no_row_before_the_update(catalog: MemoryCatalog) -> None:
    command = plan(
        "CREATE TABLE t AS SELECT id, COUNT(*) AS c FROM a GROUP BY id", SESSION, catalog
    )
    assert isinstance(command, CreateTable)
    assert command.query is not None
    assert mode_text(command.query.changelog) == "[I,UA]"
    assert command.query.upsert_key == (0,)


@pytest.mark.parametrize(
    "query",
    [
        "AS SELECT id FROM a",
        "AS (SELECT id FROM a)",
        "AS ((SELECT id FROM a))",
        "AS WITH z AS (SELECT id FROM a) SELECT * FROM z",
        "AS (WITH z AS (SELECT id FROM a) SELECT * FROM z)",
        "COMMENT 'x' DISTRIBUTED BY (id) INTO 2 BUCKETS WITH ('changelog.mode'='append') AS "
        "SELECT id FROM a",
    ],
)
def test_a_ctas_may_be_written_in_several_ways(catalog: MemoryCatalog, query: str) -> None:
    assert [c.name for c in created(catalog, f"CREATE TABLE t {query}").columns] == ["id"]


def test_declared_columns_of_a_ctas_come_first_or_change_types(catalog: MemoryCatalog) -> None:
    sql = "CREATE TABLE t (extra STRING, id BIGINT) AS SELECT id, v FROM a"
    made = created(catalog, sql)
    assert [(c.name, summary(c.type)) for c in made.columns] == [
        ("extra", "STRING"),
        ("id", "BIGINT"),
        ("v", "INT"),
    ]
    assert rows_of(catalog, sql, {"a": [(1, "x", 2)]}) == [(None, 1, 2)]
    reordered = created(catalog, "CREATE TABLE t (v, id) AS SELECT id, v FROM a")
    assert [c.name for c in reordered.columns] == ["v", "id"]


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("INSERT INTO big VALUES (1, 'a', 2.5), (2, CAST(NULL AS STRING), 3)",
            [(1, "a", 2.5), (2, None, 3.0)]),
        ("INSERT INTO big (n, s) VALUES (1, 'z')", [(None, "z", 1.0)]),
        ("INSERT INTO big (SELECT id, k, v FROM a)", [(7, "x", 9.0)]),
        ("INSERT INTO big WITH q AS (SELECT id FROM a) SELECT id, 'w', 1e0 FROM q",
         [(7, "w", 1.0)]),
    ],
)  # fmt: skip
def test_inserted_rows_have_the_tables_columns_and_types(
    catalog: MemoryCatalog, sql: str, rows: list[tuple[Any, ...]]
) -> None:
    command = plan(sql, SESSION, catalog)
    assert isinstance(command, Insert)
    assert [c.name for c in command.query.columns] == ["x", "s", "n"]
    assert rows_of(catalog, sql, {"a": [(7, "x", 9)]}) == rows


def test_insert_values_ends_and_insert_select_runs(catalog: MemoryCatalog) -> None:
    values = plan("INSERT INTO big VALUES (1, 'a', 2)", SESSION, catalog)
    select = plan("INSERT INTO big SELECT id, k, v FROM a", SESSION, catalog)
    assert isinstance(values, Insert)
    assert isinstance(select, Insert)
    assert (values.query.bounded, select.query.bounded) == (True, False)


def test_null_for_not_null_stops_the_statement_when_it_runs(catalog: MemoryCatalog) -> None:
    with pytest.raises(duckdb.Error, match="Column 'n' is NOT NULL, however, a null value"):
        rows_of(catalog, "INSERT INTO big SELECT id, k, v FROM a", {"a": [(1, "x", None)]})


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        (
            "INSERT INTO big SELECT id, k FROM a",
            "Column types of query result and sink for 'workshop.cluster.big' do not match.\n"
            "Cause: Different number of columns.\n\nQuery schema: [id: INT NOT NULL, k: STRING]\n"
            "Sink schema:  [x: BIGINT, s: STRING, n: DOUBLE NOT NULL]",
        ),
        (
            "INSERT INTO big SELECT id, v, 1e0 FROM a",
            "Cause: Incompatible types for sink column 's' at position 2.",
        ),
        ("INSERT INTO big (x) VALUES (1)", "Column 'n' has no default value and does not allow"),
        ("INSERT INTO big (nope) VALUES (1)", "Unknown target column 'nope'"),
        ("INSERT INTO nope VALUES (1)", "Cannot find table '`workshop`.`cluster`.`nope`' in any"),
        ("INSERT INTO a SELECT id, k, v FROM r", "doesn't support consuming update and delete"),
        ("INSERT OVERWRITE a SELECT 1", "INSERT OVERWRITE is not supported"),
    ],
)
def test_inserts_that_cannot_be_are_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)


@pytest.mark.parametrize(
    ("name", "change", "mode"),
    [
        ("a", "SET ('changelog.mode' = 'retract')", "retract"),
        ("r", "SET ('changelog.mode' = 'append')", "append"),
        ("u", "SET ('changelog.mode' = 'append')", "append"),
        ("u", "RESET ('changelog.mode')", "upsert"),
        ("r", "RESET ('changelog.mode')", "append"),
        ("a", "SET ('kafka.retention.time' = '1 d')", "append"),
    ],
)
def test_alter_table_changes_the_mode(
    catalog: MemoryCatalog, name: str, change: str, mode: str
) -> None:
    command = plan(f"ALTER TABLE {name} {change}", SESSION, catalog)
    assert isinstance(command, AlterTable)
    assert command.table.mode == mode


def test_alter_table_sets_and_resets_options(catalog: MemoryCatalog) -> None:
    catalog.run("ALTER TABLE a SET ('kafka.retention.time' = '1 d', 'key.format' = 'raw')")
    assert catalog.known["a"].options == {"kafka.retention.time": "1 d", "key.format": "raw"}
    catalog.run("ALTER TABLE a RESET ('key.format')")
    assert catalog.known["a"].options == {"kafka.retention.time": "1 d"}


def test_upsert_without_a_key_is_refused_in_alter_too(catalog: MemoryCatalog) -> None:
    assert "has no PRIMARY KEY" in refusal(
        catalog, "ALTER TABLE a SET ('changelog.mode' = 'upsert')"
    )
    assert "Unsupported options" in refusal(catalog, "ALTER TABLE a SET ('nope' = '1')")
    assert "doesn't exist or is a temporary table" in refusal(
        catalog, "ALTER TABLE nope SET ('changelog.mode'='append')"
    )


@pytest.mark.parametrize(
    ("sql", "command"),
    [
        ("DROP TABLE a", Drop("TABLE", ("workshop", "cluster", "a"))),
        (
            "DROP TABLE IF EXISTS x",
            Drop("TABLE", ("workshop", "cluster", "x"), exists=False, if_exists=True),
        ),
        ("DROP MODEL `m$all`", Drop("MODEL", ("workshop", "cluster", "m$all"))),
        ("DROP CONNECTION c", Drop("CONNECTION", ("workshop", "cluster", "c"))),
        ("SHOW TABLES", Show("TABLES")),
        ("SHOW TABLES LIKE 'a%'", Show("TABLES", "a%")),
        ("SHOW MODELS NOT LIKE 'a%'", Show("MODELS", "a%", negated=True)),
        ("SHOW TABLES FROM cluster", Show("TABLES", source=("cluster",))),
        ("SHOW CURRENT CATALOG", Show("CURRENT CATALOG")),
        ("SHOW JOBS;", Show("JOBS")),
        ("show functions", Show("FUNCTIONS")),
        ("DESCRIBE CONNECTION c", Describe("CONNECTION", "c")),
    ],
)
def test_small_statements_become_commands(
    catalog: MemoryCatalog, sql: str, command: object
) -> None:
    assert plan(sql, SESSION, catalog) == command


@pytest.mark.parametrize(
    ("sql", "extended", "create"),
    [
        ("DESCRIBE a", False, False),
        ("DESC EXTENDED a", True, False),
        ("DESCRIBE TABLE a", False, False),
        ("SHOW CREATE TABLE a", False, True),
    ],
)
def test_describe_carries_the_table(
    catalog: MemoryCatalog, sql: str, extended: bool, create: bool
) -> None:
    expected = Describe("TABLE", catalog.known["a"], extended, create)
    assert plan(sql, SESSION, catalog) == expected


def test_describe_model_carries_the_model(catalog: MemoryCatalog) -> None:
    assert plan("DESCRIBE MODEL m", SESSION, catalog) == Describe("MODEL", catalog.models["m"])
    catalog.add(table("model", "id INT"))
    described = plan("DESCRIBE model", SESSION, catalog)
    assert isinstance(described, Describe)
    assert described.object == "TABLE"


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("DROP TABLE x", "Table with identifier 'workshop.cluster.x' does not exist."),
        ("DROP MODEL x", "Model with identifier 'workshop.cluster.x' does not exist."),
        ("DROP CONNECTION x", "Connection with identifier"),
        ("DESCRIBE x", "Table with identifier 'workshop.cluster.x' does not exist."),
        ("DESCRIBE MODEL x", "Model with identifier 'workshop.cluster.x' does not exist."),
        ("DESCRIBE CONNECTION x", "Connection 'x' does not exist."),
        ("SHOW CREATE MODEL x", "Model with identifier"),
        ("SHOW CONNECTIONS FROM other", "not emulated: SHOW CONNECTIONS of another database"),
        ("CREATE MODEL x INPUT(a STRING) OUTPUT(b STRING) WITH ()", "list can not be empty."),
    ],
)
def test_what_is_not_there_is_named(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)


def test_explain_tells_operators_sink_and_key(catalog: MemoryCatalog) -> None:
    command = plan("EXPLAIN SELECT id, COUNT(*) AS c FROM a GROUP BY id", SESSION, catalog)
    assert isinstance(command, Explain)
    assert command.text.startswith("== Physical Plan ==\n\nForeground [4]\n")
    assert "GroupAggregate(groupBy=[id], select=[id, COUNT(*) AS c])" in command.text
    assert command.text.endswith("Changelog mode: retract\nUpsert key: (id)")
    for sql in ("INSERT INTO big SELECT id, k, v FROM a", "CREATE TABLE t AS SELECT id FROM a"):
        explained = plan(f"EXPLAIN {sql}", SESSION, catalog)
        assert isinstance(explained, Explain)
        assert "Changelog mode: append" in explained.text
    assert "EXPLAIN supports" in refusal(catalog, "EXPLAIN DROP TABLE a")
