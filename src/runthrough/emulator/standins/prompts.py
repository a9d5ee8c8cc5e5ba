"""What a stand-in is asked and what it answers, and how both are counted in tokens."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

CHARACTERS_A_TOKEN = 4


@dataclass(frozen=True)
class Tool:
    """Something the caller offers to do for the model.

    Attributes:
        schema: JSON Schema of its input.
    """

    name: str
    description: str
    schema: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ToolUse:
    """A model's wish that a tool be used; `input` is what for."""

    id: str
    name: str
    input: Mapping[str, Any]


@dataclass(frozen=True)
class ToolResult:
    """What a tool gave back: its texts, or its JSON written as text."""

    tool_use_id: str
    text: str
    is_error: bool = False


@dataclass(frozen=True)
class Turn:
    """One turn of a conversation.

    Attributes:
        text: all of its texts, a line break between two.
        tool_uses: in the assistant's turns.
        tool_results: in the user's turns.
        media: the kinds of what else it holds, such as `image`; a stand-in cannot look at them.
    """

    role: Literal["user", "assistant"]
    text: str
    tool_uses: tuple[ToolUse, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    media: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """Everything a model is given for one answer.

    Attributes:
        system: the instructions, '' where there are none.
        messages: the turns; the last one is the user's.
        max_tokens: how long the answer may be.
        stop_sequences: texts that end the answer where they would appear.
        temperature: taken and not used: a stand-in does not sample.
        tools: what the caller offers.
        tool_choice: `auto`, `any` (one of them has to be used), `none`, or `tool:` and the name of
            the one that has to be used.
    """

    system: str
    messages: tuple[Turn, ...]
    max_tokens: int
    stop_sequences: tuple[str, ...] = ()
    temperature: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"

    @property
    def last(self) -> str:
        """What the user said last."""
        return self.messages[-1].text if self.messages else ""


@dataclass(frozen=True)
class Answer:
    """What a model gives back.

    Attributes:
        stop_sequence: the one that ended the answer, where stop_reason is `stop_sequence`.
        tool_uses: what the model wants done, where stop_reason is `tool_use`.
    """

    text: str
    stop_reason: Literal["end_turn", "max_tokens", "stop_sequence", "tool_use"]
    input_tokens: int
    output_tokens: int
    stop_sequence: str | None = None
    tool_uses: tuple[ToolUse, ...] = ()


Responder = Callable[[Prompt], Answer]
"""Who answers prompts: the stand-ins, or what `--llm` puts behind them."""


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
