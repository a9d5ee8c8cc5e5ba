"""Which stages of a query are read for the last time, and when: their tables need not stay."""

from __future__ import annotations

from collections.abc import Sequence

from runthrough.emulator.flink.plan import ModelStage, SqlStage, Stage
from runthrough.emulator.flink.running.folds import quoted


def spent_after(stages: Sequence[Stage]) -> list[list[str]]:
    """Return, for each stage, the tables of earlier stages that none behind it reads.

    A model's stage is a view of its source: whoever reads the one reads the other.
    """
    sources = {s.relation: s.source for s in stages if isinstance(s, ModelStage)}
    last: dict[str, int] = {}
    for place, stage in enumerate(stages):
        for earlier in stages[:place]:
            read: str | None = earlier.relation if _reads(stage, earlier.relation) else None
            while read is not None:
                last[read] = place
                read = sources.get(read)
    return [
        [name for name, at in last.items() if at == place and name not in sources]
        for place in range(len(stages))
    ]


def _reads(stage: Stage, relation: str) -> bool:
    if isinstance(stage, SqlStage):
        return quoted(relation) in stage.sql
    return stage.source == relation
