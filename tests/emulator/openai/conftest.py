"""One OpenAI of a test's own, asked without HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from runthrough.emulator.openai.replies import EventStream
from runthrough.emulator.openai.service import OpenAi
from runthrough.emulator.standins import Responder, respond
from runthrough.emulator.world import OpenAiAccount, OpenAiKey

KEY = "sk-emulated-0123456789"
CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"


@dataclass
class Desk:
    """Asks one OpenAI and reads what it says; `now` is its clock."""

    responder: Responder = respond
    now: datetime = datetime(2026, 1, 2, tzinfo=UTC)
    headers: dict[str, str] = field(default_factory=dict)

    def open(self, **limits: Any) -> Desk:
        """Open the account, with limits."""
        keys = (OpenAiKey(secret=SecretStr(KEY)), OpenAiKey(secret=SecretStr("sk-the-second-1")))
        account = OpenAiAccount(keys=keys, organization="org-tests", **limits)
        self._openai = OpenAi(account, clock=lambda: self.now, responder=self.responder)
        return self

    def ask(self, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
        """Return the status and the JSON of an answer; a stream's events as a list."""
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        method, key = more.get("method", "POST"), more.get("key", KEY)
        reply = self._openai.answer(method, path, written, key=key)
        self.headers = dict(reply.headers)
        if not isinstance(reply, EventStream):
            return reply.status, json.loads(reply.body)
        text = b"".join(reply.events).decode()
        events = text.removesuffix("\n\n").split("\n\n")
        assert events[-1] == "data: [DONE]"
        return 200, [json.loads(one.removeprefix("data: ")) for one in events[:-1]]

    def chat(self, said: str | list[Any] = "What is 1+1?", **more: Any) -> tuple[int, Any]:
        """Ask for a chat completion; a text is one message of the user."""
        messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
        return self.ask(CHAT, {"model": "gpt-4o", "messages": messages, **more})

    def error(self, answered: tuple[int, Any]) -> tuple[int, str, str | None, str | None]:
        """Return status, text, param and code of a refusal, whose form is checked."""
        status, body = answered
        assert list(body) == ["error"]
        assert set(body["error"]) == {"message", "type", "param", "code"}
        return status, body["error"]["message"], body["error"]["param"], body["error"]["code"]


@pytest.fixture
def openai() -> Desk:
    return Desk().open()


@pytest.fixture
def opened() -> Callable[..., Desk]:
    return lambda **limits: Desk().open(**limits)
