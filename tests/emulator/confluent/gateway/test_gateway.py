"""Statements, raw: what no driver sends, and every field of what comes back."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import confluent_sql
import httpx
import pytest

from ..conftest import Emulated

Unique = Callable[[str], str]


def submit(flink: httpx.Client, name: str, sql: str = "SELECT 1", **spec: Any) -> httpx.Response:
    return flink.post("/statements", json={"name": name, "spec": {"statement": sql, **spec}})


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["detail"])


def test_the_first_answer_is_complete(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("whole")
    answer = submit(flink, name, properties={"sql.snapshot.mode": "now"})
    assert answer.status_code == 201
    body, world = answer.json(), emulated.world
    assert (body["api_version"], body["kind"], body["name"]) == ("sql/v1", "Statement", name)
    assert body["organization_id"] == world.organization.id
    assert body["environment_id"] == world.environment.id
    assert body["spec"] == {
        "statement": "SELECT 1",
        "properties": {"sql.snapshot.mode": "now"},
        "compute_pool_id": world.compute_pool.id,
        "principal": world.key("flink").owner,
        "stopped": False,
    }
    metadata = body["metadata"]
    assert metadata["self"] == f"{emulated.url}{emulated.gateway}/statements/{name}"
    assert {"uid", "labels", "created_at", "updated_at"} <= metadata.keys()
    assert metadata["resource_version"] == "1"
    status = body["status"]
    assert (status["phase"], status["detail"]) == ("COMPLETED", "")
    assert status["traits"] == {
        "sql_kind": "SELECT",
        "is_bounded": True,
        "is_append_only": True,
        "upsert_columns": None,
        "connection_refs": [],
        "schema": {"columns": [{"name": "EXPR$0", "type": {"type": "INTEGER", "nullable": False}}]},
    }
    assert flink.get(f"/statements/{name}").json() == body


def test_numbers_and_booleans_among_the_properties_become_text(
    flink: httpx.Client, unique: Unique
) -> None:
    sent = {"sql.state-ttl": 10, "sql.dry-run": False}
    body = submit(flink, unique("props"), properties=sent).json()
    assert body["spec"]["properties"] == {"sql.state-ttl": "10", "sql.dry-run": "false"}


def test_a_second_statement_of_a_name_is_a_conflict(flink: httpx.Client, unique: Unique) -> None:
    name = unique("taken")
    assert submit(flink, name).status_code == 201
    answer = submit(flink, name, "SELECT 2")
    assert (answer.status_code, name in detail(answer)) == (409, True)
    assert flink.delete(f"/statements/{name}").status_code == 202
    assert submit(flink, name, "SELECT 2").status_code == 201


def test_of_many_who_want_a_name_at_once_one_gets_it(flink: httpx.Client, unique: Unique) -> None:
    name = unique("wanted")
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: submit(flink, name).status_code, range(8)))
    assert sorted(answers) == [201] + [409] * 7


def test_a_failed_statement_keeps_its_name_too(flink: httpx.Client, unique: Unique) -> None:
    name = unique("failed")
    assert submit(flink, name, "SELEC 1").json()["status"]["phase"] == "FAILED"
    assert submit(flink, name).status_code == 409


@pytest.mark.parametrize(
    "name", ["", "Upper", "under_score", "-a", "a-", "a..b", "../x", "a/b", "a" * 101, "ü", "a b"]
)
def test_names_that_are_not_dns_names_are_refused(flink: httpx.Client, name: str) -> None:
    answer = submit(flink, name)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": "/name"}


@pytest.mark.parametrize("sql", ["", "  \n", None])
def test_an_empty_statement_is_refused(
    flink: httpx.Client, unique: Unique, sql: str | None
) -> None:
    answer = flink.post("/statements", json={"name": unique("empty"), "spec": {"statement": sql}})
    assert answer.status_code == 400
    assert "must not be empty" in detail(answer)


def test_a_statement_of_comments_alone_fails_with_flinks_text(
    flink: httpx.Client, unique: Unique
) -> None:
    status = submit(flink, unique("comment"), "-- nothing").json()["status"]
    assert (status["phase"], "traits" in status) == ("FAILED", True)
    assert "<EOF>" in status["detail"]


def test_a_statement_that_is_too_large_is_refused(flink: httpx.Client, unique: Unique) -> None:
    answer = submit(flink, unique("large"), "SELECT '" + "x" * 4194304 + "'")
    assert answer.status_code == 400
    assert detail(answer) == "This query is too large to process (exceeds 4194304 bytes)."


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"name": 1}, "/name"),
        ({"name": "a", "spec": []}, "/spec"),
        ({"name": "a", "spec": {"statement": 1}}, "/spec/statement"),
        ({"name": "a", "spec": {"statement": "x", "properties": "y"}}, "/spec/properties"),
        ({"name": "a", "spec": {"statement": "x", "properties": {"y": []}}}, "/spec/properties"),
        ({"name": "a", "spec": {"statement": "x", "stopped": True}}, "/spec/stopped"),
        ({"name": "a", "spec": {"statement": "x", "principal": "sa-no"}}, "/spec/principal"),
        (
            {"name": "a", "spec": {"statement": "x", "compute_pool_id": "lfcp-no"}},
            "/spec/compute_pool_id",
        ),
        (
            {"name": "a", "spec": {"statement": "x"}, "metadata": {"labels": {"k": 1}}},
            "/metadata/labels/k",
        ),
        ({"name": "a", "environment_id": "env-no", "spec": {}}, "/environment_id"),
    ],
)
def test_a_malformed_order_is_refused_at_its_place(
    flink: httpx.Client, body: dict[str, object], pointer: str
) -> None:
    answer = flink.post("/statements", json=body)
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["source"] == {"pointer": pointer}


def test_a_body_that_is_not_json_is_refused(flink: httpx.Client) -> None:
    answer = flink.post("/statements", content=b'{"name": "a"')
    assert (answer.status_code, "not valid JSON" in detail(answer)) == (400, True)


@pytest.mark.parametrize("part", ["organization", "environment"])
def test_a_wrong_scope_is_not_found(emulated: Emulated, part: str) -> None:
    ours = getattr(emulated.world, part).id
    with emulated.http("flink") as client:
        answer = client.get(emulated.gateway.replace(ours, "no-such") + "/statements")
    assert answer.status_code == 404
    assert detail(answer) == f"{part} no-such was not found"


def test_a_name_with_a_path_in_it_is_just_an_unknown_name(flink: httpx.Client) -> None:
    answer = flink.get("/statements/..%2F..%2Fconnections")
    assert answer.status_code == 404
    assert detail(answer) == "Statement resource=../../connections does not exist"


def test_the_list_comes_in_pages_newest_first(flink: httpx.Client, unique: Unique) -> None:
    prefix = unique("paged")
    names = [f"{prefix}-{number}" for number in range(5)]
    for name in names:
        submit(flink, name)
    seen: list[str] = []
    address = f"/statements?page_size=2&time_ordered=true&statement_name_search_query={prefix}"
    while address:
        body = flink.get(address).json()
        assert len(body["data"]) <= 2
        seen += [statement["name"] for statement in body["data"]]
        address = body["metadata"]["next"]
    assert seen == names[::-1]


def test_the_name_search_counts_only_together_with_time_ordered(
    flink: httpx.Client, unique: Unique
) -> None:
    submit(flink, unique("one"))
    alone = flink.get("/statements", params={"statement_name_search_query": "no-such-name"})
    assert alone.json()["data"] != []


def test_the_list_is_filtered_by_pool(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    submit(flink, unique("pooled"))
    ours = {"spec.compute_pool_id": emulated.world.compute_pool.id}
    assert flink.get("/statements", params=ours).json()["data"] != []
    other = {"spec.compute_pool_id": "lfcp-other"}
    assert flink.get("/statements", params=other).json()["data"] == []


def test_a_label_selector_without_a_value_is_refused(flink: httpx.Client) -> None:
    answer = flink.get("/statements", params={"label_selector": "alone"})
    assert (answer.status_code, "alone" in detail(answer)) == (400, True)


def test_the_secrets_of_create_connection_are_masked_even_where_it_fails(
    flink: httpx.Client, unique: Unique
) -> None:
    sql = (
        "CREATE CONNECTION c WITH ('type'='bedrock','endpoint'='https://bedrock-runtime"
        ".us-east-1.amazonaws.com/model/m/invoke','aws-access-key'='AKIAHUSH','aws-secret-key'"
        "='hush-hush')"
    )
    for properties in ({}, {"sql.unknown": "x"}):
        name = unique("secret")
        answer = submit(flink, name, sql, properties=properties)
        assert "hush" not in (answer.text + flink.get(f"/statements/{name}").text).lower()
        assert "******" in answer.json()["spec"]["statement"]


def test_the_pool_counts_what_runs(
    emulated: Emulated,
    cloud: httpx.Client,
    flink: httpx.Client,
    driver: confluent_sql.Connection,
    unique: Unique,
) -> None:
    def used() -> int:
        pool = cloud.get(
            f"/fcpm/v2/compute-pools/{emulated.world.compute_pool.id}",
            params={"environment": emulated.world.environment.id},
        )
        return int(pool.json()["status"]["current_cfu"])

    table, name = unique("t"), unique("counted")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    before = used()
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute(f"SELECT * FROM `{table}`", statement_name=name)
        assert used() == before + 1
        driver.stop_statement(name)
        assert used() == before
