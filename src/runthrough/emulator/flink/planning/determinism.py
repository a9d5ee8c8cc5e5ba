"""Chance in a changing result: what Flink refuses because a deletion could miss its row.

A deletion finds its row by the row's values. If a column comes from a model, the clock or
chance, the second computation gives another value. Insert-only rows are never deleted, so
nothing is asked of them. Source: facts/flink-sql-ai.md 5.2 (rows 41-43), 5.4 (E4, E4b).

What a sink asks for is a choice where the facts leave it open: a sink without primary key, and
the foreground, need every column; an upsert sink whose primary key is the upsert key needs the
key alone.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr, shown
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Evaluate,
    Field,
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
from runthrough.emulator.flink.bind.window_relations import WindowAggregate, WindowTable
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.changelog import Changelog


class DeterminismCheck:
    """Walks a query from the sink down, with the columns that must not depend on chance."""

    def __init__(self, changelog: Changelog, plan: tuple[str, ...]) -> None:
        self.changelog = changelog
        self.plan = plan

    def check(self, node: Relation, needed: frozenset[str]) -> None:
        """Raise SqlError if a needed column of a changing operator depends on chance."""
        if isinstance(node, WindowAggregate):
            # It waits for the end of the window, but takes back what its input takes back.
            self._aggregate(node.aggregate)
            return
        if self.changelog.of(node).insert_only:
            return
        match node:
            case Scan() | Values():
                return
            case Project():
                self._project(node, needed)
            case Filter():
                self._condition(node.condition, node.input)
                self.check(node.input, needed | node.condition.columns)
            case ModelCall():
                self._model_call(node, needed)
            case Join():
                if node.condition is not None:
                    self._condition(node.condition, node)
                self.check(node.left, _all(node.left))
                self.check(node.right, _all(node.right))
            case ToChangelog() | FromChangelog():
                return
            case Unnest():
                self._condition(node.value, node.input)
                outputs = {f.id for f in node.outputs}
                self.check(node.input, (needed - outputs) | node.value.columns)
            case TemporalJoin():
                self.check(node.left, _all(node.left))
            case SemiJoin() | SetOperation() | SubqueryColumn():
                self.check(node.left, _all(node.left))
                self.check(node.right, _all(node.right))
            case Aggregate():
                self._aggregate(node)
            case Evaluate():
                self.check(node.input, _all(node.input))
            case TopN() | Limit() | Over() | Rank() | TimeSort():
                self.check(node.input, _all(node.input))
            case WindowTable():
                own = {f.id for f in node.bounds}
                self.check(node.input, (needed - own) | {node.time, *node.partition})
            case Reference():
                new = (*(f.id for f in node.fields), *node.order, *node.wm)
                moved = dict(zip(new, node.ids, strict=True))
                self.check(node.input, frozenset(moved[i] for i in needed if i in moved))

    def _project(self, node: Project, needed: frozenset[str]) -> None:
        if self.changelog.of(node.input).insert_only:
            return
        below: frozenset[str] = frozenset()
        for f, e in zip(node.fields, node.expressions, strict=True):
            if f.id in needed:
                if e.volatile:
                    raise self._refused(f.name, e.volatile[0])
                below |= e.columns
        self.check(node.input, below)

    def _model_call(self, node: ModelCall, needed: frozenset[str]) -> None:
        if self.changelog.of(node.input).insert_only:
            return
        outputs = {f.id: f for f in node.outputs}
        chance = [outputs[i].name for i in outputs if i in needed]
        if chance:
            raise self._refused(", ".join(chance), node.function)
        below = needed.union(*(a.columns for a in node.arguments)) - outputs.keys()
        self.check(node.input, below)

    def _aggregate(self, node: Aggregate) -> None:
        if self.changelog.of(node.input).insert_only:
            return
        below: frozenset[str] = frozenset()
        for f, e in zip(node.fields, (*node.groups, *node.calls), strict=True):
            if e.volatile:
                raise self._refused(f.name, e.volatile[0])
            below |= e.columns
        self.check(node.input, below)

    def _condition(self, condition: Expr, node: Relation) -> None:
        if condition.volatile and not self.changelog.of(node).insert_only:
            text = shown(condition.text, {f.id: f.name for f in node.fields})
            raise SqlError(
                f"There exists non deterministic function: '{condition.volatile[0]}' in "
                f"condition: '{text}' which may cause wrong result in update pipeline."
            )

    def _refused(self, column: str, function: str) -> SqlError:
        return SqlError(
            f"The column(s): {column}(generated by non-deterministic function: {function} ) can "
            "not satisfy the determinism requirement for correctly processing update message("
            "'UB'/'UA'/'D' in changelogMode, not 'I' only), this usually happens when input node "
            "has no upsertKey(upsertKeys=[{}]) or current node outputs non-deterministic update "
            "messages. Please consider removing these non-deterministic columns or making them "
            "deterministic by using deterministic functions.\n\nrelated rel plan:\n"
            + "\n".join(self.plan)
        )


def _all(node: Relation) -> frozenset[str]:
    return frozenset(f.id for f in node.fields)


def needed_by_key(fields: tuple[Field, ...], key: tuple[int, ...]) -> frozenset[str]:
    """Return the ids of the columns at the key's positions."""
    return frozenset(fields[position].id for position in key)
