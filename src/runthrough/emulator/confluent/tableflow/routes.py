"""The routes of Tableflow: facts/confluent-cloud-api.md 3.8."""

from __future__ import annotations

from runthrough.emulator.confluent.families import TABLEFLOW
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.tableflow import catalogs, topics

_TOPICS = "/tableflow/v1/tableflow-topics"
_TOPIC = f"{_TOPICS}/{{topic}}"
_CATALOGS = "/tableflow/v1/catalog-integrations"
_CATALOG = f"{_CATALOGS}/{{integration}}"
_FORMATS = "a Delta table is written; one of Iceberg is FAILED"
_LISTS_NOT = "it is kept, and FAILED: no table is listed there"

TABLEFLOW_ROUTES: tuple[Route, ...] = (
    Route(TABLEFLOW, "GET", "/tableflow/v1/regions", topics.list_regions),
    Route(TABLEFLOW, "GET", _TOPICS, topics.list_topics),
    Route(TABLEFLOW, "POST", _TOPICS, topics.create_topic, note=_FORMATS),
    Route(TABLEFLOW, "GET", _TOPIC, topics.get_topic),
    Route(TABLEFLOW, "PATCH", _TOPIC, topics.patch_topic),
    Route(TABLEFLOW, "DELETE", _TOPIC, topics.delete_topic),
    Route(TABLEFLOW, "GET", _CATALOGS, catalogs.list_catalogs),
    Route(TABLEFLOW, "POST", _CATALOGS, catalogs.create_catalog, note=_LISTS_NOT),
    Route(TABLEFLOW, "GET", _CATALOG, catalogs.get_catalog),
    Route(TABLEFLOW, "PATCH", _CATALOG, catalogs.patch_catalog),
    Route(TABLEFLOW, "DELETE", _CATALOG, catalogs.delete_catalog),
)
