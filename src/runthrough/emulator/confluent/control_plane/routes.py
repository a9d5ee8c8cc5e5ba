"""The routes of api.confluent.cloud: facts/confluent-cloud-api.md 3.1 to 3.5 and 3.8."""

from __future__ import annotations

from runthrough.emulator.confluent.connect.routes import CONNECT_ROUTES
from runthrough.emulator.confluent.control_plane import (
    artifacts,
    endpoints,
    integrations,
)
from runthrough.emulator.confluent.control_plane.account_routes import ACCOUNT_ROUTES
from runthrough.emulator.confluent.control_plane.iam_routes import IAM_ROUTES
from runthrough.emulator.confluent.families import CONTROL, PROVIDERS, TOKENS
from runthrough.emulator.confluent.route import Route, missing

_ARTIFACTS = "/artifact/v1/flink-artifacts"
_INTEGRATIONS = "/pim/v1/integrations"

CONTROL_PLANE_ROUTES: tuple[Route, ...] = (
    *ACCOUNT_ROUTES,
    *IAM_ROUTES,
    Route(CONTROL, "GET", "/endpoint/v1/endpoints", endpoints.list_endpoints),
    Route(PROVIDERS, "GET", _INTEGRATIONS, integrations.list_integrations),
    Route(PROVIDERS, "POST", _INTEGRATIONS, integrations.create_integration, note="of AWS"),
    Route(PROVIDERS, "GET", f"{_INTEGRATIONS}/{{integration}}", integrations.get_integration),
    Route(PROVIDERS, "DELETE", f"{_INTEGRATIONS}/{{integration}}", integrations.delete_integration),
    *missing(PROVIDERS, "GET POST PATCH DELETE", "/pim/v2/{path*}"),
    *CONNECT_ROUTES,
    Route(CONTROL, "GET", _ARTIFACTS, artifacts.list_artifacts, note="always none"),
    *missing(CONTROL, "POST", _ARTIFACTS),
    Route(CONTROL, "GET", f"{_ARTIFACTS}/{{artifact}}", artifacts.get_artifact),
    *missing(CONTROL, "PATCH", f"{_ARTIFACTS}/{{artifact}}"),
    Route(CONTROL, "DELETE", f"{_ARTIFACTS}/{{artifact}}", artifacts.delete_artifact),
    *missing(CONTROL, "POST", "/artifact/v1/presigned-upload-url"),
    *missing(CONTROL, "GET POST", "/v2/metrics/{path*}"),
    *missing(CONTROL, "GET", "/billing/v1/costs"),
    *missing(TOKENS, "POST", "/sts/v1/oauth2/token"),
)
