"""FOR SYSTEM_TIME AS OF: joining each row with the version of another table at the row's time.

Every record of the other table is a version of the row with its key; a deletion ends it. The other
side may also be a named query that keeps the last row of each key. Sources:
facts/flink-sql-ai.md 5.2 (rows 14, 15), 5.7, 6.4; Flink 2.3 was asked for further texts.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context, conjuncts, has_aggregate
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.literals import literal
from runthrough.emulator.flink.bind.operators import comparable, logical
from runthrough.emulator.flink.bind.over_relations import Rank, TemporalJoin, TemporalKey
from runthrough.emulator.flink.bind.relations import (
    Field,
    Project,
    Reference,
    Relation,
    Scan,
)
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.type_rules import is_timestamp, plain
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated, not_in_dialect
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BOOLEAN

GONE = "__gone"
"""The column that tells a deletion among the versions of a table."""


@dataclass(frozen=True)
class Versions:
    """All that a table's rows have ever been.

    Attributes:
        relation: the versions. gone: the id of the column that marks deletions, if there are any.
        key: ids of the columns that tell whose versions they are; None if nothing does.
    """

    relation: Relation
    gone: str | None
    key: frozenset[str] | None


def moment_of(node: exp.Expr) -> exp.Expr | None:
    """Return the expression of FOR SYSTEM_TIME AS OF behind a table's name, if it is there."""
    version = node.args.get("version")
    return None if version is None else version.expression


def refused_alone() -> SqlError:
    """Return the refusal of FOR SYSTEM_TIME AS OF where nothing is joined; the wording is ours."""
    return not_in_dialect("Time travel (FOR SYSTEM_TIME AS OF without a join)")


def temporal_join(
    context: Context,
    left: Relation,
    right: Relation,
    scope: Scope,
    left_scope: Scope,
    join: exp.Join,
) -> TemporalJoin:
    """Return the join. Raises SqlError, most often in Flink's words, at what cannot be one."""
    kind, on = str(join.args["kind"]), join.args.get("on")
    time = _left_time(context, left, left_scope, join.this)
    if kind in ("RIGHT", "FULL"):
        raise SqlError(f"Unknown join type {kind}")
    keys, equal, rest = _conditions(context, left, right, scope, on)
    if not keys:
        raise SqlError("Currently the join key in Temporal Table Join can not be empty.")
    found = versions(context, right)
    joined = {key.right.column for key in keys}
    if found.key is None or not found.key <= joined:
        raise SqlError(
            "Temporal Table Join requires primary key in versioned table, but no primary key can "
            "be found."
        )
    right_time = next((f.id for f in found.relation.fields if f.time_attribute), None)
    if right_time is None:
        raise SqlError(
            "Event-Time Temporal Table Join requires both primary key and row time attribute in "
            "versioned table, but no row time attribute can be found."
        )
    return TemporalJoin(
        kind="LEFT" if kind == "LEFT" else "INNER",
        left=left,
        right=found.relation,
        keys=keys,
        condition=equal,
        rest=rest,
        left_time=time,
        right_time=right_time,
        gone=found.gone,
        primary=tuple(f.id for f in found.relation.fields if f.id in found.key),
    )


def _left_time(context: Context, left: Relation, scope: Scope, item: exp.Expr) -> str:
    """Return the id of the left side's time attribute that the versions are looked up by."""
    node = moment_of(item)
    if node is None:
        raise ValueError("a temporal join without its time")
    written = context.written(node)
    if isinstance(node, exp.Anonymous) and str(node.this).upper() == "PROCTIME":
        raise SqlError(
            f"SQL validation failed. Unsupported time travel expression: {written} for the "
            "expression can not be reduced to a constant by Flink."
        )
    try:
        bound = context.expressions(scope).bind(node)
    except SqlError:
        if isinstance(node, exp.Column):
            raise SqlError(
                "Temporal Table Join requires time attribute in the left table, but no time "
                "attribute found."
            ) from None
        raise
    if not is_timestamp(bound.type):
        raise context.refuse(
            node,
            "The system time period specification expects Timestamp type but is "
            f"'{plain(bound.type)}'",
        )
    if not bound.columns:
        raise refused_alone()
    times = {f.id for f in left.fields if f.time_attribute}
    if bound.column is None or bound.column not in times:
        raise SqlError(
            "Temporal table join currently only supports 'FOR SYSTEM_TIME AS OF' left table's time "
            "attribute field"
        )
    return bound.column


# -- the condition ---------------------------------------------------------------------------------


def _conditions(
    context: Context, left: Relation, right: Relation, scope: Scope, on: exp.Expr | None
) -> tuple[tuple[TemporalKey, ...], Expr | None, Expr | None]:
    """Return what is equal on both sides, that as a condition, and the other conditions."""
    if on is None:
        return (), None, None
    if has_aggregate(on):
        raise context.refuse(on, "Aggregate expression is illegal in ON clause")
    binder = context.expressions(scope)
    keys: list[TemporalKey] = []
    equal: Expr | None = None
    rest: Expr | None = None
    for part in conjuncts(on):
        condition = binder.condition(part, "ON")
        key = None
        if isinstance(part, exp.EQ):
            sides = (binder.bind(part.this), binder.bind(part.expression))
            key = _key(context, left, right, sides)
        if key is None:
            rest = condition if rest is None else logical("AND", rest, condition)
        else:
            keys.append(key)
            equal = condition if equal is None else logical("AND", equal, condition)
    return tuple(keys), equal, rest


def _key(
    context: Context, left: Relation, right: Relation, sides: tuple[Expr, Expr]
) -> TemporalKey | None:
    ids = [frozenset(f.id for f in side.fields) for side in (left, right)]
    a, b = sides
    if not (a.columns and b.columns):
        return None
    if a.columns <= ids[1] and b.columns <= ids[0]:
        a, b = b, a
    if not (a.columns <= ids[0] and b.columns <= ids[1]):
        return None
    try:
        texts = comparable("=", a, b, context.session.time_zone)
    except Refused:
        return None
    return TemporalKey(a, b, *texts)


# -- versions --------------------------------------------------------------------------------------


def versions(context: Context, relation: Relation) -> Versions:
    """Return a table's rows with all that they have been.

    Raises:
        SqlError: it is neither a table nor a named query that keeps the last row of each key.
    """
    match relation:
        case Scan():
            return _table_versions(context, relation)
        case Project():
            return _projected(context, relation)
        case Reference():
            return _referred(context, relation)
        case Rank() if relation.by_time_alone and relation.keys[0].descending:
            one = literal(exp.Literal.number(1))
            items = tuple(column(f.id, f.type) for f in relation.input.fields)
            rows = Project(relation.input, relation.fields, (*items, one))
            key = {e.column for e in relation.partition}
            told = frozenset(i for i in key if i is not None) if None not in key else None
            return Versions(rows, None, told)
        case _:
            raise not_emulated("temporal joins with anything but a table or the last row of a key")


def _table_versions(context: Context, scan: Scan) -> Versions:
    table = scan.table
    by_name = {f.name: f.id for f in scan.fields}
    key = frozenset(by_name[name] for name in table.primary_key) or None
    source = context.versions(table, scan.relation)
    gone = Field(context.ids.new(), GONE, BOOLEAN, hidden=True)
    fields = (*scan.fields[:-1], gone, scan.fields[-1])
    rows = replace(scan, relation=source.relation, fields=fields, versions=True)
    return Versions(rows, gone.id, key)


def _projected(context: Context, node: Project) -> Versions:
    below = versions(context, node.input)
    moved = {
        e.column: f.id
        for f, e in zip(node.fields, node.expressions, strict=True)
        if e.column is not None
    }
    key = None
    if below.key is not None and below.key <= moved.keys():
        key = frozenset(moved[i] for i in below.key)
    if below.gone is None:
        return Versions(replace(node, input=below.relation), None, key)
    gone = Field(context.ids.new(), GONE, BOOLEAN, hidden=True)
    rows = Project(
        below.relation, (*node.fields, gone), (*node.expressions, column(below.gone, BOOLEAN))
    )
    return Versions(rows, gone.id, key)


def _referred(context: Context, node: Reference) -> Versions:
    below = versions(context, node.input)
    inner = below.relation
    size = len(node.fields)
    moved = dict(zip(node.ids[:size], (f.id for f in node.fields), strict=True))
    fields, ids = node.fields, node.ids[:size]
    gone = None
    if below.gone is not None:
        gone = Field(context.ids.new(), GONE, BOOLEAN, hidden=True)
        fields, ids = (*fields, gone), (*ids, below.gone)
    order = tuple(context.ids.new("s") for _ in inner.order)
    wm = tuple(context.ids.new("w") for _ in inner.wm)
    rows = Reference(node.name, inner, fields, ids + inner.order + inner.wm, order, wm)
    key = None
    if below.key is not None and below.key <= moved.keys():
        key = frozenset(moved[i] for i in below.key)
    return Versions(rows, gone.id if gone else None, key)
