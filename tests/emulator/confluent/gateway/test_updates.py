"""Statements that are stopped, resumed, moved and labelled, by PUT and by PATCH."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import confluent_sql
import httpx
import pytest

from runthrough.emulator.world import read_world
from tests.waiting import becomes, eventually

from ..conftest import Emulated

Unique = Callable[[str], str]
Json = dict[str, Any]

WORLD = read_world()
WHERE = {
    "sql.current-catalog": WORLD.environment.id,
    "sql.current-database": WORLD.cluster.name,
}


def submit(flink: httpx.Client, name: str, sql: str, **spec: Any) -> Json:
    body = {"name": name, "spec": {"statement": sql, "properties": WHERE, **spec}}
    answer = flink.post("/statements", json=body)
    return dict(answer.raise_for_status().json())


def read(flink: httpx.Client, name: str) -> Json:
    return dict(flink.get(f"/statements/{name}").raise_for_status().json())


def patch(flink: httpx.Client, name: str, **values: object) -> httpx.Response:
    operations = [
        {"op": "replace", "path": f"/spec/{place}", "value": value}
        for place, value in values.items()
    ]
    headers = {"Content-Type": "application/json-patch+json"}
    return flink.patch(f"/statements/{name}", json=operations, headers=headers)


def put(flink: httpx.Client, body: Json, **spec: object) -> httpx.Response:
    changed = {**body, "spec": {**body["spec"], **spec}}
    return flink.put(f"/statements/{body['name']}", json=changed)


def pointer(answer: httpx.Response) -> str | None:
    found: str | None = answer.json()["errors"][0]["source"].get("pointer")
    return found


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["detail"])


def wait_for(flink: httpx.Client, name: str, *phases: str) -> Json:
    """Read a statement until it is in one of these phases; return it."""
    return eventually(lambda: read(flink, name), lambda seen: seen["status"]["phase"] in phases)


@pytest.fixture
def tables(driver: confluent_sql.Connection, unique: Unique) -> tuple[str, str]:
    source, target = unique("source"), unique("target")
    for table in (source, target):
        driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    return source, target


def rows(driver: confluent_sql.Connection, table: str) -> list[int]:
    with driver.closing_cursor() as cursor:
        cursor.execute(f"SELECT id FROM `{table}`")
        return sorted(row[0] for row in cursor.fetchall())


@pytest.mark.parametrize("op", ["replace", "REPLACE", "add"])
def test_a_patch_stops_a_running_statement(
    flink: httpx.Client, tables: tuple[str, str], unique: Unique, op: str
) -> None:
    name = unique("patched")
    submit(flink, name, f"SELECT * FROM `{tables[0]}`")
    operation = {"op": op, "path": "/spec/stopped", "value": True}
    answer = flink.patch(f"/statements/{name}", json=[operation])
    assert (answer.status_code, answer.json()["spec"]["stopped"]) == (200, True)
    status = read(flink, name)["status"]
    assert (status["phase"], status["detail"]) == (
        "STOPPED",
        "This statement was stopped manually.",
    )
    again = flink.patch(f"/statements/{name}", json=[operation])
    assert (again.status_code, again.json()["status"]["phase"]) == (200, "STOPPED")


@pytest.mark.parametrize("by", ["put", "patch"])
@pytest.mark.parametrize(
    "form",
    [
        "INSERT INTO `{target}` SELECT id FROM `{source}`",
        "EXECUTE STATEMENT SET BEGIN INSERT INTO `{target}` SELECT id FROM `{source}`; END",
    ],
)
def test_a_stopped_statement_that_writes_goes_on_where_it_was(
    flink: httpx.Client,
    driver: confluent_sql.Connection,
    tables: tuple[str, str],
    unique: Unique,
    by: str,
    form: str,
) -> None:
    (source, target), name = tables, unique("resumed")
    driver.execute_snapshot_ddl(f"INSERT INTO `{source}` VALUES (1)")
    submit(flink, name, form.format(source=source, target=target))
    becomes(lambda: rows(driver, target), [1])

    def change(stopped: bool) -> int:
        if by == "patch":
            return patch(flink, name, stopped=stopped).status_code
        return put(flink, read(flink, name), stopped=stopped).status_code

    assert change(True) == (202 if by == "put" else 200)
    wait_for(flink, name, "STOPPED")
    driver.execute_snapshot_ddl(f"INSERT INTO `{source}` VALUES (2)")
    assert rows(driver, target) == [1]
    assert change(False) in {200, 202}
    body = wait_for(flink, name, "RUNNING")
    assert (body["spec"]["stopped"], body["status"]["detail"]) == (False, "")
    becomes(lambda: rows(driver, target), [1, 2])
    flink.delete(f"/statements/{name}")


def test_a_ctas_resumes_though_its_table_is_there(
    flink: httpx.Client, driver: confluent_sql.Connection, tables: tuple[str, str], unique: Unique
) -> None:
    (source, _), name = tables, unique("ctas")
    driver.execute_snapshot_ddl(f"INSERT INTO `{source}` VALUES (1)")
    submit(flink, name, f"CREATE TABLE `{name}` AS SELECT id FROM `{source}`")
    becomes(lambda: rows(driver, name), [1])
    patch(flink, name, stopped=True)
    driver.execute_snapshot_ddl(f"INSERT INTO `{source}` VALUES (2)")
    assert patch(flink, name, stopped=False).status_code == 200
    becomes(lambda: rows(driver, name), [1, 2])
    flink.delete(f"/statements/{name}")


@pytest.mark.parametrize("sql", ["SELECT * FROM `{}`", "SELECT 1", "SHOW TABLES", "SELEC 1"])
def test_other_statements_cannot_be_resumed(
    flink: httpx.Client, tables: tuple[str, str], unique: Unique, sql: str
) -> None:
    name = unique("ended")
    submit(flink, name, sql.format(tables[0]))
    assert patch(flink, name, stopped=True).status_code == 200  # also on what has ended (facts 2.1)
    before = read(flink, name)
    answer = patch(flink, name, stopped=False)
    assert (answer.status_code, pointer(answer)) == (400, "/spec/stopped")
    assert before["status"]["phase"] in detail(answer)
    assert read(flink, name) == before


def test_the_version_rises_with_every_change_and_an_older_one_is_a_conflict(
    flink: httpx.Client, tables: tuple[str, str], unique: Unique
) -> None:
    name = unique("versions")
    submit(flink, name, f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`")
    first = wait_for(flink, name, "RUNNING")
    assert put(flink, first, stopped=True).status_code == 202
    second = read(flink, name)
    answer = put(flink, first, stopped=False)
    assert (answer.status_code, "has changed since resource_version" in answer.text) == (409, True)
    assert put(flink, second, stopped=False).status_code == 202
    third = wait_for(flink, name, "RUNNING")
    versions = [int(body["metadata"]["resource_version"]) for body in (first, second, third)]
    assert versions == sorted(set(versions))
    labelled = {**third, "metadata": {**third["metadata"], "labels": {"a": "b"}}}
    assert flink.put(f"/statements/{name}", json=labelled).status_code == 202
    assert int(read(flink, name)["metadata"]["resource_version"]) > versions[-1]
    assert flink.put(f"/statements/{name}", json=labelled).status_code == 409
    flink.delete(f"/statements/{name}")


def test_of_many_puts_over_one_version_one_is_carried_out(
    flink: httpx.Client, unique: Unique
) -> None:
    name = unique("race")
    body = submit(flink, name, "SELECT 1")

    def label(number: int) -> int:
        changed = {**body, "metadata": {**body["metadata"], "labels": {"n": str(number)}}}
        return flink.put(f"/statements/{name}", json=changed).status_code

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(label, range(8))) == [202] + [409] * 7


def test_labels_change_by_put_and_by_patch(flink: httpx.Client, unique: Unique) -> None:
    name, key = unique("labels"), "user.confluent.io/hidden"
    submit(flink, name, "SELECT 1")
    operation = {
        "op": "ADD",
        "path": "/metadata/labels/user.confluent.io~1hidden",
        "value": "true",
    }
    assert flink.patch(f"/statements/{name}", json=[operation]).status_code == 200
    body = read(flink, name)
    assert body["metadata"]["labels"] == {key: "true"}
    selector = {"label_selector": f"{key}=true", "page_size": 100}
    listed = flink.get("/statements", params=selector).json()["data"]
    assert name in [statement["name"] for statement in listed]
    del body["metadata"]["labels"]  # not sent = as it was
    assert flink.put(f"/statements/{name}", json=body).status_code == 202
    body = read(flink, name)
    assert body["metadata"]["labels"] == {key: "true"}
    body["metadata"]["labels"] = {}
    assert flink.put(f"/statements/{name}", json=body).status_code == 202
    assert read(flink, name)["metadata"]["labels"] == {}


def test_the_principal_changes_only_while_the_statement_is_stopped(
    emulated: Emulated,
    cloud: httpx.Client,
    flink: httpx.Client,
    tables: tuple[str, str],
    unique: Unique,
) -> None:
    name = unique("owned")
    ours = emulated.world.key("flink").owner
    other = next(p.id for p in emulated.world.principals if p.id != ours)
    submit(flink, name, f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`")
    wait_for(flink, name, "RUNNING")
    answer = patch(flink, name, principal=other)
    assert (answer.status_code, pointer(answer)) == (400, "/spec/principal")
    assert "only while it is STOPPED; it is RUNNING" in detail(answer)
    patch(flink, name, stopped=True)
    assert patch(flink, name, principal=other, stopped=False).status_code == 403
    organization = f"crn://confluent.cloud/organization={emulated.world.organization.id}"
    role = {
        "principal": f"User:{ours}",
        "role_name": "Assigner",
        "crn_pattern": f"{organization}/user={other}",
    }
    assert cloud.post("/iam/v2/role-bindings", json=role).status_code == 201
    assert patch(flink, name, principal=other, stopped=False).status_code == 200
    assert wait_for(flink, name, "RUNNING")["spec"]["principal"] == other
    flink.delete(f"/statements/{name}")


def test_a_stopped_statement_moves_to_another_pool(
    emulated: Emulated,
    cloud: httpx.Client,
    flink: httpx.Client,
    tables: tuple[str, str],
    unique: Unique,
) -> None:
    name, world = unique("moves"), emulated.world
    spec = {
        "display_name": name,
        "cloud": world.cloud,
        "region": world.region,
        "max_cfu": 5,
        "environment": {"id": world.environment.id},
    }
    made = cloud.post("/fcpm/v2/compute-pools", json={"spec": spec})
    pool = made.raise_for_status().json()["id"]
    submit(flink, name, f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`")
    patch(flink, name, stopped=True)
    body = read(flink, name)
    assert body["spec"]["compute_pool_id"] != pool
    assert put(flink, body, compute_pool_id=pool, stopped=False).status_code == 202
    assert wait_for(flink, name, "RUNNING")["spec"]["compute_pool_id"] == pool
    listed = flink.get("/statements", params={"spec.compute_pool_id": pool}).json()["data"]
    assert [statement["name"] for statement in listed] == [name]
    jobs = unique("jobs")
    submit(flink, jobs, "SHOW JOBS")
    rows = flink.get(f"/statements/{jobs}/results").json()["results"]["data"]
    pools = {row["row"][0]: row["row"][3] for row in rows}
    assert (pools[name], pools[jobs]) == (pool, world.compute_pool.id)
    flink.delete(f"/statements/{name}")


def test_an_unknown_pool_or_user_is_refused_at_once_and_nothing_changes(
    flink: httpx.Client, tables: tuple[str, str], unique: Unique
) -> None:
    name = unique("moved")
    submit(flink, name, f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`")
    patch(flink, name, stopped=True)
    before = read(flink, name)
    answer = put(flink, before, compute_pool_id="lfcp-no", stopped=False)
    assert (answer.status_code, pointer(answer)) == (400, "/spec/compute_pool_id")
    assert detail(answer) == "logical compute pool=lfcp-no not found"
    answer = put(flink, before, principal="u-no", stopped=False)
    assert (answer.status_code, pointer(answer)) == (400, "/spec/principal")
    assert read(flink, name) == before


def test_with_an_unknown_service_account_the_change_is_taken_and_the_statement_fails(
    flink: httpx.Client, tables: tuple[str, str], unique: Unique
) -> None:
    name = unique("orphan")
    submit(flink, name, f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`")
    patch(flink, name, stopped=True)
    assert put(flink, read(flink, name), principal="sa-no", stopped=False).status_code == 202
    body = wait_for(flink, name, "FAILED")
    assert (body["spec"]["principal"], "sa-no" in body["status"]["detail"]) == ("sa-no", True)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": "other"}, "/name"),
        ({"name": None}, "/name"),
        ({"kind": "Connection"}, "/kind"),
        ({"organization_id": "other"}, "/organization_id"),
        ({"surprise": 1}, "/surprise"),
        ({"metadata": {}}, "/metadata/resource_version"),
        ({"metadata": {"resource_version": 1}}, "/metadata/resource_version"),
        (
            {"metadata": {"resource_version": "1", "labels": {"a.b/c": 1}}},
            "/metadata/labels/a.b~1c",
        ),
        ({"metadata": {"resource_version": "1", "etag": ""}}, "/metadata/etag"),
        ({"status": "RUNNING"}, "/status"),
        ({"spec": {}}, "/spec/stopped"),
        ({"spec": {"stopped": "no"}}, "/spec/stopped"),
        ({"spec": {"stopped": False, "statement": "SELECT 2"}}, "/spec/statement"),
        ({"spec": {"stopped": False, "properties": {"sql.state-ttl": "1"}}}, "/spec/properties"),
        ({"spec": {"stopped": False, "stoped": True}}, "/spec/stoped"),
        ({"spec": {"stopped": False, "compute_pool_id": 1}}, "/spec/compute_pool_id"),
    ],
)
def test_what_cannot_be_put_is_refused_at_its_place(
    flink: httpx.Client, unique: Unique, change: Json, place: str
) -> None:
    body = submit(flink, unique("fixed"), "SELECT 1")
    answer = flink.put(f"/statements/{body['name']}", json={**body, **change})
    assert (answer.status_code, pointer(answer)) == (400, place)
    assert read(flink, body["name"]) == body


@pytest.mark.parametrize(
    ("operation", "place"),
    [
        ({"op": "remove", "path": "/spec/stopped"}, "/spec/stopped"),
        ({"op": "replace", "path": "/spec/stopped", "value": "yes"}, "/spec/stopped"),
        ({"op": "add", "path": "/spec/surprise", "value": 1}, "/spec/surprise"),
        ({"op": "replace", "path": "/name", "value": "other"}, "/name"),
        ({"op": "replace", "path": "/spec/statement", "value": "SELECT 2"}, "/spec/statement"),
        ({"op": "replace", "path": "/status/phase", "value": "RUNNING"}, "/0"),
    ],
)
def test_what_cannot_be_patched_is_refused_at_its_place(
    flink: httpx.Client, unique: Unique, operation: Json, place: str
) -> None:
    body = submit(flink, unique("fixed"), "SELECT 1")
    answer = flink.patch(f"/statements/{body['name']}", json=[operation])
    assert (answer.status_code, pointer(answer)) == (400, place)
    assert read(flink, body["name"]) == body


def test_a_patch_may_insist_on_a_version(flink: httpx.Client, unique: Unique) -> None:
    body = submit(flink, unique("insists"), "SELECT 1")
    test = {"op": "test", "path": "/metadata/resource_version", "value": "99"}
    stop = {"op": "replace", "path": "/spec/stopped", "value": True}
    answer = flink.patch(f"/statements/{body['name']}", json=[test, stop])
    assert (answer.status_code, read(flink, body["name"])) == (409, body)


def test_asking_a_statement_that_was_never_stopped_to_go_on_changes_nothing(
    flink: httpx.Client, unique: Unique
) -> None:
    before = submit(flink, unique("going"), "SELECT 1")
    answer = patch(flink, before["name"], stopped=False)
    assert (answer.status_code, answer.json()) == (200, before)
    assert put(flink, before).status_code == 202
    assert read(flink, before["name"]) == before


def test_an_unknown_statement_cannot_be_changed(flink: httpx.Client) -> None:
    assert patch(flink, "no-such", stopped=True).status_code == 404
    assert flink.put("/statements/no-such", json={}).status_code == 404


def test_the_driver_stops_and_the_cli_resumes(
    emulated: Emulated,
    flink: httpx.Client,
    driver: confluent_sql.Connection,
    tables: tuple[str, str],
    unique: Unique,
) -> None:
    """The CLI's way: GET, then PUT of the whole object (facts 2.9)."""
    name = unique("both")
    sql = f"INSERT INTO `{tables[1]}` SELECT id FROM `{tables[0]}`"
    driver.execute_streaming_ddl(sql, statement_name=name)
    assert driver.stop_statement(name).phase.value == "STOPPED"
    assert put(flink, read(flink, name), stopped=False).status_code == 202
    assert driver.get_statement(name).phase.value in {"PENDING", "RUNNING"}
    driver.delete_statement(name)
