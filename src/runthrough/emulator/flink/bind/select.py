"""SELECT: WHERE, GROUP BY, HAVING, the list of columns, DISTINCT.

Source: facts/flink-sql-ai.md 6.4: aliases are not visible in WHERE, GROUP BY and HAVING;
`GROUP BY 1` groups by a constant; unnamed expressions are EXPR$0, EXPR$1, …
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.columns import (
    filtered,
    own_name,
    resolved,
    take_resolved,
)
from runthrough.emulator.flink.bind.context import (
    BindQuery,
    Context,
    Environment,
    conjuncts,
    first_window,
    has_aggregate,
)
from runthrough.emulator.flink.bind.early_filters import before_calls
from runthrough.emulator.flink.bind.evaluate import bind_evaluation, evaluation_call
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.expressions import Before, ExpressionBinder
from runthrough.emulator.flink.bind.from_clause import FromBinder, one_row
from runthrough.emulator.flink.bind.grouping import Grouping
from runthrough.emulator.flink.bind.operators import comparable
from runthrough.emulator.flink.bind.over import select_windows
from runthrough.emulator.flink.bind.ranks import restricted
from runthrough.emulator.flink.bind.relations import (
    Filter,
    Relation,
    SemiJoin,
    visible,
)
from runthrough.emulator.flink.bind.scalar_calls import ScalarCalls
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.subqueries import Subqueries
from runthrough.emulator.flink.bind.time_bounds import narrowed
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.types import NULL


@dataclass
class Selected:
    """A SELECT without its ORDER BY, which may still look behind the list of columns.

    Attributes:
        source: what the list is computed over. expressions: of `names`, over `source`.
        binder: binds further expressions over `source`.
        distinct: whether equal rows are one.
    """

    source: Relation
    names: list[str]
    expressions: list[Expr]
    binder: ExpressionBinder
    distinct: bool


class SelectBinder:
    """Binds one SELECT."""

    def __init__(self, context: Context, environment: Environment, query: BindQuery) -> None:
        self.context = context
        self.environment = environment
        self.query = query

    def bind(self, select: exp.Select) -> Selected:
        """Return the bound SELECT. Raises SqlError at what is refused."""
        relation: Relation
        if select.args.get("from_") is not None:
            binder = FromBinder(self.context, self.environment, self.query)
            relation, scope = binder.bind(select)
            scope = replace(scope, wm=relation.wm)
        else:
            relation, scope = one_row(self.context), Scope(outer=self.environment.outer)
        if (where := select.args.get("where")) is not None:
            relation = self._where(relation, scope, where.this)
        if (call := evaluation_call(select)) is not None:
            return self._evaluation(select, call, scope, relation)
        items = self._items(select, scope)
        group, having = select.args.get("group"), select.args.get("having")
        aggregated = group is not None or having is not None
        aggregated = aggregated or any(has_aggregate(node) for _, node in items)
        subqueries = self._subqueries(scope, grouped=aggregated)
        calls = ScalarCalls(self.context, scope, take_resolved, aggregated)
        pulled = _first_of(subqueries.before, calls.before)
        before = _first_of(pulled, take_resolved)
        grouping = None
        if aggregated:
            grouping = Grouping(self.context, relation, scope, group, subqueries)
            before = _first_of(pulled, grouping.before)
        windows = select_windows(self.context, select, items, scope, before)
        if windows is not None:
            before = windows.before
        expressions = self.context.expressions(scope, before)
        names = [name for name, _ in items]
        bound = [expressions.typed(node) for _, node in items]
        condition = None
        if having is not None:
            condition = expressions.condition(having.this, "HAVING")
        if windows is not None:
            windows.meet_the_rest(select, expressions, names, bound)
        if grouping is not None:
            selected = Grouped(names, bound, condition, grouping).selected(select, expressions)
        else:
            distinct = select.args.get("distinct") is not None
            rows = calls.attach(subqueries.attach(relation))
            selected = Selected(rows, names, bound, expressions, distinct)
        if windows is None:
            return selected
        return replace(selected, source=windows.over(selected.source))

    def _evaluation(
        self, select: exp.Select, call: exp.Anonymous, scope: Scope, rows: Relation
    ) -> Selected:
        """Return SELECT ML_EVALUATE(…), which has no other columns."""
        item = select.expressions[0]
        name = item.alias if isinstance(item, exp.Alias) else "EXPR$0"
        made = bind_evaluation(self.context, call, scope, rows, name)
        [metrics] = made.fields
        binder = self.context.expressions(Scope())
        return Selected(made, [name], [column(metrics.id, metrics.type)], binder, False)

    def _subqueries(self, scope: Scope, *, grouped: bool = False) -> Subqueries:
        return Subqueries(self.context, self.environment, self.query, scope, grouped=grouped)

    # -- WHERE ---------------------------------------------------------------------------------

    def _where(self, relation: Relation, scope: Scope, node: exp.Expr) -> Relation:
        if has_aggregate(node):
            raise self.context.refuse(node, "Aggregate expression is illegal in WHERE clause")
        if (window := first_window(node)) is not None:
            message = "Windowed aggregate expression is illegal in WHERE clause"
            raise self.context.refuse(window, message)
        subqueries = self._subqueries(scope)
        calls = ScalarCalls(self.context, scope, subqueries.before)
        binder = self.context.expressions(scope, _first_of(subqueries.before, calls.before))
        parts: list[exp.Expr] = []
        semis = []
        for part in conjuncts(node):
            found = _subquery(part)
            if found is not None:
                semis.append(found)
                continue
            parts.append(part)
        subqueries.conditions = tuple(parts)
        relation, parts = before_calls(binder, relation, parts, filtered)
        relation, plain = restricted(self.context, relation, binder, parts, "WHERE")
        if plain is not None:
            relation = filtered(calls.attach(subqueries.attach(relation)), plain)
            relation = narrowed(self.context, relation, binder, parts)
        for subquery, negated in semis:
            relation = self._semi_join(relation, scope, subquery, negated)
        return relation

    def _semi_join(
        self, relation: Relation, scope: Scope, node: exp.Expr, negated: bool
    ) -> Relation:
        environment = self.environment.correlated(scope)
        if isinstance(node, exp.Exists):
            right = self.query(node.this, environment)
            return SemiJoin(relation, right, None, negated, "true")
        value = self.context.expressions(scope).bind(node.this)
        right = self.query(node.args["query"], environment)
        columns = visible(right)
        if len(columns) != 1:
            raise self.context.refuse(node, "Values passed to IN operator must have one column")
        other = column(columns[0].id, columns[0].type)
        try:
            comparable("=", value, other, self.context.session.time_zone)
        except Refused as refusal:
            raise self.context.refuse(node, str(refusal)) from refusal
        return SemiJoin(relation, right, value, negated, f"({value.text} = {other.text})")

    # -- the list ------------------------------------------------------------------------------

    def _items(self, select: exp.Select, scope: Scope) -> list[tuple[str, exp.Expr]]:
        items: list[tuple[str, exp.Expr]] = []
        for position, node in enumerate(select.expressions):
            if isinstance(node, exp.Star):
                items += self._star(node, scope, ())
            elif isinstance(node, exp.Column) and isinstance(node.this, exp.Star):
                parts = tuple(part.name for part in node.parts[:-1])
                items += self._star(node, scope, parts)
            elif isinstance(node, exp.Alias):
                items.append((node.alias, node.this))
            else:
                items.append((own_name(node) or f"EXPR${position}", node))
        return items

    def _star(
        self, node: exp.Expr, scope: Scope, parts: tuple[str, ...]
    ) -> list[tuple[str, exp.Expr]]:
        ranges = [r for r in scope.ranges if not parts or r.answers_to(parts)]
        if parts and not ranges:
            if fields := self._fields_of_row(node, scope, parts):
                return fields
            raise self.context.refuse(node, f"Unknown identifier '{'.'.join(parts)}'")
        if not scope.ranges:
            raise self.context.refuse(node, "SELECT * requires a FROM clause")
        return [
            (f.name, resolved(f, node))
            for item in ranges
            for f in (item.fields if parts else item.plain)
            if not f.hidden
        ]

    def _fields_of_row(
        self, node: exp.Expr, scope: Scope, parts: tuple[str, ...]
    ) -> list[tuple[str, exp.Expr]]:
        """Return the fields that `r.*` stands for; none if r is no row (facts 6.4)."""
        try:
            found, rest = scope.find(parts)
        except Refused:
            return []
        value: exp.Expr = resolved(found, node)
        t = found.type
        for name in rest:
            value = exp.Dot(this=value, expression=exp.Identifier(this=name, quoted=True))
            t = dict(t.fields).get(name, NULL)
        return [
            (name, exp.Dot(this=value.copy(), expression=exp.Identifier(this=name, quoted=True)))
            for name, _ in t.fields
        ]


def _subquery(node: exp.Expr) -> tuple[exp.Expr, bool] | None:
    """Return an IN (SELECT …) or EXISTS, and whether it is negated; None if it is neither."""
    negated = False
    while isinstance(node, exp.Not | exp.Paren):
        negated ^= isinstance(node, exp.Not)
        node = node.this
    if isinstance(node, exp.Exists):
        return node, negated
    if isinstance(node, exp.In) and node.args.get("query") is not None:
        return node, negated
    return None


# -- GROUP BY --------------------------------------------------------------------------------------


@dataclass
class Grouped:
    """A grouped SELECT whose aggregate operator is built last."""

    names: list[str]
    expressions: list[Expr]
    having: Expr | None
    grouping: Grouping

    def selected(self, select: exp.Select, binder: ExpressionBinder) -> Selected:
        """Return the SELECT over the aggregate, with what its ORDER BY needs as well."""
        order = select.args.get("order")
        for item in order.expressions if order is not None else ():
            if has_aggregate(item.this):
                binder.bind(item.this)
        source = self.grouping.subqueries.attach(self.grouping.relation())
        if self.having is not None:
            source = Filter(source, self.having)
        distinct_rows = select.args.get("distinct") is not None
        return Selected(source, self.names, self.expressions, binder, distinct_rows)


def _first_of(one: Before, other: Before) -> Before:
    return lambda node: one(node) or other(node)
