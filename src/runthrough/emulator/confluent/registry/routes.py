"""The routes of Schema Registry and its catalog: facts/confluent-cloud-api.md 3.7."""

from __future__ import annotations

from runthrough.emulator.confluent.families import REGISTRY
from runthrough.emulator.confluent.registry import compatibility, config, subjects
from runthrough.emulator.confluent.route import Route, missing

REGISTRY_ROUTES: tuple[Route, ...] = (
    Route(REGISTRY, "GET", "/subjects", subjects.list_subjects),
    Route(REGISTRY, "POST", "/subjects/{subject}", subjects.look_up),
    Route(REGISTRY, "DELETE", "/subjects/{subject}", subjects.delete_subject),
    Route(REGISTRY, "GET", "/subjects/{subject}/versions", subjects.list_versions),
    Route(REGISTRY, "POST", "/subjects/{subject}/versions", subjects.register),
    Route(REGISTRY, "GET", "/subjects/{subject}/versions/{version}", subjects.get_version),
    Route(
        REGISTRY,
        "DELETE",
        "/subjects/{subject}/versions/{version}",
        subjects.delete_version,
    ),
    Route(
        REGISTRY,
        "GET",
        "/subjects/{subject}/versions/{version}/schema",
        subjects.get_version_schema,
    ),
    Route(
        REGISTRY,
        "GET",
        "/subjects/{subject}/versions/{version}/referencedby",
        subjects.list_references,
    ),
    *missing(REGISTRY, "GET", "/subjects/{subject}/metadata"),
    Route(REGISTRY, "GET", "/schemas/types", subjects.list_types),
    Route(REGISTRY, "GET", "/schemas/ids/{id}", subjects.get_schema),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/subjects", subjects.list_schema_subjects),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/versions", subjects.list_schema_versions),
    Route(REGISTRY, "GET", "/schemas/ids/{id}/schema", subjects.get_schema_text),
    *missing(REGISTRY, "GET", "/schemas/guids/{guid}"),
    *missing(REGISTRY, "GET", "/schemas"),
    Route(REGISTRY, "GET", "/config", config.get_config),
    Route(REGISTRY, "PUT", "/config", config.put_config),
    Route(REGISTRY, "DELETE", "/config", config.delete_config),
    Route(REGISTRY, "GET", "/config/{subject}", config.get_config),
    Route(REGISTRY, "PUT", "/config/{subject}", config.put_config),
    Route(REGISTRY, "DELETE", "/config/{subject}", config.delete_config),
    Route(REGISTRY, "GET", "/mode", config.get_mode),
    Route(REGISTRY, "PUT", "/mode", config.put_mode),
    Route(REGISTRY, "GET", "/mode/{subject}", config.get_mode),
    Route(REGISTRY, "PUT", "/mode/{subject}", config.put_mode),
    Route(REGISTRY, "DELETE", "/mode/{subject}", config.delete_mode),
    Route(
        REGISTRY,
        "POST",
        "/compatibility/subjects/{subject}/versions/{version}",
        compatibility.check_version,
    ),
    Route(
        REGISTRY,
        "POST",
        "/compatibility/subjects/{subject}/versions",
        compatibility.check_versions,
    ),
    Route(
        REGISTRY,
        "GET",
        "/associations/resources/{namespace}/{resource}",
        subjects.list_associations,
    ),
    *missing(REGISTRY, "POST PUT", "/associations"),
    *missing(REGISTRY, "GET DELETE", "/associations/{path*}"),
    Route(REGISTRY, "GET", "/contexts", subjects.list_contexts),
    *missing(REGISTRY, "GET", "/clusterconfig"),
    *missing(REGISTRY, "GET POST PUT DELETE", "/catalog/v1/{path*}"),
)
