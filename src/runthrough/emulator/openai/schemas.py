"""Structured outputs: the rules a JSON Schema has to obey where `strict` is true.

Seen: `Invalid schema for response_format 'x': In context=(), 'additionalProperties' is required to
be supplied and to be false.` and the text on `required`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runthrough.emulator.openai.replies import invalid

_DEEPEST = 10
"""Levels of a schema that the API reads."""


def check_strict(schema: Mapping[str, Any], owner: str, *, param: str, code: str | None) -> None:
    """Raise Refused where a strict schema leaves open what an answer may hold.

    Args:
        schema: a JSON Schema of an object.
        owner: whose it is, such as `response_format 'event'`.
        param: the member of the request the refusal names.
        code: that of the refusal.
    """
    for context, part in _objects(schema, ()):
        where = f"In context=({_shown(context)}), "
        if part.get("additionalProperties") is not False:
            problem = "'additionalProperties' is required to be supplied and to be false."
        else:
            needed = part.get("required")
            named = part.get("properties") or {}
            missing = [n for n in named if not isinstance(needed, list) or n not in needed]
            if not missing:
                continue
            problem = (
                "'required' is required to be supplied and to be an array including every key in"
                f" properties. Missing '{missing[0]}'."
            )
        raise invalid(f"Invalid schema for {owner}: {where}{problem}", param=param, code=code)


def _shown(context: tuple[str, ...]) -> str:
    names = ", ".join(f"'{one}'" for one in context)
    return f"{names}," if len(context) == 1 else names


def _objects(
    schema: object, context: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
    """Yield every schema of an object inside a schema, with where it stands."""
    if not isinstance(schema, Mapping) or len(context) > 2 * _DEEPEST:
        return
    if schema.get("type") == "object" or "properties" in schema:
        yield context, schema
    for keyword in ("properties", "$defs", "definitions"):
        inner = schema.get(keyword)
        if isinstance(inner, Mapping):
            for name, part in inner.items():
                yield from _objects(part, (*context, keyword, str(name)))
    yield from _objects(schema.get("items"), (*context, "items"))
    options = schema.get("anyOf")
    if isinstance(options, list):
        for at, part in enumerate(options):
            yield from _objects(part, (*context, "anyOf", str(at)))
