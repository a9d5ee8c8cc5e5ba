"""Reading what clients send to the statement routes, checked part by part.

Source: facts/confluent-cloud-api.md 2.1 (bodies), 2.2 (field rules and sizes). Where the sheet
leaves the refusal open, a malformed body is 400 with a pointer at the place.
"""

from __future__ import annotations

import re

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.fields import (
    Json,
    check_envelope,
    invalid,
    member,
    only,
    read_labels,
    text,
)
from runthrough.emulator.confluent.gateway.pools import find_pool
from runthrough.emulator.confluent.gateway.statements import Order
from runthrough.emulator.confluent.http import Call, Refusal
from runthrough.emulator.confluent.permits import check_run_as

NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
MAX_NAME = 100
SPEC = frozenset(
    {
        "statement",
        "properties",
        "compute_pool_id",
        "principal",
        "stopped",
        "execution_mode",
        "scaling",
    }
)
"""Fields of a statement's spec. `execution_mode` is read-only in the cloud and not looked at;
`scaling` may be sent, nothing here gets faster by it (facts 2.2)."""

MAX_STATEMENT_BYTES = 4194304


def read_order(cloud: Cloud, call: Call) -> Order:
    """Return what a POST asks for. Raises Refusal (400) naming the place at fault."""
    body = call.json_object()
    spec = member(body, "spec", "spec")
    check_envelope(cloud, body, "Statement")
    only(spec, SPEC, "spec")
    if spec.get("stopped") not in (None, False):
        raise invalid("a statement cannot be created stopped", "spec.stopped")
    baseline = member(spec, "scaling", "spec.scaling").get("baseline_cfu")
    if isinstance(baseline, bool) or not isinstance(baseline, int | None):
        raise invalid("spec.scaling.baseline_cfu must be an integer", "spec.scaling.baseline_cfu")
    return Order(
        name=_read_name(body),
        sql=_read_sql(spec),
        properties=_read_properties(member(spec, "properties", "spec.properties")),
        labels=read_labels(member(body, "metadata", "metadata")),
        compute_pool_id=read_pool(cloud, spec),
        principal=read_principal(cloud, call, spec),
    )


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


def read_pool(cloud: Cloud, spec: Json) -> str:
    """Return the pool; the environment's default one where the client names none (facts 2.2).

    Raises:
        Refusal: 400, there is no such pool; 422, none is named and there is no default one.
    """
    return find_pool(cloud, text(spec, "compute_pool_id", "spec.compute_pool_id")).id


def read_principal(cloud: Cloud, call: Call, spec: Json) -> str:
    """Return the principal; the key's owner where the client names none (facts 2.2).

    Raises:
        Refusal: 400, there is no such principal.
    """
    principal = text(spec, "principal", "spec.principal") or call.caller.owner
    if not knows_principal(cloud, principal):
        raise invalid(f"principal {principal} not found", "spec.principal")
    check_run_as(cloud, call, principal)
    return principal


def knows_pool(cloud: Cloud, pool: str) -> bool:
    """Return whether there is a compute pool of that id for statements of this environment."""
    return any(known.id == pool for known in cloud.account.compute_pools.all(cloud.environment_id))


def knows_principal(cloud: Cloud, principal: str) -> bool:
    """Return whether there is a user or service account of that id."""
    return cloud.identity.principal(principal) is not None


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
