"""Window functions and their arguments, and GROUP BY over them.

Source: facts/flink-sql-ai.md 6.3, 6.4; the wordings beyond those were asked of Apache Flink 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.relations import Aggregate, Field, Relation
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.type_rules import plain
from runthrough.emulator.flink.bind.window_columns import window_columns
from runthrough.emulator.flink.bind.window_relations import (
    WindowAggregate,
    WindowKind,
    WindowSpec,
    WindowTable,
)
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.parse.windows import Argument, Descriptor, TableArgument
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType, summary, timestamp

BindTable = Callable[[exp.Expr], Relation]


@dataclass(frozen=True)
class _Signature:
    """The arguments of one window function.

    Attributes:
        names: in their order; the last `optional` ones may be left out.
        form: how a refusal prints the function.
    """

    names: tuple[str, ...]
    optional: int
    form: str


_HEAD = "TABLE table_name, DESCRIPTOR(timecol)"
_SIGNATURES: dict[str, _Signature] = {
    "TUMBLE": _Signature(
        ("DATA", "TIMECOL", "SIZE", "OFFSET"),
        1,
        f"TUMBLE({_HEAD}, datetime interval[, datetime interval])",
    ),
    "HOP": _Signature(
        ("DATA", "TIMECOL", "SLIDE", "SIZE", "OFFSET"),
        1,
        f"HOP({_HEAD}, datetime interval, datetime interval[, datetime interval])",
    ),
    "CUMULATE": _Signature(
        ("DATA", "TIMECOL", "STEP", "SIZE", "OFFSET"),
        1,
        f"CUMULATE({_HEAD}, datetime interval, datetime interval[, datetime interval])",
    ),
    "SESSION": _Signature(("DATA", "TIMECOL", "GAP"), 0, f"SESSION({_HEAD}, datetime interval)"),
}


def bind_window(context: Context, node: exp.Anonymous, table: BindTable) -> WindowTable:
    """Return a window function over its table; `table` binds an item of FROM.

    Raises:
        SqlError: wrong arguments, or a time column that has no watermark.
    """
    return _WindowBinder(context, node, table).bind()


class _WindowBinder:
    """Binds one call of a window function."""

    def __init__(self, context: Context, node: exp.Anonymous, table: BindTable) -> None:
        self.context = context
        self.node = node
        self.call: exp.Var = node.meta["call"]
        self.table = table
        self.name = str(node.this)
        self.signature = _SIGNATURES[self.name]

    def bind(self) -> WindowTable:
        self._check_expressions()
        arguments = self._arranged()
        source, time = arguments["DATA"].value, arguments["TIMECOL"].value
        if not isinstance(source, TableArgument) or not isinstance(time, Descriptor):
            raise self.context.refuse(
                self.call,
                f"Cannot apply '{self.name}' to these arguments. "
                f"Supported form(s): {self.signature.form}",
            )
        rows = self.table(source.item)
        if source.partition and self.name != "SESSION":
            raise self.context.refuse(
                self.call,
                "Only tables with set semantics may be partitioned. Invalid PARTITION BY clause "
                f"in the 0-th operand of table function '{self.name}'",
            )
        if source.ordered:
            raise SqlError("Session window TVF doesn't support order by clause.")
        partition = tuple(self._named(rows, one).id for one in source.partition)
        timed = self._named(rows, time.columns[0])
        lengths = {
            name: self._interval(argument, rows)
            for name, argument in arguments.items()
            if name not in ("DATA", "TIMECOL")
        }
        spec = self._spec(self._checked_time(timed), self._milliseconds(lengths))
        return WindowTable(
            rows, spec, timed.id, partition, self._bounds(timed), self.context.session.snapshot
        )

    # -- arguments -----------------------------------------------------------------------------

    def _arranged(self) -> dict[str, Argument]:
        """Return the arguments by name."""
        given: tuple[Argument, ...] = self.node.meta["arguments"]
        names = self.signature.names
        required = len(names) - self.signature.optional
        named = [argument.name for argument in given if argument.name is not None]
        if named and len(named) != len(given):
            raise self.context.refuse(self.call, "Named and positional arguments cannot be mixed")
        found = {
            argument.name or names[min(place, len(names) - 1)]: argument
            for place, argument in enumerate(given)
        }
        right = required <= len(given) <= len(names) and len(found) == len(given)
        if not right or not set(names[:required]) <= found.keys() <= set(names):
            raise self.context.refuse(
                self.call,
                f"Invalid number of arguments to function '{self.name}'. "
                f"Was expecting {required} arguments",
            )
        return found

    def _check_expressions(self) -> None:
        """Refuse expressions that name columns: `ts` in place of `DESCRIPTOR(ts)`."""
        binder = self.context.expressions(Scope())
        for argument in self.node.meta["arguments"]:
            if isinstance(argument.value, exp.Expr):
                binder.bind(argument.value)

    def _named(self, rows: Relation, column: exp.Identifier) -> Field:
        for f in rows.fields:
            if f.name == column.name:
                return f
        raise self.context.refuse(column, f"Unknown identifier '{column.name}'")

    def _interval(self, argument: Argument, rows: Relation) -> Expr:
        value = argument.value
        if not isinstance(value, exp.Expr):
            raise self._cannot_apply(rows, "<COLUMN_LIST>")
        bound = self.context.expressions(Scope()).bind(value)
        if not bound.type.root.startswith("INTERVAL"):
            raise self._cannot_apply(rows, f"<{plain(bound.type)}>")
        return bound

    def _cannot_apply(self, rows: Relation, given: str) -> SqlError:
        columns = ", ".join(
            f"{_record_type(f)} {f.name.upper()}" for f in rows.fields if not f.hidden
        )
        return self.context.refuse(
            self.call,
            f"Cannot apply '{self.name}' to arguments of type '{self.name}("
            f"<RECORDTYPE({columns})>, <COLUMN_LIST>, {given})'. "
            f"Supported form(s): {self.signature.form}",
        )

    def _checked_time(self, time: Field) -> Field:
        root = time.type.root
        if root not in ("TIMESTAMP", "TIMESTAMP_LTZ"):
            raise Refused(
                f"The window function {self.signature.form} requires the timecol to be TIMESTAMP "
                f"or TIMESTAMP_LTZ, but is {plain(time.type)}."
            )
        if not time.time_attribute and not self.context.session.snapshot:
            raise SqlError(
                "The window function requires the timecol is a time attribute type, but is "
                f"{plain(time.type)}."
            )
        return time

    # -- sizes ---------------------------------------------------------------------------------

    def _milliseconds(self, lengths: dict[str, Expr]) -> dict[str, int]:
        found = {}
        for name, length in lengths.items():
            if length.type.root == "INTERVAL_YEAR_MONTH":
                raise SqlError(
                    "Window aggregate only support SECOND, MINUTE, HOUR, DAY as the time unit. "
                    "MONTH and YEAR time unit are not supported yet."
                )
            if length.duration is None:
                raise SqlError("Only constant window descriptors are supported.")
            found[name] = length.duration // 1000
        return found

    def _spec(self, time: Field, lengths: dict[str, int]) -> WindowSpec:
        kind: WindowKind = self.name  # type: ignore[assignment]
        size = lengths.get("GAP", lengths.get("SIZE", 0))
        slide = lengths.get("SLIDE", lengths.get("STEP", 0))
        offset = lengths.get("OFFSET", 0)
        ltz = time.type.root == "TIMESTAMP_LTZ"
        spec = WindowSpec(
            kind, size, slide, offset, self.context.session.time_zone if ltz else None
        )
        if (refusal := refused_size(spec)) is not None:
            raise SqlError(refusal)
        return spec

    def _bounds(self, time: Field) -> tuple[Field, Field, Field]:
        ids = self.context.ids
        bound = timestamp(3).not_null()
        own = FlinkType(time.type.root, False, precision=3)
        return (
            Field(ids.new(), "window_start", bound),
            Field(ids.new(), "window_end", bound),
            Field(ids.new(), "window_time", own, time_attribute=time.time_attribute),
        )


def refused_size(spec: WindowSpec) -> str | None:
    """Return why Flink refuses windows of these sizes; None if it takes them."""
    size, slide = spec.size, spec.slide
    match spec.kind:
        case "TUMBLE" if size <= 0:
            return (
                "TUMBLE table function based aggregate requires size to be positive, "
                f"but got {size} ms."
            )
        case "HOP" if size <= 0 or slide <= 0:
            return (
                "HOP table function based aggregate requires slide and size to be positive, "
                f"but got slide {slide} ms and size {size} ms."
            )
        case "CUMULATE" if size <= 0 or slide <= 0:
            return (
                "CUMULATE table function based aggregate requires maxSize and step to be "
                f"positive, but got maxSize {size} ms and step {slide} ms."
            )
        case "CUMULATE" if size % slide:
            return (
                "CUMULATE table function based aggregate requires maxSize must be an integral "
                f"multiple of step, but got maxSize {size} ms and step {slide} ms."
            )
        case "SESSION" if size <= 0:
            return (
                "SESSION table function based aggregate requires gap to be positive, "
                f"but got gap {size} ms."
            )
    if spec.kind == "TUMBLE" and abs(spec.offset) >= size:
        return (
            f"{spec.kind} table function parameters must satisfy abs(offset) < size, "
            f"but got size {size} ms and offset {spec.offset} ms."
        )
    return None


def _record_type(f: Field) -> str:
    # Time attributes are printed in their own way.
    return f"{summary(f.type.or_null())} *ROWTIME*" if f.time_attribute else plain(f.type)


# -- GROUP BY --------------------------------------------------------------------------------------


def grouped(context: Context, aggregate: Aggregate) -> Relation:
    """Return an aggregate, by windows if it groups by both bounds (facts 5.2, rows 17-19).

    Raises:
        SqlError: HOP with a size that is no multiple of its slide.
    """
    window = window_columns(aggregate.input)
    # Of several groupings all must be by the window.
    everywhere = set(range(len(aggregate.groups))).intersection(*aggregate.sets)
    groups = {
        e.column: aggregate.fields[place]
        for place, e in enumerate(aggregate.groups)
        if place in everywhere or not aggregate.sets
    }
    if context.session.snapshot or window is None:
        return aggregate
    ends = [f for column, f in groups.items() if column in window.ends]
    if not ends or not window.starts & groups.keys():
        return aggregate
    spec = window.spec
    keys = groups.keys() - window.starts - window.ends - window.times
    if spec.kind == "SESSION" and keys != window.partition:
        return aggregate
    if spec.kind == "HOP" and spec.size % spec.slide:
        raise SqlError(
            "HOP table function based aggregate requires size must be an integral multiple of "
            f"slide, but got size {spec.size} ms and slide {spec.slide} ms"
        )
    times = {f.id for column, f in groups.items() if column in window.times}
    fields = tuple(replace(f, time_attribute=f.id in times) for f in aggregate.fields)
    return WindowAggregate(aggregate, window, fields, ends[0].id, (context.ids.new("s"),))
