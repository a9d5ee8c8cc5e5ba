"""CREATE TABLE, CREATE TABLE … LIKE, CREATE TABLE … AS and INSERT, planned.

Sources: facts/flink-sql-ai.md 1.3-1.5, 5.4. Wording is Apache Flink 2.3's where it has one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.literals import null
from runthrough.emulator.flink.bind.tables import declared_columns, declared_watermark
from runthrough.emulator.flink.bind.type_rules import implicit
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.generating.rows import check_generated, is_generated
from runthrough.emulator.flink.parse.refusals import invalid, not_emulated
from runthrough.emulator.flink.parse.syntax import CreateTableStatement, InsertStatement, Name
from runthrough.emulator.flink.plan import CreateTable, Insert, Query, SqlError
from runthrough.emulator.flink.planning.derived_tables import derived_table
from runthrough.emulator.flink.planning.external_options import is_external, refused_use
from runthrough.emulator.flink.planning.like_tables import (
    like_shape,
    missing_source,
    view_as_source,
)
from runthrough.emulator.flink.planning.query_plans import BoundQuery, bind_query, into_table
from runthrough.emulator.flink.planning.table_options import mode_of
from runthrough.emulator.flink.planning.table_shape import (
    Shape,
    check_columns,
    primary_key,
    table_of,
)
from runthrough.emulator.flink.types import summary


def full_path(context: Context, name: Name) -> tuple[str, str, str]:
    """Return the display names of an object's catalog and database, and its name.

    Raises:
        SqlError: the name is not qualified and the session has no catalog or database, or the
            database is out of the session's reach.
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
    if database in session.out_of_reach:
        raise SqlError(session.out_of_reach[database])
    return catalog, database, name.parts[-1]


def quoted(path: tuple[str, str, str]) -> str:
    """Return a path with backticks, as Flink's messages have it."""
    return ".".join(f"`{part}`" for part in path)


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
    if statement.query is not None:
        query = bind_query(context, statement.query)
        table, shaped = derived_table(context, statement, path, query)
        _check_sink(table)
        return CreateTable(table, into_table(shaped, table), statement.if_not_exists)
    shape = _shape(context, statement)
    mode = mode_of(shape.options) or ("upsert" if shape.key else "append")
    table = table_of(path, shape, mode)
    if is_generated(table):
        check_generated(table)
    return CreateTable(table, if_not_exists=statement.if_not_exists)


def _check_sink(table: Table) -> None:
    """Refuse, in Flink's words, a table whose rows are made up."""
    if is_generated(table):
        raise SqlError(
            "Connector 'faker' can only be used as a source. It cannot be used as a sink."
        )


def _shape(context: Context, statement: CreateTableStatement) -> Shape:
    """Return what a CREATE TABLE without a query declares."""
    if any(d.named_alone for d in statement.columns):
        raise SqlError(
            "SQL parse failed. Columns identifiers without types in the schema are supported on "
            "CTAS/RTAS statements only."
        )
    if statement.like is not None:
        if context.catalog.view(statement.like.source.parts, context.session) is not None:
            raise view_as_source(context, statement.like, full_path(context, statement.like.source))
        source = context.catalog.table(statement.like.source.parts, context.session)
        if source is None:
            path = full_path(context, statement.like.source)
            raise missing_source(context, statement.like, path)
        return like_shape(context, statement, statement.like, source)
    if not statement.columns:
        raise SqlError("SQL validation failed. A table needs at least one column or a query.")
    keys = statement.key.columns if statement.key else ()
    columns = declared_columns(context, statement.columns, not_null=keys)
    check_columns(columns)
    watermark = None
    if statement.watermark is not None:
        watermark = declared_watermark(context, statement.watermark, columns)
    return Shape(
        columns=tuple(columns),
        options=statement.options,
        key=primary_key(context, statement.key, columns),
        key_name=statement.key.constraint if statement.key else None,
        watermark=watermark,
        distributed_by=statement.distributed_by or (),
        buckets=statement.buckets,
        comment=statement.comment,
    )


# -- INSERT ----------------------------------------------------------------------------------------


def insert(context: Context, statement: InsertStatement) -> Insert:
    """Plan INSERT INTO. Raises SqlError at what is refused."""
    view = context.catalog.view(statement.name.parts, context.session)
    if view is not None:
        # To Flink a view is no sink; the words are its own.
        raise SqlError(f"Sink '{'.'.join(view.path)}' does not exists")
    table = context.catalog.table(statement.name.parts, context.session)
    if table is None:
        path = quoted(full_path(context, statement.name))
        catalog = context.catalog.context(context.session)[0]
        raise SqlError(
            f"Cannot find table '{path}' in any of the catalogs [{catalog}], nor as a temporary "
            "table."
        )
    if is_external(table):
        raise refused_use(table)
    _check_sink(table)
    if table.definition is not None:
        raise not_emulated("INSERT INTO a materialized table")
    columns = [c for c in table.columns if c.kind != "computed" and not c.virtual]
    query = bind_query(context, statement.query)
    targets = _targets(context, statement, columns)
    if len(query.columns) != len(targets):
        raise _mismatch(table, "Different number of columns.", query, targets)
    return Insert(table, _written(context, table, columns, targets, query))


def _targets(
    context: Context, statement: InsertStatement, columns: Sequence[Column]
) -> list[Column]:
    if statement.columns is None:
        return list(columns)
    by_name = {c.name: c for c in columns}
    targets = []
    for name, span in statement.columns:
        if name not in by_name:
            raise invalid(context.sql, span, f"Unknown target column '{name}'")
        if by_name[name] in targets:
            raise invalid(context.sql, span, f"Target column '{name}' is assigned more than once")
        targets.append(by_name[name])
    for column in columns:
        if column not in targets and not column.type.nullable:
            raise SqlError(
                f"SQL validation failed. At line 0, column 0: Column '{column.name}' has no "
                "default value and does not allow NULLs"
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
