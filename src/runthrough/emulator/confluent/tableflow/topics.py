"""The routes of Tableflow topics and regions (tableflow/v1).

Source: facts/confluent-cloud-api.md 3.8 and 3.9: `spec.config` and `spec.storage` are in every
answer, numbers of milliseconds are texts, 409 for a topic that is enabled already, 404 for one that
is not. `suspended` can only be set to false, which resumes the topic. What is asked for and cannot
be done here is taken and FAILED, with `error_message`. Wordings are ours.
"""

from __future__ import annotations

from runthrough.emulator.confluent.bodies import invalid, read_body, taken
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import (
    Json,
    created,
    head,
    listed,
    listing,
    matches,
    not_found,
)
from runthrough.emulator.confluent.http import LIVE_HAS_IT, Call, Refusal, Reply, page, reply
from runthrough.emulator.confluent.http import timestamp as text_of
from runthrough.emulator.confluent.tableflow.bodies import (
    ByobAws,
    ChangeTopic,
    Config,
    CreateTopic,
    Format,
    Managed,
    Storage,
)
from runthrough.emulator.confluent.tableflow.delta import DeltaError, load_library
from runthrough.emulator.confluent.tableflow.places import (
    Place,
    check_integration,
    cluster_crn,
    find_place,
    place_references,
    queried_place,
)
from runthrough.emulator.confluent.tableflow.service import (
    EnabledAlreadyError,
    EnabledTopic,
    NotEnabledError,
    WriteMode,
    WrongModeError,
    write_mode_of,
)
from runthrough.emulator.flink.plan import SqlError

LEAST_RETENTION_MS = 86_400_000
"""Of the API's description; of `data_retention_ms` it tells no limit."""

_PATH = "/tableflow/v1/tableflow-topics"


def list_regions(cloud: Cloud, call: Call) -> Reply:
    """GET /tableflow/v1/regions?cloud=."""
    in_cloud = matches(call, "cloud", ignore_case=True)(cloud.world.cloud)
    regions = cloud.world.regions if in_cloud else ()
    return listing(call, "tableflow/v1", "Region", [_region(cloud, name) for name in regions])


def _region(cloud: Cloud, region: str) -> Json:
    return {
        **head("tableflow/v1", "Region", f"{cloud.world.cloud.lower()}.{region}"),
        "metadata": {"self": ""},
        "cloud": cloud.world.cloud,
        "region": region,
    }


def list_topics(cloud: Cloud, call: Call) -> Reply:
    """GET /tableflow/v1/tableflow-topics?environment=&spec.kafka_cluster=."""
    place = queried_place(cloud, call)
    found = cloud.tableflow.of(place.environment, place.cluster)
    kept, following = page(found, call, key=lambda topic: topic.name)
    shown = [_show(cloud, call, topic) for topic in kept]
    return listed(
        call,
        "tableflow/v1",
        "TableflowTopic",
        shown,
        following=following,
        total=len(found),
    )


def create_topic(cloud: Cloud, call: Call) -> Reply:
    """POST /tableflow/v1/tableflow-topics."""
    spec = read_body(call, CreateTopic).spec
    place = find_place(cloud, spec.environment.id, spec.kafka_cluster.id)
    if spec.suspended:
        raise invalid("a topic cannot be suspended when it is enabled", "/spec/suspended")
    _check(cloud, place, formats=spec.table_formats, config=spec.config, storage=spec.storage)
    mode = _write_mode(place, spec.display_name)
    try:
        made = cloud.tableflow.enable(
            place.key(spec.display_name),
            place.plane,
            storage=spec.storage,
            formats=spec.table_formats,
            config=spec.config,
            write_mode=mode,
        )
    except EnabledAlreadyError as e:
        raise taken(f"Tableflow is already enabled on topic {spec.display_name}.") from e
    return created(_show(cloud, call, made), f"{call.url}/{made.name}", 202)


def get_topic(cloud: Cloud, call: Call) -> Reply:
    """GET /tableflow/v1/tableflow-topics/{topic}?environment=&spec.kafka_cluster=."""
    place = queried_place(cloud, call)
    return reply(_show(cloud, call, _find(cloud, place, call.params["topic"])))


def patch_topic(cloud: Cloud, call: Call) -> Reply:
    """PATCH /tableflow/v1/tableflow-topics/{topic}."""
    spec, name = read_body(call, ChangeTopic).spec, call.params["topic"]
    place = find_place(cloud, spec.environment.id, spec.kafka_cluster.id)
    known = _find(cloud, place, name)
    if spec.display_name not in (None, name):
        raise invalid("display_name cannot change", "/spec/display_name")
    if spec.storage is not None and _written(spec.storage) != _written(known.storage):
        raise invalid("storage cannot change: disable Tableflow first", "/spec/storage")
    if spec.suspended and not known.is_suspended:
        raise invalid("a topic can be resumed, not suspended", "/spec/suspended")
    formats = spec.table_formats
    _check(cloud, place, formats=formats or known.formats, config=spec.config)
    try:
        changed = cloud.tableflow.change(
            place.key(name),
            formats=formats,
            config=spec.config,
            resume=spec.suspended is False,
        )
    except NotEnabledError as e:
        raise _not_enabled(name) from e
    return reply(_show(cloud, call, changed))


def delete_topic(cloud: Cloud, call: Call) -> Reply:
    """DELETE /tableflow/v1/tableflow-topics/{topic}?environment=&spec.kafka_cluster=."""
    place, name = queried_place(cloud, call), call.params["topic"]
    try:
        cloud.tableflow.disable(place.key(name))
    except NotEnabledError as e:
        raise _not_enabled(name) from e
    return Reply(204)


# --- checks ---------------------------------------------------------------------------------------


def _check(
    cloud: Cloud,
    place: Place,
    *,
    formats: tuple[Format, ...],
    config: Config,
    storage: Storage | None = None,
) -> None:
    if len(set(formats)) != len(formats):
        raise invalid("table_formats names a format twice", "/spec/table_formats")
    if config.retention_ms is not None and int(config.retention_ms) < LEAST_RETENTION_MS:
        raise invalid(
            f"retention_ms must be {LEAST_RETENTION_MS} (24 hours) or more",
            "/spec/config/retention_ms",
        )
    if config.error_handling is not None and config.error_handling.mode == "LOG":
        raise Refusal(501, f"error_handling with mode LOG {LIVE_HAS_IT}")
    if storage is not None and not isinstance(storage, Managed):
        check_integration(
            cloud,
            place.environment,
            storage.provider_integration_id,
            "/spec/storage/provider_integration_id",
        )
    if "DELTA" in formats:
        try:
            load_library()
        except DeltaError as e:
            raise Refusal(501, f"no Delta table can be written: {e}") from e


def _write_mode(place: Place, topic: str) -> WriteMode:
    info = next((t for t in place.plane.topics() if t.name == topic), None)
    if info is None:
        raise not_found(f"Topic {topic} was not found in Kafka cluster {place.cluster}.")
    try:
        table = place.plane.engine.table(place.plane.prefix + topic)
        return write_mode_of(table, info.configs.get("cleanup.policy", "delete"))
    except (SqlError, WrongModeError) as e:
        raise invalid(str(e), "/spec/display_name") from e


def _find(cloud: Cloud, place: Place, name: str) -> EnabledTopic:
    try:
        return cloud.tableflow.get(place.key(name))
    except NotEnabledError as e:
        raise _not_enabled(name) from e


def _not_enabled(name: str) -> Refusal:
    return not_found(f"Tableflow is not enabled on topic {name}.")


# --- answers --------------------------------------------------------------------------------------


def _written(storage: Storage) -> Json:
    """Return a storage without what the service adds."""
    if isinstance(storage, Managed):
        return {"kind": storage.kind}
    return storage.model_dump(exclude={"table_path", "bucket_region", "storage_region"})


def _show(cloud: Cloud, call: Call, topic: EnabledTopic) -> Json:
    environment, cluster, name = topic.key
    return {
        "api_version": "tableflow/v1",
        "kind": "TableflowTopic",
        "metadata": {
            "self": f"{call.base_url}{_PATH}/{name}",
            "resource_name": f"{cluster_crn(cloud, environment, cluster)}/topic={name}",
            "created_at": text_of(topic.created),
            "updated_at": text_of(topic.updated),
        },
        "spec": {
            "display_name": name,
            "suspended": topic.is_suspended,
            **place_references(cloud, call, environment, cluster),
            "table_formats": list(topic.formats),
            "storage": _storage(cloud, topic),
            "config": topic.config.model_dump(exclude_none=True),
        },
        "status": _status(topic),
    }


def _storage(cloud: Cloud, topic: EnabledTopic) -> Json:
    shown = {**_written(topic.storage), "table_path": topic.location.uri if topic.location else ""}
    if isinstance(topic.storage, ByobAws):
        shown["bucket_region"] = cloud.world.region
    return shown


def _status(topic: EnabledTopic) -> Json:
    phase, failures = topic.look(), topic.failures()
    status: Json = {"phase": phase, "write_mode": topic.write_mode, "catalog_sync_statuses": []}
    status["failing_table_formats"] = [
        {"format": name, "error_message": why} for name, why in failures.items()
    ]
    if failures:
        status["error_message"] = "; ".join(f"{name}: {why}" for name, why in failures.items())
    return status
