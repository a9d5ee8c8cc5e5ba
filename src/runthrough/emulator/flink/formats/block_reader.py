"""Blocks of records → columns of a table, where that goes without looking at single records.

Says nothing about errors: a block it cannot read at once is read one record after another
(`row_reader`), which knows what to say. Sources as there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.formats.arrow import Numbers, Slices, Vector
from runthrough.emulator.flink.formats.avro_columns import AvroPlan, decode, plan_of
from runthrough.emulator.flink.formats.blocks import MAX_BYTES, Block, Parts
from runthrough.emulator.flink.formats.formats import (
    key_format,
    key_part,
    key_prefix,
    stored_columns,
    value_format,
    value_part,
)
from runthrough.emulator.flink.formats.row_reader import ops_of
from runthrough.emulator.flink.formats.schemas import SchemaError, SchemaStore
from runthrough.emulator.flink.types import duckdb_type

_FRAME = 5
_METADATA = {
    "offset": '"__offset"',
    "partition": '"__partition"',
    "timestamp": 'make_timestamptz("__time" * 1000)',
    "timestamp-type": "'CreateTime'",
    "leader-epoch": "0",
}
_SYSTEM = (
    'CAST("__op" AS UTINYINT), FALSE, CAST("__partition" AS INTEGER), '
    'make_timestamptz("__time" * 1000), "__number"'
)


@dataclass(frozen=True)
class ReadBlock:
    """A block as DuckDB takes it.

    Attributes:
        vectors: to be scanned.
        select: over them: the table's stored columns, then the shelf's own.
        ops: changelog kinds by place, of the records that tell one.
    """

    vectors: dict[str, Vector]
    select: str
    ops: dict[int, int]


class BlockReader:
    """Reads blocks of one table's records."""

    def __init__(self, table: Table, schemas: SchemaStore) -> None:
        self._table, self._schemas = table, schemas
        self._columns = stored_columns(table)
        self._plans: dict[tuple[int, str], AvroPlan | None] = {}

    def read(self, block: Block) -> ReadBlock | None:
        """Return a block's columns; None where records must be read one by one."""
        texts: dict[str, str] = {}
        vectors: dict[str, Vector] = {}
        for part, form, columns, what in (
            (block.values, value_format(self._table), value_part(self._table), "v"),
            (block.keys, key_format(self._table), key_part(self._table), "k"),
        ):
            read = self._part(part, form, columns, what)
            if read is None:
                return None
            texts |= read[0]
            vectors |= read[1]
        if not block.values.there.all():
            return None  # tombstones
        shown = []
        for column in self._columns:
            text = self._metadata(column) if column.kind == "metadata" else texts[column.name]
            if text is None:
                return None
            shown.append(f"CAST({text} AS {duckdb_type(column.type)})")
        ops = np.zeros(len(block), dtype=np.int64)
        given = ops_of(block.headers)
        for place, op in given.items():
            ops[place] = op
        vectors |= {
            "__op": Vector(ops),
            "__partition": Vector(block.partitions),
            "__offset": Vector(block.offsets),
            "__time": Vector(block.timestamps),
            "__number": Vector(block.numbers),
        }
        return ReadBlock(vectors, ", ".join([*shown, _SYSTEM]), given)

    def _metadata(self, column: Column) -> str | None:
        key = column.metadata_key or column.name
        if key == "topic":
            return "'" + self._table.name.replace("'", "''") + "'"
        return _METADATA.get(key)

    def _part(
        self, part: Parts, form: str, columns: Sequence[Column], what: str
    ) -> tuple[dict[str, str], dict[str, Vector]] | None:
        """Return DuckDB text for each column, and the vectors it is over."""
        there = part.there
        if not columns or not there.any():
            return {c.name: "NULL" for c in columns}, {}
        if len(part.data) > MAX_BYTES:
            return None
        if form == "raw":
            if columns[0].type.root != "VARBINARY":
                return None
            lengths = np.maximum(part.lengths, 0)
            raw = Slices(part.data, part.starts, lengths, is_text=False)
            return {columns[0].name: f'"{what}0"'}, {f"{what}0": Vector(raw, there)}
        if form != "avro-registry" or not there.all() or key_prefix(self._table):
            return None
        schema_id = _one_schema(part)
        plan = None if schema_id is None else self._plan(schema_id, columns, what)
        if plan is None:
            return None
        ends = part.starts + part.lengths
        decoded = decode(plan, part.data, part.starts + _FRAME, ends)
        if decoded is None:
            return None
        names = {name: f"{what}{n}" for n, name in enumerate(decoded)}
        texts = {name: plan.sql(name, f'"{short}"') for name, short in names.items()}
        texts |= {c.name: "NULL" for c in plan.missing}
        return texts, {names[name]: vector for name, vector in decoded.items()}

    def _plan(self, schema_id: int, columns: Sequence[Column], what: str) -> AvroPlan | None:
        key = (schema_id, what)
        if key not in self._plans:
            try:
                schema = self._schemas.schema(schema_id)
                parsed: Any = (
                    self._schemas.parsed_avro(schema_id) if schema.type == "AVRO" else None
                )
            except SchemaError:
                return None
            self._plans[key] = None if parsed is None else plan_of(parsed, columns)
        plan = self._plans[key]
        # A field that came later may have a default: the reader of records resolves schemas.
        return None if plan is None or (plan.missing and self._is_old(schema_id, what)) else plan

    def _is_old(self, schema_id: int, what: str) -> bool:
        part = "value" if what == "v" else "key"
        latest = self._schemas.latest(f"{self._table.name}-{part}")
        return latest is not None and latest.schema.id != schema_id


def _one_schema(part: Parts) -> int | None:
    """Return the schema id that all parts begin with; None if they differ or have none."""
    if (part.lengths < _FRAME).any():
        return None
    frames: Numbers = part.data[part.starts[:, None] + np.arange(_FRAME)]
    if (frames != frames[0]).any() or frames[0, 0] != 0:
        return None
    return int.from_bytes(frames[0, 1:].tobytes(), "big")
