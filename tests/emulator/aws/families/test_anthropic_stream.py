from __future__ import annotations

import json
from typing import Any

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.families.anthropic_messages import FAMILY, write_answer
from runthrough.emulator.aws.families.anthropic_stream import stream_message
from runthrough.emulator.standins import Answer, Prompt, Reasoning, Telling, ToolUse
from runthrough.emulator.standins.thoughts import sign

MODEL = next(m for m in read_catalogue().models if m.id == "anthropic.claude-sonnet-4-6")
THOUGHT = "Two cities were named."
ANSWER = Answer(
    "I look it up.",
    "tool_use",
    7,
    9,
    tool_uses=(ToolUse("01", "weather", {"city": "Köln"}),),
    reasoning=Reasoning(THOUGHT, sign(THOUGHT)),
    cache_read_tokens=2,
    cache_writes=(("5m", 3),),
)


def events_of(answer: Answer) -> list[dict[str, Any]]:
    assert FAMILY.chunks is not None
    return list(FAMILY.chunks(Prompt("", (), 9), Telling.whole(answer), MODEL))


def deltas(events: list[dict[str, Any]], index: int, member: str) -> list[str]:
    found = [e["delta"] for e in events if e.get("index") == index and "delta" in e]
    return [delta[member] for delta in found if member in delta]


def test_the_events_tell_the_whole_message() -> None:
    events = events_of(ANSWER)
    order = list(dict.fromkeys(one["type"] for one in events))
    assert order == [
        *("message_start", "content_block_start", "content_block_delta", "content_block_stop"),
        *("message_delta", "message_stop"),
    ]
    assert "".join(deltas(events, 0, "thinking")) == "Two cities were named."
    assert deltas(events, 0, "signature") == [sign(THOUGHT)]
    assert "".join(deltas(events, 1, "text")) == "I look it up."
    assert json.loads("".join(deltas(events, 2, "partial_json"))) == {"city": "Köln"}


def test_the_message_begins_empty() -> None:
    prompt = Prompt("", (), 9)
    message = write_answer(prompt, ANSWER, MODEL)
    begun = next(stream_message(prompt, Telling.whole(ANSWER), message))["message"]
    assert (begun["content"], begun["stop_reason"], begun["stop_sequence"]) == ([], None, None)
    assert begun["usage"] == {
        "input_tokens": 7,
        "cache_creation_input_tokens": 3,
        "cache_read_input_tokens": 2,
        "cache_creation": {"ephemeral_5m_input_tokens": 3, "ephemeral_1h_input_tokens": 0},
        "output_tokens": 1,
    }
    assert (begun["id"], begun["model"]) == (message["id"], message["model"])


def test_blocks_begin_without_what_their_deltas_bring() -> None:
    blocks = [e["content_block"] for e in events_of(ANSWER) if "content_block" in e]
    assert blocks == [
        {"type": "thinking", "thinking": "", "signature": ""},
        {"type": "text", "text": ""},
        {"type": "tool_use", "id": "toolu_bdrk_01", "name": "weather", "input": {}},
    ]


def test_the_end_says_why_and_how_much() -> None:
    *_, delta, stop = events_of(ANSWER)
    assert delta == {
        "type": "message_delta",
        "delta": {"stop_reason": "tool_use", "stop_sequence": None},
        "usage": {"output_tokens": 9},
    }
    assert stop == {"type": "message_stop"}


def test_an_empty_answer_has_no_blocks() -> None:
    types = [one["type"] for one in events_of(Answer("", "end_turn", 1, 0))]
    assert types == ["message_start", "message_delta", "message_stop"]
