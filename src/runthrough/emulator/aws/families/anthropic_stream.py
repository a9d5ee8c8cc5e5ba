"""How Anthropic Messages stream: the events that tell a whole message piece by piece.

Source: facts amazon-bedrock 2.9 (order and members). The message is the body that InvokeModel
would have answered with, so both tell the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runthrough.emulator.aws.families.pieces import json_fragments, text_pieces

Event = dict[str, Any]


def stream_message(message: Mapping[str, Any]) -> Iterator[Event]:
    """Return the events of a message: what `write_answer` returns, in pieces."""
    yield {"type": "message_start", "message": _begun(message)}
    for at, block in enumerate(message["content"]):
        yield {"type": "content_block_start", "index": at, "content_block": _empty(block)}
        for delta in _deltas(block):
            yield {"type": "content_block_delta", "index": at, "delta": delta}
        yield {"type": "content_block_stop", "index": at}
    yield {
        "type": "message_delta",
        "delta": {
            "stop_reason": message["stop_reason"],
            "stop_sequence": message["stop_sequence"],
        },
        "usage": {"output_tokens": message["usage"]["output_tokens"]},
    }
    yield {"type": "message_stop"}


def _begun(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message as it is before its first block."""
    usage = {
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        **message["usage"],
        "output_tokens": 1,
    }
    ended: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None}
    return {**message, **ended, "usage": usage}


def _empty(block: Mapping[str, Any]) -> dict[str, Any]:
    """Return a block before its first delta."""
    match block["type"]:
        case "text":
            return {**block, "text": ""}
        case "tool_use":
            return {**block, "input": {}}
        case "thinking":
            return {**block, "thinking": "", "signature": ""}
    return dict(block)  # the others, such as redacted_thinking, come whole


def _deltas(block: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    match block["type"]:
        case "text":
            for piece in text_pieces(block["text"]):
                yield {"type": "text_delta", "text": piece}
        case "tool_use":
            for fragment in json_fragments(block["input"]):
                yield {"type": "input_json_delta", "partial_json": fragment}
        case "thinking":
            for piece in text_pieces(block["thinking"]):
                yield {"type": "thinking_delta", "thinking": piece}
            yield {"type": "signature_delta", "signature": block["signature"]}
