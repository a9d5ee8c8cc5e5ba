"""The plan of a query as text.

Sources: facts/flink-sql-ai.md 1.10 (EXPLAIN), 5.2 (changelogMode). The sheet names the sections
and the nodes; how lines are indented and numbered is our choice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runthrough.emulator.flink.bind.over_relations import Over, Rank
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Filter,
    Join,
    Project,
    Relation,
    Scan,
    SemiJoin,
    SubqueryColumn,
    inputs,
)
from runthrough.emulator.flink.bind.window_relations import WindowAggregate, WindowTable
from runthrough.emulator.flink.plan import INSERT_ONLY, Kind
from runthrough.emulator.flink.planning.changelog import Changelog
from runthrough.emulator.flink.planning.changes import ALL

_ORDER: tuple[Kind, ...] = ("I", "UB", "UA", "D")


def mode_text(kinds: frozenset[Kind]) -> str:
    """Return record kinds as a plan prints them: `[I,UB,UA,D]`."""
    return "[" + ",".join(kind for kind in _ORDER if kind in kinds) + "]"


def plan_lines(root: Relation, changelog: Changelog) -> tuple[str, ...]:
    """Return one line for each operator, top down."""
    lines: list[str] = []
    _add_lines(root, changelog, 0, lines)
    return tuple(lines)


def _add_lines(
    node: Relation,
    changelog: Changelog,
    depth: int,
    lines: list[str],
    *,
    windows_inside: bool = False,
) -> None:
    """Add the lines of an operator; its window function may be part of an aggregate above."""
    changes = changelog.of(node)
    if (
        isinstance(node, Scan)
        and node.table.mode == "upsert"
        and not node.versions
        and not changelog.batch
    ):
        normalize = changelog.digests.normalize(node)
        lines.append(_line(normalize, ALL, depth))
        depth += 1
        without_before = ALL - {"UB"}
        lines.append(_line(changes.text, without_before, depth))
        return
    inside = isinstance(node, WindowTable) and windows_inside
    if not inside:
        lines.append(_line(changes.text, changes.kinds, depth))
        depth += 1
    if isinstance(node, WindowAggregate):
        windows_inside = node.window.time is not None
    elif not isinstance(node, Project | Filter):
        windows_inside = False
    for child in inputs(node):
        _add_lines(child, changelog, depth, lines, windows_inside=windows_inside)


def _line(text: str, kinds: frozenset[Kind], depth: int) -> str:
    indent = "   " * (depth - 1) + "+- " if depth else ""
    return f"{indent}{text}  changelogMode={mode_text(kinds)}"


@dataclass(frozen=True)
class SinkPlan:
    """The operators of one sink, top down, and what the sink takes.

    Attributes:
        key: the upsert key's columns; None without one.
    """

    sink: str
    lines: tuple[str, ...]
    kinds: frozenset[Kind]
    key: tuple[str, ...] | None


def physical_plan(plans: Sequence[SinkPlan]) -> str:
    """Return the text of EXPLAIN: the operators of every sink, then the details of the sinks.

    The operators are numbered from the sources up, as on Confluent Cloud; names and details of
    its page beyond those of facts 1.10 are not known. A set shares its sources on Confluent Cloud
    (facts 1.5); here each of its sinks is shown with its own, one after another.
    """
    trees, details, number = [], [], 0
    for plan in plans:
        number += len(plan.lines) + 1
        below = (f"   {line} [{number - 1 - i}]" for i, line in enumerate(plan.lines))
        trees.append("\n".join([f"{plan.sink} [{number}]", *below]))
        details.append("\n".join(_details(plan, number)))
    tree, detail = "\n\n".join(trees), "\n\n".join(details)
    return f"== Physical Plan ==\n\n{tree}\n\n== Physical Details ==\n\n{detail}"


def _details(plan: SinkPlan, number: int) -> list[str]:
    kinds = plan.kinds
    mode = "append" if kinds == INSERT_ONLY else "retract" if "UB" in kinds else "upsert"
    lines = [f"[{number}] {plan.sink}", f"Changelog mode: {mode}"]
    if plan.key is not None:
        lines.append(f"Upsert key: ({', '.join(plan.key)})")
    return lines


def is_state_intensive(node: Relation) -> bool:
    """Return whether a query keeps state that grows with its input.

    What is ordered by time gives up rows as the watermark goes on. Which operators Confluent Cloud
    counts is not known beyond joins and aggregates (facts 5.6).
    """
    match node:
        case Join():
            heavy = node.interval is None
        case Over() | Rank():
            heavy = node.time is None
        case Aggregate():
            heavy = not node.single
        case _:
            heavy = isinstance(node, SemiJoin | SubqueryColumn)
    return heavy or any(is_state_intensive(child) for child in inputs(node))
