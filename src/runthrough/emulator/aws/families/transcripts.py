"""Prompts that hold a whole conversation in one text, with marks between the turns.

Older bodies have one member for everything; the vendor's chat template says who speaks. Read here:
Titan's `User: … Bot:`, the `[INST]` of Mistral and Llama 2, the headers of Llama 3 and 4 (facts
amazon-bedrock 4.3, 4.7, 4.8). A text without marks is the user's one turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from runthrough.emulator.standins import Turn

_Role = Literal["user", "assistant"]
_TITAN = re.compile(r"^[ \t]*(User|Bot):", re.M)
_INST = re.compile(r"\[INST\]|\[/INST\]")
_SYSTEM, _SYSTEM_END = "<<SYS>>", "<</SYS>>"
_SENTENCE_MARK = re.compile(r"</?s>")
_HEADER = re.compile(
    r"<\|(?:start_header_id|header_start)\|>([^<|]{0,20})<\|(?:end_header_id|header_end)\|>"
)
_MARK = re.compile(r"<\|[a-z_]{1,24}\|>")


@dataclass(frozen=True)
class Transcript:
    """A conversation: the instructions, '' where there are none, and the turns."""

    system: str
    turns: tuple[Turn, ...]


def read_titan(text: str) -> Transcript:
    """Read `User: … Bot:`, a speaker a line."""
    parts = _TITAN.split(text)
    if len(parts) == 1:
        return _make("", [("user", text)])
    spoken = zip(parts[1::2], parts[2::2], strict=True)
    roles: dict[str, _Role] = {"User": "user", "Bot": "assistant"}
    return _make(parts[0], [(roles[name], said) for name, said in spoken])


def read_inst(text: str) -> Transcript:
    """Read `<s>[INST] … [/INST] … </s>`, with Llama 2's `<<SYS>>` where there is one."""
    text = _SENTENCE_MARK.sub("", text)
    # Not by a pattern: of many marks that are never closed each would look to the end of the text.
    head, mark, rest = text.partition(_SYSTEM)
    system, end, tail = rest.partition(_SYSTEM_END)
    system, text = (system.strip(), head + tail) if mark and end else ("", text)
    marks = _INST.findall(text)
    if not marks:
        return _make(system, [("user", text)])
    before, *parts = _INST.split(text)
    roles: list[_Role] = ["user" if mark == "[INST]" else "assistant" for mark in marks]
    return _make("\n".join((system, before)), list(zip(roles, parts, strict=True)))


def read_llama(text: str) -> Transcript:
    """Read the headers of Llama 3 and 4; a text without them as `read_inst` does."""
    parts = _HEADER.split(text)
    if len(parts) == 1:
        return read_inst(_MARK.sub("", text))
    spoken = [
        (role.strip(), _MARK.sub("", said))
        for role, said in zip(parts[1::2], parts[2::2], strict=True)
    ]
    system = "\n".join(said.strip() for role, said in spoken if role == "system")
    turns: list[tuple[_Role, str]] = [
        ("assistant" if role == "assistant" else "user", said)
        for role, said in spoken
        if role != "system"
    ]
    return _make(system, turns)


def _make(system: str, spoken: list[tuple[_Role, str]]) -> Transcript:
    """Return the conversation; a turn in which nothing is said only asks for the other's."""
    turns = merge(Turn(role, said.strip()) for role, said in spoken if said and not said.isspace())
    return Transcript(system.strip(), tuple(turns) or (Turn("user", ""),))


def merge(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Return the turns, those of one role in a row as one."""
    for role, group in groupby(turns, key=lambda turn: turn.role):
        same = list(group)
        if len(same) == 1:
            yield same[0]
            continue
        yield Turn(
            role,
            "\n".join(turn.text for turn in same if turn.text),
            tuple(use for turn in same for use in turn.tool_uses),
            tuple(result for turn in same for result in turn.tool_results),
            tuple(kind for turn in same for kind in turn.media),
            sum(turn.media_tokens for turn in same),
        )
