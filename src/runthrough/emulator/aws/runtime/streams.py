"""The answers that come as event streams: InvokeModelWithResponseStream and ConverseStream.

Source: facts amazon-bedrock 2.8, 2.9. What streams is the answer InvokeModel or Converse would have
given, in pieces: a stand-in's is whole before the first frame, one from behind `--llm` is passed on
as it comes. Every refusal until its first piece is an ordinary HTTP error; where it breaks off
later, the stream ends with an exception (its texts are ours).
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from itertools import count
from typing import Any

from runthrough.emulator.aws.eventstream import event, exception, padding
from runthrough.emulator.aws.families.family import TextFamily, answers_wanted
from runthrough.emulator.aws.families.pieces import json_fragments
from runthrough.emulator.aws.gates.chain import open_model
from runthrough.emulator.aws.replies import EventStream, invalid
from runthrough.emulator.aws.runtime.answers import tell_prompt
from runthrough.emulator.aws.runtime.converse import answer_behind, read_conversation
from runthrough.emulator.aws.runtime.converse_citations import passage_deltas
from runthrough.emulator.aws.runtime.converse_reply import tool_use_id
from runthrough.emulator.aws.runtime.headers import check_headers
from runthrough.emulator.aws.runtime.invoke import Told, family_of, latency_ms, read_body, tell_body
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.standins import Answer, NoAnswer, Prompt, Streamer, Telling, cite

METRICS = "amazon-bedrock-invocationMetrics"
"""The member AWS adds to the last chunk of InvokeModelWithResponseStream; for models with a prompt
cache it tells its tokens, too (a capture in a public repository, 2026)."""

_MAX_PART = 1_000_000
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
    told = tell_body(family, aws, call, read_body(family, aws, call), model)
    chunks = family.chunks(told.prompt, told.telling, model)
    whole = _with_metrics(chunks, told, call, cached=bool(model.cache_minimum))
    headers = {"X-Amzn-Bedrock-Content-Type": "application/json", **echoed}
    frames = _until_broken(_chunk_frames(whole), told.telling, late="modelTimeoutException")
    return EventStream(_begin(frames), headers, waits=isinstance(aws.respond, Streamer))


def stream_conversation(aws: Aws, call: Call) -> EventStream:
    """Answer ConverseStream. Raises Refused as Converse does."""
    asked = read_conversation(aws, call)
    if asked.guard is None:
        told = tell_prompt(aws, call, asked.model, asked.prompt)
        events = _events(asked.prompt, told, lambda answer: asked.write(answer, call))
    else:
        guarded = answer_behind(asked.guard, asked, aws, call)
        told = Telling.whole(guarded.answer)
        events = _events(asked.prompt, told, lambda _: asked.write_guarded(guarded, call))
    frames = (event(name, payload, padding=padding()) for name, payload in events)
    late = "modelStreamErrorException"  # this stream has no exception for what takes too long
    waits = isinstance(aws.respond, Streamer)
    return EventStream(_begin(_until_broken(frames, told, late=late)), waits=waits)


def _begin(frames: Iterator[bytes]) -> Iterator[bytes]:
    """Make the first frame now: what goes wrong with it is still an ordinary HTTP error."""
    return _go_on(next(frames, b""), frames)


def _go_on(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
        yield from rest


def _until_broken(frames: Iterator[bytes], told: Telling, *, late: str) -> Iterator[bytes]:
    """Return the frames; where the answer breaks off, the exception that tells of it.

    `late` is the exception's name where the server behind `--llm` has taken too long.
    """
    with closing(told):
        try:
            yield from frames
        except NoAnswer as e:
            status = 408 if e.timed_out else 424
            members = {"originalStatusCode": e.status or status, "originalMessage": str(e)}
            name = late if e.timed_out else "modelStreamErrorException"
            known = {} if name == "modelTimeoutException" else members
            yield exception(name, f"The model's answer broke off: {e}", known)


def _with_metrics(
    chunks: Iterator[dict[str, Any]], told: Told, call: Call, *, cached: bool
) -> Iterator[dict[str, Any]]:
    """Return the chunks; the last of them with what AWS adds, times in milliseconds.

    No chunk is held back that comes before the answer's end. `cached` says whether the model has a
    prompt cache.
    """
    held: dict[str, Any] | None = None
    first: int | None = None
    for chunk in chunks:
        if held is not None:
            yield held
        first = latency_ms(call) if first is None else first
        held = chunk if told.telling.ended else None
        if held is None:
            yield chunk
    answer = told.telling.answer
    written = answer.output_tokens * answers_wanted(told.prompt)
    metrics = {"inputTokenCount": answer.input_tokens, "outputTokenCount": written}
    if cached:
        metrics["cacheReadInputTokenCount"] = answer.cache_read_tokens
        metrics["cacheWriteInputTokenCount"] = answer.cache_write_tokens
    metrics |= {"invocationLatency": latency_ms(call), "firstByteLatency": first or 0}
    yield {**(held or {}), **told.members, METRICS: metrics}


def _chunk_frames(chunks: Iterator[dict[str, Any]]) -> Iterator[bytes]:
    for chunk in chunks:
        text = json.dumps(chunk, ensure_ascii=False, separators=(",", ":"))
        part = text.encode("utf-8", "replace")
        if len(part) > _MAX_PART:
            raise ValueError(f"a chunk of {len(part)} bytes; a stream's part has {_MAX_PART}")
        encoded = base64.b64encode(part).decode("ascii")
        yield event("chunk", {"bytes": encoded}, padding=padding())


def _events(
    prompt: Prompt, told: Telling, write: Callable[[Answer], Mapping[str, Any]]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return the events of ConverseStream by name; `write` returns Converse's body of an answer."""
    yield "messageStart", {"role": "assistant"}
    numbers = count()
    for deltas in _blocks(prompt, told):
        place = {"contentBlockIndex": next(numbers)}
        for delta in deltas:
            yield "contentBlockDelta", {**place, "delta": delta}
        yield "contentBlockStop", place
    answer = told.answer
    for use in answer.tool_uses:
        place = {"contentBlockIndex": next(numbers)}
        begun = {"toolUseId": tool_use_id(use.id), "name": use.name}
        yield "contentBlockStart", {**place, "start": {"toolUse": begun}}
        for fragment in json_fragments(use.input):
            yield "contentBlockDelta", {**place, "delta": {"toolUse": {"input": fragment}}}
        yield "contentBlockStop", place
    reply = write(answer)
    extra = "additionalModelResponseFields"
    more = {extra: reply[extra]} if extra in reply else {}
    yield "messageStop", {"stopReason": reply["stopReason"], **more}
    yield "metadata", {name: reply[name] for name in _METADATA if name in reply}


def _blocks(prompt: Prompt, told: Telling) -> Iterator[Iterator[dict[str, Any]]]:
    """Return the deltas of each block that begins without an event: the thought, the text.

    What is to be cited is told when all of it is there: its places are looked up in the whole.
    """
    if told.thinks:
        yield _reasoning(prompt, told)
    if prompt.is_cited:
        yield from map(passage_deltas, cite(told.answer.text, prompt.sources))
    elif told.speaks:
        yield ({"text": piece} for piece in told.words())


def _reasoning(prompt: Prompt, told: Telling) -> Iterator[dict[str, Any]]:
    for piece in told.thoughts():
        yield {"reasoningContent": {"text": piece}}
    if prompt.thinking != "redacted":
        yield {"reasoningContent": {"signature": told.thought.signature}}
