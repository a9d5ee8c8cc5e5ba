"""Time in DuckDB's text: what is late, what the watermark has passed.

Watermarks are BIGINT ms since 1970 (`plan.Source`). Once decided by them, nothing changes any more:
that is why results that wait for watermarks are inserts alone. Source: facts/flink-sql-ai.md 5.7.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from runthrough.emulator.flink.bind.expression import quote, quote_text
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Join,
    Relation,
    Scan,
    SemiJoin,
    TimeBounds,
    inputs,
)
from runthrough.emulator.flink.bind.window_columns import (
    joined_windows,
    ranked_windows,
    semi_joined_windows,
)
from runthrough.emulator.flink.bind.window_relations import WindowAggregate, WindowTable

NEVER = "CAST('-9223372036854775808' AS BIGINT)"
"""A watermark that has passed nothing, in place of NULL."""
ALWAYS = "CAST('9223372036854775807' AS BIGINT)"
"""The watermark of an input that has ended."""


def watermark_now(*nodes: Relation) -> str:
    """Return DuckDB text for the watermark of an operator over these: the least of theirs.

    An interval join lets its watermark stay back.
    """
    return _least(nodes, lambda name: _variable("wm", name))


def _variable(kind: str, relation: str) -> str:
    return f"coalesce(getvariable({quote_text(f'{kind}_{relation}')}), {NEVER})"


def _least(nodes: Iterable[Relation], mark: Callable[[str], str]) -> str:
    """Return the watermark behind operators, given DuckDB text for that of each source."""
    known = list(dict.fromkeys(text for node in nodes for text in _marks(node, mark)))
    if not known:
        return ALWAYS
    return known[0] if len(known) == 1 else f"least({', '.join(known)})"


def _marks(node: Relation, mark: Callable[[str], str]) -> list[str]:
    if isinstance(node, Scan):
        return [mark(node.relation)]
    if isinstance(node, Join) and node.interval:
        return [earlier(_least(inputs(node), mark), output_delay(node.interval))]
    return [text for child in inputs(node) for text in _marks(child, mark)]


def output_delay(bounds: TimeBounds) -> int:
    """Return how far the watermark behind an interval join stays back, in ms, as Flink has it.

    A pair may be older than the row that completes it: what comes behind must not call it late.
    """
    back, ahead = -(bounds.lower or 0), bounds.upper or 0
    return max(max(back, ahead) + max(back + ahead, 0) // 2, 0)


def earlier(mark: str, delay: int) -> str:
    """Return DuckDB text for a watermark that stays back by some ms."""
    return f"(greatest({mark}, {NEVER} + {delay}) - {delay})"


def watermark_before(node: Relation) -> str:
    """Return DuckDB text for the watermark when a row came.

    A row made of several came with the last of them, so the greatest counts: with a smaller one it
    could still be added to what has been emitted already.
    """
    known = [f"coalesce({quote(i)}, {NEVER})" for i in node.wm]
    if not known:
        return NEVER
    return known[0] if len(known) == 1 else f"greatest({', '.join(known)})"


def came(node: Relation) -> str:
    """Return DuckDB text for when the last part of a row came."""
    ids = [quote(i) for i in node.order]
    return f"greatest({', '.join(ids)})" if len(ids) > 1 else (ids or ["0"])[0]


THEN = '"__then"'
"""The column that `with_watermark` adds where an operator has several sources."""


def with_watermark(node: Relation, inner: str, *beside: Relation) -> tuple[str, str | None]:
    """Return rows, and DuckDB text for the watermark that was there when each of them came.

    An operator over several sources has the least of their watermarks. What another source's was
    at that time is told by its next record, which has the watermark before it; without one, by
    the variable `seen_<relation>`. The rows may have a column `THEN` more.

    Args:
        node: an operator.
        inner: a SELECT of its rows.
        beside: further inputs of the operator that asks.

    Returns:
        The rows; the text, None if they can never come late.
    """
    if not node.wm:
        return inner, None
    relations: list[str] = []
    least = _least((node, *beside), lambda name: _noted(relations, name))
    if least == _noted(relations, relations[0]):
        return inner, watermark_before(node)
    joins = ""
    for n, relation in enumerate(relations):
        seen = f'coalesce("__wm", {NEVER})'
        rows = f'SELECT "__seq" AS "__q{n}", {seen} AS "__w{n}" FROM {quote(relation)}'
        joins += f' ASOF LEFT JOIN ({rows}) ON {came(node)} <= "__q{n}"'
    helpers = ", ".join(f'"__q{n}", "__w{n}"' for n in range(len(relations)))
    return f"SELECT * EXCLUDE ({helpers}), {least} AS {THEN} FROM ({inner}){joins}", THEN


def _noted(relations: list[str], name: str) -> str:
    """Return DuckDB text for a source's watermark when a row came, and give it a number."""
    if name not in relations:
        relations.append(name)
    return f'coalesce("__w{relations.index(name)}", {_variable("seen", name)})'


def milliseconds(column: str) -> str:
    """Return DuckDB text for a time column in ms since 1970."""
    return f"epoch_ms({quote(column)})"


def waits(node: Relation) -> bool:
    """Return whether an operator holds rows back until a watermark has passed them."""
    match node:
        case Over():
            return node.time is not None
        case Rank():
            return is_first(node) or ranked_windows(node) is not None
        case TimeSort() | WindowAggregate() | TemporalJoin():
            return True
        case WindowTable():
            return node.waits
        case Join():
            # Of an interval join it is which rows are late, even where none is held back.
            return joined_windows(node) is not None or node.interval is not None
        case SemiJoin():
            return semi_joined_windows(node) is not None
        case _:
            return False


def is_first(node: Rank) -> bool:
    """Return whether a Top-N keeps the first row of each partition by time."""
    return node.by_time_alone and not node.keys[0].descending


def holds_rows_back(node: Relation) -> bool:
    """Return whether something in a query waits for watermarks."""
    return waits(node) or any(holds_rows_back(child) for child in inputs(node))
