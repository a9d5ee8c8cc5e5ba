"""Request bodies as typed data: what has another shape is refused by its place.

Sources: facts/confluent-cloud-api.md 1.3 (the envelope), 1.6 (400 for a bad body, 422 for what
cannot be, with a pointer).
The wording of the refusals is ours.
"""

from __future__ import annotations

from typing import TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from runthrough.emulator.confluent.http import Call, Refusal
from runthrough.emulator.mistakes import sentence


class Body(BaseModel):
    """A part of a request's body; unknown fields and other types are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True)


class Reference(Body):
    """How an object names another one; clients may send back all they were given (facts 1.3)."""

    id: str
    environment: str | None = None
    related: str | None = None
    resource_name: str | None = None
    api_version: str | None = None
    kind: str | None = None


class Envelope(Body):
    """The fields of an object that only the service writes: read, and not looked at."""

    api_version: str | None = None
    kind: str | None = None
    id: str | None = None
    metadata: dict[str, object] | None = None
    status: dict[str, object] | None = None


T = TypeVar("T", bound=BaseModel)

_IMPOSSIBLE = frozenset(
    {
        "literal_error",
        "string_too_short",
        "string_too_long",
        "string_pattern_mismatch",
        "greater_than_equal",
        "less_than_equal",
        "value_error",
    }
)
"""Pydantic's words for a value of the right type that cannot be (facts 1.6: 422)."""


def read_body(call: Call, form: type[T]) -> T:
    """Return a request's body as `form`.

    Raises:
        Refusal: naming the first place at fault: 400 where the form is another, 422 where a value
            of the right type cannot be.
    """
    call.json_object()
    try:
        return form.model_validate_json(call.body)
    except ValidationError as e:
        found = e.errors(include_url=False, include_input=False)
        # A misspelt key is missing too: say the one that is there.
        first = min(found, key=lambda one: one["type"] != "extra_forbidden")
        pointer, said = _pointer(first["loc"]), sentence(first, form)
        if first["type"] in _IMPOSSIBLE:
            raise invalid(f"{pointer}: {said}", pointer) from e
        raise Refusal(
            400,
            f"the request body is not as it must be: {pointer}: {said}",
            code="invalid_request_body",
            pointer=pointer,
        ) from e


def _pointer(location: tuple[int | str, ...]) -> str:
    """Return a JSON pointer; the name of a union's member (`ByobAws`) is no place in the body."""
    return "/" + "/".join(str(part) for part in location if not str(part)[:1].isupper())


def malformed(detail: str, pointer: str) -> Refusal:
    """Return the refusal of a body of another form (facts 1.6: 400)."""
    return Refusal(400, detail, code="invalid_request_body", pointer=pointer)


def invalid(detail: str, pointer: str) -> Refusal:
    """Return the refusal of a body that is well formed and cannot be (facts 1.6: 422)."""
    return Refusal(
        422, detail, code="invalid_configuration", title="Validation Failed", pointer=pointer
    )


def taken(detail: str) -> Refusal:
    """Return the refusal of a name that exists already (facts 1.6: 409)."""
    return Refusal(409, detail, code="resource_already_exists", title="Resource Already Exists")
