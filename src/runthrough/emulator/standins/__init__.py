"""Stand-in models: what answers in the emulator where a hosted model answers in the cloud.

They are deterministic, need no network and say what they are. They read the instructions and the
conversation and follow the rules stated there as far as they understand them: an extractive
summarizer of reviews (`summaries`), a commentator on data (`comments`), a classifier (`labels`),
tools and schemas (`tools`, `filling`) and a small chat (`chat`), whose answers take the form that
is wished for (`wishes`, `shaping`, `languages`, `json_answers`). They invent nothing: a summary or
a comment holds only what the texts say, a conversation is remembered from its own messages
(`memory`, `quoting`), what is taken from a document is cited from it (`citing`), and what is beyond
them is answered by saying so. They print and log nothing.

Source of the behaviour: design section 7, facts workshop-labs B.3 (the rules of the summarizer), D
(labels), E.4 (a limit in characters), F (sums, languages, memory).
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.standins.citing import Citation, Passage, Source, cite
from runthrough.emulator.standins.filling import UNFITTING, fill
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
from runthrough.emulator.standins.speaking import speak
from runthrough.emulator.standins.telling import (
    Coming,
    Piece,
    Streamer,
    Telling,
    pieces_of,
    text_pieces,
)
from runthrough.emulator.standins.thoughts import think
from runthrough.emulator.standins.tools import use_tools

__all__ = [
    "Answer",
    "Citation",
    "Coming",
    "NoAnswer",
    "Passage",
    "Piece",
    "Prefix",
    "Prompt",
    "Reasoning",
    "Responder",
    "Source",
    "Streamer",
    "Telling",
    "Tool",
    "ToolResult",
    "ToolUse",
    "Turn",
    "cite",
    "count_input",
    "count_tokens",
    "pieces_of",
    "respond",
    "text_pieces",
    "write_json",
]


def respond(prompt: Prompt) -> Answer:
    """Answer a prompt: the same prompt always gets the same answer.

    Where the last turn is the assistant's, the answer goes on from there.
    """
    begun = prompt.messages[-1].text if _is_begun(prompt) else ""
    asked = replace(prompt, messages=prompt.messages[:-1]) if _is_begun(prompt) else prompt
    used = use_tools(asked)
    if isinstance(used, Answer):
        return think(prompt, used)
    text = used or _say(asked)
    text = text.removeprefix(begun).lstrip() if text.startswith(begun) else text
    return think(prompt, finish(prompt, text))


def _is_begun(prompt: Prompt) -> bool:
    return bool(prompt.messages) and prompt.messages[-1].role == "assistant"


def _say(prompt: Prompt) -> str:
    """Return an answer in words, or in JSON where a schema asks for it."""
    if prompt.output_schema is not None:
        filled = fill(prompt.output_schema, prompt.last, invent=True)
        return write_json(filled.value) if filled.fits else UNFITTING
    return speak(prompt)
