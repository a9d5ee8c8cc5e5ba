"""Which route a request goes to, and what an error of that route looks like.

Confluent routes come from the route table, AWS operations from the table of operations. Only the
request line and headers are looked at, so a fault can strike before the body is there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from runthrough.emulator.aws import operations
from runthrough.emulator.aws.app import handles
from runthrough.emulator.aws.credentials import sts
from runthrough.emulator.aws.replies import Refused, json_refusal, target_refusal
from runthrough.emulator.aws.replies import Reply as AwsReply
from runthrough.emulator.confluent.families import CONNECTIONS, CONTROL, FLINK, Family
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.routes import ROUTES, match
from runthrough.emulator.openai import replies as openai_replies
from runthrough.emulator.openai import routes as openai_routes
from runthrough.emulator.openai.http import handles as is_openai

Scope = Mapping[str, Any]

BEDROCK, STS, TARGETS = "Bedrock", "AWS STS", "AWS JSON services"
OPENAI = "OpenAI"
_QUERY_ROUTE = "/"

_AWS_CODES = {
    400: "ValidationException",
    401: "UnrecognizedClientException",
    403: "AccessDeniedException",
    404: "ResourceNotFoundException",
    408: "ModelTimeoutException",
    424: "ModelErrorException",
    429: "ThrottlingException",
    500: "InternalServerException",
    503: "ServiceUnavailableException",
}
"""Bedrock's name for a status (facts/amazon-bedrock.md 2.11); others are `ServiceException`."""

_CODES = {
    402: ("quota_exceeded", None),
    403: ("forbidden_access", "Forbidden Access"),
    404: ("resource_not_found", "Resource Not Found"),
    409: ("resource_already_exists", "Resource Already Exists"),
    422: ("invalid_configuration", "Validation Failed"),
}
"""The control plane's word and title for a status (facts/confluent-cloud-api.md 1.6)."""


@dataclass(frozen=True)
class ErrorAnswer:
    """An error as its family writes it."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


Refuse = Callable[[int, str | int | None, str | None], ErrorAnswer]


@dataclass(frozen=True)
class Place:
    """Where a request goes.

    Attributes:
        family: the family's name, as on the page "What is emulated".
        route: the template of the path, such as `/subjects/{subject}/versions`; "" = no route.
        refuse: makes the family's error of a status, a code and a text; None = the usual one.
        streams: whether it is answered with an event stream.
    """

    family: str
    route: str
    refuse: Refuse
    streams: bool = False


def locate(scope: Scope) -> Place:
    """Return where a request goes."""
    return locate_models(scope) or locate_confluent(scope["method"], raw_path(scope))


def locate_models(scope: Scope) -> Place | None:
    """Return where a request to AWS or OpenAI goes; None where it is for neither."""
    if is_openai(scope):
        route = openai_routes.find_any(scope["method"], raw_path(scope))
        return Place(OPENAI, "" if route is None else route.path, _openai)
    return locate_aws(scope)


def locate_confluent(method: str, path: str) -> Place:
    """Return where a request to Confluent goes; the control plane answers for unknown paths."""
    found = match(path)
    if found is None:
        return Place(CONTROL.name, "", _confluent(CONTROL))
    route = found.methods.get(method) or next(iter(found.methods.values()))
    return Place(route.family.name, route.path, _confluent(route.family))


def families() -> frozenset[str]:
    """Return the names of all families."""
    return frozenset({*(route.family.name for route in ROUTES), BEDROCK, STS, TARGETS, OPENAI})


def templates() -> frozenset[str]:
    """Return the templates of all routes."""
    return frozenset(
        {
            *(route.path for route in ROUTES),
            *(operation.path for operation in operations.OPERATIONS),
            *(route.path for route in openai_routes.ROUTES),
            _QUERY_ROUTE,
        }
    )


def raw_path(scope: Scope) -> str:
    """Return the path as it was sent, still percent-encoded, without its query."""
    raw: bytes = scope.get("raw_path") or str(scope["path"]).encode()
    return raw.partition(b"?")[0].decode("latin-1")


def locate_aws(scope: Scope) -> Place | None:
    """Return where a request to AWS goes; None where it is not for AWS."""
    if not handles(scope):
        return None
    path = raw_path(scope)
    if path != _QUERY_ROUTE:
        found = operations.find(scope["method"], path)
        if found is None:
            return Place(BEDROCK, "", _aws(json_refusal))
        return Place(BEDROCK, found[0].path, _aws(json_refusal), found[0].streams)
    if any(name.lower() == b"x-amz-target" for name, _ in scope["headers"]):
        return Place(TARGETS, _QUERY_ROUTE, _aws(target_refusal))
    return Place(STS, _QUERY_ROUTE, _aws(sts.refuse))


def _confluent(family: Family) -> Refuse:
    usual = {} if family in (FLINK, CONNECTIONS) else _CODES  # the gateway says neither (1.6)

    def refuse(status: int, code: str | int | None, detail: str | None) -> ErrorAnswer:
        word, title = usual.get(status, (None, None)) if code is None else (code, None)
        made = family.form(Refusal(status, detail or _phrase(status), code=word, title=title))
        return ErrorAnswer(made.status, made.content, made.media_type, made.headers)

    return refuse


def _aws(form: Callable[[Refused], AwsReply]) -> Refuse:
    def refuse(status: int, code: str | int | None, detail: str | None) -> ErrorAnswer:
        usual = _AWS_CODES.get(status, "ServiceException") if code is None else str(code)
        made = form(Refused(status, usual, detail or _phrase(status)))
        return ErrorAnswer(made.status, made.body, made.content_type, made.headers or {})

    return refuse


def _openai(status: int, code: str | int | None, detail: str | None) -> ErrorAnswer:
    """Write an error as OpenAI does; the types are those of its public API."""
    usual = openai_replies.INVALID if status < 500 else "server_error"
    refused = openai_replies.Refused(
        status,
        detail or _phrase(status),
        kind="requests" if status == 429 else usual,
        code="rate_limit_exceeded" if code is None and status == 429 else code,
    )
    made = openai_replies.refusal_reply(refused)
    return ErrorAnswer(made.status, made.body, "application/json", made.headers)


def _phrase(status: int) -> str:
    """Return the usual words of a status; 401 is `Unauthorized` everywhere (facts 1.6)."""
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return f"Status {status}"
