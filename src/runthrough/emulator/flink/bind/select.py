"""SELECT: WHERE, GROUP BY, HAVING, the list of columns, DISTINCT.

Source: facts/flink-sql-ai.md 6.4: aliases are not visible in WHERE, GROUP BY and HAVING;
`GROUP BY 1` groups by a constant; unnamed expressions are EXPR$0, EXPR$1, …
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from sqlglot import exp

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
from runthrough.emulator.flink.bind.expression import Expr, column, quote
from runthrough.emulator.flink.bind.expressions import Before, ExpressionBinder
from runthrough.emulator.flink.bind.from_clause import FromBinder, one_row
from runthrough.emulator.flink.bind.grouping_sets import grouping_sets, is_grouping_call
from runthrough.emulator.flink.bind.literals import literal
from runthrough.emulator.flink.bind.operators import comparable, logical
from runthrough.emulator.flink.bind.over import select_windows
from runthrough.emulator.flink.bind.ranks import restricted
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Field,
    Filter,
    Join,
    Project,
    Relation,
    SemiJoin,
    arrival,
    visible,
)
from runthrough.emulator.flink.bind.scalar_calls import ScalarCalls
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.subqueries import Subqueries
from runthrough.emulator.flink.bind.time_bounds import narrowed
from runthrough.emulator.flink.bind.window_columns import kept_times
from runthrough.emulator.flink.bind.windows import grouped
from runthrough.emulator.flink.functions.aggregates import AggregateCall
from runthrough.emulator.flink.functions.table import AGGREGATES
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError, not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BIGINT, NULL
from runthrough.emulator.flink.zones import icu_zone


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
        calls = ScalarCalls(self.context, scope, _take_resolved, aggregated)
        pulled = _first_of(subqueries.before, calls.before)
        before = _first_of(pulled, _take_resolved)
        grouping = None
        if aggregated:
            grouping = Grouping(self.context, relation, scope, group, subqueries)
            before = _first_of(pulled, grouping.before)
        windows = select_windows(self.context, select, items, scope, before)
        if windows is not None:
            before = windows.before
        expressions = self.context.expressions(scope, before)
        names = [name for name, _ in items]
        bound = [expressions.bind(node) for _, node in items]
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
                items.append((_own_name(node) or f"EXPR${position}", node))
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
            (f.name, _resolved(f, node))
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
        value: exp.Expr = _resolved(found, node)
        t = found.type
        for name in rest:
            value = exp.Dot(this=value, expression=exp.Identifier(this=name, quoted=True))
            t = dict(t.fields).get(name, NULL)
        return [
            (name, exp.Dot(this=value.copy(), expression=exp.Identifier(this=name, quoted=True)))
            for name, _ in t.fields
        ]


def _resolved(f: Field, star: exp.Expr) -> exp.Expr:
    """Return a node for a column that `*` stands for: already resolved."""
    node = exp.Var(this=f.name)
    node.meta.update(field=f, span=star.meta.get("span"))
    return node


def _own_name(node: exp.Expr) -> str | None:
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.Column):
        return str(node.name)
    if isinstance(node, exp.Dot):
        return str(node.expression.name)
    return None


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


def filtered(relation: Relation, condition: Expr) -> Relation:
    """Return the rows a condition leaves; part of an inner join, as Flink's planner makes it."""
    if isinstance(relation, Join) and relation.kind == "INNER" and not condition.volatile:
        joined = relation.condition
        merged = condition if joined is None else logical("AND", joined, condition)
        return kept_times(replace(relation, condition=merged))
    return Filter(relation, condition)


def project(context: Context, source: Relation, names: list[str], items: list[Expr]) -> Project:
    """Return expressions over rows as new columns; names that repeat get a number (id, id0)."""
    times = {f.id for f in source.fields if f.time_attribute}
    fields = tuple(
        Field(context.ids.new(), name, item.type, time_attribute=item.column in times)
        for name, item in zip(unique(names), items, strict=True)
    )
    return Project(source, fields, tuple(items))


def unique(names: list[str]) -> list[str]:
    """Return names with a number behind those that came before (facts 1.4)."""
    taken: set[str] = set()
    numbers: dict[str, int] = {}
    result = []
    for name in names:
        candidate, number = name, numbers.get(name, 0)
        while candidate in taken:
            candidate, number = f"{name}{number}", number + 1
        numbers[name] = number
        taken.add(candidate)
        result.append(candidate)
    return result


def distinct(context: Context, relation: Relation) -> Relation:
    """Return each row once."""
    columns = visible(relation)
    groups = tuple(column(f.id, f.type) for f in columns)
    fields = tuple(Field(context.ids.new(), f.name, f.type) for f in columns)
    order = (context.ids.new("s"),)
    batch = context.session.snapshot
    rows = Aggregate(relation, groups, (), fields, order, single=False, batch=batch)
    return grouped(context, rows)


# -- GROUP BY --------------------------------------------------------------------------------------


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
        name = _own_name(node) or f"$f{len(self.groups)}"
        self.groups.append((bound, Field(self.context.ids.new(), name, bound.type)))
        return len(self.groups) - 1

    def plain(self) -> ExpressionBinder:
        """Return a binder over the rows before they are grouped."""
        return self.context.expressions(self.scope, _take_resolved)

    def before(self, node: exp.Expr) -> Expr | None:
        """Answer for group expressions, aggregate calls and constants; refuse other columns."""
        if isinstance(node, exp.Filter) or _is_aggregate(node):
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
            if not _is_aggregate(call):
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
        arguments = () if star else tuple(self.plain().bind(argument) for argument in nodes)
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
            grouped=bool(self.groups) and () not in self.sets,
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


def _is_aggregate(node: exp.Expr) -> bool:
    return isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATES


def _first_of(one: Before, other: Before) -> Before:
    return lambda node: one(node) or other(node)


def _take_resolved(node: exp.Expr) -> Expr | None:
    f = node.meta.get("field")
    return column(f.id, f.type) if isinstance(f, Field) else None
