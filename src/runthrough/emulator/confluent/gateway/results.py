"""What a statement has produced: result pages and exceptions.

Source: facts/confluent-cloud-api.md 2.5 (paging, what clients need of `data` and `next`), 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.rendering import render_result
from runthrough.emulator.confluent.gateway.requests import check_scope, find
from runthrough.emulator.confluent.gateway.statements import Statement
from runthrough.emulator.confluent.http import Call, Reply, read_position, reply, timestamp
from runthrough.emulator.flink.engine import StatementException
from runthrough.emulator.flink.running.execution import INVALID, MAX_EXCEPTIONS


def get_results(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}/results?page_token=."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    return reply(render_result(cloud, call, statement, read_position(call) or 0))


def list_exceptions(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}/exceptions: newest first, ten at most (facts 2.7)."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    newest = sorted(_exceptions(statement), key=lambda e: e.timestamp, reverse=True)
    return reply(
        {
            "api_version": "sql/v1",
            "kind": "StatementExceptionList",
            "metadata": {"self": call.url, "next": ""},
            "data": [
                {
                    "kind": "StatementException",
                    "name": e.name,
                    "message": e.message,
                    "timestamp": timestamp(e.timestamp),
                }
                for e in newest[:MAX_EXCEPTIONS]
            ],
        }
    )


def _exceptions(statement: Statement) -> Sequence[StatementException]:
    """Return why a statement failed; one that was refused before it began failed once."""
    if statement.execution is not None:
        return statement.execution.exceptions
    if statement.waiting is not None:
        return ()
    return (StatementException(INVALID, statement.refused, statement.created_at),)
