"""Thinking before the answer, where a prompt asks for it.

A stand-in does not think, and its thought says so; what counts is that clients get a thought with
a signature, send it back untouched and have it counted.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import replace

from runthrough.emulator.standins.prompts import (
    CHARACTERS_A_TOKEN,
    Answer,
    Prompt,
    Reasoning,
    count_tokens,
)

_SEED = b"runthrough stand-in: "
_TOLD = 120
REDACTED = "[REDACTED]"
"""What Amazon's models tell of their thoughts (documented by the vendor)."""


def think(prompt: Prompt, answer: Answer) -> Answer:
    """Return an answer with the thought before it, counted, where the prompt asks for one.

    Thought and answer share `max_tokens`: an answer that does not fit any more is cut.
    """
    if prompt.thinking == "off":
        return answer
    whole = _thought(prompt)
    thought = whole[: prompt.max_tokens * CHARACTERS_A_TOKEN]
    spent = count_tokens(thought)
    reasoning = reasoning_of(prompt, thought)
    left = prompt.max_tokens - spent
    if answer.output_tokens <= left and thought == whole:
        return replace(answer, reasoning=reasoning, output_tokens=answer.output_tokens + spent)
    return replace(
        answer,
        text="" if answer.tool_uses else answer.text[: left * CHARACTERS_A_TOKEN],
        tool_uses=(),
        stop_reason="max_tokens",
        stop_sequence=None,
        output_tokens=prompt.max_tokens,
        reasoning=reasoning,
    )


def reasoning_of(prompt: Prompt, thought: str) -> Reasoning:
    """Return a thought as the caller gets to see it."""
    if prompt.thinking == "redacted":
        return Reasoning(REDACTED, "")
    shown = thought if prompt.thinking == "shown" else ""
    return Reasoning(shown, sign(shown))


def sign(text: str) -> str:
    """Return the signature of a thought."""
    digest = hashlib.sha256(_SEED + text.encode("utf-8", "surrogatepass")).digest()
    return base64.b64encode(digest).decode("ascii")


def is_untouched(reasoning: Reasoning) -> bool:
    """Whether a thought that comes back is one of ours, as it was."""
    return reasoning.signature == sign(reasoning.text)


def _thought(prompt: Prompt) -> str:
    said = " ".join(prompt.last.split())
    asked = said if len(said) <= _TOLD else f"{said[:_TOLD].rstrip()}…"
    tools = ", ".join(tool.name for tool in prompt.tools)
    offered = f" The tools I may use: {tools}." if tools else ""
    return (
        f"I am the emulator's stand-in model; I follow rules and do not think. Asked: “{asked}”."
        f"{offered} I look for a tool that fits, a text to sum up, a label, a sum or something"
        " remembered, in this order, and say so where I find none of them."
    )
