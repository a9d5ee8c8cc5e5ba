"""Statements as written, before any name in them is looked up.

Queries inside are sqlglot trees. Sources: facts/flink-sql-ai.md 1.3-1.10.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlglot import exp

from runthrough.emulator.flink.parse.refusals import Span
from runthrough.emulator.flink.types import FlinkType


@dataclass(frozen=True)
class Name:
    """A name of one to three parts, and where it stands."""

    parts: tuple[str, ...]
    span: Span


@dataclass(frozen=True)
class ColumnDefinition:
    """A column of a table or a model's signature.

    Attributes:
        type: None in `CREATE TABLE t (a)` and for computed columns.
        key: PRIMARY KEY NOT ENFORCED written behind the type.
        metadata, metadata_key, virtual: `c TYPE METADATA FROM 'key' VIRTUAL`.
        expression: of a computed column.
    """

    name: str
    span: Span
    type: FlinkType | None
    key: KeyDefinition | None = None
    comment: str | None = None
    metadata: bool = False
    metadata_key: str | None = None
    virtual: bool = False
    expression: exp.Expr | None = None

    @property
    def named_alone(self) -> bool:
        """Whether it stands in a list of nothing but names."""
        return self.type is None and self.expression is None


@dataclass(frozen=True)
class WatermarkDefinition:
    """WATERMARK FOR column AS expression; `column` has dots where a field was named."""

    column: str
    span: Span
    expression: exp.Expr


@dataclass(frozen=True)
class KeyDefinition:
    """PRIMARY KEY (…) NOT ENFORCED."""

    columns: tuple[str, ...]
    spans: tuple[Span, ...]
    constraint: str | None = None


@dataclass(frozen=True)
class LikeClause:
    """LIKE source (INCLUDING …): feature (`ALL`, `OPTIONS`, …) → what is done with it."""

    source: Name
    strategies: Mapping[str, str]


@dataclass(frozen=True)
class QueryStatement:
    """SELECT, VALUES, WITH."""

    query: exp.Expr


@dataclass(frozen=True)
class CreateTableStatement:
    """CREATE TABLE, with or without AS query.

    Attributes:
        distributed_by: None without the clause; () for DISTRIBUTED INTO n BUCKETS.
    """

    name: Name
    columns: tuple[ColumnDefinition, ...] = ()
    key: KeyDefinition | None = None
    watermark: WatermarkDefinition | None = None
    distributed_by: tuple[str, ...] | None = None
    buckets: int | None = None
    comment: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    like: LikeClause | None = None
    query: exp.Expr | None = None
    if_not_exists: bool = False


@dataclass(frozen=True)
class InsertStatement:
    """INSERT INTO t [(columns)] query."""

    name: Name
    columns: tuple[tuple[str, Span], ...] | None
    query: exp.Expr


@dataclass(frozen=True)
class StatementSetStatement:
    """EXECUTE STATEMENT SET BEGIN …; END, or BEGIN STATEMENT SET; …; END: one or more INSERTs."""

    inserts: tuple[InsertStatement, ...]


@dataclass(frozen=True)
class DroppedPart:
    """What ALTER TABLE … DROP takes away; `name` of a column or constraint."""

    what: Literal["COLUMN", "WATERMARK", "PRIMARY KEY", "CONSTRAINT"]
    name: str | None = None


@dataclass(frozen=True)
class TableChange:
    """One change of ALTER TABLE.

    Attributes:
        after: the column that a column is put behind; '' = FIRST, None = where it is or last.
    """

    action: Literal["ADD", "MODIFY", "DROP"]
    item: ColumnDefinition | KeyDefinition | WatermarkDefinition | DroppedPart
    after: str | None = None


@dataclass(frozen=True)
class AlterTableStatement:
    """ALTER TABLE t SET (…), RESET (…), ADD …, MODIFY … or DROP …."""

    name: Name
    set_options: Mapping[str, str] = field(default_factory=dict)
    reset_options: tuple[str, ...] = ()
    changes: tuple[TableChange, ...] = ()
    if_exists: bool = False


@dataclass(frozen=True)
class ViewQuery:
    """A view's query, and its text."""

    query: exp.Expr
    text: str


@dataclass(frozen=True)
class CreateViewStatement:
    """CREATE VIEW v [(columns)] AS query."""

    name: Name
    query: ViewQuery
    columns: tuple[tuple[str, Span], ...] = ()
    comment: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True)
class AlterViewStatement:
    """ALTER VIEW v AS query, or RENAME TO."""

    name: Name
    query: ViewQuery | None = None
    new_name: Name | None = None


@dataclass(frozen=True)
class CreateMaterializedStatement:
    """CREATE [OR ALTER] MATERIALIZED TABLE; also ALTER … AS, which keeps what it does not say.

    Attributes:
        table: all that CREATE TABLE … AS has. text: of the query.
        start: the word of START_MODE and its argument; None without the clause.
    """

    table: CreateTableStatement
    text: str
    start: tuple[str, exp.Expr | None, str | None] | None = None
    or_alter: bool = False


@dataclass(frozen=True)
class AlterMaterializedStatement:
    """ALTER MATERIALIZED TABLE: SUSPEND, RESUME, a change as of ALTER TABLE, or AS query."""

    name: Name
    action: Literal["SUSPEND", "RESUME"] | AlterTableStatement | CreateMaterializedStatement


@dataclass(frozen=True)
class CreateConnectionStatement:
    """CREATE CONNECTION; its options hold secrets."""

    name: Name
    options: Mapping[str, str] = field(repr=False)
    comment: str | None = None
    if_not_exists: bool = False
    replace: bool = False


@dataclass(frozen=True)
class AlterConnectionStatement:
    """ALTER CONNECTION c SET (…); its options hold secrets."""

    name: Name
    options: Mapping[str, str] = field(repr=False)
    if_exists: bool = False


@dataclass(frozen=True)
class AlterModelStatement:
    """ALTER MODEL m SET (…), RESET (…) or RENAME TO …; one of the three is given."""

    name: Name
    set_options: Mapping[str, str] = field(default_factory=dict)
    reset_options: tuple[str, ...] = ()
    new_name: Name | None = None
    if_exists: bool = False


@dataclass(frozen=True)
class CreateModelStatement:
    """CREATE MODEL."""

    name: Name
    inputs: tuple[ColumnDefinition, ...]
    outputs: tuple[ColumnDefinition, ...]
    options: Mapping[str, str]
    comment: str | None = None
    if_not_exists: bool = False


@dataclass(frozen=True)
class DropStatement:
    """DROP [MATERIALIZED] TABLE | VIEW | MODEL | CONNECTION [IF EXISTS] name."""

    object: str
    name: Name
    if_exists: bool = False


@dataclass(frozen=True)
class ShowStatement:
    """SHOW of several things; `source` is the database of FROM or IN."""

    object: str
    like: str | None = None
    negated: bool = False
    source: Name | None = None


@dataclass(frozen=True)
class DescribeStatement:
    """DESCRIBE, or SHOW CREATE (then `create` is set)."""

    object: str
    name: Name
    extended: bool = False
    create: bool = False


@dataclass(frozen=True)
class ExplainStatement:
    """EXPLAIN of a query, an INSERT, a statement set or a CREATE TABLE … AS."""

    statement: QueryStatement | InsertStatement | StatementSetStatement | CreateTableStatement


Statement = (
    QueryStatement
    | CreateTableStatement
    | InsertStatement
    | StatementSetStatement
    | AlterTableStatement
    | CreateMaterializedStatement
    | AlterMaterializedStatement
    | CreateViewStatement
    | AlterViewStatement
    | CreateConnectionStatement
    | AlterConnectionStatement
    | AlterModelStatement
    | CreateModelStatement
    | DropStatement
    | ShowStatement
    | DescribeStatement
    | ExplainStatement
)
