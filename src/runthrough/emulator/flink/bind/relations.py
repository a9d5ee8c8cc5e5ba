"""The operators a query is made of, after names and types are resolved.

Columns have ids that are unique in the statement, so that every operator's rows can be joined,
nested and printed without thinking of names. What an operator's changes look like is worked out
in `changelog.py`, its DuckDB text in `render.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from runthrough.emulator.flink.bind.changelog_calls import FromChangelog as FromChangelog
from runthrough.emulator.flink.bind.changelog_calls import ToChangelog as ToChangelog
from runthrough.emulator.flink.bind.evaluate import Evaluate as Evaluate
from runthrough.emulator.flink.bind.expression import Expr, quote
from runthrough.emulator.flink.bind.fields import Field as Field
from runthrough.emulator.flink.bind.fields import KeepsTime, Timeless
from runthrough.emulator.flink.bind.join_relations import Join as Join
from runthrough.emulator.flink.bind.join_relations import JoinKind as JoinKind
from runthrough.emulator.flink.bind.join_relations import SemiJoin as SemiJoin
from runthrough.emulator.flink.bind.join_relations import TimeBounds as TimeBounds
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.subqueries import SubqueryColumn as SubqueryColumn
from runthrough.emulator.flink.bind.unnest import Unnest as Unnest
from runthrough.emulator.flink.bind.window_relations import WindowAggregate as WindowAggregate
from runthrough.emulator.flink.bind.window_relations import WindowTable as WindowTable
from runthrough.emulator.flink.catalog import Model, Table
from runthrough.emulator.flink.plan import Target


@dataclass(frozen=True)
class Scan:
    """A table.

    Attributes:
        order: the id of the arrival number.
        wm: the id of the source's watermark before the record, in ms since 1970; NULL without one.
        versions: every record rather than the rows that are left; the column before `$rowtime`
            then tells deletions.
    """

    relation: str
    table: Table
    fields: tuple[Field, ...]
    order: tuple[str, ...]
    wm: tuple[str, ...]
    versions: bool = False


@dataclass(frozen=True)
class Values(Timeless):
    """Rows written down.

    Attributes:
        order: the id of the row's number.
        table: the path of the view of INFORMATION_SCHEMA whose rows they are; () of others.
    """

    rows: tuple[tuple[Expr, ...], ...]
    fields: tuple[Field, ...]
    order: tuple[str, ...]
    table: tuple[str, ...] = ()


@dataclass(frozen=True)
class Project(KeepsTime):
    """Expressions over each row."""

    fields: tuple[Field, ...]
    expressions: tuple[Expr, ...]


@dataclass(frozen=True)
class Filter(KeepsTime):
    """The rows for which a condition is true."""

    condition: Expr

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns."""
        return self.input.fields


@dataclass(frozen=True)
class Aggregate(Timeless):
    """GROUP BY and aggregates without it.

    Attributes:
        groups: the grouping expressions; `fields` begins with one column for each.
        calls: aggregate calls, for the rest of `fields`.
        sets: of GROUPING SETS: positions in `groups`; empty for a plain GROUP BY.
        single: no GROUP BY: one row. In batch that row exists even without input.
        batch: evaluated once over what is there.
    """

    input: Relation
    groups: tuple[Expr, ...]
    calls: tuple[Expr, ...]
    fields: tuple[Field, ...]
    order: tuple[str, ...]
    single: bool
    batch: bool
    sets: tuple[tuple[int, ...], ...] = ()


@dataclass(frozen=True)
class SetOperation:
    """UNION ALL, INTERSECT [ALL] or EXCEPT [ALL]; UNION is an Aggregate over UNION ALL."""

    kind: Literal["UNION", "INTERSECT", "EXCEPT"]
    keep_duplicates: bool
    left: Relation
    right: Relation
    fields: tuple[Field, ...]
    order: tuple[str, ...]
    wm: tuple[str, ...] = ()


@dataclass(frozen=True)
class SortKey:
    """One item of ORDER BY."""

    expression: Expr
    descending: bool
    nulls_first: bool


@dataclass(frozen=True)
class TopN(Timeless):
    """ORDER BY with LIMIT; without it (`fetch` None) in batch alone. `order` is the rank."""

    input: Relation
    keys: tuple[SortKey, ...]
    fetch: int | None
    offset: int
    order: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns."""
        return self.input.fields


@dataclass(frozen=True)
class Limit(KeepsTime):
    """LIMIT without ORDER BY: the first rows to arrive."""

    fetch: int | None
    offset: int

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns."""
        return self.input.fields


@dataclass(frozen=True)
class ModelCall(KeepsTime):
    """LATERAL TABLE(ML_PREDICT(…)): the input's rows with a model's answers.

    Attributes:
        function: its name in upper case.
        arguments: values for the model's inputs, in their order and types.
        outputs: the columns added; they end `fields`.
        options: of the call (`client_timeout`, …).
        table_form: ML_PREDICT(TABLE …), which takes inserts alone.
        target: who answers, if not the model.
    """

    function: str
    model: Model
    arguments: tuple[Expr, ...]
    outputs: tuple[Field, ...]
    keep_unmatched: bool
    options: Mapping[str, str] = field(default_factory=dict)
    table_form: bool = False
    target: Target | None = None

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns, then the outputs."""
        return self.input.fields + self.outputs


@dataclass(frozen=True)
class Reference:
    """A named query of WITH, used once or several times; computed once.

    Attributes:
        ids: the input's ids, for each of `fields`, then for `order`, then for `wm`.
    """

    name: str
    input: Relation
    fields: tuple[Field, ...]
    ids: tuple[str, ...]
    order: tuple[str, ...]
    wm: tuple[str, ...]


Relation = (
    Scan
    | Values
    | Project
    | Filter
    | Join
    | SemiJoin
    | Aggregate
    | SetOperation
    | TopN
    | Limit
    | ModelCall
    | Reference
    | Evaluate
    | SubqueryColumn
    | ToChangelog
    | FromChangelog
    | Unnest
    | WindowTable
    | WindowAggregate
    | Over
    | Rank
    | TimeSort
    | TemporalJoin
)


def inputs(relation: Relation) -> tuple[Relation, ...]:
    """Return what an operator reads."""
    match relation:
        case Scan() | Values():
            return ()
        case Join() | SemiJoin() | SetOperation() | SubqueryColumn() | TemporalJoin():
            return (relation.left, relation.right)
        case _:
            return (relation.input,)


def visible(relation: Relation) -> tuple[Field, ...]:
    """Return the columns that `*` shows."""
    return tuple(f for f in relation.fields if not f.hidden)


def arrival(relation: Relation) -> str:
    """Return DuckDB text that sorts rows by arrival: when the last part of each came.

    A row without any part that arrived (the set operations) has no order of its own.
    """
    ids = [quote(identity) for identity in relation.order]
    if not ids:
        return "1"
    if len(ids) == 1:
        return ids[0]
    return f"greatest({', '.join(ids)}), {', '.join(ids)}"
