"""Avro schemas: can one read what another wrote? The `avro` package's rules are the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import fastavro
from avro.compatibility import ReaderWriterCompatibilityChecker, SchemaCompatibilityType
from avro.schema import parse as parse_avro

Referring = tuple[Any, dict[str, Any]]
"""A schema, and the named ones it refers to, those without needs first."""

_NAMED = ("record", "error", "enum", "fixed")
_FASTAVROS_OWN = ("__fastavro_parsed__", "__named_schemas")


def avro_problems(reader: Referring, writer: Referring) -> list[str]:
    """Return why `reader` cannot read what `writer` wrote, and where in it; empty = it can.

    The judge's kinds, places and messages are sets of their own: they make one reason (ours).
    """
    checker = ReaderWriterCompatibilityChecker()  # type: ignore[no-untyped-call]
    result = checker.get_compatibility(_readable(*reader), _readable(*writer))
    if result.compatibility is SchemaCompatibilityType.compatible:
        return []
    kinds = dict.fromkeys(kind.value.replace("_", " ") for kind in result.incompatibilities)
    places, messages = sorted(result.locations), sorted(result.messages)
    return [f"{', '.join(kinds)} at {', '.join(places)}: {', '.join(messages)}"]


def whole(schema: Any, referred: Mapping[str, Any]) -> Any:
    """Return a schema that needs no other: the first use of a foreign name is its definition."""
    named: dict[str, Any] = {}
    for other in referred.values():
        fastavro.parse_schema(other, named_schemas=named)
    foreign = dict(named)
    parsed = fastavro.parse_schema(schema, named_schemas=named)
    return _inlined(parsed, foreign, set())


def _readable(schema: Any, referred: Mapping[str, Any]) -> Any:
    return parse_avro(json.dumps(_without_logical_types(whole(schema, referred))))


def _without_logical_types(node: Any) -> Any:
    # They play no part in reading, and the avro package warns about those it does not know.
    if isinstance(node, Mapping):
        return {k: _without_logical_types(v) for k, v in node.items() if k != "logicalType"}
    return [_without_logical_types(item) for item in node] if isinstance(node, list) else node


def _inlined(node: Any, foreign: Mapping[str, Any], written: set[str]) -> Any:
    """Put the definition of a foreign name where it is met first."""
    if isinstance(node, str):
        if node not in foreign or node in written:
            return node
        return _inlined(foreign[node], foreign, written)
    if isinstance(node, list):
        return [_inlined(item, foreign, written) for item in node]
    if not isinstance(node, Mapping):
        return node
    if node.get("type") in _NAMED:
        written.add(node["name"])
    found = {key: value for key, value in node.items() if key not in _FASTAVROS_OWN}
    for key in ("type", "items", "values"):
        if key in found and not (key == "type" and found[key] in (*_NAMED, "array", "map")):
            found[key] = _inlined(found[key], foreign, written)
    if "fields" in found:
        fields = found["fields"]
        found["fields"] = [{**f, "type": _inlined(f["type"], foreign, written)} for f in fields]
    return found
