"""Stand-in models: what answers in the emulator where a hosted model answers in the cloud.

They are deterministic, need no network and say what they are. They read the instructions and the
conversation and follow the rules stated there as far as they understand them: an extractive
summarizer of reviews (`summaries`), a classifier (`labels`) and a small chat (`chat`). They invent
nothing: a summary holds only what the texts say, and what is beyond them is answered by saying so.

Source of the behaviour: design section 7, facts workshop-labs B.3 (the rules of the summarizer).
"""

from __future__ import annotations

from runthrough.emulator.standins.chat import chat
from runthrough.emulator.standins.labels import classify
from runthrough.emulator.standins.prompts import (
    Answer,
    NoAnswer,
    Prefix,
    Prompt,
    Reasoning,
    Responder,
    Tool,
    ToolResult,
    ToolUse,
    Turn,
    count_input,
    count_tokens,
    finish,
    write_json,
)
from runthrough.emulator.standins.rules import read_task
from runthrough.emulator.standins.summaries import summarize

__all__ = [
    "Answer",
    "NoAnswer",
    "Prefix",
    "Prompt",
    "Reasoning",
    "Responder",
    "Tool",
    "ToolResult",
    "ToolUse",
    "Turn",
    "count_input",
    "count_tokens",
    "respond",
    "write_json",
]


def respond(prompt: Prompt) -> Answer:
    """Answer a prompt: the same prompt always gets the same answer."""
    task = read_task(prompt)
    if task is not None:
        return finish(prompt, summarize(task))
    return finish(prompt, classify(prompt) or chat(prompt))
