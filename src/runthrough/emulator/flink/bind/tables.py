"""Tables as a query reads them: physical, metadata and computed columns, watermark, `$rowtime`.

Sources: facts/flink-sql-ai.md 1.3 (columns, metadata keys, watermarks); the wording of what is
refused is Apache Flink 2.3's, unless a docstring says otherwise. A computed column may use
physical and metadata columns, a watermark all of them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.expressions import ExpressionBinder
from runthrough.emulator.flink.bind.relations import Field, Project, Relation, Scan
from runthrough.emulator.flink.bind.scope import Range, Scope
from runthrough.emulator.flink.catalog import Column, Table, relation_names
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated, position
from runthrough.emulator.flink.parse.syntax import ColumnDefinition, WatermarkDefinition
from runthrough.emulator.flink.parse.written import canonical, read_expression
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.external_options import is_external, refused_use
from runthrough.emulator.flink.types import (
    BIGINT,
    BYTES,
    INT,
    ROWTIME,
    STRING,
    FlinkType,
    summary,
)

ROWTIME_COLUMN = "$rowtime"
SOURCE_WATERMARK = "`SOURCE_WATERMARK`()"
"""The default strategy, as DESCRIBE EXTENDED prints it (facts 1.3)."""

METADATA: dict[str, FlinkType] = {
    "headers": FlinkType("MAP", False, key=BYTES.not_null(), value=BYTES.not_null()),
    "leader-epoch": INT,
    "offset": BIGINT.not_null(),
    "partition": INT.not_null(),
    "raw-key": BYTES.not_null(),
    "raw-value": BYTES.not_null(),
    "timestamp": ROWTIME,
    "timestamp-type": STRING.not_null(),
    "topic": STRING.not_null(),
}
"""The metadata keys and their types (facts 1.3)."""

WRITABLE = ("headers", "timestamp")


@dataclass(frozen=True)
class ColumnScope(Scope):
    """The columns that an expression inside CREATE TABLE may name."""

    def _not_found(self, parts: tuple[str, ...]) -> str:
        return f"Unknown identifier '{'.'.join(parts)}'"


# -- reading ---------------------------------------------------------------------------------------


def scan(context: Context, table: Table) -> Relation:
    """Return a table's rows. Hidden among them: `$rowtime`.

    The column of the watermark is the time attribute; with a watermark declared on another
    column, `$rowtime` is a plain one.
    """
    if is_external(table):
        raise refused_use(table)
    timed = table.watermark[0] if table.watermark else ROWTIME_COLUMN
    fields = tuple(
        Field(context.ids.new(), c.name, c.type, time_attribute=c.name == timed)
        for c in table.columns
        if c.kind != "computed"
    )
    rowtime = Field(
        context.ids.new(),
        ROWTIME_COLUMN,
        ROWTIME,
        hidden=True,
        time_attribute=timed == ROWTIME_COLUMN,
    )
    source = context.source(table, _watermark_sql(context, table))
    order, wm = (context.ids.new("s"),), (context.ids.new("w"),)
    rows = Scan(source.relation, table, (*fields, rowtime), order, wm)
    if len(fields) == len(table.columns):
        return rows
    return _with_computed(context, table, rows, timed)


def _with_computed(context: Context, table: Table, rows: Scan, timed: str) -> Project:
    stored = {f.name: f for f in rows.fields}
    fields, items = [], []
    for c in table.columns:
        if c.kind == "computed":
            fields.append(Field(context.ids.new(), c.name, c.type, time_attribute=c.name == timed))
            items.append(_bound(context, c.expression or "", rows.fields))
        else:
            known = stored[c.name]
            fields.append(replace(known, id=context.ids.new()))
            items.append(column(known.id, known.type))
    rowtime = rows.fields[-1]
    fields.append(replace(rowtime, id=context.ids.new()))
    items.append(column(rowtime.id, rowtime.type))
    return Project(rows, tuple(fields), tuple(items))


def _bound(context: Context, text: str, fields: Sequence[Field]) -> Expr:
    """Bind the text of a computed column over a table's stored columns."""
    return _binder(replace(context, sql=text), fields, {}).bind(read_expression(text))


def _binder(
    context: Context, fields: Sequence[Field], computed: dict[str, Expr]
) -> ExpressionBinder:
    def inlined(node: exp.Expr) -> Expr | None:
        if isinstance(node, exp.Column) and len(node.parts) == 1:
            return computed.get(node.name)
        return None

    scope = ColumnScope((Range((), tuple(fields)),))
    return context.expressions(scope, inlined)


def _watermark_sql(context: Context, table: Table) -> str | None:
    """Return DuckDB text over the source's relation for the declared watermark, in ms."""
    if table.watermark is None or table.watermark[1] == SOURCE_WATERMARK:
        return None
    names = relation_names(table)
    fields = [Field(names[c.name], c.name, c.type) for c in table.columns if c.kind != "computed"]
    fields.append(Field(ROWTIME_COLUMN, ROWTIME_COLUMN, ROWTIME))
    computed = {
        c.name: _bound(context, c.expression, fields) for c in table.columns if c.expression
    }
    text = table.watermark[1]
    binder = _binder(replace(context, sql=text), fields, computed)
    return f"epoch_ms({binder.bind(read_expression(text)).sql})"


# -- declaring -------------------------------------------------------------------------------------


def declared_columns(
    context: Context,
    definitions: Sequence[ColumnDefinition],
    base: Sequence[Column] = (),
    *,
    not_null: Collection[str] = (),
) -> list[Column]:
    """Return the columns that definitions with types or expressions declare.

    Args:
        context: of the statement.
        definitions: in the statement's order.
        base: columns the table has beside them, for computed ones to use.
        not_null: names of columns that are NOT NULL whatever they say: those of the key.

    Raises:
        SqlError: an expression, type or metadata key that Flink refuses.
    """
    stored = [_stored(context, d) for d in definitions if d.expression is None]
    stored = [replace(c, type=c.type.not_null()) if c.name in not_null else c for c in stored]
    fields = [Field(c.name, c.name, c.type) for c in (*base, *stored) if c.kind != "computed"]
    fields.append(Field(ROWTIME_COLUMN, ROWTIME_COLUMN, ROWTIME))
    binder = _binder(context, fields, {})
    by_name = {c.name: c for c in stored}
    return [_computed(context, d, binder) if d.expression else by_name[d.name] for d in definitions]


def _stored(context: Context, definition: ColumnDefinition) -> Column:
    if definition.type is None:
        raise SqlError(f"SQL validation failed. Column '{definition.name}' has no type.")
    if not definition.metadata:
        return Column(definition.name, definition.type, comment=definition.comment)
    declared = Column(
        definition.name,
        definition.type,
        "metadata",
        metadata_key=definition.metadata_key,
        virtual=definition.virtual,
        comment=definition.comment,
    )
    _check_metadata(context, declared)
    return declared


def _check_metadata(context: Context, declared: Column) -> None:
    """Check key, type and VIRTUAL of a metadata column (facts 1.3).

    Flink checks them where the table is read or written, Confluent Cloud when it is made; the
    wording is Flink's but for the name of the table.
    """
    key = declared.metadata_key or declared.name
    if key not in METADATA:
        raise SqlError(_unknown_key(declared, key, "reading", sorted(METADATA)))
    if not declared.virtual and key not in WRITABLE:
        raise SqlError(
            _unknown_key(declared, key, "writing", WRITABLE)
            + f"\n\nColumn '{declared.name}' is read-only: declare it VIRTUAL."
        )
    try:
        if declared.type.root != "MAP":
            cast(column("m", METADATA[key]), declared.type, context.session.time_zone)
        fits = (declared.type.root == "MAP") == (key == "headers") and _fits_headers(declared.type)
    except (Refused, SqlError):
        fits = False
    if not fits:
        raise SqlError(
            f"Invalid data type for metadata column '{declared.name}'. The column cannot be "
            f"declared as '{summary(declared.type)}' because the type must be castable from "
            f"metadata type '{summary(METADATA[key])}'."
        )


def _fits_headers(t: FlinkType) -> bool:
    parts = [part for part in (t.key, t.value) if part is not None]
    return all(part.root in ("CHAR", "VARCHAR", "BINARY", "VARBINARY") for part in parts)


def _unknown_key(declared: Column, key: str, use: str, known: Sequence[str]) -> str:
    return (
        f"Invalid metadata key '{key}' in column '{declared.name}'. The connector 'confluent' "
        f"supports the following metadata keys for {use}:\n" + "\n".join(known)
    )


def _computed(context: Context, definition: ColumnDefinition, binder: ExpressionBinder) -> Column:
    expression = definition.expression
    if expression is None:
        raise ValueError(f"{definition.name} is no computed column")
    t = binder.bind(expression).type
    text = canonical(expression, context.sql)
    return Column(definition.name, t, "computed", expression=text, comment=definition.comment)


def declared_watermark(
    context: Context, definition: WatermarkDefinition, columns: Sequence[Column]
) -> tuple[str, str] | None:
    """Return the column and the text of a watermark; None for the default strategy.

    Raises:
        SqlError: there is no such column, or it or the expression is no TIMESTAMP(p <= 3) or
            TIMESTAMP_LTZ(p <= 3).
    """
    types = {c.name: c.type for c in columns} | {ROWTIME_COLUMN: ROWTIME}
    name = definition.column
    if "." in name and name not in types:
        raise SqlError(
            f"Invalid column name '{name}' for rowtime attribute in watermark declaration. "
            f"Available columns are: [{', '.join(c.name for c in columns)}]"
        )
    if name not in types:
        at = position(context.sql, definition.span.start)
        available = ", ".join(f"'{c.name}'" for c in columns)
        raise SqlError(
            f"The rowtime attribute field '{name}' is not defined in the "
            f"table schema, at line {at.line}, column {at.column}\n"
            f"Available fields: [{available}]"
        )
    if not _is_time(types[name]):
        raise SqlError(_not_time("time field", "time field", types[name]))
    if _is_source_watermark(definition.expression):
        return _default(columns, name)
    t = _watermark_type(context, definition.expression, columns)
    if not _is_time(t):
        raise SqlError(_not_time("expression", "watermark expression", t))
    return name, canonical(definition.expression, context.sql)


def _watermark_type(context: Context, node: exp.Expr, columns: Sequence[Column]) -> FlinkType:
    fields = [Field(c.name, c.name, c.type) for c in columns]
    fields.append(Field(ROWTIME_COLUMN, ROWTIME_COLUMN, ROWTIME))
    return _binder(context, fields, {}).bind(node).type


def _is_time(t: FlinkType) -> bool:
    return t.root in ("TIMESTAMP", "TIMESTAMP_LTZ") and (t.precision or 0) <= 3


def _not_time(what: str, which: str, t: FlinkType) -> str:
    return (
        f"Invalid data type of {what} for watermark definition. The field "
        "must be of type TIMESTAMP(p) or TIMESTAMP_LTZ(p), the supported precision 'p' is from 0 "
        f"to 3, but the {which} type is {summary(t)}"
    )


def _is_source_watermark(node: exp.Expr) -> bool:
    named = isinstance(node, exp.Anonymous) and str(node.this).upper() == "SOURCE_WATERMARK"
    return named and not node.expressions


def _default(columns: Sequence[Column], name: str) -> tuple[str, str] | None:
    if name == ROWTIME_COLUMN:
        return None
    found = next(c for c in columns if c.name == name)
    if found.kind == "metadata" and (found.metadata_key or found.name) == "timestamp":
        return name, SOURCE_WATERMARK
    raise not_emulated("SOURCE_WATERMARK() on a column that is not the record's time")
