"""What joins emit, semi joins and the joins of subqueries among them, and by which keys.

Sources: facts/flink-sql-ai.md 5.2 (rows 10-14, 20, 33-35), 5.3, 5.4.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.relations import Join, SemiJoin, SubqueryColumn
from runthrough.emulator.flink.bind.window_columns import joined_windows, semi_joined_windows
from runthrough.emulator.flink.plan import INSERT_ONLY, SqlError
from runthrough.emulator.flink.planning.changes import (
    ALL,
    UPDATES,
    Changes,
    Keys,
    by_window,
    equal_columns,
    holds_key,
    no_updates,
    spec,
)
from runthrough.emulator.flink.planning.digest import Digests
from runthrough.emulator.flink.planning.semi_joins import meeting


class JoinChanges:
    """Works out the changes of joins from those of their sides."""

    def __init__(self, digests: Digests, *, batch: bool) -> None:
        self._digests, self._batch = digests, batch

    def join(self, node: Join, left: Changes, right: Changes) -> Changes:
        """Return what a join emits. Raises SqlError where Flink refuses its input."""
        pairs = equal_columns(node)
        left_columns = frozenset(a for a, _ in pairs)
        right_columns = frozenset(b for _, b in pairs)
        text = self._digests.join(
            node,
            spec(self._shown(left.unique), left_columns),
            spec(self._shown(right.unique), right_columns),
        )
        inserts = left.insert_only and right.insert_only
        if node.interval and not inserts and not self._batch:
            guilty = left if not left.insert_only else right
            raise SqlError(no_updates("StreamPhysicalIntervalJoin", guilty))
        # A row of one side is sent where the join's columns say: only keys that hold them last.
        left_keys = {key for key in left.unique if left_columns <= key}
        right_keys = {key for key in right.unique if right_columns <= key}
        keys = {a | b for a in left_keys for b in right_keys}
        if node.kind in ("INNER", "LEFT") and holds_key(right.unique, right_columns):
            keys |= left_keys
        if node.kind in ("INNER", "RIGHT") and holds_key(left.unique, left_columns):
            keys |= right_keys
        identity = None
        if left.identity is not None and right.identity is not None:
            identity = left.identity | right.identity
        windows = None if self._batch else joined_windows(node)
        if windows is not None:
            made = by_window("WindowJoin", self._digests.window_join(node, windows), left, right)
            return replace(made, identity=identity, unique=frozenset(keys))
        if inserts and (node.kind == "INNER" or node.interval):
            return Changes(INSERT_ONLY, text, identity=identity, unique=frozenset(keys))
        # An inner join takes back no more than its inputs do.
        kinds = left.kinds | right.kinds if node.kind == "INNER" else ALL
        return Changes(kinds, text, frozenset(keys), text, identity, frozenset(keys))

    def _shown(self, keys: Keys) -> Keys:
        """Return the keys whose columns something looks at: others are gone before a join."""
        return frozenset(key for key in keys if key <= self._digests.used)

    def semi_join(self, node: SemiJoin, left: Changes, right: Changes) -> Changes:
        """Return what IN, EXISTS and their negations emit. Raises SqlError as `join`."""
        met = meeting(node)
        right_spec = "JoinKeyContainsUniqueKey"
        if met.alone or not holds_key(right.unique, met.right):
            right_spec = "NoUniqueKey"
        text = self._digests.semi_join(node, met.text, spec(left.unique, met.left), right_spec)
        windows = None if self._batch else semi_joined_windows(node)
        if windows is not None:
            text = self._digests.window_semi_join(node, windows)
            made = by_window("WindowJoin", text, left, right)
            return replace(made, identity=left.identity, unique=left.unique)
        kinds = left.kinds | right.kinds
        if met.alone:
            # Whether there is any row is an aggregate, which changes with its input.
            kinds = left.kinds | (UPDATES if right.insert_only else ALL)
        if kinds == INSERT_ONLY and not node.negated:
            return replace(left, text=text)
        keys = frozenset(key for key in left.unique if met.left <= key)
        return Changes(ALL if node.negated else kinds, text, keys, text, left.identity, keys)

    def subquery(self, node: SubqueryColumn, left: Changes, right: Changes) -> Changes:
        """Return what rows with one value of a subquery each emit."""
        text = self._digests.subquery(
            node, spec(left.unique, frozenset()), spec(right.unique, frozenset())
        )
        kinds = left.kinds | right.kinds if node.required else ALL
        return Changes(kinds, text, left.keys, text, left.identity, left.unique)
