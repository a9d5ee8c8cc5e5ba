"""The routes of catalog integrations (tableflow/v1): catalogs that would list the tables.

Source: facts/confluent-cloud-api.md 3.8 and 3.9; client id and secret are in no answer. The
emulator publishes to no catalog, and none ever says CONNECTED: after PENDING it is FAILED with an
`error_message`. Wordings are ours.
"""

from __future__ import annotations

from runthrough.emulator.confluent.bodies import invalid, read_body
from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import Json, created, head, listing, not_found
from runthrough.emulator.confluent.http import Call, Refusal, Reply, reply
from runthrough.emulator.confluent.http import timestamp as text_of
from runthrough.emulator.confluent.tableflow.bodies import (
    AwsGlue,
    AwsGlueChange,
    CatalogChange,
    CatalogConfig,
    ChangeCatalog,
    CreateCatalog,
)
from runthrough.emulator.confluent.tableflow.catalog_store import Catalog
from runthrough.emulator.confluent.tableflow.places import (
    Place,
    check_integration,
    cluster_crn,
    find_place,
    place_references,
    queried_place,
)

_PATH = "/tableflow/v1/catalog-integrations"
_SECRETS = frozenset({"client_id", "client_secret"})


def list_catalogs(cloud: Cloud, call: Call) -> Reply:
    """GET /tableflow/v1/catalog-integrations?environment=&spec.kafka_cluster=."""
    place = queried_place(cloud, call)
    found = cloud.catalogs.of(place.environment, place.cluster)
    return listing(
        call, "tableflow/v1", "CatalogIntegration", [_show(cloud, call, c) for c in found]
    )


def create_catalog(cloud: Cloud, call: Call) -> Reply:
    """POST /tableflow/v1/catalog-integrations."""
    spec = read_body(call, CreateCatalog).spec
    place = find_place(cloud, spec.environment.id, spec.kafka_cluster.id)
    if spec.suspended:
        raise invalid("a catalog integration cannot be created suspended", "/spec/suspended")
    _check(cloud, place, spec.config)
    made = cloud.catalogs.add(place.environment, place.cluster, spec.display_name, spec.config)
    return created(_show(cloud, call, made), f"{call.url}/{made.id}", 202)


def get_catalog(cloud: Cloud, call: Call) -> Reply:
    """GET /tableflow/v1/catalog-integrations/{integration}?environment=&spec.kafka_cluster=."""
    return reply(_show(cloud, call, _find(cloud, call, queried_place(cloud, call))))


def patch_catalog(cloud: Cloud, call: Call) -> Reply:
    """PATCH /tableflow/v1/catalog-integrations/{integration}."""
    spec = read_body(call, ChangeCatalog).spec
    place = find_place(cloud, spec.environment.id, spec.kafka_cluster.id)
    known = _find(cloud, call, place)
    if spec.suspended:
        raise invalid("a catalog integration can be resumed, not suspended", "/spec/suspended")
    if spec.config is not None:
        _check_change(known.config, spec.config)
    changed = cloud.catalogs.change(known.id, spec.display_name, spec.config)
    if changed is None:
        raise _unknown(call)
    return reply(_show(cloud, call, changed))


def delete_catalog(cloud: Cloud, call: Call) -> Reply:
    """DELETE /tableflow/v1/catalog-integrations/{integration}?environment=&spec.kafka_cluster=."""
    found = _find(cloud, call, queried_place(cloud, call))
    if not cloud.catalogs.remove(found.id):
        raise _unknown(call)
    return Reply(204)


def _check(cloud: Cloud, place: Place, config: CatalogConfig) -> None:
    if isinstance(config, AwsGlue):
        check_integration(
            cloud,
            place.environment,
            config.provider_integration_id,
            "/spec/config/provider_integration_id",
        )


def _check_change(known: CatalogConfig, change: CatalogChange) -> None:
    if change.kind != known.kind:
        raise invalid("the kind of a catalog cannot change", "/spec/config/kind")
    if isinstance(known, AwsGlue) and isinstance(change, AwsGlueChange):
        integration = change.provider_integration_id
        if integration not in (None, known.provider_integration_id):
            raise invalid(
                "the provider integration of a catalog cannot change",
                "/spec/config/provider_integration_id",
            )


def _find(cloud: Cloud, call: Call, place: Place) -> Catalog:
    found = cloud.catalogs.get(call.params["integration"])
    if found is None or (found.environment, found.cluster) != (place.environment, place.cluster):
        raise _unknown(call)
    return found


def _unknown(call: Call) -> Refusal:
    return not_found(f"Catalog Integration {call.params['integration']} was not found.")


def _show(cloud: Cloud, call: Call, catalog: Catalog) -> Json:
    place = (catalog.environment, catalog.cluster)
    phase = catalog.life.look()
    status: Json = {"phase": phase}
    if phase == "FAILED":
        status["error_message"] = (
            f"not emulated: the emulator lists its tables in no catalog of kind "
            f"{catalog.config.kind}; the live target does"
        )
    return {
        **head("tableflow/v1", "CatalogIntegration", catalog.id),
        "metadata": {
            "self": f"{call.base_url}{_PATH}/{catalog.id}",
            "resource_name": f"{cluster_crn(cloud, *place)}/catalog-integration={catalog.id}",
            "created_at": text_of(catalog.created),
            "updated_at": text_of(catalog.updated),
        },
        "spec": {
            "display_name": catalog.name,
            "suspended": False,
            **place_references(cloud, call, *place),
            "config": catalog.config.model_dump(exclude=set(_SECRETS), exclude_none=True),
        },
        "status": status,
    }
