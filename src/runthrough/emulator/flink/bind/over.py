"""OVER: calls over windows of rows.

Calls with the same partition, order and frame become one operator. A stream may have one of
them in a SELECT, ordered by one ascending column; that is checked where changes are worked out,
since a filter may first make a Top-N of it. Sources: facts/flink-sql-ai.md 5.2 (rows 22-28), 6.4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context, conjuncts, has_window
from runthrough.emulator.flink.bind.expression import Expr, column, quote
from runthrough.emulator.flink.bind.expressions import Before, ExpressionBinder
from runthrough.emulator.flink.bind.over_relations import Frame, Over, OverCall
from runthrough.emulator.flink.bind.ranks import restricted
from runthrough.emulator.flink.bind.relations import Field, Filter, Relation, SortKey
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.sorting import sort_key
from runthrough.emulator.flink.bind.type_rules import is_interval, is_timestamp
from runthrough.emulator.flink.functions.aggregates import AggregateCall
from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.functions.over import (
    NO_FRAME,
    OVER_FUNCTIONS,
    RANKS,
    WINDOW,
    OverFunctionCall,
)
from runthrough.emulator.flink.functions.table import AGGREGATES
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated

AS_RANGE = Frame(rows=False)
AS_ROWS = Frame(rows=True)


@dataclass
class _Group:
    """The calls of one window."""

    partition: tuple[Expr, ...]
    keys: tuple[SortKey, ...]
    frame: Frame
    order: str
    calls: list[OverCall] = field(default_factory=list)
    helpers: list[tuple[str, str]] = field(default_factory=list)

    def is_over(self, partition: tuple[Expr, ...], keys: tuple[SortKey, ...], frame: Frame) -> bool:
        return (
            [e.sql for e in self.partition] == [e.sql for e in partition]
            and [(k.expression.sql, k.descending, k.nulls_first) for k in self.keys]
            == [(k.expression.sql, k.descending, k.nulls_first) for k in keys]
            and self.frame == frame
        )


class Windows:
    """The calls over windows met in one SELECT.

    Args:
        select: whose WINDOW clause names windows.
        base: answers for what stands inside and around the calls.
        binder: makes a binder with such a hook.
    """

    def __init__(
        self,
        context: Context,
        select: exp.Select,
        base: Before,
        binder: Callable[[Before], ExpressionBinder],
    ) -> None:
        self.context = context
        self.named = {node.args["over"].name: node for node in select.args.get("windows") or ()}
        self.base, self.binder = base, binder
        self.inner = binder(base)
        self.qualifier = self.inner
        self.computed = False
        self.conditions: list[exp.Expr] = []
        self.groups: list[_Group] = []

    def before(self, node: exp.Expr) -> Expr | None:
        """Answer for calls over windows; leave what surrounds them to the binder."""
        if isinstance(node, exp.Window):
            return self._call(node)
        return None if has_window(node) else self.base(node)

    # -- windows -------------------------------------------------------------------------------

    def _parts(self, window: exp.Window) -> tuple[list[exp.Expr], list[exp.Expr], exp.Expr | None]:
        """Return partition, order and frame, with those of the window it refers to by name."""
        alias = window.args.get("alias")
        partition = list(window.args.get("partition_by") or ())
        order = window.args.get("order")
        ordered = list(order.expressions) if order is not None else []
        frame = window.args.get("spec")
        if alias is None:
            return partition, ordered, frame
        known = self.named.get(alias.name)
        if known is None:
            raise self.context.refuse(alias, f"Window '{alias.name}' not found")
        base_partition, base_order, base_frame = self._parts(known)
        if base_frame is not None and (partition or ordered or frame is not None):
            message = "Referenced window cannot have framing declarations"
            raise self.context.refuse(base_frame, message)
        if partition:
            message = "PARTITION BY not allowed with existing window reference"
            raise self.context.refuse(partition[0], message)
        if ordered and base_order:
            message = "ORDER BY not allowed in both base and referenced windows"
            raise self.context.refuse(ordered[0], message)
        return base_partition, ordered or base_order, frame or base_frame

    def _frame(self, node: exp.Expr | None, keys: tuple[SortKey, ...]) -> Frame:
        if node is None:
            return AS_RANGE if keys else Frame(rows=False, upper="UNBOUNDED FOLLOWING")
        rows = node.args["kind"] == "ROWS"
        lower, low_month = self._bound(node, "start", keys, rows)
        upper, high_month = "CURRENT ROW", False
        if node.args.get("end") is not None:
            upper, high_month = self._bound(node, "end", keys, rows)
        return Frame(
            rows,
            None if lower == "UNBOUNDED PRECEDING" else lower,
            upper,
            upper == "CURRENT ROW" and not lower.endswith("FOLLOWING"),
            low_month or high_month,
            not rows
            and bool(keys)
            and is_timestamp(keys[0].expression.type)
            and " " in lower
            and lower.split(" ")[0].isdigit(),
        )

    def _bound(
        self, frame: exp.Expr, place: str, keys: tuple[SortKey, ...], rows: bool
    ) -> tuple[str, bool]:
        bound = frame.args[place]
        if bound == "CURRENT ROW":
            return "CURRENT ROW", False
        side = frame.args[f"{place}_side"]
        if bound == "UNBOUNDED":
            return f"UNBOUNDED {side}", False
        value = self.inner.bind(bound)
        if rows or not is_interval(value.type):
            if not isinstance(value.constant, int) or value.constant < 0:
                raise self.context.refuse(
                    bound, "ROWS value must be a non-negative integral constant"
                )
            if not rows and keys and is_timestamp(keys[0].expression.type):
                raise self.context.refuse(
                    bound, "Data Type mismatch between ORDER BY and RANGE clause"
                )
            return f"{value.constant} {side}", False
        if value.type.root == "INTERVAL_YEAR_MONTH":
            return f"{value.sql} {side}", True
        if not keys or not is_timestamp(keys[0].expression.type):
            raise self.context.refuse(bound, "Data Type mismatch between ORDER BY and RANGE clause")
        if value.duration is None:
            raise not_emulated("windows whose bound is no INTERVAL literal")
        return f"{value.duration // 1000} {side}", False

    # -- calls ---------------------------------------------------------------------------------

    def _call(self, node: exp.Window) -> Expr:
        call = node.this
        name = str(call.this).upper() if isinstance(call, exp.Anonymous) else ""
        if name not in AGGREGATES and name not in OVER_FUNCTIONS and name not in ORDERED:
            if isinstance(call, exp.Anonymous):
                self.inner.bind(call)  # an unknown name is refused as such
            raise self.context.refuse(call, "OVER must be applied to aggregate function")
        nodes, ordered, frame_node = self._parts(node)
        if frame_node is not None and name in NO_FRAME:
            raise self.context.refuse(
                frame_node,
                "ROW/RANGE not allowed with RANK, DENSE_RANK or ROW_NUMBER functions",
            )
        for item in nodes:
            if has_window(item):
                message = "PARTITION BY expression should not contain OVER clause"
                raise self.context.refuse(node, message)
        bound = (self.inner.bind(item) for item in nodes)
        partition = tuple(e for e in bound if e.columns or e.volatile)
        keys = tuple(sort_key(self.inner.bind(item.this), item) for item in ordered)
        if name in RANKS and not any(key.expression.columns for key in keys):
            raise Refused(
                "Over Agg: The window rank function requires order by clause with non-constant "
                "fields. please re-check the over window statement."
            )
        frame = AS_ROWS if name == "ROW_NUMBER" else self._frame(frame_node, keys)
        group = self._group(partition, keys, frame)
        return self._bound_call(call, name, group)

    def _group(
        self, partition: tuple[Expr, ...], keys: tuple[SortKey, ...], frame: Frame
    ) -> _Group:
        for group in self.groups:
            if group.is_over(partition, keys, frame):
                return group
        self.groups.append(_Group(partition, keys, frame, self.context.ids.new("s")))
        return self.groups[-1]

    def _bound_call(self, call: exp.Expr, name: str, group: _Group) -> Expr:
        nodes = list(call.expressions)
        if any(has_window(argument) for argument in nodes):
            raise self.context.refuse(call, "Aggregate expressions cannot be nested")
        star = any(isinstance(argument, exp.Star) for argument in nodes)
        arguments = () if star else tuple(self.inner.bind(argument) for argument in nodes)
        known = AGGREGATES.get(name) or OVER_FUNCTIONS.get(name) or ORDERED[name]
        least, most = known.counts
        if (star and name != "COUNT") or (not star and not least <= len(nodes) <= most):
            raise self.context.refuse(call, f"Invalid number of arguments to function '{name}'")
        try:
            if name in AGGREGATES:
                bound = self._aggregate(call, name, arguments, star, group)
            elif name in OVER_FUNCTIONS:
                bound = self._over_function(name, arguments, group)
            else:
                return self._python_call(name, arguments, group)
        except Refused as refusal:
            raise self.context.refuse(call, str(refusal)) from refusal
        for made in group.calls:
            if made.bound.sql == bound.sql and made.bound.type == bound.type:
                return column(made.output.id, made.output.type)
        nullable = any(a.type.nullable for a in arguments)
        return self._added(name, bound, group, (), nullable)

    def _added(
        self,
        name: str,
        bound: Expr,
        group: _Group,
        arguments: tuple[Expr, ...],
        nullable: bool = True,
    ) -> Expr:
        number = sum(len(known.calls) for known in self.groups)
        output = Field(self.context.ids.new(), f"w0$o{number}", bound.type)
        group.calls.append(OverCall(name, bound, output, arguments, nullable))
        return column(output.id, output.type)

    def _aggregate(
        self, node: exp.Expr, name: str, arguments: tuple[Expr, ...], star: bool, group: _Group
    ) -> Expr:
        bound = AGGREGATES[name].bind(
            AggregateCall(
                name=name,
                arguments=arguments,
                distinct=bool(node.meta.get("distinct")),
                star=star,
                condition=None,
                order=quote(group.order),
                grouped=True,
                window=WINDOW,
            )
        )
        if WINDOW not in bound.sql:
            raise not_emulated(f"{name} over a window of rows")
        if name == "COUNT" or name in ("STDDEV", "STDDEV_SAMP", "VARIANCE", "VAR_SAMP"):
            return bound
        # A window always has a row, the current one; a sample of one row has no deviation.
        return bound.typed(bound.type.with_null(any(a.type.nullable for a in arguments)))

    def _over_function(self, name: str, arguments: tuple[Expr, ...], group: _Group) -> Expr:
        batch = self.context.session.snapshot
        made = OVER_FUNCTIONS[name].bind(
            OverFunctionCall(name, arguments, quote(group.order), batch)
        )
        if not made.helper:
            return made.bound
        helper = next((i for i, sql in group.helpers if sql == made.helper), None)
        if helper is None:
            helper = self.context.ids.new("h")
            group.helpers.append((helper, made.helper))
        return replace(made.bound, sql=made.bound.sql.replace("{helper}", quote(helper)))

    def _python_call(self, name: str, arguments: tuple[Expr, ...], group: _Group) -> Expr:
        if group.frame.lower is not None or group.frame.upper != "CURRENT ROW":
            raise not_emulated(f"{name} over anything but all rows up to the current one")
        t = ORDERED[name].result(arguments)
        text = f"{name}({', '.join(a.text for a in arguments)})"
        columns = frozenset[str]().union(*(a.columns for a in arguments))
        for made in group.calls:
            if made.in_python and made.bound.text == text:
                return column(made.output.id, made.output.type)
        return self._added(name, Expr("", t, text, columns), group, arguments)

    def meet_the_rest(
        self, select: exp.Select, binder: ExpressionBinder, names: list[str], bound: list[Expr]
    ) -> None:
        """Bind what else may call functions over windows: QUALIFY and ORDER BY.

        QUALIFY knows the names of the list.
        """
        aliases = dict(zip(names, bound, strict=True))
        self.computed = any(e.column is None for e in bound)

        def before(node: exp.Expr) -> Expr | None:
            if isinstance(node, exp.Column) and len(node.parts) == 1 and node.name in aliases:
                return aliases[node.name]
            return self.before(node)

        if (qualify := select.args.get("qualify")) is not None:
            self.qualifier, self.computed = self.binder(before), True
            self.conditions = conjuncts(qualify.this)
            for part in self.conditions:
                self.qualifier.condition(part, "QUALIFY")
        order = select.args.get("order")
        for item in order.expressions if order is not None else ():
            if has_window(item.this):
                binder.bind(item.this)

    # -- the operator --------------------------------------------------------------------------

    def over(self, source: Relation) -> Relation:
        """Return the operators for the calls known by now, one window above the other."""
        times = {f.id for f in source.fields if f.time_attribute}
        for group in self.groups:
            first = group.keys[0] if group.keys else None
            time = first.expression.column if first is not None else None
            source = Over(
                input=source,
                partition=group.partition,
                keys=group.keys,
                frame=group.frame,
                calls=tuple(group.calls),
                helpers=tuple(group.helpers),
                order=(group.order,),
                row=self.context.ids.new("r"),
                time=time if time in times else None,
                windows=len(self.groups),
                whole=not self.computed,
            )
        if not self.conditions:
            return source
        source, rest = restricted(self.context, source, self.qualifier, self.conditions, "QUALIFY")
        return source if rest is None else Filter(source, rest)


def select_windows(
    context: Context,
    select: exp.Select,
    items: list[tuple[str, exp.Expr]],
    scope: Scope,
    base: Before,
) -> Windows | None:
    """Return what binds the calls over windows of a SELECT; None if it has none."""
    order, qualify = select.args.get("order"), select.args.get("qualify")
    nodes = [node for _, node in items]
    nodes += [item.this for item in order.expressions] if order is not None else []
    if qualify is None and not any(has_window(node) for node in nodes):
        return None
    if qualify is not None and not any(has_window(node) for node in (qualify.this, *nodes)):
        written = context.written(qualify.this)
        raise context.refuse(
            qualify.this, f"QUALIFY expression '{written}' must contain a window function"
        )
    return Windows(context, select, base, lambda before: context.expressions(scope, before))
