from __future__ import annotations

from collections.abc import Callable
from typing import Any

import confluent_sql
import httpx
import pytest

from runthrough.emulator.confluent.gateway.rendering import PAGE_ROWS

from ..conftest import Emulated
from .conftest import take

Unique = Callable[[str], str]


def submit(flink: httpx.Client, name: str, sql: str, **properties: str) -> dict[str, Any]:
    spec = {"statement": sql, "properties": properties}
    answer = flink.post("/statements", json={"name": name, "spec": spec})
    return dict(answer.raise_for_status().json())


def results(flink: httpx.Client, name: str) -> dict[str, Any]:
    return dict(flink.get(f"/statements/{name}/results").raise_for_status().json())


def values(count: int) -> str:
    return "SELECT n FROM (VALUES " + ", ".join(f"({n})" for n in range(count)) + ") AS t(n)"


def test_a_page_has_rows_of_text_with_their_op(flink: httpx.Client, unique: Unique) -> None:
    name = unique("one")
    submit(flink, name, "SELECT 1, CAST(NULL AS STRING), TRUE, ARRAY[1, 2]")
    body = results(flink, name)
    assert (body["api_version"], body["kind"]) == ("sql/v1", "StatementResult")
    assert body["results"]["data"] == [{"op": 0, "row": ["1", None, "TRUE", ["1", "2"]]}]
    assert body["metadata"]["next"] == ""


def test_many_rows_come_in_pages_that_can_be_followed_and_read_again(
    emulated: Emulated, flink: httpx.Client, unique: Unique
) -> None:
    name, count = unique("many"), PAGE_ROWS + 7
    submit(flink, name, values(count))
    first = results(flink, name)
    following = first["metadata"]["next"]
    assert following.startswith(f"{emulated.url}{emulated.gateway}/statements/{name}/results?")
    assert following.partition("?")[2].startswith("page_token=")
    with httpx.Client(auth=emulated.auth("flink"), trust_env=False) as client:
        second = client.get(following).json()
        assert client.get(following).json()["results"] == second["results"]
    assert second["metadata"]["next"] == ""
    rows = first["results"]["data"] + second["results"]["data"]
    assert sorted(int(r["row"][0]) for r in rows) == list(range(count))


def test_a_running_query_without_rows_answers_an_empty_page_and_where_to_ask_again(
    flink: httpx.Client, driver: confluent_sql.Connection, unique: Unique
) -> None:
    table, name = unique("t"), unique("empty")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute(f"SELECT * FROM `{table}`", statement_name=name)
        body = results(flink, name)
        assert body["results"]["data"] == []
        assert "page_token=" in body["metadata"]["next"]
        driver.stop_statement(name)
        assert results(flink, name)["metadata"]["next"] == ""


def test_statements_without_a_result_answer_an_empty_last_page(
    flink: httpx.Client, unique: Unique
) -> None:
    failed, unknown = unique("failed"), unique("unknown")
    submit(flink, failed, "SELEC 1")
    submit(flink, unknown, "SELECT 1", **{"sql.no-such": "x"})
    for name in (failed, unknown):
        body = results(flink, name)
        assert (body["results"]["data"], body["metadata"]["next"]) == ([], "")


def test_updates_carry_their_kinds(driver: confluent_sql.Connection, unique: Unique) -> None:
    """A global count: +I, then -U and +U in pairs; no upsert key (facts 2.9)."""
    table = unique("counted")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{table}` (id INT)")
    driver.execute_streaming_ddl(f"INSERT INTO `{table}` VALUES (1), (2)")
    with driver.closing_streaming_cursor() as cursor:
        cursor.execute(f"SELECT COUNT(*) FROM `{table}`")
        assert cursor.statement.traits.upsert_columns is None
        seen = [str(change.op) for change in take(cursor, 3)]
        driver.execute_streaming_ddl(f"INSERT INTO `{table}` VALUES (3)")
        last = take(cursor, 2)
        seen += [str(change.op) for change in last]
        assert (seen, last[-1].row) == (["+I", "-U", "+U", "-U", "+U"], (3,))
        driver.stop_statement(cursor.statement)


def test_the_exceptions_of_a_failed_statement_are_listed(
    flink: httpx.Client, unique: Unique
) -> None:
    name = unique("failed")
    status = submit(flink, name, "SELECT * FROM nowhere")["status"]
    body = flink.get(f"/statements/{name}/exceptions").json()
    assert body["kind"] == "StatementExceptionList"
    (entry,) = body["data"]
    assert (entry["kind"], entry["message"]) == ("StatementException", status["detail"])
    assert entry["name"].endswith("Exception")
    assert entry["timestamp"].endswith("Z")


def test_a_statement_that_is_well_has_no_exceptions(flink: httpx.Client, unique: Unique) -> None:
    name = unique("well")
    submit(flink, name, "SELECT 1")
    assert flink.get(f"/statements/{name}/exceptions").json()["data"] == []


@pytest.mark.parametrize("path", ["results", "exceptions"])
def test_an_unknown_statement_has_neither(flink: httpx.Client, path: str) -> None:
    answer = flink.get(f"/statements/no-such/{path}")
    assert answer.status_code == 404
    assert "Statement resource=no-such does not exist" in answer.text


@pytest.mark.parametrize("token", ["nope", "LTE", "eA", "!", "MTExMTExMTExMTExMTExMTExMTExMTEx"])
def test_a_token_that_is_not_ours_is_refused(
    flink: httpx.Client, unique: Unique, token: str
) -> None:
    name = unique("token")
    submit(flink, name, "SELECT 1")
    answer = flink.get(f"/statements/{name}/results", params={"page_token": token})
    assert (answer.status_code, "page_token" in answer.text) == (400, True)


def test_reading_what_another_client_deleted_is_told_by_the_driver(
    driver: confluent_sql.Connection, flink: httpx.Client, unique: Unique
) -> None:
    name = unique("gone")
    with driver.closing_cursor() as cursor:
        cursor.execute("SELECT 1", statement_name=name)
        flink.delete(f"/statements/{name}")
        with pytest.raises(confluent_sql.OperationalError, match="has been deleted"):
            cursor.fetchall()
