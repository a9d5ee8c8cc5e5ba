from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.http import (
    Call,
    Refusal,
    code_form,
    errors_form,
    kafka_form,
    page,
    read_token,
    registry_form,
    timestamp,
    token,
)


def call(body: bytes = b"", **query: str) -> Call:
    return Call("GET", "/things", "http://127.0.0.1:1", {}, query, body=body)


def follow(address: str) -> dict[str, str]:
    return {k: v[-1] for k, v in parse_qs(urlsplit(address).query, keep_blank_values=True).items()}


@given(items=st.sets(st.text(min_size=1, max_size=8)).map(sorted), size=st.integers(1, 100))
def test_pages_together_hold_every_item_once(items: list[str], size: int) -> None:
    seen: list[str] = []
    query = {"page_size": str(size), "other": "a&b"}
    for _ in range(len(items) + 1):
        kept, following = page(items, call(**query), key=str)
        seen += kept
        if not following:
            break
        query = follow(following)
        assert query["other"] == "a&b"
    assert seen == items


def test_the_page_token_is_the_last_parameter() -> None:
    _, following = page(list("abc"), call(page_token="", page_size="1", z="9"), key=str)
    assert following.startswith("http://127.0.0.1:1/things?")
    assert following.rpartition("&")[2].startswith("page_token=")


def test_an_item_deleted_between_two_pages_does_not_hide_others() -> None:
    _, following = page(list("abcd"), call(page_size="2"), key=str)
    kept, _ = page(list("cd"), call(**follow(following)), key=str)
    assert kept == ["c", "d"]


@given(text=st.text())
def test_a_token_gives_back_what_it_was_made_from(text: str) -> None:
    assert read_token(token(text)) == text


@pytest.mark.parametrize("bad", ["!", "a", "é", "////", "gICA"])
def test_a_token_that_is_not_ours_is_refused(bad: str) -> None:
    with pytest.raises(Refusal) as caught:
        page([], call(page_token=bad), key=str)
    assert caught.value.status == 400


@pytest.mark.parametrize("size", ["0", "101", "-1", "ten", "", "1.5", "٣"])
def test_a_page_size_out_of_range_is_refused(size: str) -> None:
    with pytest.raises(Refusal, match="from 1 to 100"):
        page([], call(page_size=size), key=str)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[" * 100_000, b"nope"])
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal, match="not valid JSON"):
        call(body).json_object()


@pytest.mark.parametrize("body", [b"[]", b"1", b"null", b'"text"'])
def test_a_body_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal, match="must be a JSON object"):
        call(body).json_object()


def test_timestamps_are_utc_with_microseconds_and_z() -> None:
    moment = datetime(2026, 3, 4, 11, 15, 0, 7, tzinfo=timezone(timedelta(hours=2)))
    assert timestamp(moment) == "2026-03-04T09:15:00.000007Z"
    assert timestamp(datetime(2026, 3, 4, tzinfo=UTC)) == "2026-03-04T00:00:00.000000Z"


def test_the_main_form_of_errors_has_the_status_as_text() -> None:
    answer = errors_form(Refusal(404, "gone", code="resource_not_found", pointer="/spec/x"))
    error = json.loads(answer.content)["errors"][0]
    assert (answer.status, error["status"], error["detail"]) == (404, "404", "gone")
    assert (error["code"], error["source"]) == ("resource_not_found", {"pointer": "/spec/x"})
    assert len(error["id"]) == 32


def test_the_other_forms_have_a_number_and_a_message() -> None:
    answer = registry_form(Refusal(404, "no subject", code=40401))
    assert json.loads(answer.content) == {"error_code": 40401, "message": "no subject"}
    assert answer.media_type == "application/vnd.schemaregistry.v1+json"
    assert json.loads(code_form(Refusal(403, "no")).content)["error_code"] == 403


def test_kafka_rest_says_401_in_html() -> None:
    answer = kafka_form(Refusal(401, "Unauthorized", headers={"WWW-Authenticate": "Basic"}))
    assert answer.media_type.startswith("text/html")
    assert b"<html>" in answer.content
    assert answer.headers == {"WWW-Authenticate": "Basic"}
