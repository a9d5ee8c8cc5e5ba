from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.confluent.schemas.base import Errors
from tests.emulator.confluent.schemas.tableflow import Catalog, CatalogList

from .conftest import Lab, integrate

PATH = "/tableflow/v1/catalog-integrations"

UNITY = {
    "kind": "Unity",
    "workspace_endpoint": "https://databricks.example.com",
    "catalog_name": "lab",
    "client_id": "hidden-id",
    "client_secret": "hidden-secret",
}
SNOWFLAKE = {
    "kind": "Snowflake",
    "endpoint": "https://snowflake.example.com",
    "warehouse": "lab",
    "allowed_scope": "PRINCIPAL_ROLE:ALL",
    "client_id": "hidden-id",
    "client_secret": "hidden-secret",
}


def body(lab: Lab, **spec: Any) -> dict[str, Any]:
    place = {
        "environment": {"id": lab.place["environment"]},
        "kafka_cluster": {"id": lab.place["spec.kafka_cluster"]},
    }
    return {"spec": {**place, **spec}}


def new(lab: Lab, config: dict[str, Any]) -> dict[str, Any]:
    return body(lab, display_name="lab", config=config)


@pytest.mark.parametrize("config", [UNITY, SNOWFLAKE])
def test_a_catalog_integration_says_that_nothing_is_listed(
    lab: Lab, config: dict[str, Any]
) -> None:
    made = lab.http.post(PATH, json=new(lab, config))
    assert made.status_code == 202
    shown = Catalog.model_validate_json(made.content)
    assert shown.id.startswith("tci-")
    assert made.headers["location"].endswith(f"{PATH}/{shown.id}")
    assert shown.status.phase == "PENDING"
    one = f"{PATH}/{shown.id}"
    again = lab.http.get(one, params=lab.place)
    seen = Catalog.model_validate_json(again.content)
    assert seen.status.phase == "FAILED"
    assert f"no catalog of kind {config['kind']}" in (seen.status.error_message or "")
    renamed = lab.http.patch(one, json=body(lab, display_name="other"))
    assert Catalog.model_validate_json(renamed.content).spec.display_name == "other"
    secret = {"kind": config["kind"], "client_secret": "hidden-two"}
    changed = lab.http.patch(one, json=body(lab, config=secret))
    assert Catalog.model_validate_json(changed.content).spec.config == shown.spec.config
    listed = lab.http.get(PATH, params=lab.place)
    assert shown.id in [c.id for c in CatalogList.model_validate_json(listed.content).data]
    for answer in (made, again, renamed, changed, listed):
        assert "hidden-" not in answer.text
    assert lab.http.delete(one, params=lab.place).status_code == 204
    for gone in (lab.http.get(one, params=lab.place), lab.http.delete(one, params=lab.place)):
        assert gone.status_code == 404


def test_a_bad_catalog_is_refused_without_its_secret(lab: Lab) -> None:
    glue = {"kind": "AwsGlue", "provider_integration_id": "cspi-nope"}
    for config, pointer in (
        (glue, "/spec/config/provider_integration_id"),
        ({**UNITY, "colour": "red"}, "/spec/config/colour"),
        ({**UNITY, "client_secret": 7}, "/spec/config/client_secret"),
        ({k: v for k, v in UNITY.items() if k != "catalog_name"}, "/spec/config/catalog_name"),
    ):
        answer = lab.http.post(PATH, json=new(lab, config))
        assert answer.status_code in (400, 422)
        [error] = Errors.model_validate_json(answer.content).errors
        assert error.source == {"pointer": pointer}
        assert "hidden-" not in answer.text


def test_the_kind_of_a_catalog_stays(lab: Lab) -> None:
    made = Catalog.model_validate_json(lab.http.post(PATH, json=new(lab, UNITY)).content)
    answer = lab.http.patch(f"{PATH}/{made.id}", json=body(lab, config=SNOWFLAKE))
    assert answer.status_code == 422


def test_a_glue_catalog_keeps_its_integration(lab: Lab) -> None:
    integration = integrate(lab)
    config = {"kind": "AwsGlue", "provider_integration_id": integration}
    made = Catalog.model_validate_json(lab.http.post(PATH, json=new(lab, config)).content)
    path = f"{PATH}/{made.id}"
    same = lab.http.patch(path, json=body(lab, config={"kind": "AwsGlue"}, suspended=False))
    assert Catalog.model_validate_json(same.content).spec.config == made.spec.config
    other = {"kind": "AwsGlue", "provider_integration_id": integrate(lab)}
    assert lab.http.patch(path, json=body(lab, config=other)).status_code == 422
    assert lab.http.patch(path, json=body(lab, suspended=True)).status_code == 422
