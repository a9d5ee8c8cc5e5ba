"""How Anthropic Messages stream: the events that tell a message piece by piece.

Source: facts amazon-bedrock 2.9 (order and members); citations as the vendor documents them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from runthrough.emulator.aws.families.anthropic_citations import write_citation
from runthrough.emulator.aws.families.pieces import json_fragments
from runthrough.emulator.standins import (
    Answer,
    Passage,
    Prompt,
    Telling,
    ToolUse,
    cite,
    text_pieces,
)

Event = dict[str, Any]


def stream_message(prompt: Prompt, told: Telling, begun: Mapping[str, Any]) -> Iterator[Event]:
    """Return the events of a message.

    What is to be cited is told when all of it is there: its places are looked up in the whole.

    Args:
        prompt: what is answered.
        told: the answer.
        begun: the body that InvokeModel would answer with, as far as it is known at the beginning.
    """
    yield {"type": "message_start", "message": _begun(begun)}
    blocks = _Blocks()
    if told.thinks:
        yield blocks.open({"type": "thinking", "thinking": "", "signature": ""})
        for piece in told.thoughts():
            yield blocks.add({"type": "thinking_delta", "thinking": piece})
        yield blocks.add({"type": "signature_delta", "signature": told.thought.signature})
        yield blocks.close()
    if prompt.is_cited:
        for passage in cite(told.answer.text, prompt.sources):
            yield from _passage_events(passage, blocks)
    elif told.speaks:
        yield blocks.open({"type": "text", "text": ""})
        for piece in told.words():
            yield blocks.add({"type": "text_delta", "text": piece})
        yield blocks.close()
    answer = told.answer
    for use in answer.tool_uses:
        yield blocks.open({**write_use(use), "input": {}})
        for fragment in json_fragments(use.input):
            yield blocks.add({"type": "input_json_delta", "partial_json": fragment})
        yield blocks.close()
    yield from _ended(answer)


def _passage_events(passage: Passage, blocks: _Blocks) -> Iterator[Event]:
    """Return the events of a block whose words are cited, or are not: the words come first."""
    yield blocks.open(
        {"type": "text", "text": "", **({"citations": []} if passage.citations else {})}
    )
    for piece in text_pieces(passage.text):
        yield blocks.add({"type": "text_delta", "text": piece})
    for one in passage.citations:
        yield blocks.add({"type": "citations_delta", "citation": write_citation(one)})
    yield blocks.close()


def write_use(use: ToolUse) -> dict[str, Any]:
    """Return the block of a tool that is to be used."""
    return {"type": "tool_use", "id": f"toolu_bdrk_{use.id}", "name": use.name, "input": use.input}


class _Blocks:
    """Counts the blocks of a message."""

    def __init__(self) -> None:
        self._at = 0

    def open(self, block: Mapping[str, Any]) -> Event:
        return {"type": "content_block_start", "index": self._at, "content_block": block}

    def add(self, delta: Mapping[str, Any]) -> Event:
        return {"type": "content_block_delta", "index": self._at, "delta": delta}

    def close(self) -> Event:
        self._at += 1
        return {"type": "content_block_stop", "index": self._at - 1}


def _begun(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return the message as it is before its first block."""
    ended: dict[str, Any] = {"content": [], "stop_reason": None, "stop_sequence": None}
    return {**message, **ended, "usage": {**message["usage"], "output_tokens": 1}}


def _ended(answer: Answer) -> Iterator[Event]:
    yield {
        "type": "message_delta",
        "delta": {"stop_reason": answer.stop_reason, "stop_sequence": answer.stop_sequence},
        "usage": {"output_tokens": answer.output_tokens},
    }
    yield {"type": "message_stop"}
