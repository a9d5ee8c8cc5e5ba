"""The Flink gateway's statements: create, get, list, stop, delete.

Source: facts/confluent-cloud-api.md 2.1 (routes), 2.2 (the object), 2.3 (phases), 2.9 (clients).
Results and exceptions are in `results.py`, connections in `connections.py`.
"""

from __future__ import annotations

import time
from itertools import islice

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.orders import (
    check_version,
    read_order,
    read_patch,
    read_selector,
    read_update,
)
from runthrough.emulator.confluent.gateway.properties import (
    DRY_RUN,
    PropertyError,
    session,
    visible,
)
from runthrough.emulator.confluent.gateway.statements import TERMINAL, Order, Sight, Statement
from runthrough.emulator.confluent.http import (
    LIVE_HAS_IT,
    Call,
    Refusal,
    Reply,
    next_url,
    page_size,
    read_position,
    reply,
    timestamp,
    token,
)
from runthrough.emulator.flink.engine import Execution
from runthrough.emulator.flink.types import type_json

Json = dict[str, object]

START_WAIT = 1.0
"""Seconds a POST waits for a statement to leave PENDING: the driver backs off a whole second
after a first PENDING (facts 2.9)."""


# --- handlers -----------------------------------------------------------------------------------


def create_statement(cloud: Cloud, call: Call) -> Reply:
    """POST /statements."""
    check_scope(cloud, call)
    order = read_order(cloud, call)
    statement = _submit(cloud, order)
    return reply(_render(cloud, call, statement), 201)


def get_statement(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}."""
    check_scope(cloud, call)
    return reply(_render(cloud, call, find(cloud, call)))


def list_statements(cloud: Cloud, call: Call) -> Reply:
    """GET /statements, the newest first.

    `statement_name_search_query` counts only together with `time_ordered=true` (facts 2.1).
    """
    check_scope(cloud, call)
    pool = call.query.get("spec.compute_pool_id", "")
    labels = read_selector(call.query.get("label_selector", ""))
    part = call.query.get("statement_name_search_query", "") if call.flag("time_ordered") else ""
    found = (
        statement
        for statement in cloud.statements.older_than(read_position(call))
        if (not pool or statement.order.compute_pool_id == pool)
        and labels.items() <= statement.order.labels.items()
        and part in statement.order.name
    )
    size = page_size(call)
    kept = list(islice(found, size))
    more = next(found, None) is not None
    following = next_url(call, token(str(kept[-1].sequence))) if more else ""
    return reply(
        {
            "api_version": "sql/v1",
            "kind": "StatementList",
            "metadata": {"self": call.url, "next": following},
            "data": [_render(cloud, call, statement) for statement in kept],
        }
    )


def patch_statement(cloud: Cloud, call: Call) -> Reply:
    """PATCH /statements/{statement}: a JSON Patch that sets `/spec/stopped` (facts 2.1)."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    _set_stopped(cloud, statement, read_patch(call))
    return reply(_render(cloud, call, statement))


def put_statement(cloud: Cloud, call: Call) -> Reply:
    """PUT /statements/{statement}: the object as it was read, with `spec.stopped` changed."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    body = call.json_object()
    check_version(cloud, statement, body)
    _set_stopped(cloud, statement, read_update(statement, body))
    return Reply(202)


def delete_statement(cloud: Cloud, call: Call) -> Reply:
    """DELETE /statements/{statement}."""
    check_scope(cloud, call)
    cloud.statements.delete(call.params["statement"])
    return Reply(202)


# --- carrying it out ----------------------------------------------------------------------------


def check_scope(cloud: Cloud, call: Call) -> None:
    """Check organization and environment of the path. Raises Refusal (404) naming the wrong one."""
    for name, ours in (
        ("organization", cloud.world.organization.id),
        ("environment", cloud.environment_id),
    ):
        if call.params[name] != ours:
            raise Refusal(404, f"{name} {call.params[name]} was not found")


def find(cloud: Cloud, call: Call) -> Statement:
    """Return the statement of the path. Raises Refusal (404) where there is none."""
    return cloud.statements.get(call.params["statement"])


def _submit(cloud: Cloud, order: Order) -> Statement:
    try:
        where = session(order.properties)
    except PropertyError as e:
        if order.properties.get(DRY_RUN) == "true":  # never stored (facts 2.8)
            return Statement(order, None, sequence=0, now=cloud.clock(), refused=str(e))
        return cloud.statements.create(order, None, refused=str(e))
    statement = cloud.statements.create(order, where)
    if statement.execution is not None:
        _wait(statement.execution)
    if order.properties.get(DRY_RUN) == "true":
        cloud.statements.forget(statement)
    return statement


def _wait(execution: Execution) -> None:
    limit = time.monotonic() + START_WAIT
    execution.wait(START_WAIT)
    if execution.traits is not None and execution.traits.is_bounded:
        # The driver waits for the end of these, and would pause a second before its next look.
        execution.wait_for_end(max(0.0, limit - time.monotonic()))


def _set_stopped(cloud: Cloud, statement: Statement, stopped: bool) -> None:
    if stopped:
        statement.stop()
        return
    if statement.look(cloud.clock()).phase in TERMINAL and statement.stop_asked:
        raise Refusal(501, f"resuming the statement {statement.order.name} {LIVE_HAS_IT}")


# --- rendering ----------------------------------------------------------------------------------


def _render(cloud: Cloud, call: Call, statement: Statement) -> Json:
    world, order = cloud.world, statement.order
    sight = statement.look(cloud.clock())
    path = (
        f"/sql/v1/organizations/{world.organization.id}/environments/{cloud.environment_id}"
        f"/statements/{order.name}"
    )
    return {
        "api_version": "sql/v1",
        "kind": "Statement",
        "name": order.name,
        "organization_id": world.organization.id,
        "environment_id": cloud.environment_id,
        "metadata": {
            "self": call.base_url + path,
            "uid": statement.uid,
            "resource_version": str(sight.version),
            "labels": dict(order.labels),
            "created_at": timestamp(statement.created_at),
            "updated_at": timestamp(sight.updated_at),
        },
        "spec": {
            "statement": statement.sql,
            "properties": visible(order.properties),
            "compute_pool_id": order.compute_pool_id,
            "principal": order.principal,
            "stopped": statement.stop_asked,
        },
        "status": _render_status(statement.execution, sight),
    }


def _render_status(execution: Execution | None, sight: Sight) -> Json:
    status: Json = {
        "phase": sight.phase,
        "detail": sight.detail,
        "network_kind": "PUBLIC",
        "scaling_status": {"scaling_state": "OK", "last_updated": timestamp(sight.updated_at)},
    }
    if execution is None:
        return status
    status["traits"] = _render_traits(execution)
    status["latest_offsets"] = execution.latest_offsets
    status["latest_offsets_timestamp"] = timestamp(sight.updated_at)
    status["warnings"] = [
        {
            "severity": "MODERATE",
            "created_at": timestamp(execution.created_at),
            "reason": "STATEMENT_ADVICE",
            "message": warning,
        }
        for warning in execution.warnings
    ]
    return status


def _render_traits(execution: Execution) -> Json | None:
    """Return `status.traits` (facts 2.4); None where the SQL could not be planned.

    A streaming CREATE TABLE AS says it is bounded although it runs on: so does the real one.
    """
    traits = execution.traits
    if traits is None:
        return None
    columns = None
    if traits.columns is not None:
        columns = [{"name": c.name, "type": type_json(c.type)} for c in traits.columns]
    keys = traits.upsert_columns
    return {
        "sql_kind": traits.sql_kind,
        "is_bounded": traits.is_bounded or traits.sql_kind == "CREATE_TABLE_AS",
        "is_append_only": traits.is_append_only,
        "upsert_columns": None if keys is None else list(keys),
        "connection_refs": list(traits.connection_refs),
        "schema": None if columns is None else {"columns": columns},
    }
