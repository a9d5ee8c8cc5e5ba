"""Which queries are computed for the keys of new records alone, and that nobody can tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.broker import Record
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats import formats
from runthrough.emulator.flink.formats.row_writer import RowWriter
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import Query
from runthrough.emulator.flink.running.changes import Change
from runthrough.emulator.flink.running.evaluation import Evaluation
from runthrough.emulator.flink.running.extents import Extent
from runthrough.emulator.flink.running.folds import Span
from runthrough.emulator.flink.running.source_time import TimeSettings
from runthrough.emulator.flink.running.store import Store
from tests.emulator.flink.planner_catalog import SNAPSHOT, MemoryCatalog, query_of, table

WRITTEN = "k STRING; j STRING; n INT"
TABLES = {
    "a": table("a", WRITTEN),
    "b": table("b", WRITTEN),
    "r": table("r", WRITTEN, "retract"),
    "u": table("u", "k STRING NOT NULL; j STRING; n INT", "upsert", ["k"]),
    "s": table("s", "k STRING NOT NULL; c BIGINT NOT NULL", "upsert", ["k"]),
}
TIME = TimeSettings(clock=lambda: datetime(2026, 1, 15, tzinfo=UTC))


def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(*TABLES.values())


def keys_of(query: Query) -> list[str]:
    """Return each restriction as `table(column, …) …`."""
    tables = {source.relation: source.table.name for source in query.sources}
    return [
        " ".join(
            sorted(
                f"{tables[relation]}({', '.join(c.strip(chr(34)) for c in columns)})"
                for relation, columns in restriction.keys.items()
            )
        )
        for restriction in query.restrictions
    ]


GROUPED = {
    "SELECT k, COUNT(*) AS c, SUM(n) AS s FROM a GROUP BY k": ["a(k)"],
    "SELECT COUNT(*) AS c FROM a GROUP BY k": ["a(k)"],
    "SELECT j, k, MAX(n) AS m FROM a GROUP BY k, j": ["a(k, j)", "a(k)", "a(j)"],
    "SELECT k, ARRAY_AGG(n) AS l FROM r GROUP BY k": ["r(k)"],
    "SELECT k || '!' AS e, COUNT(DISTINCT n) AS c FROM r WHERE n > 0 GROUP BY k "
    "HAVING COUNT(*) > 1": ["r(k)"],
    "SELECT DISTINCT k, j FROM r": ["r(k, j)", "r(k)", "r(j)"],
    "SELECT k, MAX(j) AS m, SUM(n) AS s FROM u GROUP BY k": ["u(k)"],
    "SELECT c, COUNT(*) AS d FROM (SELECT k, j AS c, SUM(n) AS n FROM a GROUP BY k, j) "
    "GROUP BY c": ["a(j)"],
}
JOINED = {
    "SELECT a.k, a.n, b.j FROM a JOIN b ON a.k = b.k": ["a(k) b(k)"],
    "SELECT a.k, a.n, r.n AS m FROM a LEFT JOIN r ON r.k = a.k AND r.n > a.n": ["a(k) r(k)"],
    "SELECT a.k, b.n, u.n AS m FROM a JOIN b ON a.j = b.j LEFT JOIN u ON u.k = a.k": [
        "a(k) u(k)",
        "a(j) b(j)",
    ],
    "SELECT a.k, b.n, u.n AS m FROM a JOIN u ON a.j = u.j LEFT JOIN b ON b.k = a.k": ["a(k) b(k)"],
    "SELECT a.k, COUNT(*) AS c FROM a JOIN b ON a.k = b.k GROUP BY a.k": ["a(k) b(k)"],
    "SELECT b.n, COUNT(*) AS c FROM a JOIN b ON a.k = b.k GROUP BY b.n": ["b(n)"],
    "SELECT a.j, g.c FROM a LEFT JOIN (SELECT k, COUNT(*) AS c FROM r GROUP BY k) g ON g.k = a.k": [
        "a(k) r(k)"
    ],
}
INTO_UPSERT = {
    "INSERT INTO s SELECT k, COUNT(*) AS c FROM a WHERE k IS NOT NULL GROUP BY k": ["a(k)"],
    "INSERT INTO s SELECT k, COUNT(*) AS c FROM a WHERE k IS NOT NULL GROUP BY k, j": ["a(k)"],
    "INSERT INTO s SELECT k, COUNT(*) AS c FROM r WHERE k IS NOT NULL GROUP BY k": ["r(k)"],
}
WHOLE = [
    "SELECT COUNT(*) AS c FROM a",
    "SELECT k, n FROM a",
    "SELECT UPPER(k) AS e, COUNT(*) AS c FROM a GROUP BY UPPER(k)",
    "SELECT j, COUNT(*) AS c FROM u GROUP BY j",
    "SELECT k, AVG(CAST(n AS DOUBLE)) AS c FROM a GROUP BY k",
    "SELECT k, STDDEV_POP(n) AS c FROM a GROUP BY k",
    "SELECT k, COUNT(*) AS c, RAND_INTEGER(9) AS x FROM a GROUP BY k",
    "SELECT k, COUNT(*) AS c FROM a WHERE n > RAND() GROUP BY k",
    "SELECT k, j, COUNT(*) AS c FROM a GROUP BY GROUPING SETS ((k), (j))",
    "SELECT a.k FROM a FULL JOIN b ON a.k = b.k",
    "SELECT a.k FROM a RIGHT JOIN b ON a.k = b.k",
    "SELECT a.k FROM a JOIN b ON a.n > b.n",
    "SELECT x.k FROM a x WHERE x.k IN (SELECT k FROM b)",
    "SELECT k FROM a UNION SELECT k FROM b",
    "WITH w AS (SELECT k, COUNT(*) AS c FROM a GROUP BY k) SELECT c FROM w",
    "SELECT k, n FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY n DESC) AS d FROM a) "
    "WHERE d <= 2",
    "INSERT INTO s SELECT j AS k, COUNT(*) AS c FROM a WHERE j IS NOT NULL GROUP BY j, k "
    "HAVING MAX(k) > 'a'",
]


@pytest.mark.parametrize(("sql", "wanted"), (GROUPED | JOINED | INTO_UPSERT).items())
def test_the_keys_of_a_query(sql: str, wanted: list[str]) -> None:
    assert keys_of(query_of(catalog(), sql)) == wanted


@pytest.mark.parametrize("sql", WHOLE[:-1])
def test_a_query_without_keys_is_computed_whole(sql: str) -> None:
    assert keys_of(query_of(catalog(), sql)) == []


def test_rows_that_replace_one_another_in_a_table_have_one_key() -> None:
    assert keys_of(query_of(catalog(), WHOLE[-1])) == ["a(j)"]


def test_a_snapshot_has_no_keys() -> None:
    assert keys_of(query_of(catalog(), next(iter(GROUPED)), SNAPSHOT)) == []


# -- nobody can tell -------------------------------------------------------------------------------


class Topics:
    """Topics that are written to without a broker."""

    def __init__(self) -> None:
        self.schemas = SchemaStore()
        for t in TABLES.values():
            for subject, (kind, text) in formats.subject_schemas(t).items():
                self.schemas.register(subject, text, kind)
        self.store = Store(self.schemas)
        self._writers = {n: RowWriter(t, t.mode, self.schemas) for n, t in TABLES.items()}
        self._offset = 0

    def write(self, name: str, op: int, row: Mapping[str, Any]) -> None:
        sent = self._writers[name].write(row, op)
        assert sent is not None
        record = Record(name, 0, self._offset, 0, sent.key, sent.value, sent.headers)
        self.store.append([record])
        self._offset += 1

    def evaluation(self, query: Query, key: tuple[int, ...] | None) -> Evaluation:
        extents = {source.relation: Extent() for source in query.sources}
        return Evaluation(
            query, self.store, {}, extents=extents, time_zone="UTC", time=TIME, key=key
        )

    def upto(self, query: Query) -> dict[str, int]:
        return {s.relation: self.store.end(s.table.name) for s in query.sources}


VALUE = st.sampled_from(["x", "y", "z"])
STEP = st.lists(
    st.tuples(
        st.sampled_from(["a", "b", "r", "u"]),
        st.none() | VALUE,
        st.none() | VALUE,
        st.none() | st.integers(-2, 2),
        st.booleans(),
    ),
    max_size=5,
)


def frozen(row: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(tuple(v) if isinstance(v, list) else v for v in row)


def counted(changes: list[Change]) -> Counter[tuple[int, tuple[Any, ...]]]:
    return Counter((c.op, frozen(c.row)) for c in changes)


def added(changes: list[Change]) -> list[tuple[Any, ...]]:
    return [c.row for c in changes if c.op in (0, 2)]


@pytest.mark.parametrize("sql", [*GROUPED, *JOINED, *INTO_UPSERT, WHOLE[-1]])
@settings(deadline=None, max_examples=6)
@given(steps=st.lists(STEP, max_size=6))
def test_the_changelog_is_that_of_whole_results(
    sql: str, steps: list[list[tuple[str, str | None, str | None, int | None, bool]]]
) -> None:
    query, topics = query_of(catalog(), sql), Topics()
    key = (0,) if sql.startswith("INSERT") else None
    whole = replace(query, restrictions=())
    assert query.restrictions
    one, other = topics.evaluation(query, key), topics.evaluation(whole, key)
    there: Counter[tuple[str | None, str | None, int | None]] = Counter()
    known: dict[str, dict[str, Any]] = {}
    for step in steps:
        for name, k, j, n, add in step:
            row = {"k": k, "j": j, "n": n}
            if name == "r":
                op = 0 if add or not there[k, j, n] else 3
                there[k, j, n] += 1 if op == 0 else -1
            elif name == "u":
                row["k"] = k or "x"
                op = 0 if add or row["k"] not in known else 3
                if op == 0:
                    known[row["k"]] = row
                else:
                    known.pop(row["k"])
            else:
                op = 0
            topics.write(name, op, row)
        upto = topics.upto(query)
        found, wanted = one.changes(upto), other.changes(upto)
        assert counted(found) == counted(wanted)
        assert added(found) == added(wanted)
    one.close()
    other.close()
    topics.store.close()


def test_only_the_keys_of_new_records_are_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    sql = "SELECT a.k, b.n, u.n AS m FROM a JOIN b ON a.j = b.j LEFT JOIN u ON u.k = a.k"
    query, topics = query_of(catalog(), sql), Topics()
    names = {source.relation: source.table.name for source in query.sources}
    bound: list[tuple[str, bool]] = []
    bind = topics.store.bind

    def spy(c: Any, relation: str, t: Table, span: Span, *rest: Any, **other: Any) -> None:
        if relation in names:
            bound.append((t.name, bool(span.bounds)))
        bind(c, relation, t, span, *rest, **other)

    monkeypatch.setattr(topics.store, "bind", spy)
    running = topics.evaluation(query, None)
    topics.write("a", 0, {"k": "x", "j": "y", "n": 1})
    running.changes(topics.upto(query))
    for name, narrowed in (("b", {"a", "b"}), ("u", {"a", "u"}), ("a", {"a", "u"})):
        bound.clear()
        topics.write(name, 0, {"k": "x", "j": "y", "n": 1})
        running.changes(topics.upto(query))
        assert {t for t, is_narrow in bound if is_narrow} == narrowed
    bound.clear()
    topics.write("b", 0, {"k": "x", "j": "y", "n": 1})
    topics.write("u", 0, {"k": "x", "j": "y", "n": 1})
    assert len(running.changes(topics.upto(query))) > 0
    assert not any(is_narrow for _, is_narrow in bound)
    running.close()
    topics.store.close()
