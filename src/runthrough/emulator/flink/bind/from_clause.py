"""FROM: tables, derived tables, joins and model calls.

Sources: facts/flink-sql-ai.md 1.1, 4.1 (ML_PREDICT and AI_COMPLETE), 6.4 (wording).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp

from runthrough.emulator.flink.bind.changelog_calls import bind_changelog_call, is_changelog_call
from runthrough.emulator.flink.bind.context import (
    BindQuery,
    Context,
    Environment,
    conjuncts,
    first_window,
    has_aggregate,
)
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.information_schema import information, is_information
from runthrough.emulator.flink.bind.literals import literal
from runthrough.emulator.flink.bind.merged_joins import merged, merged_condition, merged_names
from runthrough.emulator.flink.bind.model_calls import bind_model_call
from runthrough.emulator.flink.bind.model_tables import bind_table_form, is_table_form
from runthrough.emulator.flink.bind.operators import logical
from runthrough.emulator.flink.bind.ranks import cut
from runthrough.emulator.flink.bind.relations import (
    Field,
    Join,
    JoinKind,
    Reference,
    Relation,
    TimeBounds,
    Values,
)
from runthrough.emulator.flink.bind.scope import Range, Scope, did_you_mean
from runthrough.emulator.flink.bind.tables import ROWTIME_COLUMN as ROWTIME_COLUMN
from runthrough.emulator.flink.bind.tables import scan
from runthrough.emulator.flink.bind.temporal_joins import (
    moment_of,
    refused_alone,
    temporal_join,
)
from runthrough.emulator.flink.bind.time_bounds import time_bounds
from runthrough.emulator.flink.bind.unnest import bind_unnest
from runthrough.emulator.flink.bind.views import bind_view
from runthrough.emulator.flink.bind.window_columns import kept_times
from runthrough.emulator.flink.bind.windows import bind_window
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BIGINT

SEQUENCE_COLUMN = "__seq"
"""The arrival number that the engine adds to the relation of every source."""
WATERMARK_COLUMN = "__wm"
"""The source's watermark before the record, in ms since 1970, which the engine adds as well."""


class FromBinder:
    """Binds one FROM clause, from left to right."""

    def __init__(self, context: Context, environment: Environment, query: BindQuery) -> None:
        self.context = context
        self.environment = environment
        self.query = query
        self.relation: Relation | None = None
        self.scope = Scope(outer=environment.outer)

    def bind(self, select: exp.Select) -> tuple[Relation, Scope]:
        """Return the rows of FROM and the names in them."""
        self._first(select.args["from_"].this)
        for join in select.args.get("joins") or ():
            self._join(join)
        if self.relation is None:
            raise ValueError("FROM without an item")
        return self.relation, self.scope

    def _first(self, item: exp.Expr) -> None:
        if isinstance(item, exp.Unnest):
            self.relation = one_row(self.context)
            self._unnest(item, keep_unmatched=False)
            return
        if _is_call(item):
            self.relation = one_row(self.context)
            self._call_model(item, keep_unmatched=False)
            return
        if moment_of(item) is not None:
            raise refused_alone()
        self.relation, added = self._item(item)
        self.scope = Scope(added, self.scope.outer)

    def _join(self, join: exp.Join) -> None:
        item, kind, condition = join.this, str(join.args["kind"]), join.args.get("on")
        if isinstance(item, exp.Lateral) and isinstance(item.this, exp.Subquery):
            seeing = self.environment.correlated(self.scope)
            right, named = self._aliased(item, self.query(item.this.this, seeing), ())
            self._regular_join(right, (named,), kind, condition, lateral=True)
            return
        if _is_call(item) or isinstance(item, exp.Unnest):
            if kind in ("RIGHT", "FULL"):
                raise not_emulated(f"{kind} JOIN LATERAL")
            if condition is not None and not _is_true(condition):
                raise not_emulated("JOIN LATERAL … ON anything but TRUE")
            if isinstance(item, exp.Unnest):
                self._unnest(item, keep_unmatched=kind == "LEFT")
            else:
                self._call_model(item, keep_unmatched=kind == "LEFT")
            return
        right, added = self._item(item)
        taken = {r.names[-1] for r in self.scope.ranges if r.names}
        twice = next((r.names[-1] for r in added if r.names and r.names[-1] in taken), None)
        if twice is not None:
            raise self.context.refuse(item, f"Duplicate relation name '{twice}' in FROM clause")
        if moment_of(item) is not None:
            self._temporal_join(right, added, join)
            return
        names = merged_names(self.context, join, self.scope, Scope(added))
        if names:
            self._merged_join(right, added, kind, names)
        else:
            self._regular_join(right, added, kind, condition)

    def _temporal_join(self, right: Relation, added: tuple[Range, ...], join: exp.Join) -> None:
        scope = Scope(self.scope.ranges + added, self.scope.outer)
        made = temporal_join(self.context, self._left(), right, scope, self.scope, join)
        self.relation = made
        types = {f.id: f for f in made.fields}
        ranges = (
            replace(r, fields=tuple(replace(types[f.id], name=f.name) for f in r.fields))
            for r in scope.ranges
        )
        self.scope = Scope(tuple(ranges), scope.outer)

    # -- items ---------------------------------------------------------------------------------

    def _item(self, item: exp.Expr) -> tuple[Relation, tuple[Range, ...]]:
        if isinstance(item, exp.Paren):
            inside = FromBinder(self.context, self.environment, self.query)
            relation, scope = inside.bind(item.this)
            return relation, scope.ranges
        if isinstance(item, exp.Table):
            relation, names = self._table(item)
        elif is_changelog_call(item):
            relation = bind_changelog_call(self.context, item.this, lambda t: self._table(t)[0])
            names = ()
        elif is_table_form(item):
            call = bind_table_form(self.context, item.this, lambda node: self._table(node)[0])
            relation, names = call, ()
        elif isinstance(item, exp.Anonymous):
            relation, names = bind_window(self.context, item, lambda node: self._item(node)[0]), ()
        else:
            relation, names = self.query(item.this, self.environment.inside()), ()
        relation, added = self._aliased(item, relation, names)
        return relation, (added,)

    def _aliased(
        self, item: exp.Expr, relation: Relation, names: tuple[str, ...]
    ) -> tuple[Relation, Range]:
        alias = item.args.get("alias")
        fields = relation.fields
        if alias is not None:
            names = (alias.name,)
            fields = self._renamed(item, fields, [c.name for c in alias.args.get("columns") or ()])
        return relation, Range(names, fields)

    def _table(self, node: exp.Table) -> tuple[Relation, tuple[str, ...]]:
        parts = tuple(part.name for part in node.parts)
        if len(parts) == 1 and parts[0] in self.environment.named:
            return self._reference(parts[0]), parts
        if is_information(self.context, parts):
            found = information(self.context, parts)
            if found is None:
                raise self.context.refuse(node, self._unknown(parts))
            return found, parts
        view = self.context.catalog.view(parts, self.context.session)
        if view is not None:
            if node.meta.get("options"):
                written = ".".join(f"`{part}`" for part in view.path)
                raise SqlError(
                    f"View '{written}' cannot be enriched with new options. Hints can "
                    "only be applied to tables."
                )
            return bind_view(self.context, view), view.path
        table = self.context.catalog.table(parts, self.context.session)
        if table is None:
            raise self.context.refuse(node, self._unknown(parts))
        return scan(self.context, hinted(node, table)), table.path

    def _unknown(self, parts: tuple[str, ...]) -> str:
        known = self.context.catalog.tables(self.context.session)
        hint = did_you_mean(parts[-1], (*self.environment.named, *known))
        if len(parts) == 1 and not hint:
            return f"Object '{parts[0]}' not found"
        catalog, database = self.context.catalog.context(self.context.session)
        around = {1: (catalog, database), 2: (catalog, parts[0]), 3: parts[:2]}[len(parts)]
        return f"Object '{parts[-1]}' not found within '{'.'.join(around)}'{hint}"

    def _reference(self, name: str) -> Reference:
        inner = self.environment.named[name]
        ids = self.context.ids
        fields = tuple(replace(f, id=ids.new()) for f in inner.fields)
        order = tuple(ids.new("s") for _ in inner.order)
        wm = tuple(ids.new("w") for _ in inner.wm)
        origin = tuple(f.id for f in inner.fields) + inner.order + inner.wm
        return Reference(name, inner, fields, origin, order, wm)

    def _renamed(
        self, item: exp.Expr, fields: tuple[Field, ...], names: list[str]
    ) -> tuple[Field, ...]:
        if not names:
            return fields
        shown = [f for f in fields if not f.hidden]
        if len(shown) != len(names):
            columns = ", ".join(f"'{f.name}'" for f in shown)
            raise self.context.refuse(
                item.args.get("alias") if item.args["alias"].meta else item,
                "List of column aliases must have same degree as table; table has "
                f"{len(shown)} columns ({columns}), whereas alias list has {len(names)} columns",
            )
        new = dict(zip((f.id for f in shown), names, strict=True))
        return tuple(replace(f, name=new.get(f.id, f.name)) for f in fields)

    # -- joins ---------------------------------------------------------------------------------

    def _regular_join(
        self,
        right: Relation,
        added: tuple[Range, ...],
        kind: str,
        on: exp.Expr | None,
        *,
        lateral: bool = False,
    ) -> None:
        scope = Scope(self.scope.ranges + added, self.scope.outer)
        condition, times = None, None
        if on is not None:
            right, parts = self._ranked_sides(scope, right, kind, on)
            condition = self._on(scope, parts)
            binder = self.context.expressions(scope)
            if not lateral:
                times = time_bounds(self.context, binder, self._left(), right, parts)
        self._joined(right, scope, kind, condition, times=times, lateral=lateral)

    def _ranked_sides(
        self, scope: Scope, right: Relation, kind: str, on: exp.Expr
    ) -> tuple[Relation, list[exp.Expr]]:
        """Make a Top-N of a side whose rank the condition bounds; return the right one."""
        if has_aggregate(on):
            raise self.context.refuse(on, "Aggregate expression is illegal in ON clause")
        if (window := first_window(on)) is not None:
            message = "Windowed aggregate expression is illegal in ON clause"
            raise self.context.refuse(window, message)
        binder, parts = self.context.expressions(scope), conjuncts(on)
        if kind in ("INNER", "RIGHT"):
            self.relation, parts = cut(self.context, self._left(), binder, parts)
        if kind in ("INNER", "LEFT"):
            right, parts = cut(self.context, right, binder, parts)
        return right, parts

    def _merged_join(
        self, right: Relation, added: tuple[Range, ...], kind: str, names: tuple[str, ...]
    ) -> None:
        """Join by equal names; the columns of those names become one (USING, NATURAL)."""
        condition = merged_condition(self.context, self.scope, Scope(added), names)
        scope = Scope(self.scope.ranges + added, self.scope.outer)
        size = len(self.scope.ranges)
        self._joined(right, scope, kind, condition)
        ranges = self.scope.ranges
        self.relation, ranges = merged(
            self.context, self._left(), ranges[:size], ranges[size:], kind, names
        )
        self.scope = Scope(ranges, self.scope.outer)

    def _joined(
        self,
        right: Relation,
        scope: Scope,
        kind: str,
        condition: Expr | None,
        *,
        times: TimeBounds | None = None,
        lateral: bool = False,
    ) -> None:
        left = self._left()
        outer: JoinKind = "INNER"
        if kind in ("LEFT", "RIGHT", "FULL"):
            outer = kind  # type: ignore[assignment]
        interval = times is not None and times.complete
        null_left, null_right = outer in ("RIGHT", "FULL"), outer in ("LEFT", "FULL")
        fields = tuple(_after_join(f, null_left, interval) for f in left.fields)
        fields += tuple(_after_join(f, null_right, interval) for f in right.fields)
        self.relation = kept_times(Join(outer, left, right, condition, fields, times, lateral))
        types = {f.id: f for f in self.relation.fields}
        self.scope = Scope(
            tuple(
                replace(r, fields=tuple(replace(types[f.id], name=f.name) for f in r.fields))
                for r in scope.ranges
            ),
            scope.outer,
        )

    def _on(self, scope: Scope, parts: list[exp.Expr]) -> Expr | None:
        binder = self.context.expressions(scope)
        bound: Expr | None = None
        for part in parts:
            found = binder.condition(part, "ON")
            bound = found if bound is None else logical("AND", bound, found)
        return bound

    def _left(self) -> Relation:
        if self.relation is None:
            raise ValueError("a join without its left side")
        return self.relation

    def _unnest(self, item: exp.Unnest, *, keep_unmatched: bool) -> None:
        made = bind_unnest(self.context, item, self.scope, self._left(), keep_unmatched)
        alias = item.args.get("alias")
        names: tuple[str, ...] = (alias.name,) if alias is not None else ()
        columns = [c.name for c in alias.args.get("columns") or ()] if alias is not None else []
        outputs = self._renamed(item, made.outputs, columns)
        self.relation = replace(made, outputs=outputs)
        self.scope = self.scope.with_range(Range(names, outputs))

    # -- model calls ---------------------------------------------------------------------------

    def _call_model(self, item: exp.Expr, *, keep_unmatched: bool) -> None:
        lateral = isinstance(item, exp.Lateral)
        scope = self.scope if lateral else Scope()
        left = self._left()
        call = bind_model_call(self.context, item.this, scope, left, keep_unmatched)
        alias = item.args.get("alias")
        names: tuple[str, ...] = (alias.name,) if alias is not None else ()
        columns = [c.name for c in alias.args.get("columns") or ()] if alias is not None else []
        outputs = self._renamed(item, call.outputs, columns)
        self.relation = replace(call, outputs=outputs)
        self.scope = self.scope.with_range(Range(names, outputs))


def _after_join(f: Field, nullable: bool, interval: bool) -> Field:
    t = f.type.or_null() if nullable else f.type
    return replace(f, type=t, time_attribute=f.time_attribute and interval)


def _is_call(item: exp.Expr) -> bool:
    """Return whether an item of FROM calls a function for each row before it."""
    if is_table_form(item) or is_changelog_call(item):
        return False
    return isinstance(item, exp.Lateral | exp.TableFromRows)


def hinted(node: exp.Table, table: Table) -> Table:
    """Return the table as an OPTIONS hint has it read here.

    Raises:
        SqlError: an option that says more than how the table is scanned (the wording is ours).
    """
    options: dict[str, str] = node.meta.get("options", {})
    for key in options:
        if not key.startswith("scan."):
            raise SqlError(
                f"The option '{key}' of table '{table.name}' cannot be set by an OPTIONS hint: "
                "only options that begin with 'scan.' can."
            )
    return replace(table, options={**table.options, **options}) if options else table


def _is_true(node: exp.Expr) -> bool:
    while isinstance(node, exp.Paren):
        node = node.this
    return isinstance(node, exp.Boolean) and bool(node.this)


def one_row(context: Context) -> Values:
    """Return one row without visible columns: what SELECT reads without FROM."""
    unit = literal(exp.Literal.number(0))
    hidden = Field(context.ids.new(), "ZERO", BIGINT, hidden=True)
    return Values(((unit,),), (hidden,), (context.ids.new("s"),))
