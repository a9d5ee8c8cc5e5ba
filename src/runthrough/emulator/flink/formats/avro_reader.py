"""Avro records of one schema → rows, also where the subject's schema has moved on.

Evolution follows the Avro specification: a record is resolved against the subject's latest schema,
so that a field it lacks has that schema's default. A pair of schemas that cannot be resolved is
read by the names of the fields alone.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import Any

import fastavro
from fastavro.schema import SchemaParseException

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.avro_format import named_types, union_branches
from runthrough.emulator.flink.formats.avro_values import readable, reader_of
from runthrough.emulator.flink.types import FlinkType


class DecodeError(Exception):
    """A record that is not a row of its table; the text names topic, partition and offset."""


class AvroReader:
    """Reads the bodies of records that were written with one schema.

    Args:
        columns: what is read.
        names: their fields' names.
        written: the schema they were written with, parsed.
        wanted: the subject's latest schema, parsed, if that is another one.
    """

    def __init__(
        self, columns: Sequence[Column], names: Sequence[str], written: Any, wanted: Any = None
    ) -> None:
        self._columns, self._names = columns, names
        self._written = readable(written)
        self._wanted = readable(wanted) if wanted is not None else None
        self._prepare(self._wanted if self._wanted is not None else self._written)

    def _prepare(self, schema: Any) -> None:
        named = named_types(schema)
        branches = union_branches(schema)
        self._whole = len(branches) == 1 and not _is_record(branches[0], named)
        if self._whole:
            self._convert = reader_of(self._columns[0].type, schema, named)
            return
        fields = zip(self._names, self._columns, strict=True)
        row = FlinkType("ROW", fields=tuple((name, c.type) for name, c in fields))
        self._convert = reader_of(row, schema, named)

    def read(self, body: bytes) -> dict[str, Any]:
        """Return the values by column name. Raises DecodeError, and what fastavro raises."""
        stream = io.BytesIO(body)
        value = self._value(stream)
        if stream.tell() != len(body):
            raise DecodeError(f"{len(body) - stream.tell()} bytes follow the record")
        if self._convert is not None and value is not None:
            value = self._convert(value)
        if self._whole:
            return {self._columns[0].name: value}
        row: Mapping[str, Any] = value or {}
        return {c.name: row.get(n) for c, n in zip(self._columns, self._names, strict=True)}

    def _value(self, stream: io.BytesIO) -> Any:
        try:
            return self._decoded(stream)
        except (fastavro.read.SchemaResolutionError, SchemaParseException):
            if self._wanted is None:
                raise
        # From here on by name.
        self._wanted = None
        self._prepare(self._written)
        stream.seek(0)
        return self._decoded(stream)

    def _decoded(self, stream: io.BytesIO) -> Any:
        return fastavro.schemaless_reader(
            stream,
            self._written,
            self._wanted,
            return_named_type=True,
            return_named_type_override=True,
        )


def _is_record(schema: Any, named: Mapping[str, Any]) -> bool:
    found = named.get(schema, schema) if isinstance(schema, str) else schema
    return isinstance(found, dict) and found.get("type") == "record"
