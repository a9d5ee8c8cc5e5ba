"""OpenAI's routes as its users call them, and the model calls of a statement that go there."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from confluent_sql.exceptions import OperationalError

from runthrough.emulator.openai.http import MAX_BODY, with_openai
from runthrough.emulator.openai.service import OpenAi
from runthrough.emulator.server import Running, serve
from runthrough.emulator.standins import Answer, Prompt
from runthrough.emulator.world import OPENAI_KEY, OpenAiAccount, utc_now
from tests.connecting import connect
from tests.waiting import LIMIT_SECONDS

CHAT = {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is 1+1?"}]}


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as emulator:
        yield emulator


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    """Speaks to the base URL and with the key that `runthrough emulate` exports."""
    key = {"Authorization": f"Bearer {running.exports['OPENAI_API_KEY']}"}
    address = running.exports["OPENAI_BASE_URL"]
    with httpx.Client(base_url=address, headers=key, trust_env=False) as one:
        yield one


def emulator(running: Running, method: str, path: str, **more: Any) -> Any:
    answer = httpx.request(method, f"{running.url}/_emulator{path}", trust_env=False, **more)
    return answer.raise_for_status().json() if answer.content else None


def test_a_chat_and_an_embedding_are_answered(client: httpx.Client) -> None:
    chat = client.post("/chat/completions", json=CHAT)
    assert chat.status_code == 200
    assert chat.json()["choices"][0]["message"]["content"]
    embedded = client.post(
        "/embeddings", json={"model": "text-embedding-3-small", "input": "a hotel"}
    )
    assert len(embedded.json()["data"][0]["embedding"]) == 1536


def test_a_wrong_key_is_refused_and_not_shown(running: Running) -> None:
    wrong = {"Authorization": "Bearer sk-wrong-and-very-secret"}
    address = f"{running.url}/v1/chat/completions"
    answer = httpx.post(address, json=CHAT, headers=wrong, trust_env=False)
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, "invalid_api_key")
    assert "wrong-and-very" not in answer.text
    assert httpx.post(address, json=CHAT, trust_env=False).status_code == 401


def test_other_routes_say_that_they_are_not_emulated(client: httpx.Client) -> None:
    assert client.post("/images/generations", json={}).status_code == 501
    assert client.get("/nothing").status_code == 404


def test_a_stream_comes_as_events(client: httpx.Client) -> None:
    with client.stream("POST", "/chat/completions", json={**CHAT, "stream": True}) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert answer.headers["x-request-id"].startswith("req_")
        lines = [line for line in answer.iter_lines() if line]
    assert lines[-1] == "data: [DONE]"
    assert all(line.startswith("data: {") for line in lines[:-1])


def test_many_streams_at_once_are_all_whole(running: Running) -> None:
    async def one(asking: httpx.AsyncClient, at: int) -> str:
        said = [{"role": "user", "content": f"What is {at} + 1?"}]
        body = {"model": "gpt-4o", "messages": said, "stream": True}
        answer = await asking.post("/chat/completions", json=body)
        events = [line[6:] for line in answer.text.split("\n\n") if line]
        assert events.pop() == "[DONE]"
        deltas = [json.loads(event)["choices"][0]["delta"] for event in events]
        return "".join(delta.get("content", "") for delta in deltas)

    async def all_of_them() -> list[str]:
        key = {"Authorization": f"Bearer {running.exports['OPENAI_API_KEY']}"}
        base, limits = running.exports["OPENAI_BASE_URL"], httpx.Limits(max_connections=300)
        async with httpx.AsyncClient(
            base_url=base, headers=key, limits=limits, timeout=LIMIT_SECONDS, trust_env=False
        ) as asking:
            return await asyncio.gather(*(one(asking, at) for at in range(300)))

    assert asyncio.run(all_of_them()) == [f"{at} + 1 = {at + 1}." for at in range(300)]


def test_a_key_and_a_prompt_are_not_in_the_log(
    running: Running, client: httpx.Client, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    secret = "sk-a-very-secret-key-0000"
    said = {**CHAT, "messages": [{"role": "user", "content": "a very secret prompt"}]}
    client.post("/chat/completions", json=said)
    client.post("/chat/completions", json=said, headers={"Authorization": f"Bearer {secret}"})
    log = json.dumps(emulator(running, "GET", "/requests"))
    assert "/v1/chat/completions" in log
    ours = [r.getMessage() for r in caplog.records if r.name.startswith("runthrough")]
    for text in (log, *ours):
        assert secret not in text
        assert running.exports["OPENAI_API_KEY"] not in text
        assert "very secret prompt" not in text


def test_what_breaks_inside_says_so_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: Prompt) -> Answer:
        raise RuntimeError("a mistake of ours")

    async def nobody(*_: object) -> None:
        raise AssertionError("not OpenAI's")

    account = OpenAiAccount()
    app = with_openai(nobody, OpenAi(account, clock=utc_now, responder=broken))

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app)
        key = {"Authorization": f"Bearer {OPENAI_KEY}"}
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as one:
            return await one.post("/v1/chat/completions", json=CHAT, headers=key)

    answer = asyncio.run(ask())
    assert (answer.status_code, answer.json()["error"]["type"]) == (500, "server_error")
    assert "a mistake of ours" not in answer.text
    assert "a mistake of ours" in caplog.text
    assert OPENAI_KEY not in caplog.text


def test_a_body_without_end_is_refused(client: httpx.Client) -> None:
    answer = client.post("/embeddings", content=b" " * (MAX_BODY + 1))
    assert (answer.status_code, "more than" in answer.text) == (413, True)


def test_a_statements_call_goes_here_and_meets_faults(running: Running) -> None:
    settings = running.exports
    connection = connect(running)
    for sql in (
        "CREATE CONNECTION oc WITH ('type' = 'openai', 'endpoint' ="
        " 'https://api.openai.com/v1/chat/completions',"
        f" 'api-key' = '{settings['OPENAI_API_KEY']}')",
        "CREATE MODEL om INPUT (q STRING) OUTPUT (a STRING) WITH ('provider' = 'openai',"
        " 'task' = 'text_generation', 'openai.connection' = 'oc', 'openai.model_version' ="
        " 'gpt-4o')",
    ):
        connection.execute_streaming_ddl(sql)
    query = "SELECT a FROM (VALUES ('{}')) AS t(q), LATERAL TABLE(ML_PREDICT('om', q))"
    with connection.closing_cursor() as cursor:
        cursor.execute(query.format("Hello?"))
        assert len(cursor.fetchall()) == 1
    asked = emulator(running, "GET", "/requests")["requests"]
    assert [e["status"] for e in asked if e["path"] == "/v1/chat/completions"][-1] == 200

    answer = {"status": 400, "detail": "You exceeded your current quota", "code": "quota"}
    emulator(running, "POST", "/faults", json={"match": {"family": "OpenAI"}, "answer": answer})
    cursor = connection.cursor()
    with pytest.raises(OperationalError, match="You exceeded your current quota"):
        cursor.execute(query.format("And now?"))
    cursor.close()
    emulator(running, "DELETE", "/faults")
    connection.close()


def test_a_throttled_call_has_openais_form(running: Running, client: httpx.Client) -> None:
    rule = {"match": {"path": "/v1/*"}, "times": 1, "answer": {"status": 429}}
    emulator(running, "POST", "/faults", json=rule)
    error = client.post("/chat/completions", json=CHAT).json()["error"]
    assert (error["type"], error["code"]) == ("requests", "rate_limit_exceeded")
    assert client.post("/chat/completions", json=CHAT).status_code == 200
