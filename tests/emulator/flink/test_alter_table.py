"""ALTER TABLE in all its forms, and INSERT into what was made.

Texts and results are those of Apache Flink 2.3 where it has them.
"""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.plan import AlterTable
from runthrough.emulator.flink.planner import plan
from runthrough.emulator.flink.types import INT, summary
from tests.emulator.flink.made_tables import names, tables
from tests.emulator.flink.planner_catalog import SESSION, MemoryCatalog, created, refusal


@pytest.fixture
def catalog() -> MemoryCatalog:
    return tables()


def altered(catalog: MemoryCatalog, sql: str) -> Table:
    command = plan(sql, SESSION, catalog)
    assert isinstance(command, AlterTable)
    assert command.table is not None
    return command.table


# -- ALTER -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "columns"),
    [
        ("ADD c AS v + 1", ["id", "k", "v", "ts", "c"]),
        ("ADD (c AS v + 1, o BIGINT METADATA FROM 'offset' VIRTUAL COMMENT 'x')",
         ["id", "k", "v", "ts", "c", "o"]),
        ("ADD happened TIMESTAMP_LTZ(3) METADATA FROM 'timestamp'",
         ["id", "k", "v", "ts", "happened"]),
        ("ADD c AS v + 1 FIRST", ["c", "id", "k", "v", "ts"]),
        ("ADD c AS v + 1 AFTER id", ["id", "c", "k", "v", "ts"]),
    ],
)  # fmt: skip
def test_columns_are_added(catalog: MemoryCatalog, sql: str, columns: list[str]) -> None:
    assert names(altered(catalog, f"ALTER TABLE a {sql}")) == columns


def test_columns_are_changed_and_dropped(catalog: MemoryCatalog) -> None:
    known = catalog.add(altered(catalog, "ALTER TABLE a ADD (c AS v + 1, d AS v)"))
    changed = altered(known, "ALTER TABLE a MODIFY c AS v + 3 COMMENT 'x'")
    assert changed.columns[4] == Column("c", INT, "computed", expression="`v` + 3", comment="x")
    assert names(altered(known, "ALTER TABLE a DROP c")) == ["id", "k", "v", "ts", "d"]
    assert names(altered(known, "ALTER TABLE a DROP (c, d)")) == ["id", "k", "v", "ts"]


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE a MODIFY WATERMARK FOR ts AS ts - INTERVAL '1' SECOND",
        "ALTER TABLE a MODIFY (WATERMARK FOR ts AS ts - INTERVAL '1' SECOND)",
    ],
)
def test_a_watermark_is_changed_and_dropped(catalog: MemoryCatalog, sql: str) -> None:
    changed = altered(catalog, sql)
    assert changed.watermark == ("ts", "`ts` - INTERVAL '1' SECOND")
    known = catalog.add(changed)
    assert altered(known, "ALTER TABLE a DROP WATERMARK").watermark is None
    back = "ALTER TABLE a MODIFY WATERMARK FOR $rowtime AS SOURCE_WATERMARK()"
    assert altered(known, back).watermark is None


def test_the_types_of_a_raw_topic_are_changed(catalog: MemoryCatalog) -> None:
    changed = altered(catalog, "ALTER TABLE `raw` MODIFY (key STRING, val INT)")
    assert [summary(c.type) for c in changed.columns] == ["STRING", "INT"]


def test_options_are_set_and_reset(catalog: MemoryCatalog) -> None:
    changed = altered(catalog, "ALTER TABLE a SET ('kafka.retention.time' = '1 h')")
    assert changed.options == {"kafka.retention.time": "1 h"}
    known = catalog.add(changed)
    assert altered(known, "ALTER TABLE a RESET ('kafka.retention.time')").options == {}
    assert altered(known, "ALTER TABLE a SET ('kafka.retention.time' = '7 d')").options == {}


def test_a_key_is_dropped_and_added(catalog: MemoryCatalog) -> None:
    assert altered(catalog, "ALTER TABLE s DROP PRIMARY KEY").primary_key == ()
    known = catalog.add(altered(catalog, "ALTER TABLE s DROP CONSTRAINT pk"))
    assert known.known["s"].primary_key == ()
    again = altered(known, "ALTER TABLE s ADD PRIMARY KEY (id) NOT ENFORCED")
    assert (again.primary_key, again.key_name, again.mode) == (("id",), None, "retract")


def test_if_exists_does_nothing_without_a_table(catalog: MemoryCatalog) -> None:
    assert plan("ALTER TABLE IF EXISTS x SET ('a' = 'b')", SESSION, catalog) == AlterTable(None)


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("ALTER TABLE x SET ('a' = 'b')",
         "Table `workshop`.`cluster`.`x` doesn't exist or is a temporary table."),
        ("ALTER TABLE a ADD z INT", "Physical columns cannot be added with ALTER TABLE (`z`)"),
        ("ALTER TABLE a MODIFY v BIGINT", "Physical columns cannot be changed"),
        ("ALTER TABLE a MODIFY v AS 3", "Physical columns cannot be changed"),
        ("ALTER TABLE a DROP v", "Physical columns cannot be dropped"),
        ("ALTER TABLE a RENAME TO b", "A table cannot be renamed"),
        ("ALTER TABLE a RENAME v TO w", "A column cannot be renamed"),
        ("ALTER TABLE a ADD id AS 3", "Column `id` already exists in the table."),
        ("ALTER TABLE a ADD c AS nope", "Unknown identifier 'nope'"),
        ("ALTER TABLE a ADD c AS 3 AFTER x", "Referenced column `x` by 'AFTER' does not exist"),
        ("ALTER TABLE a ADD o BIGINT METADATA FROM 'offset'", "declare it VIRTUAL"),
        ("ALTER TABLE a MODIFY c AS 3", "Column `c` does not exist in the table."),
        ("ALTER TABLE a DROP c", "The column `c` does not exist in the base table."),
        ("ALTER TABLE a DROP WATERMARK",
         "The current table does not define any watermark strategy."),
        ("ALTER TABLE a ADD WATERMARK FOR ts AS ts",
         "The current table has already defined the watermark strategy `$rowtime` AS "
         "`SOURCE_WATERMARK`(). You might want to drop it before adding a new one."),
        ("ALTER TABLE a MODIFY WATERMARK FOR v AS v", "Invalid data type of time field"),
        ("ALTER TABLE a DROP PRIMARY KEY", "The current table does not define any primary key."),
        ("ALTER TABLE s DROP CONSTRAINT x",
         "The current table does not define a primary key constraint named 'x'. Available "
         "constraint name: ['pk']."),
        ("ALTER TABLE s ADD PRIMARY KEY (id) NOT ENFORCED",
         "The current table has already defined the primary key constraint [`id`]."),
        ("ALTER TABLE u DROP PRIMARY KEY", "it has no PRIMARY KEY"),
        ("ALTER TABLE a ADD PRIMARY KEY (id) NOT ENFORCED", "have no key"),
        ("ALTER TABLE a ADD DISTRIBUTION BY (id) INTO 3 BUCKETS", "distribution"),
        ("ALTER TABLE a DROP DISTRIBUTION", "distribution"),
        ("ALTER TABLE a RESET ()", "ALTER TABLE RESET does not support empty key"),
        ("ALTER TABLE a RESET ('connector')",
         "ALTER TABLE RESET does not support changing 'connector'"),
        ("ALTER TABLE a RESET ('nope')", "Unsupported options"),
        ("ALTER TABLE a SET ('kafka.partitions' = '3')", "not supported anymore"),
        ("ALTER TABLE a SWAP b", 'Encountered "SWAP"'),
    ],
)  # fmt: skip
def test_what_alter_cannot_do_is_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)


def test_a_column_that_others_use_stays(catalog: MemoryCatalog) -> None:
    timed = created(
        catalog, "CREATE TABLE t (ms BIGINT, ts AS TO_TIMESTAMP_LTZ(ms, 3), WATERMARK FOR ts AS ts)"
    )
    known = catalog.add(timed)
    assert "The column `ts` is referenced by watermark expression." in refusal(
        known, "ALTER TABLE t DROP ts"
    )
    used = created(
        catalog, "CREATE TABLE t (o BIGINT METADATA FROM 'offset' VIRTUAL, c AS o + 1, id INT)"
    )
    assert "The column `o` is referenced by computed column `c`." in refusal(
        catalog.add(used), "ALTER TABLE t DROP o"
    )


# -- INSERT ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("INSERT INTO x SELECT 1",
         "Cannot find table '`workshop`.`cluster`.`x`' in any of the catalogs [workshop], nor as a "
         "temporary table."),
        ("INSERT INTO a (k) VALUES ('a')",
         "SQL validation failed. At line 0, column 0: Column 'id' has no default value and does "
         "not allow NULLs"),
        ("INSERT INTO a (x) VALUES ('a')",
         "At line 1, column 16: Unknown target column 'x'"),
        ("INSERT INTO a (id, k, k) VALUES (1, 'a', 'b')", "Target column 'k' is assigned more"),
        ("INSERT INTO a VALUES (1)",
         "Column types of query result and sink for 'workshop.cluster.a' do not match.\n"
         "Cause: Different number of columns.\n\nQuery schema: [EXPR$0: INT NOT NULL]\n"
         "Sink schema:  [id: INT NOT NULL, k: STRING, v: INT, ts: TIMESTAMP(3)]"),
        ("INSERT OVERWRITE a VALUES (1)", "INSERT OVERWRITE is not supported"),
        ("UPSERT INTO a VALUES (1)",
         "UPSERT INTO statement is not supported. Please use INSERT INTO instead."),
        ("WITH q AS (SELECT 1) INSERT INTO a SELECT * FROM q",
         "Incorrect syntax near the keyword 'INSERT' at line 1, column 22."),
        ("INSERT a VALUES (1)", 'Encountered "a" at line 1, column 8.'),
        ("INSERT INTO a SELECT 1, 'a', 1, CAST(NULL AS TIMESTAMP(3)); INSERT INTO a SELECT 1",
         "Incorrect syntax near the keyword 'INSERT'"),
        ("CREATE TABLE t (id INT); INSERT INTO t SELECT 1", "near the keyword 'INSERT'"),
    ],
)  # fmt: skip
def test_inserts_that_cannot_be_are_refused(catalog: MemoryCatalog, sql: str, text: str) -> None:
    assert text in refusal(catalog, sql)
