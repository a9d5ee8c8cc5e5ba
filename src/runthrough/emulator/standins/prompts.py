"""What a stand-in is asked and what it answers, and how both are counted in tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True)
class Prompt:
    """Everything a model is given for one answer.

    Attributes:
        system: the instructions, '' where there are none.
        messages: the turns; the last one is the user's.
        max_tokens: how long the answer may be.
        stop_sequences: texts that end the answer where they would appear.
        temperature: taken and not used: a stand-in does not sample.
    """

    system: str
    messages: tuple[Turn, ...]
    max_tokens: int
    stop_sequences: tuple[str, ...] = ()
    temperature: float | None = None

    @property
    def last(self) -> str:
        """What the user said last."""
        return self.messages[-1].text if self.messages else ""


@dataclass(frozen=True)
class Answer:
    """What a model gives back.

    Attributes:
        stop_sequence: the one that ended the answer, where stop_reason is `stop_sequence`.
    """

    text: str
    stop_reason: Literal["end_turn", "max_tokens", "stop_sequence"]
    input_tokens: int
    output_tokens: int
    stop_sequence: str | None = None


def count_tokens(text: str) -> int:
    """Count the tokens of a text: one for every four characters begun.

    A rule of thumb for English, not the tokenizer of any vendor; what counts is that it is plain,
    that usage adds up and that max_tokens cuts where it says.
    """
    return -(-len(text) // CHARACTERS_A_TOKEN)


def finish(prompt: Prompt, text: str) -> Answer:
    """Cut an answer where the prompt wants it cut, and count."""
    given = count_tokens(prompt.system) + sum(count_tokens(turn.text) for turn in prompt.messages)
    limit = prompt.max_tokens * CHARACTERS_A_TOKEN
    stops = [(text.find(stop), stop) for stop in prompt.stop_sequences if stop in text]
    end, stop = min(stops, default=(len(text), None))
    if min(end, len(text)) > limit:
        return Answer(text[:limit], "max_tokens", given, prompt.max_tokens)
    if stop is not None:
        return Answer(text[:end], "stop_sequence", given, count_tokens(text[:end]), stop)
    return Answer(text, "end_turn", given, count_tokens(text))
