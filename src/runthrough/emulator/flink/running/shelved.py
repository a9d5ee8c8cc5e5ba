"""A written result that becomes its topic's shelf: its rows are neither copied nor kept twice.

Where a topic was empty, and the result has the columns and types of the topic's table, the rows
that were sent are those that a reader of the records would find: so their table is made the
shelf. Everywhere else the rows are put onto the shelf portion by portion.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.avro_sql import Encoding
from runthrough.emulator.flink.running.folds import quoted
from runthrough.emulator.flink.running.shelf import Rows, Shelf
from runthrough.emulator.flink.running.store import Store, Written


@dataclass(frozen=True)
class Shelved:
    """Rows of a shelf, lent once.

    Attributes:
        names: the shelf's column for each of the query's.
        first, last: numbers of the first row and of the last one.
    """

    shelf: Shelf
    names: tuple[str, ...]
    first: int
    last: int

    def select(self, columns: Sequence[str]) -> str:
        """Return the query of the rows under these names, which are quoted."""
        pairs = zip(self.names, columns, strict=True)
        shown = ", ".join(f"{quoted(name)} AS {column}" for name, column in pairs)
        return (
            f'SELECT {shown} FROM {self.shelf.name} WHERE "__seq" BETWEEN {self.first} AND '
            f"{self.last}"
        )


class Placing:
    """Follows a writer of one result, and sees to it that the shelf gets its rows."""

    def __init__(
        self, store: Store, table: Table, names: Sequence[str], result: str, encoding: Encoding
    ) -> None:
        """Begin; `result` is the table that has all of the result's rows."""
        self._store, self._table, self._names = store, table, tuple(names)
        self._result, self._encoding = result, encoding
        self._waits = store.may_adopt(table, result, encoding)
        self._waiting: list[tuple[Rows, Written]] = []

    def add(self, rows: Rows, written: Written) -> None:
        """Take rows that were sent and follow those before."""
        if self._waits:
            self._waiting.append((rows, written))
        else:
            self._store.place(self._table, rows, written)

    def settle(self) -> None:
        """Put what was sent so far onto the shelf: it is not all, or others write as well."""
        self._waits = False
        for rows, written in self._waiting:
            self._store.place(self._table, rows, written)
        self._waiting.clear()

    def finish(self, count: int) -> Shelved | None:
        """Make the result the shelf if all its rows were sent; return where they are then."""
        sent = sum(len(written.offsets) for _, written in self._waiting)
        if not self._waits or sent != count:
            self.settle()
            return None
        parts = [written for _, written in self._waiting]
        self._waiting.clear()
        shelf, first, last = self._store.adopt(self._table, self._result, parts)
        return Shelved(shelf, self._names, first, last)
