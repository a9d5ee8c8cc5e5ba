"""Rows of a table → records of its topic (facts/flink-sql-ai.md 1.3, 5.1)."""

from __future__ import annotations

import datetime as dt
import io
import json
from collections.abc import Mapping, Sequence
from typing import Any

import fastavro

from runthrough.emulator.broker import Header, Outgoing
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.formats import avro_format, json_values
from runthrough.emulator.flink.formats.avro_values import Converter, writer_of
from runthrough.emulator.flink.formats.formats import (
    OP_HEADER,
    field_name,
    is_record,
    key_format,
    key_part,
    stored_columns,
    value_format,
    value_part,
)
from runthrough.emulator.flink.formats.raw_format import write_raw
from runthrough.emulator.flink.formats.schemas import SchemaStore
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


class RowWriter:
    """Writes rows of one table, in the mode the table had when the writer was made."""

    def __init__(self, table: Table, mode: Mode, schemas: SchemaStore) -> None:
        self._mode = mode
        self._names = [c.name for c in stored_columns(table)]
        self._key = _PartWriter(table, key_part(table), key_format(table), "key", schemas)
        self._value = _PartWriter(table, value_part(table), value_format(table), "value", schemas)
        metadata = [c for c in table.columns if c.kind == "metadata" and not c.virtual]
        self._time = next((c.name for c in metadata if _key_of(c) == "timestamp"), None)
        self._headers = next((c.name for c in metadata if _key_of(c) == "headers"), None)

    def write(self, row: Mapping[str, Any], op: int) -> Outgoing | None:
        """Return the record of a change, or None where the mode has none for it.

        Args:
            row: values by column name, as fetched from DuckDB.
            op: 0 +I, 1 -U, 2 +U, 3 -D.

        Raises:
            SqlError: a value does not fit the schema.
        """
        if self._mode == "upsert" and op == 1:
            return None
        key = self._key.write(row)
        value = None if self._mode == "upsert" and op == 3 else self._value.write(row)
        headers: tuple[Header, ...] = ()
        if self._headers is not None and (given := row.get(self._headers)):
            headers = tuple((_as_text(name), _as_bytes(v)) for name, v in given.items())
        if self._mode == "retract" and op:
            headers = (*headers, (OP_HEADER, bytes([op])))
        when = row.get(self._time) if self._time is not None else None
        return Outgoing(key, value, headers, None if when is None else _epoch_millis(when))


class _PartWriter:
    """Writes the key or the value of a table's records."""

    def __init__(
        self, table: Table, columns: Sequence[Column], form: str, what: str, schemas: SchemaStore
    ) -> None:
        self._columns, self._form, self._what = columns, form, what
        self._table = table.name
        self._fields = [(c, field_name(table, c, what)) for c in columns]
        if not columns or form == "raw":
            return
        latest = schemas.latest(f"{table.name}-{what}")
        if latest is None:
            raise SqlError(f"The Schema Registry has no subject '{table.name}-{what}'.")
        self._kind = latest.schema.type
        self._prefix = b"\x00" + latest.schema.id.to_bytes(4, "big")
        if self._kind == "AVRO":
            self._schema = schemas.parsed_avro(latest.schema.id)
            self._convert = self._avro_writer()
        self._exact = json_values.has_decimal(columns)

    def _avro_writer(self) -> Converter:
        """Return how a row, by the names of the fields, becomes what fastavro writes."""
        named = avro_format.named_types(self._schema)
        if len(branches := avro_format.union_branches(self._schema)) > 1 or (
            is_record(branches[0])
        ):
            row = FlinkType("ROW", fields=tuple((name, c.type) for c, name in self._fields))
            return writer_of(row, self._schema, named) or dict
        name = self._fields[0][1]
        convert = writer_of(self._fields[0][0].type, self._schema, named)

        def alone(row: dict[str, Any]) -> Any:
            value = row[name]
            return value if convert is None or value is None else convert(value)

        return alone

    def write(self, row: Mapping[str, Any]) -> bytes | None:
        if not self._columns:
            return None
        for column in self._columns:
            if row[column.name] is None and not column.type.nullable:
                raise SqlError(
                    f"Column '{column.name}' is NOT NULL, however, a null value is being written "
                    f"into it (table '{self._table}')."
                )
        if self._form == "raw":
            return write_raw(row[self._columns[0].name], self._columns[0].type)
        if self._kind == "JSON":
            return self._prefix + self._write_json(row)
        return self._prefix + self._write_avro(row)

    def _write_json(self, row: Mapping[str, Any]) -> bytes:
        cells: Any = {n: json_values.to_json(row[c.name], c.type) for c, n in self._fields}
        if json_values.is_union(list(cells)):
            cells = next((value for value in cells.values() if value is not None), None)
        if self._exact:
            return json_values.exact_text(cells).encode()
        return json.dumps(cells, ensure_ascii=False).encode()

    def _write_avro(self, row: Mapping[str, Any]) -> bytes:
        stream = io.BytesIO()
        try:
            body = self._convert({name: row[c.name] for c, name in self._fields})
            fastavro.schemaless_writer(stream, self._schema, body)
        except (ValueError, TypeError, OverflowError, KeyError, AttributeError) as e:
            raise SqlError(
                f"A row does not fit the Avro schema of '{self._table}-{self._what}': {e}"
            ) from e
        return stream.getvalue()


def _key_of(column: Column) -> str:
    return column.metadata_key or column.name


def _epoch_millis(when: dt.datetime) -> int:
    aware = when if when.tzinfo else when.replace(tzinfo=dt.UTC)
    return (aware - _EPOCH) // _MILLISECOND


def _as_text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode()


def _as_bytes(value: str | bytes | None) -> bytes | None:
    return value.encode() if isinstance(value, str) else value
