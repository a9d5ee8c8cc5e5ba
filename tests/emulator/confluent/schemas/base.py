"""What the answers of the control plane have in common (facts/confluent-cloud-api.md 1.3, 1.4)."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict


class Answer(BaseModel):
    """A part of an answer: no field more, none less, no other type."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


def _matching(pattern: str) -> AfterValidator:
    def check(value: str) -> str:
        assert re.fullmatch(pattern, value), f"{value!r} is not {pattern}"
        return value

    return AfterValidator(check)


Timestamp = Annotated[str, _matching(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")]
Url = Annotated[str, _matching(r"http://127\.0\.0\.1:\d+/.*")]
Crn = Annotated[str, _matching(r"crn://confluent\.cloud/.+")]


class Reference(Answer):
    id: str
    api_version: str | None = None
    kind: str | None = None
    environment: str | None = None
    related: Url
    resource_name: Crn


class Metadata(Answer):
    self: Url
    resource_name: Crn
    created_at: Timestamp
    updated_at: Timestamp


class ListMetadata(Answer):
    """An address or nothing: mcp-confluent refuses an empty text, Terraform a null."""

    first: Url
    next: Url = ""
    total_size: int


class Error(Answer):
    id: Annotated[str, _matching(r"[0-9a-f]{32}")]
    status: Annotated[str, _matching(r"[45]\d\d")]
    code: str | None = None
    title: str | None = None
    detail: str
    source: dict[Literal["pointer", "parameter"], str]


class Errors(Answer):
    """The main envelope of errors (1.6)."""

    errors: tuple[Error]


class CodeError(Answer):
    """The envelope of connectors, role bindings and provider integrations (1.6)."""

    error_code: int
    message: str
