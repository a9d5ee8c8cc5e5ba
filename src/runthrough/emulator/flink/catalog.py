"""What statements refer to: tables, models, connections, and the session they run in.

catalog = environment, database = Kafka cluster, table = topic; each has a name and an id and
either may be written (facts/flink-sql-ai.md 1.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from runthrough.emulator.flink.types import FlinkType

Mode = Literal["append", "upsert", "retract"]


@dataclass(frozen=True)
class Column:
    """One column of a table, a model's signature or a result.

    Attributes:
        kind: physical, metadata or computed.
        metadata_key, virtual: of a metadata column. expression: SQL text of a computed column.
    """

    name: str
    type: FlinkType
    kind: Literal["physical", "metadata", "computed"] = "physical"
    metadata_key: str | None = None
    virtual: bool = False
    expression: str | None = None
    comment: str | None = None


@dataclass(frozen=True)
class StartMode:
    """Where the query of a materialized table begins to read (facts/flink-sql-ai.md 1.9).

    Attributes:
        word: FROM_BEGINNING, FROM_NOW, FROM_TIMESTAMP, or one of them behind RESUME_OR_.
        argument: what stands in parentheses, as written. back: how many ms before now that is.
        moment: ms since 1970.
    """

    word: str = "RESUME_OR_FROM_BEGINNING"
    argument: str | None = None
    back: int = 0
    moment: int | None = None

    @property
    def resumes(self) -> bool:
        """Whether it goes on where the query before it was, if there was one."""
        return self.word.startswith("RESUME_OR_")

    def __str__(self) -> str:
        """Return it as SQL."""
        return self.word if self.argument is None else f"{self.word}({self.argument})"


@dataclass(frozen=True)
class Definition:
    """What makes a table a materialized one: its query's text, and where that begins to read."""

    query: str
    start: StartMode = field(default_factory=StartMode)


@dataclass(frozen=True)
class Table:
    """A table as the catalog knows it.

    Attributes:
        path: (catalog name, database name, table name).
        columns: without the system column `$rowtime`, which every table has.
        primary_key, distributed_by: column names.
        key_name: of the primary key, where it was given one.
        buckets: partitions of the topic.
        mode: how a statement submitted now reads and writes it.
        watermark: (column, expression as SQL text), or None for the default.
        options: the WITH options that differ from the defaults.
        definition: of a materialized table.
        prefix: what tells the topics of its cluster from those of others.
    """

    path: tuple[str, str, str]
    columns: tuple[Column, ...]
    mode: Mode = "append"
    primary_key: tuple[str, ...] = ()
    distributed_by: tuple[str, ...] = ()
    buckets: int = 6
    watermark: tuple[str, str] | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    comment: str | None = None
    key_name: str | None = None
    definition: Definition | None = None
    prefix: str = ""

    @property
    def name(self) -> str:
        """The last part of the path, and what its cluster calls the topic."""
        return self.path[2]

    @property
    def topic(self) -> str:
        """What the engine calls the topic: unique among all clusters of the environment."""
        return self.prefix + self.path[2]


_TAKEN = ("$rowtime", "__op", "__gone", "__partition", "__seq", "__wm", "__rank", "__left")


def relation_names(table: Table) -> dict[str, str]:
    """Return the names that a table's stored columns have in its relation.

    Their own, but where DuckDB would take one for another: it does not tell `id` from `ID`, and
    the relation has columns of its own beside them (`plan.Source`).
    """
    names: dict[str, str] = {}
    taken = set(_TAKEN) | {c.name.lower() for c in table.columns}
    used: set[str] = set(_TAKEN)
    for column in table.columns:
        name = column.name
        number = 2
        while name.lower() in used or (name != column.name and name.lower() in taken):
            name, number = f"{column.name}__{number}", number + 1
        used.add(name.lower())
        names[column.name] = name
    return names


@dataclass(frozen=True)
class Model:
    """One version of a model.

    Attributes:
        options: keys in lower case as given in WITH (`bedrock.connection`, `task`, …).
    """

    path: tuple[str, str, str]
    inputs: tuple[Column, ...]
    outputs: tuple[Column, ...]
    options: Mapping[str, str]
    version: int = 1
    is_default: bool = True
    comment: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[2]


@dataclass(frozen=True)
class Session:
    """The properties a statement was submitted with (facts/confluent-cloud-api.md 2.8).

    Attributes:
        catalog, database: as the client sent them, id or display name, or None.
        snapshot: `sql.snapshot.mode` = `now`: batch over what is there, ends COMPLETED.
        time_zone: `sql.local-time-zone`.
        compute_pool_id, principal: where it runs and as whom; '' where nobody said.
        out_of_reach: the databases it cannot reach from there, by display name, and why.
    """

    catalog: str | None = None
    database: str | None = None
    snapshot: bool = False
    time_zone: str = "UTC"
    properties: Mapping[str, str] = field(default_factory=dict)
    compute_pool_id: str = ""
    principal: str = ""
    out_of_reach: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class View:
    """A view.

    Attributes:
        path: (catalog name, database name, view name).
        columns: as they were when the view was created.
        query: its text. session: whose catalog and database the names in it are looked up in.
        origins: the names that the columns have in the query.
    """

    path: tuple[str, str, str]
    columns: tuple[Column, ...]
    query: str
    session: Session
    origins: tuple[str, ...]
    comment: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path[2]


@dataclass(frozen=True)
class InformationView:
    """A view of INFORMATION_SCHEMA: columns and rows."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | int | None, ...], ...]


class Catalog(Protocol):
    """What planning asks of the catalog. `parts` are 1 to 3 identifiers, as written."""

    def context(self, session: Session) -> tuple[str, str]:
        """Return the display names of the session's catalog and database ('' where unset)."""
        ...

    def table(self, parts: tuple[str, ...], session: Session) -> Table | None:
        """Return a table, resolving ids and the session's context; None if there is none."""
        ...

    def tables(self, session: Session) -> tuple[str, ...]:
        """Return the names of the session's tables and views, for `did you mean`."""
        ...

    def view(self, parts: tuple[str, ...], session: Session) -> View | None:
        """Return a view, resolving names as `table` does; None if there is none."""
        ...

    def information(self, name: str, session: Session) -> InformationView | None:
        """Return a view of the INFORMATION_SCHEMA of the session's catalog; None without one."""
        ...

    def model(self, parts: tuple[str, ...], session: Session) -> Model | None:
        """Return a model; the last part may carry `$2`; without it the default version."""
        ...

    def has_connection(self, name: str, session: Session) -> bool:
        """Return whether the session's environment has a connection of that name."""
        ...
