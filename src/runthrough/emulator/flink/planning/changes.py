"""What an operator emits, and how refusals and plans say it.

Sources: facts/flink-sql-ai.md 5.3 (upsert keys), 5.4 (the named node).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from runthrough.emulator.flink.bind.relations import Join
from runthrough.emulator.flink.plan import INSERT_ONLY, Kind, SqlError

UPDATES: frozenset[Kind] = frozenset({"I", "UB", "UA"})
ALL: frozenset[Kind] = frozenset({"I", "UB", "UA", "D"})

Keys = frozenset[frozenset[str]]
NO_KEYS: Keys = frozenset()
ONE_ROW: Keys = frozenset({frozenset()})


@dataclass(frozen=True)
class Changes:
    """What an operator emits.

    Attributes:
        kinds: the record kinds.
        keys: upsert keys as sets of column ids; the empty set is a key of a single row.
        blame: how the operator that makes or keeps the changes prints; '' for inserts alone.
        blamed: the record kinds of that operator, where they are not `kinds`.
        identity: ids of columns that tell which row a change replaces; None if nothing does.
        text: how the operator itself prints.
        unique: sets of column ids that are unique among the rows, also of inserts alone.
    """

    kinds: frozenset[Kind]
    text: str
    keys: Keys = NO_KEYS
    blame: str = ""
    identity: frozenset[str] | None = None
    unique: Keys = NO_KEYS
    blamed: frozenset[Kind] | None = None

    @property
    def insert_only(self) -> bool:
        """Whether nothing is ever updated or deleted."""
        return self.kinds == INSERT_ONLY


def in_new_ids(keys: Keys, moved: Mapping[str, str]) -> Keys:
    """Return the keys whose columns all have new ids, in those."""
    return frozenset(frozenset(moved[i] for i in key) for key in keys if key <= moved.keys())


def holds_key(keys: Keys, columns: frozenset[str]) -> bool:
    """Return whether a key is among some columns."""
    return any(key <= columns for key in keys)


def spec(unique: Keys, joined: frozenset[str]) -> str:
    """Return how a join prints what it knows of one side's keys (facts 5.4)."""
    if not unique:
        return "NoUniqueKey"
    return "JoinKeyContainsUniqueKey" if holds_key(unique, joined) else "HasUniqueKey"


def equal_columns(node: Join) -> list[tuple[str, str]]:
    """Return the pairs of columns (left, right) that the condition makes equal."""
    left = {f.id for f in node.left.fields}
    equal = node.condition.equal if node.condition is not None else ()
    pairs = [(a, b) if a in left else (b, a) for a, b in equal]
    return [(a, b) for a, b in pairs if a in left and b not in left]


def _named(kinds: frozenset[Kind]) -> str:
    return "update and delete changes" if "D" in kinds else "update changes"


def no_updates(operator: str, below: Changes) -> str:
    """Return the refusal of an operator that takes inserts alone (E5, E6)."""
    return f"{operator} doesn't support consuming {produced_by(below)}"


def produced_by(changes: Changes) -> str:
    """Return the end of E1, E2 and their kin: which changes, and which node makes them."""
    return f"{_named(changes.blamed or changes.kinds)} which is produced by node {changes.blame}"


def by_window(operator: str, text: str, *inputs: Changes) -> Changes:
    """Return the inserts of an operator that waits for windows to be over.

    Raises:
        SqlError: one of its inputs takes rows back.
    """
    for below in inputs:
        if not below.insert_only:
            raise SqlError(no_updates(f"StreamPhysical{operator}", below))
    return Changes(INSERT_ONLY, text)
