"""Filling in a JSON Schema from a text: what a tool's input and a structured answer need.

Values come from the text, from the schema's own choices and defaults, and, only where inventing is
allowed, from the smallest thing that fits. Whether the result fits is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.standins.clues import Clues, find_clues
from runthrough.emulator.standins.schemas import (
    as_number,
    fits,
    is_schema,
    items_of,
    merge,
    number_fits,
    numbers_in,
    properties_of,
    text_fits,
    type_of,
    variants,
)

_DEEPEST, _MOST_STEPS = 12, 2_000
_MOST_ITEMS = 50
_NOTHING = object()
_WHOLE = re.compile(
    r"query|question|text|prompt|message|input|sentence|content|body|search|request|topic|summary"
    r"|answer|reason|description|joke|setup|punchline|title|note",
    re.I,
)
_ID = re.compile(r"(?:\b|_)(?:id|code|key|sku|isbn|number|no|ref|reference|ticker|symbol)\Z", re.I)
_NUMERIC = re.compile(
    r"(?:\b|_)(?:lat|latitude|lon|lng|longitude|amount|price|quantity|age|year|count|limit)\Z", re.I
)
_SUM = re.compile(r"expression|formula|equation|calculation", re.I)
_INVENTED = {
    "date": "2000-01-01",
    "date-time": "2000-01-01T00:00:00Z",
    "time": "00:00:00Z",
    "email": "nobody@example.com",
    "uri": "https://example.com",
    "uuid": "00000000-0000-0000-0000-000000000000",
    "ipv4": "127.0.0.1",
}
UNFITTING = (
    "I am the emulator's stand-in model and cannot write JSON that fits this schema; run against"
    " the live target."
)
"""What is said where a schema cannot be filled in."""


@dataclass(frozen=True)
class Filled:
    """A schema filled in.

    Attributes:
        missing: required members for which nothing was found.
        fits: whether the value is valid against the schema.
    """

    value: Any
    missing: tuple[str, ...]
    fits: bool


def fill(schema: Mapping[str, Any], text: str, *, invent: bool) -> Filled:
    """Fill in a schema from a text.

    Args:
        schema: a JSON Schema.
        text: what the user said.
        invent: whether a required member that the text does not speak of is made up.
    """
    if not is_schema(schema):
        return Filled(None, (), fits=False)
    filler = _Filler(schema, find_clues(text), invent=invent)
    value = filler.fill(schema, "", required=True, depth=0)
    missing = tuple(filler.missing)
    if value is _NOTHING:
        return Filled(None, missing, fits=False)
    return Filled(value, missing, fits=not missing and fits(value, schema))


class _Filler:
    """One walk through a schema; a clue that is used is not used twice."""

    def __init__(self, root: Mapping[str, Any], clues: Clues, *, invent: bool) -> None:
        self._root, self._clues, self._invent = root, clues, invent
        self._used: set[str] = set()
        self._steps = 0
        self.missing: list[str] = []

    def fill(self, schema: Any, name: str, *, required: bool, depth: int) -> Any:
        """Return a value, or _NOTHING where there is none."""
        schema = self._resolve(schema)
        self._steps += 1
        if depth > _DEEPEST or self._steps > _MOST_STEPS:
            return _NOTHING
        if "const" in schema:
            return schema["const"]
        found = self._find(schema, name, required=required, depth=depth)
        if found is _NOTHING and "default" in schema:
            return schema["default"]
        if found is _NOTHING and required and self._invent:
            return self._make_up(schema, depth)
        return found

    def _resolve(self, schema: Any, hops: int = 0) -> dict[str, Any]:
        """Return a schema with its references and `allOf` put in place."""
        self._steps += 1
        if not isinstance(schema, Mapping) or hops > _DEEPEST or self._steps > _MOST_STEPS:
            return {}
        whole = {name: value for name, value in schema.items() if name not in ("$ref", "allOf")}
        others = [self._look_up(schema["$ref"])] if "$ref" in schema else []
        inner = schema.get("allOf")
        others += inner if isinstance(inner, list) else []
        for other in others:
            for name, value in self._resolve(other, hops + 1).items():
                whole[name] = merge(whole[name], value) if name in whole else value
        return whole

    def _look_up(self, reference: Any) -> Any:
        place: Any = self._root
        if not isinstance(reference, str) or not reference.startswith("#"):
            return {}
        for name in reference[1:].split("/")[1:]:
            place = (
                place.get(name.replace("~1", "/").replace("~0", "~"), {})
                if isinstance(place, Mapping)
                else {}
            )
        return place

    def _find(self, schema: dict[str, Any], name: str, *, required: bool, depth: int) -> Any:
        if isinstance(schema.get("enum"), list):
            return self._find_choice(schema["enum"])
        alternatives = variants(schema)
        for variant in alternatives:
            wanted = required and not self._invent
            found = self.fill(variant, name, required=wanted, depth=depth + 1)
            if found is not _NOTHING and (found is not None or required):
                return found
        if alternatives:
            return _NOTHING
        match type_of(schema):
            case "object":
                return self._find_object(schema, name, required=required, depth=depth)
            case "array":
                return self._find_list(schema, name, required=required, depth=depth)
            case "integer" | "number" as kind:
                return self._find_number(schema, name, kind, required=required)
            case "boolean":
                return self._find_flag(name)
            case "null":
                return None if required else _NOTHING
        return self._find_text(schema, name, required=required)

    def _find_choice(self, choices: list[Any]) -> Any:
        """Return the choice that the text speaks of first."""
        places = []
        for at, value in enumerate(choices):
            if isinstance(value, str) and value:
                words = r"[\s_-]+".join(map(re.escape, re.split(r"[\s_-]+", value)))
                match = re.search(rf"(?<!\w){words}(?!\w)", self._clues.text, re.I)
                if match:
                    places.append((match.start(), -len(value), at))
            elif isinstance(value, int | float) and value in self._clues.numbers:
                places.append((0, 0, at))
        return choices[min(places)[2]] if places else _NOTHING

    def _find_object(self, schema: dict[str, Any], name: str, *, required: bool, depth: int) -> Any:
        properties = properties_of(schema)
        needed = [one for one in items_of(schema.get("required")) if isinstance(one, str)]
        value: dict[str, Any] = {}
        # What the text names comes first, so that it is not used up by what takes anything.
        for member in sorted(properties, key=lambda one: not self._is_named(one)):
            found = self.fill(
                properties[member], member, required=member in needed and required, depth=depth + 1
            )
            if found is not _NOTHING:
                value[member] = found
        for member in needed:
            if member in value or not required:
                continue
            if self._invent and member not in properties:
                value[member] = self._clues.text
            else:
                self.missing.append(member)
        if not required and not value:
            return _NOTHING
        if not required and any(member not in value for member in needed):
            return _NOTHING
        return {member: value[member] for member in [*properties, *needed] if member in value}

    def _find_list(self, schema: dict[str, Any], name: str, *, required: bool, depth: int) -> Any:
        items, limit = schema.get("items", {}), schema.get("maxItems", _MOST_ITEMS)
        inner = self._resolve(items)
        if not required and not self._is_named(name) and "enum" not in inner:
            return _NOTHING
        values: list[Any] = []
        if isinstance(inner.get("enum"), list):
            values = [one for one in inner["enum"] if self._find_choice([one]) is not _NOTHING]
        elif type_of(inner) in ("object", "array"):
            one = self.fill(items, name, required=False, depth=depth + 1)
            values = [] if one is _NOTHING else [one]
        else:
            while len(values) < min(limit, _MOST_ITEMS):
                one = self.fill(items, name, required=False, depth=depth + 1)
                if one is _NOTHING or one in values:
                    break
                values.append(one)
            if not values:
                values = self._every(inner)[:limit]
        least = schema.get("minItems", 0)
        while required and self._invent and len(values) < min(least, _MOST_ITEMS):
            one = self.fill(items, "", required=True, depth=depth + 1)
            if one is _NOTHING:
                break
            values.append(one)
        return values if values and len(values) >= least else _NOTHING

    def _every(self, schema: dict[str, Any]) -> list[Any]:
        """Return everything in the text that could be an item."""
        kind, clues = type_of(schema), self._clues
        if kind in ("integer", "number"):
            return [one for one in clues.numbers if number_fits(one, schema, kind)]
        if kind != "string" or variants(schema):
            return []
        texts = clues.quoted or clues.names or clues.codes
        return list(dict.fromkeys(one for one in texts if text_fits(one, schema)))

    def _find_number(self, schema: dict[str, Any], name: str, kind: str, *, required: bool) -> Any:
        words = _words(name)
        if words:
            near = rf"\b{words}\b\W{{0,3}}(?:is|of|to|at|=|:)?\s*([-+]?\d+(?:\.\d+)?)"
            near += rf"|(?<![\w.])([-+]?\d+(?:\.\d+)?)[\s-]*{words}"
            match = re.search(near, self._clues.text, re.I)
            if match:
                value = as_number(float(match[1] or match[2]), kind)
                if number_fits(value, schema, kind):
                    self._used.add(f"#{value}")
                    return value
        if not required:
            return _NOTHING
        for number in self._clues.numbers:
            value = as_number(number, kind)
            if f"#{value}" not in self._used and number_fits(value, schema, kind):
                self._used.add(f"#{value}")
                return value
        return _NOTHING

    def _find_flag(self, name: str) -> Any:
        words = _words(name)
        match = re.search(rf"(\b(?:no|not|without|don't)\s+)?\b{words}\b", self._clues.text, re.I)
        return not match[1] if words and match else _NOTHING

    def _find_text(self, schema: dict[str, Any], name: str, *, required: bool) -> Any:
        for text in self._candidates(schema, name, required=required):
            if text and text not in self._used and text_fits(text, schema):
                self._used.add(text)
                return text
        return _NOTHING

    def _candidates(self, schema: dict[str, Any], name: str, *, required: bool) -> Iterator[str]:
        """Yield what a text member may hold, the likeliest first."""
        clues, form = self._clues, schema.get("format")
        spoken = name.replace("_", " ").lower()
        special = _special(clues, form, spoken)
        if special is not None:
            yield from special
            return
        yield from self._named(name)
        if not required:
            return
        if _NUMERIC.search(name):
            yield from (f"{number}" for number in clues.numbers)
            return
        if _SUM.search(name):
            yield from clues.formulas
        yield from clues.quoted
        if _ID.search(name):
            yield from clues.codes
            yield from (f"{number}" for number in clues.numbers)
            yield from (one for one in clues.names if one.isupper())
            return
        if _WHOLE.search(name):
            yield clues.text
        yield from clues.names
        yield from clues.codes
        yield from clues.maybe_names
        yield from clues.phrases

    def _named(self, name: str) -> Iterator[str]:
        words = _words(name)
        if not words:
            return
        value = r"\"([^\"\n]+)\"|'([^'\n]+)'|([A-ZÀ-Þ][\w-]*(?: [A-ZÀ-Þ][\w-]*)*(?:, [A-Z]{2}\b)?)"
        said = rf"(?i:\b{words}\b)\s*(?i:is|=|:|of|to|as|named|called)?\s*(?:{value})"
        for match in re.finditer(said, self._clues.text):
            yield next(filter(None, match.groups()))
        said = rf"\b{words}\s*(?:(?:=|:| is )\s*|(?=[-+]?\d))([^\s,;!?\"']*[^\s,;.!?\"'])"
        yield from re.findall(said, self._clues.text, re.I)

    def _is_named(self, name: str) -> bool:
        words = _words(name)
        return bool(words and re.search(rf"\b{words}", self._clues.text, re.I))

    def _make_up(self, schema: dict[str, Any], depth: int) -> Any:
        """Return the smallest thing that fits; for a text, as much of the user's as it takes."""
        if isinstance(schema.get("enum"), list):
            return schema["enum"][0] if schema["enum"] else _NOTHING
        alternatives = variants(schema)
        for variant in alternatives:
            made = self.fill(variant, "", required=True, depth=depth + 1)
            if made is not _NOTHING:
                return made
        if alternatives:
            return _NOTHING
        match type_of(schema):
            case "array":
                return self._make_up_list(schema, depth)
            case "integer" | "number" as kind:
                return next(numbers_in(schema, kind), _NOTHING)
            case "boolean":
                return False
            case "object":
                return {}
        return self._make_up_text(schema)

    def _make_up_list(self, schema: dict[str, Any], depth: int) -> Any:
        least = schema.get("minItems", 0)
        if not isinstance(least, int) or least > _MOST_ITEMS:
            return _NOTHING
        made = (
            self.fill(schema.get("items", {}), "", required=True, depth=depth + 1)
            for _ in range(least)
        )
        values = [one for one in made if one is not _NOTHING]
        return values if len(values) == least else _NOTHING

    def _make_up_text(self, schema: dict[str, Any]) -> Any:
        least, most = schema.get("minLength", 0), schema.get("maxLength", 1000)
        if not isinstance(least, int) or not isinstance(most, int) or least > 1000:
            return _NOTHING
        said = self._clues.text or "-"
        made = [_INVENTED.get(str(schema.get("format")), ""), said[:most].rstrip() or said[:most]]
        made += [(said * (least // len(said) + 1))[: max(least, 1)], *said.split()]
        return next((text for text in made if text and text_fits(text, schema)), _NOTHING)


def _special(clues: Clues, form: Any, spoken: str) -> tuple[str, ...] | None:
    """Return the only texts that will do for a member of a special form; None = it has none."""
    if form == "email" or "email" in spoken or "e-mail" in spoken:
        return clues.emails
    if form in ("uri", "url") or spoken.endswith(("url", "link")):
        return clues.urls
    if form in ("date", "date-time"):
        return tuple(date for date in clues.dates if date[:1].isdigit())
    if re.search(r"\b(?:date|day|when)\b", spoken):
        return clues.dates
    return None


def _words(name: str) -> str:
    """Return a pattern for a member's name as people write it: `max_price` is also `max price`."""
    parts = re.findall(r"[A-Za-z][a-z]*|\d+", name)
    return r"[\s_-]*".join(map(re.escape, parts)) if len(name) < 60 else ""
