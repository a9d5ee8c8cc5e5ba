"""Shapes of queries → changes, keys and refusals: the tables 5.2, 5.3 and 5.4 of the fact sheet.

Sources: a, b append; u, w upsert with a key; r retract.
"""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.plan import CreateTable, ModelStage, Select, SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import (
    SNAPSHOT,
    MemoryCatalog,
    bedrock_model,
    query_of,
    rows_of,
    table,
)

INSERTS, UPDATES, ALL = "[I]", "[I,UB,UA]", "[I,UB,UA,D]"


@pytest.fixture
def catalog() -> MemoryCatalog:
    known = MemoryCatalog(models={"m": bedrock_model("m", "response")})
    return known.add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("b", "id INT NOT NULL; k STRING; w INT"),
        table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]),
        table("w", "id INT NOT NULL; x STRING", "upsert", ["id"]),
        table("r", "id INT NOT NULL; k STRING; v INT", "retract"),
    )


E1, E2 = "update changes", "update and delete changes"

SHAPES = [
    # row of 5.2, query, mode, what an append sink says, how the named node begins
    ("1", "SELECT id + 1 AS x FROM a WHERE v > 1", INSERTS, None, ""),
    ("1", "VALUES (1), (2)", INSERTS, None, ""),
    ("1", "SELECT 1 AS one_", INSERTS, None, ""),
    ("2", "SELECT id FROM u WHERE v > 1", ALL, E2, "ChangelogNormalize(key=[id]"),
    (
        "3",
        "SELECT k FROM r WHERE v > 1",
        ALL,
        E2,
        "TableSourceScan(table=[[workshop, cluster, r]], fields=[id, k, v])",
    ),
    ("4", "SELECT COUNT(*) AS c FROM a", UPDATES, E1, "GroupAggregate(select=[COUNT(*) AS c])"),
    (
        "5",
        "SELECT k, COUNT(*) AS c FROM a GROUP BY k",
        UPDATES,
        E1,
        "GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS c])",
    ),
    (
        "6",
        "SELECT k, COUNT(*) AS c FROM u GROUP BY k",
        ALL,
        E2,
        "GroupAggregate(groupBy=[k], select=[k, COUNT_RETRACT(*) AS c])",
    ),
    ("6", "SELECT k, AVG(v) AS c FROM r GROUP BY k", ALL, E2, "GroupAggregate(groupBy=[k]"),
    (
        "7",
        "SELECT k, COUNT(*) AS c FROM a GROUP BY k HAVING COUNT(*) > 1",
        UPDATES,
        E1,
        "GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS c])",
    ),
    ("8", "SELECT DISTINCT k FROM a", UPDATES, E1, "GroupAggregate(groupBy=[k], select=[k])"),
    ("8", "SELECT DISTINCT k FROM r", ALL, E2, "GroupAggregate(groupBy=[k], select=[k])"),
    ("10", "SELECT a.id FROM a JOIN b ON a.id = b.id", INSERTS, None, ""),
    ("10", "SELECT a.id FROM a JOIN b ON a.id < b.id", INSERTS, None, ""),
    ("10", "SELECT a.id FROM a, b WHERE a.id = b.id", INSERTS, None, ""),
    (
        "11",
        "SELECT a.id FROM a JOIN u ON a.id = u.id",
        ALL,
        E2,
        "Join(joinType=[InnerJoin], where=[(id = id0)], select=[id, id0], "
        "leftInputSpec=[NoUniqueKey], rightInputSpec=[JoinKeyContainsUniqueKey])",
    ),
    (
        "12",
        "SELECT a.id FROM a LEFT JOIN b ON a.id = b.id",
        ALL,
        E2,
        "Join(joinType=[LeftOuterJoin], where=[(id = id0)], select=[id, id0], "
        "leftInputSpec=[NoUniqueKey], rightInputSpec=[NoUniqueKey])",
    ),
    ("12", "SELECT b.id FROM a RIGHT JOIN b ON a.id = b.id", ALL, E2, "Join(joinType=[RightO"),
    ("12", "SELECT a.id FROM a FULL JOIN b ON a.id = b.id", ALL, E2, "Join(joinType=[FullO"),
    (
        "13",
        "SELECT a.id FROM a JOIN b ON a.id = b.id AND a.$rowtime BETWEEN b.$rowtime AND "
        "b.$rowtime + INTERVAL '1' HOUR",
        INSERTS,
        None,
        "",
    ),
    ("29", "SELECT id FROM a UNION ALL SELECT id FROM b", INSERTS, None, ""),
    (
        "30",
        "SELECT id FROM a UNION ALL SELECT id FROM r",
        ALL,
        E2,
        "TableSourceScan(table=[[workshop, cluster, r]]",
    ),
    ("31", "SELECT k FROM a UNION SELECT k FROM b", UPDATES, E1, "GroupAggregate(groupBy=[k]"),
    ("31", "SELECT k FROM a INTERSECT SELECT k FROM b", UPDATES, E1, "GroupAggregate(groupBy=[k]"),
    ("32", "SELECT k FROM a EXCEPT SELECT k FROM b", ALL, E2, "GroupAggregate(groupBy=[k]"),
    ("33", "SELECT id FROM a WHERE id IN (SELECT id FROM b)", INSERTS, None, ""),
    ("33", "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.k = a.k)", INSERTS, None, ""),
    (
        "34",
        "SELECT id FROM a WHERE id NOT IN (SELECT id FROM b)",
        ALL,
        E2,
        "Join(joinType=[LeftAntiJoin], where=[(id = id0)]",
    ),
    (
        "34",
        "SELECT id FROM a WHERE NOT EXISTS (SELECT 1 FROM b WHERE b.k = a.k)",
        ALL,
        E2,
        "Join(joinType=[LeftAntiJoin]",
    ),
    ("36", "SELECT id FROM a LIMIT 10", INSERTS, None, ""),
    ("36", "SELECT id FROM r LIMIT 10", ALL, E2, "Limit(offset=[0], fetch=[10])"),
    (
        "39",
        "SELECT id FROM a ORDER BY v LIMIT 5",
        ALL,
        E2,
        "SortLimit(orderBy=[v ASC], offset=[0], fetch=[5], strategy=[UndefinedStrategy])",
    ),
    (
        "39",
        "SELECT id, v FROM a ORDER BY v DESC LIMIT 5",
        ALL,
        E2,
        "SortLimit(orderBy=[v DESC], offset=[0], fetch=[5], strategy=[UndefinedStrategy])",
    ),
    ("41", "SELECT id, response FROM a, LATERAL TABLE(ML_PREDICT('m', k))", INSERTS, None, ""),
    (
        "41",
        "SELECT id, p.x FROM a LEFT JOIN LATERAL TABLE(ML_PREDICT('m', k)) AS p(x) ON TRUE LIMIT 3",
        INSERTS,
        None,
        "",
    ),
    (
        "47",
        "SELECT a.k, COUNT(b.w) AS c FROM a LEFT JOIN b ON a.id = b.id GROUP BY a.k",
        ALL,
        E2,
        "GroupAggregate(groupBy=[k], select=[k, COUNT_RETRACT(w) AS c])",
    ),
]
IDS = [f"{row}-{number}" for number, (row, *_) in enumerate(SHAPES)]


@pytest.mark.parametrize(("row", "sql", "mode", "_sink", "_node"), SHAPES, ids=IDS)
def test_shape_decides_the_mode(
    catalog: MemoryCatalog, row: str, sql: str, mode: str, _sink: str | None, _node: str
) -> None:
    assert mode_text(query_of(catalog, sql).changelog) == mode


@pytest.mark.parametrize(("row", "sql", "mode", "sink", "node"), SHAPES, ids=IDS)
def test_an_append_sink_takes_inserts_alone_and_names_the_node(
    catalog: MemoryCatalog, row: str, sql: str, mode: str, sink: str | None, node: str
) -> None:
    statement = f"CREATE TABLE t WITH ('changelog.mode' = 'append') AS {sql}"
    if sink is None:
        assert query_of(catalog, statement).insert_only
        return
    with pytest.raises(SqlError) as caught:
        catalog.run(statement)
    assert str(caught.value).startswith(
        f"Table sink 'workshop.cluster.t' doesn't support consuming {sink} "
        f"which is produced by node {node}"
    )


@pytest.mark.parametrize("sql", [shape[1] for shape in SHAPES], ids=IDS)
def test_every_shape_can_be_carried_out(catalog: MemoryCatalog, sql: str) -> None:
    data = {
        "a": [(1, "x", 1), (2, "y", 2)],
        "b": [(1, "x", 3)],
        "u": [(1, "x", 1)],
        "r": [(1, "x", 1), (1, "x", 5)],
    }
    assert isinstance(rows_of(catalog, sql, data), list)


@pytest.mark.parametrize("sql", [shape[1] for shape in SHAPES], ids=IDS)
def test_a_snapshot_is_bounded_and_inserts_alone(catalog: MemoryCatalog, sql: str) -> None:
    query = query_of(catalog, sql, SNAPSHOT)
    assert query.insert_only
    assert query.bounded
    assert query.upsert_key is None


@pytest.mark.parametrize(
    ("sql", "key"),
    [
        ("SELECT k, COUNT(*) FROM a GROUP BY k", (0,)),
        ("SELECT COUNT(*), v, k FROM a GROUP BY k, v", (1, 2)),
        ("SELECT COUNT(*) FROM a GROUP BY k", None),
        ("SELECT COALESCE(k, 'U') AS k, COUNT(*) FROM a GROUP BY k", None),
        ("SELECT COALESCE(k, 'U') AS k2, COUNT(*) FROM a GROUP BY COALESCE(k, 'U')", (0,)),
        ("SELECT DISTINCT k, v FROM a", (0, 1)),
        ("SELECT k, v FROM a UNION SELECT k, w FROM b", (0, 1)),
        ("SELECT COUNT(*) FROM a", ()),
        ("SELECT id, v FROM u", (0,)),
        ("SELECT v FROM u", None),
        ("SELECT u.id, w.x FROM u LEFT JOIN w ON u.id = w.id", (0,)),
        ("SELECT u.id, w.x FROM u LEFT JOIN w ON u.v = w.id", None),
        ("SELECT a.id, b.k FROM a LEFT JOIN b ON a.id = b.id", None),
        ("SELECT id FROM a UNION ALL SELECT id FROM u", None),
        ("SELECT id, v FROM a ORDER BY v LIMIT 3", None),
        ("SELECT id FROM a", None),
    ],
)
def test_upsert_keys(catalog: MemoryCatalog, sql: str, key: tuple[int, ...] | None) -> None:
    assert query_of(catalog, sql).upsert_key == key


def test_hidden_group_keys_pair_updates_when_the_key_is_not_shown(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT COALESCE(k, 'U') AS k, COUNT(*) AS c FROM a GROUP BY k")
    assert query.identity == ("__key0",)
    assert [c.name for c in query.columns] == ["k", "c"]
    nested = query_of(
        catalog, "SELECT c + 1 AS d FROM (SELECT k, COUNT(*) AS c FROM a GROUP BY k) WHERE c > 0"
    )
    assert nested.identity == ("__key0",)


def test_rows_that_never_change_in_place_have_no_identity(catalog: MemoryCatalog) -> None:
    assert query_of(catalog, "SELECT a.id FROM a LEFT JOIN b ON a.id = b.id").identity == ()
    assert query_of(catalog, "SELECT id FROM a").identity == ()


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT id, response FROM r, LATERAL TABLE(ML_PREDICT('m', k))",
        "SELECT id, response FROM u, LATERAL TABLE(ML_PREDICT('m', k))",
        "SELECT a.id, response FROM a LEFT JOIN b ON a.id = b.id, "
        "LATERAL TABLE(ML_PREDICT('m', a.k))",
        "SELECT * FROM (SELECT k, COUNT(*) AS c FROM a GROUP BY k), "
        "LATERAL TABLE(ML_PREDICT('m', k))",
    ],
)
def test_a_model_over_changes_is_e4(catalog: MemoryCatalog, sql: str) -> None:
    with pytest.raises(SqlError) as caught:
        catalog.run(f"CREATE TABLE t WITH ('changelog.mode' = 'retract') AS {sql}")
    assert str(caught.value).startswith(
        "The column(s): response(generated by non-deterministic function: ML_PREDICT ) can not "
        "satisfy the determinism requirement for correctly processing update message("
        "'UB'/'UA'/'D' in changelogMode, not 'I' only), this usually happens when input node has "
        "no upsertKey(upsertKeys=[{}]) or current node outputs non-deterministic update messages."
    )
    assert "related rel plan:" in str(caught.value)


def test_a_model_over_changes_into_an_append_table_is_e2(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match="produced by node GroupAggregate"):
        catalog.run(
            "CREATE TABLE t WITH ('changelog.mode' = 'append') AS SELECT * FROM "
            "(SELECT k, COUNT(*) AS c FROM a GROUP BY k), LATERAL TABLE(ML_PREDICT('m', k))"
        )


@pytest.mark.parametrize("call", ["CURRENT_TIMESTAMP", "NOW()", "RAND()", "UUID()"])
def test_chance_and_the_clock_are_e4_on_changes_and_fine_on_inserts(
    catalog: MemoryCatalog, call: str
) -> None:
    name = call.removesuffix("()")
    with pytest.raises(SqlError, match=rf"x\(generated by non-deterministic function: {name} \)"):
        catalog.run(f"CREATE TABLE t AS SELECT k, {call} AS x FROM r")
    assert query_of(catalog, f"SELECT k, {call} AS x FROM a").insert_only


def test_a_column_of_chance_that_is_dropped_again_is_no_matter(catalog: MemoryCatalog) -> None:
    query_of(catalog, "SELECT k FROM (SELECT k, RAND() AS x FROM r)")


def test_a_condition_of_chance_is_e4b(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, "SELECT k FROM r WHERE RAND() > 0.5")
    assert str(caught.value) == (
        "There exists non deterministic function: 'RAND' in condition: '(RAND() > 0.5)' which may "
        "cause wrong result in update pipeline."
    )


def test_an_upsert_sink_with_the_querys_key_needs_that_key_alone(catalog: MemoryCatalog) -> None:
    catalog.add(table("s", "k STRING NOT NULL; x TIMESTAMP_LTZ(3)", "upsert", ["k"]))
    sql = "INSERT INTO s SELECT k, NOW() FROM (SELECT k, COUNT(*) AS c FROM r GROUP BY k)"
    assert mode_text(query_of(catalog, sql).changelog) == "[I,UA,D]"


def test_a_stream_is_not_sorted(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, "SELECT id FROM a ORDER BY v")
    assert str(caught.value) == "Sort on a non-time-attribute field is not supported."
    rows = rows_of(catalog, "SELECT id FROM a ORDER BY v", {"a": [(1, "x", 2), (2, "y", 1)]},
                   SNAPSHOT)  # fmt: skip
    assert rows == [(2,), (1,)]


def test_a_count_of_nothing_is_no_row_in_a_stream_and_zero_in_a_batch(
    catalog: MemoryCatalog,
) -> None:
    sql = "SELECT COUNT(*) FROM a"
    assert rows_of(catalog, sql, {}) == []
    assert rows_of(catalog, sql, {}, SNAPSHOT) == [(0,)]


@pytest.mark.parametrize(
    ("sql", "stateless", "bounded", "limit"),
    [
        ("SELECT id FROM a WHERE v > 1", True, False, None),
        ("SELECT id FROM a LIMIT 4", True, True, 4),
        ("SELECT id FROM (SELECT * FROM a LIMIT 4)", True, True, 4),
        ("SELECT id FROM a LIMIT 4 OFFSET 1", False, True, 4),
        ("SELECT id FROM a LIMIT 0", True, True, 0),
        ("SELECT id FROM (SELECT * FROM a LIMIT 4) WHERE v > 1", False, False, None),
        ("SELECT id FROM r LIMIT 4", False, False, 4),
        ("SELECT id FROM a UNION ALL SELECT id FROM b", True, False, None),
        ("SELECT a.id FROM a JOIN b ON a.id = b.id", False, False, None),
        ("SELECT id FROM r", False, False, None),
        ("SELECT 1", False, True, None),
        ("WITH q AS (SELECT id FROM a) SELECT * FROM q WHERE id > 1", True, False, None),
        ("SELECT id FROM a UNION ALL VALUES (1)", False, False, None),
    ],
)
def test_what_the_engine_is_told_of_ends_and_state(
    catalog: MemoryCatalog, sql: str, stateless: bool, bounded: bool, limit: int | None
) -> None:
    query = query_of(catalog, sql)
    assert (query.stateless, query.bounded, query.limit) == (stateless, bounded, limit)


def test_a_model_is_not_called_for_rows_beyond_the_limit(catalog: MemoryCatalog) -> None:
    sql = "SELECT response FROM a, LATERAL TABLE(ML_PREDICT('m', k)) LIMIT 2"
    query = query_of(catalog, sql)
    assert [stage for stage in query.stages if isinstance(stage, ModelStage)]
    assert "LIMIT 2" in query.stages[0].sql  # type: ignore[union-attr]


def test_advice_is_given_where_state_grows(catalog: MemoryCatalog) -> None:
    advice = query_of(catalog, "SELECT a.id FROM a JOIN b ON a.id = b.id").warnings
    assert advice[0].startswith(
        "[Warning] Your query includes one or more highly state-intensive operators but does not "
        "set a time-to-live (TTL) value, "
    )
    assert query_of(catalog, "SELECT id FROM a").warnings == ()


def test_advice_is_given_where_primary_and_upsert_key_differ(catalog: MemoryCatalog) -> None:
    command = catalog.run(
        "CREATE TABLE t (PRIMARY KEY (c) NOT ENFORCED) AS SELECT COUNT(*) AS c, id FROM a "
        "GROUP BY id"
    )
    assert isinstance(command, CreateTable)
    assert command.query is not None
    assert command.query.warnings[0].startswith(
        '[Warning] The primary key "c" does not match the upsert key "id" that is derived from'
    )


def test_the_plan_is_told_line_by_line(catalog: MemoryCatalog) -> None:
    command = catalog.run("SELECT k, COUNT(*) AS c FROM u GROUP BY k")
    assert isinstance(command, Select)
    assert command.query.explain == (
        "Calc(select=[k, c])  changelogMode=[I,UB,UA,D]",
        "+- GroupAggregate(groupBy=[k], select=[k, COUNT_RETRACT(*) AS c])  "
        "changelogMode=[I,UB,UA,D]",
        "   +- ChangelogNormalize(key=[id])  changelogMode=[I,UB,UA,D]",
        "      +- TableSourceScan(table=[[workshop, cluster, u]], fields=[id, k, v])  "
        "changelogMode=[I,UA,D]",
    )
