"""Calls of models as values: AI_SENTIMENT(text, ARRAY['aspect', …]) in SELECT or WHERE.

Such a call becomes an operator below the expressions, like a lateral one, so that it is counted,
made once for the same arguments, and non-deterministic to the planner. Source:
facts/flink-sql-ai.md 4.1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context, has_aggregate
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.expressions import Before
from runthrough.emulator.flink.bind.fields import Field
from runthrough.emulator.flink.bind.relations import ModelCall, Relation
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.type_rules import is_character, plain
from runthrough.emulator.flink.catalog import Column, Model
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SentimentTarget
from runthrough.emulator.flink.types import DOUBLE, STRING, FlinkType, array

NAME = "AI_SENTIMENT"
FORM = f"{NAME}(<CHARACTER>, <ARRAY<CHARACTER>>)"
_JUDGEMENT = FlinkType("ROW", fields=(("label", STRING), ("score", DOUBLE)))
RESULT = FlinkType("ROW", fields=(("sentiment", array(_JUDGEMENT)),))
"""One element for each aspect, in their order; label is positive, negative or neutral."""

MANAGED = Model(
    ("", "", NAME),
    (Column("text", STRING), Column("aspects", array(STRING))),
    (Column("result", RESULT),),
    {},
)
"""The model behind the function, which is Confluent's own."""


@dataclass
class ScalarCalls:
    """Collects such calls of one SELECT until its rows are at hand.

    Attributes:
        grouped: the expressions stand over groups, where no such call is emulated.
    """

    context: Context
    scope: Scope
    inside: Before
    grouped: bool = False
    _found: list[tuple[tuple[Expr, ...], Field]] = field(default_factory=list)

    def before(self, node: exp.Expr) -> Expr | None:
        """Answer for a call with the column it becomes; None for everything else.

        Raises:
            SqlError: arguments of other types, or a call beside GROUP BY.
        """
        if not isinstance(node, exp.Anonymous) or str(node.this).upper() != NAME:
            return None
        if self.grouped or has_aggregate(node):
            raise not_emulated(f"{NAME} over groups (call it over a subquery that groups)")
        binder = self.context.expressions(self.scope, self.inside)
        values = [binder.bind(argument) for argument in node.expressions]
        if not _fits(values):
            given = ", ".join(f"<{plain(value.type)}>" for value in values)
            raise self.context.refuse(
                node,
                f"Cannot apply '{NAME}' to arguments of type '{NAME}({given})'. "
                f"Supported form(s): '{FORM}'",
            )
        zone = self.context.session.time_zone
        pairs = zip(values, MANAGED.inputs, strict=True)
        arguments = tuple(cast(value, c.type, zone) for value, c in pairs)
        made = Field(self.context.ids.new(), NAME, RESULT, hidden=True)
        self._found.append((arguments, made))
        return column(made.id, made.type)

    def attach(self, relation: Relation) -> Relation:
        """Return the rows with the results of all calls met so far."""
        for arguments, made in self._found:
            relation = ModelCall(
                relation,
                NAME,
                MANAGED,
                arguments,
                (made,),
                keep_unmatched=True,
                target=SentimentTarget(),
            )
        self._found.clear()
        return relation


def _fits(values: list[Expr]) -> bool:
    if len(values) != 2 or not is_character(values[0].type):
        return False
    element = values[1].type.element
    return element is not None and is_character(element)
