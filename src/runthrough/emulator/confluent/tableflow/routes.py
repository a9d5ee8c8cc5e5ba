"""The routes of Tableflow: facts/confluent-cloud-api.md 3.8."""

from __future__ import annotations

from runthrough.emulator.confluent.families import TABLEFLOW
from runthrough.emulator.confluent.route import Route, missing

TABLEFLOW_ROUTES: tuple[Route, ...] = (
    *missing(TABLEFLOW, "GET", "/tableflow/v1/regions"),
    *missing(TABLEFLOW, "GET POST", "/tableflow/v1/tableflow-topics"),
    *missing(TABLEFLOW, "GET PATCH DELETE", "/tableflow/v1/tableflow-topics/{topic}"),
    *missing(TABLEFLOW, "GET POST", "/tableflow/v1/catalog-integrations"),
    *missing(TABLEFLOW, "GET PATCH DELETE", "/tableflow/v1/catalog-integrations/{integration}"),
)
