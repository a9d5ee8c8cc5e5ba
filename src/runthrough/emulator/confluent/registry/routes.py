"""The routes of Schema Registry and its catalog: facts/confluent-cloud-api.md 3.7."""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.families import REGISTRY
from runthrough.emulator.confluent.http import Call
from runthrough.emulator.confluent.registry import (
    associations,
    catalog,
    compatibility,
    config,
    schemas,
    subjects,
)
from runthrough.emulator.confluent.registry.target import target
from runthrough.emulator.confluent.route import Handler, Route, missing, seen_from

_SUBJECT = "/subjects/{subject}"
_VERSION = f"{_SUBJECT}/versions/{{version}}"
_ID = "/schemas/ids/{id}"
_RESOURCES = "/associations/resources"
_TAGDEFS = "/catalog/v1/types/tagdefs"
_ENTITY_TAGS = "/catalog/v1/entity/type/{type}/name/{name}/tags"


def _route(method: str, path: str, handler: Handler, note: str = "") -> Route:
    return Route(REGISTRY, method, path, handler, note=note)


_ONE_CONTEXT = "in the default context"
_RULES = "rules are kept for the clients that carry them out"


_ROUTES: tuple[Route, ...] = (
    _route("GET", "/subjects", subjects.list_subjects),
    _route("POST", _SUBJECT, subjects.look_up),
    _route("DELETE", _SUBJECT, subjects.delete_subject),
    _route("GET", f"{_SUBJECT}/metadata", subjects.get_with_metadata),
    _route("GET", f"{_SUBJECT}/versions", subjects.list_versions),
    _route("POST", f"{_SUBJECT}/versions", subjects.register, f"{_ONE_CONTEXT}; {_RULES}"),
    _route("GET", _VERSION, subjects.get_version),
    _route("DELETE", _VERSION, subjects.delete_version),
    _route("GET", f"{_VERSION}/schema", subjects.get_version_schema),
    _route("GET", f"{_VERSION}/referencedby", subjects.list_references),
    _route("GET", "/schemas", schemas.list_schemas),
    _route("GET", "/schemas/types", schemas.list_types),
    _route("GET", _ID, schemas.get_schema),
    _route("GET", f"{_ID}/subjects", schemas.list_schema_subjects),
    _route("GET", f"{_ID}/versions", schemas.list_schema_versions),
    _route("GET", f"{_ID}/schema", schemas.get_schema_text),
    _route("GET", "/schemas/guids/{guid}", schemas.get_schema_by_guid),
    _route("GET", "/schemas/guids/{guid}/ids", schemas.list_ids_of_guid),
    _route("GET", "/config", config.get_config),
    _route("PUT", "/config", config.put_config),
    _route("DELETE", "/config", config.delete_config),
    _route("GET", "/config/{subject}", config.get_config),
    _route("PUT", "/config/{subject}", config.put_config),
    _route("DELETE", "/config/{subject}", config.delete_config),
    _route("GET", "/mode", config.get_mode),
    _route("PUT", "/mode", config.put_mode),
    _route("GET", "/mode/{subject}", config.get_mode),
    _route("PUT", "/mode/{subject}", config.put_mode),
    _route("DELETE", "/mode/{subject}", config.delete_mode),
    _route(
        "POST",
        "/compatibility/subjects/{subject}/versions/{version}",
        compatibility.check_version,
    ),
    _route(
        "POST",
        "/compatibility/subjects/{subject}/versions",
        compatibility.check_versions,
    ),
    _route("POST", "/associations", associations.create),
    _route("PUT", "/associations", associations.replace),
    _route("GET", f"{_RESOURCES}/{{namespace}}/{{resource}}", associations.list_of_resource),
    _route("GET", f"{_RESOURCES}/{{id}}", associations.list_of_id),
    _route("DELETE", f"{_RESOURCES}/{{id}}", associations.delete),
    _route("GET", "/associations/subjects/{subject}", associations.list_of_subject),
    _route("GET", "/contexts", subjects.list_contexts, "the default one"),
    _route("GET", "/clusterconfig", config.get_cluster_config),
    *missing(REGISTRY, "GET POST", "/exporters"),
    *missing(REGISTRY, "GET PUT DELETE", "/exporters/{path*}"),
    *missing(REGISTRY, "GET POST PUT DELETE", "/dek-registry/v1/{path*}"),
    _route("GET", _TAGDEFS, catalog.list_definitions),
    _route("POST", _TAGDEFS, catalog.create_definitions),
    *missing(REGISTRY, "PUT", _TAGDEFS),
    _route("GET", f"{_TAGDEFS}/{{tag}}", catalog.get_definition),
    _route("DELETE", f"{_TAGDEFS}/{{tag}}", catalog.delete_definition),
    _route("POST", "/catalog/v1/entity/tags", catalog.tag_entities),
    *missing(REGISTRY, "PUT", "/catalog/v1/entity/tags"),
    _route("GET", _ENTITY_TAGS, catalog.list_tags),
    _route("DELETE", f"{_ENTITY_TAGS}/{{tag}}", catalog.untag),
    _route("GET", "/catalog/v1/search/basic", catalog.search),
    *missing(REGISTRY, "GET POST PUT DELETE", "/catalog/v1/{path*}"),
)


def _environment(cloud: Cloud, call: Call) -> str:
    """Return the environment of the registry a request is for."""
    registry = target(cloud, call)
    return cloud.environment_id if registry is None else registry.environment_id


REGISTRY_ROUTES = tuple(seen_from(route, _environment) for route in _ROUTES)
