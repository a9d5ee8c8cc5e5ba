"""Reading what clients send to the statement routes, checked part by part.

Source: facts/confluent-cloud-api.md 2.1 (bodies), 2.2 (field rules and sizes). Where the sheet
leaves the refusal open, a malformed body is 400 with a pointer at the place.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.statements import Order, Statement
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal

Json = dict[str, object]

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
MAX_NAME = 100
MAX_STATEMENT_BYTES = 4194304


def member(body: Mapping[str, object], name: str, place: str) -> Json:
    """Return an object inside a body; {} where it is missing or null.

    Raises:
        Refusal: 400, it is something else.
    """
    value = body.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise invalid(f"{place} must be an object", place)
    return value


def text(body: Mapping[str, object], name: str, place: str) -> str:
    """Return a string inside a body; "" where it is missing or null.

    Raises:
        Refusal: 400, it is something else.
    """
    value = body.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(f"{place} must be a string", place)
    return value


def invalid(detail: str, place: str) -> Refusal:
    """Return a 400 that points at a place of the body, `spec.statement` say."""
    pointer = "/" + place.replace(".", "/")
    return Refusal(400, detail, code="invalid_request_body", pointer=pointer)


def read_order(cloud: Cloud, call: Call) -> Order:
    """Return what a POST asks for. Raises Refusal (400) naming the place at fault."""
    body = call.json_object()
    spec = member(body, "spec", "spec")
    _check_own_scope(cloud, body)
    if spec.get("stopped") not in (None, False):
        raise invalid("a statement cannot be created stopped", "spec.stopped")
    return Order(
        name=_read_name(body),
        sql=_read_sql(spec),
        properties=_read_properties(member(spec, "properties", "spec.properties")),
        labels=_read_labels(member(body, "metadata", "metadata")),
        compute_pool_id=_read_pool(cloud, spec),
        principal=_read_principal(cloud, call, spec),
    )


def _check_own_scope(cloud: Cloud, body: Json) -> None:
    for name, ours in (
        ("organization_id", cloud.world.organization.id),
        ("environment_id", cloud.environment_id),
    ):
        value = text(body, name, name)
        if value not in ("", ours):
            raise invalid(f"{name} {value} is not the one of the path", name)


def _read_name(body: Json) -> str:
    name = text(body, "name", "name")
    if not name:
        raise invalid("name is required", "name")
    if len(name) > MAX_NAME:
        raise invalid(f"the statement name is longer than {MAX_NAME} characters", "name")
    if not NAME.fullmatch(name):
        raise invalid(
            f"the statement name {name!r} is not valid: use lower-case letters, digits and"
            " hyphens, beginning and ending with a letter or digit",
            "name",
        )
    return name


def _read_sql(spec: Json) -> str:
    sql = text(spec, "statement", "spec.statement")
    if "statement" not in spec or not sql.strip():
        raise invalid("spec.statement is required and must not be empty", "spec.statement")
    if len(sql.encode()) > MAX_STATEMENT_BYTES:
        raise invalid(
            f"This query is too large to process (exceeds {MAX_STATEMENT_BYTES} bytes).",
            "spec.statement",
        )
    return sql


def _read_properties(sent: Json) -> dict[str, str]:
    """Return the properties as strings; clients may send numbers and booleans (facts 2.2)."""
    properties: dict[str, str] = {}
    for name, value in sent.items():
        if isinstance(value, bool):
            properties[name] = str(value).lower()
        elif isinstance(value, str | int):
            properties[name] = str(value)
        else:
            raise invalid(f"the property {name} must be a string", "spec.properties")
    return properties


def _read_labels(metadata: Json) -> dict[str, str]:
    labels = member(metadata, "labels", "metadata.labels")
    return {name: text(labels, name, f"metadata.labels.{name}") for name in labels}


def _read_pool(cloud: Cloud, spec: Json) -> str:
    """Return the pool; the environment's own where the client names none (facts 2.2)."""
    ours = cloud.world.compute_pool.id
    pool = text(spec, "compute_pool_id", "spec.compute_pool_id") or ours
    if pool != ours:
        raise invalid(f"logical compute pool={pool} not found", "spec.compute_pool_id")
    return pool


def _read_principal(cloud: Cloud, call: Call, spec: Json) -> str:
    """Return the principal; the key's owner where the client names none (facts 2.2)."""
    principal = text(spec, "principal", "spec.principal") or call.caller.owner
    if cloud.identity.principal(principal) is None:
        raise invalid(f"principal {principal} not found", "spec.principal")
    return principal


def read_selector(selector: str) -> dict[str, str]:
    """Return the labels of `k=v,k=v`. Raises Refusal (400) for another form."""
    labels: dict[str, str] = {}
    for part in filter(None, selector.split(",")):
        name, equals, value = part.partition("=")
        if not equals:
            raise Refusal(
                400,
                f"label_selector: {part!r} is not of the form key=value",
                code="invalid_filter",
                pointer="label_selector",
            )
        labels[name.strip()] = value.strip()
    return labels


def read_patch(call: Call) -> bool:
    """Return what a JSON Patch sets `/spec/stopped` to.

    The driver writes operations in lower case, the specification in upper case (facts 2.1).

    Raises:
        Refusal: 400, not a patch; 501, a patch of something else.
    """
    operations = call.json()
    if not isinstance(operations, list) or not operations:
        raise Refusal(400, "a JSON Patch is a list of operations", code="invalid_request_body")
    stopped = False
    for operation in operations:
        if not isinstance(operation, dict):
            raise Refusal(400, "an operation is a JSON object", code="invalid_request_body")
        op, path = str(operation.get("op", "")).lower(), operation.get("path")
        if op not in {"replace", "add"} or path != "/spec/stopped":
            raise Refusal(501, f"the patch operation {op!r} of {path!r} {LIVE_HAS_IT}")
        stopped = _read_stopped(operation, "value")
    return stopped


def _read_stopped(body: Json, name: str) -> bool:
    value = body.get(name, False)
    if not isinstance(value, bool):
        raise invalid("spec.stopped must be true or false", "spec.stopped")
    return value


def check_version(cloud: Cloud, statement: Statement, body: Json) -> None:
    """Check that a PUT was written over the statement's present version.

    Raises:
        Refusal: 400, without a version; 409, with an older one.
    """
    sent = text(
        member(body, "metadata", "metadata"), "resource_version", "metadata.resource_version"
    )
    if not sent:
        raise invalid("metadata.resource_version is required", "metadata.resource_version")
    if sent != str(statement.look(cloud.clock()).version):
        raise Refusal(
            409,
            f"Statement resource={statement.order.name} has changed since resource_version {sent}:"
            " read it again",
            code="resource_version_conflict",
        )


def read_update(statement: Statement, body: Json) -> bool:
    """Return the `spec.stopped` of a PUT.

    Raises:
        Refusal: 400, it changes what cannot change; 501, it changes pool or principal.
    """
    if text(body, "name", "name") not in ("", statement.order.name):
        raise invalid("the name of a statement cannot be changed", "name")
    spec = member(body, "spec", "spec")
    if text(spec, "statement", "spec.statement") not in ("", statement.sql):
        raise invalid("the text of a statement cannot be changed", "spec.statement")
    for name, ours in (
        ("compute_pool_id", statement.order.compute_pool_id),
        ("principal", statement.order.principal),
    ):
        if text(spec, name, f"spec.{name}") not in ("", ours):
            raise Refusal(501, f"changing the {name} of a statement {LIVE_HAS_IT}")
    return _read_stopped(spec, "stopped")
