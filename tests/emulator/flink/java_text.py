"""Values as Java prints them: what Apache Flink answered is kept in this form in `answers/`."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

from runthrough.emulator.flink.encoding import encode, java_double
from runthrough.emulator.flink.types import FlinkType


def java_text(value: Any, t: FlinkType) -> str:
    """Return a value as `Row.toString` shows it, a moment in UTC."""
    if value is None:
        return "null"
    match t.root:
        case "BOOLEAN":
            return "true" if value else "false"
        case "FLOAT":
            return str(encode(value, t))
        case "DOUBLE":
            return java_double(value)
        case "DECIMAL":
            return f"{Decimal(value):.{t.scale}f}"
        case "BINARY" | "VARBINARY":
            signed = (byte - 256 if byte > 127 else byte for byte in bytes(value))
            return f"[{', '.join(map(str, signed))}]"
        case "TIMESTAMP":
            return f"{value:%Y-%m-%d}T{_clock(value)}"
        case "TIMESTAMP_LTZ":
            moment = value.astimezone(dt.UTC)
            return f"{moment:%Y-%m-%dT%H:%M:%S}{_fraction(moment.microsecond)}Z"
        case "TIME":
            return _clock(value)
        case _:
            return _composite(value, t)


def _composite(value: Any, t: FlinkType) -> str:
    if t.root == "ARRAY" and t.element:
        return f"[{', '.join(java_text(item, t.element) for item in value)}]"
    if t.root == "MAP" and t.key and t.value:
        pairs = (f"{java_text(k, t.key)}={java_text(v, t.value)}" for k, v in value.items())
        return f"{{{', '.join(pairs)}}}"
    if t.root == "MULTISET" and t.element:
        return f"{{{', '.join(f'{java_text(k, t.element)}={n}' for k, n in value.items())}}}"
    if t.root == "ROW":
        return java_row(value.values() if isinstance(value, dict) else value, t)
    if t.root.startswith("INTERVAL"):
        return str(encode(value, t))
    return str(value)


def java_row(values: Any, t: FlinkType) -> str:
    """Return a row of +I."""
    cells = (java_text(v, f) for v, (_, f) in zip(values, t.fields, strict=True))
    return f"+I[{', '.join(cells)}]"


def _clock(value: dt.datetime | dt.time) -> str:
    seconds = f":{value.second:02d}" if value.second or value.microsecond else ""
    return f"{value.hour:02d}:{value.minute:02d}{seconds}{_fraction(value.microsecond)}"


def _fraction(microseconds: int) -> str:
    digits = f"{microseconds:06d}"
    if not microseconds:
        return ""
    return "." + (digits[:3] if digits.endswith("000") else digits)
