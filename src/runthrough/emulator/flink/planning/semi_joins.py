"""What IN, EXISTS and their negations compare: the columns by which the two sides meet.

Sources: facts/flink-sql-ai.md 5.2 (rows 33, 34), 5.4; Flink 2.3 was asked where they leave a choice
(tests/oracle, corpus/joins.sql).
"""

from __future__ import annotations

from dataclasses import dataclass

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.relations import (
    Filter,
    Relation,
    SemiJoin,
    inputs,
    visible,
)


@dataclass(frozen=True)
class Meeting:
    """How the sides of a semi join meet.

    Attributes:
        left, right: columns that must be equal.
        conditions: what must hold, also in a subquery's own filters.
        alone: EXISTS over a subquery that looks at no column of the left side.
        text: all conditions as a plan prints them, with column ids.
    """

    left: frozenset[str]
    right: frozenset[str]
    conditions: tuple[Expr, ...]
    alone: bool
    text: str


def meeting(node: SemiJoin) -> Meeting:
    """Return by what the rows of a semi join are told."""
    own = frozenset(f.id for f in node.left.fields)
    conditions = tuple(_looking(node.right, own))
    pairs = [pair for c in conditions for pair in c.equal]
    texts = [c.text for c in conditions]
    if node.value is not None:
        other = visible(node.right)[0]
        texts.insert(0, _compared(node, other.id))
        plain = not node.negated or not (node.value.type.nullable or other.type.nullable)
        if plain and node.value.column is not None:
            pairs.append((node.value.column, other.id))
    ordered = [(a, b) if a in own else (b, a) for a, b in pairs]
    met = [(a, b) for a, b in ordered if a in own and b not in own]
    alone = node.value is None and not conditions
    text = texts[0] if len(texts) == 1 else f"({' AND '.join(texts)})"
    if not texts:
        text = "$f0" if node.negated else "true"
    return Meeting(
        frozenset(a for a, _ in met), frozenset(b for _, b in met), conditions, alone, text
    )


def _compared(node: SemiJoin, other: str) -> str:
    """Return `(k = k0)`; for NOT IN, whatever is not known to be unequal keeps the row away."""
    if node.value is None or not node.negated:
        return node.text
    unknown = [f"{node.value.text} IS NULL"] if node.value.type.nullable else []
    if visible(node.right)[0].type.nullable:
        unknown.append(f"\0{other}\0 IS NULL")
    return f"({' OR '.join([*unknown, node.text])})" if unknown else node.text


def _looking(node: Relation, outer: frozenset[str]) -> list[Expr]:
    """Return the conditions of a subquery's filters that look at columns of the left side."""
    if isinstance(node, Filter):
        parts = node.condition.conjuncts or (node.condition,)
        return [*(p for p in parts if p.columns & outer), *_looking(node.input, outer)]
    return [c for child in inputs(node) for c in _looking(child, outer)]
