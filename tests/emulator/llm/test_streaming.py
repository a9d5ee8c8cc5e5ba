"""`--llm` and streams: what a server says is passed on as it says it."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, EventStreamError
from pydantic import SecretStr

from runthrough.emulator.llm import Llm, LlmServer
from runthrough.emulator.server import Running, serve
from runthrough.emulator.standins import Answer, NoAnswer, Piece, Prompt, Telling, Turn
from runthrough.emulator.standins.thoughts import is_untouched

HAIKU = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
LLAMA = "us.meta.llama3-3-70b-instruct-v1:0"
ASKED = [{"role": "user", "content": [{"text": "Hello!"}]}]
DEADLINE = 60
"""Seconds until a test that waits gives up."""


def says(text: str) -> bytes:
    return chunk({"delta": {"content": text}})


def chunk(choice: dict[str, Any], **more: Any) -> bytes:
    body = {"choices": [{"index": 0, "finish_reason": None, **choice}], **more}
    return f"data: {json.dumps(body)}\n\n".encode()


def ends(reason: str = "stop", **more: Any) -> bytes:
    return chunk({"delta": {}, "finish_reason": reason}, **more) + b"data: [DONE]\n\n"


USAGE = {"usage": {"prompt_tokens": 11, "completion_tokens": 22}}
Script = Sequence[bytes | threading.Event]


@contextmanager
def teller(script: Script, *, kind: str = "text/event-stream") -> Iterator[tuple[str, list[Any]]]:
    """Serve one stream: sends what is in the script, and waits where an event stands in it."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.end_headers()
            for one in script:
                if isinstance(one, bytes):
                    self.wfile.write(one)
                    self.wfile.flush()
                else:
                    one.wait(DEADLINE)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as made:
        thread = threading.Thread(target=made.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{made.server_port}/v1", asked
        finally:
            for one in script:
                if isinstance(one, threading.Event):
                    one.set()
            made.shutdown()
            thread.join()


@contextmanager
def front(url: str, *, timeout: float = DEADLINE) -> Iterator[Running]:
    with serve(llm=LlmServer(httpx.URL(url), "m", timeout=timeout)) as running:
        yield running


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


@contextmanager
def conversing(running: Running, **arguments: Any) -> Iterator[Any]:
    """Give the events of a ConverseStream; its connection is closed, wherever the stream ended."""
    with closing(bedrock(running)) as client:
        given = {"modelId": HAIKU, "messages": ASKED} | arguments
        with closing(client.converse_stream(**given)["stream"]) as stream:
            yield stream


@contextmanager
def invoking(running: Running, model: str, body: dict[str, Any]) -> Iterator[Any]:
    """Give the events of an InvokeModelWithResponseStream, as `conversing` does."""
    with closing(bedrock(running)) as client:
        answer = client.invoke_model_with_response_stream(modelId=model, body=json.dumps(body))
        with closing(answer["body"]) as stream:
            yield stream


def prompt(**more: Any) -> Prompt:
    return Prompt("", (Turn("user", "Hello!"),), 100, **more)


def ask(url: str, asked: Prompt, *, key: str = "") -> tuple[list[Piece], Telling]:
    llm = Llm(LlmServer(httpx.URL(url), "m", SecretStr(key) if key else None))
    told: list[Piece] = []

    def coming() -> Any:
        answer = yield from _noting(llm.stream(asked), told)
        return answer

    try:
        telling = Telling(coming(), begun=Answer("", "end_turn", 0, 0))
        _ = telling.answer
    finally:
        llm.close()
    return told, telling


def _noting(coming: Any, told: list[Piece]) -> Any:
    try:
        while True:
            piece = next(coming)
            told.append(piece)
            yield piece
    except StopIteration as end:
        return end.value


# -- as it comes -----------------------------------------------------------------------------------


def test_converse_stream_passes_words_on_as_they_come() -> None:
    go_on = threading.Event()
    script = [says("One"), says(" two"), go_on, says(" three."), ends(**USAGE)]
    with (
        teller(script) as (url, asked),
        front(url) as running,
        conversing(running) as stream,
    ):
        events = iter(stream)
        assert next(events) == {"messageStart": {"role": "assistant"}}
        assert next(events)["contentBlockDelta"]["delta"] == {"text": "One"}
        assert next(events)["contentBlockDelta"]["delta"] == {"text": " two"}
        # The server is silent; whoever else asks is answered.
        models = httpx.get(f"{running.url}/_emulator/requests", trust_env=False, timeout=DEADLINE)
        assert models.status_code == 200
        assert not go_on.is_set()
        go_on.set()
        rest = list(events)
    assert rest[0]["contentBlockDelta"]["delta"] == {"text": " three."}
    assert rest[-2] == {"messageStop": {"stopReason": "end_turn"}}
    usage = rest[-1]["metadata"]["usage"]
    assert (usage["inputTokens"], usage["outputTokens"], usage["totalTokens"]) == (11, 22, 33)
    assert (asked[0]["stream"], asked[0]["stream_options"]) == (True, {"include_usage": True})


@pytest.mark.parametrize(
    ("model", "body", "path"),
    [
        (
            HAIKU,
            {
                "anthropic_version": "bedrock-2023-05-31",
                "max_tokens": 100,
                "messages": [{"role": "user", "content": "Hello!"}],
            },
            ("delta", "text"),
        ),
        (LLAMA, {"prompt": "Hello!"}, ("generation",)),
    ],
    ids=["claude", "llama"],
)
def test_invoke_model_passes_words_on_as_they_come(
    model: str, body: dict[str, Any], path: tuple[str, ...]
) -> None:
    go_on = threading.Event()
    script = [says("One"), go_on, says(" two."), ends(**USAGE)]
    with teller(script) as (url, _), front(url) as running:
        told, last = [], {}
        with invoking(running, model, body) as stream:
            for event in stream:
                last = json.loads(event["chunk"]["bytes"])
                text: Any = last
                for name in path:
                    text = text.get(name) if isinstance(text, dict) else None
                if text:
                    told.append(text)
                    go_on.set()  # only now: the first word came while the server was silent
    assert told == ["One", " two."]
    metrics = last["amazon-bedrock-invocationMetrics"]
    assert (metrics["inputTokenCount"], metrics["outputTokenCount"]) == (11, 22)


def test_openai_passes_words_on_as_they_come() -> None:
    go_on = threading.Event()
    script = [says("One"), go_on, says(" two."), ends(**USAGE)]
    with teller(script) as (url, _), front(url) as running:
        body = {
            "model": "gpt-4o",
            "messages": [{"role": "user", "content": "Hello!"}],
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        key = {"Authorization": f"Bearer {running.exports['OPENAI_API_KEY']}"}
        told, last = [], {}
        with httpx.stream(
            "POST",
            f"{running.url}/v1/chat/completions",
            json=body,
            headers=key,
            trust_env=False,
            timeout=DEADLINE,
        ) as answer:
            for line in answer.iter_lines():
                if not line.startswith("data: {"):
                    continue
                last = json.loads(line[6:])
                text = last["choices"] and last["choices"][0]["delta"].get("content")
                if text:
                    told.append(text)
                    go_on.set()
    assert told == ["One", " two."]
    assert (last["usage"]["prompt_tokens"], last["usage"]["completion_tokens"]) == (11, 22)


def test_calls_of_tools_come_after_the_words() -> None:
    calls = [
        {"index": 0, "id": "c1", "function": {"name": "weather", "arguments": ""}},
        {"index": 0, "function": {"arguments": '{"city": '}},
        {"index": 0, "function": {"arguments": '"Bern"}'}},
        {"index": 1, "id": "c2", "function": {"name": "weather", "arguments": "{}"}},
    ]
    script = [says("I look."), *(chunk({"delta": {"tool_calls": [one]}}) for one in calls)]
    tool = {"name": "weather", "inputSchema": {"json": {"type": "object"}}}
    with (
        teller([*script, ends("tool_calls")]) as (url, _),
        front(url) as running,
        conversing(running, toolConfig={"tools": [{"toolSpec": tool}]}) as stream,
    ):
        events = list(stream)
    begun = [e["contentBlockStart"] for e in events if "contentBlockStart" in e]
    assert [one["start"]["toolUse"]["toolUseId"] for one in begun] == ["tooluse_c1", "tooluse_c2"]
    deltas = [e["contentBlockDelta"] for e in events if "contentBlockDelta" in e]
    first = [d["delta"]["toolUse"]["input"] for d in deltas if d["contentBlockIndex"] == 1]
    assert json.loads("".join(first)) == {"city": "Bern"}
    assert {"messageStop": {"stopReason": "tool_use"}} in events


def test_a_thought_comes_before_the_words_and_is_signed() -> None:
    thoughts = [chunk({"delta": {"reasoning_content": one}}) for one in ("Hm", ", so.")]
    late = chunk({"delta": {"reasoning_content": "too late"}})
    thinking = {"thinking": {"type": "enabled", "budget_tokens": 1024}}
    with teller([*thoughts, says("Fine."), late, ends()]) as (url, _), front(url) as running:
        wanted = {"inferenceConfig": {"maxTokens": 2000}, "additionalModelRequestFields": thinking}
        with conversing(running, **wanted) as stream:
            deltas = [e["contentBlockDelta"] for e in stream if "contentBlockDelta" in e]
    told = [one["delta"]["reasoningContent"] for one in deltas if one["contentBlockIndex"] == 0]
    assert [one["text"] for one in told[:-1]] == ["Hm", ", so."]
    assert [one["delta"] for one in deltas if one["contentBlockIndex"] == 1] == [{"text": "Fine."}]
    with teller([*thoughts, says("Fine."), late, ends()]) as (url, _):
        _, telling = ask(url, prompt(thinking="shown"))
    kept = telling.answer.reasoning
    assert kept is not None
    assert kept.text == "Hm, so."
    assert is_untouched(kept)
    assert kept.signature == told[-1]["signature"]


@pytest.mark.parametrize(
    ("thinking", "pieces"),
    [("off", [Piece("Fine.")]), ("omitted", [Piece("", is_thought=True), Piece("Fine.")])],
)
def test_a_thought_nobody_wants_to_see_is_not_told(thinking: Any, pieces: list[Piece]) -> None:
    script = [chunk({"delta": {"reasoning": "Hm."}}), says("Fine."), ends()]
    with teller(script) as (url, _):
        told, _ = ask(url, prompt(thinking=thinking))
    assert told == pieces


def test_what_may_begin_a_stop_sequence_is_held_back() -> None:
    words = [says(text) for text in ("a E", "N", "ought, then E", "ND of it")]
    with teller([*words, ends()]) as (url, _):
        told, telling = ask(url, prompt(stop_sequences=("END", "zzz")))
    assert [piece.text for piece in told] == ["a ", "ENought, then "]
    answer = telling.answer
    assert (answer.text, answer.stop_reason, answer.stop_sequence) == (
        "a ENought, then ",
        "stop_sequence",
        "END",
    )
    with teller([says("a E"), ends("length")]) as (url, _):
        told, telling = ask(url, prompt(stop_sequences=("END",)))
    assert "".join(piece.text for piece in told) == telling.answer.text == "a E"
    assert telling.answer.stop_reason == "max_tokens"


# -- servers that misbehave ------------------------------------------------------------------------


def test_a_server_that_does_not_stream_is_understood() -> None:
    body = {"choices": [{"message": {"content": "Two words."}, "finish_reason": "stop"}]}
    with teller([json.dumps(body).encode()], kind="application/json") as (url, _):
        told, telling = ask(url, prompt())
    assert "".join(piece.text for piece in told) == telling.answer.text == "Two words."


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ([says("One")], "ended its answer in the middle"),
        ([b'data: {"error": {"message": "out of sk-secret"}}\n\n'], "broke off: out of •••"),
        ([b"data: oops\n\n"], "something that is no chat completion"),
        ([b"data: []\n\n"], "something that is no chat completion"),
        ([chunk({"delta": {"content": 3}})], "something that is no chat completion"),
        ([chunk({"delta": {"tool_calls": [3]}})], "something that is no chat completion"),
    ],
)
def test_a_stream_of_no_sense_is_said_in_plain_words(script: list[bytes], said: str) -> None:
    with teller(script) as (url, _), pytest.raises(NoAnswer, match=said):
        ask(url, prompt(), key="sk-secret")


def test_an_answer_that_breaks_off_ends_the_stream_with_an_exception() -> None:
    with teller([says("One")]) as (url, _), front(url) as running:
        broken = pytest.raises(EventStreamError, match="ended its answer in the middle")
        with conversing(running) as stream, broken as caught:
            list(stream)
        error = caught.value.response["Error"]
        assert error["Code"] == "modelStreamErrorException"
        key = {"Authorization": f"Bearer {running.exports['OPENAI_API_KEY']}"}
        asked = {"role": "user", "content": "Hello!"}
        body = {"model": "gpt-4o", "messages": [asked], "stream": True}
        url = f"{running.url}/v1/chat/completions"
        told = httpx.post(url, json=body, headers=key, trust_env=False, timeout=DEADLINE).text
    last = json.loads(told.strip().rpartition("data: ")[2])
    assert last["error"]["type"] == "server_error"
    assert "ended its answer in the middle" in last["error"]["message"]


def test_a_silence_before_the_first_word_is_an_ordinary_error_and_later_an_exception() -> None:
    never = threading.Event()
    with teller([never]) as (url, _), front(url, timeout=0.3) as running:
        with pytest.raises(ClientError) as caught, conversing(running):
            pass
        assert caught.value.response["Error"]["Code"] == "ModelTimeoutException"
    never = threading.Event()
    with teller([says("One"), never]) as (url, _), front(url, timeout=0.3) as running:
        body = {
            "anthropic_version": "bedrock-2023-05-31",
            "max_tokens": 100,
            "messages": [{"role": "user", "content": "Hello!"}],
        }
        with invoking(running, HAIKU, body) as stream, pytest.raises(EventStreamError) as broken:
            list(stream)
    assert broken.value.response["Error"]["Code"] == "modelTimeoutException"
