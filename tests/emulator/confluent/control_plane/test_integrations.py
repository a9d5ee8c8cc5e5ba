from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.emulator.confluent.schemas.base import CodeError
from tests.emulator.confluent.schemas.connect import EndpointList, Integration, IntegrationList

PATH = "/pim/v1/integrations"


def body(environment: str, **changes: Any) -> dict[str, Any]:
    return {
        "display_name": "lab-s3",
        "provider": "aws",
        "environment": {"id": environment},
        "config": {
            "kind": "AwsIntegrationConfig",
            "customer_iam_role_arn": "arn:aws:iam::000011112222:role/lab",
        },
        **changes,
    }


def test_an_integration_lives_and_is_gone(emulated, cloud: httpx.Client) -> None:
    environment = emulated.world.environment.id
    where = {"environment": environment}
    made = cloud.post(PATH, json=body(environment))
    assert made.status_code == 201
    shown = Integration.model_validate_json(made.content)
    assert shown.id.startswith("cspi-")
    assert shown.config.customer_iam_role_arn == "arn:aws:iam::000011112222:role/lab"
    assert cloud.get(f"{PATH}/{shown.id}", params=where).content == made.content
    listed = IntegrationList.model_validate_json(cloud.get(PATH, params=where).content)
    assert shown in listed.data
    assert cloud.delete(f"{PATH}/{shown.id}", params=where).status_code == 204
    for answer in (
        cloud.get(f"{PATH}/{shown.id}", params=where),
        cloud.delete(f"{PATH}/{shown.id}", params=where),
    ):
        assert answer.status_code == 404
        message = CodeError.model_validate_json(answer.content).message
        assert message == f"Provider Integration {shown.id} not found"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"provider": "azure"}, "azure"),
        ({"display_name": "n" * 61}, "/display_name"),
        ({"display_name": 7}, "/display_name"),
        ({"colour": "red"}, "/colour"),
        ({"config": {"kind": "AwsIntegrationConfig"}}, "/config/customer_iam_role_arn"),
        (
            {"config": {"kind": "AwsIntegrationConfig", "customer_iam_role_arn": "arn:aws:s3:::x"}},
            "customer_iam_role_arn",
        ),
    ],
)
def test_a_bad_body_is_refused(
    emulated, cloud: httpx.Client, changes: dict[str, Any], says: str
) -> None:
    answer = cloud.post(PATH, json=body(emulated.world.environment.id, **changes))
    assert answer.status_code in (400, 422)
    assert says in CodeError.model_validate_json(answer.content).message


def test_the_environment_is_required_and_known(cloud: httpx.Client) -> None:
    assert cloud.get(PATH).status_code == 400
    assert cloud.get(PATH, params={"environment": "env-nope"}).status_code == 404
    assert cloud.post(PATH, json=body("env-nope")).status_code == 404


def test_endpoints_are_where_the_caller_is(emulated, cloud: httpx.Client) -> None:
    where = {"environment": emulated.world.environment.id}
    for service in ("FLINK", "KAFKA", "SCHEMA_REGISTRY"):
        answer = cloud.get("/endpoint/v1/endpoints", params={**where, "service": service})
        found = EndpointList.model_validate_json(answer.content).data
        assert {row.service for row in found} == {service}
        assert {row.endpoint for row in found if row.endpoint_type == "REST"} == {emulated.url}
    one = {**where, "service": "FLINK", "cloud": "aws", "region": emulated.world.region}
    answer = cloud.get("/endpoint/v1/endpoints", params=one)
    [row] = EndpointList.model_validate_json(answer.content).data
    assert (row.cloud, row.region) == ("AWS", emulated.world.region)
    private = cloud.get("/endpoint/v1/endpoints", params={**one, "is_private": "true"})
    assert private.json()["data"] == []
    assert cloud.get("/endpoint/v1/endpoints", params=where).status_code == 400


def test_artifacts_are_none_and_cannot_be_uploaded(emulated, cloud: httpx.Client) -> None:
    where = {
        "environment": emulated.world.environment.id,
        "cloud": "AWS",
        "region": emulated.world.region,
    }
    listed = cloud.get("/artifact/v1/flink-artifacts", params=where).json()
    assert (listed["kind"], listed["data"]) == ("FlinkArtifactList", [])
    assert cloud.get("/artifact/v1/flink-artifacts").status_code == 400
    assert cloud.get("/artifact/v1/flink-artifacts/cfa-nope", params=where).status_code == 404
    upload = cloud.post("/artifact/v1/presigned-upload-url", json={})
    assert upload.status_code == 501
    assert "is not emulated; the live target has it" in upload.text
