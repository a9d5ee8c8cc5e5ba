"""Flink connections over REST: create, get, list, update, delete. Secrets never come back.

Source: facts/confluent-cloud-api.md 2.1 (routes) and 2.11 (object, secret keys by type);
facts/flink-sql-ai.md 3 (sizes, what may change).
"""

from __future__ import annotations

import json
import re
import uuid
from urllib.parse import urlsplit

from pydantic import SecretStr

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.fields import invalid, member, text
from runthrough.emulator.confluent.gateway.requests import check_scope
from runthrough.emulator.confluent.http import (
    LIVE_HAS_IT,
    Call,
    Refusal,
    Reply,
    page,
    reply,
    timestamp,
)
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.connections import MAX_SECRET_BYTES, TYPES, Connection

Json = dict[str, object]

NAME = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?")
"""Laxer than the specification: Terraform's own tests use upper case (facts 2.11)."""

MAX_NAME, MAX_ENDPOINT = 100, 16384
REQUIRED = {"BEDROCK": ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
"""The emulated types, and the secrets each must have."""

OPTIONAL = {"BEDROCK": ("AWS_SESSION_TOKEN",)}


def create_connection(cloud: Cloud, call: Call) -> Reply:
    """POST /connections."""
    check_scope(cloud, call)
    body = call.json_object()
    spec = member(body, "spec", "spec")
    name, kind = _read_name(body), _read_type(spec)
    endpoint = _read_endpoint(spec)
    secrets = _read_secrets(kind, spec)
    try:
        connection = cloud.engine.connections.create(name, kind, endpoint, secrets)
    except SqlError as e:
        raise Refusal(
            409, f"Connection resource={name} already exists", code="resource_already_exists"
        ) from e
    return reply(_render(cloud, call, connection), 201)


def get_connection(cloud: Cloud, call: Call) -> Reply:
    """GET /connections/{connection}."""
    check_scope(cloud, call)
    return reply(_render(cloud, call, _find(cloud, call)))


def list_connections(cloud: Cloud, call: Call) -> Reply:
    """GET /connections?spec.connection_type=."""
    check_scope(cloud, call)
    kind = call.query.get("spec.connection_type", "").upper()
    found = sorted(
        (c for c in cloud.engine.connections.all() if not kind or c.type == kind),
        key=lambda c: c.name,
    )
    kept, following = page(found, call, key=lambda c: c.name)
    return reply(
        {
            "api_version": "sql/v1",
            "kind": "ConnectionList",
            "metadata": {"self": call.url, "next": following},
            "data": [_render(cloud, call, connection) for connection in kept],
        }
    )


def update_connection(cloud: Cloud, call: Call) -> Reply:
    """PUT /connections/{connection}: new credentials; type and endpoint are fixed."""
    check_scope(cloud, call)
    connection = _find(cloud, call)
    body = call.json_object()
    spec = member(body, "spec", "spec")
    if text(body, "name", "name") not in ("", connection.name):
        raise invalid("the name of a connection cannot be changed", "name")
    if text(spec, "connection_type", "spec.connection_type").upper() not in ("", connection.type):
        raise invalid("the type of a connection cannot be changed", "spec.connection_type")
    if text(spec, "endpoint", "spec.endpoint") not in ("", connection.endpoint):
        raise invalid("the endpoint of a connection cannot be changed", "spec.endpoint")
    secrets = _read_secrets(connection.type, spec)
    try:
        cloud.engine.connections.update(connection.name, secrets)
    except SqlError as e:
        raise _unknown(connection.name) from e
    return Reply(200)


def delete_connection(cloud: Cloud, call: Call) -> Reply:
    """DELETE /connections/{connection}."""
    check_scope(cloud, call)
    name = call.params["connection"]
    try:
        cloud.engine.connections.delete(name)
    except SqlError as e:
        raise _unknown(name) from e
    return Reply(200)


def _find(cloud: Cloud, call: Call) -> Connection:
    name = call.params["connection"]
    connection = cloud.engine.connections.get(name)
    if connection is None:
        raise _unknown(name)
    return connection


def _unknown(name: str) -> Refusal:
    return Refusal(404, f"Connection resource={name} does not exist")


def _read_name(body: Json) -> str:
    name = text(body, "name", "name")
    if not NAME.fullmatch(name) or len(name) > MAX_NAME:
        raise invalid(
            f"the connection name {name!r} is not valid: use 1 to {MAX_NAME} letters, digits and"
            " hyphens, beginning and ending with a letter or digit",
            "name",
        )
    return name


def _read_type(spec: Json) -> str:
    kind = text(spec, "connection_type", "spec.connection_type").upper()
    if kind not in TYPES:
        raise invalid(f"invalid connection type {kind or '(none)'}", "spec.connection_type")
    if kind not in REQUIRED:
        raise Refusal(501, f"the connection type {kind} {LIVE_HAS_IT}")
    return kind


def _read_endpoint(spec: Json) -> str:
    endpoint = text(spec, "endpoint", "spec.endpoint")
    if len(endpoint) > MAX_ENDPOINT:
        raise invalid(f"the endpoint is longer than {MAX_ENDPOINT} characters", "spec.endpoint")
    try:
        parts = urlsplit(endpoint)
        whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise invalid("the endpoint must be an https address", "spec.endpoint")
    return endpoint


def _read_secrets(kind: str, spec: Json) -> dict[str, SecretStr]:
    """Return the secrets of `auth_data.data`, a JSON object written as a string (facts 2.11)."""
    place = "spec.auth_data"
    auth = member(spec, "auth_data", place)
    if text(auth, "kind", f"{place}.kind") != "PlaintextProvider":
        raise invalid(f"{place}.kind must be PlaintextProvider", f"{place}.kind")
    data = _read_data(text(auth, "data", f"{place}.data"))
    missing = [name for name in REQUIRED[kind] if not data.get(name)]
    if missing:
        raise invalid(f"must provide {', '.join(missing)} for type {kind}", f"{place}.data")
    allowed = {*REQUIRED[kind], *OPTIONAL[kind], "AUTH_TYPE"}
    for name, value in data.items():
        if name not in allowed:
            raise invalid(f"{name} is invalid for connection {kind}.", f"{place}.data")
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise invalid(f"{name} is longer than {MAX_SECRET_BYTES} bytes", f"{place}.data")
    return {name: SecretStr(value) for name, value in data.items() if value}


def _read_data(written: str) -> dict[str, str]:
    place = "spec.auth_data.data"
    try:
        data = json.loads(written)
    except (ValueError, RecursionError):
        # The cause would quote the secret, so it is not passed on.
        raise invalid(f"{place} must be a JSON object written as a string", place) from None
    if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
        raise invalid(f"{place} must be a JSON object of strings, written as a string", place)
    return data


def _render(cloud: Cloud, call: Call, connection: Connection) -> Json:
    """Return a connection; `auth_data` is in every answer, the CLI needs it (facts 2.11)."""
    world = cloud.world
    path = (
        f"/sql/v1/organizations/{world.organization.id}/environments/{cloud.environment_id}"
        f"/connections/{connection.name}"
    )
    changed = round((connection.updated_at - connection.created_at).total_seconds() * 1000)
    identity = f"{cloud.environment_id}/{connection.name}/{connection.created_at.isoformat()}"
    return {
        "api_version": "sql/v1",
        "kind": "Connection",
        "name": connection.name,
        "organization_id": world.organization.id,
        "environment_id": cloud.environment_id,
        "metadata": {
            "self": call.base_url + path,
            "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
            "resource_version": str(changed + 1),
            "created_at": timestamp(connection.created_at),
            "updated_at": timestamp(connection.updated_at),
        },
        "spec": {
            "connection_type": connection.type,
            "endpoint": connection.endpoint,
            "auth_data": {"kind": "PlaintextProvider", "data": "<REDACTED>"},
        },
        "status": {"phase": "READY", "detail": ""},
    }
