"""The published shapes as a judge: is an answer what botocore's description of the service says?

botocore itself parses what it knows and forgives the rest; this does not.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.loaders import Loader

FORGIVEN = {
    # Facts 3.1: the service answers INFERENCE_PROFILE, and the enum does not have it.
    "InferenceType": {"INFERENCE_PROFILE"},
    # Models that watch, listen or draw moving pictures; the enum is older than they are.
    "ModelModality": {"VIDEO", "SPEECH"},
}
UNJUDGED = {
    # Facts 3.1, a captured answer: the name has a dot, the description commas.
    "InferenceProfileName",
    "InferenceProfileDescription",
}
"""Shapes whose pattern the service itself does not keep."""

REGIONLESS = re.compile(r"arn:aws:bedrock:::foundation-model/\S+")
"""The second model of a global profile (facts 5.1, open point 11)."""


@cache
def service(name: str) -> dict[str, Any]:
    model: dict[str, Any] = Loader().load_service_model(name, "service-2")
    return model


def violations(service_name: str, operation: str, status: int, body: bytes) -> list[str]:
    """Return what is wrong with an answer of 2xx, place by place."""
    model = service(service_name)
    described = model["operations"][operation]
    found = []
    expected = described["http"].get("responseCode", 200)
    if status != expected:
        found.append(f"status {status}, not {expected}")
    if "output" in described:
        value = json.loads(body or b"{}")
        shape = described["output"]["shape"]
        found += [f"{operation}: {text}" for text in _walk(model["shapes"], shape, value, "")]
    return found


def event_violations(operation: str, name: str, payload: dict[str, Any]) -> list[str]:
    """Return what is wrong with an event of a stream; `p` is known to be more (facts 2.9)."""
    model = service("bedrock-runtime")
    shapes = model["shapes"]
    output = shapes[model["operations"][operation]["output"]["shape"]]
    (stream,) = (
        shapes[member["shape"]]
        for member in output["members"].values()
        if shapes[member["shape"]].get("eventstream")
    )
    told = {member: value for member, value in payload.items() if member != "p"}
    return list(_walk(shapes, stream["members"][name]["shape"], told, name))


def _walk(shapes: dict[str, Any], name: str, value: Any, place: str) -> Iterator[str]:
    shape = shapes[name]
    match shape["type"]:
        case "structure":
            yield from _structure(shapes, shape, value, place)
        case "list":
            if not isinstance(value, list):
                yield f"{place} is no list"
                return
            yield from _size(shape, len(value), place)
            for number, item in enumerate(value):
                yield from _walk(shapes, shape["member"]["shape"], item, f"{place}[{number}]")
        case "map":
            if not isinstance(value, dict):
                yield f"{place} is no map"
        case "string":
            yield from _string(shape, name, value, place)
        case "integer" | "long":
            if not isinstance(value, int) or isinstance(value, bool):
                yield f"{place} is no whole number: {value!r}"
            else:
                yield from _size(shape, value, place)
        case "double" | "float":
            if not isinstance(value, int | float) or isinstance(value, bool):
                yield f"{place} is no number: {value!r}"
            else:
                yield from _size(shape, value, place)
        case "boolean":
            if not isinstance(value, bool):
                yield f"{place} is neither true nor false: {value!r}"
        case "timestamp":
            yield from _timestamp(value, place)
        case "blob":
            yield from _size(shape, len(base64.b64decode(value, validate=True)), place)
        case other:
            yield f"{place}: nobody judges a {other}"


def _structure(
    shapes: dict[str, Any], shape: dict[str, Any], value: Any, place: str
) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{place} is no object"
        return
    members = {m.get("locationName", n): m["shape"] for n, m in shape["members"].items()}
    for name in shape.get("required", ()):
        if name not in value:
            yield f"{place}.{name} is missing"
    for name, inner in value.items():
        if name not in members:
            yield f"{place}.{name} is not in the description"
        else:
            yield from _walk(shapes, members[name], inner, f"{place}.{name}")


def _string(shape: dict[str, Any], name: str, value: Any, place: str) -> Iterator[str]:
    if not isinstance(value, str):
        yield f"{place} is no string: {value!r}"
        return
    yield from _size(shape, len(value), place)
    choices = set(shape.get("enum", ())) | FORGIVEN.get(name, set())
    if "enum" in shape and value not in choices:
        yield f"{place} is none of {sorted(choices)}: {value!r}"
    pattern = shape.get("pattern")
    fits = pattern is None or name in UNJUDGED or re.fullmatch(pattern, value)
    if not fits and REGIONLESS.fullmatch(value) is None:
        yield f"{place} does not fit {pattern}: {value!r}"


def _timestamp(value: Any, place: str) -> Iterator[str]:
    """JSON 1.1 has seconds from the epoch, REST-JSON ISO 8601 (facts 1.2)."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", str(value)):
        yield f"{place} is no time: {value!r}"


def _size(shape: dict[str, Any], size: float, place: str) -> Iterator[str]:
    if size < shape.get("min", size):
        yield f"{place}: {size} is below {shape['min']}"
    if size > shape.get("max", size):
        yield f"{place}: {size} is above {shape['max']}"
