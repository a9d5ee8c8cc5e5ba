"""What changes each operator emits, by which keys they can be told apart, and who is to blame.

Sources: facts/flink-sql-ai.md 5.2 (query shape → mode), 5.3 (upsert keys), 5.4 (the named node),
5.7. A batch query (snapshot mode) emits inserts alone, whatever its operators.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Evaluate,
    Filter,
    FromChangelog,
    Join,
    Limit,
    ModelCall,
    Project,
    Reference,
    Relation,
    Scan,
    SemiJoin,
    SetOperation,
    SubqueryColumn,
    ToChangelog,
    TopN,
    Unnest,
    Values,
)
from runthrough.emulator.flink.bind.window_columns import (
    ranked_windows,
)
from runthrough.emulator.flink.bind.window_relations import WindowAggregate, WindowTable
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import INSERT_ONLY, SqlError
from runthrough.emulator.flink.planning.changes import (
    ALL,
    NO_KEYS,
    ONE_ROW,
    UPDATES,
    Changes,
    Keys,
    by_window,
    in_new_ids,
    no_updates,
    produced_by,
    spec,
)
from runthrough.emulator.flink.planning.digest import Digests
from runthrough.emulator.flink.planning.join_changes import JoinChanges
from runthrough.emulator.flink.planning.liveness import live_columns
from runthrough.emulator.flink.planning.over import refused_frame, refused_window
from runthrough.emulator.flink.planning.uniqueness import (
    is_left_out,
    moved,
    renamed,
    without_copies,
)
from runthrough.emulator.flink.planning.watermarks import is_first
from runthrough.emulator.flink.planning.windows import has_versions


class Changelog:
    """Works out the changes of every operator of a query, once each."""

    def __init__(self, root: Relation, *, batch: bool) -> None:
        self.batch = batch
        self.digests = Digests(root)
        self._joins = JoinChanges(self.digests, batch=batch)
        self._live = live_columns(root)
        self._known: dict[int, Changes] = {}

    def of(self, node: Relation) -> Changes:
        """Return an operator's changes. Raises SqlError where Flink refuses its input."""
        known = self._known.get(id(node))
        if known is None:
            known = self._derive(node)
            if self.batch:
                known = replace(known, kinds=INSERT_ONLY, blame="", keys=NO_KEYS)
            self._known[id(node)] = known
        return known

    def _derive(self, node: Relation) -> Changes:
        match node:
            case Scan():
                return self._scan(node)
            case Values():
                return Changes(INSERT_ONLY, self.digests.values(node))
            case Project():
                return self._project(node)
            case Filter():
                return self._filter(node)
            case Join():
                return self._joins.join(node, self.of(node.left), self.of(node.right))
            case SemiJoin():
                return self._joins.semi_join(node, self.of(node.left), self.of(node.right))
            case Aggregate():
                return self._aggregate(node)
            case SetOperation():
                return self._set_operation(node)
            case TopN():
                below = self.of(node.input)
                text = self.digests.top(node)
                sorted_by = frozenset[str]().union(*(k.expression.columns for k in node.keys))
                keys = frozenset(key for key in below.unique if sorted_by <= key)
                return Changes(ALL, text, keys, text, unique=below.unique)
            case ToChangelog():
                return self._to_changelog(node)
            case FromChangelog():
                return self._from_changelog(node)
            case SubqueryColumn():
                return self._joins.subquery(node, self.of(node.left), self.of(node.right))
            case Unnest():
                return self._unnest(node)
            case Limit():
                below = self.of(node.input)
                text = self.digests.limit(node)
                if below.insert_only:
                    return replace(below, text=text)
                return replace(below, kinds=ALL, text=text, blame=text)
            case ModelCall():
                below = self.of(node.input)
                if node.table_form and not below.insert_only:
                    raise SqlError(no_updates("StreamPhysicalMLPredictTableFunction", below))
                text = self.digests.model_call(node)
                return replace(below, text=text, keys=NO_KEYS, unique=NO_KEYS)
            case Reference():
                return self._reference(node)
            case WindowTable():
                return self._window_table(node)
            case Evaluate():
                text = self.digests.evaluation(node)
                kinds = UPDATES if self.of(node.input).insert_only else ALL
                return Changes(kinds, text, ONE_ROW, text, frozenset(), ONE_ROW)
            case WindowAggregate():
                return self._window_aggregate(node)
            case Over():
                return self._over(node)
            case Rank():
                return self._rank(node)
            case TimeSort():
                return self._time_sort(node)
            case TemporalJoin():
                return self._temporal_join(node)

    # -- operators -----------------------------------------------------------------------------

    def _scan(self, node: Scan) -> Changes:
        text = self.digests.scan(node)
        by_name = {f.name: f.id for f in node.fields}
        key = frozenset(by_name[name] for name in node.table.primary_key)
        unique: Keys = frozenset({key}) if key else NO_KEYS
        if node.table.mode == "append":
            return Changes(INSERT_ONLY, text, identity=frozenset(node.order), unique=unique)
        if node.table.mode == "upsert" and node.versions:
            return Changes(ALL - {"UB"}, text, unique, text, key, unique)
        if node.table.mode == "upsert":
            return Changes(ALL, text, unique, self.digests.normalize(node), key, unique)
        return Changes(ALL, text, unique, text, key or None, unique)

    def _project(self, node: Project) -> Changes:
        below = self.of(node.input)
        new = moved(node)
        return replace(
            below,
            text=self.digests.calc(node),
            keys=renamed(below.keys, new),
            unique=renamed(below.unique, new),
        )

    def _filter(self, node: Filter) -> Changes:
        if isinstance(node.input, SubqueryColumn) and not self.batch:
            made = self._compared(node, node.input)
            if made is not None:
                return made
        below = self.of(node.input)
        if node.condition.constant is False:
            # Flink's planner sees that nothing comes through.
            return Changes(INSERT_ONLY, self.digests.calc(node), identity=below.identity)
        text, blame, scan = self.digests.calc(node), below.blame, node.input
        if isinstance(scan, Scan) and scan.table.mode == "upsert" and not self.batch:
            key = {f.id for f in scan.fields if f.name in scan.table.primary_key}
            if not node.condition.columns <= key:
                # Flink filters the normalised rows, and those of some keys before (facts 5.4).
                blame = self.digests.normalize(scan, node.condition)
        return replace(below, text=text, blame=blame)

    def _compared(self, node: Filter, subquery: SubqueryColumn) -> Changes | None:
        """Return the changes of rows compared with one value: Flink's planner joins them inner."""
        rejected = subquery.made.id in node.condition.rejects
        if subquery.kind != "SCALAR" or not rejected:
            return None
        left, right = self.of(subquery.left), self.of(subquery.right)
        text = self.digests.compared(node, subquery, spec(left.unique, frozenset()))
        kinds = left.kinds | right.kinds
        if kinds == INSERT_ONLY:
            return None
        return Changes(kinds, text, left.unique, text, left.identity, left.unique)

    def _to_changelog(self, node: ToChangelog) -> Changes:
        if not node.relation and not self.of(node.input).insert_only:
            raise not_emulated("TO_CHANGELOG over a query whose rows change")
        return Changes(INSERT_ONLY, self.digests.changelog_call(node))

    def _from_changelog(self, node: FromChangelog) -> Changes:
        below = self.of(node.input)
        if not below.insert_only:
            raise SqlError(f"FROM_CHANGELOG doesn't support consuming {produced_by(below)}")
        text = self.digests.changelog_call(node)
        return Changes(ALL, text, blame=text)

    def _unnest(self, node: Unnest) -> Changes:
        below = self.of(node.input)
        return Changes(below.kinds, self.digests.unnest(node), blame=below.blame)

    def _aggregate(self, node: Aggregate) -> Changes:
        below = self.of(node.input)
        text = self.digests.aggregate(node, retracting=not below.insert_only)
        size = len(node.groups) + bool(node.sets)
        key = frozenset(f.id for f in node.fields[:size])
        grouped = {e.column: f.id for f, e in zip(node.fields, node.groups, strict=False)}
        if is_left_out(node):
            new = {i: (f,) for i, f in grouped.items() if i is not None}
            unique = renamed(below.unique, new)
            keys = renamed(below.keys, new)
            return replace(below, text=text, keys=keys, unique=unique, identity=key)
        keys = ONE_ROW if node.single else frozenset({key})
        if not node.single and not node.sets and None not in grouped:
            columns = frozenset(e.column for e in node.groups if e.column is not None)
            short = without_copies(columns, node.input)
            keys = frozenset(frozenset(grouped[i] for i in one) for one in short)
        kinds = UPDATES if below.insert_only else ALL
        return Changes(kinds, text, keys, text, key, keys)

    def _window_table(self, node: WindowTable) -> Changes:
        below = self.of(node.input)
        if node.waits and not below.insert_only:
            raise not_emulated("sessions of rows that are taken back")
        bounds = frozenset(f.id for f in node.bounds[:2])
        return replace(
            below,
            text=self.digests.window_table(node),
            keys=frozenset(key | bounds for key in below.keys),
            unique=frozenset(key | bounds for key in below.unique),
            identity=None if below.identity is None else below.identity | bounds,
        )

    def _window_aggregate(self, node: WindowAggregate) -> Changes:
        below = self.of(node.input)
        if not below.insert_only and not has_versions(node.input):
            raise not_emulated("window aggregates over results that are taken back")
        text = self.digests.window_aggregate(node, retracting=not below.insert_only)
        size = len(node.aggregate.groups) + bool(node.aggregate.sets)
        key = frozenset(f.id for f in node.fields[:size])
        return Changes(INSERT_ONLY, text, identity=key, unique=frozenset({key}))

    def _set_operation(self, node: SetOperation) -> Changes:
        left, right = self.of(node.left), self.of(node.right)
        text = self.digests.set_operation(node)
        inserts = left.insert_only and right.insert_only
        if node.kind == "UNION":
            if inserts:
                return Changes(INSERT_ONLY, text)
            guilty = right if left.insert_only else left
            kinds = left.kinds | right.kinds
            return Changes(kinds, text, blame=guilty.blame, blamed=guilty.blamed or guilty.kinds)
        counted = node.kind == "INTERSECT" or node.keep_duplicates
        kinds = UPDATES if inserts and counted else ALL
        whole = frozenset(f.id for f in node.fields)
        keys: Keys = NO_KEYS if node.keep_duplicates else frozenset({whole})
        return Changes(kinds, text, keys, text, unique=keys)

    def _reference(self, node: Reference) -> Changes:
        below = self.of(node.input)
        new = tuple(f.id for f in node.fields) + node.order + node.wm
        moved = dict(zip(node.ids, new, strict=True))
        identity = below.identity
        if identity is not None:
            known = identity <= moved.keys()
            identity = frozenset(moved[i] for i in identity) if known else None
        return replace(
            below,
            keys=in_new_ids(below.keys, moved),
            unique=in_new_ids(below.unique, moved),
            identity=identity,
        )

    def _over(self, node: Over) -> Changes:
        refused = None if self.batch else refused_window(node)
        if refused is not None:
            raise refused
        below = self.of(node.input)
        text = self.digests.over(node)
        inserts_alone = node.time is not None or any(call.in_python for call in node.calls)
        if not self.batch and inserts_alone and not below.insert_only:
            raise SqlError(
                "StreamPhysicalOverAggregate doesn't support consuming " + produced_by(below)
            )
        refused = None if self.batch else refused_frame(node)
        if refused is not None:
            raise refused
        row = frozenset({node.row})
        if node.time is not None:
            return Changes(INSERT_ONLY, text, identity=row, unique=below.unique)
        identity = row if below.insert_only else below.identity
        return Changes(ALL, text, below.unique, text, identity, below.unique)

    def _rank(self, node: Rank) -> Changes:
        if node.function != "ROW_NUMBER":
            raise SqlError(f"{node.function}() on streaming table is not supported currently")
        below = self.of(node.input)
        columns = [e.column for e in node.partition]
        own = frozenset(c for c in columns if c is not None)
        shown = not node.one and node.output.id in self._live
        text = self.digests.rank(node, with_rank=shown)
        key = own | {node.output.id} if shown else own
        told = (shown or node.last == 1) and None not in columns
        unique = frozenset(k for k in below.unique if own <= k) | ({key} if told else NO_KEYS)
        windows = ranked_windows(node)
        if windows is not None:
            operator = "WindowDeduplicate" if node.by_time_alone else "WindowRank"
            text = self.digests.window_rank(node, windows, with_rank=shown)
            made = by_window(operator, text, below)
            return replace(made, identity=below.identity, unique=unique)
        if is_first(node) and below.insert_only:
            return Changes(INSERT_ONLY, text, identity=below.identity, unique=unique)
        return Changes(ALL, text, unique, text, key if told else below.identity, unique)

    def _temporal_join(self, node: TemporalJoin) -> Changes:
        left = self.of(node.left)
        self.of(node.right)
        text = self.digests.temporal_join(node)
        if left.insert_only:
            return Changes(INSERT_ONLY, text, identity=left.identity, unique=left.unique)
        return Changes(ALL, text, left.keys, text, left.identity, left.unique)

    def _time_sort(self, node: TimeSort) -> Changes:
        below = self.of(node.input)
        if not below.insert_only:
            raise SqlError(
                "StreamPhysicalTemporalSort doesn't support consuming " + produced_by(below)
            )
        return Changes(
            INSERT_ONLY,
            self.digests.time_sort(node),
            identity=below.identity,
            unique=below.unique,
        )
