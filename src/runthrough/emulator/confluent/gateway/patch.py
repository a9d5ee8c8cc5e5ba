"""JSON Patch (RFC 6902) on the JSON objects of the gateway.

The driver writes operations in lower case, the specification in upper case
(facts/confluent-cloud-api.md 2.1). A patch is carried out as a whole or not at all.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping

from runthrough.emulator.confluent.http import Refusal

Json = dict[str, object]

OPERATIONS = ("add", "copy", "move", "remove", "replace", "test")
_POINTER = re.compile(r"(/([^~/]|~[01])*)+")


def apply_patch(document: Mapping[str, object], patch: object) -> Json:
    """Return a document with a patch carried out; the one given stays as it is.

    Args:
        document: a JSON object; the values in it are objects and scalars.
        patch: what the client sent.

    Raises:
        Refusal: 400, it is no patch or names a place that is not there; 409, a `test` fails.
    """
    if not isinstance(patch, list) or not patch:
        raise _bad("a JSON Patch is a list of operations")
    changed: Json = copy.deepcopy(dict(document))
    for number, operation in enumerate(patch):
        if not isinstance(operation, dict):
            raise _bad("an operation is a JSON object", number)
        _carry_out(changed, operation, number)
    return changed


def _carry_out(document: Json, operation: Json, number: int) -> None:
    op = operation.get("op")
    name = op.lower() if isinstance(op, str) else ""
    if name not in OPERATIONS:
        raise _bad(f"the operation {op!r} is none of {', '.join(OPERATIONS)}", number)
    path = _path(operation, "path", number)
    match name:
        case "remove":
            _take(document, path, number)
        case "move":
            _put(document, path, _take(document, _path(operation, "from", number), number), number)
        case "copy":
            found = _look(document, _path(operation, "from", number), number)
            _put(document, path, copy.deepcopy(found), number)
        case _ if "value" not in operation:
            raise _bad(f"the operation {op!r} needs a value", number)
        case "add":
            _put(document, path, operation["value"], number)
        case "replace":
            _take(document, path, number)
            _put(document, path, operation["value"], number)
        case _:
            if _look(document, path, number) != operation["value"]:
                raise Refusal(
                    409,
                    f"the test of {_written(path)} failed: it has another value",
                    code="patch_test_failed",
                    pointer=f"/{number}",
                )


def _path(operation: Json, name: str, number: int) -> list[str]:
    written = operation.get(name)
    if not isinstance(written, str) or not _POINTER.fullmatch(written):
        raise _bad(f"{name} {written!r} is not a JSON pointer such as /spec/stopped", number)
    parts = written.split("/")[1:]
    return [part.replace("~1", "/").replace("~0", "~") for part in parts]


def _parent(document: Json, path: list[str], number: int) -> Json:
    place: object = document
    for part in path[:-1]:
        place = place.get(part) if isinstance(place, dict) else None
    if not isinstance(place, dict):
        raise _bad(f"there is nothing at {_written(path[:-1])}", number)
    return place


def _look(document: Json, path: list[str], number: int) -> object:
    parent = _parent(document, path, number)
    if path[-1] not in parent:
        raise _bad(f"there is nothing at {_written(path)}", number)
    return parent[path[-1]]


def _take(document: Json, path: list[str], number: int) -> object:
    found = _look(document, path, number)
    del _parent(document, path, number)[path[-1]]
    return found


def _put(document: Json, path: list[str], value: object, number: int) -> None:
    _parent(document, path, number)[path[-1]] = value


def _written(path: list[str]) -> str:
    return "/" + "/".join(part.replace("~", "~0").replace("/", "~1") for part in path)


def _bad(detail: str, number: int | None = None) -> Refusal:
    pointer = None if number is None else f"/{number}"
    return Refusal(400, detail, code="invalid_request_body", pointer=pointer)
