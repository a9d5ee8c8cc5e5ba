from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from pydantic import SecretStr

from runthrough.emulator.aws.provider import BedrockProvider
from runthrough.emulator.flink.running.models import ModelRequest, NoProvider
from runthrough.errors import EmulatorError

HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
MODEL = "us.anthropic.claude-haiku-4-5-20251001-v1:0"


def body(text: str = "What is 1+1?") -> bytes:
    message = {"role": "user", "content": text}
    version = "bedrock-2023-05-31"
    return json.dumps(
        {"anthropic_version": version, "max_tokens": 50, "messages": [message]}
    ).encode()


def ask(
    endpoint: str,
    credentials: dict[str, SecretStr],
    content: bytes | None = None,
    timeout: float = 10,
) -> ModelRequest:
    return ModelRequest(
        "bedrock", endpoint, credentials, body() if content is None else content, timeout
    )


@pytest.fixture
def credentials(aws: Any) -> dict[str, SecretStr]:
    key = aws.session_key
    return {
        "AWS_ACCESS_KEY_ID": SecretStr(key.access_key_id),
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key,
        "AWS_SESSION_TOKEN": key.session_token,
    }


@pytest.fixture
def provider(aws: Any) -> Iterator[BedrockProvider]:
    provider = BedrockProvider(lambda: aws.url)
    yield provider
    provider.close()


@pytest.mark.parametrize("model_id", [MODEL, MODEL.replace(":", "%3A")])
def test_a_call_to_bedrock_is_answered_here(
    provider: BedrockProvider, credentials: dict[str, SecretStr], model_id: str
) -> None:
    reply = provider.invoke(ask(f"{HOST}/model/{model_id}/invoke", credentials))
    assert reply.status == 200
    assert json.loads(reply.body)["content"][0]["text"] == "1 + 1 = 2."


def test_calls_may_be_made_at_once(
    provider: BedrockProvider, credentials: dict[str, SecretStr]
) -> None:
    requests = [
        ask(f"{HOST}/model/{MODEL}/invoke", credentials, body(f"What is {n}+1?")) for n in range(40)
    ]
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(provider.invoke, requests))
    texts = [json.loads(reply.body)["content"][0]["text"] for reply in replies]
    assert texts == [f"{n} + 1 = {n + 1}." for n in range(40)]


def test_a_stale_token_is_refused_as_aws_does(
    provider: BedrockProvider, credentials: dict[str, SecretStr]
) -> None:
    stale = credentials | {"AWS_SESSION_TOKEN": SecretStr("a token from last week")}
    reply = provider.invoke(ask(f"{HOST}/model/{MODEL}/invoke", stale))
    assert reply.status == 403
    assert json.loads(reply.body)["message"] == (
        "The security token included in the request is invalid."
    )


def test_missing_keys_are_refused_as_aws_does(provider: BedrockProvider) -> None:
    reply = provider.invoke(ask(f"{HOST}/model/{MODEL}/invoke", {}))
    assert reply.status in (400, 403)


@pytest.mark.parametrize(
    "endpoint",
    [
        "https://api.example.com/model/x/invoke",
        "https://bedrock-runtime.us-east-1.amazonaws.com.example.com/model/x/invoke",
        "no address at all",
    ],
)
def test_another_host_is_not_called(
    provider: BedrockProvider, credentials: dict[str, SecretStr], endpoint: str
) -> None:
    with pytest.raises(NoProvider) as caught:
        provider.invoke(ask(endpoint, credentials))
    assert str(caught.value) == (
        f"not emulated: no provider behind {endpoint}; the live target has it"
    )


def test_a_model_that_takes_too_long_times_out(credentials: dict[str, SecretStr]) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        provider = BedrockProvider(lambda: f"http://127.0.0.1:{silent.getsockname()[1]}")
        reply = provider.invoke(ask(f"{HOST}/model/{MODEL}/invoke", credentials, timeout=0.1))
        provider.close()
    assert reply.status == 408
    assert "did not answer within 0.1 seconds" in json.loads(reply.body)["message"]


def test_nobody_listening_is_an_error_of_the_emulator(credentials: dict[str, SecretStr]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        provider = BedrockProvider(lambda: f"http://127.0.0.1:{taken.getsockname()[1]}")
        with pytest.raises(EmulatorError, match="got no answer"):
            provider.invoke(ask(f"{HOST}/model/{MODEL}/invoke", credentials))
        provider.close()
