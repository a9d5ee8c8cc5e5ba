"""The `raw` format: one column, its bytes as they are (facts/flink-sql-ai.md 1.3)."""

from __future__ import annotations

import struct
from typing import Any

from runthrough.emulator.flink.types import FlinkType

_FIXED = {
    "TINYINT": ">b",
    "SMALLINT": ">h",
    "INTEGER": ">i",
    "BIGINT": ">q",
    "FLOAT": ">f",
    "DOUBLE": ">d",
    "BOOLEAN": "?",
}


def read_raw(data: bytes, t: FlinkType) -> Any:
    """Return the value in the bytes; numbers are big-endian. Raises ValueError if it is none."""
    if t.root in ("BINARY", "VARBINARY"):
        return data
    if t.root in ("CHAR", "VARCHAR"):
        return data.decode()
    try:
        return struct.unpack(_FIXED[t.root], data)[0]
    except struct.error as e:
        raise ValueError(f"{len(data)} bytes are no {t.root}") from e


def write_raw(value: Any, t: FlinkType) -> bytes | None:
    """Return the bytes of a value."""
    if value is None:
        return None
    if t.root in ("BINARY", "VARBINARY"):
        return bytes(value)
    return (
        str(value).encode() if t.root in ("CHAR", "VARCHAR") else struct.pack(_FIXED[t.root], value)
    )


def is_raw(t: FlinkType) -> bool:
    """Return whether the format can hold a type."""
    return t.root in {"BINARY", "VARBINARY", "CHAR", "VARCHAR", *_FIXED}
