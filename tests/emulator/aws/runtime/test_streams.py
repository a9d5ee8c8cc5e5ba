"""Event streams as an unmodified boto3 reads them."""

from __future__ import annotations

import asyncio
import json
import resource
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from botocore.eventstream import EventStreamBuffer

from tests.emulator.aws.refusals import refused

MODEL = "us.anthropic.claude-sonnet-4-6"
EMBEDDINGS = "amazon.titan-embed-text-v2:0"
BODY: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 1000,
    "messages": [{"role": "user", "content": "What is 1+1?"}],
}
QUESTION = [{"role": "user", "content": [{"text": "What is 1+1?"}]}]


def converse_stream(aws: Any, **arguments: Any) -> list[tuple[str, dict[str, Any]]]:
    arguments = {"modelId": MODEL, "messages": QUESTION, **arguments}
    answer = aws.client("bedrock-runtime").converse_stream(**arguments)
    return [next(iter(one.items())) for one in answer["stream"]]


def stream(aws: Any, body: dict[str, Any], *, model_id: str = MODEL) -> list[dict[str, Any]]:
    client = aws.client("bedrock-runtime")
    answer = client.invoke_model_with_response_stream(modelId=model_id, body=json.dumps(body))
    assert answer["contentType"] == "application/json"
    return [json.loads(one["chunk"]["bytes"]) for one in answer["body"]]


def test_converse_stream_tells_what_converse_tells(aws: Any) -> None:
    events = converse_stream(aws)
    assert list(dict.fromkeys(name for name, _ in events)) == [
        *("messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata")
    ]
    text = "".join(value["delta"]["text"] for name, value in events if name == "contentBlockDelta")
    whole = aws.client("bedrock-runtime").converse(modelId=MODEL, messages=QUESTION)
    assert whole["output"]["message"]["content"] == [{"text": text}]
    told = dict(events)
    assert told["messageStart"] == {"role": "assistant"}
    assert told["messageStop"] == {"stopReason": "end_turn"}
    assert told["metadata"]["usage"] == whole["usage"]
    assert told["metadata"]["metrics"]["latencyMs"] >= 0


def test_the_text_comes_in_more_than_one_piece(aws: Any) -> None:
    deltas = [value for name, value in converse_stream(aws) if name == "contentBlockDelta"]
    assert len(deltas) > 1
    assert {delta["contentBlockIndex"] for delta in deltas} == {0}


def test_what_was_asked_for_comes_back_at_the_end(aws: Any) -> None:
    told = dict(
        converse_stream(
            aws,
            inferenceConfig={"stopSequences": [" ="]},
            additionalModelResponseFieldPaths=["/stop_sequence"],
            performanceConfig={"latency": "optimized"},
            serviceTier={"type": "flex"},
        )
    )
    assert told["messageStop"] == {
        "stopReason": "stop_sequence",
        "additionalModelResponseFields": {"stop_sequence": " ="},
    }
    assert told["metadata"]["performanceConfig"] == {"latency": "optimized"}
    assert told["metadata"]["serviceTier"] == {"type": "flex"}


def test_a_vendors_stream_tells_what_its_body_tells(aws: Any) -> None:
    chunks = stream(aws, BODY)
    assert [chunk["type"] for chunk in chunks if chunk["type"] != "content_block_delta"] == [
        *("message_start", "content_block_start", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]
    text = "".join(one["delta"]["text"] for one in chunks if one["type"] == "content_block_delta")
    assert text == "1 + 1 = 2."
    assert chunks[0]["message"]["model"] == "claude-sonnet-4-6"
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    assert metrics["inputTokenCount"] == chunks[0]["message"]["usage"]["input_tokens"]
    assert metrics["outputTokenCount"] == chunks[-2]["usage"]["output_tokens"]
    assert metrics["invocationLatency"] >= metrics["firstByteLatency"] >= 0
    assert metrics["cacheReadInputTokenCount"] == metrics["cacheWriteInputTokenCount"] == 0
    assert not any("amazon-bedrock-invocationMetrics" in chunk for chunk in chunks[:-1])


def test_a_kept_beginning_is_counted_in_the_last_chunk(aws: Any) -> None:
    text = {"type": "text", "text": "A hotel by the river. " * 400}
    kept = text | {"cache_control": {"type": "ephemeral"}}
    body = BODY | {"system": [kept]}
    first, second = (stream(aws, body)[-1]["amazon-bedrock-invocationMetrics"] for _ in range(2))
    assert first["cacheWriteInputTokenCount"] == second["cacheReadInputTokenCount"] > 1000
    assert second["cacheWriteInputTokenCount"] == 0


def test_a_model_without_a_cache_counts_none(aws: Any) -> None:
    chunks = stream(aws, {"prompt": "What is 1+1?"}, model_id="us.meta.llama3-3-70b-instruct-v1:0")
    metrics = chunks[-1]["amazon-bedrock-invocationMetrics"]
    assert metrics.keys() == {
        *("inputTokenCount", "outputTokenCount", "invocationLatency", "firstByteLatency")
    }


def raw_stream(aws: Any, path: str, body: dict[str, Any]) -> list[Any]:
    response = aws.send("POST", f"/model/{MODEL}/{path}", body=json.dumps(body).encode())
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/vnd.amazon.eventstream"
    assert response.headers["transfer-encoding"] == "chunked"
    assert response.headers["x-amzn-requestid"]
    buffer = EventStreamBuffer()
    buffer.add_data(response.content)
    return [json.loads(message.payload) for message in buffer]


@pytest.mark.parametrize(
    ("path", "body"),
    [("converse-stream", {"messages": QUESTION}), ("invoke-with-response-stream", BODY)],
)
def test_every_event_is_padded(aws: Any, path: str, body: dict[str, Any]) -> None:
    row = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    payloads = raw_stream(aws, path, body)
    assert all(row.startswith(payload["p"]) and payload["p"] for payload in payloads)
    assert all(list(payload) == sorted(payload) for payload in payloads)


def test_the_stream_of_a_vendor_says_the_type_of_its_parts(aws: Any) -> None:
    body = json.dumps(BODY).encode()
    response = aws.send("POST", f"/model/{MODEL}/invoke-with-response-stream", body=body)
    assert response.headers["x-amzn-bedrock-content-type"] == "application/json"


# --- refused before the first byte ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (BODY | {"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        (BODY | {"stream": True}, "#: extraneous key [stream] is not permitted"),
    ],
)
def test_a_body_that_does_not_fit_is_an_ordinary_error(
    aws: Any, body: dict[str, Any], message: str
) -> None:
    status, code, said = refused(stream, aws, body)
    assert (status, code) == (400, "ValidationException")
    assert message in said


def test_an_embedding_model_does_not_stream(aws: Any) -> None:
    assert refused(stream, aws, {"inputText": "a"}, model_id=EMBEDDINGS) == (
        400,
        "ValidationException",
        "The model is unsupported for streaming.",
    )


def test_an_embedding_model_does_not_converse(aws: Any) -> None:
    assert refused(converse_stream, aws, modelId=EMBEDDINGS) == (
        400,
        "ValidationException",
        "This action doesn't support the model that you provided. Try again with a supported text"
        " or chat model.",
    )


def test_a_stream_in_both_directions_is_not_emulated(aws: Any) -> None:
    path = f"/model/{MODEL}/invoke-with-bidirectional-stream"
    response = aws.send("POST", path, body=b"{}")
    assert response.status_code == 501
    said = "InvokeModelWithBidirectionalStream is not emulated; the live target has it"
    assert response.json()["message"] == said


def test_a_conversation_that_does_not_fit_is_an_ordinary_error(aws: Any) -> None:
    status, code, said = refused(
        converse_stream, aws, messages=[{"role": "assistant", "content": [{"text": "x"}]}]
    )
    assert (status, code) == (400, "ValidationException")
    assert said.startswith("A conversation must start with a user message.")


@pytest.mark.parametrize("path", ["converse-stream", "invoke-with-response-stream"])
def test_a_body_that_is_not_utf8_is_refused(aws: Any, path: str) -> None:
    response = aws.send("POST", f"/model/{MODEL}/{path}", body=b'{"messages": "\xff"}')
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert response.json()["message"].startswith("Malformed input request")


@pytest.mark.parametrize("path", ["converse-stream", "invoke-with-response-stream"])
def test_a_body_of_more_than_25_million_bytes_is_refused(aws: Any, path: str) -> None:
    response = aws.send("POST", f"/model/{MODEL}/{path}", body=b" " * 25_000_001)
    assert response.status_code == 400
    assert "Member must have length less than or equal to 25000000" in response.json()["message"]


def test_a_stream_by_a_key_without_a_right_signature_is_refused(aws: Any) -> None:
    client = aws.client("bedrock-runtime", aws_secret_access_key="x" * 40)
    status, code, _ = refused(client.converse_stream, modelId=MODEL, messages=QUESTION)
    assert (status, code) == (403, "InvalidSignatureException")


# --- many at once --------------------------------------------------------------------------------


@pytest.fixture
def many_sockets() -> Iterator[None]:
    """Two sockets a stream: the limit of this process is raised as far as that needs."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2500
    if hard != resource.RLIM_INFINITY and hard < needed:
        pytest.skip(f"this process may have {hard} open files; a thousand streams need {needed}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, needed), hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_sockets")
def test_a_thousand_streams_at_once_are_whole(aws: Any) -> None:
    asks = [f"What is {n}+{n}?" for n in range(1000)]

    def body(text: str) -> bytes:
        return json.dumps({"messages": [{"role": "user", "content": [{"text": text}]}]}).encode()

    path = f"/model/{MODEL}/converse-stream"
    signed = [aws.sign("POST", path, body=body(text)) for text in asks]
    begun = 0
    all_begun = asyncio.Event()

    async def read(client: httpx.AsyncClient, headers: dict[str, str], content: bytes) -> str:
        """Read one stream, but only once all of them have begun."""
        nonlocal begun
        url = aws.url + path
        async with client.stream("POST", url, content=content, headers=headers) as response:
            assert response.status_code == 200
            begun += 1
            if begun == len(asks):
                all_begun.set()
            await all_begun.wait()
            return said(await response.aread())

    async def read_all() -> list[str]:
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(limits=limits, timeout=100, trust_env=False) as client:
            return await asyncio.gather(
                *(read(client, h, body(t)) for h, t in zip(signed, asks, strict=True))
            )

    assert asyncio.run(read_all()) == [f"{n} + {n} = {2 * n}." for n in range(1000)]


def said(data: bytes) -> str:
    """Return the text of a whole stream; botocore checks its sums."""
    buffer = EventStreamBuffer()
    buffer.add_data(data)
    messages = [(m.headers[":event-type"], json.loads(m.payload)) for m in buffer]
    assert messages[-1][0] == "metadata"
    deltas = [payload for name, payload in messages if name == "contentBlockDelta"]
    return "".join(payload["delta"]["text"] for payload in deltas)
