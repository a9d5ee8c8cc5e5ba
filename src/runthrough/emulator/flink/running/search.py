"""Runs searches in external tables: by key, by words, by vectors.

Source: facts/flink-sql-ai.md 4.3 (best first, a score at the end of each row). How a provider
scores is its own; here words score as in BM25 and vectors by the cosine of their angle.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from runthrough.emulator.flink.bind.search_calls import SCORE
from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.plan import SearchTarget
from runthrough.emulator.flink.running.documents import Collection, DocumentStore
from runthrough.emulator.flink.running.metrics import cosine
from runthrough.emulator.flink.running.model_values import BodyError, from_json
from runthrough.emulator.flink.running.models import Meter, ModelError, hashable

_WORD = re.compile(r"\w+")
_REPEATS, _LENGTHS = 1.2, 0.75
"""BM25's k1 and b: how fast repeated words lose weight, and how much long texts do."""

Row = dict[str, Any]


class Searcher:
    """Answers the searches of one stage, from the documents of the moment.

    Args:
        target: what is searched.
        documents, collection: where.
        meter: counts the searches as calls.
        remember: whether a question that comes again gets the same answer; needed where a query
            is evaluated over its whole input again and again.
    """

    def __init__(
        self,
        target: SearchTarget,
        documents: DocumentStore,
        collection: Collection,
        meter: Meter,
        *,
        remember: bool = False,
    ) -> None:
        self._target, self._documents, self._collection = target, documents, collection
        self._meter, self._remember = meter, remember
        self._known: dict[Any, list[Row] | None] = {}
        self._columns = [c for c in target.table.columns if c.kind == "physical"]

    def answers(self, inputs: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the one array of rows of each question; NULL for a NULL value.

        Raises:
            ModelError: a document does not fit the table, or a vector its column.
        """
        rows = self._rows() if inputs else []
        if not self._remember:
            return [(self._answer(rows, *question),) for question in inputs]
        keys = [hashable(question) for question in inputs]
        for key, question in zip(keys, inputs, strict=True):
            if key not in self._known:
                self._known[key] = self._answer(rows, *question)
        return [(self._known[key],) for key in keys]

    def _rows(self) -> list[Row]:
        found = self._documents.read(self._collection)
        try:
            return [_typed(document, self._columns) for document in found]
        except BodyError as e:
            name = self._target.table.name
            raise ModelError(f"A document of the external table '{name}': {e}.") from e

    def _answer(self, rows: list[Row], value: Any, limit: int | None = None) -> list[Row] | None:
        if value is None:
            return None
        self._meter.count_call()
        if self._target.kind == "VECTOR" and not self._has_index():
            return []
        column = self._target.column
        match self._target.kind:
            case "KEY":
                return [row for row in rows if row[column] == value]
            case "TEXT":
                scored = _by_words(rows, column, value)
            case "VECTOR":
                scored = self._by_vector(rows, column, value)
        scored.sort(key=lambda pair: -pair[0])
        kept = scored if limit is None else scored[: max(0, limit)]
        return [{**row, SCORE: score} for score, row in kept]

    def _has_index(self) -> bool:
        """MongoDB answers a search by an index that it does not have with nothing, no error."""
        name = self._target.table.options.get(f"{self._collection.connector}.index")
        return name is None or self._documents.has_index(self._collection, name)

    def _by_vector(
        self, rows: list[Row], column: str, vector: Sequence[float]
    ) -> list[tuple[float, Row]]:
        scored = []
        for row in rows:
            other = row[column]
            if other is None:
                continue
            if len(other) != len(vector):
                raise ModelError(
                    f"The vector has {len(vector)} dimensions, column '{column}' of the external "
                    f"table '{self._target.table.name}' has {len(other)}."
                )
            scored.append((cosine(vector, other), row))
        return scored


def _typed(document: Mapping[str, Any], columns: Sequence[Column]) -> Row:
    return {c.name: from_json(document.get(c.name), c.type, c.name) for c in columns}


def _by_words(rows: list[Row], column: str, text: str) -> list[tuple[float, Row]]:
    """Return the rows that hold a word of the text, with their scores."""
    counted = [Counter(_words(row[column] or "")) for row in rows]
    usual = sum(c.total() for c in counted) / len(counted) if counted else 0.0
    weights = {
        word: math.log(1 + (len(rows) - holders + 0.5) / (holders + 0.5))
        for word in set(_words(text))
        if (holders := sum(word in c for c in counted))
    }
    scored = []
    for row, words in zip(rows, counted, strict=True):
        size = _REPEATS * (1 - _LENGTHS + _LENGTHS * words.total() / usual) if usual else 1.0
        score = sum(
            weight * words[word] * (_REPEATS + 1) / (words[word] + size)
            for word, weight in weights.items()
        )
        if score > 0:
            scored.append((score, row))
    return scored


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())
