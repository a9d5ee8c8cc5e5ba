"""Many Avro records at once: a whole block of them becomes columns, without a loop over records.

Only flat records of the types below; `plan_of` says whether a schema is one. Whatever is odd
about a block (a text that is not UTF-8, bytes that end too early or too late, an unknown union
branch, a missing value) makes `decode` give it up: the reader of single records then says what
is wrong with which of them. Encoding: Avro specification 1.11, binary encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.arrow import Bytes, Numbers, Slices, Truths, Vector
from runthrough.emulator.flink.formats.formats import is_record
from runthrough.emulator.flink.types import FlinkType

_VARINT_BYTES = 10
_FIXED = {"float": ("<f4", 4), "double": ("<f8", 8)}

_READS: dict[str, dict[str, frozenset[str]]] = {
    "string": {"": frozenset({"VARCHAR"})},
    "bytes": {"": frozenset({"VARBINARY"})},
    "boolean": {"": frozenset({"BOOLEAN"})},
    "float": {"": frozenset({"FLOAT"})},
    "double": {"": frozenset({"DOUBLE"})},
    "int": {"": frozenset({"INTEGER", "SMALLINT", "TINYINT"}), "date": frozenset({"DATE"})},
    "long": {
        "": frozenset({"BIGINT"}),
        "timestamp-millis": frozenset({"TIMESTAMP_LTZ"}),
        "timestamp-micros": frozenset({"TIMESTAMP_LTZ"}),
        "local-timestamp-millis": frozenset({"TIMESTAMP"}),
        "local-timestamp-micros": frozenset({"TIMESTAMP"}),
    },
}
"""Avro type → logical type → the column types it may be read as here."""

_SQL = {
    "date": "DATE '1970-01-01' + CAST({} AS INTEGER)",
    "timestamp-millis": "make_timestamptz({} * 1000)",
    "timestamp-micros": "make_timestamptz({})",
    "local-timestamp-millis": "make_timestamp({} * 1000)",
    "local-timestamp-micros": "make_timestamp({})",
    "boolean": "CAST({} AS BOOLEAN)",
    "int": "CAST({} AS {type})",
}


_DAYS = (-719_162, 2_932_896)
_MILLIS = (-62_135_596_800_000, 253_402_300_799_999)
_MICROS = (_MILLIS[0] * 1_000, _MILLIS[1] * 1_000 + 999)
_LIMITS = {
    "date": _DAYS,
    "timestamp-millis": _MILLIS,
    "timestamp-micros": _MICROS,
    "local-timestamp-millis": _MILLIS,
    "local-timestamp-micros": _MICROS,
}
"""The years 1 to 9999, which the reader of single records knows."""


@dataclass(frozen=True)
class _Field:
    """A field as it is written, and the column it is read into, if any.

    Attributes:
        limits: the least and the greatest number it may have.
    """

    name: str
    kind: str
    null_branch: int | None
    column: Column | None
    sql: str
    limits: tuple[int, int] | None = None


@dataclass(frozen=True)
class AvroPlan:
    """How the records of one schema become columns.

    Attributes:
        fields: in the order of the schema; decoded names are those of columns.
        missing: columns the schema has no field for: NULL.
    """

    fields: tuple[_Field, ...]
    missing: tuple[Column, ...]

    def sql(self, name: str, reference: str) -> str:
        """Return DuckDB text that makes a decoded vector a value of its column's type."""
        for field in self.fields:
            if field.column is not None and field.column.name == name:
                return field.sql.format(reference, type=field.column.type.root)
        return "NULL"


def plan_of(schema: Any, columns: Sequence[Column]) -> AvroPlan | None:
    """Return how a parsed schema's records become these columns; None = one by one.

    A schema that is no record stands for the only column.
    """
    wanted = {c.name: c for c in columns}
    if not is_record(schema):
        named = [(columns[0].name, schema)] if len(columns) == 1 else []
    else:
        named = [(f["name"], f["type"]) for f in schema["fields"]]
    fields = [_field(name, written, wanted.get(name)) for name, written in named]
    missing = tuple(c for c in columns if c.name not in {name for name, _ in named})
    if not fields or None in fields or any(not c.type.nullable for c in missing):
        return None
    return AvroPlan(tuple(f for f in fields if f is not None), missing)


def _field(name: str, written: Any, column: Column | None) -> _Field | None:
    null_branch = None
    if isinstance(written, list):
        others = [branch for branch in written if branch != "null"]
        if len(others) != 1 or len(written) != 2:
            return None
        null_branch, written = written.index("null"), others[0]
    schema = written if isinstance(written, dict) else {"type": written}
    kind, logical = schema["type"], schema.get("logicalType", "")
    if not isinstance(kind, str) or kind not in _READS:
        return None
    readable = _READS[kind].get(logical)
    if column is not None and (readable is None or not _reads(readable, column.type)):
        return None
    sql = _SQL.get(logical) or _SQL.get(kind) or "{}"
    return _Field(name, kind, null_branch, column, sql, _LIMITS.get(logical))


def _reads(readable: frozenset[str], t: FlinkType) -> bool:
    return t.root in readable


def decode(plan: AvroPlan, data: Bytes, starts: Numbers, ends: Numbers) -> dict[str, Vector] | None:
    """Return the columns of records that lie in one buffer; None if anything about them is odd.

    Args:
        plan: of the schema they were written with.
        data: the buffer, shorter than 2 GiB.
        starts: where each record's Avro body begins,
        ends: and where it ends.
    """
    if not len(starts):
        return None
    reader = _Reader(data, starts.copy(), ends)
    columns: dict[str, Vector] = {}
    texts: list[tuple[Slices, Truths | None]] = []
    for field in plan.fields:
        vector = reader.field(field)
        if vector is None or not _is_within(vector, field.limits):
            return None
        if field.column is None:
            continue
        if vector.valid is not None and not field.column.type.nullable and not vector.valid.all():
            return None
        columns[field.column.name] = vector
        if isinstance(vector.values, Slices) and vector.values.is_text:
            texts.append((vector.values, vector.valid))
    if (reader.at != ends).any() or not _is_text(data, texts):
        return None
    return columns


class _Reader:
    """Where each record is read at, and the next value of all of them."""

    def __init__(self, data: Bytes, at: Numbers, ends: Numbers) -> None:
        self._data, self.at, self._ends = data, at, ends
        self._last = len(data) - 1

    def field(self, field: _Field) -> Vector | None:
        """Return a field's values; those of records where it is null do not count."""
        if field.null_branch is None:
            return self._value(field.kind, None)
        branch = self._long(None)
        if branch is None or not ((branch == 0) | (branch == 1)).all():
            return None
        valid = branch != field.null_branch
        value = self._value(field.kind, valid)
        return None if value is None else Vector(value.values, valid)

    def _value(self, kind: str, valid: Truths | None) -> Vector | None:
        match kind:
            case "string" | "bytes":
                lengths = self._long(valid)
                if lengths is None or (lengths < 0).any():
                    return None
                starts = self.at.copy()
                self.at += lengths
                if (self.at > self._ends).any():
                    return None
                return Vector(Slices(self._data, starts, lengths, kind == "string"))
            case "boolean":
                truths = self._fixed(1, valid)
                return None if truths is None or (truths > 1).any() else Vector(truths[:, 0])
            case "float" | "double":
                dtype, size = _FIXED[kind]
                raw = self._fixed(size, valid)
                return None if raw is None else Vector(raw.view(dtype)[:, 0])
            case _:
                number = self._long(valid)
                if number is None or (kind == "int" and not _fits(number)):
                    return None
                return Vector(number)

    def _fixed(self, size: int, valid: Truths | None) -> Bytes | None:
        places = np.minimum(self.at[:, None] + np.arange(size), self._last)
        raw = np.ascontiguousarray(self._data[places])
        if valid is not None:
            raw[~valid] = 0
        self.at += size if valid is None else size * valid
        return None if (self.at > self._ends).any() else raw

    def _long(self, valid: Truths | None) -> Numbers | None:
        """Return the next zigzag number; 0, and nothing read, where it is not valid."""
        byte = self._data[np.minimum(self.at, self._last)].astype(np.uint64)
        if valid is not None:
            byte[~valid] = 0
        value = byte & np.uint64(127)
        self.at += 1 if valid is None else valid
        rest = np.flatnonzero(byte > 127)
        for n in range(1, _VARINT_BYTES):
            if not len(rest):
                break
            more = self._data[np.minimum(self.at[rest], self._last)].astype(np.uint64)
            value[rest] |= (more & np.uint64(127)) << np.uint64(7 * n)
            self.at[rest] += 1
            rest = rest[more > 127]
        if len(rest) or (self.at > self._ends).any():
            return None
        signed = (value >> np.uint64(1)).astype(np.int64)
        return np.where(value & np.uint64(1), ~signed, signed)


def _is_within(vector: Vector, limits: tuple[int, int] | None) -> bool:
    if limits is None or isinstance(vector.values, Slices):
        return True
    return bool((vector.values >= limits[0]).all() and (vector.values <= limits[1]).all())


def _fits(numbers: Numbers) -> bool:
    return bool((numbers >= -(2**31)).all() and (numbers < 2**31).all())


def _is_text(data: Bytes, texts: Sequence[tuple[Slices, Truths | None]]) -> bool:
    """Return whether all texts are UTF-8: what lies between them is blanked out first."""
    if not texts or int(data.max()) < 128:
        return True
    edges = np.zeros(len(data) + 1, dtype=np.int8)
    for slices, _ in texts:
        some = slices.lengths > 0
        edges[slices.starts[some]] += 1
        edges[slices.starts[some] + slices.lengths[some]] -= 1
    inside = np.cumsum(edges[:-1], dtype=np.int8).view(np.bool_)
    try:
        np.where(inside, data, 0).tobytes().decode()
    except UnicodeDecodeError:
        return False
    return True
