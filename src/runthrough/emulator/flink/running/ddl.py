"""CREATE, ALTER and DROP, carried out. Each function returns the text of `status.detail`.

Sources: facts/flink-sql-ai.md 1.3 (tables: topic and subjects), 1.6, 1.7 (models), 2.4 and 3
(what is refused), 5.5 (changing the mode); facts/confluent-cloud-api.md 2.10 (texts).
Where no source knows the text of a success, it is ours.
"""

from __future__ import annotations

import json
import re
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.catalog import Column, Model, Session, Table
from runthrough.emulator.flink.formats.formats import (
    check_formats,
    field_name,
    schema_columns,
    subject_schemas,
)
from runthrough.emulator.flink.formats.schemas import SchemaError, SchemaStore
from runthrough.emulator.flink.generating.rows import is_generated
from runthrough.emulator.flink.plan import (
    AlterConnection,
    AlterModel,
    AlterTable,
    AlterView,
    CreateConnection,
    CreateModel,
    CreateTable,
    CreateView,
    Drop,
    SqlError,
)
from runthrough.emulator.flink.planning.external_options import CONNECTORS, is_external
from runthrough.emulator.flink.running.connections import read_credentials, read_options
from runthrough.emulator.flink.running.drops import absent, is_taken, is_there
from runthrough.emulator.flink.running.error_log import (
    TARGET,
    check_target,
    error_table,
    logs_errors,
)
from runthrough.emulator.flink.running.feeds import Feeds
from runthrough.emulator.flink.running.model_changes import changed_versions
from runthrough.emulator.flink.running.model_options import check_options
from runthrough.emulator.flink.running.model_store import split_version
from runthrough.emulator.flink.running.objects import Objects
from runthrough.emulator.flink.running.topic_settings import SETTINGS, topic_settings
from runthrough.emulator.flink.running.turns import Turns
from runthrough.errors import EmulatorError

_TOPIC_NAME = re.compile(r"[A-Za-z0-9._-]{1,249}")


@dataclass(frozen=True)
class Ddl:
    """What DDL changes: catalog, topics and subjects."""

    objects: Objects
    broker: Broker
    schemas: SchemaStore
    feeds: Feeds
    turns: Turns = field(default_factory=Turns)

    def turn(self, *paths: tuple[str, str, str]) -> AbstractContextManager[None]:
        """Have tables or views to oneself until the block ends, there or not; see `Turns.of`."""
        return self.turns.of(*(self.objects.topic_of(path) or path[2] for path in paths))

    def create_table(self, command: CreateTable) -> tuple[str, bool]:
        """Create topic, subjects and table; return the detail and whether anything was made.

        Raises:
            SqlError: the name is taken or cannot be a topic's, a format or type cannot be, or a
                subject left over has other columns.
        """
        with self.turn(*_paths(command.table)):
            return self._create_table(command)

    def _create_table(self, command: CreateTable) -> tuple[str, bool]:
        table = command.table
        if is_taken(self.objects, self.broker, table.path):
            text = self._already_exists(table.path)
            if command.if_not_exists:
                return f"{text}; nothing was done.", False
            raise SqlError(text)
        if is_external(table):
            self._check_external(table)
            self.objects.declare_external(table)
            return f"Table '{table.name}' created.", True
        if is_generated(table):
            self.objects.declare_external(table)
            return f"Table '{table.name}' created.", True
        self._check_table(table)
        self._provide_error_table(table)
        for subject, (kind, text) in subject_schemas(table).items():
            self._claim_subject(table, subject, kind, text)
        try:
            self.broker.create_topic(table.topic, table.buckets)
        except EmulatorError as e:
            raise SqlError(f"The topic of table '{table.name}' could not be created: {e}") from e
        self.objects.configure(table.topic, topic_settings(table.options))
        self.objects.declare(table)
        return f"Table '{table.name}' created.", True

    def _check_external(self, table: Table) -> None:
        connector = table.options["connector"]
        name = table.options[f"{connector}.connection"]
        connection = self.objects.connections.get(name)
        if connection is None:
            raise SqlError(f"Connection '{name}' of table '{table.name}' does not exist.")
        if connection.type != CONNECTORS[connector]:
            raise SqlError(
                f"Connection '{name}' is of type {connection.type.lower()}, but table "
                f"'{table.name}' has the connector {connector}."
            )

    def _already_exists(self, path: tuple[str, str, str]) -> str:
        catalog, database = self.objects.id_of(path)
        return f"Table (or view) {database}.{path[2]} already exists in Catalog {catalog}"

    def create_view(self, command: CreateView) -> str:
        """Create a view. Raises SqlError if its name is taken or there is no such database."""
        view = command.view
        if self.objects.resolve(view.path, Session()) is None:
            raise SqlError(f"Database {view.path[1]} does not exist in Catalog {view.path[0]}.")
        with self.turn(view.path):
            if is_taken(self.objects, self.broker, view.path):
                text = self._already_exists(view.path)
                if command.if_not_exists:
                    return f"{text}; nothing was done."
                raise SqlError(text)
            self.objects.put_view(view)
        return f"View '{view.name}' created."

    def alter_view(self, command: AlterView) -> str:
        """Change or rename a view. Raises SqlError if the new name is taken."""
        view = command.view
        with self.turn(command.before.path, view.path):
            if view.path != command.before.path and is_taken(self.objects, self.broker, view.path):
                raise SqlError(self._already_exists(view.path))
            self.objects.put_view(view, instead=command.before)
        return f"View '{command.before.name}' altered."

    def _check_table(self, table: Table) -> None:
        if self.objects.topic_of(table.path) is None:
            raise SqlError(
                f"Database '{table.path[1]}' does not exist in catalog '{table.path[0]}'."
            )
        if not _TOPIC_NAME.fullmatch(table.name) or table.name in (".", ".."):
            raise SqlError(
                f"'{table.name}' cannot be a table: a topic's name has 1 to 249 letters, digits, "
                "dots, underscores and hyphens."
            )
        check_formats(table)
        topic_settings(table.options)

    def _provide_error_table(self, table: Table) -> None:
        """Create the table that takes what cannot be read of another one, unless it is there.

        Raises:
            SqlError: there is something else of its name.
        """
        if not logs_errors(table):
            return
        target = error_table(table)
        if not is_taken(self.objects, self.broker, target.path):
            self._create_table(CreateTable(target))
            return
        known = self.objects.table_at(target.path)
        if known is None or target.name == table.name:
            raise SqlError(f"'{target.name}' cannot be '{TARGET}' of table '{table.name}'.")
        check_target(known)

    def _claim_subject(self, table: Table, subject: str, kind: str, text: str) -> None:
        """Register a schema, or take the subject left over if its columns are the same.

        Raises:
            SqlError: there is no registry (ours: facts/confluent-cloud-api.md 3.2 says when there
                is one), or the subject has other columns.
        """
        place = self.objects.place
        if not place.has_registry:
            raise SqlError(
                f"Table '{table.name}' cannot be created: environment {place.environment_id} has "
                f"no Schema Registry to keep the schema of subject `{subject}` in. Give the "
                "environment a Stream Governance package, or use the format 'raw'."
            )
        latest = self.schemas.latest(subject)
        if latest is not None:
            wanted = _signature(table, subject)
            found = schema_columns(latest.schema, self.schemas, subject=subject)
            same = json.loads(latest.schema.text) == json.loads(text)
            if latest.schema.type == kind and (same or [(c.name, c.type) for c in found] == wanted):
                return
            raise SqlError(
                f"Cannot create table because the Schema Registry subject `{subject}` doesn't "
                "match the existing one."
            )
        self._register(subject, kind, text)

    def _register(self, subject: str, kind: str, text: str) -> None:
        try:
            self.schemas.register(subject, text, kind)
        except SchemaError as e:
            raise SqlError(f"The schema of subject `{subject}` is refused: {e}") from e

    def alter_table(self, command: AlterTable) -> str:
        """Change a table. Raises SqlError where it cannot be so."""
        if command.table is None:
            return "The table does not exist; nothing was done."
        self.put_table(command.table)
        return f"Table '{command.table.name}' altered."

    def put_table(self, table: Table) -> None:
        """Take a table for the one of its name. Raises SqlError where it cannot be so."""
        check_formats(table)
        with self.turn(*_paths(table)):
            self.feeds.check_change(self.objects.table(table.path, Session()), table)
            self._provide_error_table(table)
            self.objects.configure(table.topic, topic_settings(table.options), among=SETTINGS)
            self.objects.declare(table)

    def evolve_table(self, table: Table) -> None:
        """Take a table for the one of its name, and its schemas as their next versions.

        Raises:
            SqlError: a format cannot be, or a schema is not compatible with the one before.
        """
        check_formats(table)
        for subject, (kind, text) in subject_schemas(table).items():
            self._register(subject, kind, text)
        self.put_table(table)

    def create_connection(self, command: CreateConnection) -> str:
        """Create a connection. Raises SqlError naming the option that cannot be."""
        if command.replace and command.if_not_exists:
            raise SqlError("CREATE OR REPLACE CONNECTION and IF NOT EXISTS exclude each other.")
        known = self.objects.connections.get(command.name) is not None
        if known and not command.replace:
            text = f"Connection '{command.name}' already exists."
            if command.if_not_exists:
                return f"{text} Nothing was done."
            raise SqlError(text)
        kind, endpoint, secrets = read_options(command.options)
        store = self.objects.connections
        keep = store.put if command.replace else store.create
        keep(command.name, kind, endpoint, secrets, command.comment)
        return f"Connection '{command.name}' created."

    def alter_connection(self, command: AlterConnection) -> str:
        """Give a connection other credentials; statements that run take them from then on.

        Raises:
            SqlError: an option is no credential of the connection's type.
        """
        connection = self.objects.connections.get(command.name)
        if connection is None:
            return f"Connection '{command.name}' does not exist; nothing was done."
        secrets = read_credentials(connection, command.options)
        self.objects.connections.update(command.name, secrets)
        return f"Connection '{command.name}' altered."

    def alter_model(self, command: AlterModel) -> str:
        """Change or rename a model. Raises SqlError where it cannot be so."""
        name, version = split_version(command.path[2])
        if not command.exists:
            return f"Model '{command.path[2]}' does not exist; nothing was done."
        path = (*command.path[:2], name)
        if command.new_path is not None:
            if version is not None:
                raise SqlError(f"'{command.path[2]}' is a version: only a model can be renamed.")
            self.objects.models_kept.rename(path, command.new_path)
            return f"`{name}` renamed to `{command.new_path[2]}`."
        known = self.objects.models_kept.versions(path)
        versions = changed_versions(known, version, command.set_options, command.reset_options)
        for model in versions:
            check_options(model.options)
            self._check_connection(model)
        self.objects.models_kept.put(path, versions)
        default = next(m.version for m in versions if m.is_default)
        return f"`{name}` altered. Default version: {default}"

    def create_model(self, command: CreateModel) -> str:
        """Create a model or a further version of it. Raises SqlError naming what is wrong."""
        model = command.model
        if command.if_not_exists and (known := self.objects.models_kept.versions(model.path)):
            default = next(m.version for m in known if m.is_default)
            return f"`{model.name}` already exists. Default version: {default}"
        check_options(model.options)
        self._check_connection(model)
        if not model.inputs or not model.outputs:
            raise SqlError(f"Model '{model.name}' needs an INPUT and an OUTPUT.")
        models = self.objects.models_kept
        added = models.add(model)
        default = next(m.version for m in models.versions(model.path) if m.is_default)
        version = f" with version {added.version}"
        return f"`{model.name}`{version} created. Default version: {default}"

    def _check_connection(self, model: Model) -> None:
        provider = model.options["provider"].lower()
        option = f"{provider}.connection"
        name = model.options.get(option)
        if not name:
            raise SqlError(f"Model option '{option}' is required.")
        connection = self.objects.connections.get(name)
        if connection is None:
            raise SqlError(
                f"Connection '{name}' of model '{model.name}' ('{option}') does not exist."
            )
        if connection.type.lower() != provider:
            raise SqlError(
                f"Connection '{name}' is of type {connection.type.lower()}, but model "
                f"'{model.name}' has the provider {provider}."
            )

    def drop(self, command: Drop) -> str:
        """Drop what is there still; the subjects of a dropped table stay (facts 2.10).

        Raises:
            SqlError: another statement has dropped it since this one was planned, and it does
                not say IF EXISTS; or the broker refuses.
        """
        name = command.path[2]
        if not command.exists or not is_there(self.objects, self.broker, command):
            return absent(command)
        if command.object == "MODEL":
            return self.objects.models_kept.drop(command.path)
        if command.object == "CONNECTION":
            self.objects.connections.delete(name)
            return f"Connection '{name}' dropped."
        if command.object == "VIEW":
            self.objects.drop_view(command.path)
            return f"View '{name}' dropped."
        topic = self.objects.topic_of(command.path) or name
        if self.objects.forget_external(topic):
            return f"Table '{name}' dropped."
        try:
            self.broker.delete_topic(topic)
        except EmulatorError as e:
            raise SqlError(f"Table '{name}' cannot be dropped: {e}") from e
        self.objects.forget(topic)
        return f"Table '{name}' dropped."


def _paths(table: Table) -> tuple[tuple[str, str, str], ...]:
    """Return the path of a table, and of the one that takes its errors."""
    return (table.path, error_table(table).path) if logs_errors(table) else (table.path,)


def _signature(table: Table, subject: str) -> list[tuple[str, object]]:
    keys = table.distributed_by or table.primary_key
    of_key = subject.endswith("-key")
    everything = table.options.get("value.fields-include") == "all"
    physical: list[Column] = [c for c in table.columns if c.kind == "physical"]
    if of_key:
        return [(field_name(table, c, "key"), c.type) for c in physical if c.name in keys]
    return [(c.name, c.type) for c in physical if everything or c.name not in keys]
