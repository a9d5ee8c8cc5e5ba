"""A statement as the gateway shows it, and the pages of its result.

Source: facts/confluent-cloud-api.md 2.2 (the object), 2.4 (traits), 2.5 (results), 2.8
(`sql.inline-result`). Optional fields of which the sheet gives no more than the name (`end_time`,
`duration`, `identity`, …) are left out.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.properties import INLINE_RESULT, visible
from runthrough.emulator.confluent.gateway.statements import Sight, Statement
from runthrough.emulator.confluent.http import Call, timestamp, token
from runthrough.emulator.flink.running.execution import Traits
from runthrough.emulator.flink.types import type_json

Json = dict[str, object]

PAGE_ROWS = 1000
"""Rows of one page; the size is the server's choice (facts 2.5)."""


def render(cloud: Cloud, call: Call, statement: Statement, *, result: bool = False) -> Json:
    """Return a statement as an answer; with `result`, its first page too where that was asked for.

    That the page is there from the first answer that is not PENDING on is ours: the sheet says
    only that the result is inside the statement's answer.
    """
    order, sight = statement.order, statement.look(cloud.clock())
    address = _address(cloud, call, statement)
    body: Json = {
        "api_version": "sql/v1",
        "kind": "Statement",
        "name": order.name,
        "organization_id": cloud.world.organization.id,
        "environment_id": cloud.environment_id,
        "metadata": {
            "self": address,
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
        "status": _render_status(statement, sight),
    }
    if result and order.properties.get(INLINE_RESULT) == "true" and _has_rows(statement, sight):
        body["result"] = render_result(cloud, call, statement, 0)
    return body


def _address(cloud: Cloud, call: Call, statement: Statement) -> str:
    return (
        f"{call.base_url}/sql/v1/organizations/{cloud.world.organization.id}"
        f"/environments/{cloud.environment_id}/statements/{statement.order.name}"
    )


def _has_rows(statement: Statement, sight: Sight) -> bool:
    execution = statement.execution
    if execution is None or execution.traits is None or execution.traits.columns is None:
        return False
    return sight.phase not in {"PENDING", "FAILED", "DELETING"}


def render_result(cloud: Cloud, call: Call, statement: Statement, start: int) -> Json:
    """Return the page of a statement's result that begins with row `start`.

    A page without rows but with `next` means: nothing new yet, ask again. Tokens remember how
    many rows were handed out, so reading a page twice gives the same rows.
    """
    address = f"{_address(cloud, call, statement)}/results"
    rows: list[Json] = []
    done = statement.execution is None and (statement.waiting is None or statement.stop_asked)
    if statement.execution is not None and statement.look(cloud.clock()).phase != "PENDING":
        found = statement.execution.results(start, PAGE_ROWS)
        rows = [{"op": op, "row": list(row)} for op, row in found.rows]
        done = found.done
    following = "" if done else f"{address}?page_token={token(str(start + len(rows)))}"
    return {
        "api_version": "sql/v1",
        "kind": "StatementResult",
        "metadata": {
            "self": address,
            "next": following,
            "created_at": timestamp(cloud.clock()),
        },
        "results": {"data": rows},
    }


def _render_status(statement: Statement, sight: Sight) -> Json:
    execution, waiting = statement.execution, statement.waiting
    scaling = "OK" if waiting is None or sight.phase != "PENDING" else "POOL_EXHAUSTED"
    status: Json = {
        "phase": sight.phase,
        "detail": sight.detail,
        "network_kind": "PUBLIC",
        "scaling_status": {"scaling_state": scaling, "last_updated": timestamp(sight.updated_at)},
    }
    if waiting is not None:
        status["traits"] = _render_traits(waiting.job.traits)
    if execution is None:
        return status
    status["traits"] = _render_traits(execution.traits)
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


def _render_traits(traits: Traits | None) -> Json | None:
    """Return `status.traits` (facts 2.4); None where the SQL could not be planned.

    A streaming CREATE TABLE AS says it is bounded although it runs on: so does the real one.
    """
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
