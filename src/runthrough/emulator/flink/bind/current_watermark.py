"""CURRENT_WATERMARK(rowtime): the watermark when a row came.

Sources: facts/flink-sql-ai.md 5.4 (it depends on chance); Apache Flink 2.3 was asked for the rest.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr, combine, quote
from runthrough.emulator.flink.bind.fields import Field
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.types import FlinkType, summary

CURRENT_WATERMARK = "CURRENT_WATERMARK"


def current_watermark(argument: Expr, field: Field | None, wm: tuple[str, ...]) -> Expr:
    """Return the watermark before the row, NULL while there is none, in the argument's type.

    Args:
        argument: what stands in the parentheses.
        field: the column it is, if it is one.
        wm: ids of the watermarks that were there when the row came.

    Raises:
        Refused: it is no time attribute.
    """
    root = argument.type.root
    if root not in ("TIMESTAMP", "TIMESTAMP_LTZ"):
        raise Refused(
            f"Invalid function call:\n{CURRENT_WATERMARK}({summary(argument.type)})\n"
            f"{CURRENT_WATERMARK}() must be called with a single rowtime attribute argument, but "
            f"'{summary(argument.type)}' cannot be a time attribute."
        )
    if field is None or not field.time_attribute:
        raise Refused(
            f"Invalid function call:\n{CURRENT_WATERMARK}({summary(argument.type)})\n"
            f"The argument of {CURRENT_WATERMARK}() must be a rowtime attribute, but was "
            f"'{summary(argument.type)}'."
        )
    known = ", ".join(quote(i) for i in wm) or "CAST(NULL AS BIGINT)"
    mark = f"greatest({known})" if len(wm) > 1 else known
    make = "make_timestamptz" if root == "TIMESTAMP_LTZ" else "make_timestamp"
    sql = f"CASE WHEN {mark} IS NOT NULL THEN {make}({mark} * 1000) END"
    text = f"{CURRENT_WATERMARK}({argument.text})"
    t = FlinkType(root, precision=3)
    return combine(sql, t, text, argument, volatile=CURRENT_WATERMARK)
