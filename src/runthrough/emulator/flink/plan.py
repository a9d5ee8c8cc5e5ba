"""What planning hands to the engine: a statement as data, with its changelog worked out.

Text → `dialect` → `bind` (names, types) → `changelog` (modes, upsert keys) → the classes here.
The engine carries them out and needs to know no SQL text but DuckDB's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runthrough.emulator.flink.catalog import Column, Model, Table, View
from runthrough.emulator.flink.materialized import AlterMaterialized, CreateMaterialized
from runthrough.emulator.flink.restriction import Restriction
from runthrough.emulator.flink.types import FlinkType

Kind = Literal["I", "UB", "UA", "D"]
"""A changelog record kind: +I, -U, +U, -D."""

INSERT_ONLY: frozenset[Kind] = frozenset({"I"})


class SqlError(Exception):
    """A statement Flink refuses. The text is Flink's own and becomes `status.detail`."""


@dataclass(frozen=True)
class Source:
    """A table a query reads. Stage SQL refers to it as the relation `"<relation>"`.

    The relation has the table's physical and metadata columns under the names of
    `catalog.relation_names` plus `$rowtime` (TIMESTAMP WITH TIME ZONE), folded according to the
    table's mode: append = every record, upsert = the last row per key, retract = what is left
    after retractions. Beside them:
    `__seq` (BIGINT, the number of the record in the order of arrival over all topics) and `__wm`
    (BIGINT, ms since 1970: the source's watermark *before* the record; NULL while there is none).
    While stages run, `getvariable('wm_<relation>')` is the source's watermark now, in the same
    unit: NULL while there is none, the largest BIGINT where the input has ended;
    `getvariable('seen_<relation>')` is what the records alone have brought, also where it has.

    Attributes:
        history: a query also reads `"<relation>_history"`: every version of every row with the
            same columns, and in `__taken` the watermark before the record that took it back (the
            smallest BIGINT if there was none yet); NULL while nothing did.
        watermark: DuckDB text over the relation's columns for the watermark that one record
            proposes, in ms since 1970; None for the default strategy over `$rowtime`.
        versions: the relation has every record whatever the table's mode, and `__gone` (BOOLEAN)
            beside it: whether the record takes the row of its key away.
    """

    relation: str
    table: Table
    watermark: str | None = None
    versions: bool = False
    history: bool = False


@dataclass(frozen=True)
class SqlStage:
    """`CREATE TEMP TABLE <relation> AS <sql>` in DuckDB, over sources and earlier stages."""

    relation: str
    sql: str


@dataclass(frozen=True)
class SentimentTarget:
    """Calls go to AI_SENTIMENT, whose model is Confluent's own."""


@dataclass(frozen=True)
class SearchTarget:
    """Calls search the column of an external table for the first argument.

    Where the search has a limit it is the second argument.
    """

    table: Table
    column: str
    kind: Literal["KEY", "TEXT", "VECTOR"]


Target = SentimentTarget | SearchTarget
"""What answers calls in place of a model that a statement created."""


@dataclass(frozen=True)
class ModelStage:
    """Rows of `source` plus the model's outputs, one call per distinct input.

    Attributes:
        relation: what this stage makes: all other columns of `source`, then `outputs`.
        arguments: columns of `source` that hold the call's arguments, in INPUT order; nobody
            else reads them, nor `source`.
        outputs: column names to add, in OUTPUT order (unique within the relation).
        keep_unmatched: LEFT JOIN … ON TRUE.
        options: the call's option map (`client_timeout`, `max_parallelism`, `retry_count`, …).
        target: who answers, if not the model.
    """

    relation: str
    source: str
    model: Model
    arguments: tuple[str, ...]
    outputs: tuple[str, ...]
    keep_unmatched: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
    target: Target | None = None


@dataclass(frozen=True)
class EvaluateStage:
    """One row with the metrics of a model over labelled rows (facts/flink-sql-ai.md 4.1).

    Attributes:
        relation: what this stage makes: `made`, a map of metric to value, and `order`.
        label, arguments, answer, newest: columns of `source`; the last is the arrival number.
        batch: the row exists even without input.
    """

    relation: str
    source: str
    task: str
    label: str
    arguments: tuple[str, ...]
    answer: str
    newest: str
    made: str
    order: str
    batch: bool


@dataclass(frozen=True)
class OverStage:
    """Rows of `source` plus what a function gives that Python computes over ordered partitions.

    Attributes:
        relation: what this stage makes: all columns of `source`, then `output`.
        partition: columns of `source` whose equal values make a partition.
        order: the column of `source` with the row's number.
        function: its name in `functions/ordered.py`.
        arguments: columns of `source` with the call's arguments.
        output: the name of the column to add. type: its type.
    """

    relation: str
    source: str
    partition: tuple[str, ...]
    order: str
    function: str
    arguments: tuple[str, ...]
    output: str
    type: FlinkType


Stage = SqlStage | ModelStage | OverStage | EvaluateStage


@dataclass(frozen=True)
class Query:
    """A planned query.

    Attributes:
        stages: in order; the last one, a `SqlStage`, is the result. Its first `len(columns)`
            columns are the result's, under their own names where those are unique, else `c0`,
            `c1`, …; `identity` columns may follow.
        columns: names and types of the result, as `traits.schema` shows them.
        changelog: the record kinds the query can emit.
        upsert_key: positions in `columns`; () = single row (an aggregate without GROUP BY);
            None = no key.
        identity: names of extra columns of the last stage (hidden group keys) by which a removed
            and an added row are paired into -U/+U; empty = pair by nothing (emit -D and +I).
        seen: the name of one more column of the last stage: when the row's newest input came. A row
            in which nothing else changed is then taken back and given again; '' = it is not.
        stateless: filters, projections and model calls only, over insert-only input: the engine
            evaluates it on new records alone.
        passes: filters and projections over one retract table: after what was there at the start,
            records go through with the kind they have (facts/flink-sql-ai.md 5.2, row 3).
        timed: something in it waits for watermarks: evaluated again when they move, be it only
            because partitions are idle.
        bounded: ends by itself (VALUES, LIMIT, no table, INFORMATION_SCHEMA, snapshot mode).
        restrictions: how a part of the result is computed after new records (`restrictions.py`);
            empty = the result is always computed whole.
        limit: the streaming LIMIT: the statement ends after that many rows.
        explain: one line a node, `Node(…)  changelogMode=[…]`, top down.
        warnings: statement advisor texts (facts/flink-sql-ai.md 5.6).
    """

    stages: tuple[Stage, ...]
    sources: tuple[Source, ...]
    columns: tuple[Column, ...]
    changelog: frozenset[Kind]
    upsert_key: tuple[int, ...] | None = None
    identity: tuple[str, ...] = ()
    seen: str = ""
    stateless: bool = False
    passes: bool = False
    timed: bool = False
    bounded: bool = False
    restrictions: tuple[Restriction, ...] = ()
    limit: int | None = None
    explain: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    @property
    def insert_only(self) -> bool:
        """Whether the query never changes a row it gave."""
        return self.changelog == INSERT_ONLY


@dataclass(frozen=True)
class Select:
    """A foreground query."""

    query: Query
    sql_kind: str = "SELECT"


@dataclass(frozen=True)
class CreateTable:
    """CREATE TABLE, with the query of a CTAS. `table` is complete: mode, key, defaults decided."""

    table: Table
    query: Query | None = None
    if_not_exists: bool = False

    @property
    def sql_kind(self) -> str:
        """What `traits.sql_kind` says."""
        return "CREATE_TABLE_AS" if self.query else "CREATE_TABLE"


@dataclass(frozen=True)
class Insert:
    """INSERT INTO … SELECT or VALUES; the query's columns are the table's, in its order."""

    table: Table
    query: Query
    sql_kind: str = "INSERT_INTO"


@dataclass(frozen=True)
class StatementSet:
    """EXECUTE STATEMENT SET: INSERTs that run, fail and stop together.

    How Confluent Cloud spells its kind is not known (facts 1.2): the word here is ours.
    """

    inserts: tuple[Insert, ...]
    sql_kind: str = "STATEMENT_SET"


@dataclass(frozen=True)
class AlterTable:
    """ALTER TABLE: `table` as it is after the change; None = there is none (IF EXISTS)."""

    table: Table | None
    sql_kind: str = "ALTER_TABLE"


@dataclass(frozen=True)
class CreateView:
    """CREATE VIEW."""

    view: View
    if_not_exists: bool = False
    sql_kind: str = "CREATE_VIEW"


@dataclass(frozen=True)
class AlterView:
    """ALTER VIEW: the view before and after; its name may differ."""

    before: View
    view: View
    sql_kind: str = "ALTER_VIEW"


@dataclass(frozen=True)
class CreateConnection:
    """CREATE CONNECTION. `options` holds secrets: never log it."""

    name: str
    options: Mapping[str, str] = field(repr=False)
    comment: str | None = None
    if_not_exists: bool = False
    replace: bool = False
    sql_kind: str = "CREATE_CONNECTION"


@dataclass(frozen=True)
class AlterConnection:
    """ALTER CONNECTION … SET. `options` holds secrets: never log it."""

    name: str
    options: Mapping[str, str] = field(repr=False)
    exists: bool = True
    sql_kind: str = "ALTER_CONNECTION"


@dataclass(frozen=True)
class AlterModel:
    """ALTER MODEL; `path` may end in `$2`, `new_path` is that of RENAME."""

    path: tuple[str, str, str]
    set_options: Mapping[str, str] = field(default_factory=dict)
    reset_options: tuple[str, ...] = ()
    new_path: tuple[str, str, str] | None = None
    exists: bool = True
    sql_kind: str = "ALTER_MODEL"


@dataclass(frozen=True)
class CreateModel:
    """CREATE MODEL; a second one of the same signature adds a version."""

    model: Model
    if_not_exists: bool = False
    sql_kind: str = "CREATE_MODEL"


@dataclass(frozen=True)
class Drop:
    """DROP of a table, view, model or connection that exists (or nothing, with IF EXISTS)."""

    object: Literal["TABLE", "VIEW", "MODEL", "CONNECTION", "MATERIALIZED TABLE"]
    path: tuple[str, str, str]
    exists: bool = True
    if_exists: bool = False

    @property
    def sql_kind(self) -> str:
        """What `traits.sql_kind` says."""
        return "DROP_" + self.object.replace(" ", "_")


@dataclass(frozen=True)
class Show:
    """SHOW CATALOGS, DATABASES, TABLES, VIEWS, MODELS, CONNECTIONS, FUNCTIONS, JOBS, CURRENT ….

    `source` is the database (or catalog) of FROM as written, () for the session's own.
    """

    object: str
    like: str | None = None
    negated: bool = False
    source: tuple[str, ...] = ()

    @property
    def sql_kind(self) -> str:
        """What `traits.sql_kind` says."""
        return "SHOW_" + self.object.replace(" ", "_")


@dataclass(frozen=True)
class Describe:
    """DESCRIBE of something that exists, or SHOW CREATE of it; `version` of a model, or `all`."""

    object: Literal["TABLE", "VIEW", "MODEL", "CONNECTION", "MATERIALIZED TABLE"]
    target: Table | View | Model | str
    extended: bool = False
    create: bool = False
    version: str | None = None

    @property
    def sql_kind(self) -> str:
        """What `traits.sql_kind` says."""
        word = "SHOW_CREATE_" if self.create else "DESCRIBE_"
        return word + self.object.replace(" ", "_")


@dataclass(frozen=True)
class Explain:
    """EXPLAIN of a SELECT, INSERT, statement set or CTAS: the plan as text."""

    text: str
    sql_kind: str = "EXPLAIN"


Command = (
    Select
    | CreateTable
    | Insert
    | StatementSet
    | AlterTable
    | CreateMaterialized
    | AlterMaterialized
    | CreateView
    | AlterView
    | CreateConnection
    | AlterConnection
    | AlterModel
    | CreateModel
    | Drop
    | Show
    | Describe
    | Explain
)
