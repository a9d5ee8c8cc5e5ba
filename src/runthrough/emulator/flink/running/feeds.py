"""Tables read from outside Flink as they grow: what writes their rows elsewhere (Tableflow).

A feed gives the records of a table in the order of arrival, by their numbers, so that its reader
decides how much it takes at once. While a table has a feed its changelog mode cannot change
(facts/workshop-labs.md B.5); a feed whose table is dropped ends.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import duckdb

from runthrough.emulator.broker.group import split
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.table_options import CLEANUP
from runthrough.emulator.flink.running.gate import Gate
from runthrough.emulator.flink.running.store import Span, Store, quoted

RELATION = "feed"


class FeedEndedError(Exception):
    """The table has been dropped."""


class Feed:
    """The records of one table.

    Attributes:
        topic: its name.
        reader: who reads, in words, for the refusal of a change of mode.
    """

    def __init__(
        self,
        topic: str,
        reader: str,
        look_up: Callable[[], Table | None],
        *,
        store: Store,
        gate: Gate,
        feeds: Feeds,
    ) -> None:
        self.topic, self.reader = topic, reader
        self._feeds = feeds
        self._look_up, self._store, self._gate = look_up, store, gate
        self._ended = threading.Event()

    def table(self) -> Table:
        """Return the table as it is now: schemas evolve.

        Raises:
            FeedEndedError: it has been dropped.
            SqlError: its schema is one the emulator does not read.
        """
        table = None if self._ended.is_set() else self._look_up()
        if table is None:
            raise FeedEndedError(self._gone)
        return table

    @property
    def why_ended(self) -> str:
        """Say that the table has been dropped; empty while it is there."""
        return self._gone if self._ended.is_set() else ""

    @property
    def _gone(self) -> str:
        return f"topic '{split(self.topic)[1]}' has been deleted"

    def end(self) -> int:
        """Return the number of the last record, at a moment when no update is half written."""
        return int(self._gate.settled([self.topic], lambda: self._store.end(self.topic)))

    @contextmanager
    def rows(
        self, table: Table, after: int, upto: int
    ) -> Iterator[tuple[duckdb.DuckDBPyConnection, str]]:
        """Give a connection and a relation of the records after one number and up to another.

        It has the table's stored columns (`catalog.relation_names`), `__seq`, `__op`, and
        `__gone` where a record deletes or takes back.

        Raises:
            DecodeError: a record is not a row of the table, and its error-handling is 'fail'.
        """
        connection = self._store.connect()
        try:
            self._store.bind(connection, RELATION, table, Span(after, upto), versions=True)
            yield connection, quoted(RELATION)
        finally:
            connection.close()

    def close(self) -> None:
        """Read no more: the table may change again."""
        self._feeds.remove(self)

    def finish(self) -> None:
        """Take note that the table is gone."""
        self._ended.set()


class Feeds:
    """The open feeds; thread-safe."""

    def __init__(self) -> None:
        self._open: list[Feed] = []
        self._lock = threading.Lock()

    def open(
        self,
        topic: str,
        reader: str,
        look_up: Callable[[], Table | None],
        *,
        store: Store,
        gate: Gate,
    ) -> Feed:
        """Begin a feed; for the arguments see `Feed`."""
        feed = Feed(topic, reader, look_up, store=store, gate=gate, feeds=self)
        with self._lock:
            self._open.append(feed)
        return feed

    def remove(self, feed: Feed) -> None:
        """Forget one."""
        with self._lock:
            self._open = [other for other in self._open if other is not feed]

    def drop(self, topic: str) -> None:
        """End the feeds of a table that is dropped."""
        with self._lock:
            ended = [feed for feed in self._open if feed.topic == topic]
            self._open = [feed for feed in self._open if feed.topic != topic]
        for feed in ended:
            feed.finish()

    def check_change(self, before: Table | None, after: Table) -> None:
        """Refuse a change that would change how a reader writes. Raises SqlError (ours)."""
        with self._lock:
            readers = [feed.reader for feed in self._open if feed.topic == after.topic]
        if not readers or before is None:
            return
        for option, old, new in (
            ("changelog.mode", before.mode, after.mode),
            (CLEANUP, _is_compacted(before), _is_compacted(after)),
        ):
            if old != new:
                raise SqlError(
                    f"'{option}' of table '{after.name}' cannot change while {readers[0]} is "
                    f"enabled on it: disable {readers[0]}, change the table, and enable it again."
                )


def _is_compacted(table: Table) -> bool:
    return "compact" in table.options.get(CLEANUP, "delete")
