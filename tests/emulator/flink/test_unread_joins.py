"""Outer joins that nothing reads are left out, as Apache Flink 2.3 leaves them out."""

from __future__ import annotations

import pytest

from runthrough.emulator.flink.planning.explain import mode_text
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of, table

INSERTS, UPDATES, ALL = "[I]", "[I,UB,UA]", "[I,UB,UA,D]"
GROUPS = "(SELECT k, COUNT(*) AS c FROM b GROUP BY k)"


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(
        table("a", "id INT NOT NULL; k STRING; v INT"),
        table("b", "id INT NOT NULL; k STRING; w INT"),
        table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]),
    )


@pytest.mark.parametrize(
    ("sql", "mode"),
    [
        ("SELECT x.id FROM a AS x LEFT JOIN (SELECT COUNT(*) AS c FROM a) AS y ON TRUE", INSERTS),
        (f"SELECT x.id FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k AND x.id > y.c", INSERTS),
        (f"SELECT x.id FROM {GROUPS} AS y RIGHT JOIN a AS x ON x.k = y.k", INSERTS),
        (f"SELECT x.id FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k WHERE x.v > 1", INSERTS),
        (f"SELECT x.k, COUNT(*) FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k GROUP BY x.k",
         UPDATES),
        ("SELECT DISTINCT x.id FROM a AS x LEFT JOIN b AS y ON x.k = y.k", UPDATES),
        ("SELECT COUNT(DISTINCT x.id) FROM a AS x LEFT JOIN b AS y ON x.k = y.k", UPDATES),
        (f"WITH q AS (SELECT x.id, y.c FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k) "
         "SELECT id FROM q", INSERTS),
        (f"SELECT id FROM (SELECT x.id, y.c FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k "
         "UNION ALL SELECT id, w FROM b)", INSERTS),
    ],
)  # fmt: skip
def test_what_nothing_reads_is_left_out(catalog: MemoryCatalog, sql: str, mode: str) -> None:
    query = query_of(catalog, sql)
    assert mode_text(query.changelog) == mode
    assert not any("OuterJoin" in line for line in query.explain)


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT x.id, y.c FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k",
        f"SELECT x.id FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k WHERE y.c IS NULL",
        "SELECT x.id FROM a AS x LEFT JOIN b AS y ON x.k = y.k",
        "SELECT x.id FROM a AS x LEFT JOIN u AS y ON x.id = y.id",
        "SELECT x.id FROM a AS x LEFT JOIN (SELECT DISTINCT id, k FROM b) AS y ON x.k = y.k",
        f"SELECT x.id FROM a AS x FULL JOIN {GROUPS} AS y ON x.k = y.k",
        "SELECT x.k, MAX(x.v) FROM a AS x LEFT JOIN b AS y ON x.k = y.k GROUP BY x.k",
        "SELECT DISTINCT x.id + 1 AS n FROM a AS x LEFT JOIN b AS y ON x.k = y.k",
    ],
)
def test_what_is_read_or_repeats_rows_stays(catalog: MemoryCatalog, sql: str) -> None:
    query = query_of(catalog, sql)
    assert mode_text(query.changelog) == ALL
    assert any("OuterJoin" in line for line in query.explain)


def test_a_table_that_is_left_out_is_not_read(catalog: MemoryCatalog) -> None:
    query = query_of(catalog, f"SELECT x.id FROM a AS x LEFT JOIN {GROUPS} AS y ON x.k = y.k")
    assert [source.table.name for source in query.sources] == ["a"]
