"""Records that the engine made up itself (connector `faker`): plain JSON, no schema.

No topic holds such records; the format exists inside the engine alone.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from runthrough.emulator.flink.catalog import Column

GENERATED = "generated"

_DECODED: Mapping[str, Callable[[Any], Any]] = {
    "DECIMAL": Decimal,
    "DATE": dt.date.fromisoformat,
    "TIME": dt.time.fromisoformat,
    "TIMESTAMP": dt.datetime.fromisoformat,
    "TIMESTAMP_LTZ": dt.datetime.fromisoformat,
}


def read_generated(data: bytes, columns: Sequence[Column]) -> dict[str, Any]:
    """Return a record's values by column."""
    values = json.loads(data)
    decoded = ((c.name, _DECODED.get(c.type.root), values[c.name]) for c in columns)
    return {name: decode(value) if decode else value for name, decode, value in decoded}
