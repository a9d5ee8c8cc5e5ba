"""Windows over rows, ranks and sorting by time: DuckDB text, changes, plan texts.

Sources: facts/flink-sql-ai.md 5.2 (rows 22-28, 37), 5.3, 5.4, 5.7, 6.4; Flink 2.3 was asked where
they leave a choice.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.bind.expression import Expr, quote, shown
from runthrough.emulator.flink.bind.over_relations import Over, OverCall, Rank, TimeSort
from runthrough.emulator.flink.bind.relations import Relation, SortKey, arrival
from runthrough.emulator.flink.functions.over import BATCH_ONLY, ROWS, WINDOW
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.watermarks import (
    is_first,
    milliseconds,
    watermark_before,
    watermark_now,
)

# -- DuckDB ----------------------------------------------------------------------------------------


def sort_text(keys: tuple[SortKey, ...]) -> list[str]:
    """Return the items of ORDER BY in DuckDB."""
    return [
        f"{k.expression.sql} {'DESC' if k.descending else 'ASC'} "
        f"NULLS {'FIRST' if k.nulls_first else 'LAST'}"
        for k in keys
    ]


def numbered(node: Over, inner: str) -> str:
    """Return the rows that take part, with their number in the window's order and their id."""
    own = ", ".join(quote(i) for i in node.input.order)
    order = ", ".join([*sort_text(node.keys), arrival(node.input)])
    sql = (
        f"SELECT *, row_number() OVER (ORDER BY {order}) AS {quote(node.order[0])}, "
        f"[{own}] AS {quote(node.row)} FROM ({inner})"
    )
    if node.time is None:
        return sql
    if node.frame.lower is None:
        return f"{sql} WHERE {_on_time(node.input, node.time)} AND {_passed(node, node.time)}"
    reach = None if node.frame.rows else int(node.frame.lower.split()[0])
    return _not_overtaken(node, node.time, node.order[0], sql, node.partition, reach)


def windowed(node: Over, rows: str, more: tuple[str, ...] = ()) -> str:
    """Return the rows with what DuckDB computes over their windows.

    Args:
        node: the operator.
        rows: a SELECT of its rows, from `numbered`.
        more: further items of the list.
    """
    partition = ", ".join(e.sql for e in node.partition)
    head = f"PARTITION BY {partition} " if partition else ""
    number = quote(node.order[0])
    by_row = f"{ROWS} AS ({head}ORDER BY {number})"
    if node.helpers:
        items = ", ".join(f"{sql} AS {quote(i)}" for i, sql in node.helpers)
        rows = f"SELECT *, {items} FROM ({rows}) WINDOW {by_row}"
    calls = [f"{c.bound.sql} AS {quote(c.output.id)}" for c in node.calls if not c.in_python]
    items = ", ".join(["*", *calls, *more])
    over = f"{WINDOW} AS ({head}{_frame(node)})"
    return f"SELECT {items} FROM ({rows}) WINDOW {over}, {by_row}"


def _frame(node: Over) -> str:
    frame = node.frame
    if frame.rows:
        return f"ORDER BY {quote(node.order[0])} {frame.text()}"
    if not node.keys:
        return frame.text()
    keys = sort_text(node.keys)
    if frame.in_time:
        way = keys[0].removeprefix(node.keys[0].expression.sql)
        keys = [f"epoch_ms({node.keys[0].expression.sql}){way}"]
    return f"ORDER BY {', '.join(keys)} {frame.text()}"


def _on_time(node: Relation, time: str) -> str:
    return f"{milliseconds(time)} > {watermark_before(node)}"


def _passed(node: Relation, time: str) -> str:
    """Return the condition under which the watermark has passed a row since it came."""
    return f"{milliseconds(time)} <= {watermark_now(node)}"


def _not_overtaken(
    node: Over | TimeSort,
    time: str,
    number: str,
    rows: str,
    partition: tuple[Expr, ...] = (),
    reach: int | None = None,
) -> str:
    """Return the rows but for those that a row of the same or a later time was let out before.

    Some of Flink's operators do not ask whether a row is behind the watermark, but whether a row
    that is not before it has left already. A row behind the watermark leaves with its next step.
    Windows that reach back some ms forget a row half as much later, which counts like one leaving.
    """
    before, now = watermark_before(node.input), watermark_now(node.input)
    keys = ", ".join(e.sql for e in partition)
    place = f"dense_rank() OVER (ORDER BY {keys})" if keys else "0"
    return (
        f"WITH __r AS MATERIALIZED (SELECT *, {milliseconds(time)} AS __t, {before} AS __b, "
        f"{place} AS __p FROM ({rows})), "
        # From which watermark on a row has left, and the latest of those that have left by then.
        "__e AS (SELECT DISTINCT __p, __e, max(__t) OVER (PARTITION BY __p ORDER BY __e RANGE "
        "BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS __m FROM (SELECT __p, __t, "
        f"greatest(__t, __b + 1) AS __e FROM ({_leaving(reach)}) WHERE __t IS NOT NULL)), "
        f"__x AS (SELECT {quote(number)} FROM (SELECT * FROM __r WHERE __t <= __b) l "
        "ASOF JOIN __e e ON l.__p = e.__p AND l.__b >= e.__e WHERE e.__m >= l.__t) "
        f"SELECT * EXCLUDE (__t, __b, __p) FROM __r WHERE __t <= {now} AND __b < {now} "
        f"AND {quote(number)} NOT IN (SELECT * FROM __x)"
    )


def _leaving(reach: int | None) -> str:
    """Return the moments at which something leaves a partition."""
    rows = "SELECT __p, __t, __b FROM __r"
    if reach is None:
        return rows
    return f"{rows} UNION ALL SELECT __p, __t + {reach * 3 // 2 + 1}, __b FROM __r"


def render_rank(node: Rank, inner: str, *, by_window: bool = False) -> str:
    """Return the rows of each partition between two ranks, or its first row by time.

    `by_window` leaves it to the caller to say which rows are late and which results wait.
    """
    first = is_first(node) and not by_window
    keys = sort_text(node.keys)
    # Of rows with the same time the newest is the last one (facts 5.7).
    newest = node.by_time_alone and node.keys[0].descending
    ties = arrival(node.input)
    if newest:
        ties = f"({ties}) DESC"
    head = f"PARTITION BY {', '.join(e.sql for e in node.partition)} " if node.partition else ""
    rank = quote(node.output.id)
    if first and node.time is not None:
        # Here a row at the watermark is not late yet; it leaves with the next step.
        mark = watermark_before(node.input)
        inner = f"SELECT * FROM ({inner}) WHERE {milliseconds(node.time)} >= {mark}"
    sql = f"SELECT *, row_number() OVER ({head}ORDER BY {', '.join([*keys, ties])}) AS {rank} "
    sql = f"SELECT * FROM ({sql} FROM ({inner})) WHERE {rank} >= {node.first}"
    if node.last is not None:
        sql += f" AND {rank} <= {node.last}"
    if first and node.time is not None:
        now = watermark_now(node.input)
        sql += f" AND {_passed(node.input, node.time)} AND {watermark_before(node.input)} < {now}"
    return sql


def render_time_sort(node: TimeSort, inner: str) -> str:
    """Return the rows that the watermark has passed, numbered by time."""
    order = ", ".join([*sort_text(node.keys), arrival(node.input)])
    number = node.order[0]
    sql = f"SELECT *, row_number() OVER (ORDER BY {order}) AS {quote(number)} FROM ({inner})"
    return _not_overtaken(node, node.time, number, sql)


# -- what Flink refuses ----------------------------------------------------------------------------


def refused_window(node: Over) -> SqlError | None:
    """Return why a stream cannot have this window, whatever its input is."""
    if node.windows > 1:
        return SqlError(
            "Over Agg: Unsupported use of OVER windows. All aggregates must be computed on the "
            "same window. please re-check the over window statement."
        )
    if len(node.keys) != 1:
        return SqlError("The window can only be ordered by a single time column.")
    if node.keys[0].descending:
        return SqlError("The window can only be ordered in ASCENDING mode.")
    if node.frame.month:
        return SqlError("INTERVAL_YEAR_MONTH type is not allowed for window boundary")
    return None


def refused_frame(node: Over) -> SqlError | None:
    """Return why a stream cannot compute these calls, once its input is known to be fine."""
    if not node.frame.ends_here:
        return SqlError("OVER RANGE FOLLOWING windows are not supported yet.")
    if node.time is None and node.frame.lower is not None:
        return SqlError("Non-time attribute sort is not supported for bounded OVER window.")
    for call in node.calls:
        if call.name in BATCH_ONLY:
            return SqlError(f"{call.name} Function is not supported in stream mode.")
    return None


# -- the plan --------------------------------------------------------------------------------------


def order_text(keys: tuple[SortKey, ...], names: Mapping[str, str], time: str | None = None) -> str:
    """Print ORDER BY: `v DESC`; before a time attribute ROWTIME, where Flink has it."""
    return ", ".join(
        ("ROWTIME " if time is not None and k.expression.column == time else "")
        + shown(k.expression.text, names)
        + (" DESC" if k.descending else " ASC")
        for k in keys
    )


def keeps_all_columns(node: Over) -> bool:
    """Return whether Flink leaves columns in that nothing looks at: if it computes nothing else."""
    exact = [*node.partition, *(key.expression for key in node.keys)]
    split = any(call.name in ("SUM", "AVG") and call.nullable for call in node.calls)
    return (
        node.whole
        and not split
        and node.frame.lower is None
        and all(e.column is not None for e in exact)
    )


def partition_text(
    partition: tuple[Expr, ...], names: Mapping[str, str], columns: int
) -> tuple[str, str]:
    """Print PARTITION BY, and the columns that its expressions become: `$3`, after the others."""
    shown_parts: list[str] = []
    added: list[str] = []
    for e in partition:
        if e.column is not None:
            shown_parts.append(shown(e.text, names))
        else:
            added.append(f"${columns + len(added)}")
            shown_parts.append(added[-1])
    return ", ".join(shown_parts), "".join(f", {name}" for name in added)


def calls_text(calls: tuple[OverCall, ...], names: Mapping[str, str]) -> str:
    """Print the calls: SUM and AVG of what can be NULL are a count and a sum that is never NULL."""
    texts: list[str] = []
    for call in calls:
        text = shown(call.bound.text, names)
        if call.name in ("SUM", "AVG") and call.nullable:
            inside = text.partition("(")[2]
            parts = [f"COUNT({inside}", f"$SUM0({inside}"]
        else:
            parts = [text]
        texts += [part for part in parts if part not in texts]
    return ", ".join(f"{text} AS w0$o{n}" for n, text in enumerate(texts))
