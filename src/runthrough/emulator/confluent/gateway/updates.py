"""What a PUT or a PATCH changes of a statement, and how the change is carried out.

Sources: facts/confluent-cloud-api.md 2.1 (bodies), 2.3 (what may change when, what resumes). The
words of the refusals are ours, but for the unknown pool's (1.6). That properties stay as they were
is ours too: the sheet says it of the text alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.fields import (
    Json,
    check_envelope,
    check_version,
    invalid,
    member,
    only,
    read_labels,
    text,
)
from runthrough.emulator.confluent.gateway.orders import SPEC, knows_pool, knows_principal
from runthrough.emulator.confluent.gateway.patch import apply_patch
from runthrough.emulator.confluent.gateway.properties import visible
from runthrough.emulator.confluent.gateway.statements import Statement
from runthrough.emulator.confluent.http import Call, Refusal
from runthrough.emulator.confluent.permits import check_run_as
from runthrough.emulator.flink.running.pausing import RESUMABLE


@dataclass(frozen=True)
class Update:
    """What a statement shall be like."""

    stopped: bool
    labels: Mapping[str, str]
    compute_pool_id: str
    principal: str


def read_put(cloud: Cloud, statement: Statement, body: Json) -> Update:
    """Return what a PUT asks for: the object as it was read, changed.

    Raises:
        Refusal: 400, a field is missing, unknown, of a wrong type, or cannot change; 409, it was
            written over an older version.
    """
    metadata = member(body, "metadata", "metadata")
    sent = text(metadata, "resource_version", "metadata.resource_version")
    if not text(body, "name", "name"):
        raise invalid("name is required", "name")
    if not sent:
        raise invalid("metadata.resource_version is required", "metadata.resource_version")
    update = _read(cloud, statement, body)
    version = statement.look(cloud.clock()).version
    check_version(body, version, f"Statement resource={statement.order.name}")
    if metadata.get("labels") is None:
        return replace(update, labels=statement.order.labels)
    return update


def read_patch(cloud: Cloud, statement: Statement, shown: Json, patch: object) -> Update:
    """Return what a JSON Patch asks for.

    Args:
        cloud: where.
        statement: which.
        shown: the statement as a GET shows it.
        patch: the operations.

    Raises:
        Refusal: as `read_put`; 409, a `test` fails.
    """
    patched = apply_patch({k: v for k, v in shown.items() if k not in _NOT_PATCHED}, patch)
    return _read(cloud, statement, patched)


_NOT_PATCHED = frozenset({"status", "result"})


def _read(cloud: Cloud, statement: Statement, body: Json) -> Update:
    check_envelope(cloud, body, "Statement")
    spec, order = member(body, "spec", "spec"), statement.order
    only(spec, SPEC, "spec")
    if text(body, "name", "name") != order.name:
        raise invalid("the name of a statement cannot be changed", "name")
    if text(spec, "statement", "spec.statement") not in ("", statement.sql, order.sql):
        raise invalid("the text of a statement cannot be changed", "spec.statement")
    properties = member(spec, "properties", "spec.properties")
    if properties and properties not in (visible(order.properties), dict(order.properties)):
        raise invalid("the properties of a statement cannot be changed", "spec.properties")
    stopped = spec.get("stopped")
    if not isinstance(stopped, bool):
        raise invalid("spec.stopped is required: true or false", "spec.stopped")
    return Update(
        stopped=stopped,
        labels=read_labels(member(body, "metadata", "metadata")),
        compute_pool_id=text(spec, "compute_pool_id", "spec.compute_pool_id")
        or order.compute_pool_id,
        principal=text(spec, "principal", "spec.principal") or order.principal,
    )


def carry_out(cloud: Cloud, call: Call, statement: Statement, update: Update) -> None:
    """Change a statement; nothing changes where any part of it is refused.

    Pool and principal may change while it is stopped. An unknown pool or user is refused at once;
    with an unknown service account the change is taken, and the statement fails when it is resumed
    (facts 2.3).

    Raises:
        Refusal: 400 or 409, what is asked for cannot be done now; 403, the caller may not run
            statements as that principal.
    """
    order, phase = statement.order, statement.look(cloud.clock()).phase
    if phase == "DELETING":
        raise Refusal(409, f"Statement resource={order.name} is being deleted")
    _check_places(cloud, statement, update, phase)
    if update.principal != order.principal and knows_principal(cloud, update.principal):
        check_run_as(cloud, call, update.principal)
    resumes = statement.stop_asked and not update.stopped
    if resumes:
        _check_resumable(statement, phase)
    statement.order = replace(
        order,
        labels=dict(update.labels),
        compute_pool_id=update.compute_pool_id,
        principal=update.principal,
    )
    if statement.execution is not None:
        statement.execution.compute_pool_id = update.compute_pool_id
    if resumes:
        known = knows_principal(cloud, update.principal)
        failing = None if known else f"The principal {update.principal} does not exist."
        cloud.statements.resume(statement, failing=failing)
    elif update.stopped and not statement.stop_asked:
        cloud.statements.stop(statement)


def _check_places(cloud: Cloud, statement: Statement, update: Update, phase: str) -> None:
    order = statement.order
    for name, old, new in (
        ("compute_pool_id", order.compute_pool_id, update.compute_pool_id),
        ("principal", order.principal, update.principal),
    ):
        if new != old and phase != "STOPPED":
            raise invalid(
                f"the {name} of a statement can be changed only while it is STOPPED; it is {phase}",
                f"spec.{name}",
            )
    if update.compute_pool_id != order.compute_pool_id and not knows_pool(
        cloud, update.compute_pool_id
    ):
        raise invalid(
            f"logical compute pool={update.compute_pool_id} not found", "spec.compute_pool_id"
        )
    may_fail_later = update.principal.startswith("sa-")
    known = update.principal == order.principal or knows_principal(cloud, update.principal)
    if not known and not may_fail_later:
        raise invalid(f"principal {update.principal} not found", "spec.principal")


def _check_resumable(statement: Statement, phase: str) -> None:
    if phase in {"RUNNING", "STOPPING"}:
        raise Refusal(409, f"Statement resource={statement.order.name} is still stopping")
    traits = None if statement.execution is None else statement.execution.traits
    kind = "" if traits is None else traits.sql_kind
    if phase != "STOPPED" or kind not in RESUMABLE:
        raise invalid(
            "only a STOPPED statement that is a CREATE TABLE AS, an INSERT INTO or an EXECUTE"
            f" STATEMENT SET can be resumed; this one is {phase}"
            + (f" and of the kind {kind}" if kind else ""),
            "spec.stopped",
        )
