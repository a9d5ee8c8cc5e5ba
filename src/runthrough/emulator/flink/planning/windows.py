"""Windows at work: DuckDB text, plan texts, advice.

A row is late for a window that was over before the row came, and is left out; a result comes out
when the watermark has reached the end of its window. Both are decided by watermarks that do not
change any more, so what has come out stays. Source: facts/flink-sql-ai.md 5.2, 5.6, 5.7, 6.3, 6.4.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import quote, quote_text
from runthrough.emulator.flink.bind.over_relations import Rank
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Join,
    Project,
    Reference,
    Relation,
    Scan,
    SemiJoin,
    SetOperation,
    inputs,
)
from runthrough.emulator.flink.bind.window_columns import window_columns
from runthrough.emulator.flink.bind.window_relations import (
    JoinedWindows,
    WindowAggregate,
    WindowColumns,
    WindowSpec,
    WindowTable,
)
from runthrough.emulator.flink.planning.over import render_rank
from runthrough.emulator.flink.planning.sessions import sessions, with_time
from runthrough.emulator.flink.planning.watermarks import THEN, watermark_now, with_watermark

_WINDOW = '"__window"'


# -- time ------------------------------------------------------------------------------------------


def last_moment(spec: WindowSpec, end: str) -> str:
    """Return DuckDB text for the last ms of a window, which the watermark has to reach.

    Args:
        spec: the windows.
        end: DuckDB text of window_end.
    """
    before = f"{end} - to_milliseconds(1)"
    if spec.zone is None:
        return f"epoch_ms({before})"
    return f"epoch_ms(timezone({quote_text(spec.zone)}, {before}))"


def over(spec: WindowSpec, end: str, *nodes: Relation) -> str:
    """Return the condition under which a window over the rows of these operators is over."""
    return f"{last_moment(spec, end)} <= {watermark_now(*nodes)}"


# -- DuckDB ----------------------------------------------------------------------------------------


def render_window_table(node: WindowTable, inner: str) -> str:
    """Return a SELECT that puts each row of `inner` into its windows."""
    if node.spec.kind == "SESSION":
        inner, came = (inner, None) if node.batch else with_watermark(node.input, inner)
        rows = _with_bounds(node, *sessions(node, inner, came), '"__session"')
        if node.batch:
            return rows
        end = quote(node.bounds[1].id)
        return f"SELECT * FROM ({rows}) WHERE {over(node.spec, end, node.input)}"
    spec, time = node.spec, quote(node.time)
    inner = with_time(node, inner)
    local = time if spec.zone is None else f"timezone({quote_text(spec.zone)}, {time})"
    start, end, made = _bounds(spec, f"epoch_ms({local})")
    window = f"unnest({made})" if made else "0"
    rows = f"SELECT *, {window} AS {_WINDOW} FROM ({inner})"
    return _with_bounds(node, rows, start, end)


def _bounds(spec: WindowSpec, moment: str) -> tuple[str, str, str]:
    """Return DuckDB text for start and end, in ms, and the list of which one is taken."""
    size, slide = spec.size, spec.slide
    match spec.kind:
        case "HOP":
            starts = f"range({_floor(moment, slide, spec.offset)}, {moment} - {size}, -{slide})"
            return _WINDOW, f"{_WINDOW} + {size}", starts
        case "CUMULATE":
            first = f"{_floor(moment, slide, spec.offset)} + {slide}"
            start = _floor(moment, size, spec.offset)
            return (
                _floor(f"({_WINDOW} - 1)", size, spec.offset),
                _WINDOW,
                f"range({first}, {start} + {size + 1}, {slide})",
            )
        case _:
            start = _floor(moment, size, spec.offset)
            return start, f"{start} + {size}", ""


def _floor(moment: str, size: int, offset: int) -> str:
    """Return DuckDB text for the last multiple of a size, moved by an offset, up to a moment."""
    moved = f"({moment} - {offset})" if offset else moment
    # % takes the sign of its left side: times before 1970 count too.
    return f"({moment} - (({moved} % {size}) + {size}) % {size})"


def _with_bounds(node: WindowTable, rows: str, start: str, end: str, helper: str = _WINDOW) -> str:
    """Return rows with the three bounds, made of ms on the clock of the window's zone.

    Args:
        node: the window function.
        rows: a SELECT of its input and one helper column, which is left out.
        start: DuckDB text of the window's start.
        end: DuckDB text of its end.
        helper: the column's name.
    """
    first, last, time = (quote(f.id) for f in node.bounds)
    moment = f"make_timestamp(({end} - 1) * 1000)"
    if node.spec.zone is not None:
        moment = f"timezone({quote_text(node.spec.zone)}, {moment})"
    return (
        f"SELECT * EXCLUDE ({helper}), make_timestamp(({start}) * 1000) AS {first}, "
        f"make_timestamp(({end}) * 1000) AS {last}, {moment} AS {time} FROM ({rows})"
    )


def on_time(node: Relation, window: WindowColumns, inner: str, *beside: Relation) -> str:
    """Return a SELECT of an operator's rows without those that came when their window was over.

    `beside` are further inputs of the operator they come to.
    """
    rows, came = with_watermark(node, inner, *beside)
    if came is None:
        return inner
    without = f" EXCLUDE ({THEN})" if came == THEN else ""
    end = last_moment(window.spec, quote(min(window.ends)))
    return f"SELECT *{without} FROM ({rows}) WHERE {end} > {came}"


TAKEN = '"__taken"'
"""The column that tells when a row was taken back (`plan.Source.history`)."""


def takes_back(node: Relation) -> bool:
    """Return whether rows of an operator may be taken back, so that their versions matter."""
    if isinstance(node, WindowAggregate):
        return False
    if isinstance(node, Scan):
        return node.table.mode != "append"
    return any(takes_back(child) for child in inputs(node))


def has_versions(node: Relation) -> bool:
    """Return whether it is known of every row of an operator when it was taken back."""
    if isinstance(node, Project | Filter | Reference | Scan):
        return all(has_versions(child) for child in inputs(node))
    if isinstance(node, SetOperation):
        return node.kind == "UNION" and all(has_versions(child) for child in inputs(node))
    return isinstance(node, WindowTable) and not node.waits and has_versions(node.input)


def still_there(node: WindowAggregate, rows: str) -> str:
    """Return the rows that were not taken back before their window was over.

    What is taken back later is late itself: the result stays (facts 5.2, row 18).
    """
    end = last_moment(node.window.spec, quote(min(node.window.ends)))
    return f"SELECT * FROM ({rows}) WHERE {TAKEN} IS NULL OR {TAKEN} >= {end}"


def render_fired(node: WindowAggregate, aggregated: str) -> str:
    """Return a SELECT of the results whose window is over, numbered by windows."""
    end, number = quote(node.end), quote(node.order[0])
    came = quote(node.aggregate.order[0])
    return (
        f"SELECT * EXCLUDE ({came}), row_number() OVER (ORDER BY {end}, {came}) AS {number} "
        f"FROM ({aggregated}) WHERE {over(node.window.spec, end, node.input)}"
    )


def render_window_join(node: Join, found: JoinedWindows, left: str, right: str) -> str:
    """Return a window join: of the rows that were on time, once their window is over.

    Args:
        node: the join.
        found: the windows it has in common.
        left: a SELECT of its left input.
        right: a SELECT of its right input.
    """
    sides = (
        on_time(node.left, found.left, left, node.right),
        on_time(node.right, found.right, right, node.left),
    )
    condition = "true" if node.condition is None else node.condition.sql
    rows = f"SELECT * FROM ({sides[0]}) {node.kind} JOIN ({sides[1]}) ON {condition}"
    ends = [quote(min(side.ends)) for side in (found.left, found.right)]
    end = f"coalesce({', '.join(ends)})"
    return f"SELECT * FROM ({rows}) WHERE {over(found.left.spec, end, node.left, node.right)}"


def render_window_semi_join(node: SemiJoin, found: JoinedWindows, left: str, test: str) -> str:
    """Return IN or EXISTS within windows.

    Args:
        node: the operator.
        found: the windows it has in common with its subquery.
        left: a SELECT of its left input.
        test: the condition in DuckDB.
    """
    rows = on_time(node.left, found.left, left, node.right)
    end = quote(min(found.left.ends))
    fired = over(found.left.spec, end, node.left, node.right)
    return f"SELECT * FROM ({rows}) WHERE {fired} AND {test}"


def render_window_rank(node: Rank, found: WindowColumns, inner: str) -> str:
    """Return the ranks within each window that is over."""
    rows = render_rank(node, on_time(node.input, found, inner), by_window=True)
    end = quote(min(found.ends))
    return f"SELECT * FROM ({rows}) WHERE {over(found.spec, end, node.input)}"


# -- the plan --------------------------------------------------------------------------------------


def window_text(spec: WindowSpec, columns: str, partition: tuple[str, ...] = ()) -> str:
    """Print windows as a plan does: `TUMBLE(time_col=[ts], size=[1 min])`.

    Args:
        spec: the windows.
        columns: `time_col=[ts]`, or the names of the bounds made below.
        partition: names of the PARTITION BY columns.
    """
    parts = [columns]
    match spec.kind:
        case "SESSION":
            parts.append(f"gap=[{duration(spec.size)}]")
        case "CUMULATE":
            parts += [f"max_size=[{duration(spec.size)}]", f"step=[{duration(spec.slide)}]"]
        case "HOP":
            parts += [f"size=[{duration(spec.size)}]", f"slide=[{duration(spec.slide)}]"]
        case _:
            parts.append(f"size=[{duration(spec.size)}]")
    if spec.offset:
        parts.append(f"offset=[{duration(spec.offset)}]")
    if partition:
        parts.append(f"partition keys=[{', '.join(partition)}]")
    return f"{spec.kind}({', '.join(parts)})"


_UNITS = ((86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms"))


def duration(milliseconds: int) -> str:
    """Print a length of time in the largest unit that fits: `90 s`, `1 min`."""
    for size, unit in _UNITS:
        if milliseconds % size == 0:
            return f"{milliseconds // size} {unit}"
    raise ValueError(f"{milliseconds} ms")


# -- advice ----------------------------------------------------------------------------------------


def window_advice(node: Relation) -> tuple[str, ...]:
    """Return the advisor's warnings about windows; facts 5.6 give the beginnings, ends are ours."""
    found = {text: None for child in inputs(node) for text in window_advice(child)}
    if isinstance(node, Aggregate) and (bounds := window_columns(node.input)) is not None:
        columns = {e.column for e in node.groups}
        by_start, by_end = bool(columns & bounds.starts), bool(columns & bounds.ends)
        if by_start != by_end:
            one, other = ("window_start", "window_end")[:: 1 if by_start else -1]
            found[
                f'[Warning] Your query contains only "{one}" in the GROUP BY clause, with no '
                f'corresponding "{other}". It is therefore an ordinary aggregation: its results '
                "are updated as rows come, and its state is kept. Group by both to get one result "
                "for each window."
            ] = None
    if isinstance(node, WindowTable) and node.spec.kind == "SESSION" and not node.partition:
        found[
            "[Warning] Your query uses a SESSION window without a PARTITION BY clause. All rows "
            "are in one sequence of sessions, which a single task works on."
        ] = None
    return tuple(found)
