"""Whole queries: WITH, set operations, VALUES, ORDER BY and LIMIT.

Sources: facts/flink-sql-ai.md 5.2 (rows 29-41), 6.4.
"""

from __future__ import annotations

from sqlglot import exp

from runthrough.emulator.flink.bind.columns import distinct, project
from runthrough.emulator.flink.bind.composites import in_type
from runthrough.emulator.flink.bind.context import Context, Environment
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.over_relations import TimeSort
from runthrough.emulator.flink.bind.relations import (
    Field,
    Limit,
    Relation,
    SetOperation,
    SortKey,
    TopN,
    Values,
    visible,
)
from runthrough.emulator.flink.bind.scope import Range, Scope
from runthrough.emulator.flink.bind.select import SelectBinder, Selected
from runthrough.emulator.flink.bind.sorting import sort_key
from runthrough.emulator.flink.bind.type_rules import common
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType

NO_FETCH = "FETCH is missed, which on streaming table is not supported currently."
"""What Flink 2.3 says of OFFSET without LIMIT in a stream."""


class QueryBinder:
    """Binds queries."""

    def __init__(self, context: Context) -> None:
        self.context = context

    def bind(self, node: exp.Expr, environment: Environment) -> Relation:
        """Return a query's rows. Raises SqlError at what is refused."""
        environment = self._with(node, environment)
        match node:
            case exp.Select():
                return self._select(node, environment)
            case exp.Subquery():
                inner = Environment(environment.named, environment.outer)
                return self._tail(node, self.bind(node.this, inner), environment)
            case exp.SetOperation():
                return self._tail(node, self._set_operation(node, environment), environment)
            case exp.Values():
                return self._values(node)
            case _:
                raise not_emulated(f"{type(node).__name__} as a query")

    def _with(self, node: exp.Expr, environment: Environment) -> Environment:
        clause = node.args.get("with_")
        if clause is None:
            return environment
        named = dict(environment.named)
        for cte in clause.expressions:
            relation = self.bind(cte.this, Environment(dict(named)))
            alias = cte.args["alias"]
            names = [c.name for c in alias.args.get("columns") or ()]
            named[alias.name] = self._renamed(cte, relation, names)
        return Environment(named, environment.outer, environment.root)

    def _renamed(self, cte: exp.Expr, relation: Relation, names: list[str]) -> Relation:
        columns = visible(relation)
        if not names:
            names = [f.name for f in columns]
        if len(names) != len(columns):
            raise self.context.refuse(
                cte, "Number of columns must match number of query columns in WITH"
            )
        return project(self.context, relation, names, [column(f.id, f.type) for f in columns])

    # -- SELECT with its ORDER BY --------------------------------------------------------------

    def _select(self, node: exp.Select, environment: Environment) -> Relation:
        binder = SelectBinder(self.context, environment, self.bind)
        selected = binder.bind(node)
        order = node.args.get("order")
        if order is None or not self._order_matters(node, environment):
            return self._tail(node, self._projected(selected), environment)
        if selected.distinct:
            return self._tail(node, self._projected(selected), environment)
        return self._sorted_select(node, selected, environment)

    def _projected(self, selected: Selected) -> Relation:
        rows = project(self.context, selected.source, selected.names, selected.expressions)
        return distinct(self.context, rows) if selected.distinct else rows

    def _sorted_select(
        self, node: exp.Select, selected: Selected, environment: Environment
    ) -> Relation:
        """Sort by what may not be in the list: project it, sort, and leave it out again."""
        names, items = list(selected.names), list(selected.expressions)
        size = len(items)
        by_name = dict(zip(names, items, strict=True))
        keys = []
        for ordered in node.args["order"].expressions:
            wanted = self._order_item(ordered.this, by_name, items[:size], selected)
            known = [i for i, item in enumerate(items) if item.sql == wanted.sql]
            if not known:
                origin = {f.id: f.name for f in selected.source.fields}
                names.append(origin.get(wanted.column or "", f"$f{len(items)}"))
                items.append(wanted)
            keys.append((known[0] if known else len(items) - 1, ordered))
        rows = project(self.context, selected.source, names, items)
        sort = [
            sort_key(column(rows.fields[i].id, rows.fields[i].type), ordered) for i, ordered in keys
        ]
        top = self._top(node, rows, tuple(sort), environment)
        if len(items) == size:
            return top
        kept = [column(f.id, f.type) for f in rows.fields[:size]]
        return project(self.context, top, names[:size], kept)

    def _order_item(
        self, node: exp.Expr, by_name: dict[str, Expr], items: list[Expr], selected: Selected
    ) -> Expr:
        if isinstance(node, exp.Literal) and not node.is_string:
            return items[self._ordinal(node, len(items))]
        if isinstance(node, exp.Column) and len(node.parts) == 1 and node.name in by_name:
            return by_name[node.name]
        return selected.binder.bind(node)

    def _ordinal(self, node: exp.Expr, size: int) -> int:
        written = str(node.this)
        if not written.isdigit() or not 1 <= int(written) <= size:
            raise self.context.refuse(node, "Ordinal out of range")
        return int(written) - 1

    # -- ORDER BY and LIMIT --------------------------------------------------------------------

    def _order_matters(self, node: exp.Expr, environment: Environment) -> bool:
        """Flink's planner drops ORDER BY inside a query unless LIMIT needs it."""
        limited = node.args.get("limit") is not None or node.args.get("offset") is not None
        return limited or environment.root

    def _tail(self, node: exp.Expr, relation: Relation, environment: Environment) -> Relation:
        order = node.args.get("order")
        if order is None or not self._order_matters(node, environment):
            return self._limited(node, relation)
        columns = visible(relation)
        scope = Scope((Range((), columns),))
        binder = self.context.expressions(scope)
        keys = []
        for ordered in order.expressions:
            if isinstance(ordered.this, exp.Literal) and not ordered.this.is_string:
                found = columns[self._ordinal(ordered.this, len(columns))]
                keys.append(sort_key(column(found.id, found.type), ordered))
            else:
                keys.append(sort_key(binder.bind(ordered.this), ordered))
        return self._top(node, relation, tuple(keys), environment)

    def _limited(self, node: exp.Expr, relation: Relation) -> Relation:
        fetch, offset = _bounds(node)
        if fetch is None and offset == 0:
            return relation
        if fetch is None and not self.context.session.snapshot:
            raise SqlError(NO_FETCH)
        return Limit(relation, fetch, offset)

    def _top(
        self,
        node: exp.Expr,
        relation: Relation,
        keys: tuple[SortKey, ...],
        environment: Environment,
    ) -> Relation:
        fetch, offset = _bounds(node)
        if fetch is None and not self.context.session.snapshot:
            if offset:
                raise SqlError(NO_FETCH)
            times = {f.id for f in relation.fields if f.time_attribute}
            first = keys[0].expression.column
            if first is not None and first in times and not keys[0].descending:
                return TimeSort(relation, keys, (self.context.ids.new("s"),), first)
            raise SqlError("Sort on a non-time-attribute field is not supported.")
        return TopN(relation, keys, fetch, offset, (self.context.ids.new("s"),))

    # -- set operations and VALUES -------------------------------------------------------------

    def _set_operation(self, node: exp.SetOperation, environment: Environment) -> Relation:
        kind = type(node).__name__.upper()
        keep = not node.args.get("distinct")
        name = kind + (" ALL" if keep else "")
        inner = Environment(environment.named, environment.outer)
        sides = (self.bind(node.this, inner), self.bind(node.expression, inner))
        left, right = visible(sides[0]), visible(sides[1])
        if len(left) != len(right):
            raise self.context.refuse(node, f"Column count mismatch in {name}")
        types: list[FlinkType] = []
        for position, (a, b) in enumerate(zip(left, right, strict=True), start=1):
            shared = common([a.type, b.type])
            if shared is None:
                raise self.context.refuse(node, f"Type mismatch in column {position} of {name}")
            types.append(shared)
        both = [self._in_types(side, types) for side in sides]
        timed_columns = [
            kind == "UNION" and keep and a.time_attribute and b.time_attribute
            for a, b in zip(visible(both[0]), visible(both[1]), strict=True)
        ]
        fields = tuple(
            Field(self.context.ids.new(), f.name, t, time_attribute=times)
            for f, t, times in zip(left, types, timed_columns, strict=True)
        )
        order = (self.context.ids.new("s"),) if kind == "UNION" else ()
        if kind == "UNION":
            timed = both[0].wm and both[1].wm
            wm = (self.context.ids.new("w"),) if timed else ()
            rows = SetOperation("UNION", True, both[0], both[1], fields, order, wm)
            return rows if keep else distinct(self.context, rows)
        intersect = "INTERSECT" if kind == "INTERSECT" else "EXCEPT"
        return SetOperation(intersect, keep, both[0], both[1], fields, order)  # type: ignore[arg-type]

    def _in_types(self, relation: Relation, types: list[FlinkType]) -> Relation:
        columns = visible(relation)
        zone = self.context.session.time_zone
        items = []
        for f, t in zip(columns, types, strict=True):
            plain = column(f.id, f.type)
            wanted = t.with_null(f.type.nullable)
            if wanted == f.type:
                items.append(plain)
            else:
                sql = in_type(plain, t, zone)
                items.append(Expr(sql, wanted, plain.text, plain.columns))
        return project(self.context, relation, [f.name for f in columns], items)

    def _values(self, node: exp.Values) -> Relation:
        binder = self.context.expressions(Scope())
        rows = [[binder.typed(item) for item in row.expressions] for row in node.expressions]
        width = len(rows[0])
        if any(len(row) != width for row in rows):
            raise self.context.refuse(
                node, "Values passed to VALUES operator must have compatible types"
            )
        types = [common([row[i].type for row in rows]) for i in range(width)]
        if any(t is None for t in types):
            raise self.context.refuse(
                node, "Values passed to VALUES operator must have compatible types"
            )
        known = [t for t in types if t is not None]
        zone = self.context.session.time_zone
        cells = tuple(
            tuple(
                Expr(in_type(item, t, zone), t, item.text, volatile=item.volatile)
                for item, t in zip(row, known, strict=True)
            )
            for row in rows
        )
        fields = tuple(Field(self.context.ids.new(), f"EXPR${i}", t) for i, t in enumerate(known))
        return Values(cells, fields, (self.context.ids.new("s"),))


def _bounds(node: exp.Expr) -> tuple[int | None, int]:
    limit, offset = node.args.get("limit"), node.args.get("offset")
    fetch = int(limit.expression.this) if limit is not None else None
    return fetch, int(offset.expression.this) if offset is not None else 0
