"""Values of JSON records and of DuckDB, each from the other (`json-registry`).

Sources: as `json_format`. A DECIMAL is written with all of its digits; a union is tried branch by
branch.
"""

from __future__ import annotations

import base64
import datetime as dt
import json
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from runthrough.emulator.flink.catalog import Column
from runthrough.emulator.flink.formats.avro_values import duckdb_map, entry_types
from runthrough.emulator.flink.formats.json_format import UNION_FIELD, is_text_key
from runthrough.emulator.flink.types import FlinkType, describe

_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY_ZERO = dt.date(1970, 1, 1)


def is_union(fields: Sequence[str]) -> bool:
    """Return whether the fields of a row are the branches of a union."""
    return bool(fields) and all(
        name == f"{UNION_FIELD}{number}" for number, name in enumerate(fields)
    )


def has_decimal(columns: Sequence[Column]) -> bool:
    """Return whether some value has digits that a float would lose."""
    return any(_has_decimal(c.type) for c in columns)


def _has_decimal(t: FlinkType) -> bool:
    parts = [t.element, t.key, t.value, *(field for _, field in t.fields)]
    return t.root == "DECIMAL" or any(_has_decimal(part) for part in parts if part is not None)


def exact_text(value: Any) -> str:
    """Return a value as JSON, decimals with all of their digits."""
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return (
                "{" + ", ".join(f"{_text_of(k)}: {exact_text(v)}" for k, v in value.items()) + "}"
            )
        case list():
            return "[" + ", ".join(map(exact_text, value)) + "]"
        case _:
            return _text_of(value)


def _text_of(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def to_json(value: Any, t: FlinkType) -> Any:
    """Return a value fetched from DuckDB as `json.dumps` takes it."""
    if value is None:
        return None
    match t.root:
        case "BINARY" | "VARBINARY":
            return base64.b64encode(value).decode()
        case "DECIMAL":
            return value
        case "DATE":
            return (value - _DAY_ZERO).days
        case "TIME":
            return _millis(dt.datetime.combine(_DAY_ZERO, value, dt.UTC))
        case "TIMESTAMP":
            return _units(value.replace(tzinfo=dt.UTC), t)
        case "TIMESTAMP_LTZ":
            return _units(value, t)
        case "ARRAY" if t.element:
            return [to_json(item, t.element) for item in value]
        case "MAP" | "MULTISET":
            key, part = entry_types(t)
            pairs = [(to_json(k, key), to_json(v, part)) for k, v in value.items()]
            if is_text_key(key):
                return dict(pairs)
            return [{"key": k, "value": v} for k, v in pairs]
        case "ROW" if is_union([name for name, _ in t.fields]):
            given = [(value[name], field) for name, field in t.fields if value[name] is not None]
            return to_json(*given[0]) if given else None
        case "ROW":
            return {name: to_json(value[name], field) for name, field in t.fields}
    return value


def _millis(value: dt.datetime) -> int:
    return (value - _EPOCH) // dt.timedelta(milliseconds=1)


def _units(value: dt.datetime, t: FlinkType) -> int:
    return (value - _EPOCH) // _unit(t)


def _unit(t: FlinkType) -> dt.timedelta:
    return dt.timedelta(microseconds=1 if (t.precision or 0) > 3 else 1000)


def from_json(value: Any, t: FlinkType) -> Any:
    """Return what `json.loads` read as a value for DuckDB.

    Raises:
        ValueError: the value is not of the type.
    """
    if value is None:
        return None
    convert = _READERS.get(t.root)
    if convert is None:
        raise ValueError(f"{describe(t)} is not read from JSON")
    try:
        return convert(value, t)
    except (TypeError, AttributeError, KeyError, ArithmeticError) as e:
        raise ValueError(f"{value!r} is no {describe(t)}") from e


def _whole(value: Any, _: FlinkType) -> int:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or value % 1:
        raise TypeError
    return int(value)


def _number(value: Any, _: FlinkType) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise TypeError
    return float(value)


def _text(value: Any, _: FlinkType) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _boolean(value: Any, _: FlinkType) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _map(value: Any, t: FlinkType) -> Any:
    key, part = entry_types(t)
    pairs = value.items() if isinstance(value, dict) else [(e["key"], e["value"]) for e in value]
    return duckdb_map((from_json(k, key), from_json(v, part)) for k, v in pairs)


def _row(value: Any, t: FlinkType) -> Any:
    if is_union([name for name, _ in t.fields]):
        return union_from_json(value, t)
    if not isinstance(value, dict):
        raise TypeError
    for name, field in t.fields:
        if value.get(name) is None and not field.nullable:
            raise ValueError(f"the field '{name}' is missing, it is NOT NULL")
    return {name: from_json(value.get(name), field) for name, field in t.fields}


def union_from_json(value: Any, t: FlinkType) -> dict[str, Any]:
    """Return the row of a union: the first branch that takes the value. Raises ValueError."""
    row: dict[str, Any] = dict.fromkeys(name for name, _ in t.fields)
    for name, field in t.fields:
        unknown = isinstance(value, dict) and field.root == "ROW" and not _covers(field, value)
        try:
            if not unknown:
                return row | {name: from_json(value, field)}
        except ValueError:
            continue
    raise ValueError(f"{value!r} is none of the union's types")


def _covers(t: FlinkType, value: dict[str, Any]) -> bool:
    return value.keys() <= {name for name, _ in t.fields}


def _array(value: Any, t: FlinkType) -> Any:
    if not isinstance(value, list) or t.element is None:
        raise TypeError
    return [from_json(item, t.element) for item in value]


def _time(value: Any, t: FlinkType) -> dt.time:
    return (_EPOCH + dt.timedelta(milliseconds=_whole(value, t))).time()


_READERS: dict[str, Callable[[Any, FlinkType], Any]] = {
    **dict.fromkeys(("TINYINT", "SMALLINT", "INTEGER", "BIGINT"), _whole),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _number),
    **dict.fromkeys(("CHAR", "VARCHAR"), _text),
    **dict.fromkeys(("BINARY", "VARBINARY"), lambda v, _: base64.b64decode(v, validate=True)),
    **dict.fromkeys(("MAP", "MULTISET"), _map),
    "BOOLEAN": _boolean,
    "DECIMAL": lambda v, _: v if isinstance(v, Decimal) else Decimal(str(v)),
    "DATE": lambda v, t: _DAY_ZERO + dt.timedelta(days=_whole(v, t)),
    "TIME": _time,
    "TIMESTAMP": lambda v, t: (_EPOCH + _whole(v, t) * _unit(t)).replace(tzinfo=None),
    "TIMESTAMP_LTZ": lambda v, t: _EPOCH + _whole(v, t) * _unit(t),
    "ARRAY": _array,
    "ROW": _row,
}
