"""The routes of managed connectors: facts/confluent-cloud-api.md 3.8."""

from __future__ import annotations

from runthrough.emulator.confluent.connect import connectors
from runthrough.emulator.confluent.families import CONNECT
from runthrough.emulator.confluent.route import Route, missing

_CLUSTER = "/connect/v1/environments/{environment}/clusters/{cluster}"
_ALL = f"{_CLUSTER}/connectors"
_ONE = f"{_ALL}/{{connector}}"
_RUNS_NOT = "it is kept, and FAILED: no connector runs"

CONNECT_ROUTES: tuple[Route, ...] = (
    Route(CONNECT, "GET", _ALL, connectors.list_connectors),
    Route(CONNECT, "POST", _ALL, connectors.create_connector, note=_RUNS_NOT),
    Route(CONNECT, "GET", _ONE, connectors.get_connector),
    Route(CONNECT, "DELETE", _ONE, connectors.delete_connector),
    Route(CONNECT, "GET", f"{_ONE}/config", connectors.get_config),
    Route(CONNECT, "PUT", f"{_ONE}/config", connectors.put_config),
    Route(CONNECT, "GET", f"{_ONE}/status", connectors.get_status, note=_RUNS_NOT),
    Route(CONNECT, "GET", f"{_ONE}/tasks", connectors.list_tasks),
    Route(CONNECT, "PUT", f"{_ONE}/pause", connectors.pause_connector),
    Route(CONNECT, "PUT", f"{_ONE}/resume", connectors.resume_connector),
    Route(CONNECT, "POST", f"{_ONE}/restart", connectors.restart_connector),
    *missing(CONNECT, "GET POST PUT PATCH DELETE", f"{_ONE}/{{path*}}"),
    *missing(CONNECT, "GET", f"{_CLUSTER}/connector-plugins"),
    *missing(CONNECT, "PUT", f"{_CLUSTER}/connector-plugins/{{plugin}}/config/validate"),
)
