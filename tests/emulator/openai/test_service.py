"""Keys, models, routes and headers of the emulator's OpenAI."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from runthrough.emulator.openai.catalogue import read_catalogue
from runthrough.emulator.openai.routes import ROUTES, find
from runthrough.emulator.standins import Answer, NoAnswer, Prompt

from .conftest import CHAT, Desk


@pytest.mark.parametrize(
    ("key", "said", "code"),
    [
        ("", "You didn't provide an API key.", None),
        ("sk-wrong-key-1234", "Incorrect API key provided: sk-********1234.", "invalid_api_key"),
        ("short", "Incorrect API key provided: *****.", "invalid_api_key"),
        ("schlüssel-mit-umlaut", "Incorrect API key provided", "invalid_api_key"),
    ],
)
def test_a_key_that_is_not_known_is_refused_and_not_shown(
    openai: Desk, key: str, said: str, code: str | None
) -> None:
    status, message, param, found = openai.error(openai.ask(CHAT, {}, key=key))
    assert (status, param, found) == (401, None, code)
    assert message.startswith(said)
    assert "wrong" not in message


def test_every_key_of_the_account_opens_it(openai: Desk) -> None:
    assert openai.ask("/v1/models", method="GET", key="sk-the-second-1")[0] == 200


def test_models_are_listed_until_they_retire(openai: Desk) -> None:
    _, early = openai.ask("/v1/models", method="GET")
    openai.now = datetime(2026, 11, 21, tzinfo=UTC)
    status, late = openai.ask("/v1/models", method="GET")
    assert (status, late["object"]) == (200, "list")
    gone = {one["id"] for one in early["data"]} - {one["id"] for one in late["data"]}
    assert "gpt-3.5-turbo" in gone
    assert "gpt-4o" not in gone
    assert all(one["object"] == "model" and one["created"] > 10**9 for one in late["data"])


def test_one_model_is_told_and_an_unknown_one_is_not(openai: Desk) -> None:
    status, one = openai.ask("/v1/models/gpt-4o", method="GET")
    assert (status, one["id"], one["owned_by"]) == (200, "gpt-4o", "system")
    refused = openai.error(openai.ask("/v1/models/gpt-4%2Dno", method="GET"))
    assert refused == (404, "The model 'gpt-4-no' does not exist", "model", "model_not_found")


def test_a_chat_with_a_model_that_is_not_there_is_refused(openai: Desk) -> None:
    unknown = openai.error(openai.chat(model="llama"))
    assert unknown[0::3] == (404, "model_not_found")
    assert unknown[1] == "The model `llama` does not exist or you do not have access to it."
    openai.now = datetime(2026, 11, 21, tzinfo=UTC)
    retired = openai.error(openai.chat(model="gpt-3.5-turbo"))
    assert retired[0::3] == (404, "model_not_found")
    assert "has been deprecated" in retired[1]
    assert "not a chat model" in openai.error(openai.chat(model="text-embedding-3-small"))[1]


def test_paths_and_methods_that_are_not_there_are_told_apart(openai: Desk) -> None:
    assert openai.error(openai.ask("/v1/nothing"))[:2] == (404, "Invalid URL (POST /v1/nothing)")
    assert openai.error(openai.ask("/v1/embeddings", method="GET"))[0] == 405
    assert openai.headers["Allow"] == "POST"
    status, message, _, code = openai.error(openai.ask("/v1/images/generations"))
    assert (status, code) == (501, "not_emulated")
    assert message.startswith("POST /v1/images/{rest*} is not emulated")


def test_a_body_that_is_no_json_object_is_refused(openai: Desk) -> None:
    for body in (b"{", b"\xff\xfe", [], b"[" * 100_000, b"9" * 5000):
        status, message, _, _ = openai.error(openai.ask(CHAT, body))
        assert (status, message[:39]) == (400, "We could not parse the JSON body of you"), body


def test_every_answer_says_who_answered_which_request(openai: Desk) -> None:
    found = []
    for key in ("", "sk-emulated-0123456789"):
        openai.ask("/v1/models", method="GET", key=key)
        assert openai.headers["openai-organization"] == "org-tests"
        assert openai.headers["openai-version"] == "2020-10-01"
        assert openai.headers["openai-processing-ms"].isdigit()
        found.append(openai.headers["x-request-id"])
    assert all(re.fullmatch(r"req_[0-9a-f]{32}", one) for one in found)
    assert found[0] != found[1]


@pytest.mark.parametrize(("timed_out", "status"), [(True, 504), (False, 502)])
def test_no_answer_is_an_error_of_the_server(timed_out: bool, status: int) -> None:
    def silent(_: Prompt) -> Answer:
        raise NoAnswer("nobody is there", timed_out=timed_out)

    desk = Desk(responder=silent).open()
    answered = desk.chat()
    assert desk.error(answered)[:2] == (status, "nobody is there")
    assert answered[1]["error"]["type"] == "server_error"


def test_the_catalogue_is_whole() -> None:
    for name, model in read_catalogue().items():
        assert name == model.id
        assert model.most_input > 0
        assert model.embeds or model.most_output > 0


def test_every_route_finds_itself() -> None:
    for route in ROUTES:
        path = route.path.replace("{model}", "m").replace("{rest*}", "a/b")
        found = find(route.method, path)
        assert found is not None
        assert found[0].handler == route.handler
