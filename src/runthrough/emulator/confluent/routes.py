"""Every Confluent route there is, in one table: what is emulated and what is known to be missing.

The page "what is emulated" is made from `ROUTES`. A route without a handler answers 501. Paths
are those of facts/confluent-cloud-api.md 2.1, 3 and 5.1.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote

from runthrough.emulator.confluent import (
    connections,
    control_plane,
    gateway,
    iam,
    kafka_rest,
    registry_compatibility,
    registry_config,
    results,
    schema_registry,
)
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import (
    CONNECTIONS,
    CONTROL,
    FLINK,
    KAFKA,
    LOGIN,
    OPENAI,
    REGISTRY,
    ROLES,
    TABLEFLOW,
    Family,
)
from runthrough.emulator.confluent.http import Call, Reply

Handler = Callable[[Cloud, Call], Reply]


@dataclass(frozen=True)
class Route:
    """One method of one path.

    Attributes:
        path: a template; `{name}` is one segment, `{name*}` at the end is all that is left.
        handler: None where the live target has the route and the emulator has not.
    """

    family: Family
    method: str
    path: str
    handler: Handler | None = None

    @property
    def emulated(self) -> bool:
        """Whether the emulator carries the route out."""
        return self.handler is not None


def _missing(family: Family, methods: str, path: str) -> tuple[Route, ...]:
    return tuple(Route(family, method, path) for method in methods.split())


_SQL = "/sql/v1/organizations/{organization}/environments/{environment}"
_KAFKA = "/kafka/v3/clusters/{cluster}"
_CONNECT = "/connect/v1/environments/{environment}/clusters/{cluster}"

_CONTROL_PLANE = (
    Route(CONTROL, "GET", "/org/v2/organizations", control_plane.list_organizations),
    Route(CONTROL, "GET", "/org/v2/organizations/{organization}", control_plane.get_organization),
    *_missing(CONTROL, "PATCH", "/org/v2/organizations/{organization}"),
    Route(CONTROL, "GET", "/org/v2/environments", control_plane.list_environments),
    *_missing(CONTROL, "POST", "/org/v2/environments"),
    Route(CONTROL, "GET", "/org/v2/environments/{environment}", control_plane.get_environment),
    *_missing(CONTROL, "PATCH DELETE", "/org/v2/environments/{environment}"),
    Route(CONTROL, "GET", "/cmk/v2/clusters", control_plane.list_clusters),
    *_missing(CONTROL, "POST", "/cmk/v2/clusters"),
    Route(CONTROL, "GET", "/cmk/v2/clusters/{cluster}", control_plane.get_cluster),
    *_missing(CONTROL, "PATCH DELETE", "/cmk/v2/clusters/{cluster}"),
    Route(CONTROL, "GET", "/fcpm/v2/compute-pools", control_plane.list_compute_pools),
    *_missing(CONTROL, "POST", "/fcpm/v2/compute-pools"),
    Route(CONTROL, "GET", "/fcpm/v2/compute-pools/{pool}", control_plane.get_compute_pool),
    *_missing(CONTROL, "PATCH DELETE", "/fcpm/v2/compute-pools/{pool}"),
    Route(CONTROL, "GET", "/fcpm/v2/regions", control_plane.list_regions),
    *_missing(CONTROL, "GET PATCH", "/fcpm/v2/compute-pool-config"),
    Route(CONTROL, "GET", "/srcm/v3/clusters", control_plane.list_schema_registries),
    Route(CONTROL, "GET", "/srcm/v3/clusters/{registry}", control_plane.get_schema_registry),
    Route(CONTROL, "GET", "/iam/v2/service-accounts", iam.list_service_accounts),
    *_missing(CONTROL, "POST", "/iam/v2/service-accounts"),
    Route(CONTROL, "GET", "/iam/v2/service-accounts/{principal}", iam.get_service_account),
    *_missing(CONTROL, "PATCH DELETE", "/iam/v2/service-accounts/{principal}"),
    Route(CONTROL, "GET", "/iam/v2/users", iam.list_users),
    Route(CONTROL, "GET", "/iam/v2/users/{principal}", iam.get_user),
    *_missing(CONTROL, "PATCH DELETE", "/iam/v2/users/{principal}"),
    Route(CONTROL, "GET", "/iam/v2/api-keys", iam.list_api_keys),
    *_missing(CONTROL, "POST", "/iam/v2/api-keys"),
    Route(CONTROL, "GET", "/iam/v2/api-keys/{key}", iam.get_api_key),
    *_missing(CONTROL, "PATCH DELETE", "/iam/v2/api-keys/{key}"),
    Route(ROLES, "GET", "/iam/v2/role-bindings", iam.list_role_bindings),
    *_missing(ROLES, "POST", "/iam/v2/role-bindings"),
    *_missing(ROLES, "GET DELETE", "/iam/v2/role-bindings/{binding}"),
    *_missing(CONTROL, "GET", "/endpoint/v1/endpoints"),
    *_missing(CONTROL, "GET POST", "/pim/v1/integrations"),
    *_missing(CONTROL, "GET DELETE", "/pim/v1/integrations/{integration}"),
    *_missing(CONTROL, "GET POST PATCH DELETE", "/pim/v2/{path*}"),
    *_missing(TABLEFLOW, "GET", "/tableflow/v1/regions"),
    *_missing(TABLEFLOW, "GET POST", "/tableflow/v1/tableflow-topics"),
    *_missing(TABLEFLOW, "GET PATCH DELETE", "/tableflow/v1/tableflow-topics/{topic}"),
    *_missing(TABLEFLOW, "GET POST", "/tableflow/v1/catalog-integrations"),
    *_missing(TABLEFLOW, "GET PATCH DELETE", "/tableflow/v1/catalog-integrations/{integration}"),
    *_missing(CONTROL, "GET POST", f"{_CONNECT}/connectors"),
    *_missing(CONTROL, "GET POST PUT DELETE", f"{_CONNECT}/connectors/{{path*}}"),
    *_missing(CONTROL, "GET POST PATCH DELETE", "/artifact/v1/{path*}"),
    *_missing(CONTROL, "GET POST", "/v2/metrics/{path*}"),
    *_missing(CONTROL, "GET", "/billing/v1/costs"),
    *_missing(CONTROL, "POST", "/sts/v1/oauth2/token"),
)

_FLINK = (
    Route(FLINK, "GET", f"{_SQL}/statements", gateway.list_statements),
    Route(FLINK, "POST", f"{_SQL}/statements", gateway.create_statement),
    Route(FLINK, "GET", f"{_SQL}/statements/{{statement}}", gateway.get_statement),
    Route(FLINK, "PUT", f"{_SQL}/statements/{{statement}}", gateway.put_statement),
    Route(FLINK, "PATCH", f"{_SQL}/statements/{{statement}}", gateway.patch_statement),
    Route(FLINK, "DELETE", f"{_SQL}/statements/{{statement}}", gateway.delete_statement),
    Route(FLINK, "GET", f"{_SQL}/statements/{{statement}}/results", results.get_results),
    Route(FLINK, "GET", f"{_SQL}/statements/{{statement}}/exceptions", results.list_exceptions),
    *_missing(FLINK, "GET", f"{_SQL}/statements/{{statement}}/task-graph"),
    Route(CONNECTIONS, "GET", f"{_SQL}/connections", connections.list_connections),
    Route(CONNECTIONS, "POST", f"{_SQL}/connections", connections.create_connection),
    Route(CONNECTIONS, "GET", f"{_SQL}/connections/{{connection}}", connections.get_connection),
    Route(CONNECTIONS, "PUT", f"{_SQL}/connections/{{connection}}", connections.update_connection),
    Route(
        CONNECTIONS,
        "DELETE",
        f"{_SQL}/connections/{{connection}}",
        connections.delete_connection,
    ),
    *_missing(FLINK, "GET", f"{_SQL}/materialized-tables"),
    *_missing(FLINK, "GET", f"{_SQL}/agents"),
    *_missing(FLINK, "GET POST PUT DELETE", f"{_SQL}/databases/{{path*}}"),
)

_KAFKA_REST = (
    *_missing(KAFKA, "GET", "/kafka/v3/clusters"),
    Route(KAFKA, "GET", _KAFKA, kafka_rest.get_cluster),
    Route(KAFKA, "GET", f"{_KAFKA}/topics", kafka_rest.list_topics),
    Route(KAFKA, "POST", f"{_KAFKA}/topics", kafka_rest.create_topic),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}", kafka_rest.get_topic),
    *_missing(KAFKA, "PATCH", f"{_KAFKA}/topics/{{topic}}"),
    Route(KAFKA, "DELETE", f"{_KAFKA}/topics/{{topic}}", kafka_rest.delete_topic),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/configs", kafka_rest.list_configs),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/configs/{{config}}", kafka_rest.get_config),
    *_missing(KAFKA, "POST", f"{_KAFKA}/topics/{{topic}}/configs:alter"),
    *_missing(KAFKA, "PUT DELETE", f"{_KAFKA}/topics/{{topic}}/configs/{{config}}"),
    Route(KAFKA, "GET", f"{_KAFKA}/topics/{{topic}}/partitions", kafka_rest.list_partitions),
    Route(
        KAFKA,
        "GET",
        f"{_KAFKA}/topics/{{topic}}/partitions/{{partition}}",
        kafka_rest.get_partition,
    ),
    *_missing(KAFKA, "POST", f"{_KAFKA}/topics/{{topic}}/records"),
    *_missing(KAFKA, "GET POST DELETE", f"{_KAFKA}/acls"),
    *_missing(KAFKA, "POST", f"{_KAFKA}/acls:batch"),
    *_missing(KAFKA, "GET", f"{_KAFKA}/consumer-groups"),
    *_missing(KAFKA, "GET", f"{_KAFKA}/consumer-groups/{{path*}}"),
    *_missing(KAFKA, "GET", f"{_KAFKA}/brokers"),
)

_SCHEMA_REGISTRY = (
    Route(REGISTRY, "GET", "/subjects", schema_registry.list_subjects),
    Route(REGISTRY, "POST", "/subjects/{subject}", schema_registry.look_up),
    Route(REGISTRY, "DELETE", "/subjects/{subject}", schema_registry.delete_subject),
    Route(REGISTRY, "GET", "/subjects/{subject}/versions", schema_registry.list_versions),
    Route(REGISTRY, "POST", "/subjects/{subject}/versions", schema_registry.register),
    Route(REGISTRY, "GET", "/subjects/{subject}/versions/{version}", schema_registry.get_version),
    Route(
        REGISTRY,
        "DELETE",
        "/subjects/{subject}/versions/{version}",
        schema_registry.delete_version,
    ),
    Route(
        REGISTRY,
        "GET",
        "/subjects/{subject}/versions/{version}/schema",
        schema_registry.get_version_schema,
    ),
    Route(
        REGISTRY,
        "GET",
        "/subjects/{subject}/versions/{version}/referencedby",
        schema_registry.list_references,
    ),
    *_missing(REGISTRY, "GET", "/subjects/{subject}/metadata"),
    Route(REGISTRY, "GET", "/schemas/types", schema_registry.list_types),
    Route(REGISTRY, "GET", "/schemas/ids/{id}", schema_registry.get_schema),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/subjects", schema_registry.list_schema_subjects),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/versions", schema_registry.list_schema_versions),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/schema", schema_registry.get_schema_text),
    *_missing(REGISTRY, "GET", "/schemas/guids/{guid}"),
    *_missing(REGISTRY, "GET", "/schemas"),
    Route(REGISTRY, "GET", "/config", registry_config.get_config),
    Route(REGISTRY, "PUT", "/config", registry_config.put_config),
    Route(REGISTRY, "DELETE", "/config", registry_config.delete_config),
    Route(REGISTRY, "GET", "/config/{subject}", registry_config.get_config),
    Route(REGISTRY, "PUT", "/config/{subject}", registry_config.put_config),
    Route(REGISTRY, "DELETE", "/config/{subject}", registry_config.delete_config),
    Route(REGISTRY, "GET", "/mode", registry_config.get_mode),
    Route(REGISTRY, "PUT", "/mode", registry_config.put_mode),
    Route(REGISTRY, "GET", "/mode/{subject}", registry_config.get_mode),
    Route(REGISTRY, "PUT", "/mode/{subject}", registry_config.put_mode),
    Route(REGISTRY, "DELETE", "/mode/{subject}", registry_config.delete_mode),
    Route(
        REGISTRY,
        "POST",
        "/compatibility/subjects/{subject}/versions/{version}",
        registry_compatibility.check_version,
    ),
    Route(
        REGISTRY,
        "POST",
        "/compatibility/subjects/{subject}/versions",
        registry_compatibility.check_versions,
    ),
    Route(
        REGISTRY,
        "GET",
        "/associations/resources/{namespace}/{resource}",
        schema_registry.list_associations,
    ),
    *_missing(REGISTRY, "POST PUT", "/associations"),
    *_missing(REGISTRY, "GET DELETE", "/associations/{path*}"),
    Route(REGISTRY, "GET", "/contexts", schema_registry.list_contexts),
    *_missing(REGISTRY, "GET", "/clusterconfig"),
    *_missing(REGISTRY, "GET POST PUT DELETE", "/catalog/v1/{path*}"),
)

_LOGIN = (
    *_missing(LOGIN, "GET", "/login/realm"),
    *_missing(LOGIN, "POST DELETE", "/sessions"),
    *_missing(LOGIN, "GET", "/me"),
    *_missing(LOGIN, "POST", "/access_tokens"),
)
"""Below `/api`: the login of the `confluent` CLI (facts 5.1)."""

_OPENAI = (*_missing(OPENAI, "GET POST", "/v1/{path*}"),)

ROUTES: tuple[Route, ...] = (
    *_CONTROL_PLANE,
    *_FLINK,
    *_KAFKA_REST,
    *_SCHEMA_REGISTRY,
    *_OPENAI,
)


# --- matching -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Match:
    """The routes of one path, by method, with the values of its names."""

    methods: dict[str, Route]
    params: dict[str, str]


def match(path: str) -> Match | None:
    """Find the routes of a path as it was sent.

    Segments are decoded one by one, so an encoded slash inside a name stays part of the name.
    The control plane also answers under `/api` (facts 1.1).
    """
    routes, segments = ROUTES, [unquote(segment) for segment in path.split("/")[1:]]
    if segments[:1] == ["api"]:
        routes, segments = (*_CONTROL_PLANE, *_LOGIN), segments[1:]
    for route in routes:
        params = _params(route.path, segments)
        if params is not None:
            methods = {other.method: other for other in routes if other.path == route.path}
            return Match(methods, params)
    return None


def _params(template: str, segments: list[str]) -> dict[str, str] | None:
    parts = template.split("/")[1:]
    if parts[-1].endswith("*}"):
        last = len(parts) - 1
        segments = [*segments[:last], "/".join(segments[last:])]
    if len(parts) != len(segments) or "" in segments:
        return None
    params: dict[str, str] = {}
    for part, segment in zip(parts, segments, strict=True):
        if part.startswith("{"):
            params[part.strip("{*}")] = segment
        elif part != segment:
            return None
    return params
