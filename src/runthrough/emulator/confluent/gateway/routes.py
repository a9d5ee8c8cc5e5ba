"""The routes of the Flink gateway: facts/confluent-cloud-api.md 2.1."""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import CONNECTIONS, FLINK
from runthrough.emulator.confluent.gateway import connections, requests, results
from runthrough.emulator.confluent.gateway import materialized_tables as tables
from runthrough.emulator.confluent.http import Call
from runthrough.emulator.confluent.route import Route, missing, seen_from

_SQL = "/sql/v1/organizations/{organization}/environments/{environment}"
_TABLES = f"{_SQL}/databases/{{database}}/materialized-tables"


_ROUTES: tuple[Route, ...] = (
    Route(FLINK, "GET", f"{_SQL}/statements", requests.list_statements, quick=True),
    Route(FLINK, "POST", f"{_SQL}/statements", requests.create_statement),
    Route(FLINK, "GET", f"{_SQL}/statements/{{statement}}", requests.get_statement, quick=True),
    Route(FLINK, "PUT", f"{_SQL}/statements/{{statement}}", requests.put_statement),
    Route(FLINK, "PATCH", f"{_SQL}/statements/{{statement}}", requests.patch_statement),
    Route(FLINK, "DELETE", f"{_SQL}/statements/{{statement}}", requests.delete_statement),
    Route(FLINK, "GET", f"{_SQL}/statements/{{statement}}/results", results.get_results),
    Route(
        FLINK,
        "GET",
        f"{_SQL}/statements/{{statement}}/exceptions",
        results.list_exceptions,
        quick=True,
    ),
    *missing(FLINK, "GET", f"{_SQL}/statements/{{statement}}/task-graph"),
    Route(CONNECTIONS, "GET", f"{_SQL}/connections", connections.list_connections, quick=True),
    Route(CONNECTIONS, "POST", f"{_SQL}/connections", connections.create_connection),
    Route(
        CONNECTIONS,
        "GET",
        f"{_SQL}/connections/{{connection}}",
        connections.get_connection,
        quick=True,
    ),
    Route(CONNECTIONS, "PUT", f"{_SQL}/connections/{{connection}}", connections.update_connection),
    Route(
        CONNECTIONS,
        "DELETE",
        f"{_SQL}/connections/{{connection}}",
        connections.delete_connection,
    ),
    Route(FLINK, "GET", f"{_SQL}/materialized-tables", tables.list_tables, quick=True),
    Route(FLINK, "POST", _TABLES, tables.create_table),
    Route(FLINK, "GET", f"{_TABLES}/{{table}}", tables.get_table, quick=True),
    Route(FLINK, "PUT", f"{_TABLES}/{{table}}", tables.update_table),
    Route(FLINK, "DELETE", f"{_TABLES}/{{table}}", tables.delete_table),
    Route(FLINK, "GET", f"{_TABLES}/{{table}}/versions", tables.list_versions, quick=True),
    Route(
        FLINK, "GET", f"{_TABLES}/{{table}}/versions/{{version}}", tables.get_version, quick=True
    ),
    *missing(FLINK, "GET", f"{_SQL}/agents"),
    *missing(FLINK, "GET POST PUT DELETE", f"{_SQL}/databases/{{path*}}"),
)


def _environment(_: Cloud, call: Call) -> str:
    return call.params["environment"]


GATEWAY_ROUTES = tuple(seen_from(route, _environment) for route in _ROUTES)
