"""Runs searches in external tables: by key, by words, by vectors.

Source: facts/flink-sql-ai.md 4.3 (best first, a score at the end of each row). How a provider
scores is its own; here words score as in BM25 and vectors by the cosine of their angle. A database
that searches by vectors itself is asked to, and keeps its own scores.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from runthrough.emulator.flink.bind.search_calls import SCORE
from runthrough.emulator.flink.plan import SearchTarget
from runthrough.emulator.flink.running.documents import (
    Collection,
    Documents,
    Nearest,
    options_of,
)
from runthrough.emulator.flink.running.metrics import cosine
from runthrough.emulator.flink.running.model_values import BodyError, from_json
from runthrough.emulator.flink.running.models import Meter, ModelError, hashable

_WORD = re.compile(r"\w+")
_REPEATS, _LENGTHS = 1.2, 0.75
"""BM25's k1 and b: how fast repeated words lose weight, and how much long texts do."""

Row = dict[str, Any]


class Searcher:
    """Answers the searches of one stage, from the documents of the moment.

    A column is the field of its name; the one with the vectors is the field that the option
    `embedding_column` names, if there is one (a choice: facts 4.4 has the option alone).

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
        documents: Documents,
        collection: Collection,
        meter: Meter,
        *,
        remember: bool = False,
    ) -> None:
        self._target, self._documents, self._collection = target, documents, collection
        self._meter, self._remember = meter, remember
        self._known: dict[Any, list[Row] | None] = {}
        self._columns = [c for c in target.table.columns if c.kind == "physical"]
        self._options = options_of(target.table)
        self._fields = {c.name: c.name for c in self._columns}
        if target.kind == "VECTOR":
            self._fields[target.column] = self._options.get("embedding_column", target.column)

    def answers(self, inputs: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
        """Return the one array of rows of each question; NULL for a NULL value.

        Raises:
            ModelError: a document does not fit the table, or a vector its column; the documents
                cannot be had.
        """
        rows = cache(self._rows)  # not at all where the database searches, else once
        if not self._remember:
            return [(self._answer(rows, *question),) for question in inputs]
        keys = [hashable(question) for question in inputs]
        for key, question in zip(keys, inputs, strict=True):
            if key not in self._known:
                self._known[key] = self._answer(rows, *question)
        return [(self._known[key],) for key in keys]

    def _rows(self) -> list[Row]:
        return [self._row(document) for document in self._documents.read(self._collection)]

    def _row(self, document: Mapping[str, Any]) -> Row:
        found = {name: document.get(field) for name, field in self._fields.items()}
        try:
            return {c.name: from_json(found[c.name], c.type, c.name) for c in self._columns}
        except BodyError as e:
            name = self._target.table.name
            raise ModelError(f"A document of the external table '{name}': {e}.") from e

    def _answer(
        self, rows: Callable[[], list[Row]], value: Any, limit: int | None = None
    ) -> list[Row] | None:
        if value is None:
            return None
        self._meter.count_call()
        column = self._target.column
        match self._target.kind:
            case "KEY":
                return [row for row in rows() if row[column] == value]
            case "TEXT":
                scored = _by_words(rows(), column, value)
            case "VECTOR":
                vector = _numbers(value, "that is looked for")
                found = self._ask(vector, limit)
                if found is not None:
                    return found
                scored = self._by_vector(rows(), column, vector) if self._has_index() else []
        scored.sort(key=lambda pair: -pair[0])
        kept = scored if limit is None else scored[: max(0, limit)]
        return [{**row, SCORE: score} for score, row in kept]

    def _ask(self, vector: tuple[float, ...], limit: int | None) -> list[Row] | None:
        """Return what a database has found that searches by itself, None where none does."""
        if limit is None or limit < 1:
            return None
        wanted = Nearest(
            self._options.get("index"),
            self._fields[self._target.column],
            vector,
            limit,
            self._candidates(),
        )
        found = self._documents.nearest(self._collection, wanted)
        if found is None:
            return None
        return [{**self._row(document), SCORE: score} for score, document in found]

    def _candidates(self) -> int | None:
        written = self._options.get("numcandidates")
        if written is None:
            return None
        if not written.isdecimal() or int(written) < 1:
            raise ModelError(
                f"The option '{self._collection.connector}.numcandidates' of the external table "
                f"'{self._target.table.name}' must be a whole number from 1, not '{written}'."
            )
        return int(written)

    def _has_index(self) -> bool:
        """MongoDB answers a search by an index that it does not have with nothing, no error."""
        name = self._options.get("index")
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
            held = _numbers(other, f"of a document of '{self._target.table.name}'")
            scored.append((cosine(vector, held), row))
        return scored


def _numbers(vector: Sequence[float | None], which: str) -> tuple[float, ...]:
    """Return a vector without its NULLs. Raises ModelError: it has one."""
    whole = tuple(float(number) for number in vector if number is not None)
    if len(whole) != len(vector):
        raise ModelError(f"The vector {which} holds NULL.")
    return whole


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
