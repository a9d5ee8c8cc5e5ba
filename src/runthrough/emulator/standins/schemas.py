"""JSON Schemas as the stand-ins read them: what is in one, and whether a value fits it.

Whether a value fits is the `jsonschema` package's to say.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import SchemaError, ValidationError
from referencing import Registry
from referencing.exceptions import Unresolvable

_OF_VALUES: tuple[str, ...] = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum")
_OF_VALUES += ("multipleOf", "not", "minLength", "maxLength", "pattern")


def is_schema(schema: Mapping[str, Any]) -> bool:
    """Whether an object is a JSON Schema of draft 2020-12."""
    try:
        return _is_schema(json.dumps(schema))
    except RecursionError:
        return False


@lru_cache(maxsize=512)
def _is_schema(text: str) -> bool:
    """Judge a schema once: it takes half a millisecond, and callers send their tools every time."""
    try:
        Draft202012Validator.check_schema(json.loads(text))
    except SchemaError:
        return False
    return True


def fits(value: object, schema: Mapping[str, Any]) -> bool:
    """Whether a value is valid against a schema; False too where the schema cannot be followed."""
    validator = Draft202012Validator(schema, registry=Registry())  # never looks anything up outside
    try:
        validator.validate(value)
    except (ValidationError, SchemaError, Unresolvable, RecursionError, re.error, OverflowError):
        return False
    return True


def variants(schema: dict[str, Any]) -> list[Any]:
    """Return the alternatives of a schema, each with what stands beside them; null comes last."""
    found = [one for name in ("anyOf", "oneOf") for one in items_of(schema.get(name))]
    beside = {name: value for name, value in schema.items() if name not in ("anyOf", "oneOf")}
    beside.pop("default", None)
    found.sort(key=lambda one: isinstance(one, Mapping) and one.get("type") == "null")
    return [merge(beside, one) for one in found if isinstance(one, Mapping)]


def merge(one: Any, other: Any) -> Any:
    """Return two schemas in one: members of both stand in it, the second counting."""
    if isinstance(one, Mapping) and isinstance(other, Mapping):
        merged = {name: merge(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **merged}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *(item for item in other if item not in one)]
    return other


def type_of(schema: Mapping[str, Any]) -> str:
    """Return the type a schema asks for; of several the first that is not null; else a guess."""
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    if isinstance(kind, str):
        return kind
    if "properties" in schema:
        return "object"
    return "array" if "items" in schema else "string"


def properties_of(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schemas of an object's members."""
    properties = schema.get("properties")
    return dict(properties) if isinstance(properties, Mapping) else {}


def items_of(value: Any) -> list[Any]:
    """Return a list as it is, and no items of what is none."""
    return value if isinstance(value, list) else []


def as_number(value: float, kind: str) -> float:
    """Return a number as an integer where `kind` is `integer` and it is whole."""
    return int(value) if kind == "integer" and float(value).is_integer() else value


def number_fits(value: float, schema: Mapping[str, Any], kind: str) -> bool:
    """Whether a number is of a kind and within what the schema says of numbers."""
    return not (kind == "integer" and not isinstance(value, int)) and fits(value, rules(schema))


def text_fits(text: str, schema: Mapping[str, Any]) -> bool:
    """Whether a text is what the schema says of texts."""
    return fits(text, rules(schema))


def rules(schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a schema says of numbers and texts themselves."""
    return {name: schema[name] for name in _OF_VALUES if name in schema}


def numbers_in(schema: Mapping[str, Any], kind: str) -> Iterator[float]:
    """Yield numbers that fit, the plainest first."""
    given = [schema.get(name) for name in ("minimum", "maximum", "exclusiveMinimum")]
    given.append(schema.get("exclusiveMaximum"))
    bounds = [one for one in given if isinstance(one, int | float) and not isinstance(one, bool)]
    step = schema.get("multipleOf", 1)
    step = step if isinstance(step, int | float) and step > 0 else 1
    tried: Iterable[float] = [0, 1]
    for bound in bounds:
        multiple = bound // step * step
        tried = [*tried, bound, bound + 1, bound - 1, multiple, multiple + step, multiple - step]
    tried = [*tried, step, sum(bounds) / len(bounds) if bounds else 0]
    for one in tried:
        value = as_number(one, kind)
        if number_fits(value, schema, kind):
            yield value
