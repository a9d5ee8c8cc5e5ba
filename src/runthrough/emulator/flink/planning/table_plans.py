"""CREATE TABLE, CREATE TABLE … AS, INSERT and ALTER TABLE, planned.

Sources: facts/flink-sql-ai.md 1.3-1.6, 5.4, 5.5. Where no source knows Confluent's wording (an
upsert table without key, a distribution that is not the key) the text is ours.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.literals import null
from runthrough.emulator.flink.bind.tables import (
    ROWTIME_COLUMN,
    declared_columns,
    declared_watermark,
)
from runthrough.emulator.flink.bind.type_rules import implicit
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.parse.refusals import position
from runthrough.emulator.flink.parse.syntax import (
    AlterTableStatement,
    ColumnDefinition,
    CreateTableStatement,
    InsertStatement,
    KeyDefinition,
    Name,
)
from runthrough.emulator.flink.plan import AlterTable, CreateTable, Insert, Query, SqlError
from runthrough.emulator.flink.planning.query_plans import BoundQuery, bind_query, into_table
from runthrough.emulator.flink.planning.table_options import (
    DEFAULTS,
    MODE,
    check_keys,
    kept,
    mode_of,
)
from runthrough.emulator.flink.types import summary

DEFAULT_BUCKETS = 6


def full_path(context: Context, name: Name) -> tuple[str, str, str]:
    """Return the display names of an object's catalog and database, and its name.

    Raises:
        SqlError: the name is not qualified and the session has no catalog or database.
    """
    session = context.session
    if len(name.parts) == 3:
        session = replace(session, catalog=name.parts[0], database=name.parts[1])
    elif len(name.parts) == 2:
        session = replace(session, database=name.parts[0])
    catalog, database = context.catalog.context(session)
    if not catalog:
        raise SqlError(
            "A current catalog has not been set. Please use a fully qualified identifier (such as "
            "'my_catalog.my_database.my_table') or set a current catalog using "
            "'USE CATALOG my_catalog'."
        )
    if not database:
        raise SqlError(
            "A current database has not been set. Please use a fully qualified identifier (such "
            "as 'my_database.my_table' or 'my_catalog.my_database.my_table') or set a current "
            "database using 'USE my_database'."
        )
    return catalog, database, name.parts[-1]


def existing_table(context: Context, name: Name) -> Table:
    """Return a table. Raises SqlError if there is none."""
    table = context.catalog.table(name.parts, context.session)
    if table is None:
        path = ".".join(full_path(context, name))
        raise SqlError(f"Table with identifier '{path}' does not exist.")
    return table


# -- CREATE TABLE ----------------------------------------------------------------------------------


def create_table(context: Context, statement: CreateTableStatement) -> CreateTable:
    """Plan CREATE TABLE, with or without a query. Raises SqlError at what is refused."""
    path = full_path(context, statement.name)
    if statement.query is None:
        table = _declared(context, statement, path)
        return CreateTable(table, if_not_exists=statement.if_not_exists)
    query = _with_columns(context, statement, bind_query(context, statement.query))
    _check_storable(query.columns)
    table = _derived(context, statement, path, query)
    return CreateTable(table, into_table(query, table), statement.if_not_exists)


def _declared(
    context: Context, statement: CreateTableStatement, path: tuple[str, str, str]
) -> Table:
    if not statement.columns:
        raise SqlError("SQL validation failed. A table needs at least one column or a query.")
    columns = declared_columns(context, statement.columns)
    _check_names(columns)
    key = _primary_key(context, statement.key, columns)
    named = [replace(c, type=c.type.not_null()) if c.name in key else c for c in columns]
    mode = mode_of(statement.options) or ("upsert" if key else "append")
    watermark = None
    if statement.watermark is not None:
        watermark = declared_watermark(context, statement.watermark, named)
    return replace(_table(statement, path, named, key, mode), watermark=watermark)


def _derived(
    context: Context,
    statement: CreateTableStatement,
    path: tuple[str, str, str],
    query: BoundQuery,
) -> Table:
    """Return the table of a CTAS: mode and key by the rule of facts 1.4."""
    columns = list(query.columns)
    _check_names(columns)
    key = _primary_key(context, statement.key, columns)
    by_name = {c.name: c for c in columns}
    for name in key:
        if by_name[name].type.nullable:
            constraint = statement.key.constraint if statement.key else None
            label = constraint or "PK_" + "_".join(key)
            raise SqlError(f"Invalid primary key '{label}'. Column '{name}' is nullable.")
    mode = mode_of(statement.options)
    if mode is None and key:
        mode = "upsert"
    if mode is None and not query.changes.insert_only:
        names = query.key_names()
        usable = bool(names) and not any(by_name[name].type.nullable for name in names)
        mode, key = ("upsert", names) if usable else ("retract", ())
    return _table(statement, path, columns, key, mode or "append", derived=statement.key is None)


def _table(
    statement: CreateTableStatement,
    path: tuple[str, str, str],
    columns: Sequence[Column],
    key: tuple[str, ...],
    mode: Mode,
    *,
    derived: bool = False,
) -> Table:
    names = [c.name for c in columns if c.kind == "physical"]
    distributed_by = statement.distributed_by or ()
    for name in distributed_by:
        if name not in names:
            raise SqlError(
                f"Invalid bucket key '{name}'. A bucket key for a distribution must reference a "
                f"physical column in the schema. Available columns: [{', '.join(names)}]"
            )
    if mode == "upsert" and not key:
        raise SqlError(
            f"Table '{path[2]}' cannot have 'changelog.mode' = 'upsert': it has no PRIMARY KEY."
        )
    if key and distributed_by:
        _check_distribution(mode, key, distributed_by)
    bucket_key = distributed_by or key
    if bucket_key and not derived and tuple(names[: len(bucket_key)]) != tuple(bucket_key):
        raise SqlError(
            "Key columns must appear at the beginning of the table schema. Also, DISTRIBUTED BY "
            "key names must be in the same order as the key schema columns."
        )
    return Table(
        path=path,
        columns=tuple(columns),
        mode=mode,
        primary_key=key,
        distributed_by=tuple(bucket_key),
        buckets=statement.buckets or DEFAULT_BUCKETS,
        options=kept(statement.options),
        comment=statement.comment,
    )


def _check_distribution(mode: Mode, key: tuple[str, ...], by: tuple[str, ...]) -> None:
    fits = set(by) == set(key) if mode == "upsert" else set(by) <= set(key)
    if not fits:
        wanted = "exactly the" if mode == "upsert" else "a part of the"
        raise SqlError(
            f"The DISTRIBUTED BY columns ({', '.join(by)}) of a table in {mode} mode must be "
            f"{wanted} PRIMARY KEY ({', '.join(key)})."
        )


def _check_names(columns: Sequence[Column]) -> None:
    seen: set[str] = set()
    for c in columns:
        if c.name == ROWTIME_COLUMN:
            raise SqlError(f"Column '{c.name}' is a system column: give it another name with AS.")
        if c.name in seen:
            raise SqlError(
                "SQL validation failed. A column named "
                f"'{c.name}' already exists in the base table."
            )
        seen.add(c.name)


def _primary_key(
    context: Context, key: KeyDefinition | None, columns: Sequence[Column]
) -> tuple[str, ...]:
    if key is None:
        return ()
    kinds = {c.name: c.kind for c in columns}
    for name, span in zip(key.columns, key.spans, strict=True):
        at = position(context.sql, span.start)
        if kinds.get(name, "physical") != "physical":
            raise SqlError(
                f"SQL validation failed. Could not create a PRIMARY KEY with column '{name}' at "
                f"line {at.line}, column {at.column}.\nA PRIMARY KEY constraint must be declared "
                "on physical columns."
            )
        if name not in kinds:
            raise SqlError(
                f"SQL validation failed. Primary key column '{name}' is not defined in the schema "
                f"at line {at.line}, column {at.column}"
            )
    return key.columns


def _check_storable(columns: Sequence[Column]) -> None:
    for c in columns:
        if c.type.root in ("NULL", "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME"):
            raise SqlError(
                f"Column '{c.name}' of type {summary(c.type)} cannot be stored: the type has no "
                "Avro, JSON Schema or Protobuf mapping. Cast it to another one."
            )


def _with_columns(
    context: Context, statement: CreateTableStatement, query: BoundQuery
) -> BoundQuery:
    """Return the query with the columns that CREATE TABLE (…) AS declares (facts 1.4)."""
    if not statement.columns:
        return query
    if all(c.type is None for c in statement.columns):
        return _reordered(context, statement.columns, query)
    if any(c.type is None for c in statement.columns):
        raise SqlError("SQL validation failed. Columns are either all named alone or all typed.")
    produced = {c.name: e for c, e in zip(query.columns, query.references(), strict=True)}
    typed = {c.name: c.type for c in statement.columns if c.type is not None}
    names, items = [], []
    for name, t in typed.items():
        if name not in produced:
            names.append(name)
            items.append(cast(null(), t.or_null(), context.session.time_zone))
    for name, value in produced.items():
        names.append(name)
        wanted = typed.get(name)
        if wanted is None:
            items.append(value)
            continue
        if not implicit(value.type, wanted):
            raise SqlError(
                f"Incompatible types for column '{name}': the query gives {summary(value.type)}, "
                f"the table has {summary(wanted)}."
            )
        items.append(cast(value, wanted, context.session.time_zone))
    return query.reshaped(names, items)


def _reordered(
    context: Context, columns: Sequence[ColumnDefinition], query: BoundQuery
) -> BoundQuery:
    produced = {c.name: e for c, e in zip(query.columns, query.references(), strict=True)}
    names = [c.name for c in columns]
    if sorted(names) != sorted(produced):
        raise SqlError(
            "The number of columns in the column list must match the number of columns in the "
            f"source schema: [{', '.join(names)}] and [{', '.join(produced)}]."
        )
    return query.reshaped(names, [produced[name] for name in names])


# -- INSERT ----------------------------------------------------------------------------------------


def insert(context: Context, statement: InsertStatement) -> Insert:
    """Plan INSERT INTO. Raises SqlError at what is refused."""
    table = context.catalog.table(statement.name.parts, context.session)
    if table is None:
        path = ".".join(f"`{part}`" for part in full_path(context, statement.name))
        raise SqlError(
            f"Cannot find table '{path}' in any of the catalogs, nor as a temporary table."
        )
    columns = [c for c in table.columns if c.kind != "computed" and not c.virtual]
    query = bind_query(context, statement.query)
    targets = _targets(context, statement, table, columns)
    if len(query.columns) != len(targets):
        raise _mismatch(table, "Different number of columns.", query, targets)
    return Insert(table, _written(context, table, columns, targets, query))


def _targets(
    context: Context, statement: InsertStatement, table: Table, columns: Sequence[Column]
) -> list[Column]:
    if statement.columns is None:
        return list(columns)
    by_name = {c.name: c for c in columns}
    targets = []
    for name, span in statement.columns:
        if name not in by_name:
            at = position(context.sql, span.start)
            raise SqlError(
                f"SQL validation failed. At line {at.line}, column {at.column}: "
                f"Unknown target column '{name}'"
            )
        targets.append(by_name[name])
    for column in columns:
        if column not in targets and not column.type.nullable:
            raise SqlError(
                f"SQL validation failed. Column '{column.name}' has no default value and does not "
                "allow NULLs"
            )
    return targets


def _written(
    context: Context,
    table: Table,
    columns: Sequence[Column],
    targets: Sequence[Column],
    query: BoundQuery,
) -> Query:
    given = dict(zip((c.name for c in targets), query.references(), strict=True))
    zone = context.session.time_zone
    items = []
    for target in columns:
        value = given.get(target.name)
        if value is None:
            items.append(cast(null(), target.type.or_null(), zone))
            continue
        if not implicit(value.type, target.type):
            place = targets.index(target) + 1
            cause = f"Incompatible types for sink column '{target.name}' at position {place}."
            raise _mismatch(table, cause, query, targets)
        items.append(_enforced(cast(value, target.type, zone), target))
    shaped = query.reshaped([c.name for c in columns], items)
    return into_table(shaped, table)


def _enforced(value: Expr, target: Column) -> Expr:
    """Return a value that stops the statement if it is NULL where the table has NOT NULL."""
    if target.type.nullable or not value.type.nullable:
        return value
    message = (
        f"Column '{target.name}' is NOT NULL, however, a null value is being written into it. "
        "You can set job configuration 'table.exec.sink.not-null-enforcer'='DROP' to suppress "
        "this exception and drop such records silently."
    )
    sql = f"CASE WHEN {value.sql} IS NULL THEN error({quote_text(message)}) ELSE {value.sql} END"
    return replace(value, sql=sql)


def _mismatch(table: Table, cause: str, query: BoundQuery, sink: Sequence[Column]) -> SqlError:
    def schema(columns: Sequence[Column]) -> str:
        return "[" + ", ".join(f"{c.name}: {summary(c.type)}" for c in columns) + "]"

    return SqlError(
        f"Column types of query result and sink for '{'.'.join(table.path)}' do not match.\n"
        f"Cause: {cause}\n\nQuery schema: {schema(query.columns)}\nSink schema:  {schema(sink)}"
    )


# -- ALTER TABLE -----------------------------------------------------------------------------------


def alter_table(context: Context, statement: AlterTableStatement) -> AlterTable:
    """Plan ALTER TABLE … SET or RESET. Statements that run keep the table as it was."""
    table = existing_table(context, statement.name)
    options = dict(table.options)
    mode: Mode = table.mode
    if statement.set_options:
        mode = mode_of(statement.set_options) or mode
        changed = kept(statement.set_options)
        back = [k for k, v in statement.set_options.items() if DEFAULTS.get(k) == v]
        options = {k: v for k, v in options.items() if k not in back} | changed
    check_keys(statement.reset_options)
    if MODE in statement.reset_options:
        mode = "upsert" if table.primary_key else "append"
    options = {k: v for k, v in options.items() if k not in statement.reset_options}
    if mode == "upsert" and not table.primary_key:
        raise SqlError(
            f"Table '{table.name}' cannot have 'changelog.mode' = 'upsert': it has no PRIMARY KEY."
        )
    return AlterTable(replace(table, mode=mode, options=options))
