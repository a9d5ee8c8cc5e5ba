"""Avro records that tests register, and how an error reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx

Unique = Callable[[str], str]
MEDIA_TYPE = "application/vnd.schemaregistry.v1+json"


def record(*fields: dict[str, Any], name: str = "Order") -> str:
    return json.dumps({"type": "record", "name": name, "fields": list(fields)})


ID = {"name": "id", "type": "int"}
NOTE = {"name": "note", "type": ["null", "string"], "default": None}
ORDER = record(ID, NOTE)


def code(answer: httpx.Response) -> tuple[int, int]:
    assert answer.headers["content-type"] == MEDIA_TYPE
    assert answer.json()["message"]
    return answer.status_code, answer.json()["error_code"]
