"""The routes of api.confluent.cloud: facts/confluent-cloud-api.md 3.1 to 3.5 and 3.8."""

from __future__ import annotations

from runthrough.emulator.confluent.control_plane import iam, places
from runthrough.emulator.confluent.families import CONTROL, ROLES
from runthrough.emulator.confluent.route import Route, missing

_CONNECT = "/connect/v1/environments/{environment}/clusters/{cluster}"

CONTROL_PLANE_ROUTES: tuple[Route, ...] = (
    Route(CONTROL, "GET", "/org/v2/organizations", places.list_organizations),
    Route(CONTROL, "GET", "/org/v2/organizations/{organization}", places.get_organization),
    *missing(CONTROL, "PATCH", "/org/v2/organizations/{organization}"),
    Route(CONTROL, "GET", "/org/v2/environments", places.list_environments),
    *missing(CONTROL, "POST", "/org/v2/environments"),
    Route(CONTROL, "GET", "/org/v2/environments/{environment}", places.get_environment),
    *missing(CONTROL, "PATCH DELETE", "/org/v2/environments/{environment}"),
    Route(CONTROL, "GET", "/cmk/v2/clusters", places.list_clusters),
    *missing(CONTROL, "POST", "/cmk/v2/clusters"),
    Route(CONTROL, "GET", "/cmk/v2/clusters/{cluster}", places.get_cluster),
    *missing(CONTROL, "PATCH DELETE", "/cmk/v2/clusters/{cluster}"),
    Route(CONTROL, "GET", "/fcpm/v2/compute-pools", places.list_compute_pools),
    *missing(CONTROL, "POST", "/fcpm/v2/compute-pools"),
    Route(CONTROL, "GET", "/fcpm/v2/compute-pools/{pool}", places.get_compute_pool),
    *missing(CONTROL, "PATCH DELETE", "/fcpm/v2/compute-pools/{pool}"),
    Route(CONTROL, "GET", "/fcpm/v2/regions", places.list_regions),
    *missing(CONTROL, "GET PATCH", "/fcpm/v2/compute-pool-config"),
    Route(CONTROL, "GET", "/srcm/v3/clusters", places.list_schema_registries),
    Route(CONTROL, "GET", "/srcm/v3/clusters/{registry}", places.get_schema_registry),
    Route(CONTROL, "GET", "/iam/v2/service-accounts", iam.list_service_accounts),
    *missing(CONTROL, "POST", "/iam/v2/service-accounts"),
    Route(CONTROL, "GET", "/iam/v2/service-accounts/{principal}", iam.get_service_account),
    *missing(CONTROL, "PATCH DELETE", "/iam/v2/service-accounts/{principal}"),
    Route(CONTROL, "GET", "/iam/v2/users", iam.list_users),
    Route(CONTROL, "GET", "/iam/v2/users/{principal}", iam.get_user),
    *missing(CONTROL, "PATCH DELETE", "/iam/v2/users/{principal}"),
    Route(CONTROL, "GET", "/iam/v2/api-keys", iam.list_api_keys),
    *missing(CONTROL, "POST", "/iam/v2/api-keys"),
    Route(CONTROL, "GET", "/iam/v2/api-keys/{key}", iam.get_api_key),
    *missing(CONTROL, "PATCH DELETE", "/iam/v2/api-keys/{key}"),
    Route(ROLES, "GET", "/iam/v2/role-bindings", iam.list_role_bindings),
    *missing(ROLES, "POST", "/iam/v2/role-bindings"),
    *missing(ROLES, "GET DELETE", "/iam/v2/role-bindings/{binding}"),
    *missing(CONTROL, "GET", "/endpoint/v1/endpoints"),
    *missing(CONTROL, "GET POST", "/pim/v1/integrations"),
    *missing(CONTROL, "GET DELETE", "/pim/v1/integrations/{integration}"),
    *missing(CONTROL, "GET POST PATCH DELETE", "/pim/v2/{path*}"),
    *missing(CONTROL, "GET POST", f"{_CONNECT}/connectors"),
    *missing(CONTROL, "GET POST PUT DELETE", f"{_CONNECT}/connectors/{{path*}}"),
    *missing(CONTROL, "GET POST PATCH DELETE", "/artifact/v1/{path*}"),
    *missing(CONTROL, "GET POST", "/v2/metrics/{path*}"),
    *missing(CONTROL, "GET", "/billing/v1/costs"),
    *missing(CONTROL, "POST", "/sts/v1/oauth2/token"),
)
