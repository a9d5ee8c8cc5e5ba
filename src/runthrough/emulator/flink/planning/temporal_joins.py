"""Temporal joins: DuckDB text and plan text.

A version can be seen by the left rows whose time is not before its own and which had not left when
it came. For every such moment the newest version is known beforehand, so that each left row needs
one look-up. Sources: facts/flink-sql-ai.md 5.2 (rows 14, 15), 5.7; Flink 2.3 was asked.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.bind.expression import quote, shown
from runthrough.emulator.flink.bind.over_relations import TemporalJoin
from runthrough.emulator.flink.planning.watermarks import (
    came,
    milliseconds,
    watermark_before,
    watermark_now,
)


def render_temporal_join(node: TemporalJoin, left: str, right: str) -> str:
    """Return the left rows that the watermarks have passed, with their versions.

    Args:
        node: the operator.
        left: a SELECT of the left rows.
        right: a SELECT of all versions.
    """
    names = range(len(node.keys))
    left_keys = ", ".join(f"{k.left_sql} AS __k{n}" for n, k in enumerate(node.keys))
    right_keys = ", ".join(f"{k.right_sql} AS __k{n}" for n, k in enumerate(node.keys))
    now = watermark_now(node.left, node.right)
    columns = ", ".join(f"r.{quote(f.id)}" for f in node.right.fields)
    conditions = [f"NOT coalesce({quote(node.gone)}, FALSE)"] if node.gone else []
    if node.rest is not None:
        conditions.append(f"({node.rest.sql})")
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    keys = ", ".join(f"__k{n}" for n in names)
    return (
        # What takes part: left rows in their order, versions by time; the newest has most __i.
        f"WITH __l AS MATERIALIZED (SELECT *, row_number() OVER () AS __n, "
        f"{milliseconds(node.left_time)} AS __t, {watermark_before(node.left)} AS __b, "
        f"{came(node.left)} AS __s, {left_keys} FROM ({left})), "
        f"__r AS MATERIALIZED (SELECT *, row_number() OVER (ORDER BY __t, __s) AS __i FROM (SELECT "
        f"* EXCLUDE (__t), {_time_of_versions(node, keys)} AS __t FROM (SELECT *, "
        f"{milliseconds(node.right_time)} AS __t, {watermark_before(node.right)} AS __b, "
        f"{came(node.right)} AS __s, {right_keys} FROM ({right}))) WHERE __t IS NOT NULL), "
        # From which time on a version is seen, and the newest of those seen from then on.
        "__v AS MATERIALIZED (SELECT *, max(__i) OVER (PARTITION BY "
        f"{keys} ORDER BY __from RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS __best "
        f"FROM (SELECT {keys}, __i, "
        "greatest(__t, __b + 1) AS __from FROM __r)), "
        f"__x AS MATERIALIZED ({_forgotten(node)}), "
        "__p AS (SELECT l.*, v.__best FROM __l l ASOF LEFT JOIN (SELECT DISTINCT "
        f"{keys}, __from, __best FROM __v) v ON {_same('l', 'v', len(node.keys))} "
        "AND l.__t >= v.__from "
        f"WHERE l.__t <= {now} AND l.__b < {now}), "
        f"__f AS (SELECT * FROM (SELECT l.*, {columns} FROM __p l JOIN __r r ON "
        f"l.__best = r.__i WHERE l.__n NOT IN (SELECT __n FROM __x)){where}) " + _result(node, keys)
    )


def _result(node: TemporalJoin, keys: str) -> str:
    gone = f"__n, __t, __b, __s, __best, {keys}"
    if node.kind == "INNER":
        return f"SELECT * EXCLUDE ({gone}) FROM __f"
    columns = ", ".join(f"f.{quote(f.id)}" for f in node.right.fields)
    return f"SELECT l.* EXCLUDE ({gone}), {columns} FROM __p l LEFT JOIN __f f ON l.__n = f.__n"


def _time_of_versions(node: TemporalJoin, keys: str) -> str:
    """Return DuckDB text for the time of a version.

    A deletion of a table whose times are in its values has none: it ends the last version as if
    that had never been. What Confluent Cloud does is not known, Flink fails.
    """
    if node.gone is None:
        return "__t"
    return f"coalesce(__t, max(__t) OVER (PARTITION BY {keys} ORDER BY __s))"


def _same(a: str, b: str, size: int) -> str:
    return " AND ".join(f"{a}.__k{n} = {b}.__k{n}" for n in range(size))


def _forgotten(node: TemporalJoin) -> str:
    """Return the late left rows whose version had been dropped when they came.

    The join keeps no version that a newer one has followed before the watermark.
    """
    return (
        "SELECT l.__n FROM __l l WHERE l.__t <= l.__b AND EXISTS (SELECT 1 FROM __r o WHERE "
        f"{_same('o', 'l', len(node.keys))} AND o.__t > l.__t AND o.__t <= l.__b "
        "AND o.__s < l.__s)"
    )


def temporal_text(node: TemporalJoin, kind: str, names: Mapping[str, str], select: str) -> str:
    """Print the join with the conditions that Flink adds to it."""
    parts = [shown(e.text, names) for e in (node.condition, node.rest) if e is not None]
    left = ", ".join(shown(key.left.text, names) for key in node.keys)
    right = ", ".join(shown(key.right.text, names) for key in node.keys)
    primary = ", ".join(names[i] for i in node.primary)
    parts.append(
        f"__TEMPORAL_JOIN_CONDITION({names[node.left_time]}, {names[node.right_time]}, "
        f"__TEMPORAL_JOIN_CONDITION_PRIMARY_KEY({primary}), __TEMPORAL_JOIN_LEFT_KEY({left}), "
        f"__TEMPORAL_JOIN_RIGHT_KEY({right}))"
    )
    return f"TemporalJoin(joinType=[{kind}], where=[AND({', '.join(parts)})], select=[{select}])"
