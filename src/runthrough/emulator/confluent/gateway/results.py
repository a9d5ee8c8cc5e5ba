"""What a statement has produced: result pages and exceptions.

Source: facts/confluent-cloud-api.md 2.5 (paging, what clients need of `data` and `next`), 2.7.
"""

from __future__ import annotations

from collections.abc import Sequence

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.requests import check_scope, find
from runthrough.emulator.confluent.gateway.statements import Statement
from runthrough.emulator.confluent.http import (
    Call,
    Reply,
    next_url,
    read_position,
    reply,
    timestamp,
    token,
)

PAGE_ROWS = 1000
"""Rows of one page; the size is the server's choice (facts 2.5)."""


def get_results(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}/results?page_token=.

    A page without rows but with `next` means: nothing new yet, ask again. Tokens remember how
    many rows were handed out, so reading a page twice gives the same rows.
    """
    check_scope(cloud, call)
    statement = find(cloud, call)
    start = read_position(call) or 0
    rows, done = _rows(cloud, statement, start)
    following = "" if done else next_url(call, token(str(start + len(rows))))
    return reply(
        {
            "api_version": "sql/v1",
            "kind": "StatementResult",
            "metadata": {
                "self": call.url,
                "next": following,
                "created_at": timestamp(cloud.clock()),
            },
            "results": {"data": [{"op": op, "row": list(row)} for op, row in rows]},
        }
    )


def _rows(
    cloud: Cloud, statement: Statement, start: int
) -> tuple[Sequence[tuple[int, Sequence[object]]], bool]:
    if statement.execution is None:
        return (), True
    if statement.look(cloud.clock()).phase == "PENDING":
        return (), False
    found = statement.execution.results(start, PAGE_ROWS)
    return found.rows, found.done


def list_exceptions(cloud: Cloud, call: Call) -> Reply:
    """GET /statements/{statement}/exceptions: newest first, ten at most (facts 2.7)."""
    check_scope(cloud, call)
    statement = find(cloud, call)
    exceptions = () if statement.execution is None else statement.execution.exceptions
    newest = sorted(exceptions, key=lambda e: e.timestamp, reverse=True)[:10]
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
                for e in newest
            ],
        }
    )
