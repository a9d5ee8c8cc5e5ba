"""Records as Confluent's serializers and Flink write them: framed Avro or JSON, by schema id.

A zero byte, the schema's id in four bytes, then the body. A key column that Flink leaves out of the
value stands in the key, so a row is made of both.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Mapping
from typing import Any

import fastavro
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError
from httpx2 import HTTPError

from runthrough.race.rows import RowError

_FRAME = struct.Struct(">bI")


class Decoder:
    """Turns records into rows; asks the registry once for each schema."""

    def __init__(self, registry: SchemaRegistryClient) -> None:
        self._registry = registry
        self._schemas: dict[int, tuple[str, Any]] = {}

    def row(self, key: bytes | None, value: bytes | None) -> dict[str, Any] | None:
        """Return the row of a record, None of one that only deletes.

        Raises:
            RowError: the record has another form than framed Avro or JSON, or its schema cannot
                be had.
        """
        if value is None:
            return None
        body = self._read(value)
        if not isinstance(body, Mapping):
            raise RowError("the value is no record of fields")
        fields = self._read(key) if key is not None and _is_framed(key) else None
        row = dict(fields) if isinstance(fields, Mapping) else {}
        # A function's result may stay one column of several fields, as AI_DETECT_ANOMALIES' does.
        for column in body.values():
            row |= column if isinstance(column, Mapping) else {}
        return row | dict(body)

    def _read(self, data: bytes) -> Any:
        if not _is_framed(data):
            raise RowError("the value does not begin with a schema's id")
        _, number = _FRAME.unpack_from(data)
        kind, schema = self._schema(number)
        rest = data[_FRAME.size :]
        try:
            if kind == "AVRO":
                return fastavro.schemaless_reader(io.BytesIO(rest), schema, None)
            return json.loads(rest)
        # What fastavro raises at bytes that do not fit is anything from EOFError to IndexError.
        except Exception as e:
            raise RowError(f"the value does not fit schema {number}: {type(e).__name__}") from e

    def _schema(self, number: int) -> tuple[str, Any]:
        if number not in self._schemas:
            self._schemas[number] = self._ask(number)
        return self._schemas[number]

    def _ask(self, number: int) -> tuple[str, Any]:
        try:
            found = self._registry.get_schema(number)
        except SchemaRegistryError as e:
            raise RowError(f"Schema Registry refused schema {number}: {e.error_message}") from e
        except HTTPError as e:
            name = type(e).__name__
            raise RowError(f"Schema Registry did not send schema {number}: {name}") from e
        kind = found.schema_type or "AVRO"
        if kind == "JSON":
            return kind, None
        if kind != "AVRO" or found.schema_str is None:
            raise RowError(f"the board reads Avro and JSON, and schema {number} is {kind}")
        try:
            return kind, fastavro.parse_schema(json.loads(found.schema_str))
        except (ValueError, fastavro.schema.SchemaParseException) as e:
            raise RowError(f"schema {number} cannot be read: {type(e).__name__}") from e


def _is_framed(data: bytes) -> bool:
    return len(data) >= _FRAME.size and data[0] == 0
