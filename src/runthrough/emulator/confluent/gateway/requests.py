"""The Flink gateway's statements: create, get, list, change, delete.

Source: facts/confluent-cloud-api.md 2.1 (routes), 2.3 (phases), 2.9 (clients). What a statement
looks like is in `rendering.py`, what may change of it in `updates.py`, its results and exceptions
are in `results.py`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from itertools import islice

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.orders import read_order, read_selector
from runthrough.emulator.confluent.gateway.pools import cfu_limit, obstacle, out_of_reach
from runthrough.emulator.confluent.gateway.properties import DRY_RUN, PropertyError, session
from runthrough.emulator.confluent.gateway.rendering import render
from runthrough.emulator.confluent.gateway.statements import Job, Order, Statement
from runthrough.emulator.confluent.gateway.updates import carry_out, read_patch, read_put
from runthrough.emulator.confluent.http import (
    Call,
    Refusal,
    Reply,
    next_url,
    page_size,
    read_position,
    reply,
    token,
)
from runthrough.emulator.confluent.sights import Sight
from runthrough.emulator.flink.catalog import Session

START_WAIT = 1.0
"""Seconds a POST waits for a statement to leave PENDING: the driver backs off a whole second
after a first PENDING (facts 2.9)."""


# --- handlers -----------------------------------------------------------------------------------


def create_statement(cloud: Cloud, call: Call) -> Reply:
    """POST /statements."""
    check_scope(cloud, call)
    order = read_order(cloud, call)
    statement = _submit(cloud, order)
    return reply(render(cloud, call, statement, result=True), 201)


def get_statement(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}."""
    check_scope(cloud, call)
    return reply(render(cloud, call, find(cloud, call), result=True))


def list_statements(cloud: Cloud, call: Call) -> Reply:
    """GET /statements, the newest first.

    `statement_name_search_query` counts only together with `time_ordered=true` (facts 2.1).
    """
    check_scope(cloud, call)
    pool = call.query.get("spec.compute_pool_id", "")
    labels = read_selector(call.query.get("label_selector", ""))
    part = call.query.get("statement_name_search_query", "") if call.flag("time_ordered") else ""
    pools = Sight(cloud, call).pools_of_statements()
    found = (
        statement
        for statement in cloud.statements.older_than(read_position(call))
        if (not pool or statement.order.compute_pool_id == pool)
        and (pools is None or statement.order.compute_pool_id in pools)
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
            "data": [render(cloud, call, statement) for statement in kept],
        }
    )


def patch_statement(cloud: Cloud, call: Call) -> Reply:
    """PATCH /statements/{statement}: a JSON Patch (facts 2.1).

    The answer may still say RUNNING after a stop (facts 6).
    """
    check_scope(cloud, call)
    statement = find(cloud, call)
    patch = call.json()
    with statement.changing:
        shown = render(cloud, call, statement)
        carry_out(cloud, call, statement, read_patch(cloud, statement, shown, patch))
    if statement.execution is not None:
        statement.execution.wait(START_WAIT)  # where it was resumed
    return reply(render(cloud, call, statement, result=True))


def put_statement(cloud: Cloud, call: Call) -> Reply:
    """PUT /statements/{statement}: the object as it was read, changed (facts 2.1)."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    body = call.json_object()
    with statement.changing:
        carry_out(cloud, call, statement, read_put(cloud, statement, body))
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
        reason = obstacle(cloud, order.compute_pool_id, where.database)
    except PropertyError as e:
        reason = str(e)
    if reason:
        if order.properties.get(DRY_RUN) == "true":  # never stored (facts 2.8)
            return Statement(order, None, sequence=0, now=cloud.clock(), refused=reason)
        return cloud.statements.create(order, None, refused=reason)
    where = replace(
        where,
        compute_pool_id=order.compute_pool_id,
        principal=order.principal,
        out_of_reach=out_of_reach(cloud, order.compute_pool_id),
    )
    statement = cloud.statements.create(order, where, job=_job(cloud, order, where))
    wait_for_start(statement)
    if order.properties.get(DRY_RUN) == "true":
        cloud.statements.forget(statement)
    return statement


def _job(cloud: Cloud, order: Order, where: Session) -> Job | None:
    """Return what a statement takes of its pool; None where the world's pools do not run out."""
    if not cloud.world.pools_run_out or order.properties.get(DRY_RUN) == "true":
        return None
    traits = cloud.engine.job_traits(order.sql, where)
    limit = partial(cfu_limit, cloud, order.compute_pool_id)
    return None if traits is None else Job(traits, limit)


def wait_for_start(statement: Statement) -> None:
    """Wait until a statement has left PENDING, and a bounded one its end, at most START_WAIT."""
    execution = statement.execution
    if execution is None:
        return
    limit = time.monotonic() + START_WAIT
    execution.wait(START_WAIT)
    if execution.traits is not None and execution.traits.is_bounded:
        # The driver waits for the end of these, and would pause a second before its next look.
        execution.wait_for_end(max(0.0, limit - time.monotonic()))
