"""What is wrong in a file or a request, as a person would say it, and what was meant perhaps.

World files, files of fault rules and bodies of requests are checked by pydantic, whose own words
name neither the line nor the key that was meant: `faults.0.match.famly: Extra inputs are not
permitted`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

Place = tuple[int | str, ...]

_TYPES = {
    "string_type": "must be a text",
    "int_type": "must be a whole number",
    "int_parsing": "must be a whole number",
    "int_from_float": "must be a whole number",
    "bool_type": "must be true or false",
    "bool_parsing": "must be true or false",
    "tuple_type": "must be a list",
    "list_type": "must be a list",
    "dict_type": "must be keys with values",
    "mapping_type": "must be keys with values",
    "model_type": "must be keys with values",
    "path_type": "must be the name of a file or folder",
}
_LIMITS = {
    "greater_than_equal": "must be {ge} or more",
    "less_than_equal": "must be {le} or less",
    "too_long": "may have {max_length} entries at most",
    "too_short": "must have {min_length} or more entries",
    "string_too_long": "must have {max_length} characters at most",
    "string_too_short": "must have {min_length} or more characters",
    "string_pattern_mismatch": "must be of the form {pattern}",
}


def say(error: ValidationError, form: type[BaseModel], text: str | None = None) -> str:
    """Return every mistake in one line of text, in the order of the form.

    Args:
        error: what pydantic found.
        form: what it was to be.
        text: the YAML it was read from, to name lines; None = it was no file.
    """
    lines = {} if text is None else _lines(text)
    found = error.errors(include_url=False, include_input=False)
    return "; ".join(_say(one, form, lines) for one in found)


def _say(one: ErrorDetails, form: type[BaseModel], lines: Mapping[Place, int]) -> str:
    place = tuple(part for part in one["loc"] if part != "[key]")  # pydantic's own, of a mapping
    line = lines.get(place)
    if one["type"] in ("extra_forbidden", "missing"):
        place = place[:-1]
        line = lines.get(place) if line is None else line
    where = ", ".join(_names(place))
    numbered = "" if line is None else f"line {line}: "
    said = sentence(one, form)
    return numbered + (f"{where}: {said}" if where else said)


def sentence(one: ErrorDetails, form: type[BaseModel]) -> str:
    """Return what is wrong, without the place; `form` is what the whole was to be."""
    place = tuple(part for part in one["loc"] if part != "[key]")
    context, kind = one.get("ctx", {}), one["type"]
    if kind == "extra_forbidden":
        return _no_such_key(str(place[-1]), _keys(_form_at(form, place[:-1])))
    if kind == "missing":
        return f"the key {str(place[-1])!r} is missing"
    if kind == "literal_error":
        return f"must be one of {context['expected'].replace(' or ', ', ')}"
    if kind in _LIMITS:
        return _LIMITS[kind].format(**context)
    if kind == "value_error":
        return str(context["error"])
    return _TYPES.get(kind, one["msg"][:1].lower() + one["msg"][1:])


def _names(place: Place) -> list[str]:
    return [f"entry {part + 1}" if isinstance(part, int) else part for part in place]


def _no_such_key(key: str, keys: Sequence[str]) -> str:
    meant = get_close_matches(key, keys, n=1)
    if meant:
        return f"there is no key {key!r}; did you mean {meant[0]!r}?"
    return f"there is no key {key!r}; the keys are {', '.join(sorted(keys))}"


# --- the form -----------------------------------------------------------------------------------


def _keys(form: type[BaseModel] | None) -> list[str]:
    return [] if form is None else [f.alias or name for name, f in form.model_fields.items()]


def _form_at(form: type[BaseModel], place: Place) -> type[BaseModel] | None:
    """Return what stands at a place; None where its keys are anybody's."""
    found: type[BaseModel] | None = form
    for part in place:
        if found is not None and isinstance(part, str):
            fields = {field.alias or name: field for name, field in found.model_fields.items()}
            found = _model_in(fields[part].annotation) if part in fields else None
    return found


def _model_in(annotation: Any) -> type[BaseModel] | None:
    """Return the model in `Model`, `Model | None`, `tuple[Model, ...]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(_model_in, get_args(annotation))), None)


# --- the file -----------------------------------------------------------------------------------


def _lines(text: str) -> dict[Place, int]:
    """Return the line, from 1, on which each key and entry of a YAML text begins."""
    found: dict[Place, int] = {}
    root = yaml.compose(text, Loader=yaml.SafeLoader)
    if root is not None:
        _note(root, (), found, set())
    return found


def _note(node: yaml.Node, place: Place, found: dict[Place, int], seen: set[int]) -> None:
    found.setdefault(place, node.start_mark.line + 1)
    if id(node) in seen:  # an alias, which may even stand inside what it names
        return
    seen.add(id(node))
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*place, str(key.value))
            found.setdefault(below, key.start_mark.line + 1)
            _note(value, below, found, seen)
    elif isinstance(node, yaml.SequenceNode):
        for number, value in enumerate(node.value):
            _note(value, (*place, number), found, seen)
