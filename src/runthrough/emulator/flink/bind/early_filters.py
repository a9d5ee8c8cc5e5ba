"""WHERE before calls: a model is not asked about rows that a condition leaves out anyway.

Flink's planner puts conditions that look at the rows alone below the call (asked of Flink 2.3;
facts/flink-sql-ai.md 7.3 advises to filter before calling a model).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.expressions import ExpressionBinder
from runthrough.emulator.flink.bind.operators import logical
from runthrough.emulator.flink.bind.relations import Filter, ModelCall, Relation
from runthrough.emulator.flink.functions.table import MANAGED_FUNCTIONS

Filtered = Callable[[Relation, Expr], Relation]


def before_calls(
    binder: ExpressionBinder, relation: Relation, parts: list[exp.Expr], filtered: Filtered
) -> tuple[Relation, list[exp.Expr]]:
    """Return the rows with conditions below the calls, and the conditions that stay above.

    `filtered` puts a condition on rows that call nothing.
    """
    if not isinstance(relation, ModelCall):
        return relation, parts
    above = []
    for part in parts:
        condition = None if _asks(part) else binder.condition(part, "WHERE")
        outputs = {f.id for f in relation.outputs}
        if condition is None or condition.volatile or condition.columns & outputs:
            above.append(part)
        else:
            relation = replace(relation, input=_below(relation.input, condition, filtered))
    return relation, above


def _asks(part: exp.Expr) -> bool:
    """Whether a condition has a subquery or a call of its own: it is bound but once."""
    calls = part.find_all(exp.Anonymous)
    asked = any(str(call.this).upper() in MANAGED_FUNCTIONS for call in calls)
    return asked or part.find(exp.Query, exp.Exists, exp.Window) is not None


def _below(relation: Relation, condition: Expr, filtered: Filtered) -> Relation:
    if isinstance(relation, ModelCall):
        outputs = {f.id for f in relation.outputs}
        if not condition.columns & outputs:
            return replace(relation, input=_below(relation.input, condition, filtered))
    if isinstance(relation, Filter) and not relation.condition.volatile:
        return replace(relation, condition=logical("AND", relation.condition, condition))
    return filtered(relation, condition)
