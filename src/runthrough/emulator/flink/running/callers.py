"""Who answers the calls of a query: a model, or what stands for one that Confluent manages."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runthrough.emulator.flink.plan import (
    ModelStage,
    Query,
    SearchTarget,
    SentimentTarget,
    SqlError,
)
from runthrough.emulator.flink.running.connections import ConnectionStore, LiveSecrets
from runthrough.emulator.flink.running.documents import (
    Documents,
    collection_of,
    connection_of,
)
from runthrough.emulator.flink.running.models import Meter, ModelCaller, ModelProvider, hashable
from runthrough.emulator.flink.running.search import Searcher
from runthrough.emulator.standins import count_tokens
from runthrough.emulator.standins.sentiment import judge


class Caller(Protocol):
    """Answers the calls of one stage."""

    def answers(self, inputs: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the outputs of each input, in their order. Raises ModelError."""
        ...


@dataclass(frozen=True)
class Surroundings:
    """What calls of one statement need."""

    connections: ConnectionStore
    documents: Documents
    provider: ModelProvider
    meter: Meter
    stopped: threading.Event


def callers_of(query: Query, around: Surroundings) -> tuple[dict[str, Caller], list[str]]:
    """Return who calls for each stage, by its relation, and the connections that they use.

    Raises:
        SqlError: a model's connection does not exist.
        ModelError: model and format do not go together.
    """
    callers: dict[str, Caller] = {}
    used: list[str] = []
    for stage in query.stages:
        if not isinstance(stage, ModelStage):
            continue
        if isinstance(stage.target, SentimentTarget):
            callers[stage.relation] = SentimentCaller(around.meter)
            continue
        if isinstance(stage.target, SearchTarget):
            name = connection_of(stage.target.table)
            callers[stage.relation] = _searcher(
                stage.target, name, around, remember=not query.stateless
            )
            used.append(name)
            continue
        options = stage.model.options
        name = options.get(f"{options.get('provider', '').lower()}.connection", "")
        connection = around.connections.get(name)
        if connection is None:
            raise SqlError(f"Connection '{name}' of model '{stage.model.name}' does not exist.")
        used.append(name)
        callers[stage.relation] = ModelCaller(
            stage.model,
            endpoint=connection.endpoint,
            credentials=LiveSecrets(around.connections, connection),
            provider=around.provider,
            options=stage.options,
            meter=around.meter,
            stopped=around.stopped,
        )
    return callers, list(dict.fromkeys(used))


def _searcher(target: SearchTarget, name: str, around: Surroundings, *, remember: bool) -> Searcher:
    connection = around.connections.get(name)
    if connection is None:
        raise SqlError(f"Connection '{name}' of table '{target.table.name}' does not exist.")
    collection = collection_of(target.table, connection.endpoint)
    return Searcher(target, around.documents, collection, around.meter, remember=remember)


class SentimentCaller:
    """Answers AI_SENTIMENT, once for the same text and aspects; a call for each."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter
        self._known: dict[Any, tuple[Any, ...]] = {}

    def answers(self, inputs: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return a row of judgements for each (text, aspects); NULL in, NULL out."""
        return [self._answer(*question) for question in inputs]

    def _answer(self, text: str | None, aspects: list[str | None] | None) -> tuple[Any, ...]:
        if text is None or aspects is None:
            return (None,)
        key = hashable((text, aspects))
        if key not in self._known:
            self._meter.count_call()
            self._meter.count_tokens(count_tokens(text), len(aspects))
            judged = [None if aspect is None else judge(text, aspect) for aspect in aspects]
            rows = [None if j is None else {"label": j.label, "score": j.score} for j in judged]
            self._known[key] = ({"sentiment": rows},)
        return self._known[key]
