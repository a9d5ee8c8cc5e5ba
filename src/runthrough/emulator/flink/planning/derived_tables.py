"""CREATE TABLE … AS: the table a query makes.

Sources: facts/flink-sql-ai.md 1.4 (columns, mode and key); wording is Apache Flink 2.3's.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.literals import null
from runthrough.emulator.flink.bind.tables import declared_columns, declared_watermark
from runthrough.emulator.flink.bind.type_rules import implicit
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.parse.syntax import ColumnDefinition, CreateTableStatement
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.query_plans import BoundQuery
from runthrough.emulator.flink.planning.table_options import mode_of
from runthrough.emulator.flink.planning.table_shape import (
    Shape,
    check_columns,
    key_name,
    primary_key,
    table_of,
)
from runthrough.emulator.flink.types import summary


def derived_table(
    context: Context,
    statement: CreateTableStatement,
    path: tuple[str, str, str],
    query: BoundQuery,
) -> tuple[Table, BoundQuery]:
    """Return the table of a CTAS, and its query with the columns that are written.

    Raises:
        SqlError: the columns declared do not go with those of the query.
    """
    columns = _columns(context, statement, query)
    check_columns(columns)
    written = [c for c in columns if c.kind != "computed" and not c.virtual]
    shaped = _written(context, written, query)
    key, mode = _key_and_mode(context, statement, columns, shaped)
    watermark = None
    if statement.watermark is not None:
        watermark = declared_watermark(context, statement.watermark, columns)
    shape = Shape(
        columns=tuple(columns),
        options=statement.options,
        key=key,
        key_name=statement.key.constraint if statement.key else None,
        watermark=watermark,
        distributed_by=statement.distributed_by or (),
        buckets=statement.buckets,
        comment=statement.comment,
        ordered=statement.key is not None,
    )
    return table_of(path, shape, mode), shaped


def _key_and_mode(
    context: Context,
    statement: CreateTableStatement,
    columns: Sequence[Column],
    query: BoundQuery,
) -> tuple[tuple[str, ...], Mode]:
    """Return key and mode by the rule of facts 1.4."""
    key = primary_key(context, statement.key, columns)
    by_name = {c.name: c for c in columns}
    for name in key:
        if by_name[name].type.nullable and statement.key:
            label = key_name(statement.key)
            raise SqlError(f"Invalid primary key '{label}'. Column '{name}' is nullable.")
    mode = mode_of(statement.options)
    if mode is not None:
        return key, mode
    if key:
        return key, "upsert"
    if query.changes.insert_only:
        return (), "append"
    names = query.key_names()
    usable = bool(names) and not any(
        by_name[name].type.nullable or by_name[name].kind != "physical" for name in names
    )
    if usable and statement.distributed_by and set(statement.distributed_by) != set(names):
        usable = False
    return (names, "upsert") if usable else ((), "retract")


# -- columns ---------------------------------------------------------------------------------------


def _columns(context: Context, statement: CreateTableStatement, query: BoundQuery) -> list[Column]:
    """Return the table's columns: those declared beside the query's first, then the query's."""
    if not statement.columns:
        return list(query.columns)
    if statement.columns[0].named_alone:
        return _reordered(statement.columns, query)
    _check_twice(statement.columns)
    produced = {c.name: c for c in query.columns}
    own = {d.name for d in statement.columns}
    keys = statement.key.columns if statement.key else ()
    base = [c for c in query.columns if c.name not in own]
    declared = declared_columns(context, statement.columns, base, not_null=keys)
    for number, c in enumerate(declared, start=1):
        _check_against(c, number, produced.get(c.name))
    by_name = {c.name: c for c in declared}
    added = [c for c in declared if c.name not in produced]
    return added + [by_name.get(c.name, c) for c in query.columns]


def _check_against(declared: Column, number: int, produced: Column | None) -> None:
    """Check a declared column against the query's column of that name, if it has one."""
    if declared.kind == "computed" or declared.virtual:
        if produced is not None:
            kind = "Computed" if declared.kind == "computed" else "Virtual metadata"
            raise SqlError(
                f"A column named '{declared.name}' already exists in the source schema. {kind} "
                "columns cannot overwrite columns from source."
            )
        return
    if produced is None:
        if not declared.type.nullable:
            raise SqlError(
                f"Column '{declared.name}' has no default value and does not allow NULLs."
            )
        return
    loses_null = produced.type.nullable and not declared.type.nullable
    if loses_null or not implicit(produced.type, declared.type):
        raise SqlError(
            f"Incompatible types for sink column '{declared.name}' at position {number}. The "
            f"source column has type '{summary(produced.type)}', while the target column has type "
            f"'{summary(declared.type)}'."
        )


def _check_twice(definitions: Sequence[ColumnDefinition]) -> None:
    names = [d.name for d in definitions]
    for name in names:
        if names.count(name) > 1:
            raise SqlError(f"A column named '{name}' already exists in the schema. ")


def _reordered(names: Sequence[ColumnDefinition], query: BoundQuery) -> list[Column]:
    produced = {c.name: c for c in query.columns}
    for definition in names:
        if definition.name not in produced and len(names) == len(produced):
            raise SqlError(f"Column '{definition.name}' not found in the source schema.")
    if sorted(d.name for d in names) != sorted(produced):
        raise SqlError(
            "The number of columns in the column list must match the number of columns in the "
            "source schema."
        )
    return [produced[d.name] for d in names]


def _written(context: Context, columns: Sequence[Column], query: BoundQuery) -> BoundQuery:
    """Return the query with the columns that are written, NULL where it has none."""
    if [(c.name, c.type) for c in columns] == [(c.name, c.type) for c in query.columns]:
        return query
    produced = {c.name: e for c, e in zip(query.columns, query.references(), strict=True)}
    zone = context.session.time_zone
    items: list[Expr] = []
    for c in columns:
        value = produced.get(c.name)
        if value is None:
            items.append(cast(null(), c.type.or_null(), zone))
        else:
            items.append(_retyped(value, c, zone))
    return query.reshaped([c.name for c in columns], items)


def _retyped(value: Expr, column: Column, zone: str) -> Expr:
    if replace(value.type, nullable=True) == replace(column.type, nullable=True):
        return value
    return cast(value, column.type, zone)
