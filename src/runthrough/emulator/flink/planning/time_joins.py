"""Joins that wait for watermarks: DuckDB text and plan texts.

Sources: facts/flink-sql-ai.md 5.2 (rows 13-15), 5.7. How long rows wait, and which late rows still
meet, follows Flink's operators; where Flink clears its state by and by, we clear it at once.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import quote
from runthrough.emulator.flink.bind.relations import Join, TimeBounds
from runthrough.emulator.flink.planning.watermarks import (
    came,
    earlier,
    milliseconds,
    output_delay,
    watermark_before,
    watermark_now,
)

_KINDS = {"INNER": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"}


def render_interval_join(node: Join, bounds: TimeBounds, left: str, right: str) -> str:
    """Return the pairs, and for outer joins the rows that no partner can come for any more.

    A row is kept until the watermark has passed the last time its partner could have. The later of
    two partners meets the earlier one if that is still kept. What a row knows of the watermark is
    that of its own source, which is at least the join's.
    """
    condition = node.condition.sql if node.condition is not None else "TRUE"
    ends = _ends(bounds)
    meets = (
        f"CASE WHEN {came(node.left)} > {came(node.right)} "
        f"THEN {watermark_before(node.left)} <= {ends[1]} "
        f"ELSE {watermark_before(node.right)} <= {ends[0]} END"
    )
    before = f"greatest({watermark_before(node.left)}, {watermark_before(node.right)})"
    mark = f"{earlier(before, output_delay(bounds))} AS {quote(bounds.wm)}"
    sql = (
        f"SELECT *, {mark} FROM ({left}) {_KINDS[node.kind]} ({right}) ON ({condition}) AND {meets}"
    )
    alone = _alone(node, ends, watermark_now(node.left, node.right))
    return f"{sql} WHERE {alone}" if alone else sql


def _ends(bounds: TimeBounds) -> tuple[str, str]:
    """Return until when a left and a right row are kept, in ms."""
    lower, upper = bounds.lower or 0, bounds.upper or 0
    return (
        f"({milliseconds(bounds.left)} - ({lower}))",
        f"({milliseconds(bounds.right)} + ({upper}))",
    )


def _alone(node: Join, ends: tuple[str, str], now: str) -> str:
    """Return the condition under which a row of an outer join leaves without a partner."""
    conditions = []
    for there, other, end in (
        (node.left, node.right, ends[0]),
        (node.right, node.left, ends[1]),
    ):
        keeps = node.kind == "FULL" or node.kind == ("LEFT" if there is node.left else "RIGHT")
        if keeps:
            conditions.append(f"({came(other)} IS NOT NULL OR {end} < {now})")
    return " AND ".join(conditions)


def interval_text(bounds: TimeBounds, left: int, right: int) -> str:
    """Print the bounds: where the time attributes stand, and what lies between them."""
    return (
        f"windowBounds=[isRowTime=true, leftLowerBound={bounds.lower}, "
        f"leftUpperBound={bounds.upper}, leftTimeIndex={left}, rightTimeIndex={right}]"
    )
