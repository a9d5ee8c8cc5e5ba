"""Connections, models, DROP, SHOW and DESCRIBE, planned: names resolved, existence checked.

Sources: facts/flink-sql-ai.md 1.6-1.8, 1.10. Options of connections and models are checked where
they are carried out.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.catalog import Column, Model
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.syntax import (
    AlterConnectionStatement,
    AlterModelStatement,
    ColumnDefinition,
    CreateConnectionStatement,
    CreateModelStatement,
    DescribeStatement,
    DropStatement,
    Name,
    ShowStatement,
)
from runthrough.emulator.flink.plan import (
    AlterConnection,
    AlterModel,
    CreateConnection,
    CreateModel,
    Describe,
    Drop,
    Show,
    SqlError,
)
from runthrough.emulator.flink.planning.table_plans import existing_table, full_path, quoted

_ALL_VERSIONS = "$all"
_IN_A_DATABASE = (
    "TABLES",
    "MATERIALIZED TABLES",
    "VIEWS",
    "MODELS",
    "CONNECTIONS",
    "FUNCTIONS",
    "USER FUNCTIONS",
)


def create_connection(context: Context, statement: CreateConnectionStatement) -> CreateConnection:
    """Plan CREATE CONNECTION; keys in lower case."""
    options = {key.lower(): value for key, value in statement.options.items()}
    return CreateConnection(
        statement.name.parts[-1],
        options,
        statement.comment,
        statement.if_not_exists,
        statement.replace,
    )


def alter_connection(context: Context, statement: AlterConnectionStatement) -> AlterConnection:
    """Plan ALTER CONNECTION. Raises SqlError if there is none, unless IF EXISTS is said."""
    name = statement.name.parts[-1]
    exists = context.catalog.has_connection(name, context.session)
    if not exists and not statement.if_exists:
        raise SqlError(f"Connection '{name}' does not exist.")
    options = {key.lower(): value for key, value in statement.options.items()}
    return AlterConnection(name, options, exists)


def alter_model(context: Context, statement: AlterModelStatement) -> AlterModel:
    """Plan ALTER MODEL; option keys in lower case.

    Raises:
        SqlError: there is no such model or version, unless IF EXISTS is said.
    """
    path = full_path(context, statement.name)
    exists = context.catalog.model(statement.name.parts, context.session) is not None
    if not exists and not statement.if_exists:
        raise SqlError(f"Model with identifier '{'.'.join(path)}' does not exist.")
    return AlterModel(
        path,
        {key.lower(): value for key, value in statement.set_options.items()},
        tuple(key.lower() for key in statement.reset_options),
        full_path(context, statement.new_name) if statement.new_name else None,
        exists,
    )


def create_model(context: Context, statement: CreateModelStatement) -> CreateModel:
    """Plan CREATE MODEL; option keys in lower case, the version is given when it is stored."""
    model = Model(
        path=full_path(context, statement.name),
        inputs=_columns(statement.inputs),
        outputs=_columns(statement.outputs),
        options={key.lower(): value for key, value in statement.options.items()},
        comment=statement.comment,
    )
    return CreateModel(model, statement.if_not_exists)


def _columns(definitions: tuple[ColumnDefinition, ...]) -> tuple[Column, ...]:
    names = [d.name for d in definitions]
    for name in names:
        if names.count(name) > 1:
            raise SqlError(f"SQL validation failed. Duplicate column '{name}' in the model")
    return tuple(
        Column(d.name, d.type, comment=d.comment) for d in definitions if d.type is not None
    )


def drop(context: Context, statement: DropStatement) -> Drop:
    """Plan DROP. Raises SqlError if there is nothing to drop, unless IF EXISTS is said."""
    if statement.object == "CONNECTION":
        # Connections are the environment's: no database need be chosen.
        path = (*context.catalog.context(context.session), statement.name.parts[-1])
    else:
        path = full_path(context, statement.name)
    exists = _exists(context, statement)
    if isinstance(exists, tuple):
        path = exists
    if not exists and not statement.if_exists:
        written = ".".join(part for part in path if part)
        kind = statement.object.title()
        raise SqlError(f"{kind} with identifier '{written}' does not exist.")
    match statement.object:
        case "TABLE" | "VIEW" | "MODEL" | "CONNECTION" | "MATERIALIZED TABLE":
            return Drop(statement.object, path, bool(exists), statement.if_exists)
        case _:
            raise not_emulated(f"DROP {statement.object}")


def _exists(context: Context, statement: DropStatement) -> bool | tuple[str, str, str]:
    parts, session = statement.name.parts, context.session
    match statement.object:
        case "VIEW":
            view = context.catalog.view(parts, session)
            return view.path if view is not None else False
        case "TABLE":
            if context.catalog.view(parts, session) is not None:
                return False
            table = context.catalog.table(parts, session)
            if table is not None and table.definition is not None:
                raise not_emulated("DROP TABLE of a materialized table")
            return table.path if table is not None else False
        case "MATERIALIZED TABLE":
            table = context.catalog.table(parts, session)
            return table.path if table is not None and table.definition else False
        case "MODEL":
            base = parts[-1].removesuffix(_ALL_VERSIONS)
            return context.catalog.model((*parts[:-1], base), session) is not None
        case _:
            return context.catalog.has_connection(parts[-1], session)


def show(context: Context, statement: ShowStatement) -> Show:
    """Plan SHOW. Raises SqlError for what has no database, or is the same in all of them here."""
    source = statement.source.parts if statement.source is not None else ()
    if source and statement.object not in (*_IN_A_DATABASE, "DATABASES"):
        raise not_emulated(f"SHOW {statement.object} FROM …")
    catalog, database = context.catalog.context(context.session)
    elsewhere = source not in ((), (catalog, database), (database,))
    if elsewhere and statement.object == "CONNECTIONS":
        raise not_emulated("SHOW CONNECTIONS of another database")
    return Show(statement.object, statement.like, statement.negated, source)


def describe(context: Context, statement: DescribeStatement) -> Describe:
    """Plan DESCRIBE or SHOW CREATE. Raises SqlError if there is nothing of that name."""
    name, create = statement.name, statement.create
    match statement.object:
        case "TABLE":
            return _describe_table(context, statement)
        case "MATERIALIZED TABLE":
            return _show_create_materialized(context, name)
        case "VIEW":
            return _show_create_view(context, name)
        case "MODEL":
            return _describe_model(context, name, create)
        case "CONNECTION":
            if not context.catalog.has_connection(name.parts[-1], context.session):
                raise SqlError(f"Connection '{name.parts[-1]}' does not exist.")
            return Describe("CONNECTION", name.parts[-1])
        case _:
            raise not_emulated(f"DESCRIBE {statement.object}")


def _describe_table(context: Context, statement: DescribeStatement) -> Describe:
    view = context.catalog.view(statement.name.parts, context.session)
    if view is None:
        table = existing_table(context, statement.name)
        if statement.create and table.definition is not None:
            raise SqlError(
                f"SHOW CREATE TABLE is only supported for tables, but {quoted(table.path)} is a "
                "materialized table. Please use SHOW CREATE MATERIALIZED TABLE instead."
            )
        return Describe("TABLE", table, statement.extended, statement.create)
    if statement.create:
        raise SqlError(
            f"SHOW CREATE TABLE is only supported for tables, but {quoted(view.path)} is a view. "
            "Please use SHOW CREATE VIEW instead."
        )
    return Describe("TABLE", view, statement.extended)


def _show_create_materialized(context: Context, name: Name) -> Describe:
    table = context.catalog.table(name.parts, context.session)
    if table is not None and table.definition is not None:
        return Describe("MATERIALIZED TABLE", table, create=True)
    path = quoted(full_path(context, name))
    if table is not None:
        raise SqlError(
            f"SHOW CREATE MATERIALIZED TABLE is only supported for materialized tables, but {path} "
            "is a table. Please use SHOW CREATE TABLE instead."
        )
    raise SqlError(
        "Could not execute SHOW CREATE MATERIALIZED TABLE. Materialized table with identifier "
        f"{path} does not exist."
    )


def _show_create_view(context: Context, name: Name) -> Describe:
    view = context.catalog.view(name.parts, context.session)
    if view is not None:
        return Describe("VIEW", view, create=True)
    path = quoted(full_path(context, name))
    if context.catalog.table(name.parts, context.session) is not None:
        raise SqlError(
            f"SHOW CREATE VIEW is only supported for views, but {path} is a table. Please use SHOW "
            "CREATE TABLE instead."
        )
    raise SqlError(
        f"Could not execute SHOW CREATE VIEW. View with identifier {path} does not exist."
    )


def _describe_model(context: Context, name: Name, create: bool) -> Describe:
    """Plan DESCRIBE MODEL, whose `m$2` and `m$all` show versions, or SHOW CREATE MODEL."""
    last = name.parts[-1]
    if last.endswith(_ALL_VERSIONS):
        if create:
            raise SqlError(f"SHOW CREATE MODEL shows one version, not all of '{last}'.")
        base = Name((*name.parts[:-1], last.removesuffix(_ALL_VERSIONS)), name.span)
        return Describe("MODEL", _existing_model(context, base), version="all")
    model = _existing_model(context, name)
    version = str(model.version) if model.name != last else None
    return Describe("MODEL", model, create=create, version=version)


def _existing_model(context: Context, name: Name) -> Model:
    model = context.catalog.model(name.parts, context.session)
    if model is None:
        path = ".".join(full_path(context, name))
        raise SqlError(f"Model with identifier '{path}' does not exist.")
    return model
