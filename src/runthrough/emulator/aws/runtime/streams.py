"""The answers that come as event streams: InvokeModelWithResponseStream and ConverseStream.

Source: facts amazon-bedrock 2.8, 2.9. The whole answer is known before the first frame, so every
refusal is an ordinary HTTP error; what streams is the answer InvokeModel or Converse would have
given, in pieces.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from runthrough.emulator.aws.eventstream import event, padding
from runthrough.emulator.aws.families.family import TextFamily, answers_wanted
from runthrough.emulator.aws.families.pieces import json_fragments, text_pieces
from runthrough.emulator.aws.fields import read_object
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.replies import EventStream, invalid, not_emulated
from runthrough.emulator.aws.runtime.converse import answer_conversation
from runthrough.emulator.aws.runtime.headers import check_headers
from runthrough.emulator.aws.runtime.invoke import answer_body, family_of, latency_ms
from runthrough.emulator.aws.state import Aws, Call

METRICS = "amazon-bedrock-invocationMetrics"
"""The member AWS adds to the last chunk of InvokeModelWithResponseStream; for models with a prompt
cache it tells its tokens, too (a capture in a public repository, 2026)."""

_MAX_PART = 1_000_000
_BLOCKS = ("text", "toolUse", "reasoningContent")
_METADATA = ("usage", "metrics", "trace", "performanceConfig", "serviceTier")


def stream_model(aws: Aws, call: Call) -> EventStream:
    """Answer InvokeModelWithResponseStream.

    Raises:
        Refused: a gate is shut, the model does not stream, or the body does not fit.
    """
    model = open_model(aws, call)
    family = family_of(model, call)
    if not (model.streaming and isinstance(family, TextFamily) and family.chunks):
        raise invalid("The model is unsupported for streaming.")
    echoed = check_headers(call)
    one = answer_body(family, aws, call, read_object(call.request.body), model)
    answer = one.answer
    chunks = family.chunks(one.prompt, answer, model)
    written = answer.output_tokens * answers_wanted(one.prompt)
    tokens = {"inputTokenCount": answer.input_tokens, "outputTokenCount": written}
    if model.cache_minimum:
        tokens["cacheReadInputTokenCount"] = answer.cache_read_tokens
        tokens["cacheWriteInputTokenCount"] = answer.cache_write_tokens
    told = _with_metrics(chunks, one.members, tokens, call)
    headers = {"X-Amzn-Bedrock-Content-Type": "application/json", **echoed}
    return EventStream(_begin(_chunk_frames(told)), headers)


def stream_conversation(aws: Aws, call: Call) -> EventStream:
    """Answer ConverseStream.

    Raises:
        Refused: as Converse does, or the answer holds a block that is not streamed here.
    """
    reply = answer_conversation(aws, call)
    for block in reply["output"]["message"]["content"]:
        if not any(kind in block for kind in _BLOCKS):
            raise not_emulated(f"A block of {', '.join(block)} in {call.operation}")
    frames = (event(name, payload, padding=padding()) for name, payload in _events(reply, call))
    return EventStream(_begin(frames))


def _begin(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Make the first frame now: what goes wrong with it is still an ordinary HTTP error."""
    return _go_on(next(frames, b""), frames)


def _go_on(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
        yield from rest


def _with_metrics(
    chunks: Iterator[dict[str, Any]],
    members: Mapping[str, Any],
    tokens: Mapping[str, int],
    call: Call,
) -> Iterator[dict[str, Any]]:
    """Return the chunks; the last of them with what AWS adds, times in milliseconds."""
    held = next(chunks, None)
    first = latency_ms(call)
    while held is not None:
        chunk, held = held, next(chunks, None)
        if held is None:
            times = {"invocationLatency": latency_ms(call), "firstByteLatency": first}
            chunk = {**chunk, **members, METRICS: {**tokens, **times}}
        yield chunk


def _chunk_frames(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for chunk in chunks:
        text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        part = text.encode("utf-8", "replace")
        if len(part) > _MAX_PART:
            raise ValueError(f"a chunk of {len(part)} bytes; a stream's part has {_MAX_PART}")
        encoded = base64.b64encode(part).decode("ascii")
        yield event("chunk", {"bytes": encoded}, padding=padding())


def _events(reply: Mapping[str, Any], call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    message = reply["output"]["message"]
    yield "messageStart", {"role": message["role"]}
    for at, block in enumerate(message["content"]):
        place = {"contentBlockIndex": at}
        if "toolUse" in block:
            begun = {name: value for name, value in block["toolUse"].items() if name != "input"}
            yield "contentBlockStart", {**place, "start": {"toolUse": begun}}
        for delta in _deltas(block):
            yield "contentBlockDelta", {**place, "delta": delta}
        yield "contentBlockStop", place
    extra = "additionalModelResponseFields"
    more = {extra: reply[extra]} if extra in reply else {}
    yield "messageStop", {"stopReason": reply["stopReason"], **more}
    told = {name: reply[name] for name in _METADATA if name in reply}
    yield "metadata", {**told, "metrics": {**told["metrics"], "latencyMs": latency_ms(call)}}


def _deltas(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "text" in block:
        yield from ({"text": piece} for piece in text_pieces(block["text"]))
    elif "toolUse" in block:
        fragments = json_fragments(block["toolUse"]["input"])
        yield from ({"toolUse": {"input": fragment}} for fragment in fragments)
    else:
        yield from ({"reasoningContent": part} for part in _reasoning(block["reasoningContent"]))


def _reasoning(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    if "redactedContent" in content:
        yield {"redactedContent": content["redactedContent"]}
        return
    reasoning = content["reasoningText"]
    yield from ({"text": piece} for piece in text_pieces(reasoning["text"]))
    if "signature" in reasoning:
        yield {"signature": reasoning["signature"]}
