"""What external tables hold: documents of the databases that the emulator stands in for.

An external table is found by its connector, the endpoint of its connection and the options that
name a collection (facts/flink-sql-ai.md 4.4). Whoever sets up a lab puts documents there; behind
`--mongodb` they are a real server's.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from runthrough.emulator.flink.catalog import Table

_NAMED_BY: Mapping[str, tuple[str, ...]] = {
    "mongodb": ("database", "collection"),
    "cosmosdb": ("database", "container"),
    "elastic": ("index",),
    "confluent-jdbc": ("table-name",),
}
"""The options that name a collection; of other connectors all but the connection."""


@dataclass(frozen=True)
class Collection:
    """Where documents are: `name` is `database.collection`, an index, a table."""

    connector: str
    endpoint: str
    name: str


@dataclass(frozen=True)
class Nearest:
    """A search by a vector, as a database is asked for it.

    Attributes:
        index: name of the vector index; None = the table names none.
        field: that of a document with its vector.
        vector: what is looked for.
        limit: how many documents at most, from 1.
        candidates: how many a search that is not exact looks at; None = the table does not say.
    """

    index: str | None
    field: str
    vector: tuple[float, ...]
    limit: int
    candidates: int | None


class Documents(Protocol):
    """Where the documents of external tables are: in the emulator, or in a database."""

    def read(self, collection: Collection) -> Sequence[Mapping[str, Any]]:
        """Return a collection's documents. Raises ModelError where they cannot be had."""
        ...

    def has_index(self, collection: Collection, name: str) -> bool:
        """Return whether a collection has a vector index, as far as is known here."""
        ...

    def nearest(
        self, collection: Collection, wanted: Nearest
    ) -> list[tuple[float, Mapping[str, Any]]] | None:
        """Return scores and documents, best first; None = search through what `read` returns.

        Raises:
            ModelError: the database refuses, or is not there.
        """
        ...

    def replace(
        self,
        collection: Collection,
        documents: Iterable[Mapping[str, Any]],
        indexes: Iterable[str] | None = None,
    ) -> int:
        """Put these documents in place of a collection's own, and return how many there are.

        Args:
            collection: where.
            documents: all that it holds from now on.
            indexes: names of the vector indexes it has; None = whatever index is asked for.

        Raises:
            ValueError: they have no place there.
            EmulatorError: the database did not take them.
        """
        ...


class DocumentStore:
    """The documents of every collection, kept here; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._documents: dict[Collection, list[Mapping[str, Any]]] = {}
        self._indexes: dict[Collection, frozenset[str]] = {}

    def put(self, collection: Collection, documents: Iterable[Mapping[str, Any]]) -> None:
        """Add documents to a collection, which need not be there yet."""
        new = [dict(document) for document in documents]
        with self._lock:
            self._documents.setdefault(collection, []).extend(new)

    def replace(
        self,
        collection: Collection,
        documents: Iterable[Mapping[str, Any]],
        indexes: Iterable[str] | None = None,
    ) -> int:
        """Put these documents in place of a collection's own, and return how many there are."""
        new: list[Mapping[str, Any]] = [dict(document) for document in documents]
        with self._lock:
            self._documents[collection] = new
            self._indexes.pop(collection, None)
            if indexes is not None:
                self._indexes[collection] = frozenset(indexes)
        return len(new)

    def has_index(self, collection: Collection, name: str) -> bool:
        """Return whether a collection has a vector index; one that was told of none has all."""
        with self._lock:
            known = self._indexes.get(collection)
        return known is None or name in known

    def clear(self, collection: Collection) -> None:
        """Remove a collection with its documents."""
        with self._lock:
            self._documents.pop(collection, None)
            self._indexes.pop(collection, None)

    def read(self, collection: Collection) -> tuple[Mapping[str, Any], ...]:
        """Return a collection's documents in the order they came, none if it is not there."""
        with self._lock:
            return tuple(self._documents.get(collection, ()))

    def nearest(self, collection: Collection, wanted: Nearest) -> None:
        """Return None: nothing here searches by itself."""


def connection_of(table: Table) -> str:
    """Return the name of an external table's connection, '' without one."""
    connector = table.options.get("connector", "").lower()
    return table.options.get(f"{connector}.connection", "")


def collection_of(table: Table, endpoint: str) -> Collection:
    """Return where an external table's documents are."""
    connector = table.options.get("connector", "").lower()
    own = options_of(table)
    names = _NAMED_BY.get(connector) or sorted(own.keys() - {"connection"})
    return Collection(connector, endpoint, ".".join(own[n] for n in names if n in own))


def options_of(table: Table) -> dict[str, str]:
    """Return the options of an external table's connector, without its name, in lower case."""
    prefix = table.options.get("connector", "").lower() + "."
    return {
        key.removeprefix(prefix).lower(): value
        for key, value in table.options.items()
        if key.startswith(prefix)
    }
