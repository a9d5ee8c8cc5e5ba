from __future__ import annotations

import httpx
import pytest

from runthrough.emulator.confluent.families import WRONG_KIND

from ..conftest import Emulated

LISTS = [
    ("/org/v2/organizations", "OrganizationList", 1),
    ("/org/v2/environments", "EnvironmentList", 1),
    ("/cmk/v2/clusters?environment={env}", "ClusterList", 1),
    ("/fcpm/v2/compute-pools?environment={env}", "ComputePoolList", 1),
    ("/fcpm/v2/regions", "RegionList", 6),
    ("/srcm/v3/clusters?environment={env}", "ClusterList", 1),
    ("/iam/v2/service-accounts", "ServiceAccountList", 1),
    ("/iam/v2/users", "UserList", 1),
    ("/iam/v2/api-keys", "ApiKeyList", 6),
    ("/iam/v2/role-bindings?crn_pattern=crn://confluent.cloud/*", "RoleBindingList", 2),
]


@pytest.mark.parametrize(("path", "kind", "count"), LISTS)
def test_every_list_has_the_envelope_its_readers_need(
    emulated: Emulated, cloud: httpx.Client, path: str, kind: str, count: int
) -> None:
    body = cloud.get(path.format(env=emulated.world.environment.id)).raise_for_status().json()
    assert body["kind"] == kind
    assert len(body["data"]) == body["metadata"]["total_size"] == count
    assert body["metadata"].keys() == {"first", "total_size"}, "no address that is none"
    for item in body["data"]:
        assert {"api_version", "kind", "id", "metadata"} <= item.keys()


def test_a_token_of_somebody_else_is_not_exchanged(emulated: Emulated) -> None:
    """Whoever asks has no credential but the form's own (facts 1.1)."""
    with emulated.http(None) as client:
        answer = client.post("/sts/v1/oauth2/token", data={"subject_token": "x"})
    assert answer.status_code == 501
    assert "not emulated" in answer.json()["errors"][0]["detail"]


def test_a_misspelt_field_is_met_with_the_nearest_one(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    world = emulated.world
    for body, said in (
        ({"dispaly_name": "x"}, "did you mean 'display_name'?"),
        ({"display_name": "x", "stream_governance_config": {"pakage": "x"}}, "mean 'package'?"),
        ({"display_name": "x", "stream_governance_config": {}}, "'package' is missing"),
        ({"display_name": 7}, "/display_name: must be a text"),
        ({"display_name": "x" * 65}, "/display_name: must have 64 characters at most"),
    ):
        answer = cloud.post("/org/v2/environments", json=body)
        assert answer.status_code in (400, 422)
        details = [error["detail"] for error in answer.json()["errors"]]
        assert any(said in detail for detail in details), details
    address = f"/org/v2/environments/{world.environment.id}"
    assert cloud.get(address).json()["display_name"] == world.environment.name


@pytest.mark.parametrize(("path", "kind", "count"), LISTS)
def test_the_same_lists_answer_under_api(
    emulated: Emulated, cloud: httpx.Client, path: str, kind: str, count: int
) -> None:
    body = cloud.get("/api" + path.format(env=emulated.world.environment.id)).json()
    assert (body["kind"], len(body["data"])) == (kind, count)


def test_single_objects_say_the_same_as_their_lists(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    env = {"environment": emulated.world.environment.id}
    for path in (
        "/org/v2/organizations",
        "/org/v2/environments",
        "/cmk/v2/clusters",
        "/fcpm/v2/compute-pools",
        "/srcm/v3/clusters",
        "/iam/v2/service-accounts",
        "/iam/v2/users",
        "/iam/v2/api-keys",
    ):
        for item in cloud.get(path, params=env).json()["data"]:
            assert cloud.get(f"{path}/{item['id']}", params=env).json() == item


def test_links_of_a_page_lead_back_to_the_host_that_was_asked(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    """The last parameter is the token, and the address works as it stands."""
    seen, address = [], "/fcpm/v2/regions?page_size=4&cloud=aws"
    host = emulated.url.replace("127.0.0.1", "localhost")
    with httpx.Client(auth=emulated.auth("cloud"), trust_env=False) as client:
        following = client.get(host + address).json()["metadata"]["next"]
        assert following.startswith(host + "/fcpm/v2/regions?")
        assert "page_token" in following.rpartition("&")[2]
    while address:
        body = cloud.get(address).json()
        seen += [region["region_name"] for region in body["data"]]
        address = body["metadata"].get("next", "")
    assert seen == sorted(emulated.world.regions)


def test_the_cluster_carries_what_terraform_cuts_out_of_it(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    world = emulated.world
    cluster = cloud.get(
        f"/cmk/v2/clusters/{world.cluster.id}", params={"environment": world.environment.id}
    ).json()
    crn = cluster["metadata"]["resource_name"]
    assert f"/environment={world.environment.id}/" in crn
    assert crn.endswith(f"/cloud-cluster={world.cluster.id}/kafka={world.cluster.id}")
    assert cluster["spec"]["http_endpoint"] == emulated.url
    bootstrap = cluster["spec"]["kafka_bootstrap_endpoint"]
    assert bootstrap == emulated.running.exports["KAFKA_BOOTSTRAP_SERVERS"]
    assert bootstrap.startswith("PLAINTEXT://127.0.0.1:")


def test_the_organization_can_be_cut_out_of_an_environment(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    crn = cloud.get("/org/v2/environments").json()["data"][0]["metadata"]["resource_name"]
    cut = crn.partition("organization=")[2].partition("/environment=")[0]
    assert cut == emulated.world.organization.id


def test_one_region_is_found_by_cloud_and_name_in_any_case(cloud: httpx.Client) -> None:
    query = {"cloud": "aws", "region_name": "eu-west-1"}
    data = cloud.get("/fcpm/v2/regions", params=query).json()["data"]
    assert [region["id"] for region in data] == ["aws.eu-west-1"]
    assert cloud.get("/fcpm/v2/regions", params={"cloud": "GCP"}).json()["data"] == []


def test_keys_say_what_they_open_and_never_their_secret(
    emulated: Emulated, cloud: httpx.Client
) -> None:
    answer = cloud.get("/iam/v2/api-keys")
    opened = {
        (key["spec"]["resource"]["kind"], key["spec"]["resource"]["api_version"])
        for key in answer.json()["data"]
    }
    assert opened == {
        ("Cloud", "iam/v2"),
        ("Global", "global/v1"),
        ("Tableflow", "tableflow/v1"),
        ("Cluster", "cmk/v2"),
        ("Cluster", "srcm/v3"),
        ("Region", "fcpm/v2"),
    }
    for key in emulated.world.keys:
        assert key.secret.get_secret_value() not in answer.text
    one = {"spec.resource": emulated.world.cluster.id, "spec.owner": "sa-rh5t1q"}
    assert len(cloud.get("/iam/v2/api-keys", params=one).json()["data"]) == 1


def test_role_bindings_are_listed_by_pattern(emulated: Emulated, cloud: httpx.Client) -> None:
    organization = f"crn://confluent.cloud/organization={emulated.world.organization.id}"
    exact = cloud.get("/iam/v2/role-bindings", params={"crn_pattern": organization}).json()
    assert [b["role_name"] for b in exact["data"]] == ["OrganizationAdmin"]
    query = {"crn_pattern": organization + "*", "principal": "User:sa-rh5t1q"}
    below = cloud.get("/iam/v2/role-bindings", params=query).json()
    assert [b["role_name"] for b in below["data"]] == ["EnvironmentAdmin"]
    missing = cloud.get("/iam/v2/role-bindings")
    assert missing.status_code == 400
    assert missing.json() == {"error_code": 400, "message": "crn_pattern is required"}


def test_a_cluster_key_gets_the_well_known_hint(emulated: Emulated) -> None:
    with emulated.http("kafka") as client:
        answer = client.get("/org/v2/environments")
    assert answer.status_code == 401
    assert answer.json()["errors"][0]["detail"] == WRONG_KIND
    assert "source" not in answer.json()["errors"][0]
    assert answer.headers["www-authenticate"].startswith('Basic error="invalid_key"')


def test_without_a_key_nobody_comes_in(emulated: Emulated) -> None:
    with emulated.http(None) as client:
        answer = client.get("/org/v2/environments")
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["status"], error["detail"]) == (401, "401", "Unauthorized")
    assert error["source"] == {}


def test_a_global_key_opens_the_control_plane(emulated: Emulated) -> None:
    with emulated.http("global") as client:
        assert client.get("/org/v2/organizations").status_code == 200


@pytest.mark.parametrize(
    ("path", "status", "words"),
    [
        ("/org/v2/environments/env-nope", 404, "env-nope"),
        ("/cmk/v2/clusters?environment=env-nope", 404, "env-nope"),
        ("/cmk/v2/clusters", 400, "environment is required"),
        ("/cmk/v2/clusters/lkc-nope?environment={env}", 403, "do not have access"),
        ("/fcpm/v2/compute-pools/lfcp-nope?environment={env}", 403, "lfcp-nope was not found"),
        ("/srcm/v3/clusters/lsrc-nope?environment={env}", 403, "do not have access"),
        ("/iam/v2/api-keys/NOPE", 403, "do not have access"),
        ("/iam/v2/users/u-nope", 403, "do not have access"),
        ("/iam/v2/users?page_size=1000", 400, "page_size"),
        ("/iam/v2/users?page_token=***", 400, "page_token"),
    ],
)
def test_unknown_ids_and_bad_queries_are_refused(
    emulated: Emulated, cloud: httpx.Client, path: str, status: int, words: str
) -> None:
    answer = cloud.get(path.format(env=emulated.world.environment.id))
    assert answer.status_code == status
    assert words in answer.json()["errors"][0]["detail"]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v2/metrics/cloud/descriptors/metrics"),
        ("POST", "/artifact/v1/flink-artifacts"),
        ("GET", "/billing/v1/costs"),
    ],
)
def test_what_is_not_emulated_says_so(cloud: httpx.Client, method: str, path: str) -> None:
    answer = cloud.request(method, path)
    assert answer.status_code == 501
    assert method in answer.text
    assert "is not emulated; the live target has it" in answer.text


def test_the_driver_finds_its_organization_with_a_global_key(emulated: Emulated) -> None:
    key, secret = emulated.auth("global")
    connection = emulated.connect(
        organization_id="",
        global_api_key=key,
        global_api_secret=secret,
        flink_api_key=None,
        flink_api_secret=None,
    )
    try:
        assert connection.organization_id == emulated.world.organization.id
        assert connection.resolve_kafka_cluster_id() == emulated.world.cluster.id
    finally:
        connection.close()
