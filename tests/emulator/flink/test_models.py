from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from runthrough.emulator.flink.catalog import Column, Model
from runthrough.emulator.flink.running.model_formats import bedrock_format
from runthrough.emulator.flink.running.models import (
    Meter,
    ModelCaller,
    ModelError,
    ModelProvider,
    ModelReply,
    ModelRequest,
    NoProvider,
    Providers,
)
from runthrough.emulator.flink.types import INT, STRING, FlinkType, array
from runthrough.errors import EmulatorError

HOST = "https://bedrock-runtime.us-east-1.amazonaws.com"
ENDPOINT = f"{HOST}/model/us.anthropic.claude-sonnet-4-5-20250929-v1%3A0/invoke"
OPTIONS = {
    "provider": "bedrock",
    "task": "text_generation",
    "bedrock.connection": "c",
    "bedrock.params.max_tokens": "200",
    "bedrock.system_prompt": "Be brief.",
}


class Provider:
    """Answers with what a function makes of the prompt and the number of the call."""

    def __init__(self, answer: Callable[[str, int], ModelReply]) -> None:
        self.requests: list[ModelRequest] = []
        self._answer, self._lock = answer, threading.Lock()

    def invoke(self, request: ModelRequest) -> ModelReply:
        with self._lock:
            self.requests.append(request)
            number = len(self.requests)
        return self._answer(json.loads(request.body)["messages"][0]["content"], number)


def text(answer: str) -> ModelReply:
    usage = {"input_tokens": 3, "output_tokens": 2}
    return ModelReply(
        200, json.dumps({"content": [{"type": "text", "text": answer}], "usage": usage}).encode()
    )


def caller(provider: ModelProvider, **other: Any) -> ModelCaller:
    options = {**OPTIONS, **other.pop("model_options", {})}
    model = Model(
        ("env", "db", "m"),
        other.pop("inputs", (Column("prompt", STRING),)),
        (Column("response", STRING),),
        options,
    )
    return ModelCaller(
        model,
        endpoint=other.pop("endpoint", ENDPOINT),
        credentials={
            "AWS_ACCESS_KEY_ID": SecretStr("AKIA"),
            "AWS_SECRET_ACCESS_KEY": SecretStr("quite-secret"),
        },
        provider=provider,
        options=other.pop("options", {}),
        meter=other.pop("meter", Meter()),
        stopped=other.pop("stopped", threading.Event()),
    )


def test_each_distinct_input_is_asked_once_and_null_not_at_all() -> None:
    provider, meter = Provider(lambda prompt, _: text(prompt.upper())), Meter()
    asked = caller(provider, meter=meter)
    given = asked.answers([("a",), ("b",), ("a",), (None,)])
    assert given == [("A",), ("B",), ("A",), (None,)]
    assert asked.answers([("a",), ("c",)]) == [("A",), ("C",)]
    assert (meter.calls, meter.input_tokens, meter.output_tokens) == (3, 9, 6)


def test_the_body_is_anthropics_and_carries_prompt_parameters_and_credentials() -> None:
    provider = Provider(lambda *_: text("x"))
    more = {"bedrock.params.temperature": "0.5", "bedrock.params.stop": "a, b"}
    caller(provider, model_options=more).answers([("hello",)])
    [request] = provider.requests
    assert json.loads(request.body) == {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 200,
        "messages": [{"role": "user", "content": "hello"}],
        "system": "Be brief.",
        "temperature": 0.5,
        "stop_sequences": ["a", "b"],
    }
    assert (request.provider, request.endpoint, request.timeout) == ("bedrock", ENDPOINT, 30.0)
    assert request.credentials["AWS_ACCESS_KEY_ID"].get_secret_value() == "AKIA"
    assert "AKIA" not in repr(request)


@pytest.mark.parametrize("status", [408, 429, 500, 503])
def test_a_busy_provider_is_asked_again(status: int) -> None:
    provider = Provider(lambda _, n: text("done") if n == 3 else ModelReply(status, b"{}"))
    assert caller(provider).answers([("a",)]) == [("done",)]
    assert len(provider.requests) == 3


def test_retries_end() -> None:
    provider = Provider(lambda *_: ModelReply(429, b'{"message":"Too many requests"}'))
    with pytest.raises(ModelError, match=r"response code 429\..*Too many requests"):
        caller(provider, options={"retry_count": "1"}).answers([("a",)])
    assert len(provider.requests) == 2


@pytest.mark.parametrize("status", [400, 403, 404, 501])
def test_a_refusal_is_final_and_says_what_the_provider_said(status: int) -> None:
    provider = Provider(lambda *_: ModelReply(status, b'{"message":"The token is expired"}'))
    with pytest.raises(ModelError) as caught:
        caller(provider).answers([("a",)])
    assert str(caught.value) == (
        f"Runtime received bad response code {status}. Please also double check if your model "
        "has multiple versions. The provider says: The token is expired"
    )
    assert len(provider.requests) == 1


@pytest.mark.parametrize("body", [b"[]", b"{}", b'{"content":[]}', b'{"content":[{"a":1}]}'])
def test_an_answer_of_another_shape_is_refused(body: bytes) -> None:
    with pytest.raises(ModelError, match=r"has no content\[0\]\.text"):
        caller(Provider(lambda *_: ModelReply(200, body))).answers([("a",)])


def test_an_answer_that_is_no_json_is_refused() -> None:
    with pytest.raises(ModelError, match="ANTHROPIC-MESSAGES: the answer is not JSON"):
        caller(Provider(lambda *_: ModelReply(200, b"<html>"))).answers([("a",)])


def test_a_provider_without_an_answer_is_named() -> None:
    def fail(*_: object) -> ModelReply:
        raise EmulatorError("nobody listens")

    with pytest.raises(ModelError, match="Model 'm' gave no answer: nobody listens"):
        caller(Provider(fail)).answers([("a",)])


@pytest.mark.parametrize(
    ("options", "together"), [({"max_parallelism": "3"}, 3), ({"async_enabled": "false"}, 1)]
)
def test_calls_run_side_by_side_up_to_the_limit(options: dict[str, str], together: int) -> None:
    meeting, most, now = threading.Barrier(together), [0], [0]
    lock = threading.Lock()

    def answer(prompt: str, _: int) -> ModelReply:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        meeting.wait(10)
        with lock:
            now[0] -= 1
        return text(prompt)

    caller(Provider(answer), options=options).answers([(str(n),) for n in range(6)])
    assert most == [together]


def test_a_stopped_statement_asks_no_more() -> None:
    stopped = threading.Event()

    def answer(prompt: str, n: int) -> ModelReply:
        stopped.set()
        return text(prompt)

    provider = Provider(answer)
    caller(provider, stopped=stopped, options={"max_parallelism": "1"}).answers([("a",), ("b",)])
    assert len(provider.requests) == 1


@pytest.mark.parametrize(
    ("model_id", "name"),
    [
        ("anthropic.claude-3-haiku-20240307-v1:0", "ANTHROPIC-MESSAGES"),
        ("global.anthropic.claude-opus-4-6-v1", "ANTHROPIC-MESSAGES"),
        ("anthropic.claude-v2:1", "ANTHROPIC-COMPLETIONS"),
        ("amazon.titan-embed-text-v1", "AMAZON-TITAN-EMBED"),
        ("us.meta.llama3-3-70b-instruct-v1:0", "BEDROCK-LLAMA"),
        (
            "arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.x",
            "ANTHROPIC-MESSAGES",
        ),
        ("someone.else", "AMAZON-TITAN-TEXT"),
    ],
)
def test_the_format_follows_from_the_endpoint(model_id: str, name: str) -> None:
    assert bedrock_format(f"{HOST}/model/{model_id}/invoke") == name


def test_what_the_emulator_cannot_call_is_said_before_the_first_call() -> None:
    provider = Provider(lambda *_: text("x"))
    with pytest.raises(ModelError, match=r"one OUTPUT column, of type ARRAY<FLOAT>\."):
        caller(provider, endpoint=f"{HOST}/model/amazon.titan-embed-text-v1/invoke")
    with pytest.raises(ModelError, match="there is no format MORSE"):
        caller(provider, model_options={"bedrock.input_format": "MORSE"})
    with pytest.raises(ModelError, match="needs exactly one INPUT column, of type STRING"):
        caller(provider, inputs=(Column("n", INT),))
    with pytest.raises(ModelError, match=r"'bedrock\.params\.max_tokens' must be a number"):
        caller(provider, model_options={"bedrock.params.max_tokens": "many"})
    assert provider.requests == []


def test_debug_shows_both_bodies_and_no_secret() -> None:
    provider = Provider(lambda *_: ModelReply(400, b'{"message":"no","seen":"AKIA"}'))
    with pytest.raises(ModelError) as caught:
        caller(provider, options={"debug": "true"}).answers([("hello",)])
    text_of_error = str(caught.value)
    assert '"content": "hello"' in text_of_error
    assert 'Answer 400: {"message":"no","seen":"******"}' in text_of_error
    assert "AKIA" not in text_of_error


def test_openais_refusals_are_read_as_well() -> None:
    body = b'{"error":{"message":"You exceeded your current quota","code":"insufficient_quota"}}'
    with pytest.raises(ModelError, match="The provider says: You exceeded your current quota"):
        caller(Provider(lambda *_: ModelReply(403, body))).answers([("a",)])


def test_a_call_goes_to_the_provider_of_its_kind_and_nobody_else() -> None:
    provider = Provider(lambda *_: text("x"))
    assert caller(Providers({"bedrock": provider})).answers([("a",)]) == [("x",)]
    with pytest.raises(ModelError) as caught:
        caller(Providers({"openai": provider})).answers([("a",)])
    assert str(caught.value) == (
        f"Model 'm': not emulated: no provider behind {ENDPOINT}; the live target has it"
    )
    assert issubclass(NoProvider, EmulatorError)
    assert len(provider.requests) == 1


def test_a_list_is_asked_once_too() -> None:
    vectors = array(FlinkType("FLOAT"))
    provider = Rows(lambda body: b'{"n": %d}' % len(body["v"]))
    model = Model(("e", "d", "m"), (Column("v", vectors),), (Column("n", INT),),
                  {"provider": "sagemaker", "sagemaker.input_format": "json",
                   "sagemaker.target_model": "a.tar"})  # fmt: skip
    asked = ModelCaller(model, endpoint="https://x", credentials={}, provider=provider,
                        options={}, meter=Meter(), stopped=threading.Event())  # fmt: skip
    assert asked.answers([([1.0, 2.0],), ([1.0, 2.0],), ([3.0],)]) == [(2,), (2,), (1,)]
    assert len(provider.requests) == 2
    assert provider.requests[0].headers == {"X-Amzn-SageMaker-Target-Model": "a.tar"}


class Rows:
    """Answers any JSON body."""

    def __init__(self, answer: Callable[[Any], bytes]) -> None:
        self.requests: list[ModelRequest] = []
        self._answer = answer

    def invoke(self, request: ModelRequest) -> ModelReply:
        self.requests.append(request)
        return ModelReply(200, self._answer(json.loads(request.body)))
