"""`--llm`: prompts answered by another server, here by the OpenAI routes of a second emulator."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from pydantic import SecretStr

from runthrough.emulator.llm import KEY_VARIABLE, Llm, LlmServer, read_server
from runthrough.emulator.server import Running, serve
from runthrough.emulator.standins import (
    NoAnswer,
    Prompt,
    Tool,
    ToolResult,
    ToolUse,
    Turn,
    respond,
)
from runthrough.emulator.standins.thoughts import is_untouched
from runthrough.errors import EmulatorError

WEATHER = Tool(
    "get_weather",
    "The weather in a city.",
    {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]},
)


@pytest.fixture(scope="module")
def behind() -> Iterator[Running]:
    with serve() as running:
        yield running


@pytest.fixture(scope="module")
def llm(behind: Running) -> Iterator[Llm]:
    environment = {KEY_VARIABLE: behind.exports["OPENAI_API_KEY"]}
    asked = Llm(read_server(f"{behind.url}/v1", "gpt-4o", environment))
    yield asked
    asked.close()


@pytest.fixture(scope="module")
def front(behind: Running) -> Iterator[Running]:
    environment = {KEY_VARIABLE: behind.exports["OPENAI_API_KEY"]}
    with serve(llm=read_server(behind.url, "gpt-4o", environment)) as running:
        yield running


def prompt(*said: str, system: str = "", max_tokens: int = 500, **more: Any) -> Prompt:
    turns = [Turn("assistant" if at % 2 else "user", text) for at, text in enumerate(said)]
    return Prompt(system, tuple(turns), max_tokens, **more)


# -- one emulator behind another -------------------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        prompt("What is 1+1?"),
        prompt("What is 1+1?", system="Answer in French."),
        prompt("My name is Ada.", "Hello, Ada.", "What is my name?"),
        prompt("What is 1+1?", max_tokens=1),
        prompt("What is 1+1?", stop_sequences=(" = ", "+"), temperature=0.5),
        prompt("What is the weather in Lisbon?", tools=(WEATHER,)),
        prompt("Lisbon", tools=(WEATHER,), tool_choice="any"),
        prompt("Lisbon", tools=(WEATHER,), tool_choice="tool:get_weather"),
        prompt("Lisbon", tools=(WEATHER,), tool_choice="none"),
        prompt("What is 2+2? As json.", wants_json=True),
        prompt(
            "Name: Ada", output_schema={"type": "object", "properties": {"a": {"type": "null"}}}
        ),
    ],
)
def test_a_prompt_arrives_whole(llm: Llm, asked: Prompt) -> None:
    found, wanted = llm(asked), respond(asked)
    assert (found.text, found.stop_reason) == (wanted.text, wanted.stop_reason)
    assert found.stop_sequence == wanted.stop_sequence
    assert [(use.name, use.input) for use in found.tool_uses] == [
        (use.name, use.input) for use in wanted.tool_uses
    ]
    assert (found.input_tokens, found.output_tokens) == (
        wanted.input_tokens,
        wanted.output_tokens,
    )


def test_half_a_pair_of_surrogates_does_not_stop_a_prompt(llm: Llm) -> None:
    assert llm(prompt('Say "half a pair: \ud83d".')).text == "half a pair: ?"


def test_results_of_tools_arrive(llm: Llm) -> None:
    use = ToolUse("tooluse_1", "get_weather", {"city": "Lisbon"})
    asked = Prompt(
        "",
        (
            Turn("user", "What is the weather in Lisbon?"),
            Turn("assistant", "I will look.", tool_uses=(use,)),
            Turn("user", "", tool_results=(ToolResult("tooluse_1", '{"celsius": 21}'),)),
        ),
        500,
        tools=(WEATHER,),
    )
    assert llm(asked).text == respond(asked).text
    assert "21" in llm(asked).text


def test_the_first_model_a_server_lists_is_asked(behind: Running) -> None:
    key = SecretStr(behind.exports["OPENAI_API_KEY"])
    asked = Llm(LlmServer(httpx.URL(f"{behind.url}/v1"), key=key))
    assert asked(prompt("What is 1+1?")).text == "1 + 1 = 2."
    asked.close()


def bedrock(running: Running) -> Any:
    settings = running.exports
    return boto3.client(
        "bedrock-runtime",
        endpoint_url=running.url,
        region_name="us-east-1",
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        aws_session_token=settings["AWS_SESSION_TOKEN"],
        config=Config(retries={"total_max_attempts": 1}),
    )


def requests_to(running: Running, path: str) -> int:
    log = httpx.get(f"{running.url}/_emulator/requests", trust_env=False).json()["requests"]
    return sum(entry["path"] == path for entry in log)


def test_boto3_is_answered_from_behind(front: Running, behind: Running) -> None:
    before = requests_to(behind, "/v1/chat/completions")
    answer = bedrock(front).converse(
        modelId=front.exports["BEDROCK_MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": "What is 6 * 7?"}]}],
        system=[{"text": "Answer in German."}],
        inferenceConfig={"stopSequences": ["Ergebnis"]},
    )
    assert answer["output"]["message"]["content"] == [{"text": "6 * 7 = 42. Das ist das "}]
    assert answer["stopReason"] == "stop_sequence"
    assert requests_to(behind, "/v1/chat/completions") > before


def test_openai_is_answered_from_behind(front: Running, behind: Running) -> None:
    before = requests_to(behind, "/v1/chat/completions")
    key = {"Authorization": f"Bearer {front.exports['OPENAI_API_KEY']}"}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "What is 1+1?"}]}
    answer = httpx.post(f"{front.url}/v1/chat/completions", json=body, headers=key, trust_env=False)
    assert answer.json()["choices"][0]["message"]["content"] == "1 + 1 = 2."
    assert requests_to(behind, "/v1/chat/completions") == before + 1


def test_a_refusal_from_behind_is_the_models_error(front: Running, behind: Running) -> None:
    rule = {"match": {"family": "OpenAI"}, "answer": {"status": 429, "detail": "slow down"}}
    httpx.post(f"{behind.url}/_emulator/faults", json=rule, trust_env=False).raise_for_status()
    try:
        with pytest.raises(ClientError) as caught:
            bedrock(front).converse(
                modelId=front.exports["BEDROCK_MODEL_ID"],
                messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
            )
        response = caught.value.response
        assert response["Error"]["Code"] == "ModelErrorException"
        assert "answered 429: slow down" in response["Error"]["Message"]
        assert response["originalStatusCode"] == 429
        key = {"Authorization": f"Bearer {front.exports['OPENAI_API_KEY']}"}
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}
        refused = httpx.post(
            f"{front.url}/v1/chat/completions", json=body, headers=key, trust_env=False
        )
        assert refused.status_code == 502
        assert "answered 429: slow down" in refused.json()["error"]["message"]
    finally:
        httpx.delete(f"{behind.url}/_emulator/faults", trust_env=False)


# -- servers that misbehave ------------------------------------------------------------------------

Reply = Callable[[BaseHTTPRequestHandler], tuple[int, bytes]]


@contextmanager
def server(reply: Reply) -> Iterator[str]:
    """Serve one answer to everything; yields the base URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            status, body = reply(self)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_port}/v1"
        finally:
            made.shutdown()
            thread.join()


def ask(url: str, *, key: str = "", timeout: float = 5.0, said: str = "Hello!") -> None:
    secret = SecretStr(key) if key else None
    asked = Llm(LlmServer(httpx.URL(url), "some-model", secret, timeout))
    try:
        asked(prompt(said))
    finally:
        asked.close()


CALL = {"id": "c", "function": {"name": "f", "arguments": "[oops"}}
BAD: list[tuple[int, object, str]] = [
    (500, "<html>broken</html>", "answered 500: <html>broken</html>"),
    (401, {"error": {"message": "bad key sk-very-secret"}}, "answered 401: bad key •••"),
    (400, {"error": "no such model"}, "answered 400: no such model"),
    (404, "", "answered 404: nothing"),
    (200, "not JSON", "something that is no JSON"),
    (200, [], "something that is no chat completion"),
    (200, {"choices": []}, "something that is no chat completion"),
    (200, {"choices": [{"message": {"tool_calls": [CALL]}}]}, "that is no chat completion"),
    (200, {"choices": [{"message": {"content": [{"text": "x"}]}}]}, "answered without a text"),
]


@pytest.mark.parametrize(("status", "body", "said"), BAD)
def test_what_is_no_answer_is_said_in_plain_words(status: int, body: object, said: str) -> None:
    written = body if isinstance(body, str) else json.dumps(body)
    with server(lambda _: (status, written.encode())) as url, pytest.raises(NoAnswer) as caught:
        ask(url, key="sk-very-secret")
    assert said in str(caught.value)
    assert url in str(caught.value)
    assert "sk-very-secret" not in str(caught.value)
    assert caught.value.status == (status if status != 200 else None)
    assert not caught.value.timed_out


def test_a_server_that_does_not_answer_in_time_is_a_timeout() -> None:
    done = threading.Event()

    def wait(_: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        done.wait(10)
        return 200, b"{}"

    with server(wait) as url:
        with pytest.raises(NoAnswer, match=r"did not answer within 0\.2 seconds") as caught:
            ask(url, timeout=0.2)
        with serve(llm=LlmServer(httpx.URL(url), "m", timeout=0.2)) as running:
            with pytest.raises(ClientError) as refused:
                bedrock(running).converse(
                    modelId=running.exports["BEDROCK_MODEL_ID"],
                    messages=[{"role": "user", "content": [{"text": "Hello!"}]}],
                )
            key = {"Authorization": f"Bearer {running.exports['OPENAI_API_KEY']}"}
            body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello!"}]}
            answer = httpx.post(
                f"{running.url}/v1/chat/completions", json=body, headers=key, trust_env=False
            )
        done.set()
    assert caught.value.timed_out
    error = refused.value.response["Error"]
    assert error["Code"] == "ModelTimeoutException"
    assert error["Message"].startswith("Model has timed out in processing the request.")
    assert answer.status_code == 504


def test_a_length_a_server_does_not_take_is_not_sent_again() -> None:
    lengths: list[dict[str, int]] = []

    def choosy(handler: BaseHTTPRequestHandler) -> tuple[int, bytes]:
        body = json.loads(handler.rfile.read(int(handler.headers["Content-Length"])))
        lengths.append({name: body[name] for name in body if name.startswith("max_")})
        if "max_tokens" in body:
            said = "'max_tokens' is not supported. Use 'max_completion_tokens' instead."
            return 400, json.dumps({"error": {"message": said}}).encode()
        if body.get("max_completion_tokens", 0) > 100:
            said = "max_completion_tokens is too large"
            return 400, json.dumps({"error": {"message": said}}).encode()
        return 200, b'{"choices": [{"message": {"content": "fine"}, "finish_reason": "stop"}]}'

    with server(choosy) as url:
        asked = Llm(LlmServer(httpx.URL(url), "m"))
        for length in (500, 500, 50, 900):
            assert asked(prompt("Hello!", max_tokens=length)).text == "fine"
        asked.close()
    new = "max_completion_tokens"
    assert lengths == [{"max_tokens": 500}, {new: 500}, {}, {}, {new: 50}, {}]


@pytest.mark.parametrize(
    ("thinking", "thought"), [("off", None), ("shown", "Hm."), ("omitted", "")]
)
def test_a_thought_is_passed_on_where_one_is_wanted(thinking: Any, thought: str | None) -> None:
    message = {"content": "fine", "reasoning_content": "Hm."}
    body = json.dumps({"choices": [{"message": message, "finish_reason": "stop"}]}).encode()
    with server(lambda _: (200, body)) as url:
        asked = Llm(LlmServer(httpx.URL(url), "m"))
        answer = asked(prompt("Hello!", thinking=thinking))
        asked.close()
    assert (answer.reasoning and answer.reasoning.text) == thought
    assert answer.reasoning is None or is_untouched(answer.reasoning)


def test_nobody_there_is_said() -> None:
    with pytest.raises(NoAnswer, match="cannot be reached: ConnectError"):
        ask("http://127.0.0.1:1/v1")


def test_pictures_are_not_passed_on(llm: Llm) -> None:
    asked = Prompt("", (Turn("user", "What is this?", media=("image",)),), 100)
    with pytest.raises(NoAnswer, match="does not pass on: image"):
        llm(asked)


# -- what the options name -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("url", "base"),
    [
        ("http://127.0.0.1:11434", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/", "http://127.0.0.1:11434/v1"),
        ("http://127.0.0.1:11434/v1/", "http://127.0.0.1:11434/v1"),
        ("https://host/api/v1/chat/completions", "https://host/api/v1"),
        ("http://user:word@host/v1?key=1", "http://host/v1"),
    ],
)
def test_a_servers_address_is_read(url: str, base: str) -> None:
    assert read_server(url, None, {}).name == base


@pytest.mark.parametrize("url", ["", "localhost:11434", "ftp://host/v1", "http://", "http://[x"])
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(EmulatorError, match="--llm takes"):
        read_server(url, None, {})


def test_the_key_is_not_shown() -> None:
    found = read_server("http://host", "m", {KEY_VARIABLE: "sk-very-secret"})
    assert found.key is not None
    assert "sk-very-secret" not in repr(found)


def test_a_key_no_header_can_carry_is_refused_and_not_shown() -> None:
    for key in ("schlüssel", "one\ntwo"):
        with pytest.raises(EmulatorError, match=KEY_VARIABLE) as caught:
            read_server("http://host", "m", {KEY_VARIABLE: key})
        assert key not in str(caught.value)
    found = read_server("http://host", "m", {KEY_VARIABLE: " sk-1\n"}).key
    assert found is not None
    assert found.get_secret_value() == "sk-1"


def test_a_server_without_models_wants_one_named() -> None:
    for body, said in ((b"{}", "lists no model"), (b"no", "is no JSON")):
        with (
            server(lambda _, body=body: (200, body)) as url,
            pytest.raises(EmulatorError) as caught,
        ):
            Llm(LlmServer(httpx.URL(url)))
        assert said in str(caught.value)
        assert "--llm-model" in str(caught.value)


def test_an_emulator_is_not_its_own_model() -> None:
    with serve() as running:
        port = int(running.url.rsplit(":", 1)[1])
    with (
        pytest.raises(EmulatorError, match="--llm names this emulator itself"),
        serve(port=port, llm=read_server(f"http://localhost:{port}/v1", "m", {})),
    ):
        pass
