"""JSON schemas: is every document one of them allows allowed by another?

What counts is the set of documents, as in Confluent's documentation of JSON Schema's evolution: a
property may be added to a closed content model and taken from an open one. One rule is Confluent's
own: a new required property with a `default` is no obstacle. `format` and other annotations do not
count. Keywords whose change cannot be judged one by one (`not`, `if`, dependencies, …) must stay
the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote

from jsonschema.exceptions import SchemaError as MetaSchemaError
from jsonschema.validators import validator_for

from runthrough.errors import RunthroughError

Referring = tuple[Any, dict[str, Any]]
"""A schema, and what its `$ref`s name."""

_TYPES = ("null", "boolean", "number", "string", "array", "object")
_MUST_STAY = (
    "not",
    "if",
    "then",
    "else",
    "contains",
    "dependencies",
    "dependentRequired",
    "dependentSchemas",
    "propertyNames",
    "unevaluatedItems",
    "unevaluatedProperties",
    "$dynamicRef",
    "$recursiveRef",
)


class NotComparableError(RunthroughError):
    """Two schemas that cannot be compared; the text names the keyword."""


class JsonSchemaError(RunthroughError):
    """A JSON value that is no JSON schema."""


def check_json_schema(schema: object) -> None:
    """Check that a JSON value is a JSON schema, of draft 7 where it does not say which.

    Raises:
        JsonSchemaError: it is not, saying where.
    """
    if not isinstance(schema, dict | bool):
        raise JsonSchemaError("a JSON schema is an object or a boolean")
    try:
        validator_for(schema).check_schema(schema)
    except MetaSchemaError as e:
        raise JsonSchemaError(f"{e.json_path}: {e.message}") from e
    except RecursionError as e:
        raise JsonSchemaError("it is nested too deeply") from e


def json_problems(reader: Referring, writer: Referring) -> list[str]:
    """Return why a document `writer` allows may not be allowed by `reader`; empty = all are.

    Raises:
        NotComparableError: it cannot be told.
    """
    comparison = _Comparison(_Document(*reader), _Document(*writer))
    return list(dict.fromkeys(comparison.problems(reader[0], writer[0], "#")))


@dataclass(frozen=True)
class _Document:
    root: Any
    referred: Mapping[str, Any]

    def follow(self, schema: Any) -> Any:
        """Return what a `$ref` names, or the schema itself."""
        for _ in range(100):
            if not isinstance(schema, dict) or "$ref" not in schema:
                return schema
            schema = self._find(str(schema["$ref"]))
        raise NotComparableError("$refs that lead to each other")

    def _find(self, reference: str) -> Any:
        name, _, pointer = reference.partition("#")
        own = self.root.get("$id") if isinstance(self.root, dict) else None
        found = self.root if name in ("", own) else self.referred.get(name)
        if found is None:
            raise NotComparableError(f"a $ref to {reference}, which no reference is")
        for part in pointer.split("/")[1:]:
            key = unquote(part).replace("~1", "/").replace("~0", "~")
            inside = found[int(key)] if isinstance(found, list) and key.isdigit() else None
            found = found.get(key) if isinstance(found, dict) else inside
            if found is None:
                raise NotComparableError(f"a $ref to {reference}, which is not there")
        return found


@dataclass
class _Comparison:
    new: _Document
    old: _Document
    _seen: set[tuple[int, int]] = field(default_factory=set)

    def problems(self, new: Any, old: Any, path: str) -> Iterator[str]:
        """Yield why something `old` allows may not be allowed by `new`."""
        new, old = self.new.follow(new), self.old.follow(old)
        if new is True or new == {} or old is False or self._are_one(new, old):
            return
        if new is False:
            yield f"{path}: nothing is allowed here any more"
            return
        old = {} if old is True else old
        pair = id(new), id(old)
        if pair in self._seen:  # a schema that contains itself: nothing else was found so far
            return
        if old:
            self._seen.add(pair)
        try:
            yield from self._by_parts(new, old, path)
        finally:
            self._seen.discard(pair)

    def _are_one(self, new: Any, old: Any) -> bool:
        """Return whether two schemas are the same and mean the same."""
        if not _same(new, old):
            return False
        return self.new == self.old or '"$ref"' not in json.dumps(new)

    def _by_parts(self, new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
        """Take apart what is put together of others, then compare keyword by keyword."""
        if "allOf" in new:
            for part in _all_of(new):
                yield from self.problems(part, old, path)
            return
        for word in ("anyOf", "oneOf"):
            if word in old:
                rest = _without(old, word)
                for number, branch in enumerate(old[word]):
                    both = {"allOf": [rest, branch]} if rest else branch
                    yield from self.problems(new, both, f"{path}/{word}/{number}")
                return
        if "allOf" in old:
            tries = [list(self.problems(new, part, path)) for part in _all_of(old)]
            yield from min(tries, key=len)
            return
        for word in ("anyOf", "oneOf"):
            if word in new:
                rest = _without(new, word)
                tries = [list(self.problems(branch, old, path)) for branch in new[word]]
                if all(tries):
                    yield f"{path}: what was allowed fits none of {word}"
                yield from self.problems(rest or True, old, path)
                return
        yield from self._by_keywords(new, old, path)

    def _by_keywords(self, new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
        for word in _MUST_STAY:
            if word in new and not _same(new[word], old.get(word, _NOTHING)):
                raise NotComparableError(f"another `{word}` at {path}")
        yield from _values(new, old, path)
        types = _types(old)
        for kind in sorted(types - _types(new)):
            if not (kind == "integer" and "number" in _types(new)):
                yield f"{path}: the type {kind} is not allowed any more"
        if types & {"number", "integer"}:
            yield from _numbers(new, old, path)
        if "string" in types:
            yield from _bounds(new, old, path, "minLength", "maxLength")
            if "pattern" in new and new["pattern"] != old.get("pattern"):
                yield f"{path}: the pattern {new['pattern']} was not asked for"
        if "array" in types:
            yield from self._arrays(new, old, path)
        if "object" in types:
            yield from self._objects(new, old, path)

    def _arrays(self, new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
        yield from _bounds(new, old, path, "minItems", "maxItems")
        if new.get("uniqueItems") and not old.get("uniqueItems"):
            yield f"{path}: items need not have been unique"
        (first_new, rest_new), (first_old, rest_old) = _items(new), _items(old)
        for place in range(max(len(first_new), len(first_old))):
            one = first_new[place] if place < len(first_new) else rest_new
            other = first_old[place] if place < len(first_old) else rest_old
            yield from self.problems(one, other, f"{path}/items/{place}")
        yield from self.problems(rest_new, rest_old, f"{path}/items")

    def _objects(self, new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
        yield from _bounds(new, old, path, "minProperties", "maxProperties")
        for name in new.get("required", []):
            own = self.new.follow((new.get("properties") or {}).get(name, {}))
            given = isinstance(own, dict) and "default" in own
            if name not in old.get("required", []) and not given:
                yield f"{path}: the property {name} was not required, and has no default"
        for name in sorted({*new.get("properties", {}), *old.get("properties", {})}):
            yield from self._property(new, old, name, f"{path}/properties/{name}")
        for pattern, schema in new.get("patternProperties", {}).items():
            before = old.get("patternProperties", {}).get(pattern, _additional(old))
            yield from self.problems(schema, before, f"{path}/patternProperties/{pattern}")
        for pattern, schema in old.get("patternProperties", {}).items():
            if pattern not in new.get("patternProperties", {}):
                where = f"{path}/patternProperties/{pattern}"
                yield from self.problems(_additional(new), schema, where)
        yield from self.problems(_additional(new), _additional(old), f"{path}/additionalProperties")

    def _property(
        self, new: dict[str, Any], old: dict[str, Any], name: str, path: str
    ) -> Iterator[str]:
        before = _of_property(old, name)
        for schema in _of_property(new, name):
            tries = [list(self.problems(schema, other, path)) for other in before]
            yield from min(tries, key=len)


# --- keywords -----------------------------------------------------------------------------------

_NOTHING = object()


def _all_of(schema: dict[str, Any]) -> Iterator[Any]:
    """Yield the schemas all of which hold."""
    if rest := _without(schema, "allOf"):
        yield rest
    yield from schema.get("allOf", [])


_ANNOTATIONS = {"$id", "$schema", "$defs", "definitions", "title", "description", "$comment"}


def _without(schema: dict[str, Any], word: str) -> dict[str, Any]:
    return {k: v for k, v in schema.items() if k != word and k not in _ANNOTATIONS}


def _types(schema: dict[str, Any]) -> set[str]:
    written = schema.get("type", _TYPES)
    return {written} if isinstance(written, str) else set(written)


def _same(one: object, other: object) -> bool:
    if other is _NOTHING:
        return False
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _values(new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
    allowed = _enumerated(new)
    if allowed is None:
        return
    before = _enumerated(old)
    if before is None:
        yield f"{path}: not only the values of its enum were allowed"
        return
    for value in before:
        if not any(_same(value, other) for other in allowed):
            yield f"{path}: the value {json.dumps(value)} is not allowed any more"


def _enumerated(schema: dict[str, Any]) -> list[Any] | None:
    if "const" in schema:
        return [schema["const"]]
    return schema.get("enum")


def _bounds(
    new: dict[str, Any], old: dict[str, Any], path: str, least: str, most: str
) -> Iterator[str]:
    if new.get(least, 0) > old.get(least, 0):
        yield f"{path}: {least} {new[least]} is more than before"
    if most in new and new[most] < old.get(most, float("inf")):
        yield f"{path}: {most} {new[most]} is less than before"


def _numbers(new: dict[str, Any], old: dict[str, Any], path: str) -> Iterator[str]:
    if _lower(new) > _lower(old):
        yield f"{path}: the minimum is higher than before"
    if _upper(new) < _upper(old):
        yield f"{path}: the maximum is lower than before"
    step = new.get("multipleOf")
    before = old.get("multipleOf", 1 if _types(old) == {"integer"} else None)
    if step is not None and (before is None or before % step != 0):
        yield f"{path}: numbers need not have been multiples of {step}"


def _lower(schema: dict[str, Any]) -> tuple[float, bool]:
    """Return the smallest number, and whether it is left out (draft 4 has a flag for that)."""
    low, out = schema.get("minimum", float("-inf")), schema.get("exclusiveMinimum")
    if isinstance(out, bool):
        return low, out
    return (low, False) if out is None else max((low, False), (out, True))


def _upper(schema: dict[str, Any]) -> tuple[float, bool]:
    """Return the largest number, and whether it is allowed itself."""
    high, out = schema.get("maximum", float("inf")), schema.get("exclusiveMaximum")
    if isinstance(out, bool):
        return high, not out
    return (high, True) if out is None else min((high, True), (out, False))


def _items(schema: dict[str, Any]) -> tuple[list[Any], Any]:
    """Return the schemas of the first items, and that of the others."""
    items = schema.get("items", True)
    if "prefixItems" in schema:
        return schema["prefixItems"], items
    if isinstance(items, list):
        return items, schema.get("additionalItems", True)
    return [], items


def _additional(schema: dict[str, Any]) -> Any:
    return schema.get("additionalProperties", True)


def _of_property(schema: dict[str, Any], name: str) -> list[Any]:
    """Return the schemas a property's value has to fit."""
    found = [schema["properties"][name]] if name in schema.get("properties", {}) else []
    patterns = schema.get("patternProperties", {})
    found += [inner for pattern, inner in patterns.items() if re.search(pattern, name)]
    return found or [_additional(schema)]
