"""Materialized tables over REST: create, get, list, change, delete, versions.

Source: facts/confluent-cloud-api.md 2.1 (routes) and 2.11 (members of the object), facts/
flink-sql-ai.md 1.9. The sheet names the members `columns`, `watermark` and `constraints` without
their form: in answers that form is ours, in requests they are not emulated. What is wrong with a
query is said at once, with 400, in the planner's words; no fact says how the service does it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from dataclasses import replace

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.gateway.fields import (
    Json,
    check_envelope,
    check_version,
    invalid,
    member,
    only,
    text,
)
from runthrough.emulator.confluent.gateway.orders import read_pool, read_principal
from runthrough.emulator.confluent.gateway.pools import out_of_reach
from runthrough.emulator.confluent.gateway.properties import PropertyError, session, visible
from runthrough.emulator.confluent.gateway.requests import check_scope
from runthrough.emulator.confluent.http import (
    LIVE_HAS_IT,
    Call,
    Refusal,
    Reply,
    page,
    reply,
    timestamp,
)
from runthrough.emulator.flink.catalog import Column, Session, Table
from runthrough.emulator.flink.plan import Drop, SqlError
from runthrough.emulator.flink.running.materialized import Edition, Materialized
from runthrough.emulator.flink.running.models import ModelError
from runthrough.emulator.flink.types import quote_name, type_json
from runthrough.errors import EmulatorError

NAME = re.compile(r"[a-zA-Z0-9._-]{1,249}")
_UNREAD = ("columns", "watermark", "constraints")
_SPEC = frozenset(
    {
        *_UNREAD,
        *("kafka_cluster_id", "compute_pool_id", "principal", "query", "stopped"),
        *("distribution", "table_options", "session_options"),
    }
)
"""Facts 2.11."""


# --- handlers -----------------------------------------------------------------------------------


def list_tables(cloud: Cloud, call: Call) -> Reply:
    """GET /materialized-tables: those of the environment."""
    check_scope(cloud, call)
    kept, following = page(
        cloud.engine.materialized.all(), call, key=lambda known: known.latest.table.topic
    )
    return _list(call, following, [_render(cloud, call, known, known.latest) for known in kept])


def create_table(cloud: Cloud, call: Call) -> Reply:
    """POST /databases/{database}/materialized-tables."""
    _check_place(cloud, call)
    body = call.json_object()
    check_envelope(cloud, body, "MaterializedTable")
    name = _read_name(body)
    spec = _read_spec(call, body)
    query = text(spec, "query", "spec.query")
    if not query.strip():
        raise invalid("spec.query is required and must not be empty", "spec.query")
    topic = _topic(cloud, call, name)
    _check_free(cloud, topic, name)
    where, stopped = _read_session(cloud, call, spec), _read_stopped(spec)
    try:
        _define(cloud, f"CREATE MATERIALIZED TABLE {_definition(name, spec, query)}", where)
    except Refusal:
        _check_free(cloud, topic, name)  # somebody else was faster
        raise
    known = _known(cloud, topic)
    if stopped and not known.refresh.ended:
        _pause(cloud, topic, stopped=True)
    return reply(_render(cloud, call, known, known.latest), 201)


def _check_free(cloud: Cloud, topic: str, name: str) -> None:
    """Check that there is no table of a name. Raises Refusal (409): there is one, of any kind."""
    if topic in {known.name for known in cloud.engine.topics()}:
        raise Refusal(
            409,
            f"MaterializedTable resource={name} already exists",
            code="resource_already_exists",
        )


def get_table(cloud: Cloud, call: Call) -> Reply:
    """GET /databases/{database}/materialized-tables/{table}."""
    known = _find(cloud, call)
    return reply(_render(cloud, call, known, known.latest))


def update_table(cloud: Cloud, call: Call) -> Reply:
    """PUT /databases/{database}/materialized-tables/{table}: another definition, or stopped."""
    known = _find(cloud, call)
    body = call.json_object()
    check_envelope(cloud, body, "MaterializedTable")
    name = known.latest.table.name
    check_version(body, known.latest.number, f"MaterializedTable resource={name}")
    if text(body, "name", "name") not in ("", name):
        raise invalid("the name of a materialized table cannot be changed", "name")
    shown = member(_render(cloud, call, known, known.latest), "spec", "spec")
    sent = member(body, "spec", "spec")
    only(sent, _SPEC, "spec")
    # What comes back as it was read says nothing new, in whatever form it is.
    spec = {k: v for k, v in sent.items() if v is not None and v != shown.get(k)}
    _check_unread(spec)
    _check_cluster(call, spec)
    stopped = _read_stopped(spec)
    changed = {k: v for k, v in spec.items() if k not in ("stopped", "kafka_cluster_id")}
    if changed:
        merged = {**shown, **changed}
        where = _read_session(cloud, call, merged)
        query = text(merged, "query", "spec.query")
        kept = {k: v for k, v in merged.items() if k not in _UNREAD}
        definition = _definition(name, kept, query)
        _define(cloud, f"CREATE OR ALTER MATERIALIZED TABLE {definition}", where)
    topic = known.latest.table.topic
    if "stopped" in spec:
        _pause(cloud, topic, stopped=stopped)
    known = _known(cloud, topic)
    return reply(_render(cloud, call, known, known.latest))


def delete_table(cloud: Cloud, call: Call) -> Reply:
    """DELETE /databases/{database}/materialized-tables/{table}."""
    known = _find(cloud, call)
    cloud.engine.materialized.drop(Drop("MATERIALIZED TABLE", known.latest.table.path))
    return Reply(202)


def list_versions(cloud: Cloud, call: Call) -> Reply:
    """GET /databases/{database}/materialized-tables/{table}/versions, the oldest first."""
    known = _find(cloud, call)
    kept, following = page(known.editions, call, key=lambda edition: f"{edition.number:09}")
    return _list(call, following, [_render(cloud, call, known, edition) for edition in kept])


def get_version(cloud: Cloud, call: Call) -> Reply:
    """GET /databases/{database}/materialized-tables/{table}/versions/{version}."""
    known = _find(cloud, call)
    version = call.params["version"]
    for edition in known.editions:
        if str(edition.number) == version:
            return reply(_render(cloud, call, known, edition))
    raise Refusal(404, f"MaterializedTable resource={known.latest.table.name} has no {version}")


# --- reading ------------------------------------------------------------------------------------


def _check_place(cloud: Cloud, call: Call) -> None:
    check_scope(cloud, call)
    cluster = call.params["database"]
    if cluster not in {known.id for known in cloud.account.clusters(cloud.environment_id)}:
        raise Refusal(404, f"Cluster {cluster} cannot be found.")


def _topic(cloud: Cloud, call: Call, name: str) -> str:
    """Return what the engine calls the topic of a table in the cluster of the path."""
    return cloud.kafka(call.params["database"]).prefix + name


def _find(cloud: Cloud, call: Call) -> Materialized:
    _check_place(cloud, call)
    return _known(cloud, _topic(cloud, call, call.params["table"]))


def _known(cloud: Cloud, topic: str) -> Materialized:
    known = cloud.engine.materialized.get(topic)
    if known is None:
        name = topic.rpartition("/")[2]
        raise Refusal(404, f"MaterializedTable resource={name} does not exist")
    return known


def _read_name(body: Json) -> str:
    name = text(body, "name", "name")
    if not NAME.fullmatch(name):
        raise invalid(
            f"the name {name!r} is not valid: use 1 to 249 letters, digits, dots, hyphens and "
            "underscores",
            "name",
        )
    return name


def _read_spec(call: Call, body: Json) -> Json:
    spec = member(body, "spec", "spec")
    only(spec, _SPEC, "spec")
    _check_unread(spec)
    _check_cluster(call, spec)
    return spec


def _check_unread(spec: Json) -> None:
    for name in _UNREAD:
        if spec.get(name):
            raise Refusal(501, f"spec.{name} of a materialized table {LIVE_HAS_IT}")


def _check_cluster(call: Call, spec: Json) -> None:
    cluster = text(spec, "kafka_cluster_id", "spec.kafka_cluster_id")
    if cluster not in ("", call.params["database"]):
        raise invalid(f"{cluster} is not the cluster of the path", "spec.kafka_cluster_id")


def _read_stopped(spec: Json) -> bool:
    stopped = spec.get("stopped", False)
    if not isinstance(stopped, bool):
        raise invalid("spec.stopped must be true or false", "spec.stopped")
    return stopped


def _read_session(cloud: Cloud, call: Call, spec: Json) -> Session:
    sent = _strings(spec, "session_options")
    try:
        where = session(sent)
    except PropertyError as e:
        raise invalid(str(e), "spec.session_options") from e
    pool = read_pool(cloud, spec)
    return replace(
        where,
        catalog=where.catalog or cloud.environment_id,
        database=where.database or call.params["database"],
        compute_pool_id=pool,
        out_of_reach=out_of_reach(cloud, pool),
        principal=read_principal(cloud, call, spec),
    )


def _strings(spec: Mapping[str, object], name: str) -> dict[str, str]:
    place = f"spec.{name}"
    given = member(spec, name, place)
    return {key: text(given, key, f"{place}.{key}") for key in given}


def _definition(name: str, spec: Json, query: str) -> str:
    """Return what follows CREATE [OR ALTER] MATERIALIZED TABLE."""
    parts = [quote_name(name)]
    distribution = member(spec, "distribution", "spec.distribution")
    if distribution:
        parts.append(_distributed(distribution))
    options = _strings(spec, "table_options")
    if options:
        listed = ", ".join(f"{_literal(k)} = {_literal(v)}" for k, v in options.items())
        parts.append(f"WITH ({listed})")
    return "\n".join([*parts, f"AS {query.strip().removesuffix(';')}"])


def _distributed(distribution: Json) -> str:
    place = "spec.distribution"
    only(distribution, ("kind", "keys", "bucket_count"), "spec", "distribution")
    if text(distribution, "kind", f"{place}.kind").upper() not in ("", "HASH"):
        raise invalid(f"{place}.kind must be HASH", f"{place}.kind")
    keys, buckets = distribution.get("keys") or [], distribution.get("bucket_count")
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise invalid(f"{place}.keys must be a list of names", f"{place}.keys")
    if buckets is not None and (not isinstance(buckets, int) or isinstance(buckets, bool)):
        raise invalid(f"{place}.bucket_count must be a number", f"{place}.bucket_count")
    by = f"BY HASH ({', '.join(quote_name(key) for key in keys)})" if keys else ""
    into = f"INTO {buckets} BUCKETS" if buckets is not None else ""
    return f"DISTRIBUTED {by} {into}" if by or into else ""


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


# --- carrying it out ----------------------------------------------------------------------------


def _define(cloud: Cloud, sql: str, where: Session) -> None:
    try:
        cloud.engine.define(sql, where)
    except (SqlError, ModelError, EmulatorError) as e:
        if str(e).startswith("not emulated: "):
            raise Refusal(501, str(e)) from e
        raise invalid(str(e), "spec.query") from e


def _pause(cloud: Cloud, name: str, *, stopped: bool) -> None:
    try:
        if stopped:
            cloud.engine.materialized.suspend(name)
        else:
            cloud.engine.materialized.resume(name)
    except SqlError as e:
        raise Refusal(409, str(e), code="conflict") from e


# --- answers ------------------------------------------------------------------------------------


def _list(call: Call, following: str, data: list[Json]) -> Reply:
    return reply(
        {
            "api_version": "sql/v1",
            "kind": "MaterializedTableList",
            "metadata": {"self": call.url, "next": following},
            "data": data,
        }
    )


def _render(cloud: Cloud, call: Call, known: Materialized, edition: Edition) -> Json:
    table, first = edition.table, known.editions[0]
    world, cluster = cloud.world, _cluster(cloud, table)
    path = (
        f"/sql/v1/organizations/{world.organization.id}/environments/{cloud.environment_id}"
        f"/databases/{cluster}/materialized-tables/{table.name}"
    )
    identity = f"{cloud.environment_id}/{table.name}/{first.created_at.isoformat()}"
    where = edition.session
    return {
        "api_version": "sql/v1",
        "kind": "MaterializedTable",
        "name": table.name,
        "organization_id": world.organization.id,
        "environment_id": cloud.environment_id,
        "metadata": {
            "self": call.base_url + path,
            "uid": str(uuid.uuid5(uuid.NAMESPACE_URL, identity)),
            "resource_version": str(known.latest.number),
            "created_at": timestamp(first.created_at),
            "updated_at": timestamp(edition.created_at),
        },
        "spec": {
            "kafka_cluster_id": cluster,
            "compute_pool_id": where.compute_pool_id or world.compute_pool.id,
            "principal": where.principal,
            "query": table.definition.query if table.definition is not None else "",
            "columns": [_column(column) for column in table.columns],
            "watermark": _watermark(table),
            "constraints": _constraints(table),
            "distribution": _distribution(table),
            "table_options": dict(table.options),
            "session_options": visible(where.properties),
            "stopped": known.phase == "STOPPED",
        },
        "status": {
            "phase": known.phase,
            "detail": known.refresh.detail,
            "version": edition.number,
            "latest_version": known.latest.number,
        },
    }


def _cluster(cloud: Cloud, table: Table) -> str:
    return cloud.engine.database_id(table.path)


def _column(column: Column) -> Json:
    return {"name": column.name, "type": type_json(column.type)}


def _watermark(table: Table) -> Json | None:
    if table.watermark is None:
        return None
    name, expression = table.watermark
    return {"column_name": name, "expression": expression}


def _constraints(table: Table) -> list[Json]:
    if not table.primary_key:
        return []
    return [{"kind": "PRIMARY_KEY", "columns": list(table.primary_key), "enforced": False}]


def _distribution(table: Table) -> Json:
    keys = list(table.distributed_by or table.primary_key)
    return {"kind": "HASH", "keys": keys, "bucket_count": table.buckets}
