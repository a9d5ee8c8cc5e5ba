"""GROUP BY: the grouping expressions of a SELECT and the aggregate calls over them.

Source: facts/flink-sql-ai.md 6.4: only grouped expressions and aggregates may be shown.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.columns import own_name, take_resolved
from runthrough.emulator.flink.bind.context import (
    Context,
    has_aggregate,
)
from runthrough.emulator.flink.bind.expression import Expr, column, quote
from runthrough.emulator.flink.bind.expressions import ExpressionBinder
from runthrough.emulator.flink.bind.grouping_sets import grouping_sets, is_grouping_call
from runthrough.emulator.flink.bind.literals import literal
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Field,
    Relation,
    arrival,
)
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.subqueries import Subqueries
from runthrough.emulator.flink.bind.windows import grouped
from runthrough.emulator.flink.functions.aggregates import AggregateCall
from runthrough.emulator.flink.functions.table import AGGREGATES
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError, not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BIGINT
from runthrough.emulator.flink.zones import icu_zone


@dataclass
class Grouping:
    """The grouping expressions of a SELECT, and the aggregate calls met so far."""

    context: Context
    input: Relation
    scope: Scope
    group: exp.Group | None
    subqueries: Subqueries
    groups: list[tuple[Expr, Field]] = field(default_factory=list)
    calls: list[tuple[Expr, Field]] = field(default_factory=list)
    sets: tuple[tuple[int, ...], ...] = ()

    def __post_init__(self) -> None:
        nodes = self.group.expressions if self.group is not None else []
        everywhere = grouping_sets(nodes, self._position)
        if len(everywhere) == 1:
            return
        self.sets = everywhere
        for position, (bound, made) in enumerate(self.groups):
            if not all(position in one for one in everywhere):
                self.groups[position] = (bound, replace(made, type=made.type.or_null()))
        ids = ", ".join(quote(made.id) for _, made in self.groups)
        number = Expr(f"grouping({ids})", BIGINT.not_null(), "$e")
        self.calls.append((number, Field(self.context.ids.new(), "$e", number.type, hidden=True)))

    def _position(self, node: exp.Expr) -> int:
        """Return the place of a grouping expression, the same one for equal expressions."""
        if has_aggregate(node):
            message = "Aggregate expression is illegal in GROUP BY clause"
            raise self.context.refuse(node, message)
        bound = self._inner(self.plain().bind(node))
        for position, (known, _) in enumerate(self.groups):
            if known.sql == bound.sql:
                return position
        name = own_name(node) or f"$f{len(self.groups)}"
        self.groups.append((bound, Field(self.context.ids.new(), name, bound.type)))
        return len(self.groups) - 1

    def plain(self) -> ExpressionBinder:
        """Return a binder over the rows before they are grouped."""
        return self.context.expressions(self.scope, take_resolved)

    def before(self, node: exp.Expr) -> Expr | None:
        """Answer for group expressions, aggregate calls and constants; refuse other columns."""
        if isinstance(node, exp.Filter) or is_aggregate_call(node):
            return self._call(node)
        if is_grouping_call(node):
            return self._grouping_call(node)
        if has_aggregate(node):
            return None
        bound = self.plain().bind(node)
        for group, made in self.groups:
            if group.sql == bound.sql:
                return column(made.id, made.type)
        if isinstance(node, exp.Column | exp.Var):
            name = self.context.written(node) if isinstance(node, exp.Column) else node.name
            raise self.context.refuse(node, f"Expression '{name}' is not being grouped")
        return bound if not bound.columns else None

    def _grouping_call(self, node: exp.Expr) -> Expr:
        """Return GROUPING(a, …): a bit for each column that the row's set leaves out."""
        by_sql = {bound.sql: made for bound, made in self.groups}
        found = [by_sql.get(self.plain().bind(item).sql) for item in node.expressions]
        wanted = [made for made in found if made is not None]
        if not wanted or len(wanted) != len(found):
            name = str(node.this).upper()
            raise self.context.refuse(
                node, f"Argument to operator '{name}' must be a grouped expression"
            )
        if not self.sets:
            return literal(exp.Literal.number(0)).typed(BIGINT.not_null())
        sql = f"grouping({', '.join(quote(made.id) for made in wanted)})"
        text = f"{str(node.this).upper()}({', '.join(made.name for made in wanted)})"
        return self._kept(Expr(sql, BIGINT.not_null(), text))

    def _call(self, node: exp.Expr) -> Expr:
        condition = None
        call = node
        if isinstance(node, exp.Filter):
            call = node.this
            if not is_aggregate_call(call):
                raise self.context.refuse(node, "FILTER must be on an aggregate function")
            condition = self.plain().condition(node.expression.this, "FILTER")
        return self._kept(self._bound_call(call, condition))

    def _kept(self, bound: Expr) -> Expr:
        """Return the column of an aggregate call, the same one for equal calls."""
        for known, made in self.calls:
            if known.sql == bound.sql and known.type == bound.type:
                return column(made.id, made.type)
        name = f"$f{len(self.groups) + len(self.calls)}"
        made = Field(self.context.ids.new(), name, bound.type)
        self.calls.append((bound, made))
        return column(made.id, made.type)

    def _bound_call(self, node: exp.Expr, condition: Expr | None) -> Expr:
        function = AGGREGATES[str(node.this).upper()]
        nodes = list(node.expressions)
        star = any(isinstance(argument, exp.Star) for argument in nodes)
        if any(has_aggregate(argument) for argument in nodes):
            raise self.context.refuse(node, "Aggregate expressions cannot be nested")
        arguments = () if star else tuple(self.plain().typed(argument) for argument in nodes)
        least, most = function.counts
        if (star and function.name != "COUNT") or (not star and not least <= len(nodes) <= most):
            fixed = least == most or function.name == "COUNT"
            expecting = str(least) if fixed else f"{least} to {most}"
            raise self.context.refuse(
                node,
                f"Invalid number of arguments to function '{function.name}'. "
                f"Was expecting {expecting} arguments",
            )
        call = AggregateCall(
            name=function.name,
            arguments=arguments,
            distinct=bool(node.meta.get("distinct")),
            star=star,
            condition=condition,
            order=arrival(self.input),
            grouped=bool(self.groups),
            words=node.meta,
            zone=icu_zone(self.context.session.time_zone),
        )
        try:
            return self._inner(function.bind(call))
        except UnplacedError as refusal:
            raise SqlError(str(refusal)) from refusal
        except Refused as refusal:
            raise self.context.refuse(node, str(refusal)) from refusal

    def _inner(self, bound: Expr) -> Expr:
        if bound.columns - {f.id for f in self.input.fields}:
            raise not_emulated("grouping by, or aggregating, columns of an outer query")
        return bound

    def relation(self) -> Relation:
        """Return the operator for the groups and calls known by now."""
        fields = tuple(made for _, made in (*self.groups, *self.calls))
        aggregate = Aggregate(
            input=self.input,
            groups=tuple(bound for bound, _ in self.groups),
            calls=tuple(bound for bound, _ in self.calls),
            fields=fields,
            order=(self.context.ids.new("s"),),
            single=not self.groups,
            batch=self.context.session.snapshot,
            sets=self.sets,
        )
        return grouped(self.context, aggregate)


def is_aggregate_call(node: exp.Expr) -> bool:
    """Return whether a node is a call of an aggregate function."""
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATES
