from __future__ import annotations

import base64
import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from ..conftest import Emulated
from ..schemas.base import Errors
from ..schemas.iam import ApiKey, ApiKeyList, NewApiKey
from .iam_client import Iam

KEYS = "/iam/v2/api-keys"
Unique = Callable[[str], str]

OPENS = {
    "cloud": "/org/v2/environments",
    "global": "/org/v2/environments",
    "kafka": "/kafka/v3/clusters/{cluster}/topics",
    "schema-registry": "/subjects",
    "flink": "{gateway}/statements",
    "tableflow": "/tableflow/v1/regions",
}


@pytest.fixture
def owner(iam: Iam, unique: Unique) -> str:
    account = iam.account(unique("owner"))
    iam.bind(account, "EnvironmentAdmin", iam.environment)
    return account


def address(emulated: Emulated, scope: str) -> str:
    cluster = emulated.world.cluster.id
    return OPENS[scope].format(cluster=cluster, gateway=emulated.gateway)


def test_a_key_lives_and_dies(iam: Iam, cloud: httpx.Client, owner: str) -> None:
    spec = {
        "display_name": "lab",
        "description": "of a lab",
        "owner": {"id": owner},
        "resource": {"id": "cloud"},
    }
    made = cloud.post(KEYS, json={"spec": spec})
    assert made.status_code == 202
    key = NewApiKey.model_validate_json(made.content)
    assert (key.spec.display_name, key.spec.description) == ("lab", "of a lab")
    path = f"{KEYS}/{key.id}"
    assert ApiKey.model_validate_json(cloud.get(path).content).spec.owner.id == owner
    changed = cloud.patch(path, json={"spec": {"display_name": "renamed"}})
    assert changed.status_code == 200
    shown = ApiKey.model_validate_json(changed.content).spec
    assert (shown.display_name, shown.description) == ("renamed", "of a lab")
    deleted = cloud.delete(path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    for method in ("GET", "PATCH", "DELETE"):
        answer = cloud.request(method, path, json={"spec": {}})
        assert answer.status_code == 403
        assert Errors.model_validate_json(answer.content).errors[0].code == "forbidden_access"


@pytest.mark.parametrize("scope", OPENS)
def test_a_new_key_opens_its_resource_and_a_deleted_one_nothing(
    iam: Iam, cloud: httpx.Client, owner: str, scope: str
) -> None:
    key = iam.key(owner, scope)
    path = address(iam.emulated, scope)
    with httpx.Client(base_url=iam.emulated.url, auth=key, trust_env=False) as client:
        assert client.get(path).status_code in (200, 501)
        cloud.delete(f"{KEYS}/{key[0]}")
        assert client.get(path).status_code == 401


@pytest.mark.parametrize(
    ("resource", "kind", "version"),
    [
        ("lkc", "Cluster", "cmk/v2"),
        ("lsrc", "Cluster", "srcm/v3"),
        ("aws.", "Region", "fcpm/v2"),
        ("tableflow", "Tableflow", "tableflow/v1"),
        ("cloud", "Cloud", "iam/v2"),
        ("global", "Global", "global/v1"),
    ],
)
def test_kind_and_version_come_from_the_id(
    iam: Iam, owner: str, resource: str, kind: str, version: str
) -> None:
    world = iam.emulated.world
    ids = {
        "lkc": world.cluster.id,
        "lsrc": world.schema_registry.id,
        "aws.": f"aws.{world.region}",
    }
    answer = iam.ask_key(owner, ids.get(resource, resource), environment=world.environment.id)
    shown = NewApiKey.model_validate_json(answer.content).spec.resource
    assert (shown.kind, shown.api_version) == (kind, version)


def test_without_a_resource_it_is_a_cloud_key(cloud: httpx.Client, owner: str) -> None:
    answer = cloud.post(KEYS, json={"spec": {"owner": {"id": owner}}})
    assert NewApiKey.model_validate_json(answer.content).spec.resource.id == "cloud"


def test_lists_are_filtered_by_owner_and_resource(
    iam: Iam, cloud: httpx.Client, owner: str
) -> None:
    made = {iam.key(owner, scope)[0] for scope in ("cloud", "kafka")}
    mine = cloud.get(KEYS, params={"spec.owner": owner})
    assert {key.id for key in ApiKeyList.model_validate_json(mine.content).data} == made
    query = {"spec.owner": owner, "spec.resource": iam.emulated.world.cluster.id}
    one = ApiKeyList.model_validate_json(cloud.get(KEYS, params=query).content).data
    assert [key.spec.resource.kind for key in one] == ["Cluster"]


@pytest.mark.parametrize(
    ("spec", "status", "pointer"),
    [
        ({}, 400, "/spec/owner"),
        ({"owner": "sa-1"}, 400, "/spec/owner"),
        ({"owner": {"id": "sa-nobody"}}, 422, "/spec/owner/id"),
        ({"owner": {"id": "{owner}"}, "resource": {}}, 400, "/spec/resource/id"),
        ({"owner": {"id": "{owner}"}, "resource": {"id": "moon"}}, 422, "/spec/resource/id"),
        (
            {"owner": {"id": "{owner}"}, "resource": {"id": "aws.us-east-1"}},
            422,
            "/spec/resource/environment",
        ),
        ({"owner": {"id": "{owner}"}, "display_name": 7}, 400, "/spec/display_name"),
        ({"owner": {"id": "{owner}"}, "colour": "red"}, 400, "/spec/colour"),
    ],
)
def test_bad_orders_are_refused_by_their_place(
    cloud: httpx.Client, owner: str, spec: dict[str, Any], status: int, pointer: str
) -> None:
    if isinstance(spec.get("owner"), dict) and spec["owner"]["id"] == "{owner}":
        spec = {**spec, "owner": {"id": owner}}
    answer = cloud.post(KEYS, json={"spec": spec})
    error = Errors.model_validate_json(answer.content).errors[0]
    assert (answer.status_code, error.source) == (status, {"pointer": pointer})


@pytest.mark.parametrize("resource", ["lkc-nope", "lsrc-nope"])
def test_no_key_is_made_for_what_is_not_there(iam: Iam, owner: str, resource: str) -> None:
    assert iam.ask_key(owner, resource).status_code == 403


def test_no_flink_key_is_made_for_an_unknown_environment(iam: Iam, owner: str) -> None:
    assert iam.ask_key(owner, "aws.us-east-1", environment="env-nope").status_code == 404


@pytest.mark.parametrize("part", ["owner", "resource"])
def test_owner_and_resource_stay(iam: Iam, cloud: httpx.Client, owner: str, part: str) -> None:
    path = f"{KEYS}/{iam.key(owner, 'cloud')[0]}"
    same = cloud.get(path).json()["spec"]
    assert cloud.patch(path, json={"spec": same}).status_code == 200
    answer = cloud.patch(path, json={"spec": {part: {"id": "global"}}})
    assert answer.status_code == 422
    error = Errors.model_validate_json(answer.content).errors[0]
    assert error.source == {"pointer": f"/spec/{part}"}


def test_a_key_of_another_region_opens_no_statements(
    iam: Iam, cloud: httpx.Client, owner: str
) -> None:
    world = iam.emulated.world
    other = next(region for region in world.regions if region != world.region)
    made = iam.ask_key(owner, f"aws.{other}", environment=world.environment.id).json()
    key = made["id"], made["spec"]["secret"]
    with httpx.Client(base_url=iam.emulated.url, auth=key, trust_env=False) as client:
        refused = client.get(f"{iam.emulated.gateway}/statements")
    assert refused.status_code == 401
    assert refused.json()["errors"][0]["detail"] == "Unauthorized"


@pytest.mark.parametrize("scope", OPENS)
def test_the_secret_is_shown_once_and_nowhere_else(
    iam: Iam, cloud: httpx.Client, owner: str, scope: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    key, secret = iam.key(owner, scope)
    basic = base64.b64encode(f"{key}:{secret}".encode()).decode()
    said = [
        cloud.get(KEYS, params={"spec.owner": owner}).text,
        cloud.get(f"{KEYS}/{key}").text,
        cloud.patch(f"{KEYS}/{key}", json={"spec": {"description": "x"}}).text,
        cloud.patch(f"{KEYS}/{key}", json={"spec": {"secret": 7}}).text,
    ]
    with httpx.Client(base_url=iam.emulated.url, auth=(key, secret), trust_env=False) as client:
        for path in (*OPENS.values(), "/iam/v2/api-keys"):
            cluster = iam.emulated.world.cluster.id
            answer = client.get(path.format(cluster=cluster, gateway=iam.emulated.gateway))
            said += [answer.text, str(answer.headers)]
    said += [cloud.delete(f"{KEYS}/{key}").text, cloud.get(f"{KEYS}/{key}").text, caplog.text]
    log = cloud.get("/_emulator/requests")
    assert log.status_code == 200
    said.append(log.text)
    for text in said:
        assert secret not in text
        assert basic not in text
