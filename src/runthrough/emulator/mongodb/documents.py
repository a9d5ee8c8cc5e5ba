"""The documents of external tables where a MongoDB server keeps those of connector `mongodb`.

Every connection of that type leads to the one server, whatever its endpoint, user and password
say: those of a rehearsal are invented. What `PUT /_emulator/documents` puts there goes with the
emulator, and nothing else on the server is changed.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from runthrough.emulator.flink.running.documents import (
    Collection,
    Documents,
    DocumentStore,
    Nearest,
)
from runthrough.emulator.flink.running.models import ModelError
from runthrough.emulator.mongodb.server import MongoError, MongoServer
from runthrough.errors import EmulatorError

log = logging.getLogger("runthrough.emulator")

SEARCHABLE_SECONDS = 20.0
"""How long a vector index may take to find what was put into its collection; the door's clients
wait for 30."""

_MONGODB = "mongodb"
_LOOKS_EVERY = 0.5
_LOOKED_FOR = 100
"""Documents that must be found before all of them count as found."""


class MongoDocuments(Documents):
    """The documents of a server's collections, and a store for the other connectors; thread-safe.

    Close it at the end: then the server has what it had before.
    """

    def __init__(self, server: MongoServer) -> None:
        self._server = server
        self._others = DocumentStore()
        self._lock = threading.Lock()
        self._filled: dict[str, bool] = {}  # by collection: whether it was there, empty
        self._indexes: dict[str, frozenset[str]] = {}

    def read(self, collection: Collection) -> Sequence[Mapping[str, Any]]:
        """Return a collection's documents.

        Raises:
            ModelError: the server has no such collection, too many documents in it, or no answer.
        """
        if collection.connector != _MONGODB:
            return self._others.read(collection)
        place = _place(collection)
        try:
            found = self._server.read(*place)
        except MongoError as e:
            raise ModelError(str(e)) from e
        if not found:
            self._expect(*place)
        return found

    def has_index(self, collection: Collection, name: str) -> bool:
        """Return whether a collection has an index; one that nobody told of any has all.

        It is asked only of a server that does not search by itself, which has no such index.
        """
        if collection.connector != _MONGODB:
            return self._others.has_index(collection, name)
        with self._lock:
            known = self._indexes.get(collection.name)
        return known is None or name in known

    def nearest(
        self, collection: Collection, wanted: Nearest
    ) -> list[tuple[float, Mapping[str, Any]]] | None:
        """Return what the server finds; None = it does not search by itself.

        Raises:
            ModelError: the server has no such collection, refuses, or does not answer.
        """
        if collection.connector != _MONGODB:
            return None
        place = _place(collection)
        try:
            found = self._server.nearest(*place, wanted)
        except MongoError as e:
            raise ModelError(str(e)) from e
        if found == []:
            self._expect(*place)
        return found

    def replace(
        self,
        collection: Collection,
        documents: Iterable[Mapping[str, Any]],
        indexes: Iterable[str] | None = None,
    ) -> int:
        """Put documents into a collection that is not there, or empty, or was filled here before.

        A server that searches by itself is waited for until its indexes find them.

        Raises:
            ValueError: the collection holds documents of others, which are left alone.
            EmulatorError: the server refuses, does not answer, or has no such index.
        """
        new = tuple(documents)
        if collection.connector != _MONGODB:
            return self._others.replace(collection, new, indexes)
        try:
            place = _place(collection)
        except ModelError as e:
            raise ValueError(str(e)) from e
        with self._lock:
            try:
                self._claim(collection.name, *place)
                self._server.put(*place, new)
            except MongoError as e:
                raise EmulatorError(str(e)) from e
            self._indexes.pop(collection.name, None)
            if indexes is not None:
                self._indexes[collection.name] = frozenset(indexes)
        for index in indexes or ():
            self._await_found(place, index, new)
        return len(new)

    def close(self) -> None:
        """Take back what was put there; what could not be taken back is named in the log."""
        with self._lock:
            for name, was_there in self._filled.items():
                database, _, collection = name.partition(".")
                try:
                    if was_there:
                        self._server.put(database, collection, ())
                    else:
                        self._server.drop(database, collection)
                except MongoError as e:
                    log.warning("the documents in %s are left behind: %s", name, e)
            self._filled.clear()

    def _claim(self, name: str, database: str, collection: str) -> None:
        if name in self._filled:
            return
        if not self._server.is_empty(database, collection):
            raise ValueError(
                f"the collection {name} of the MongoDB server at {self._server.name} holds "
                "documents already, which are left alone: only one that is empty or not there is "
                "filled"
            )
        self._filled[name] = self._server.holds(database, collection)

    def _await_found(
        self, place: tuple[str, str], index: str, documents: Sequence[Mapping[str, Any]]
    ) -> None:
        wanted = _to_find(index, documents)
        end = time.monotonic() + SEARCHABLE_SECONDS
        while wanted is not None:
            try:
                found = self._server.nearest(*place, wanted)
            except MongoError as e:
                raise EmulatorError(str(e)) from e
            if found is None or len(found) >= wanted.limit:
                return
            if time.monotonic() > end:
                raise EmulatorError(
                    f"the vector index {index} of {'.'.join(place)}, MongoDB server at "
                    f"{self._server.name}, found {len(found)} of {wanted.limit} documents within "
                    f"{SEARCHABLE_SECONDS:g} seconds; is there such an index?"
                )
            time.sleep(_LOOKS_EVERY)

    def _expect(self, database: str, collection: str) -> None:
        try:
            there = self._server.holds(database, collection)
        except MongoError as e:
            raise ModelError(str(e)) from e
        if not there:
            raise ModelError(
                f"The MongoDB server at {self._server.name} has no collection "
                f"{database}.{collection}."
            )


def _to_find(index: str, documents: Sequence[Mapping[str, Any]]) -> Nearest | None:
    """Return a search that finds all documents with a vector, or many of them; None = none has."""
    for name, value in documents[0].items() if documents else ():
        if isinstance(value, list) and value and all(isinstance(n, int | float) for n in value):
            held = sum(1 for document in documents if document.get(name))
            return Nearest(index, name, tuple(map(float, value)), min(held, _LOOKED_FOR), None)
    return None


def _place(collection: Collection) -> tuple[str, str]:
    """Return database and collection. Raises ModelError where the table does not name both."""
    database, _, name = collection.name.partition(".")
    if not (database and name):
        raise ModelError(
            "A collection of MongoDB needs the options 'mongodb.database' and "
            f"'mongodb.collection', not only '{collection.name}'."
        )
    return database, name
