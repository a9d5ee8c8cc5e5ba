"""What a plan prints of the condition of a join, and which columns it names.

Source: facts/flink-sql-ai.md 5.4 (the named node); Flink 2.3 was asked (tests/oracle).
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.relations import Field, Join, Relation, inputs


def joined_by(node: Join) -> str:
    """Return what is left of a join's condition once each side has taken its own part.

    The side whose rows all stay keeps no filter of its own.
    """
    if node.condition is None:
        return "true"
    parts = node.condition.conjuncts or (node.condition,)
    if node.interval:
        return node.condition.text
    sides = (("LEFT", node.left), ("RIGHT", node.right))
    taking = [frozenset(f.id for f in s.fields) for k, s in sides if node.kind not in (k, "FULL")]
    left = [p for p in parts if p.volatile or not any(p.columns <= side for side in taking)]
    texts = [p.text for p in left if p.columns or p.volatile]
    return f"({' AND '.join(texts)})" if len(texts) > 1 else (texts or ["true"])[0]


def met_fields(right: Relation, where: str) -> tuple[Field, ...]:
    """Return the columns of a subquery, below its list too, that a condition names."""
    found: dict[str, Field] = {}
    pending = [right]
    while pending:
        node = pending.pop()
        found |= {f.id: f for f in node.fields if f"\0{f.id}\0" in where}
        pending += inputs(node)
    return tuple(found.values())
