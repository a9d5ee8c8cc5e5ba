"""Random queries over the comparison's tables, for hypothesis: operators nested in operators.

Every query has columns with names of its own (`c0`, `c1`, …) and known types, so that any query can
stand where a table can. `settled` says whether its rows are the same however its inputs interleave.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy], object]

TABLES = {
    "a": (("id", "INT"), ("k", "TEXT"), ("v", "INT"), ("d", "DOUBLE")),
    "b": (("id", "INT"), ("k", "TEXT"), ("w", "INT")),
    "u": (("id", "INT"), ("k", "TEXT"), ("v", "INT")),
    "w": (("id", "INT"), ("x", "TEXT")),
    "r": (("id", "INT"), ("k", "TEXT"), ("v", "INT")),
}
TIMED = ("a", "b")
LATE = ("a",)
"""Tables with a row behind the watermark."""
LATE = ("a",)
"""Tables with a row behind the watermark."""
MAX_DEPTH = 3


@dataclass(frozen=True)
class Generated:
    """A query.

    Attributes:
        columns: name and type (INT, TEXT, DOUBLE, BIGINT) of each.
        settled: its rows do not depend on the order of arrival.
    """

    sql: str
    columns: tuple[tuple[str, str], ...]
    settled: bool = True


@st.composite
def queries(draw: Draw, depth: int = MAX_DEPTH) -> Generated:
    """Draw a query of at most so many operators above each other."""
    if depth == 0:
        return draw(_scans())
    kinds = [_projection, _aggregate, _distinct, _join, _union, _semi, _top, _rank, _limit, _over]
    return draw(draw(st.sampled_from(kinds))(depth - 1))


@st.composite
def _scans(draw: Draw) -> Generated:
    table = draw(st.sampled_from(sorted(TABLES)))
    names = TABLES[table]
    shown = ", ".join(f"{name} AS c{n}" for n, (name, _) in enumerate(names))
    return Generated(
        f"SELECT {shown} FROM {table}", tuple((f"c{n}", t) for n, (_, t) in enumerate(names))
    )


@st.composite
def _projection(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    items = draw(st.lists(_value(below, "q"), min_size=1, max_size=4))
    listed = ", ".join(f"{text} AS c{n}" for n, (text, _) in enumerate(items))
    where = f" WHERE {draw(_condition(below, 'q'))}" if draw(st.booleans()) else ""
    return Generated(
        f"SELECT {listed} FROM ({below.sql}) AS q{where}",
        tuple((f"c{n}", t) for n, (_, t) in enumerate(items)),
        below.settled,
    )


@st.composite
def _value(draw: Draw, below: Generated, alias: str) -> tuple[str, str]:
    name, kind = draw(st.sampled_from(below.columns))
    column = f"{alias}.{name}"
    forms = [(column, kind)] * 3 + [(f"COALESCE({column}, {_LITERALS[kind]})", kind)]
    if kind == "TEXT":
        forms += [(f"UPPER({column})", kind), (f"{column} || '!'", kind)]
    if kind in ("INT", "BIGINT"):
        forms += [(f"{column} + 1", kind), (f"-{column}", kind)]
    forms.append((f"CASE WHEN {column} IS NULL THEN 1 ELSE 0 END", "INT"))
    return draw(st.sampled_from(forms))


_LITERALS = {"INT": "0", "BIGINT": "0", "TEXT": "'?'", "DOUBLE": "0.0E0"}
_CONSTANTS = {
    "INT": ("1", "3", "10"),
    "BIGINT": ("1", "2"),
    "TEXT": ("'a'", "'b'", "'z'"),
    "DOUBLE": ("1.5E0", "0.0E0"),
}


@st.composite
def _condition(draw: Draw, below: Generated, alias: str, depth: int = 1) -> str:
    if depth and draw(st.integers(0, 2)) == 0:
        left = draw(_condition(below, alias, depth - 1))
        right = draw(_condition(below, alias, depth - 1))
        return f"({left} {draw(st.sampled_from(['AND', 'OR']))} {right})"
    name, kind = draw(st.sampled_from(below.columns))
    column, constants = f"{alias}.{name}", _CONSTANTS[kind]
    constant = draw(st.sampled_from(constants))
    # Conditions that exclude one another Flink sees and we do not: each of these leaves the same
    # rows in, or is but one side of an OR.
    forms = [f"{column} <> {constant}", f"{column} >= {constants[0]}", f"{column} IS NOT NULL"]
    other = f"{alias}.{draw(st.sampled_from(below.columns))[0]}"
    forms += [f"{column} {test} OR {other} IS NOT NULL" for test in ("IS NULL", f"< {constant}")]
    return f"({draw(st.sampled_from(forms))})"


@st.composite
def _aggregate(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    groups = draw(st.lists(st.sampled_from(below.columns), max_size=2, unique=True))
    calls = draw(st.lists(_call(below), min_size=0 if groups else 1, max_size=3))
    items = [(f"q.{name}", kind) for name, kind in groups] + calls
    listed = ", ".join(f"{text} AS c{n}" for n, (text, _) in enumerate(items))
    sql = f"SELECT {listed} FROM ({below.sql}) AS q"
    if groups:
        sql += f" GROUP BY {', '.join(f'q.{name}' for name, _ in groups)}"
        if draw(st.integers(0, 3)) == 0:
            sql += " HAVING COUNT(*) > 1"
    kinds = tuple((f"c{n}", t) for n, (_, t) in enumerate(items))
    return Generated(sql, kinds, below.settled)


@st.composite
def _call(draw: Draw, below: Generated) -> tuple[str, str]:
    name, kind = draw(st.sampled_from(below.columns))
    column = f"q.{name}"
    forms = [("COUNT(*)", "BIGINT"), (f"COUNT({column})", "BIGINT")]
    forms += [(f"COUNT(DISTINCT {column})", "BIGINT")]
    forms += [(f"MIN({column})", kind), (f"MAX({column})", kind)]
    if kind in ("INT", "BIGINT"):
        forms += [(f"SUM({column})", kind), (f"AVG({column})", kind)]
    return draw(st.sampled_from(forms))


@st.composite
def _distinct(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    return Generated(f"SELECT DISTINCT * FROM ({below.sql}) AS q", below.columns, below.settled)


@st.composite
def _join(draw: Draw, depth: int) -> Generated:
    left, right = draw(queries(depth)), draw(queries(draw(st.integers(0, depth))))
    kind = draw(st.sampled_from(["INNER", "INNER", "LEFT", "RIGHT", "FULL"]))
    pairs = [f"x.{a} = y.{b}" for a, s in left.columns for b, t in right.columns if _alike(s, t)]
    condition = draw(st.sampled_from(pairs)) if pairs else "TRUE"
    if not pairs:
        kind = "INNER"
    elif draw(st.integers(0, 3)) == 0:
        condition += f" AND {draw(_condition(left, 'x', 0))}"
    chosen = draw(st.lists(st.sampled_from(_sided(left, right)), min_size=1, max_size=4))
    listed = ", ".join(f"{text} AS c{n}" for n, (text, _) in enumerate(chosen))
    where = ""
    if draw(st.integers(0, 3)) == 0:
        where = f" WHERE {draw(_condition(right, 'y', 0))}"
    return Generated(
        f"SELECT {listed} FROM ({left.sql}) AS x {kind} JOIN ({right.sql}) AS y "
        f"ON {condition}{where}",
        tuple((f"c{n}", t) for n, (_, t) in enumerate(chosen)),
        left.settled and right.settled,
    )


def _alike(one: str, other: str) -> bool:
    numbers = ("INT", "BIGINT")
    return one == other or (one in numbers and other in numbers)


def _sided(left: Generated, right: Generated) -> list[tuple[str, str]]:
    return [(f"x.{n}", t) for n, t in left.columns] + [(f"y.{n}", t) for n, t in right.columns]


@st.composite
def _union(draw: Draw, depth: int) -> Generated:
    left, right = draw(queries(depth)), draw(queries(draw(st.integers(0, depth))))
    pairs = [(a, b, s) for a, s in left.columns for b, t in right.columns if s == t]
    if not pairs:
        return left
    chosen = draw(st.lists(st.sampled_from(pairs), min_size=1, max_size=3))
    one = ", ".join(f"x.{a} AS c{n}" for n, (a, _, _) in enumerate(chosen))
    other = ", ".join(f"y.{b}" for _, b, _ in chosen)
    word = draw(st.sampled_from(["UNION ALL", "UNION ALL", "UNION", "INTERSECT", "EXCEPT"]))
    return Generated(
        f"SELECT {one} FROM ({left.sql}) AS x {word} SELECT {other} FROM ({right.sql}) AS y",
        tuple((f"c{n}", t) for n, (_, _, t) in enumerate(chosen)),
        left.settled and right.settled,
    )


@st.composite
def _semi(draw: Draw, depth: int) -> Generated:
    left, right = draw(queries(depth)), draw(queries(draw(st.integers(0, depth))))
    pairs = [(a, b) for a, s in left.columns for b, t in right.columns if _alike(s, t)]
    if not pairs:
        return left
    a, b = draw(st.sampled_from(pairs))
    negated = draw(st.sampled_from(["", "NOT "]))
    condition = draw(
        st.sampled_from(
            [
                f"x.{a} {negated}IN (SELECT y.{b} FROM ({right.sql}) AS y)",
                f"{negated}EXISTS (SELECT 1 FROM ({right.sql}) AS y WHERE y.{b} = x.{a})",
            ]
        )
    )
    return Generated(
        f"SELECT * FROM ({left.sql}) AS x WHERE {condition}",
        left.columns,
        left.settled and right.settled,
    )


@st.composite
def _top(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    order = _order(draw, below)
    count = draw(st.integers(1, 5))
    sql = f"SELECT * FROM ({below.sql}) AS q ORDER BY {order} LIMIT {count}"
    return Generated(f"SELECT * FROM ({sql}) AS q", below.columns, below.settled)


def _order(draw: Draw, below: Generated) -> str:
    """Return an order that leaves only equal rows in doubt."""
    names = draw(st.permutations([name for name, _ in below.columns]))
    first = draw(st.sampled_from(["", " DESC"]))
    return ", ".join(f"q.{name}{first if n == 0 else ''}" for n, name in enumerate(names))


@st.composite
def _rank(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    part, _ = draw(st.sampled_from(below.columns))
    count = draw(st.integers(2, 3))  # of one row: corpus, top 1 ascending
    shown = draw(st.booleans())
    listed = ", ".join(f"q.{name}" for name, _ in below.columns)
    extra = f", rn AS c{len(below.columns)}" if shown else ""
    columns = below.columns
    if shown:
        columns += ((f"c{len(columns)}", "BIGINT"),)
    return Generated(
        f"SELECT {listed}{extra} FROM (SELECT q.*, ROW_NUMBER() OVER (PARTITION BY q.{part} "
        f"ORDER BY {_order(draw, below)}) AS rn FROM ({below.sql}) AS q) AS q WHERE rn <= {count}",
        columns,
        below.settled,
    )


@st.composite
def _limit(draw: Draw, depth: int) -> Generated:
    below = draw(queries(depth))
    count = draw(st.integers(1, 5))
    return Generated(
        f"SELECT * FROM (SELECT * FROM ({below.sql}) AS q LIMIT {count}) AS q",
        below.columns,
        False,
    )


@st.composite
def _over(draw: Draw, depth: int) -> Generated:
    table = draw(st.sampled_from(TIMED))
    names = TABLES[table]
    part = draw(st.sampled_from([f"PARTITION BY {name} " for name, _ in names] + [""]))
    name, kind = draw(st.sampled_from([(n, t) for n, t in names if t == "INT"]))
    call = draw(st.sampled_from([f"SUM({name})", f"MAX({name})", f"COUNT({name})"]))
    frame = draw(
        st.sampled_from(
            ["", " ROWS BETWEEN 1 PRECEDING AND CURRENT ROW", " ROWS UNBOUNDED PRECEDING"]
        )
    )
    shown = ", ".join(f"{n} AS c{i}" for i, (n, _) in enumerate(names))
    made = "BIGINT" if call.startswith("COUNT") else kind
    return Generated(
        f"SELECT {shown}, {call} OVER ({part}ORDER BY rt{frame}) AS c{len(names)} FROM {table}",
        (*((f"c{i}", t) for i, (_, t) in enumerate(names)), (f"c{len(names)}", made)),
        # Flink leaves out the window, and lets late rows live, where nobody needs its column.
        settled=table not in LATE,
    )
