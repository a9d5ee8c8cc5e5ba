"""SHOW, DESCRIBE, SHOW CREATE and EXPLAIN: columns and rows.

Sources: facts/confluent-cloud-api.md 2.10 (column names), facts/flink-sql-ai.md 1.3 (defaults of
the WITH options), 1.7 and 1.10 (contents).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from runthrough.emulator.flink import types
from runthrough.emulator.flink.bind.tables import ROWTIME_COLUMN, SOURCE_WATERMARK
from runthrough.emulator.flink.catalog import Column, Model, Session, Table, View
from runthrough.emulator.flink.functions.names import function_names
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import Describe, Explain, Show, SqlError
from runthrough.emulator.flink.planning.external_options import has_topic
from runthrough.emulator.flink.running.connections import MASK, Connection
from runthrough.emulator.flink.running.information_schema import SCHEMA
from runthrough.emulator.flink.running.objects import Objects
from runthrough.emulator.flink.running.shown_options import key_name, shown_options
from runthrough.emulator.flink.running.views import create_view_text
from runthrough.emulator.flink.types import STRING

_SECRET = re.compile(r"(api|service)[_-]?key|secret|token$|password")


@dataclass(frozen=True)
class Listing:
    """A result of strings."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True)
class Job:
    """A statement as SHOW JOBS lists it."""

    name: str
    phase: str
    sql: str
    pool: str
    created: str
    detail: str


def listing(names: Sequence[str], rows: Iterable[Sequence[str | None]]) -> Listing:
    """Return a listing with columns of these names."""
    columns = tuple(Column(name, STRING) for name in names)
    return Listing(columns, tuple(tuple(row) for row in rows))


def show(command: Show, objects: Objects, session: Session, jobs: Sequence[Job]) -> Listing:
    """Carry out SHOW. Raises SqlError for what is not emulated."""
    place = objects.place
    session = _session_of(command, objects, session)
    catalog, database = objects.context(session)
    match command.object:
        case "CATALOGS":
            catalogs = sorted((p.environment_name, p.environment_id) for p in place.catalogs)
            return _kept(command, _CATALOG_HEAD, catalogs)
        case "DATABASES":
            shown = next((p for p in place.others if p.environment_name == catalog), place)
            databases = [(name, id) for id, name in shown.databases]
            return _kept(command, ("database name", "database id"), databases)
        case "TABLES":
            if not database:
                raise SqlError("No database is selected: set 'sql.current-database'.")
            return _kept(command, ("table name",), [(n,) for n in objects.tables(session)])
        case "MATERIALIZED TABLES":
            names = objects.materialized(session)
            return _kept(command, ("materialized table",), [(name,) for name in names])
        case "MODELS":
            return _kept(command, ("Model Name",), [(n,) for n in objects.models(session)])
        case "CONNECTIONS":
            return _kept(command, ("Name",), [(c.name,) for c in objects.connections.all()])
        case "CURRENT CATALOG":
            return listing(("current catalog name",), [(catalog or None,)])
        case "CURRENT DATABASE":
            return listing(("current database name",), [(database or None,)])
        case "VIEWS":
            return _kept(command, ("view name",), [(n,) for n in objects.views(session)])
        case "JOBS":
            return listing(_JOB_HEAD, [_job_row(job) for job in jobs])
        case "USER FUNCTIONS":
            return _kept(command, _FUNCTION_HEAD, [])
        case "FUNCTIONS":
            functions = sorted(function_names())
            return _kept(command, _FUNCTION_HEAD, [(name,) for name in functions])
    raise not_emulated(f"SHOW {command.object}")


def _session_of(command: Show, objects: Objects, session: Session) -> Session:
    """Return the session as if it were in the database of FROM. Raises SqlError: there is none."""
    source = command.source
    if not source:
        _refuse_unknown_database(command, objects, session)
        return session
    if command.object == "DATABASES":
        session = replace(session, catalog=source[-1])
    else:
        catalog = source[-2] if len(source) > 1 else session.catalog
        session = replace(session, catalog=catalog, database=source[-1])
    found, database = objects.context(session)
    if found != objects.place.environment_name:
        raise SqlError(f"Catalog {found} does not exist")
    if command.object != "DATABASES" and objects.resolve(("any",), session) is None:
        raise SqlError(f"Database '{found}'.'{database}' doesn't exist.")
    return session


def _refuse_unknown_database(command: Show, objects: Objects, session: Session) -> None:
    """Raise SqlError where the tables of a database are asked for that the session only names.

    An empty list would say that there are no tables. The wording is that of FROM.
    """
    if command.object != "TABLES" or not session.database:
        return
    if session.database != SCHEMA and objects.resolve(("any",), session) is None:
        catalog, database = objects.context(session)
        if not catalog:
            raise SqlError("No catalog is selected: set 'sql.current-catalog'.")
        raise SqlError(f"Database '{catalog}'.'{database}' doesn't exist.")


# What the driver's and the editor's own code reads of the live answers; the pages of the docs print
# both in small letters, as they do the heads of databases, tables and views.
_CATALOG_HEAD = ("Catalog Name", "Catalog ID")
_FUNCTION_HEAD = ("Function Name",)
_JOB_HEAD = ("Name", "Phase", "Statement", "Compute Pool", "Creation Time", "Detail")


def _job_row(job: Job) -> tuple[str | None, ...]:
    return job.name, job.phase, job.sql, job.pool or None, job.created, job.detail


def _kept(command: Show, names: Sequence[str], rows: Sequence[tuple[str | None, ...]]) -> Listing:
    """Keep the rows whose first value is LIKE the pattern: `%` many, `_` one character."""
    if command.like is None:
        return listing(names, rows)
    parts = (".*" if c == "%" else "." if c == "_" else re.escape(c) for c in command.like)
    pattern = re.compile("".join(parts), re.DOTALL)
    kept = [r for r in rows if bool(pattern.fullmatch(r[0] or "")) is not command.negated]
    return listing(names, kept)


def explain(command: Explain) -> Listing:
    """Return the plan's text."""
    return listing(("result",), [(command.text,)])


def describe(command: Describe, objects: Objects) -> Listing:
    """Carry out DESCRIBE or SHOW CREATE. Raises SqlError for what is not there."""
    target = command.target
    if isinstance(target, View):
        if command.create:
            return listing(("SHOW CREATE VIEW",), [(create_view_text(target),)])
        return _describe_view(target, command.extended)
    if isinstance(target, Table):
        if command.create:
            head = f"SHOW CREATE {command.object}"
            return listing((head,), [(create_table_text(target),)])
        return _describe_table(target, command.extended)
    if isinstance(target, Model):
        if command.create:
            return listing(("SHOW CREATE MODEL",), [(create_model_text(target),)])
        if command.version is None:
            return _describe_model(target)
        if command.version == "all":
            return _describe_versions(objects.models_kept.versions(target.path))
        return _describe_versions((target,))
    connection = objects.connections.get(target)
    if connection is None:
        raise SqlError(f"Connection '{target}' does not exist.")
    return _describe_connection(connection)


def _describe_connection(connection: Connection) -> Listing:
    row = (connection.name, connection.type, connection.endpoint, connection.comment)
    return listing(("Name", "Type", "Endpoint", "Comment"), [row])


def _describe_view(view: View, extended: bool) -> Listing:
    """Return a view's columns; it has no keys, and no system column of its own."""
    head = ("Column Name", "Data Type", "Nullable", "Extras")
    rows = [
        (c.name, types.describe(c.type), "NULL" if c.type.nullable else "NOT NULL", "")
        for c in view.columns
    ]
    if extended:
        return listing((*head, "Comment"), [(*row, "") for row in rows])
    return listing(head, rows)


def _describe_table(table: Table, extended: bool) -> Listing:
    head = ["Column Name", "Data Type", "Nullable", "Extras"]
    rows: list[list[str | None]] = []
    for column in table.columns:
        null = "NULL" if column.type.nullable else "NOT NULL"
        row = [column.name, _shown_type(table, column), null, _extras(table, column)]
        rows.append([*row, column.comment or ""] if extended else [*row])
    if not extended:
        return listing(head, rows)
    rowtime = Column(ROWTIME_COLUMN, types.ROWTIME, "metadata", virtual=True)
    shown = table if table.watermark else replace(table, watermark=_DEFAULT_WATERMARK)
    rows.append(
        [rowtime.name, _shown_type(shown, rowtime), "NOT NULL", _extras(shown, rowtime), "SYSTEM"]
    )
    return listing([*head, "Comment"], rows)


_DEFAULT_WATERMARK = (ROWTIME_COLUMN, SOURCE_WATERMARK)


def _shown_type(table: Table, column: Column) -> str:
    """Return a column's type; the one that carries the watermark is marked as DESCRIBE does."""
    timed = table.watermark is not None and table.watermark[0] == column.name
    return types.describe(column.type) + (" *ROWTIME*" if timed else "")


def _extras(table: Table, column: Column) -> str:
    extras = []
    if column.name in table.primary_key:
        extras.append("PRIMARY KEY")
    if column.name in table.distributed_by:
        extras.append("BUCKET KEY")
    if column.kind == "metadata":
        source = f" FROM '{column.metadata_key}'" if column.metadata_key else ""
        extras.append(f"METADATA{source}{' VIRTUAL' if column.virtual else ''}")
    if column.kind == "computed":
        extras.append(f"AS {column.expression}")
    if table.watermark and table.watermark[0] == column.name:
        extras.append(f"WATERMARK AS {table.watermark[1]}")
    return ", ".join(extras)


_MODEL_HEAD = ("Inputs", "Outputs", "Options", "Comment")


def _describe_model(model: Model) -> Listing:
    return listing(_MODEL_HEAD, [_model_row(model)])


def _describe_versions(models: Sequence[Model]) -> Listing:
    rows = [(str(m.version), str(m.is_default).lower(), *_model_row(m)) for m in models]
    return listing(("VersionId", "IsDefaultVersion", *_MODEL_HEAD), rows)


def _model_row(model: Model) -> tuple[str, ...]:
    def block(lines: Sequence[str]) -> str:
        return "(\n" + ",\n".join(f"  {line}" for line in lines) + "\n)"

    inputs = block([_column(c, types.describe(c.type)) for c in model.inputs])
    outputs = block([_column(c, types.describe(c.type)) for c in model.outputs])
    return inputs, outputs, block(_model_options(model)), model.comment or ""


def _model_options(model: Model) -> list[str]:
    """Return the options with keys in upper case (facts 1.7) and secrets masked (facts 2.10)."""
    return [
        f"'{key.upper()}' = {_literal(MASK if _SECRET.search(key) else value)}"
        for key, value in model.options.items()
    ]


def create_table_text(table: Table) -> str:
    """Return the CREATE [MATERIALIZED] TABLE statement of a table, with all its options.

    How Confluent Cloud prints a materialized table is not known: here as a table, with its query.
    """
    lines = []
    for c in table.columns:
        text = _column(c, types.show(c.type))
        if c.kind == "metadata":
            source = f" FROM '{c.metadata_key}'" if c.metadata_key else ""
            text += f" METADATA{source}{' VIRTUAL' if c.virtual else ''}"
        elif c.kind == "computed":
            text = f"{types.quote_name(c.name)} AS {c.expression}"
        lines.append(text + (f" COMMENT {_literal(c.comment)}" if c.comment else ""))
    if table.watermark:
        lines.append(
            f"WATERMARK FOR {types.quote_name(table.watermark[0])} AS {table.watermark[1]}"
        )
    if table.primary_key:
        name = types.quote_name(key_name(table))
        lines.append(f"CONSTRAINT {name} PRIMARY KEY ({_names(table.primary_key)}) NOT ENFORCED")
    body = ",\n".join(f"  {line}" for line in lines)
    comment = f"\nCOMMENT {_literal(table.comment)}" if table.comment else ""
    options = ",\n".join(
        f"  '{k}' = {_literal(v)}" for k, v in sorted(shown_options(table).items())
    )
    word, query = "TABLE", ""
    if table.definition is not None:
        word = "MATERIALIZED TABLE"
        query = f"\nSTART_MODE = {table.definition.start}\nAS {table.definition.query}"
    return (
        f"CREATE {word} {_path(table.path)} (\n{body}\n){comment}{_distribution(table)}\n"
        f"WITH (\n{options}\n){query}"
    )


def _column(column: Column, spelled: str) -> str:
    return f"{types.quote_name(column.name)} {spelled}" + (
        "" if column.type.nullable else " NOT NULL"
    )


def _distribution(table: Table) -> str:
    if not has_topic(table):
        return ""
    if not table.distributed_by:
        return f"\nDISTRIBUTED INTO {table.buckets} BUCKETS"
    return f"\nDISTRIBUTED BY HASH({_names(table.distributed_by)}) INTO {table.buckets} BUCKETS"


def create_model_text(model: Model) -> str:
    """Return the CREATE MODEL statement of a model; option keys in upper case (facts 1.7)."""

    def signature(columns: Sequence[Column]) -> str:
        return ", ".join(_column(c, types.show(c.type)) for c in columns)

    comment = f"\nCOMMENT {_literal(model.comment)}" if model.comment else ""
    options = ",\n".join(f"  {option}" for option in _model_options(model))
    return (
        f"CREATE MODEL {_path(model.path)}\nINPUT ({signature(model.inputs)})\n"
        f"OUTPUT ({signature(model.outputs)}){comment}\nWITH (\n{options}\n)"
    )


def _path(path: Sequence[str]) -> str:
    return ".".join(types.quote_name(part) for part in path)


def _names(names: Sequence[str]) -> str:
    return ", ".join(types.quote_name(name) for name in names)


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
