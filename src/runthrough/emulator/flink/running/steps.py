"""How many new records one refresh of a foreground query takes in.

Without mini-batches Flink emits after every record: whoever counts ten rows sees the first count
inserted and nine updates of it (facts/confluent-cloud-api.md 2.9, `count(*)` in test_cursor.py).
So few records are taken one at a time. More of them are one refresh, but for the first record of
all: what follows is an update of it then as well. That many are one, and how many, is ours.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.plan import ModelStage, Query
from runthrough.emulator.flink.running.store import Store

FEW = 16
"""So many records are taken one at a time: each costs an evaluation."""
SMALL = 10_000
"""Of a topic with more records than these, none is taken alone but the first of all."""


def steps(
    query: Query, store: Store, done: Mapping[str, int], upto: Mapping[str, int], *, first: bool
) -> list[dict[str, int]]:
    """Return the positions at which to refresh in turn; the last one is `upto`.

    It is the only one unless the query reads one table of insertions and updates what it gave.
    An update's halves are two records of other tables: nobody shall see one without the other.
    Models are asked about many rows at the same time, so that nobody waits for one after another.

    Args:
        query: what is refreshed.
        store: where the records are.
        done: source's relation → the number of the last record it has seen.
        upto: source's relation → that of the last one to be seen.
        first: whether this is the query's first refresh.
    """
    if query.insert_only or query.timed or len(query.sources) != 1:
        return [dict(upto)]
    if any(isinstance(stage, ModelStage) for stage in query.stages):
        return [dict(upto)]
    [source] = query.sources
    if source.table.mode != "append":
        return [dict(upto)]
    relation, last = source.relation, upto[source.relation]
    fresh = store.numbers(source.table.topic, done[relation], last, FEW + 1)
    is_small = sum(store.position(source.table.topic)[1].values()) <= SMALL
    stops = fresh[:-1] if len(fresh) <= FEW and is_small else fresh[:-1][: int(first)]
    return [*({relation: number} for number in stops), dict(upto)]
