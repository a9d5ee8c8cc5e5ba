"""Rows → Avro inside DuckDB: many rows at once, without a Python object for any of them.

Only flat records of the types below; the writer of single rows does the others, and those whose
values are odd (a NULL where none may be). Encoding: Avro specification 1.11, binary encoding.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import duckdb

from runthrough.emulator.flink.catalog import Column, Table, relation_names
from runthrough.emulator.flink.formats.formats import (
    is_record,
    key_format,
    key_part,
    value_format,
    value_part,
)
from runthrough.emulator.flink.formats.schemas import SchemaStore

_BYTES = "avro_bytes"
"""The DuckDB variable with the 128 numbers that are one byte long."""

_VARINT_BYTES = 10
_PIECE = 7
"""So many bytes of a number are made at once: they fit a BIGINT."""
_LONG_BYTES = 8

_KEPT = {"string": "VARCHAR", "bytes": "VARBINARY", "boolean": "BOOLEAN"}
_WHOLE = {"int": ("INTEGER", "SMALLINT", "TINYINT"), "long": ("BIGINT",)}
_TIMES = {
    ("int", "date"): ("DATE", "CAST({} - DATE '1970-01-01' AS BIGINT)", None),
    ("long", "timestamp-millis"): (
        *("TIMESTAMP_LTZ", "epoch_ms({})", "make_timestamptz(epoch_ms({}) * 1000)"),
    ),
    ("long", "timestamp-micros"): ("TIMESTAMP_LTZ", "epoch_us({})", None),
    ("long", "local-timestamp-millis"): (
        *("TIMESTAMP", "epoch_ms({})", "make_timestamp(epoch_ms({}) * 1000)"),
    ),
    ("long", "local-timestamp-micros"): ("TIMESTAMP", "epoch_us({})", None),
}
"""Avro type and logical type → column type, the number that is written, and what is read back."""


@dataclass(frozen=True)
class Encoding:
    """DuckDB text over a table's physical columns.

    Attributes:
        key, value: BLOBs, as they are sent; no key is None.
        numbers: columns that key and value need beside the table's.
        read_back: column name → what a reader of the record finds in it.
        required: columns that may not be NULL.
    """

    key: str | None
    value: str
    numbers: tuple[str, ...]
    read_back: dict[str, str]
    required: tuple[str, ...]


def encoding_of(table: Table, schemas: SchemaStore) -> Encoding | None:
    """Return how the latest schemas of a table's topic are written; None = row by row."""
    if any(c.kind == "metadata" for c in table.columns):
        return None
    if any(name != there for name, there in relation_names(table).items()):
        return None
    numbers: list[str] = []
    key: tuple[str, dict[str, str]] | None = None
    if key_columns := key_part(table):
        key = _framed(table, "key", key_columns, schemas, numbers)
        if key is None:
            return None
    value = _framed(table, "value", value_part(table), schemas, numbers)
    if value is None:
        return None
    physical = [c for c in table.columns if c.kind == "physical"]
    required = tuple(c.name for c in physical if not c.type.nullable)
    read_back = {**(key[1] if key else {}), **value[1]}
    return Encoding(key[0] if key else None, value[0], tuple(numbers), read_back, required)


def _framed(
    table: Table,
    what: str,
    columns: Sequence[Column],
    schemas: SchemaStore,
    numbers: list[str],
) -> tuple[str, dict[str, str]] | None:
    """Return the text of a record's key or value, with the registry's frame before it."""
    latest = schemas.latest(f"{table.name}-{what}")
    form = key_format(table) if what == "key" else value_format(table)
    if form != "avro-registry" or latest is None or latest.schema.type != "AVRO":
        return None
    made = _part(schemas.parsed_avro(latest.schema.id), columns, numbers)
    if made is None:
        return None
    frame = "\\x00" + "".join(f"\\x{b:02X}" for b in latest.schema.id.to_bytes(4, "big"))
    return f"('{frame}'::BLOB || {made[0]})", made[1]


def encoded(encoding: Encoding, rows: str) -> str:
    """Return the query of values, and of keys where there are any, in the order of some rows."""
    texts = [encoding.value] if encoding.key is None else [encoding.value, encoding.key]
    numbers = "".join(f", {number}" for number in encoding.numbers)
    return f"SELECT {', '.join(texts)} FROM (SELECT *{numbers} FROM ({rows}))"


def prepare(connection: duckdb.DuckDBPyConnection) -> None:
    """Give a connection what the texts of `encoding_of` need."""
    connection.execute(
        f"SET VARIABLE {_BYTES} = (SELECT list(unhex(printf('%02x', i)) ORDER BY i) "
        "FROM range(128) t(i))"
    )


def _part(
    schema: Any, columns: Sequence[Column], numbers: list[str]
) -> tuple[str, dict[str, str]] | None:
    by_name = {c.name: c for c in columns}
    if not is_record(schema):
        named = [(columns[0].name, schema)] if len(columns) == 1 else []
    else:
        named = [(f["name"], f["type"]) for f in schema["fields"]]
    if {name for name, _ in named} != set(by_name):
        return None
    texts, read_back = [], {}
    for name, written in named:
        made = _field(by_name[name], written, numbers)
        if made is None:
            return None
        texts.append(made[0])
        read_back[name] = made[1]
    return _concatenated(texts), read_back


def _concatenated(texts: list[str]) -> str:
    """Return texts side by side, joined in pairs so that no part is copied often."""
    if len(texts) == 1:
        return texts[0]
    half = len(texts) // 2
    return f"({_concatenated(texts[:half])} || {_concatenated(texts[half:])})"


def _field(column: Column, written: Any, numbers: list[str]) -> tuple[str, str] | None:
    null_branch = None
    if isinstance(written, list):
        others = [branch for branch in written if branch != "null"]
        if len(others) != 1 or len(written) != 2:
            return None
        null_branch, written = written.index("null"), others[0]
    schema = written if isinstance(written, dict) else {"type": written}
    name = '"' + column.name.replace('"', '""') + '"'
    made = _value(schema, column, name, numbers)
    if made is None:
        return None
    value, read_back = made
    if null_branch is None:
        return value, read_back
    null, there = ("\\x00", "\\x02") if null_branch == 0 else ("\\x02", "\\x00")
    return (
        f"CASE WHEN {name} IS NULL THEN '{null}'::BLOB ELSE '{there}'::BLOB || {value} END",
        read_back,
    )


def _value(
    schema: dict[str, Any], column: Column, name: str, numbers: list[str]
) -> tuple[str, str] | None:
    kind, logical = schema["type"], schema.get("logicalType", "")
    if not isinstance(kind, str):
        return None
    if (kind, logical) in _TIMES:
        root, number, back = _TIMES[kind, logical]
        if column.type.root != root:
            return None
        return _number(number.format(name), kind, numbers), (back or "{}").format(name)
    if (kind, logical) == ("bytes", "decimal"):
        return _decimal(schema, column, name, numbers)
    if logical:
        return None
    root = column.type.root
    if root in _WHOLE.get(kind, ()):
        return _number(f"CAST({name} AS BIGINT)", kind, numbers), name
    if _KEPT.get(kind) != root:
        return None
    if kind == "boolean":
        return f"CASE WHEN {name} THEN '\\x01'::BLOB ELSE '\\x00'::BLOB END", name
    if kind == "string":
        return f"({_varint(f'2 * strlen({name})', 5, numbers)} || encode({name}))", name
    return f"({_varint(f'2 * octet_length({name})', 5, numbers)} || {name})", name


def _decimal(
    schema: dict[str, Any], column: Column, name: str, numbers: list[str]
) -> tuple[str, str] | None:
    """Return a DECIMAL: its digits as a number in two's complement, the highest byte first.

    One beyond 63 bits is left to the writer of rows.
    """
    t = column.type
    form = (t.root, t.precision, t.scale)
    if form != ("DECIMAL", schema["precision"], schema.get("scale", 0)):
        return None
    d = f'"__z{len(numbers)}"'
    numbers.append(f"CAST(replace(CAST({name} AS VARCHAR), '.', '') AS BIGINT) AS {d}")
    cases = []
    for size in range(1, _LONG_BYTES + 1):
        edge, low = 1 << 8 * size - 1, (1 << 8 * size) - 1
        held = d if size == _LONG_BYTES else f"{d} & {low}"
        body = f"unhex(concat('{2 * size:02x}', lpad(hex({held}), {2 * size}, '0')))"
        cases.append(f"WHEN {d} BETWEEN {1 - edge} AND {edge - 1} THEN {body}")
    return f"CASE {' '.join(cases)} ELSE CAST(error('too many digits') AS BLOB) END", name


def _number(text: str, kind: str, numbers: list[str]) -> str:
    """Return a whole number in zigzag; one beyond 62 bits is left to the writer of rows."""
    zigzag = f"CASE WHEN {text} >= 0 THEN 2 * {text} ELSE -2 * ({text} + 1) + 1 END"
    return _varint(zigzag, 5 if kind == "int" else _VARINT_BYTES, numbers)


def _varint(number: str, most: int, numbers: list[str]) -> str:
    """Return a number of 0 or more in groups of seven bits, the lowest first.

    Args:
        number: its text, which is computed once: it becomes a column of `numbers`.
        most: how many groups it may have.
        numbers: what is computed before.
    """
    z = f'"__z{len(numbers)}"'
    numbers.append(f"CAST({number} AS BIGINT) AS {z}")
    cases = [f"WHEN {z} < 128 THEN list_extract(getvariable('{_BYTES}'), {z} + 1)"]
    sizes = range(2, min(most, _PIECE) + 1)
    cases += [f"WHEN {z} < {1 << 7 * n} THEN {_packed(z, n, is_end=True)}" for n in sizes]
    if most <= _PIECE:
        return f"CASE {' '.join(cases)} END"
    low = _packed(z, _PIECE, is_end=False)
    rest = f"({z} >> {7 * _PIECE})"
    high = f"CASE WHEN {rest} < 128 THEN list_extract(getvariable('{_BYTES}'), {rest} + 1)"
    high += f" ELSE {_packed(rest, 2, is_end=True)} END"
    return f"CASE {' '.join(cases)} ELSE {low} || {high} END"


def _packed(z: str, size: int, *, is_end: bool) -> str:
    """Return the lowest groups of a number as bytes; all but an end have the highest bit set."""
    groups = []
    for n in range(size):
        shift = 8 * (size - 1 - n)
        taken = f"({z} >> {7 * n})" if n else z
        groups.append(f"(({taken} & 127) << {shift})" if shift else f"({taken} & 127)")
    flags = sum(128 << 8 * (size - 1 - n) for n in range(size) if n < size - 1 or not is_end)
    return f"unhex(hex({' | '.join([*groups, str(flags)])}))"
