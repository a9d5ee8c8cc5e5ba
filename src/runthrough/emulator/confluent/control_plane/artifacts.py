"""Flink artifacts (artifact/v1): the archives of user-defined functions.

Source: facts/confluent-cloud-api.md 3.8. Nobody can upload one here (501), so every list is empty
and every id unknown; that ids are unknown with 404 is ours.
"""

from __future__ import annotations

from runthrough.emulator.confluent.cloud import Cloud
from runthrough.emulator.confluent.envelope import listing, not_found, require_environment
from runthrough.emulator.confluent.http import Call, Refusal, Reply


def list_artifacts(cloud: Cloud, call: Call) -> Reply:
    """GET /artifact/v1/flink-artifacts?cloud=&region=&environment=."""
    _check_place(cloud, call)
    return listing(call, "artifact/v1", "FlinkArtifact", [])


def get_artifact(cloud: Cloud, call: Call) -> Reply:
    """GET /artifact/v1/flink-artifacts/{artifact}?cloud=&region=&environment=."""
    raise _unknown(cloud, call)


def delete_artifact(cloud: Cloud, call: Call) -> Reply:
    """DELETE /artifact/v1/flink-artifacts/{artifact}?cloud=&region=&environment=."""
    raise _unknown(cloud, call)


def _unknown(cloud: Cloud, call: Call) -> Refusal:
    _check_place(cloud, call)
    return not_found(f"Flink artifact {call.params['artifact']} was not found.")


def _check_place(cloud: Cloud, call: Call) -> None:
    for name in ("cloud", "region"):
        if not call.query.get(name):
            raise Refusal(
                400,
                f"the query parameter {name} is required",
                code="invalid_filter",
                pointer=name,
            )
    require_environment(cloud, call)
