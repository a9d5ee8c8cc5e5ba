"""A MongoDB server that is asked: for documents, and for the nearest to a vector.

A server that has vector search (Atlas, or one with the search process beside it) searches itself.
One that refuses the stage because it does not have it is read instead, and the emulator compares
the vectors; that is a choice of ours, said once in the log. Such a reading has a limit.
"""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from runthrough.emulator.flink.running.documents import Nearest
from runthrough.emulator.mongodb.address import MongoAddress, load_library
from runthrough.emulator.mongodb.values import as_json
from runthrough.errors import EmulatorError

if TYPE_CHECKING:
    from pymongo import MongoClient

log = logging.getLogger("runthrough.emulator")

MAX_READ = 10_000
"""Documents of a collection that are read to be searched here; 1536 numbers each are 500 MiB."""

MAX_CANDIDATES = 10_000
"""The most candidates the server takes."""

CANDIDATES_A_RESULT = 20
"""Candidates for each wanted document where the table names none, as MongoDB advises."""

DEFAULT_INDEX = "default"
"""What MongoDB calls an index whose maker gave it no name; meant where the table names none."""

_PATIENCE = {
    "serverSelectionTimeoutMS": 10_000,
    "connectTimeoutMS": 10_000,
    "socketTimeoutMS": 30_000,
}
"""Where the address says nothing else."""

_WITHOUT_SEARCH = frozenset({304, 31082, 40324, 6047401})
"""Codes of a server that has no `$vectorSearch`: Amazon DocumentDB's, that of a server without its
search process, an unknown stage, and one that is Atlas's alone."""

_WRONG_LOGIN = frozenset({18, 8000})
"""AuthenticationFailed, and what Atlas says instead."""

_MORE = re.compile(r" \(configured timeouts|, Timeout: |, full error")
"""Where the library begins to tell its settings and all it knows."""

_SHOWN = 300
"""Characters of a server's refusal that are passed on."""


class MongoError(Exception):
    """The server refused, or is not there; the text names it and says what it said."""


class MongoServer:
    """One server, with a connection to it; thread-safe. Close it at the end.

    Attributes:
        name: its hosts, for people.
        searches: whether it has vector search, as far as is known: it shows with the first search.
    """

    def __init__(self, address: MongoAddress) -> None:
        """Connect.

        Raises:
            EmulatorError: nobody is there, or the user may not enter.
        """
        self.name = address.name
        self.searches = True
        self._address = address
        self._lock = threading.Lock()
        self._client = self._open()
        try:
            self._greet()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._client.close()

    def holds(self, database: str, collection: str) -> bool:
        """Return whether there is such a collection. Raises MongoError."""
        with self._asked():
            names = self._client[database].list_collection_names(
                filter={"name": collection}, authorizedCollections=True
            )
        return collection in names  # some servers pass over the filter

    def is_empty(self, database: str, collection: str) -> bool:
        """Return whether a collection has no document, or is not there. Raises MongoError."""
        with self._asked():
            return self._client[database][collection].find_one({}, {"_id": 1}) is None

    def read(self, database: str, collection: str) -> list[dict[str, Any]]:
        """Return the documents of a collection, in its own order, as JSON has their values.

        Raises:
            MongoError: also where they are more than the emulator searches.
        """
        with self._asked():
            found = list(self._client[database][collection].find({}, limit=MAX_READ + 1))
        if len(found) > MAX_READ:
            raise MongoError(
                f"The collection {database}.{collection} of the MongoDB server at {self.name} has "
                f"more than {MAX_READ} documents: only a server with vector search of its own can "
                "search them."
            )
        return [as_json(document) for document in found]

    def nearest(
        self, database: str, collection: str, wanted: Nearest
    ) -> list[tuple[float, Mapping[str, Any]]] | None:
        """Return the server's own scores and documents, best first; None = it has no such search.

        Raises:
            MongoError: it refuses the search.
        """
        from pymongo.errors import OperationFailure

        if not self.searches:
            return None
        stages = _stages(wanted)
        with self._asked():
            try:
                found = list(self._client[database][collection].aggregate(stages))
            except OperationFailure as e:
                if e.code not in _WITHOUT_SEARCH:
                    raise
                self._note_lack()
                return None
        return [(float(one["score"]), as_json(one["document"])) for one in found]

    def put(self, database: str, collection: str, documents: Iterable[Mapping[str, Any]]) -> None:
        """Put documents in place of a collection's own. Raises MongoError."""
        new = [dict(document) for document in documents]
        with self._asked():
            place = self._client[database][collection]
            place.delete_many({})
            if new:
                place.insert_many(new)

    def drop(self, database: str, collection: str) -> None:
        """Delete a collection, which need not be there. Raises MongoError."""
        with self._asked():
            self._client[database].drop_collection(collection)

    def _open(self) -> MongoClient[dict[str, Any]]:
        library = load_library()
        uri = self._address.uri.get_secret_value()
        given = uri.partition("?")[2].lower()
        options: dict[str, Any] = {
            name: value for name, value in _PATIENCE.items() if f"{name.lower()}=" not in given
        }
        if self._address.password is not None:
            options["password"] = self._address.password.get_secret_value()
        try:
            made: MongoClient[dict[str, Any]] = library.MongoClient(
                uri, appname="runthrough", **options
            )
        except (library.errors.PyMongoError, ValueError) as e:
            raise EmulatorError(f"--mongodb, the server at {self.name}: {self._said(e)}") from None
        return made

    def _greet(self) -> None:
        from pymongo.errors import OperationFailure, PyMongoError

        try:
            self._client.admin.command("listDatabases", nameOnly=True, authorizedDatabases=True)
        except OperationFailure as e:
            if e.code in _WRONG_LOGIN:
                raise EmulatorError(
                    f"the MongoDB server at {self.name} does not take the user and the password of "
                    "--mongodb"
                ) from None
            raise EmulatorError(
                f"the MongoDB server at {self.name} (--mongodb) refuses: {self._said(e)}"
            ) from None
        except PyMongoError as e:
            raise EmulatorError(
                f"the MongoDB server at {self.name} (--mongodb) cannot be reached: {self._said(e)}"
            ) from None

    @contextmanager
    def _asked(self) -> Iterator[None]:
        """Translate what goes wrong. Nothing is chained: a traceback could show the login."""
        from bson.errors import BSONError
        from pymongo.errors import OperationFailure, PyMongoError

        try:
            yield
        except OperationFailure as e:
            raise MongoError(
                f"The MongoDB server at {self.name} refuses: {self._said(e)}"
            ) from None
        except (PyMongoError, BSONError, OverflowError) as e:  # a number of more than 64 bits
            raise MongoError(
                f"The MongoDB server at {self.name} cannot be asked: {self._said(e)}"
            ) from None

    def _said(self, error: Exception) -> str:
        """Return what went wrong, in short and without the password."""
        details = getattr(error, "details", None)
        details = details if isinstance(details, Mapping) else {}
        [first, *_] = details.get("writeErrors") or [details]
        told = first.get("errmsg")
        text = _MORE.split(str(told or error), maxsplit=1)[0]
        return self._address.redact(" ".join(text.split()))[:_SHOWN]

    def _note_lack(self) -> None:
        with self._lock:
            first, self.searches = self.searches, False
        if first:
            log.warning(
                "the MongoDB server at %s has no $vectorSearch: the emulator reads the collection "
                "and compares every vector itself, scored by the cosine of their angle",
                self.name,
            )


def _stages(wanted: Nearest) -> list[dict[str, Any]]:
    candidates = wanted.candidates or CANDIDATES_A_RESULT * wanted.limit
    search = {
        "index": wanted.index or DEFAULT_INDEX,
        "path": wanted.field,
        "queryVector": list(wanted.vector),
        "numCandidates": min(MAX_CANDIDATES, candidates),
        "limit": wanted.limit,
    }
    # The whole document in one field: it may have one of its own that is called `score`.
    shown = {"_id": 0, "score": {"$meta": "vectorSearchScore"}, "document": "$$ROOT"}
    return [{"$vectorSearch": search}, {"$project": shown}]
