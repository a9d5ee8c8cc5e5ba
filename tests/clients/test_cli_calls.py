"""The calls of the `confluent` CLI, command by command, in its order (facts 4.3), over httpx.

The CLI itself is tried in `test_cli.py`, where it is on the machine. Bodies are written from the
fact sheet, with invented values.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from runthrough.emulator.server import Running
from tests.waiting import becomes, eventually

Json = dict[str, Any]


class Cli:
    """What the CLI keeps between two commands, and where it sends what."""

    def __init__(self, running: Running) -> None:
        self.world, self.url = running.world, running.url
        self.http = httpx.Client(
            base_url=running.url,
            trust_env=False,
            headers={"User-Agent": "Confluent-CLI/v4.73.0 (https://confluent.io; x@confluent.io)"},
        )
        self.gateway = (
            f"/sql/v1/organizations/{self.world.organization.id}"
            f"/environments/{self.world.environment.id}"
        )

    def log_in(self) -> Json:
        user = next(p for p in self.world.principals if p.password is not None)
        assert user.password is not None
        realm = self.http.get("/api/login/realm", params={"email": user.email})
        assert realm.json()["is_sso"] is False
        login = {"email": user.email, "password": user.password.get_secret_value()}
        answer = self.http.post("/api/sessions", json=login)
        assert answer.status_code == 200
        self.session = answer.json()["token"]
        me: Json = self.cloud("GET", "/api/me")
        self.cloud("GET", "/api/growth/v1/free-trial-info")
        return me

    def cloud(self, method: str, path: str, **options: Any) -> Any:
        """Call the control plane, with the session."""
        return self._call(self.session, method, path, **options)

    def data_plane_token(self) -> str:
        """Exchange the session; the CLI appends this path to the address of the login."""
        path = "/cpdev.cloud/api/access_tokens"
        answer = self.cloud("POST", path, json={})
        assert answer["error"] == ""
        return str(answer["token"])

    def flink(self, method: str, path: str, **options: Any) -> Any:
        """Call the Flink gateway, with a token exchanged for this command."""
        return self._call(self.data_plane_token(), method, self.gateway + path, **options)

    def _call(self, token: str, method: str, path: str, **options: Any) -> Any:
        headers = {"Authorization": f"Bearer {token}"}
        answer = self.http.request(method, path, headers=headers, **options)
        assert answer.status_code < 300, f"{method} {path}: {answer.status_code} {answer.text}"
        return answer.json() if answer.content else None

    def status(self, method: str, path: str) -> int:
        headers = {"Authorization": f"Bearer {self.data_plane_token()}"}
        return self.http.request(method, self.gateway + path, headers=headers).status_code


@pytest.fixture(scope="module")
def cli(running: Running) -> Iterator[Cli]:
    one = Cli(running)
    with one.http:
        one.log_in()
        yield one


def read_environment(cli: Cli) -> Json:
    found: Json = cli.cloud("GET", f"/api/org/v2/environments/{cli.world.environment.id}")
    return found


def test_login_learns_who_and_where(running: Running) -> None:
    cli = Cli(running)
    with cli.http:
        me = cli.log_in()
    assert me["user"]["resource_id"] == "u-rh0a7c"
    assert me["organization"]["resource_id"] == running.world.organization.id
    assert running.world.environment.id in {account["id"] for account in me["accounts"]}


def test_environment_list(cli: Cli) -> None:
    body = cli.cloud("GET", "/api/org/v2/environments", params={"page_size": 100})
    assert cli.world.environment.id in {one["id"] for one in body["data"]}
    following = body["metadata"].get("next", "")
    assert not following or "page_token=" in following, "else the CLI stops with an error"


def test_flink_region_use_finds_one_with_its_address(cli: Cli) -> None:
    where = {"cloud": "AWS", "region_name": cli.world.region, "page_size": 100}
    (region,) = cli.cloud("GET", "/api/fcpm/v2/regions", params=where)["data"]
    assert region["id"] == f"aws.{cli.world.region}"
    assert region["http_endpoint"] == cli.url


def test_flink_endpoint_use_finds_exactly_this_address(cli: Cli) -> None:
    where = {
        "cloud": "AWS",
        "region": cli.world.region,
        "service": "FLINK",
        "environment": cli.world.environment.id,
        "page_size": 100,
    }
    rows = cli.cloud("GET", "/api/endpoint/v1/endpoints", params=where)["data"]
    assert cli.url in {row["endpoint"] for row in rows if row["endpoint_type"] == "REST"}


def test_flink_connections_from_create_to_delete(cli: Cli) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret-of-a-test"}
    spec = {
        "connection_type": "BEDROCK",
        "endpoint": "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke",
        "auth_data": {"kind": "PlaintextProvider", "data": json.dumps(keys)},
    }
    read_environment(cli)
    made = cli.flink("POST", "/connections", json={"name": "cli-bedrock", "spec": spec})
    assert made["spec"]["auth_data"]["kind"] == "PlaintextProvider"
    assert made["status"]["phase"] == "READY"
    listed = cli.flink("GET", "/connections", params={"page_size": 100})["data"]
    assert all("kind" in one["spec"]["auth_data"] for one in listed), "else the CLI panics"
    one = cli.flink("GET", "/connections/cli-bedrock")
    assert "secret-of-a-test" not in json.dumps([made, listed, one])
    cli.flink("PUT", "/connections/cli-bedrock", json={"name": "cli-bedrock", "spec": spec})
    cli.flink("GET", "/connections/cli-bedrock")
    cli.flink("DELETE", "/connections/cli-bedrock")
    assert cli.status("GET", "/connections/cli-bedrock") == 404


def submit(cli: Cli, name: str, sql: str, **properties: str) -> Json:
    catalog = read_environment(cli)["display_name"]
    place = {"sql.current-catalog": catalog, "sql.current-database": cli.world.cluster.name}
    spec = {
        "statement": sql,
        "properties": {**place, **properties},
        "compute_pool_id": cli.world.compute_pool.id,
        "principal": "u-rh0a7c",
    }
    made: Json = cli.flink("POST", "/statements", json={"name": name, "spec": spec})
    assert made["spec"]["principal"] == "u-rh0a7c"
    if made["status"]["phase"] != "PENDING":
        return made
    assert made["status"]["detail"] == "", "the shell takes a detail for an error"
    return eventually(
        lambda: cli.flink("GET", f"/statements/{name}"),
        lambda seen: seen["status"]["phase"] != "PENDING",
    )


def delete(cli: Cli, name: str) -> None:
    cli.flink("GET", f"/statements/{name}")
    cli.flink("DELETE", f"/statements/{name}")
    becomes(lambda: cli.status("GET", f"/statements/{name}"), 404)


def test_flink_statements_from_create_to_delete(cli: Cli) -> None:
    assert submit(cli, "cli-table", "CREATE TABLE cli_t (id INT)")["status"]["phase"] == "COMPLETED"
    listed = cli.flink("GET", "/statements", params={"page_size": 100})["data"]
    assert "cli-table" in {statement["name"] for statement in listed}
    delete(cli, "cli-table")


def test_statement_stop_and_resume_send_back_the_whole_object(cli: Cli) -> None:
    submit(cli, "cli-from", "CREATE TABLE cli_from (id INT)")
    submit(cli, "cli-to", "CREATE TABLE cli_to (id INT)")
    submit(cli, "cli-copy", "INSERT INTO cli_to SELECT id FROM cli_from")
    for stopped, phase in ((True, "STOPPED"), (False, "RUNNING")):
        statement = cli.flink("GET", "/statements/cli-copy")
        statement["spec"]["stopped"] = stopped
        cli.flink("PUT", "/statements/cli-copy", json=statement)
        becomes(lambda: cli.flink("GET", "/statements/cli-copy")["status"]["phase"], phase)
    assert cli.flink("GET", "/statements/cli-copy/exceptions")["data"] == []
    delete(cli, "cli-copy")


def test_a_shell_reads_a_query_and_stops_it_on_leaving(cli: Cli) -> None:
    submit(cli, "shell-table", "CREATE TABLE shell_t (at_time TIMESTAMP_LTZ(3), id INT)")
    submit(cli, "shell-fill", "INSERT INTO shell_t VALUES (TO_TIMESTAMP_LTZ(0, 3), 1)")
    zone = {"sql.local-time-zone": "GMT+02:00"}
    query = submit(cli, "shell-look", "SELECT at_time, id FROM shell_t", **zone)
    assert [c["name"] for c in query["status"]["traits"]["schema"]["columns"]] == ["at_time", "id"]
    path = "/statements/shell-look/results"

    def read_page() -> list[Any]:
        nonlocal path
        page = cli.flink("GET", path)
        following = page["metadata"]["next"]
        assert following.startswith(cli.url)
        path = following.removeprefix(cli.url + cli.gateway)
        return [row["row"] for row in page["results"]["data"]]

    assert eventually(read_page) == [["1970-01-01 02:00:00.000", "1"]]
    statement = cli.flink("GET", "/statements/shell-look")
    statement["spec"]["stopped"] = True
    cli.flink("PUT", "/statements/shell-look", json=statement)


def test_data_plane_commands_follow_the_addresses_of_the_control_plane(cli: Cli) -> None:
    where = {"environment": cli.world.environment.id}
    cluster = cli.cloud("GET", f"/api/cmk/v2/clusters/{cli.world.cluster.id}", params=where)
    (registry,) = cli.cloud("GET", "/api/srcm/v3/clusters", params=where)["data"]
    headers = {"Authorization": f"Bearer {cli.data_plane_token()}"}
    kafka = f"{cluster['spec']['http_endpoint']}/kafka/v3/clusters/{cluster['id']}"
    made = cli.http.post(f"{kafka}/topics", json={"topic_name": "cli-topic"}, headers=headers)
    assert made.status_code == 201
    assert "cli-topic" in cli.http.get(f"{kafka}/topics", headers=headers).text
    subjects = cli.http.get(
        f"{registry['spec']['http_endpoint']}/subjects",
        headers={**headers, "target-sr-cluster": registry["id"]},
    )
    assert subjects.status_code == 200


def test_compute_pools_are_listed_and_described(cli: Cli) -> None:
    where = {"environment": cli.world.environment.id, "page_size": 100}
    listed = cli.cloud("GET", "/api/fcpm/v2/compute-pools", params=where)["data"]
    assert cli.world.compute_pool.id in {pool["id"] for pool in listed}
    pool = cli.cloud("GET", f"/api/fcpm/v2/compute-pools/{cli.world.compute_pool.id}", params=where)
    assert pool["spec"]["region"] == cli.world.region


def test_people_keys_and_roles_are_managed(cli: Cli) -> None:
    account = cli.cloud(
        "POST",
        "/api/iam/v2/service-accounts",
        json={"display_name": "cli-runner", "description": "of a test"},
    )
    owner = {"id": account["id"]}
    region = {"id": f"aws.{cli.world.region}", "environment": cli.world.environment.id}
    key = cli.cloud(
        "POST", "/api/iam/v2/api-keys", json={"spec": {"owner": owner, "resource": region}}
    )
    assert key["spec"]["secret"]
    names = cli.cloud("GET", "/api/metadata/security/v2alpha1/roles")
    assert "FlinkDeveloper" in {role["name"] for role in names}
    crn = (
        f"crn://confluent.cloud/organization={cli.world.organization.id}"
        f"/environment={cli.world.environment.id}"
    )
    binding = cli.cloud(
        "POST",
        "/api/iam/v2/role-bindings",
        json={
            "principal": f"User:{account['id']}",
            "role_name": "FlinkDeveloper",
            "crn_pattern": crn,
        },
    )
    listed = cli.cloud("GET", "/api/iam/v2/role-bindings", params={"crn_pattern": crn})["data"]
    assert binding["id"] in {one["id"] for one in listed}
    cli.cloud("DELETE", f"/api/iam/v2/role-bindings/{binding['id']}")
    cli.cloud("DELETE", f"/api/iam/v2/api-keys/{key['id']}")
    cli.cloud("DELETE", f"/api/iam/v2/service-accounts/{account['id']}")


def test_logout_ends_it(running: Running) -> None:
    cli = Cli(running)
    with cli.http:
        cli.log_in()
        token = cli.data_plane_token()
        cli.cloud("DELETE", "/api/sessions")
        for path, spent in (("/api/me", cli.session), (f"{cli.gateway}/statements", token)):
            answer = cli.http.get(path, headers={"Authorization": f"Bearer {spent}"})
            assert answer.status_code == 401
