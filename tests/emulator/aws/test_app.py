"""Which requests are answered on the event loop, and which in a thread."""

from __future__ import annotations

import asyncio
import threading
from typing import Any

import pytest

from runthrough.emulator.aws import app as app_module
from runthrough.emulator.aws.app import QUICK_BODY, AwsApp
from runthrough.emulator.aws.replies import Reply, json_reply
from runthrough.emulator.standins import Answer, Prompt, respond
from runthrough.emulator.world import read_world, utc_now

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1"
ARN = "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Famazon.nova-lite-v1%3A0"


def is_on_the_loop(path: str, body: bytes, responder: Any, patch: pytest.MonkeyPatch) -> bool:
    threads = []

    def answer(*_: object) -> Reply:
        threads.append(threading.current_thread())
        return json_reply({})

    patch.setattr(app_module, "answer", answer)
    asked = AwsApp(read_world().aws, started=utc_now(), clock=utc_now, responder=responder)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body}

    async def send(_: dict[str, Any]) -> None:
        """Take it."""

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [],
    }
    asyncio.run(asked(scope, receive, send))
    [thread] = threads
    return thread is threading.current_thread()


@pytest.mark.parametrize(
    ("path", "quick"),
    [
        (f"/model/{HAIKU}%3A0/converse", True),
        (f"/model/{HAIKU}:0/converse-stream", True),
        (f"/model/{HAIKU}%3A0/invoke", True),
        (f"/model/{HAIKU}:0/invoke-with-response-stream", True),
        (f"/model/{ARN}/invoke", False),
        ("/model/stability.sd3-5-large-v1%3A0/invoke", False),
        ("/model/amazon.titan-embed-text-v2%3A0/invoke", False),
        (f"/model/{HAIKU}%3A0/count-tokens", False),
        ("/foundation-models", False),
    ],
)
def test_words_are_answered_at_once_and_all_else_in_a_thread(
    path: str, quick: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert is_on_the_loop(path, b"{}", respond, monkeypatch) is quick


def test_long_prompts_and_other_servers_do_not_hold_up_the_loop(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def behind(prompt: Prompt) -> Answer:
        return respond(prompt)

    path = f"/model/{HAIKU}%3A0/invoke"
    assert not is_on_the_loop(path, bytes(QUICK_BODY + 1), respond, monkeypatch)
    assert not is_on_the_loop(path, b"{}", behind, monkeypatch)
    assert not is_on_the_loop(path, b'{"s3Location": {}}', respond, monkeypatch)
