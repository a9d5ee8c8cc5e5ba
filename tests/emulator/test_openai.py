"""The emulator's OpenAI: chat completions and embeddings for Flink's model calls."""

from __future__ import annotations

import base64
import json
import struct
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from runthrough.emulator.flink.running.models import ModelRequest, NoProvider
from runthrough.emulator.openai import OpenAi

KEY = "sk-emulated-0123456789"
CHAT = "https://api.openai.com/v1/chat/completions"
EMBEDDINGS = "https://api.openai.com/v1/embeddings"


@pytest.fixture
def openai() -> OpenAi:
    moment = datetime(2026, 1, 2, tzinfo=UTC)
    return OpenAi([KEY], clock=lambda: moment, hosts=lambda: ["127.0.0.1:8080"])


def ask(openai: OpenAi, endpoint: str, body: object, key: str = KEY) -> tuple[int, Any]:
    secrets = {"API_KEY": SecretStr(key)} if key else {}
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    reply = openai.invoke(ModelRequest("openai", endpoint, secrets, written, 30.0))
    return reply.status, json.loads(reply.body)


def test_a_chat_is_answered_by_the_stand_in(openai: OpenAi) -> None:
    body = {
        "model": "gpt-4o",
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": [{"type": "text", "text": "What is 1+1?"}]},
        ],
        "temperature": 0.2,
    }
    status, answer = ask(openai, CHAT, body)
    assert status == 200
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-4o")
    [choice] = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": "1 + 1 = 2.", "refusal": None}
    assert choice["finish_reason"] == "stop"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert answer["created"] == 1767312000
    assert ask(openai, CHAT, body)[1] == answer


def test_max_tokens_and_stop_end_an_answer(openai: OpenAi) -> None:
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is 1+1?"}]}
    for name in ("max_tokens", "max_completion_tokens"):
        _, short = ask(openai, CHAT, {**body, name: 1})
        assert short["choices"][0]["finish_reason"] == "length"
        assert short["choices"][0]["message"]["content"] == "1 + "
    _, stopped = ask(openai, CHAT, {**body, "stop": "="})
    assert stopped["choices"][0]["message"]["content"] == "1 + 1 "


@pytest.mark.parametrize(
    ("more", "size"),
    [
        ({"model": "text-embedding-ada-002"}, 1536),
        ({"model": "text-embedding-3-large"}, 3072),
        ({"model": "text-embedding-3-small", "dimensions": 64}, 64),
    ],
)
def test_embeddings(openai: OpenAi, more: dict[str, Any], size: int) -> None:
    status, answer = ask(openai, EMBEDDINGS, {"input": ["a pool", "a sauna"], **more})
    assert status == 200
    assert [(d["index"], len(d["embedding"])) for d in answer["data"]] == [(0, size), (1, size)]
    assert answer["usage"] == {"prompt_tokens": 4, "total_tokens": 4}
    _, packed = ask(openai, EMBEDDINGS, {"input": "a pool", "encoding_format": "base64", **more})
    raw = base64.b64decode(packed["data"][0]["embedding"])
    assert struct.unpack(f"<{size}f", raw) == pytest.approx(answer["data"][0]["embedding"])


SAY = {"messages": [{"role": "user", "content": "hi"}]}
REFUSED = [
    (CHAT, {"model": "llama", **SAY}, 404, "The model `llama` does not exist"),
    (CHAT, SAY, 400, "you must provide a model parameter"),
    (CHAT, {"model": "gpt-4o"}, 400, "Invalid 'messages'"),
    (CHAT, {"model": "gpt-4o", "messages": [{"role": "boss"}]}, 400, "Invalid value: 'boss'"),
    (CHAT, {"model": "gpt-4o", "messages": [{"role": "user", "content": 7}]}, 400, "texts alone"),
    (CHAT, {"model": "gpt-4o", **SAY, "max_tokens": 0}, 400, "Invalid 'max_tokens': 0"),
    (CHAT, {"model": "gpt-4o", **SAY, "stop": ["a"] * 5}, 400, "Maximum length 4"),
    (CHAT, {"model": "gpt-4o", **SAY, "stop": 5}, 400, "Invalid 'stop'"),
    (CHAT, b"{", 400, "could not parse the JSON body"),
    (CHAT, [], 400, "could not parse the JSON body"),
    (EMBEDDINGS, {"model": "gpt-3.5-turbo", "input": "a"}, 403, "not allowed to generate"),
    (EMBEDDINGS, {"model": "nope", "input": "a"}, 404, "The model `nope` does not exist"),
    (EMBEDDINGS, {"model": "text-embedding-ada-002", "input": []}, 400, "'$.input' is invalid"),
    (EMBEDDINGS, {"model": "text-embedding-ada-002", "input": "a", "dimensions": 8}, 400,
     "does not support specifying dimensions"),
    (EMBEDDINGS, {"model": "text-embedding-3-small", "input": "a", "dimensions": 0}, 400,
     "Invalid value for 'dimensions'"),
    ("https://api.openai.com/v1/images", {}, 404, "Invalid URL (POST /v1/images)"),
]  # fmt: skip


@pytest.mark.parametrize(("endpoint", "body", "status", "message"), REFUSED)
def test_refusals(openai: OpenAi, endpoint: str, body: object, status: int, message: str) -> None:
    found, answer = ask(openai, endpoint, body)
    assert found == status
    assert message in answer["error"]["message"]
    assert answer["error"]["type"] == "invalid_request_error"


@pytest.mark.parametrize(
    ("key", "said"), [("", "didn't provide"), ("sk-wrong-key-1234", "Incorrect")]
)
def test_keys(openai: OpenAi, key: str, said: str) -> None:
    status, answer = ask(openai, CHAT, {"model": "gpt-4o", **SAY}, key)
    assert status == 401
    assert said in answer["error"]["message"]
    assert "wrong" not in answer["error"]["message"]


def test_only_openais_hosts_and_our_own_are_answered(openai: OpenAi) -> None:
    own = "http://127.0.0.1:8080/v1/chat/completions"
    assert ask(openai, own, {"model": "gpt-4o", **SAY})[0] == 200
    with pytest.raises(NoProvider, match="no provider behind https"):
        ask(openai, "https://example.com/v1/embeddings", {})
