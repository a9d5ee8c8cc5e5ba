"""The catalog: tables declared and inferred, models with their versions, connections.

Sources: facts/flink-sql-ai.md 1.1 (names and ids), 1.3 (inferred tables), 1.7 (models).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from runthrough.emulator.broker.group import split as split_topic
from runthrough.emulator.flink.catalog import InformationView, Model, Session, Table, View
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.connections import ConnectionStore
from runthrough.emulator.flink.running.evolution import Versions, evolved, latest_versions
from runthrough.emulator.flink.running.inferred import infer_table
from runthrough.emulator.flink.running.information_schema import Inventory, information_view
from runthrough.emulator.flink.running.model_store import ModelStore, split_version
from runthrough.emulator.flink.running.place import Place, TopicInfo, Topics
from runthrough.emulator.flink.running.topic_settings import with_settings
from runthrough.emulator.flink.running.views import Views

EXAMPLES = "examples"
"""The catalog whose tables every organization can read, `examples.marketplace.clicks` and more."""


class Objects:
    """The catalog of one environment (`catalog.Catalog`); thread-safe."""

    def __init__(
        self,
        place: Place | Callable[[], Place],
        topics: Topics,
        schemas: SchemaStore,
        connections: ConnectionStore,
    ) -> None:
        self._place: Callable[[], Place] = place if callable(place) else lambda: place
        self.connections = connections
        self._topics, self._schemas = topics, schemas
        self._tables: dict[str, Table] = {}
        self._versions: dict[str, Versions] = {}
        self._external: dict[str, Table] = {}
        self._configs: dict[str, dict[str, str]] = {}
        self.models_kept = ModelStore()
        self._views = Views()
        self._lock = threading.RLock()

    # --- names ---------------------------------------------------------------------------------

    @property
    def place(self) -> Place:
        """The environment and its clusters as they are now."""
        return self._place()

    def context(self, session: Session) -> tuple[str, str]:
        """Return the display names of the session's catalog and database ('' where unset)."""
        return self._catalog(session.catalog) or "", self._database(session.database) or ""

    def _catalog(self, written: str | None) -> str | None:
        """Return the display name of an environment given by id or name; unknown ones as given."""
        for place in self.place.catalogs:
            if written == place.environment_id:
                return place.environment_name
        return written

    def _database(self, written: str | None) -> str | None:
        return next((name for id, name in self.place.databases if id == written), written)

    def resolve(self, parts: tuple[str, ...], session: Session) -> tuple[str, str, str] | None:
        """Return the display path of an object, or None where it cannot exist.

        Raises:
            SqlError: it is in another environment, out of the session's reach, or one of
                Confluent's examples.
        """
        catalog, database = self.context(session)
        if len(parts) == 3:
            catalog = self._catalog(parts[0]) or ""
        if len(parts) >= 2:
            database = self._database(parts[-2]) or ""
        place = self.place
        if catalog != place.environment_name:
            if any(catalog == other.environment_name for other in place.others):
                raise not_emulated(f"a statement of one environment on another, `{catalog}`,")
            if catalog == EXAMPLES:
                raise not_emulated(f"the catalog `{EXAMPLES}` with Confluent's example tables")
            return None
        if database in session.out_of_reach:
            raise SqlError(session.out_of_reach[database])
        return None if place.prefix(database) is None else (catalog, database, parts[-1])

    def topic_of(self, path: tuple[str, str, str]) -> str | None:
        """Return what the engine calls the topic of a table; None without such a database."""
        prefix = self.place.prefix(path[1])
        return None if prefix is None else prefix + path[2]

    def path_of(self, topic: str) -> tuple[str, str, str] | None:
        """Return the path of the table that a topic is; None where its cluster is gone."""
        place = self.place
        prefix, name = split_topic(topic)
        for _, database in place.databases:
            if place.prefix(database) == prefix:
                return place.environment_name, database, name
        return None

    def placed(self, table: Table) -> Table:
        """Return a table with the prefix of its cluster."""
        return replace(table, prefix=self.place.prefix(table.path[1]) or "")

    def id_of(self, path: tuple[str, str, str]) -> tuple[str, str]:
        """Return the ids of a path's catalog and database."""
        database = next((id for id, name in self.place.databases if name == path[1]), path[1])
        return self.place.environment_id, database

    # --- tables --------------------------------------------------------------------------------

    def table(self, parts: tuple[str, ...], session: Session) -> Table | None:
        """Return a table, declared or inferred from its topic and schemas.

        Raises:
            SqlError: the topic's schema is one the emulator does not read.
        """
        path = self.resolve(parts, session)
        topic = None if path is None else self.topic_of(path)
        if path is None or topic is None:
            return None
        with self._lock:
            external = self._external.get(topic)
        if external is not None:
            return replace(external, path=path)
        partitions = self._topics.partitions_of(topic)
        if not partitions:
            return None
        with self._lock:
            declared = self._tables.get(topic)
            known = self._versions.get(topic, {})
            configs = dict(self._configs.get(topic, {}))
        if declared is not None:  # its environment or cluster may have another name since
            return evolved(replace(declared, path=path), known, self._schemas)
        return self.placed(infer_table(path, partitions, configs, self._schemas))

    def table_at(self, path: tuple[str, str, str]) -> Table | None:
        """Return the table of a whole path. Raises SqlError as `table`."""
        return self.table(path, Session())

    def tables(self, session: Session) -> tuple[str, ...]:
        """Return the names of the tables and views of the session's database."""
        names = set(self.views(session))
        wanted = self.place.prefix(self.context(session)[1])
        for topic in (*self._topics.topics(), *self._external):
            prefix, name = split_topic(topic)
            if prefix == wanted:
                names.add(name)
        return tuple(sorted(names))

    def materialized(self, session: Session) -> tuple[str, ...]:
        """Return the names of the materialized tables of the session's database."""
        wanted = self.place.prefix(self.context(session)[1])
        with self._lock:
            known = [t for t in self._tables.values() if t.definition is not None]
        return tuple(sorted(t.name for t in known if t.prefix == wanted))

    # --- views ---------------------------------------------------------------------------------

    def view(self, parts: tuple[str, ...], session: Session) -> View | None:
        """Return a view, resolving ids and the session's context; None if there is none."""
        path = self.resolve(parts, session)
        with self._lock:
            return self._views.get(path) if path is not None else None

    def views(self, session: Session) -> tuple[str, ...]:
        """Return the view names of the session's database."""
        _, database = self.context(session)
        with self._lock:
            return self._views.names(database)

    def put_view(self, view: View, *, instead: View | None = None) -> None:
        """Remember a view, in place of another if one is given."""
        with self._lock:
            if instead is not None:
                self._views.drop(instead.path)
            self._views.put(view)

    def drop_view(self, path: tuple[str, str, str]) -> None:
        """Forget a view."""
        with self._lock:
            self._views.drop(path)

    # --- INFORMATION_SCHEMA --------------------------------------------------------------------

    def information(self, name: str, session: Session) -> InformationView | None:
        """Return a view of INFORMATION_SCHEMA; None without it or its catalog.

        Tables that cannot be read, which reading them would say, are left out.
        """
        place = self.place
        if self.context(session)[0] != place.environment_name:
            return None
        tables = [t for _, database in place.databases for t in self._readable(database)]
        with self._lock:
            views = self._views.all()
        catalog = (place.environment_id, place.environment_name)
        inventory = Inventory(catalog, place.databases, tuple(tables), views)
        return information_view(inventory, name)

    def _readable(self, database: str) -> Iterator[Table]:
        session = Session(self.place.environment_name, database)
        for name in self.tables(session):
            try:
                table = self.table((name,), session)
            except SqlError:
                continue
            if table is not None:
                yield table

    # --- more of tables ------------------------------------------------------------------------

    def declare_external(self, table: Table) -> None:
        """Remember a table that is no topic."""
        with self._lock:
            self._external[table.topic] = table

    def forget_external(self, topic: str) -> bool:
        """Forget such a table; return whether it was there."""
        with self._lock:
            return self._external.pop(topic, None) is not None

    def has_external(self, topic: str) -> bool:
        """Return whether there is such a table."""
        with self._lock:
            return topic in self._external

    def declare(self, table: Table) -> None:
        """Remember a table as CREATE or ALTER TABLE made it."""
        with self._lock:
            self._tables[table.topic] = table
            self._versions[table.topic] = latest_versions(table, self._schemas)

    def forget_database(self, database: str, prefix: str) -> None:
        """Forget all that a database held, by its display name and the prefix of its topics."""
        with self._lock:
            for known in (self._tables, self._versions, self._configs, self._external):
                for topic in [topic for topic in known if split_topic(topic)[0] == prefix]:
                    del known[topic]
            self.models_kept.forget_database(database)
            for name in self._views.names(database):
                self._views.drop(("", database, name))

    def rename_database(self, old: str, new: str) -> None:
        """Take models and views of a database along to its new display name."""
        with self._lock:
            self.models_kept.rename_database(old, new)
            for name in self._views.names(old):
                view = self._views.get(("", old, name))
                self._views.drop(("", old, name))
                if view is not None:
                    self._views.put(replace(view, path=(view.path[0], new, name)))

    def forget(self, topic: str) -> None:
        """Remove a table and the settings of its topic."""
        with self._lock:
            self._tables.pop(topic, None)
            self._versions.pop(topic, None)
            self._configs.pop(topic, None)

    def configure(
        self, topic: str, configs: Mapping[str, str], *, among: Sequence[str] = ()
    ) -> None:
        """Remember settings of a topic; of those `among` that are not given, forget them."""
        with self._lock:
            known = self._configs.setdefault(topic, {})
            for setting in among:
                known.pop(setting, None)
            known.update(configs)

    def alter_settings(self, topic: str, changes: Mapping[str, str | None]) -> None:
        """Change settings of a topic, and the options its table has for them; None = default."""
        with self._lock:
            known = self._configs.setdefault(topic, {})
            known.update({name: value for name, value in changes.items() if value is not None})
            for name in [name for name, value in changes.items() if value is None]:
                known.pop(name, None)
            if (table := self._tables.get(topic)) is not None:
                self._tables[topic] = replace(table, options=with_settings(table.options, known))

    def topics(self) -> tuple[TopicInfo, ...]:
        """Return every topic, by name."""
        partitions = self._topics.topics()
        with self._lock:
            return tuple(
                TopicInfo(name, partitions[name], dict(self._configs.get(name, {})))
                for name in sorted(partitions)
            )

    # --- models --------------------------------------------------------------------------------

    def model(self, parts: tuple[str, ...], session: Session) -> Model | None:
        """Return a model; the last part may carry `$2`; without it the default version."""
        path = self.resolve(parts, session)
        if path is None:
            return None
        name, version = split_version(path[2])
        for model in self.models_kept.versions((path[0], path[1], name)):
            if model.is_default if version is None else str(model.version) == version:
                return model
        return None

    def models(self, session: Session) -> tuple[str, ...]:
        """Return the model names of the session's database."""
        return self.models_kept.names(self.context(session)[1])

    def has_connection(self, name: str, session: Session) -> bool:
        """Return whether the session's environment has a connection of that name."""
        return self.connections.get(name) is not None
