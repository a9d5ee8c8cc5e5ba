"""Values of MongoDB as JSON has them, which is what the columns of external tables are read from.

Which type of a column takes which value of MongoDB is not documented. Here an ObjectId and a
decimal number are text, a time is ISO text in UTC, bytes are Base64, and a vector in binary form is
a list of numbers.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def as_json(value: Any) -> Any:
    """Return a value that `pymongo` has read as JSON would have it."""
    from bson.binary import VECTOR_SUBTYPE, Binary

    match value:
        case None | bool() | str() | float():
            return value
        case int():
            return int(value)  # a 64-bit one is a class of its own
        case Mapping():
            return {str(key): as_json(item) for key, item in value.items()}
        case list():
            return [as_json(item) for item in value]
        case datetime():
            return (value if value.tzinfo else value.replace(tzinfo=UTC)).isoformat()
        case Binary() if value.subtype == VECTOR_SUBTYPE:
            return list(value.as_vector().data)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return str(value)
