"""Prompts that hold a whole conversation in one text, with marks between the turns.

Older bodies have one member for everything; the vendor's chat template says who speaks. Read here:
Titan's `User: … Bot:`, the `[INST]` of Mistral and Llama 2, the headers of Llama 3 and 4 (facts
amazon-bedrock 4.3, 4.7, 4.8). A text without marks is the user's one turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from runthrough.emulator.standins import Turn

_Role = Literal["user", "assistant"]
_TITAN = re.compile(r"^[ \t]*(User|Bot):", re.M)
_INST = re.compile(r"\[INST\]|\[/INST\]")
_SYSTEM = re.compile(r"<<SYS>>(.*?)<</SYS>>", re.S)
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
    system = "\n".join(found.strip() for found in _SYSTEM.findall(text))
    text = _SYSTEM.sub("", text)
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
    """Return the conversation; an empty turn of the assistant only asks for the answer."""
    turns = merge(
        Turn(role, said.strip()) for role, said in spoken if role == "user" or said.strip()
    )
    return Transcript(system.strip(), tuple(turns) or (Turn("user", ""),))


def merge(turns: Iterable[Turn]) -> Iterator[Turn]:
    """Return the turns, those of one role in a row as one."""
    last: Turn | None = None
    for turn in turns:
        if last is None or last.role != turn.role:
            if last is not None:
                yield last
            last = turn
        else:
            last = Turn(
                turn.role,
                "\n".join(text for text in (last.text, turn.text) if text),
                last.tool_uses + turn.tool_uses,
                last.tool_results + turn.tool_results,
                last.media + turn.media,
                last.media_tokens + turn.media_tokens,
            )
    if last is not None:
        yield last
