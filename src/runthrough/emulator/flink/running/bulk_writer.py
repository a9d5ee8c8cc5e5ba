"""A whole result into a topic at once: encoded in DuckDB, produced in bulk, never read back.

The topic holds the same records as if each had been written alone; the rows go onto the table's
shelf where a reader of the records would have put them. Where somebody else writes to the topic
at the same time, the records are read back like any others, so that both keep the topic's order.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass

import duckdb

from runthrough.emulator.broker import Broker
from runthrough.emulator.broker.bulk import Buffer
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.arrow import Blobs, Numbers, fetch_blobs
from runthrough.emulator.flink.formats.avro_sql import Encoding, encoded, encoding_of, prepare
from runthrough.emulator.flink.formats.formats import stored_columns
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.running.shelved import Placing, Shelved
from runthrough.emulator.flink.running.store import Rows, Store, Written, quoted
from runthrough.emulator.flink.types import duckdb_type

_PARTITION_BYTES = 2_000_000
"""So much goes to a partition at once: the broker keeps 5 MB, so all of it can be read back."""

_MOST_ROWS = 100_000
_TOGETHER = 4
"""So many portions of small rows are encoded at once: DuckDB plans the text anew each time."""
_VECTOR = 2_048
"""So many rows are computed at once by DuckDB, which keeps each step's values of all of them."""


class Bulk:
    """Rows that are all insertions and lie in a table of DuckDB, one after another by `rowid`.

    Attributes:
        columns: the query's columns as the table quotes them.
        shelved: what the table has become, if it is the shelf of the topic it was written to.
    """

    def __init__(self, table: str, columns: Sequence[str], count: int) -> None:
        self.table, self.columns, self.count = table, tuple(columns), count
        self.shelved: Shelved | None = None

    def __len__(self) -> int:
        """Return how many rows there are."""
        return self.count


Place = Callable[[Blobs, int], Numbers]
"""Chooses partitions: values of records without a key, and how many rows came before them."""


@dataclass(frozen=True)
class _Chunk:
    """Encoded rows; `end` is the number of the row that follows them."""

    rows: Rows
    end: int
    keys: Blobs | None
    values: Blobs

    @property
    def parts(self) -> tuple[Blobs | None, Blobs]:
        """Keys and values."""
        return self.keys, self.values


class BulkWriter:
    """Writes bulks to one table's topic."""

    def __init__(
        self, table: Table, names: Sequence[str], broker: Broker, store: Store, schemas: SchemaStore
    ) -> None:
        """Prepare a writer; `names` are the table's columns for each of the query's."""
        self._table, self._names = table, tuple(names)
        self._broker, self._store = broker, store
        self._encoding = encoding_of(table, schemas)
        self._buckets = broker.partitions_of(table.topic) or table.buckets

    def write(self, bulk: Bulk, place: Place) -> int:
        """Write a bulk; return how many of its rows, the rest must be written singly.

        While one chunk is sent the next one is encoded.

        Raises:
            EmulatorError: the broker refused a record.
        """
        encoding = self._encoding
        if encoding is None:
            return 0
        connection = self._store.connect()
        try:
            prepare(connection)
            if not self._has_all(connection, bulk, encoding):
                return 0
            with ExitStack() as stack:
                still = stack.enter_context(ExitStack())
                still.enter_context(self._broker.standstill(self._table.topic))
                ahead = stack.enter_context(ThreadPoolExecutor(1, "runthrough-encoding"))
                return self._write(connection, bulk, encoding, place, still, ahead)
        finally:
            connection.close()

    def _write(
        self,
        connection: duckdb.DuckDBPyConnection,
        bulk: Bulk,
        encoding: Encoding,
        place: Place,
        still: ExitStack,
        ahead: ThreadPoolExecutor,
    ) -> int:
        def encode(first: int, count: int) -> _Chunk | None:
            end = min(first + count, len(bulk))
            if first == end:
                return None
            rows = Rows(self._select(bulk, first, end), first)
            found = fetch_blobs(connection.sql(encoded(encoding, rows.select)))
            return _Chunk(rows, end, found[1] if encoding.key else None, found[0])

        size = self._row_size(connection, bulk)
        count = max(1, min(_PARTITION_BYTES * self._buckets // size, _MOST_ROWS))
        together = min(_TOGETHER * count, _MOST_ROWS) if count > _VECTOR else count
        first = 0
        placing = Placing(self._store, self._table, self._names, bulk.table, encoding)
        try:
            chunk = encode(first, count)
            while chunk is not None:
                following = ahead.submit(encode, chunk.end, together)
                for part in self._portions(bulk, chunk, count):
                    if self._send(part, encoding, place, placing):
                        self._read_back(still)
                    first = part.end
                chunk = following.result()
        except duckdb.Error:
            pass  # a number of 63 bits, which the writer of rows can write
        finally:
            bulk.shelved = placing.finish(len(bulk))
        return first

    def _portions(self, bulk: Bulk, chunk: _Chunk, count: int) -> Iterator[_Chunk]:
        for n in range(0, len(chunk.values), count):
            end = min(n + count, len(chunk.values))
            first, last = chunk.rows.first + n, chunk.rows.first + end
            keys = None if chunk.keys is None else chunk.keys.slice(n, end)
            rows = Rows(self._select(bulk, first, last), first)
            yield _Chunk(rows, last, keys, chunk.values.slice(n, end))

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

    def _row_size(self, connection: duckdb.DuckDBPyConnection, bulk: Bulk) -> int:
        """Return about how many bytes a row has."""
        sizes = {"VARCHAR": "strlen", "BLOB": "octet_length"}
        given = dict(zip(self._names, bulk.columns, strict=True))
        kinds = [(given.get(c.name), duckdb_type(c.type)) for c in stored_columns(self._table)]
        texts = [f"sum({sizes[kind]}({name}))" for name, kind in kinds if name and kind in sizes]
        if not texts:
            return 8 * len(kinds)
        found = connection.execute(f"SELECT {', '.join(texts)} FROM {bulk.table}").fetchall()
        return 8 * len(kinds) + int(sum(n or 0 for n in found[0])) // len(bulk)

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

    def _send(self, chunk: _Chunk, encoding: Encoding, place: Place, placing: Placing) -> bool:
        """Produce some records; return whether they have to be read back."""
        topic, now, keys, values = self._table.topic, int(time.time() * 1000), *chunk.parts
        delivered = self._broker.produce_bulk(
            topic,
            None if keys is None else Buffer(keys.data, keys.starts),
            Buffer(values.data, values.starts),
            partitions=None if keys is not None else place(values, chunk.rows.first),
            timestamp=now,
        )
        if not self._broker.follows(topic, delivered):
            placing.settle()
            return True
        written = Written(delivered.partitions, delivered.offsets, now, encoding)
        placing.add(chunk.rows, written)
        self._broker.pass_over(topic, delivered)
        return False

    def _read_back(self, still: ExitStack) -> None:
        """Let the topic be read up to its end, then stop reading again."""
        still.close()
        still.enter_context(self._broker.standstill(self._table.topic))
