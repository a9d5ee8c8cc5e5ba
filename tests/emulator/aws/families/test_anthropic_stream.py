from __future__ import annotations

import json
from typing import Any

from runthrough.emulator.aws.families.anthropic_stream import stream_message

MESSAGE: dict[str, Any] = {
    "model": "claude-sonnet-4-6",
    "id": "msg_bdrk_000000000000000000000000",
    "type": "message",
    "role": "assistant",
    "content": [
        {"type": "thinking", "thinking": "Two cities were named.", "signature": "c2lnbmVk"},
        {"type": "redacted_thinking", "data": "aGlkZGVu"},
        {"type": "text", "text": "I look it up."},
        {"type": "tool_use", "id": "toolu_bdrk_01", "name": "weather", "input": {"city": "Köln"}},
    ],
    "stop_reason": "tool_use",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 7,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 2,
        "output_tokens": 9,
    },
}


def deltas(events: list[dict[str, Any]], index: int, member: str) -> list[str]:
    found = [e["delta"] for e in events if e.get("index") == index and "delta" in e]
    return [delta[member] for delta in found if member in delta]


def test_the_events_tell_the_whole_message() -> None:
    events = list(stream_message(MESSAGE))
    order = list(dict.fromkeys(one["type"] for one in events))
    assert order == [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]
    assert "".join(deltas(events, 0, "thinking")) == "Two cities were named."
    assert deltas(events, 0, "signature") == ["c2lnbmVk"]
    assert deltas(events, 1, "data") == []
    assert "".join(deltas(events, 2, "text")) == "I look it up."
    assert json.loads("".join(deltas(events, 3, "partial_json"))) == {"city": "Köln"}


def test_the_message_begins_empty() -> None:
    begun = next(stream_message(MESSAGE))["message"]
    assert (begun["content"], begun["stop_reason"], begun["stop_sequence"]) == ([], None, None)
    assert begun["usage"] == {
        "input_tokens": 7,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 2,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 1,
    }
    assert (begun["id"], begun["model"]) == (MESSAGE["id"], MESSAGE["model"])


def test_blocks_begin_without_what_their_deltas_bring() -> None:
    blocks = [e["content_block"] for e in stream_message(MESSAGE) if "content_block" in e]
    assert blocks == [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "redacted_thinking", "data": "aGlkZGVu"},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "toolu_bdrk_01", "name": "weather", "input": {}},
    ]


def test_the_end_says_why_and_how_much() -> None:
    *_, delta, stop = stream_message(MESSAGE)
    assert delta == {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    assert stop == {"type": "message_stop"}


def test_an_empty_answer_has_no_blocks() -> None:
    types = [one["type"] for one in stream_message({**MESSAGE, "content": []})]
    assert types == ["message_start", "message_delta", "message_stop"]
