"""Records of a topic → rows of a table.

Sources: facts/flink-sql-ai.md 1.3 (inferred tables, metadata columns) and 5.1 (the `op` header of
retract tables, tombstones of upsert tables). Wire format of the registry: a zero byte, the
schema's id in four bytes, then the body.
"""

from __future__ import annotations

import datetime as dt
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from runthrough.emulator.broker import Header, Record
from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats import json_values
from runthrough.emulator.flink.formats.avro_reader import AvroReader, DecodeError
from runthrough.emulator.flink.formats.avro_values import duckdb_map
from runthrough.emulator.flink.formats.formats import (
    OP_HEADER,
    field_name,
    key_format,
    key_part,
    stored_columns,
    value_format,
    value_part,
)
from runthrough.emulator.flink.formats.generated_format import GENERATED, read_generated
from runthrough.emulator.flink.formats.raw_format import read_raw
from runthrough.emulator.flink.formats.schemas import SchemaError, SchemaStore
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType

__all__ = ["DecodeError", "RowReader", "read_op"]

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_OPS = {**{n: n for n in range(4)}, **{ord(str(n)): n for n in range(4)}}
"""A byte is what Flink writes; a digit is what people write."""

_MILLISECOND = dt.timedelta(milliseconds=1)


class RowReader:
    """Reads the records of one table; remembers how for each schema id."""

    def __init__(self, table: Table, schemas: SchemaStore) -> None:
        self._table, self._schemas = table, schemas
        self._avro: dict[tuple[int, str], AvroReader] = {}
        keys = {c.name for c in key_part(table)}
        self._cells = [_cell(column, keys) for column in stored_columns(table)]
        self._key_types = key_part(table)
        self._value_types = value_part(table)
        self._exact = json_values.has_decimal(stored_columns(table))

    def read(self, record: Record) -> tuple[Any, ...]:
        """Return the values of `stored_columns`; a tombstone's value columns are NULL.

        Raises:
            DecodeError: the record is not a row of this table.
        """
        key = self._part(record, record.key, key_format(self._table), self._key_types, "key")
        value = self._part(
            record, record.value, value_format(self._table), self._value_types, "value"
        )
        return tuple(cell(record, key, value) for cell in self._cells)

    def _part(
        self,
        record: Record,
        data: bytes | None,
        form: str,
        columns: Sequence[Column],
        what: str,
    ) -> Mapping[str, Any] | None:
        if data is None or not columns:
            return None
        try:
            if form == GENERATED:
                return read_generated(data, columns)
            if form == "raw":
                return {columns[0].name: read_raw(data, columns[0].type)}
            return self._read_registry(data, columns, what)
        except (DecodeError, SchemaError, ValueError, KeyError, EOFError, TypeError) as e:
            reason = str(e) or type(e).__name__
        except (IndexError, OverflowError, struct.error) as e:
            reason = f"the bytes are not what the schema says: {e}"
        raise DecodeError(
            f"Failed to deserialize the {what} of the record in topic '{record.topic}', "
            f"partition {record.partition}, offset {record.offset}: {reason}"
        )

    def _read_registry(
        self, data: bytes, columns: Sequence[Column], what: str
    ) -> Mapping[str, Any]:
        if len(data) < 5 or data[0] != 0:
            raise DecodeError(
                "it does not begin with the registry's zero byte and schema id "
                "(was it written without a schema?)"
            )
        schema_id = int.from_bytes(data[1:5], "big")
        schema = self._schemas.schema(schema_id)
        names = [field_name(self._table, c, what) for c in columns]
        if schema.type == "JSON":
            row = _read_json(data[5:], columns, names, self._exact)
        elif schema.type == "AVRO":
            known = (schema_id, what)
            if known not in self._avro:
                self._avro[known] = self._avro_reader(schema_id, columns, names, what)
            row = self._avro[known].read(data[5:])
        else:
            raise DecodeError(f"its {schema.type} schema {schema_id} is not emulated")
        for column, name in zip(columns, names, strict=True):
            if row[column.name] is None and not column.type.nullable:
                raise DecodeError(f"the field '{name}' is missing, its column is NOT NULL")
        return row

    def _avro_reader(
        self, schema_id: int, columns: Sequence[Column], names: Sequence[str], what: str
    ) -> AvroReader:
        """Return the reader of one schema's records; the subject's latest gives defaults."""
        written = self._schemas.parsed_avro(schema_id)
        latest = self._schemas.latest(f"{self._table.name}-{what}")
        wanted = None
        if latest is not None and latest.schema.type == "AVRO" and latest.schema.id != schema_id:
            wanted = self._schemas.parsed_avro(latest.schema.id)
        return AvroReader(columns, names, written, wanted)


def _read_json(
    body: bytes, columns: Sequence[Column], names: Sequence[str], exact: bool
) -> Mapping[str, Any]:
    value = json.loads(body, parse_float=Decimal) if exact else json.loads(body)
    if json_values.is_union(names):
        union = FlinkType("ROW", fields=tuple((c.name, c.type) for c in columns))
        return json_values.union_from_json(value, union)
    if not isinstance(value, dict):
        if len(columns) == 1 and names[0] in ("key", "val"):
            return {columns[0].name: json_values.from_json(value, columns[0].type)}
        raise DecodeError("it is not a JSON object")
    row: dict[str, Any] = {}
    for column, name in zip(columns, names, strict=True):
        try:
            row[column.name] = json_values.from_json(value.get(name), column.type)
        except ValueError as e:
            raise DecodeError(f"field '{name}': {e}") from e
    return row


Cell = Callable[[Record, Mapping[str, Any] | None, Mapping[str, Any] | None], Any]


def _cell(column: Column, keys: set[str]) -> Cell:
    """Return how a column's value is taken from a record and its decoded parts."""
    name = column.name
    if column.kind == "metadata":
        return _metadata_cell(column)
    in_key = name in keys

    def cell(_: Record, key: Mapping[str, Any] | None, value: Mapping[str, Any] | None) -> Any:
        part = key if in_key else value
        return None if part is None else part[name]

    return cell


def _metadata_cell(column: Column) -> Cell:
    key = column.metadata_key or column.name
    if key not in _METADATA:
        raise SqlError(f"Invalid metadata key '{key}' in column '{column.name}'.")
    take = _METADATA[key]
    if key == "headers":
        texts = [_is_text(part) for part in (column.type.key, column.type.value)]
        return lambda record, *_: _headers(record.headers, texts[0], texts[1])
    return lambda record, *_: take(record)


_METADATA: dict[str, Callable[[Record], Any]] = {
    "headers": lambda r: r.headers,
    "leader-epoch": lambda r: 0,
    "offset": lambda r: r.offset,
    "partition": lambda r: r.partition,
    "raw-key": lambda r: r.key,
    "raw-value": lambda r: r.value,
    "timestamp": lambda r: _EPOCH + r.timestamp * _MILLISECOND,
    "timestamp-type": lambda r: "CreateTime",
    "topic": lambda r: r.topic,
}


def _is_text(t: FlinkType | None) -> bool:
    return t is not None and t.root in ("VARCHAR", "CHAR")


def _headers(headers: Sequence[Header], text_keys: bool, text_values: bool) -> dict[str, list[Any]]:
    """Return headers as a map; of those with one name the last counts."""
    last = dict(headers)
    return duckdb_map(
        (
            name if text_keys else name.encode(),
            value.decode("utf-8", "replace") if text_values and value is not None else value,
        )
        for name, value in last.items()
    )


def read_op(record: Record) -> int:
    """Return the changelog kind in a record's `op` header: 0 +I, 1 -U, 2 +U, 3 -D (facts 1.3)."""
    return _op(record.headers)


def ops_of(headers: Mapping[int, Sequence[Header]]) -> dict[int, int]:
    """Return `read_op` of each record that has headers, by its place."""
    return {place: _op(listed) for place, listed in headers.items()}


def _op(headers: Sequence[Header]) -> int:
    for name, value in headers:
        if name == OP_HEADER and value is not None and len(value) == 1:
            return _OPS.get(value[0], 0)
    return 0
