"""What makes a table, however it was declared: the checks that all ways share.

Sources: facts/flink-sql-ai.md 1.3 (keys, distribution, modes). Where no source knows Confluent's
wording (an upsert table without key, a distribution that is not the key) the text is ours; the
rest is Apache Flink 2.3's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.tables import ROWTIME_COLUMN
from runthrough.emulator.flink.catalog import Column, Mode, Table
from runthrough.emulator.flink.parse.refusals import position
from runthrough.emulator.flink.parse.syntax import KeyDefinition
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.table_options import check_together, kept
from runthrough.emulator.flink.types import FlinkType, summary

DEFAULT_BUCKETS = 6
_UNSTORABLE = ("NULL", "INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME")


@dataclass(frozen=True)
class Shape:
    """The parts of a table before they are checked against each other.

    Attributes:
        options: as written, the mode among them or not.
        ordered: key columns must come first (a CTAS that finds its own key need not obey).
    """

    columns: tuple[Column, ...]
    options: Mapping[str, str]
    key: tuple[str, ...] = ()
    key_name: str | None = None
    watermark: tuple[str, str] | None = None
    distributed_by: tuple[str, ...] = ()
    buckets: int | None = None
    comment: str | None = None
    ordered: bool = True


def table_of(path: tuple[str, str, str], shape: Shape, mode: Mode) -> Table:
    """Return the table. Raises SqlError where its parts do not fit together."""
    check_columns(shape.columns)
    names = [c.name for c in shape.columns if c.kind == "physical"]
    for name in shape.distributed_by:
        if name not in names:
            raise SqlError(
                f"Invalid bucket key '{name}'. A bucket key for a distribution must reference a "
                f"physical column in the schema. Available columns are: [{', '.join(names)}]"
            )
    if shape.key and shape.distributed_by:
        check_distribution(mode, shape.key, shape.distributed_by)
    check_mode(path[2], mode, shape.key)
    bucket_key = shape.distributed_by or shape.key
    if shape.ordered and tuple(names[: len(bucket_key)]) != bucket_key:
        raise SqlError(
            "Key columns must appear at the beginning of the table schema. Also, DISTRIBUTED BY "
            "key names must be in the same order as the key schema columns."
        )
    options = kept(shape.options)
    check_together(options)
    return Table(
        path=path,
        columns=shape.columns,
        mode=mode,
        primary_key=shape.key,
        key_name=shape.key_name,
        distributed_by=bucket_key,
        buckets=shape.buckets or DEFAULT_BUCKETS,
        watermark=shape.watermark,
        options=options,
        comment=shape.comment,
    )


def check_mode(name: str, mode: Mode, key: tuple[str, ...]) -> None:
    """Raise SqlError at an upsert table without a key."""
    if mode == "upsert" and not key:
        raise SqlError(
            f"Table '{name}' cannot have 'changelog.mode' = 'upsert': it has no PRIMARY KEY."
        )


def check_distribution(mode: Mode, key: tuple[str, ...], by: tuple[str, ...]) -> None:
    """Raise SqlError where the distribution does not suit the key (facts 1.3, upsert)."""
    fits = set(by) == set(key) if mode == "upsert" else set(by) <= set(key)
    if not fits:
        wanted = "exactly the" if mode == "upsert" else "a part of the"
        raise SqlError(
            f"The DISTRIBUTED BY columns ({', '.join(by)}) of a table in {mode} mode must be "
            f"{wanted} PRIMARY KEY ({', '.join(key)})."
        )


def check_columns(columns: Sequence[Column]) -> None:
    """Raise SqlError at names used twice, at `$rowtime`, and at types that cannot be stored."""
    seen: dict[str, Column] = {}
    for c in columns:
        if c.name == ROWTIME_COLUMN:
            raise SqlError(f"Column '{c.name}' is a system column: give it another name with AS.")
        if c.name in seen:
            raise SqlError(_named_twice(c, seen[c.name]))
        seen[c.name] = c
        if c.kind == "physical" and not _is_storable(c.type):
            raise SqlError(
                f"Column '{c.name}' of type {summary(c.type)} cannot be stored: the type has no "
                "Avro, JSON Schema or Protobuf mapping. Cast it to another one."
            )


def _named_twice(column: Column, other: Column) -> str:
    if "computed" in (column.kind, other.kind):
        return (
            f"A column named '{column.name}' already exists in the table. Duplicate columns exist "
            "in the compute column and regular column. "
        )
    if "metadata" in (column.kind, other.kind):
        return (
            f"A column named '{column.name}' already exists in the table. Duplicate columns exist "
            "in the metadata column and regular column. "
        )
    return f"A regular Column named '{column.name}' already exists in the table."


def _is_storable(t: FlinkType) -> bool:
    if t.root in _UNSTORABLE:
        return False
    parts = [t.element, t.key, t.value, *(field for _, field in t.fields)]
    return all(_is_storable(part) for part in parts if part is not None)


def primary_key(
    context: Context, key: KeyDefinition | None, columns: Sequence[Column]
) -> tuple[str, ...]:
    """Return the columns of a key. Raises SqlError unless they are physical columns there are."""
    if key is None:
        return ()
    kinds = {c.name: c.kind for c in columns}
    for name, span in zip(key.columns, key.spans, strict=True):
        at = position(context.sql, span.start)
        if kinds.get(name, "physical") != "physical":
            raise SqlError(
                f"Could not create a PRIMARY KEY with column '{name}' at line {at.line}, column "
                f"{at.column}.\nA PRIMARY KEY constraint must be declared on physical columns."
            )
        if name not in kinds:
            raise SqlError(
                f"Primary key column '{name}' is not defined in the schema at line {at.line}, "
                f"column {at.column}"
            )
    if len(set(key.columns)) < len(key.columns):
        twice = dict.fromkeys(n for n in key.columns if key.columns.count(n) > 1)
        raise SqlError(
            f"Invalid primary key '{key_name(key)}'. A primary key must not contain duplicate "
            f"columns. Found: [{', '.join(twice)}]"
        )
    return key.columns


def key_name(key: KeyDefinition) -> str:
    """Return a key's name: the one given or Flink's own, `PK_a_b`."""
    return key.constraint or "PK_" + "_".join(key.columns)
