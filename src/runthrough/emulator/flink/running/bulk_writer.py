"""A whole result into a topic at once: encoded in DuckDB, produced in bulk, never read back.

The topic holds the same records as if each had been written alone; the rows go onto the table's
shelf where a reader of the records would have put them. Where somebody else writes to the topic
at the same time, the records are read back like any others, so that both keep the topic's order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack

import duckdb

from runthrough.emulator.broker import Broker
from runthrough.emulator.broker.bulk import Buffer
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.arrow import Blobs, Numbers, fetch_blobs
from runthrough.emulator.flink.formats.avro_sql import Encoding, encoding_of, prepare
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.store import Rows, Store, Written, quoted
from runthrough.emulator.flink.types import duckdb_type

_PARTITION_BYTES = 2_000_000
"""So much goes to a partition at once: the broker keeps 5 MB, so all of it can be read back."""

_FIRST_ROWS = 1_000
_MOST_ROWS = 100_000


class Bulk:
    """Rows that are all insertions and lie in a table of DuckDB, one after another by `rowid`.

    Attributes:
        columns: the query's columns as the table quotes them.
    """

    def __init__(self, table: str, columns: Sequence[str], count: int) -> None:
        self.table, self.columns, self.count = table, tuple(columns), count

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.count


Place = Callable[[Blobs, int], Numbers]
"""Chooses partitions: values of records without a key, and how many rows came before them."""


class BulkWriter:
    """Writes bulks to one table's topic."""

    def __init__(
        self, table: Table, names: Sequence[str], broker: Broker, store: Store, schemas: SchemaStore
    ) -> None:
        """Prepare a writer; `names` are the table's columns for each of the query's."""
        self._table, self._names = table, tuple(names)
        self._broker, self._store = broker, store
        self._encoding = encoding_of(table, schemas)
        self._buckets = broker.topics().get(table.name, table.buckets)

    def write(self, bulk: Bulk, place: Place) -> int:
        """Write a bulk; return how many of its rows, the rest must be written singly.

        Raises:
            EmulatorError: the broker refused a record.
        """
        encoding, first = self._encoding, 0
        if encoding is None:
            return 0
        connection = self._store.connect()
        try:
            prepare(connection)
            if not self._has_all(connection, bulk, encoding):
                return 0
            with ExitStack() as still:
                still.enter_context(self._broker.standstill(self._table.name))
                count = min(_FIRST_ROWS, len(bulk))
                while first < len(bulk):
                    try:
                        rows = Rows(self._select(bulk, first, first + count), first)
                        keys, values = self._encoded(connection, rows, encoding)
                    except duckdb.Error:
                        return first  # a number of 63 bits, which the writer of rows can write
                    if self._send(rows, keys, values, encoding, place):
                        self._read_back(still)
                    first += count
                    size = max(1, len(values.data) // count)
                    fit = _PARTITION_BYTES * self._buckets // size
                    count = max(1, min(fit, _MOST_ROWS, len(bulk) - first))
        finally:
            connection.close()
        return first

    def _has_all(
        self, connection: duckdb.DuckDBPyConnection, bulk: Bulk, encoding: Encoding
    ) -> bool:
        """Return whether no value is missing where one must be."""
        absent = " OR ".join(f"{quoted(name)} IS NULL" for name in encoding.required)
        if not absent:
            return True
        rows = self._select(bulk, 0, len(bulk))
        found = connection.execute(f"SELECT 1 FROM ({rows}) WHERE {absent} LIMIT 1").fetchall()
        return not found

    def _select(self, bulk: Bulk, first: int, end: int) -> str:
        """Return the query of some rows, in the table's columns and types."""
        given = dict(zip(self._names, bulk.columns, strict=True))
        shown = ", ".join(
            f"CAST({given.get(c.name, 'NULL')} AS {duckdb_type(c.type)}) AS {quoted(c.name)}"
            for c in stored_columns(self._table)
        )
        return (
            f'SELECT {shown}, rowid AS "__row" FROM {bulk.table} '
            f"WHERE rowid >= {first} AND rowid < {end}"
        )

    def _encoded(
        self, connection: duckdb.DuckDBPyConnection, rows: Rows, encoding: Encoding
    ) -> tuple[Blobs | None, Blobs]:
        texts = [encoding.value] if encoding.key is None else [encoding.value, encoding.key]
        found = fetch_blobs(
            connection.sql(f'SELECT {", ".join(texts)} FROM ({rows.select}) ORDER BY "__row"')
        )
        return (found[1] if encoding.key else None), found[0]

    def _send(
        self, rows: Rows, keys: Blobs | None, values: Blobs, encoding: Encoding, place: Place
    ) -> bool:
        """Produce some records; return whether they have to be read back."""
        topic, now = self._table.name, int(time.time() * 1000)
        delivered = self._broker.produce_bulk(
            topic,
            None if keys is None else Buffer(keys.data, keys.starts),
            Buffer(values.data, values.starts),
            partitions=None if keys is not None else place(values, rows.first),
            timestamp=now,
        )
        if not self._broker.follows(topic, delivered):
            return True
        written = Written(delivered.partitions, delivered.offsets, now, encoding)
        self._store.place(self._table, rows, written)
        self._broker.pass_over(topic, delivered)
        return False

    def _read_back(self, still: ExitStack) -> None:
        """Let the topic be read up to its end, then stop reading again."""
        still.close()
        still.enter_context(self._broker.standstill(self._table.name))
