"""Values as the gateway sends them: every scalar a string, collections lists, NULL null.

Source: facts/confluent-cloud-api.md 2.6. The values come from DuckDB's Python client.
"""

from __future__ import annotations

import datetime as dt
import math
import struct
from decimal import Decimal
from typing import Any

from runthrough.emulator.flink.types import FlinkType
from runthrough.emulator.flink.zones import zone_of


def encode(value: Any, t: FlinkType, zone: str = "UTC") -> Any:
    """Return one value in the form of a result row.

    Args:
        value: as DuckDB's client returns it, or None.
        t: the column's type.
        zone: `sql.local-time-zone`, in which TIMESTAMP_LTZ is printed.
    """
    if value is None:
        return None
    match t.root:
        case "ARRAY" if t.element:
            return [encode(item, t.element, zone) for item in value]
        case "MAP" if t.key and t.value:
            return [[encode(k, t.key, zone), encode(v, t.value, zone)] for k, v in value.items()]
        case "MULTISET" if t.element:
            return [[encode(k, t.element, zone), str(n)] for k, n in value.items()]
        case "ROW":
            items = value.values() if isinstance(value, dict) else value
            return [encode(v, f, zone) for v, (_, f) in zip(items, t.fields, strict=True)]
        case _:
            return _scalar(value, t, zone)


def _scalar(value: Any, t: FlinkType, zone: str) -> str:
    if isinstance(value, str):
        # Text; and moments beyond the years 1 to 9999, which DuckDB's client gives as text.
        return value
    match t.root:
        case "BOOLEAN":
            return "TRUE" if value else "FALSE"
        case "FLOAT":
            return java_double(_shortest_float(value))
        case "DOUBLE":
            return java_double(value)
        case "DECIMAL":
            return f"{Decimal(value):.{t.scale or 0}f}"
        case "BINARY" | "VARBINARY":
            return f"x'{bytes(value).hex()}'"
        case "TIME":
            fraction = f"{value.microsecond:06d}"[: t.precision or 0]
            return f"{value:%H:%M:%S}" + (f".{fraction}" if fraction else "")
        case "TIMESTAMP":
            return _timestamp(value, t.precision or 0)
        case "TIMESTAMP_LTZ":
            return _timestamp(value.astimezone(zone_of(zone)), t.precision or 0)
        case "INTERVAL_YEAR_MONTH":
            return _months(value)
        case "INTERVAL_DAY_TIME":
            return _day_time(value)
        case _:
            return str(value)


def java_double(value: float) -> str:
    """Return a double as Java prints it: `100.0`, `1.5E7`, `1.0E-5`, `NaN`, `Infinity`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return repr(float(value))
    digits, _, exponent = f"{Decimal(repr(float(value))):e}".partition("e")
    if "." in digits:
        digits = digits.rstrip("0")
    whole, _, fraction = digits.partition(".")
    return f"{whole}.{fraction or '0'}E{int(exponent)}"


def _shortest_float(value: float) -> float:
    """Return the double whose shortest text is the shortest text of the 32-bit float."""
    for digits in range(1, 10):
        text = f"{value:.{digits}g}"
        if _as_float32(float(text)) == _as_float32(value):
            return float(text)
    return value


def _as_float32(value: float) -> bytes:
    return struct.pack("<f", value)


def _timestamp(value: dt.datetime, precision: int) -> str:
    text = f"{value.year:04d}-" + value.strftime("%m-%d %H:%M:%S")
    fraction = f"{value.microsecond:06d}".ljust(precision, "0")[:precision]
    return f"{text}.{fraction}" if fraction else text


def _months(value: Any) -> str:
    # DuckDB's client returns intervals as a timedelta of 30-day months.
    months = value.days // 30 if isinstance(value, dt.timedelta) else int(value)
    sign = "-" if months < 0 else "+"
    return f"{sign}{abs(months) // 12}-{abs(months) % 12:02d}"


def _day_time(value: dt.timedelta) -> str:
    sign = "-" if value < dt.timedelta(0) else "+"
    size = abs(value)
    hours, rest = divmod(size.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = f"{hours:02d}:{minutes:02d}:{seconds:02d}.{size.microseconds // 1000:03d}"
    return f"{sign}{size.days} {clock}"
