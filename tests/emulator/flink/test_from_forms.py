"""FROM in all its forms: UNNEST, USING, NATURAL, parentheses, LATERAL queries, TABLE t, hints."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import (
    SNAPSHOT,
    MemoryCatalog,
    query_of,
    refusal,
    rows_of,
    table,
)

A = [(1, "x", 10), (2, "y", 20), (3, "x", None)]
B = [(1, "one", 7), (2, "two", 8), (4, "four", 9)]
L = [(1, ["p", "q"]), (2, []), (3, None), (4, ["r", None])]


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("b", "id INT NOT NULL; name STRING; v INT"),
        table("r", "id INT NOT NULL; tags ARRAY<STRING>", "retract"),
        table("l", "id INT NOT NULL; tags ARRAY<STRING>"),
        table("rows_", "id INT NOT NULL; items ARRAY<ROW<n INT, s STRING>>; m MAP<STRING, INT>"),
    )


def rows(catalog: MemoryCatalog, sql: str) -> list[tuple[Any, ...]]:
    items = [{"n": 1, "s": "a"}, {"n": 2, "s": "b"}]
    data = {"a": A, "b": B, "l": L, "r": L, "rows_": [(1, items, {"k": 1})]}
    return rows_of(catalog, sql, data)


# -- UNNEST ----------------------------------------------------------------------------------------


def test_cross_join_unnest_drops_rows_without_elements(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT id, tag FROM l CROSS JOIN UNNEST(tags) AS t(tag)")
    assert found == [(1, "p"), (1, "q"), (4, "r"), (4, None)]


def test_a_comma_is_a_cross_join_too(catalog: MemoryCatalog) -> None:
    assert rows(catalog, "SELECT tag FROM l, UNNEST(l.tags) AS t(tag) WHERE id = 1") == [
        ("p",),
        ("q",),
    ]


def test_left_join_unnest_keeps_them(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT id, t.tag FROM l LEFT JOIN UNNEST(tags) AS t(tag) ON TRUE")
    assert found == [(1, "p"), (1, "q"), (2, None), (3, None), (4, "r"), (4, None)]


def test_ordinality_counts_from_one(catalog: MemoryCatalog) -> None:
    sql = "SELECT id, tag, n FROM l CROSS JOIN UNNEST(tags) WITH ORDINALITY AS t(tag, n)"
    assert rows(catalog, sql) == [(1, "p", 1), (1, "q", 2), (4, "r", 1), (4, None, 2)]


def test_fields_of_rows_become_columns(catalog: MemoryCatalog) -> None:
    sql = "SELECT id, n, s FROM rows_ CROSS JOIN UNNEST(items)"
    assert rows(catalog, sql) == [(1, 1, "a"), (1, 2, "b")]
    assert rows(catalog, "SELECT x.p FROM rows_, UNNEST(items) AS x(p, q) WHERE q = 'b'") == [(2,)]


def test_a_map_becomes_keys_and_values(catalog: MemoryCatalog) -> None:
    assert rows(catalog, "SELECT t.* FROM rows_ CROSS JOIN UNNEST(m) AS t(a, b)") == [("k", 1)]


@pytest.mark.parametrize(
    ("sql", "mode"),
    [
        ("SELECT id, t.tag FROM l CROSS JOIN UNNEST(tags) AS t(tag)", "[I]"),
        ("SELECT id, t.tag FROM l LEFT JOIN UNNEST(tags) AS t(tag) ON TRUE", "[I]"),
        ("SELECT id, t.tag FROM r CROSS JOIN UNNEST(tags) AS t(tag)", "[I,UB,UA,D]"),
    ],
)
def test_unnest_passes_changes_on(catalog: MemoryCatalog, sql: str, mode: str) -> None:
    assert mode_text(query_of(catalog, sql).changelog) == mode


def test_unnest_of_an_append_table_looks_at_new_rows_alone(catalog: MemoryCatalog) -> None:
    assert query_of(catalog, "SELECT t.x FROM l, UNNEST(tags) AS t(x)").stateless


def test_the_elements_of_a_row_stay_together_in_their_order(catalog: MemoryCatalog) -> None:
    sql = "SELECT LISTAGG(tag, '') FROM l CROSS JOIN UNNEST(tags) AS t(tag) GROUP BY id"
    assert sorted(rows(catalog, sql)) == [("pq",), ("r",)]


def test_only_collections_unfold(catalog: MemoryCatalog) -> None:
    text = refusal(catalog, "SELECT * FROM a CROSS JOIN UNNEST(k) AS t(x)")
    assert "Cannot apply 'UNNEST' to arguments of type 'UNNEST(<VARCHAR" in text
    text = refusal(catalog, "SELECT * FROM l CROSS JOIN UNNEST(tags) AS t(x, y)")
    assert "List of column aliases must have same degree as table" in text


# -- USING and NATURAL -----------------------------------------------------------------------------


def test_using_makes_one_column_that_comes_first(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT * FROM a JOIN b USING (id)")
    assert [c.name for c in query.columns] == ["id", "k", "v", "name", "v0"]
    assert rows(catalog, "SELECT * FROM a JOIN b USING (id)") == [
        (1, "x", 10, "one", 7),
        (2, "y", 20, "two", 8),
    ]


def test_both_sides_keep_their_own_behind_an_alias(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT id, a.id, b.id FROM a LEFT JOIN b USING (id)")
    assert sorted(found) == [(1, 1, 1), (2, 2, 2), (3, 3, None)]


def test_a_full_join_takes_the_side_that_is_there(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT id, name FROM a FULL JOIN b USING (id)")
    assert sorted(found, key=str) == [(1, "one"), (2, "two"), (3, None), (4, "four")]
    assert sorted(rows(catalog, "SELECT id FROM a RIGHT JOIN b USING (id)")) == [(1,), (2,), (4,)]


def test_natural_joins_by_every_common_name(catalog: MemoryCatalog) -> None:
    assert rows(catalog, "SELECT id FROM a NATURAL JOIN b") == []
    query = query_of(catalog, "SELECT * FROM a NATURAL JOIN b")
    assert [c.name for c in query.columns] == ["id", "v", "k", "name"]


def test_using_needs_the_name_on_both_sides(catalog: MemoryCatalog) -> None:
    text = refusal(catalog, "SELECT * FROM a JOIN b USING (name)")
    assert text.endswith("Column 'name' not found in any table")


# -- parentheses, LATERAL, TABLE -------------------------------------------------------------------


def test_joins_in_parentheses_keep_their_names(catalog: MemoryCatalog) -> None:
    sql = "SELECT a.id, c.k, b.name FROM a JOIN (a AS c JOIN b ON c.id = b.id) ON a.id = c.id"
    assert sorted(rows(catalog, sql)) == [(1, "x", "one"), (2, "y", "two")]


def test_a_lateral_query_sees_the_row_before_it(catalog: MemoryCatalog) -> None:
    sql = "SELECT a.id, t.w FROM a, LATERAL (SELECT b.v AS w FROM b WHERE b.id = a.id) AS t"
    assert sorted(rows(catalog, sql)) == [(1, 7), (2, 8)]
    left = sql.replace("a, LATERAL", "a LEFT JOIN LATERAL") + " ON TRUE"
    assert sorted(rows(catalog, left), key=str) == [(1, 7), (2, 8), (3, None)]


def test_table_t_is_every_column_of_it(catalog: MemoryCatalog) -> None:
    assert rows(catalog, "TABLE a") == A
    assert rows(catalog, "SELECT id FROM (TABLE a) WHERE v = 20") == [(2,)]


# -- hints -----------------------------------------------------------------------------------------


def test_an_options_hint_changes_one_use_of_a_table(catalog: MemoryCatalog) -> None:
    query = query_of(
        catalog,
        "SELECT x.id FROM a /*+ OPTIONS('scan.startup.mode'='latest-offset') */ AS x "
        "JOIN a AS y ON x.id = y.id",
    )
    modes = [s.table.options.get("scan.startup.mode") for s in query.sources]
    assert modes == ["latest-offset", None]


@pytest.mark.parametrize(
    ("sql", "text"),
    [
        ("SELECT id FROM a AS x /*+ OPTIONS('scan.startup.mode'='x') */", "Encountered"),
        ("SELECT id FROM a /*+ OPTIONS('changelog.mode'='append') */", "cannot be set by an OPT"),
        ("SELECT id FROM a /*+ SHUFFLE('a'='b') */", "Hint: SHUFFLE should be registered"),
        ("SELECT id FROM a /*+ OPTIONS(1) */", "SQL parse failed"),
        ("SELECT /*+ OPTIONS('scan.startup.mode'='x') */ id FROM a", "Hint: OPTIONS should be"),
        ("SELECT id /*+ STATE_TTL('a'='1d') */ FROM a", "SQL parse failed"),
    ],
)
def test_hints_elsewhere_and_other_hints_are_refused(
    catalog: MemoryCatalog, sql: str, text: str
) -> None:
    assert text in refusal(catalog, sql)


def test_state_ttl_is_taken(catalog: MemoryCatalog) -> None:
    query_of(catalog, "SELECT /*+ STATE_TTL('a'='1d', 'b'='2d') */ k, COUNT(*) FROM a GROUP BY k")


# -- GROUPING SETS ---------------------------------------------------------------------------------


def test_rollup_adds_totals(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT k, COUNT(*) AS c FROM a GROUP BY ROLLUP (k)")
    assert sorted(found, key=str) == [("x", 2), ("y", 1), (None, 3)]


def test_cube_and_grouping_sets(catalog: MemoryCatalog) -> None:
    cube = rows(catalog, "SELECT k, id, COUNT(*) FROM a GROUP BY CUBE (k, id)")
    same = rows(
        catalog,
        "SELECT k, id, COUNT(*) FROM a GROUP BY GROUPING SETS ((k, id), (k), (id), ())",
    )
    assert sorted(cube, key=str) == sorted(same, key=str)
    assert len(cube) == 3 + 2 + 3 + 1


def test_grouping_tells_a_total_from_a_null(catalog: MemoryCatalog) -> None:
    found = rows(catalog, "SELECT v, GROUPING(v), COUNT(*) FROM a GROUP BY ROLLUP (v)")
    assert sorted(found, key=str) == [(10, 0, 1), (20, 0, 1), (None, 0, 1), (None, 1, 3)]


def test_grouping_sets_change_and_have_no_key_without_their_number(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, "SELECT k, COUNT(*) AS c FROM a GROUP BY ROLLUP (k)")
    assert mode_text(query.changelog) == "[I,UB,UA]"
    assert query.upsert_key is None
    assert query.columns[0].type.nullable
    with pytest.raises(SqlError, match=r"GroupAggregate\(groupBy=\[k, \$e\], select=\[k, \$e, "):
        catalog.run(
            "CREATE TABLE t WITH ('changelog.mode' = 'append') AS "
            "SELECT k, COUNT(*) AS c FROM a GROUP BY ROLLUP (k)"
        )


def test_nothing_has_no_total_in_a_stream_and_one_in_a_batch(catalog: MemoryCatalog) -> None:
    sql = "SELECT COUNT(*) FROM a GROUP BY GROUPING SETS ((k), ())"
    assert rows_of(catalog, sql, {"a": []}) == []
    assert rows_of(catalog, sql, {"a": []}, SNAPSHOT) == [(0,)]
    assert rows_of(catalog, "SELECT COUNT(*) FROM a GROUP BY ()", {"a": A}) == [(3,)]


def test_grouping_needs_a_grouped_expression(catalog: MemoryCatalog) -> None:
    text = refusal(catalog, "SELECT GROUPING(v) FROM a GROUP BY ROLLUP (k)")
    assert "Argument to operator 'GROUPING' must be a grouped expression" in text
