"""From a bound query to what the engine runs, for the foreground or for a table.

Sources: facts/flink-sql-ai.md 5.2-5.6.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from sqlglot import exp

from runthrough.emulator.flink.bind.columns import project
from runthrough.emulator.flink.bind.context import Context, Environment
from runthrough.emulator.flink.bind.current_watermark import CURRENT_WATERMARK
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.queries import QueryBinder
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Limit,
    ModelCall,
    Project,
    Reference,
    Relation,
    Scan,
    SetOperation,
    Unnest,
    Values,
    inputs,
    visible,
)
from runthrough.emulator.flink.bind.window_relations import WindowTable
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.plan import Query, SqlError
from runthrough.emulator.flink.planning.changelog import Changelog
from runthrough.emulator.flink.planning.changes import Changes, produced_by
from runthrough.emulator.flink.planning.column_use import expressions
from runthrough.emulator.flink.planning.determinism import DeterminismCheck, needed_by_key
from runthrough.emulator.flink.planning.explain import is_state_intensive, plan_lines
from runthrough.emulator.flink.planning.outer_joins import tightened
from runthrough.emulator.flink.planning.render import Renderer
from runthrough.emulator.flink.planning.restrictions import restrictions_of
from runthrough.emulator.flink.planning.row_text import key_name
from runthrough.emulator.flink.planning.unread_joins import without_unread_joins
from runthrough.emulator.flink.planning.watermarks import holds_rows_back
from runthrough.emulator.flink.planning.windows import window_advice
from runthrough.emulator.flink.restriction import Restriction

SEEN = "__seen"
"""The name of the column that tells when a row's newest input came."""


@dataclass(frozen=True)
class BoundQuery:
    """A query with its changes worked out, before anything is written of it."""

    context: Context
    root: Relation
    changelog: Changelog

    @property
    def columns(self) -> tuple[Column, ...]:
        """Names and types of the result."""
        return tuple(Column(f.name, f.type) for f in visible(self.root))

    @property
    def changes(self) -> Changes:
        """What the query emits."""
        return self.changelog.of(self.root)

    def upsert_key(self) -> tuple[int, ...] | None:
        """Return positions of the smallest upsert key in the result; None without one."""
        if self.changes.insert_only:
            return None
        places = {f.id: i for i, f in enumerate(visible(self.root))}
        keys = [
            tuple(sorted(places[i] for i in key))
            for key in self.changes.keys
            if key <= places.keys()
        ]
        return min(keys, key=lambda key: (len(key), key)) if keys else None

    def key_names(self) -> tuple[str, ...]:
        """Return the upsert key's column names; () without a key and for a single row."""
        return tuple(self.columns[i].name for i in self.upsert_key() or ())

    def reshaped(self, names: list[str], items: list[Expr]) -> BoundQuery:
        """Return the query with another list of columns over it."""
        return bound(self.context, project(self.context, self.root, names, items))

    def references(self) -> list[Expr]:
        """Return the result's columns as expressions."""
        return [column(f.id, f.type) for f in visible(self.root)]


def bind_query(context: Context, node: exp.Expr) -> BoundQuery:
    """Return a statement's query. Raises SqlError at what Flink refuses."""
    return bound(context, QueryBinder(context).bind(node, Environment(root=True)))


def bound(context: Context, root: Relation) -> BoundQuery:
    """Return a query with its changes worked out."""
    root = without_unread_joins(tightened(root))
    changelog = Changelog(root, batch=context.session.snapshot)
    changelog.of(root)
    return BoundQuery(context, root, changelog)


def foreground(query: BoundQuery) -> Query:
    """Return the plan of a SELECT whose rows go to the client.

    With a LIMIT it ends once so many rows were shown, over a changing table too (facts 1.2; the
    lab's own LIMIT 20 over a retract table does, workshop-labs B.1).

    Raises:
        SqlError: E4, a changing result with columns that depend on chance.
    """
    lines = plan_lines(query.root, query.changelog)
    needed = frozenset(f.id for f in visible(query.root))
    DeterminismCheck(query.changelog, lines).check(query.root, needed)
    plan = _planned(query, lines, query.upsert_key(), drop_before=False, warnings=_advice(query))
    return replace(plan, limit=_ending_limit(query.root))


def into_table(query: BoundQuery, table: Table) -> Query:
    """Return the plan of a query whose rows are written to a table.

    Raises:
        SqlError: E1 or E2, the table takes no such changes; E4.
    """
    changes = query.changes
    lines = plan_lines(query.root, query.changelog)
    if table.mode == "append" and not changes.insert_only:
        path = ".".join(table.path)
        raise SqlError(f"Table sink '{path}' doesn't support consuming {produced_by(changes)}")
    _check_times(query, table)
    names = [c.name for c in query.columns]
    key = tuple(names.index(name) for name in table.primary_key)
    derived = query.upsert_key()
    needed = frozenset(f.id for f in visible(query.root))
    if table.mode == "upsert" and _same_key(derived, key):
        needed = needed_by_key(visible(query.root), key)
    DeterminismCheck(query.changelog, lines).check(query.root, needed)
    upsert = table.mode == "upsert"
    warnings = _advice(query)
    if upsert and not changes.insert_only and not _same_key(derived, key):
        warnings = (_key_warning(table, query), *warnings)
    planned = _planned(
        query, lines, key if upsert else derived, drop_before=upsert, warnings=warnings
    )
    return replace(planned, restrictions=_restrictions(query, key)) if upsert else planned


def _check_times(query: BoundQuery, table: Table) -> None:
    """Refuse to write several time attributes, as Flink 2.3 does when asked."""
    times = [f.name for f in visible(query.root) if f.time_attribute]
    if len(times) > 1 and not query.context.session.snapshot:
        raise SqlError(
            f"The query contains more than one rowtime attribute column [{', '.join(times)}] for "
            f"writing into table '{'.'.join(table.path)}'.\nPlease select the column that should "
            "be used as the event-time timestamp for the table sink by casting all other columns "
            "to regular TIMESTAMP or TIMESTAMP_LTZ."
        )


def _same_key(derived: tuple[int, ...] | None, key: tuple[int, ...]) -> bool:
    # A single row has every key (facts 5.3).
    return derived is not None and (derived == () or set(derived) == set(key))


def _planned(
    query: BoundQuery,
    lines: tuple[str, ...],
    key: tuple[int, ...] | None,
    *,
    drop_before: bool,
    warnings: tuple[str, ...],
) -> Query:
    root, changes = query.root, query.changes
    identity = _identity(query)
    renderer = Renderer(query.context.ids, identity)
    seen = SEEN if not changes.insert_only and _has_ttl(query) and _is_aggregate(root) else ""
    renderer.finish(root, result_names(query.columns, len(identity)), seen)
    limit = _ending_limit(root) if changes.insert_only else None
    has_source = _any(root, Scan)
    read = _relations(root)
    snapshot = query.context.session.snapshot
    return Query(
        stages=tuple(renderer.stages),
        sources=tuple(
            replace(source, history=source.relation in renderer.histories)
            for source in query.context.sources.values()
            if source.relation in read
        ),
        columns=query.columns,
        changelog=changes.kinds - {"UB"} if drop_before else changes.kinds,
        upsert_key=key,
        identity=tuple(key_name(i) for i in range(len(identity))),
        seen=seen,
        stateless=_is_stateless(root, at_root=True) and has_source and not _any(root, Values),
        passes=not snapshot and _passes(root),
        timed=not snapshot and (holds_rows_back(root) or _asks_for_watermark(root)),
        bounded=snapshot or not has_source or limit is not None,
        restrictions=_restrictions(query),
        limit=limit,
        explain=lines,
        warnings=warnings,
    )


def _has_ttl(query: BoundQuery) -> bool:
    """Return whether state is given up after a while (`sql.state-ttl`)."""
    ttl = query.context.session.properties.get("sql.state-ttl", "0").strip()
    return ttl.split(" ")[0] not in ("", "0")


def _is_aggregate(node: Relation) -> bool:
    """Return whether a query gives the results of GROUP BY as they are.

    With a TTL such a result is given again with every record of its group, be it the same, so that
    what is behind it keeps it as long (facts 5.7).
    """
    while isinstance(node, Project | Filter):
        node = node.input
    return isinstance(node, Aggregate) and not node.batch


def _identity(query: BoundQuery) -> tuple[str, ...]:
    """Return the hidden columns by which updates are paired.

    None are needed where nothing changes, and none help where a row's identity is only when it
    arrived: such rows come and go but never change.
    """
    changes = query.changes
    if changes.insert_only or changes.identity is None:
        return ()
    arrivals = _arrivals(query.root)
    if changes.identity and changes.identity <= arrivals:
        return ()
    return tuple(sorted(changes.identity))


def _restrictions(
    query: BoundQuery, folded_by: tuple[int, ...] | None = None
) -> tuple[Restriction, ...]:
    root = query.root
    if query.context.session.snapshot or holds_rows_back(root) or _asks_for_watermark(root):
        return ()
    return restrictions_of(root, folded_by)


def _relations(node: Relation) -> frozenset[str]:
    """Return the names of the sources that a query reads."""
    own = frozenset({node.relation}) if isinstance(node, Scan) else frozenset[str]()
    return own.union(*(_relations(child) for child in inputs(node)))


def _arrivals(node: Relation) -> frozenset[str]:
    own = frozenset(node.order)
    return own.union(*(_arrivals(child) for child in inputs(node)))


def result_names(columns: tuple[Column, ...], keys: int) -> tuple[str, ...]:
    """Return the result's column names in DuckDB, which does not tell `id` from `ID`."""
    names = [c.name.lower() for c in columns] + [key_name(i) for i in range(keys)]
    if len(set(names)) == len(names) and all(c.name for c in columns):
        return tuple(c.name for c in columns)
    return tuple(f"c{i}" for i in range(len(columns)))


def _ending_limit(node: Relation) -> int | None:
    """Return the number of rows after which a stream is done; None if only the input's end is."""
    while isinstance(node, Project):
        node = node.input
    return node.fetch if isinstance(node, Limit) else None


def _passes(node: Relation) -> bool:
    """Return whether a query only filters and projects one retract table."""
    while isinstance(node, Project | Filter | Reference):
        node = node.input
    return isinstance(node, Scan) and node.table.mode == "retract"


def _is_stateless(node: Relation, *, at_root: bool = False) -> bool:
    match node:
        case Scan():
            return node.table.mode == "append"
        case Values():
            return True
        case Project():
            return _is_stateless(node.input, at_root=at_root)
        case Limit():
            return at_root and node.offset == 0 and _is_stateless(node.input)
        case Filter() | ModelCall() | Reference() | Unnest():
            return _is_stateless(node.input)
        case WindowTable():
            return not node.waits and _is_stateless(node.input)
        case SetOperation(kind="UNION"):
            return _is_stateless(node.left) and _is_stateless(node.right)
        case _:
            return False


def _asks_for_watermark(node: Relation) -> bool:
    asked = any(CURRENT_WATERMARK in e.volatile for e in expressions(node))
    return asked or any(_asks_for_watermark(child) for child in inputs(node))


def _any(node: Relation, kind: type) -> bool:
    return isinstance(node, kind) or any(_any(child, kind) for child in inputs(node))


# -- advice ----------------------------------------------------------------------------------------


def _advice(query: BoundQuery) -> tuple[str, ...]:
    """Return the advisor's warnings; facts 5.6 give their beginnings, the endings are ours."""
    session = query.context.session
    if session.snapshot or not _any(query.root, Scan):
        return ()
    about_windows = window_advice(query.root)
    if _has_ttl(query) or not is_state_intensive(query.root):
        return about_windows
    return (
        *about_windows,
        "[Warning] Your query includes one or more highly state-intensive operators but does not "
        "set a time-to-live (TTL) value, so its state grows with its input. Consider setting "
        "'sql.state-ttl'.",
    )


def _key_warning(table: Table, query: BoundQuery) -> str:
    return (
        f'[Warning] The primary key "{", ".join(table.primary_key)}" does not match the upsert '
        f'key "{", ".join(query.key_names())}" that is derived from the query. Rows with one '
        "primary key and several upsert keys replace one another in the order of their arrival."
    )
