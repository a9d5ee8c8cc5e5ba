"""Rows of a table with the connector `faker`, one after another, the same for each seed.

Source: facts/flink-sql-ai.md 4.6. How often rows come without 'rows-per-second' is not known there:
ten a second is ours, as is that a table's path is its seed, so that a run can be repeated.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from random import Random

from runthrough.emulator.flink.catalog import Column, Table
from runthrough.emulator.flink.generating.expressions import (
    Chance,
    Maker,
    Value,
    compiled_expression,
    moment_text,
)
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType, summary

CONNECTOR = "faker"
RATE, NUMBER = "rows-per-second", "number-of-rows"
DEFAULT_RATE = 10
_FIELD = re.compile(r"fields\.(.+)\.expression")
_INTEGERS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


def is_generated(table: Table) -> bool:
    """Return whether a table's rows are made up as they are read."""
    return table.options.get("connector") == CONNECTOR


def generated_options(options: Mapping[str, str]) -> dict[str, str]:
    """Return the options of such a table. Raises SqlError at one that is wrong."""
    kept = {"connector": CONNECTOR}
    for key, value in options.items():
        if key in (RATE, NUMBER):
            if not re.fullmatch(r"[1-9]\d{0,17}", value.strip()):
                raise SqlError(f"Could not parse value '{value}' for key '{key}'.")
            kept[key] = value.strip()
        elif _FIELD.fullmatch(key):
            compiled_expression(value)
            kept[key] = value
        elif key.startswith("fields."):
            raise not_emulated(f"the option '{key}' of the connector 'faker'")
        elif key != "connector":
            raise SqlError(f"Unsupported option '{key}' of the connector 'faker'.")
    return kept


def rate_of(table: Table) -> int:
    """Return how many rows come in a second."""
    return int(table.options.get(RATE, DEFAULT_RATE))


def number_of(table: Table) -> int | None:
    """Return how many rows there are; None if they never end."""
    written = table.options.get(NUMBER)
    return None if written is None else int(written)


def check_generated(table: Table) -> None:
    """Raise SqlError unless each column has an expression, and of a type there are values of."""
    columns = {c.name: c for c in table.columns}
    for key in table.options:
        found = _FIELD.fullmatch(key)
        if found and (found[1] not in columns or columns[found[1]].kind != "physical"):
            raise SqlError(f"The option '{key}' is of no column of table '{table.name}'.")
    if table.mode != "append":
        raise SqlError(f"Table '{table.name}' of the connector 'faker' can only be append.")
    RowMaker(table)


class RowMaker:
    """Makes the rows of one table, in their order."""

    def __init__(self, table: Table) -> None:
        """Take a table apart. Raises SqlError where a column cannot be filled."""
        from faker import Faker  # costs a start more than all routes do, and few tables are made up

        seed = hashlib.sha256("\0".join(table.path).encode()).digest()
        self._random = Random(seed)
        self._fake = Faker()
        self._fake.seed_instance(int.from_bytes(seed[:8], "big"))
        self._columns = [c for c in table.columns if c.kind != "computed"]
        self._makers = [_column_maker(table, c) for c in self._columns]

    def row(self, now: dt.datetime) -> bytes:
        """Return the next row, as a record of the format `generated` holds it.

        Raises:
            SqlError: what an expression gave is no value of its column's type.
        """
        chance = Chance(self._random, self._fake, now)
        values = {}
        for column, maker in zip(self._columns, self._makers, strict=True):
            values[column.name] = _encoded(maker(chance), column)
        return json.dumps(values).encode()


def _column_maker(table: Table, column: Column) -> Maker:
    if column.kind == "metadata":
        raise not_emulated("METADATA columns of a faker table")
    text = table.options.get(f"fields.{column.name}.expression")
    if text is None:
        raise SqlError(
            f"Column '{column.name}' of table '{table.name}' has no option "
            f"'fields.{column.name}.expression'."
        )
    if column.type.root not in _TYPES:
        raise not_emulated(f"a faker column of type {summary(column.type)}")
    return compiled_expression(text)


def _encoded(value: Value, column: Column) -> object:
    try:
        return _TYPES[column.type.root](value, column.type)
    except (ValueError, KeyError, InvalidOperation) as e:
        raise SqlError(
            f"The faker expression of column '{column.name}' gave {moment_text(value)!r}, which is "
            f"no {summary(column.type)}."
        ) from e


def _text(value: Value, t: FlinkType) -> object:
    text = moment_text(value)
    return text[: t.length] if t.root == "CHAR" else text


def _truth(value: Value, t: FlinkType) -> object:
    return {"true": True, "false": False}[moment_text(value).lower()]


def _whole(value: Value, t: FlinkType) -> object:
    number = int(moment_text(value))
    limit = 1 << (_INTEGERS[t.root] - 1)
    if not -limit <= number < limit:
        raise ValueError(f"{number} does not fit")
    return number


def _float(value: Value, t: FlinkType) -> object:
    return float(moment_text(value))


def _decimal(value: Value, t: FlinkType) -> object:
    scale = Decimal(1).scaleb(-(t.scale or 0))
    return format(Decimal(moment_text(value)).quantize(scale), "f")


def _moment(value: Value, t: FlinkType) -> object:
    moment = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    in_utc = (moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)).astimezone(dt.UTC)
    return (in_utc if t.root == "TIMESTAMP_LTZ" else in_utc.replace(tzinfo=None)).isoformat()


def _date(value: Value, t: FlinkType) -> object:
    if isinstance(value, str):
        return dt.date.fromisoformat(value[:10]).isoformat()
    return value.astimezone(dt.UTC).date().isoformat()


def _time(value: Value, t: FlinkType) -> object:
    if isinstance(value, str):
        return dt.time.fromisoformat(value).isoformat()
    return value.astimezone(dt.UTC).time().isoformat()


_TYPES: Mapping[str, Callable[[Value, FlinkType], object]] = {
    "CHAR": _text,
    "VARCHAR": _text,
    "BOOLEAN": _truth,
    **dict.fromkeys(_INTEGERS, _whole),
    "FLOAT": _float,
    "DOUBLE": _float,
    "DECIMAL": _decimal,
    "TIMESTAMP": _moment,
    "TIMESTAMP_LTZ": _moment,
    "DATE": _date,
    "TIME": _time,
}
