"""Pieces of DuckDB text that several operators are rendered with."""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.expression import quote
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Limit,
    ModelCall,
    Project,
    Relation,
    Scan,
    Values,
)
from runthrough.emulator.flink.types import duckdb_type


def own(node: Relation) -> tuple[str, ...]:
    """Return the ids of an operator's columns, arrival numbers and watermarks."""
    return (*(f.id for f in node.fields), *node.order, *node.wm)


def grouping_sets(node: Aggregate, columns: list[str], inner: str) -> str:
    """Return the SELECT of several groupings; the grouping columns are computed before it."""
    ids = [quote(f.id) for f in node.fields[: len(node.groups)]]
    named = ", ".join(f"{e.sql} AS {i}" for e, i in zip(node.groups, ids, strict=True))
    listed = ", ".join(f"({', '.join(ids[place] for place in one)})" for one in node.sets)
    chosen = ", ".join([*ids, *columns[len(ids) :]])
    sql = (
        f"SELECT {chosen} FROM (SELECT *, {named} FROM ({inner})) GROUP BY GROUPING SETS ({listed})"
    )
    return sql if node.batch else sql + " HAVING count(*) > 0"


def is_in_order(node: Relation) -> bool:
    """Return whether DuckDB gives the rows in the order of their arrival without being asked."""
    while isinstance(node, Project | Filter):
        node = node.input
    return isinstance(node, Scan) and node.table.mode == "append"


def newest(node: Relation) -> str:
    """Return DuckDB text for when the last part of a row came; 0 where nothing tells."""
    ids = [quote(i) for i in node.order]
    return f"greatest({', '.join(ids)})" if len(ids) > 1 else (ids or ["0"])[0]


def oldest(node: Relation) -> str:
    """Return DuckDB text for the watermark when a row came: the smallest of its parts'."""
    ids = [quote(i) for i in node.wm]
    return f"least({', '.join(ids)})" if len(ids) > 1 else ids[0]


def bounds(fetch: int | None, offset: int) -> str:
    """Return DuckDB text of LIMIT and OFFSET, with a blank before each."""
    text = "" if fetch is None else f" LIMIT {fetch}"
    return text + (f" OFFSET {offset}" if offset else "")


def fewer_calls(node: Relation, limit: Limit) -> Relation:
    """Return the input of a LIMIT with its model called for no more rows than are shown.

    A model answers every row with one row, so the limit may as well come first.
    """
    match node:
        case Project():
            return replace(node, input=fewer_calls(node.input, limit))
        case ModelCall() if limit.fetch is not None:
            return replace(node, input=Limit(node.input, limit.fetch + limit.offset, 0))
        case _:
            return node


def key_name(number: int) -> str:
    """Return the name of a hidden identity column in the result."""
    return f"__key{number}"


def values_text(node: Values) -> str:
    """Return the SELECT of VALUES, which may have no rows."""
    if not node.rows:
        nothing = [f"CAST(NULL AS {duckdb_type(f.type)}) AS {quote(f.id)}" for f in node.fields]
        nothing += [f"CAST(NULL AS INTEGER) AS {quote(i)}" for i in node.order]
        return f"SELECT {', '.join(nothing)} WHERE FALSE"
    rows = [
        "(" + ", ".join([*(cell.sql for cell in row), str(number)]) + ")"
        for number, row in enumerate(node.rows)
    ]
    names = ", ".join(quote(i) for i in (*(f.id for f in node.fields), *node.order))
    return f"SELECT * FROM (VALUES {', '.join(rows)}) AS v({names})"
