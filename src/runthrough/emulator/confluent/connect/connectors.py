"""The routes of managed connectors (connect/v1).

Source: facts/confluent-cloud-api.md 3.8, 3.9. Nothing runs (`store.py`). Where no fact gives a
wording, it is ours.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import quote

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.connect.configs import (
    kind_of,
    masked,
    read_config,
    read_create,
)
from runthrough.emulator.confluent.connect.store import (
    TRACE,
    Connector,
    ConnectorExistsError,
    Place,
)
from runthrough.emulator.confluent.envelope import Json, check_environment, created
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply

EXPANSIONS = ("info", "status", "id")


def list_connectors(cloud: Cloud, call: Call) -> Reply:
    """GET /connect/v1/environments/{environment}/clusters/{cluster}/connectors?expand=."""
    found = cloud.connectors.of(_place(cloud, call))
    expand = [part for part in call.query.get("expand", "").split(",") if part]
    for part in expand:
        if part not in EXPANSIONS:
            raise Refusal(400, f"expand knows {', '.join(EXPANSIONS)}, not {part!r}")
    if not expand:
        return reply([connector.name for connector in found])
    return reply({c.name: _expanded(c, expand) for c in found})


def create_connector(cloud: Cloud, call: Call) -> Reply:
    """POST /connect/v1/environments/{environment}/clusters/{cluster}/connectors."""
    place = _place(cloud, call)
    try:
        name, config = read_create(call)
    except Refusal as refusal:
        return _bad_config(refusal)
    try:
        made = cloud.connectors.add(place, name, config)
    except ConnectorExistsError as e:
        raise Refusal(409, f"Connector {name} already exists") from e
    return created(_info(made), f"{call.url}/{quote(made.name, safe='')}")


def get_connector(cloud: Cloud, call: Call) -> Reply:
    """GET /connect/v1/environments/{environment}/clusters/{cluster}/connectors/{connector}."""
    return reply(_info(_find(cloud, call)))


def delete_connector(cloud: Cloud, call: Call) -> Reply:
    """DELETE /connect/v1/environments/{environment}/clusters/{cluster}/connectors/{connector}."""
    if not cloud.connectors.remove(_place(cloud, call), call.params["connector"]):
        raise _unknown(call)
    return reply({"error": None})


def get_config(cloud: Cloud, call: Call) -> Reply:
    """GET /connect/v1/…/connectors/{connector}/config."""
    return reply(masked(_find(cloud, call).config))


def put_config(cloud: Cloud, call: Call) -> Reply:
    """PUT /connect/v1/…/connectors/{connector}/config: create it, or start it anew."""
    place, name = _place(cloud, call), call.params["connector"]
    try:
        config = read_config(call, name)
    except Refusal as refusal:
        return _bad_config(refusal)
    is_new = cloud.connectors.get(place, name) is None
    changed = cloud.connectors.configure(place, name, config)
    return reply(_info(changed), 201 if is_new else 200)


def get_status(cloud: Cloud, call: Call) -> Reply:
    """GET /connect/v1/…/connectors/{connector}/status."""
    return reply(_status(_find(cloud, call)))


def list_tasks(cloud: Cloud, call: Call) -> Reply:
    """GET /connect/v1/…/connectors/{connector}/tasks."""
    found = _find(cloud, call)
    return reply([{"id": task, "config": masked(found.config)} for task in _tasks(found)])


def pause_connector(cloud: Cloud, call: Call) -> Reply:
    """PUT /connect/v1/…/connectors/{connector}/pause."""
    return _told(cloud, call, lambda place, name: cloud.connectors.pause(place, name, paused=True))


def resume_connector(cloud: Cloud, call: Call) -> Reply:
    """PUT /connect/v1/…/connectors/{connector}/resume."""
    return _told(cloud, call, lambda place, name: cloud.connectors.pause(place, name, paused=False))


def restart_connector(cloud: Cloud, call: Call) -> Reply:
    """POST /connect/v1/…/connectors/{connector}/restart."""
    _told(cloud, call, cloud.connectors.restart)
    return Reply(204)


def _told(cloud: Cloud, call: Call, tell: Callable[[Place, str], Connector | None]) -> Reply:
    if tell(_place(cloud, call), call.params["connector"]) is None:
        raise _unknown(call)
    return Reply(202)


def _place(cloud: Cloud, call: Call) -> Place:
    environment, cluster = call.params["environment"], call.params["cluster"]
    check_environment(cloud, environment)
    if cluster not in {known.id for known in cloud.account.clusters(environment)}:
        raise Refusal(404, f"Kafka cluster {cluster} was not found.")
    return environment, cluster


def _find(cloud: Cloud, call: Call) -> Connector:
    found = cloud.connectors.get(_place(cloud, call), call.params["connector"])
    if found is None:
        raise _unknown(call)
    return found


def _unknown(call: Call) -> Refusal:
    return Refusal(404, f"Connector {call.params['connector']} not found")


def _bad_config(refusal: Refusal) -> Reply:
    """Render the refusal of a config, which has a form of its own (facts 1.6)."""
    error = {"code": refusal.status, "message": refusal.detail}
    return reply({"error": error}, refusal.status)


def _expanded(connector: Connector, expand: list[str]) -> Json:
    parts: dict[str, Callable[[], Json]] = {
        "id": lambda: {"id": connector.id, "id_type": "ID"},
        "info": lambda: _info(connector),
        "status": lambda: _status(connector),
    }
    return {part: parts[part]() for part in expand}


def _info(connector: Connector) -> Json:
    return {
        "name": connector.name,
        "type": kind_of(connector.config),
        "config": masked(connector.config),
        "tasks": [{"connector": connector.name, "task": task} for task in _tasks(connector)],
    }


def _tasks(connector: Connector) -> range:
    return range(int(connector.config.get("tasks.max", "1")))


def _status(connector: Connector) -> Json:
    state = connector.look()
    trace = TRACE if state == "FAILED" else ""
    tasks = () if state == "PROVISIONING" else _tasks(connector)
    return {
        "name": connector.name,
        "type": kind_of(connector.config),
        "connector": {"state": state, "worker_id": connector.name, "trace": trace},
        "tasks": [
            {"id": task, "state": state, "worker_id": connector.name, "msg": trace}
            for task in tasks
        ],
    }
