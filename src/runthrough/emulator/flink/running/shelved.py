"""A result that lies on its topic's shelf: it need not be kept a second time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from runthrough.emulator.flink.formats.arrow import Numbers
from runthrough.emulator.flink.running.shelf import Shelf, quoted


@dataclass(frozen=True)
class Shelved:
    """Rows that one writer put onto a shelf, with no other row of the shelf between.

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

    def equals(
        self, connection: duckdb.DuckDBPyConnection, table: str, columns: Sequence[str]
    ) -> bool:
        """Return whether a table has the same rows in the same order, with the same types.

        They may differ: a topic keeps milliseconds where a result may have more.
        """
        given, rows = f"SELECT {', '.join(columns)} FROM {table}", self.select(columns)
        types = [
            [column[1] for column in connection.execute(f"DESCRIBE {query}").fetchall()]
            for query in (given, rows)
        ]
        if types[0] != types[1]:
            return False
        other = [f'"__n{n}"' for n in range(len(columns))]
        differ = " OR ".join(
            f"t.{column} IS DISTINCT FROM s.{name}"
            for column, name in zip(columns, other, strict=True)
        )
        found = connection.execute(
            f"SELECT 1 FROM ({given}) t POSITIONAL JOIN ({self.select(other)}) s "
            f"WHERE {differ} LIMIT 1"
        ).fetchall()
        return not found


class Track:
    """Follows a writer: what it puts onto which shelf."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = tuple(names)
        self._shelf: Shelf | None = None
        self._first = self._last = self._count = 0
        self._is_lost = False

    def lose(self) -> None:
        """Note that others wrote as well."""
        self._is_lost = True

    def add(self, shelf: Shelf, numbers: Numbers) -> None:
        """Note rows, which follow those before."""
        if self._shelf is None:
            self._shelf, self._first = shelf, int(numbers[0])
        elif shelf is not self._shelf:
            self.lose()
        self._last = int(numbers[-1])
        self._count += len(numbers)

    def shelved(self, count: int) -> Shelved | None:
        """Return where the rows are, if these are all of them."""
        if self._shelf is None or self._is_lost or self._count != count:
            return None
        return Shelved(self._shelf, self._names, self._first, self._last)
