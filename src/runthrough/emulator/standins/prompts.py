"""What a stand-in is asked and what it answers, and how both are counted in tokens."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from runthrough.emulator.standins.citing import Source

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
        media_tokens: what those count for.
    """

    role: Literal["user", "assistant"]
    text: str
    tool_uses: tuple[ToolUse, ...] = ()
    tool_results: tuple[ToolResult, ...] = ()
    media: tuple[str, ...] = ()
    media_tokens: int = 0


@dataclass(frozen=True)
class Prefix:
    """The beginning of a prompt, up to the end of one of its blocks.

    Attributes:
        digest: of all that stands in it; equal beginnings have equal digests.
        tokens: how many it holds.
        ttl: `5m` or `1h` where the caller wants it kept for later calls, else ''.
    """

    digest: str
    tokens: int
    ttl: str = ""


@dataclass(frozen=True)
class Reasoning:
    """What a model thought before it answered, and the signature that proves it is unchanged.

    The signature is '' where the vendor signs none.
    """

    text: str
    signature: str


@dataclass(frozen=True)
class Prompt:
    """Everything a model is given for one answer.

    Attributes:
        system: the instructions, '' where there are none.
        messages: the turns; the last one is the user's, or the beginning of the answer.
        max_tokens: how long the answer may be.
        stop_sequences: texts that end the answer where they would appear.
        temperature: taken and not used: a stand-in does not sample.
        tools: what the caller offers.
        tool_choice: `auto`, `any` (one of them has to be used), `none`, or `tool:` and the name of
            the one that has to be used.
        parallel_tools: whether several uses of tools may be wanted at once.
        output_schema: the JSON Schema the answer has to follow; None = it is free.
        thinking: whether the model thinks before it answers, and whether its thoughts are shown,
            left out, or told as no more than that there are some.
        prefixes: the prompt's beginnings, shortest first; () where none is to be kept.
        wants_json: whether the answer has to be a JSON object, of whatever members.
        sources: the documents and search results that stand in the turns, in order.
    """

    system: str
    messages: tuple[Turn, ...]
    max_tokens: int
    stop_sequences: tuple[str, ...] = ()
    temperature: float | None = None
    tools: tuple[Tool, ...] = ()
    tool_choice: str = "auto"
    parallel_tools: bool = True
    output_schema: Mapping[str, Any] | None = None
    thinking: Literal["off", "shown", "omitted", "redacted"] = "off"
    prefixes: tuple[Prefix, ...] = ()
    wants_json: bool = False
    sources: tuple[Source, ...] = ()

    @property
    def last(self) -> str:
        """What the user said last."""
        said = (turn.text for turn in reversed(self.messages) if turn.role == "user")
        return next(said, "")

    @property
    def is_cited(self) -> bool:
        """Whether the answer is to name the places it takes from its sources."""
        return any(source.is_cited for source in self.sources)


@dataclass(frozen=True)
class Answer:
    """What a model gives back.

    Attributes:
        stop_sequence: the one that ended the answer, where stop_reason is `stop_sequence`.
        input_tokens: without those that come from the cache or go into it.
        output_tokens: with those of `reasoning`.
        tool_uses: what the model wants done, where stop_reason is `tool_use`.
        reasoning: what it thought; None where it was not asked to think.
        cache_read_tokens: of the prompt, those that were kept from an earlier call.
        cache_writes: of the prompt, those kept for later calls: (ttl, tokens), longer ttl first.
    """

    text: str
    stop_reason: Literal["end_turn", "max_tokens", "stop_sequence", "tool_use"]
    input_tokens: int
    output_tokens: int
    stop_sequence: str | None = None
    tool_uses: tuple[ToolUse, ...] = ()
    reasoning: Reasoning | None = None
    cache_read_tokens: int = 0
    cache_writes: tuple[tuple[str, int], ...] = ()

    @property
    def cache_write_tokens(self) -> int:
        """Of the prompt's tokens, those that are kept for later calls."""
        return sum(tokens for _, tokens in self.cache_writes)

    @property
    def prompt_tokens(self) -> int:
        """All tokens of the prompt, cached or not."""
        return self.input_tokens + self.cache_read_tokens + self.cache_write_tokens


class NoAnswer(Exception):
    """There is no answer to a prompt, because what `--llm` names gave none.

    Attributes:
        timed_out: whether it took too long.
        status: the HTTP status it refused with; None = it did not answer at all, or not sensibly.
    """

    def __init__(self, message: str, *, timed_out: bool = False, status: int | None = None) -> None:
        super().__init__(message)
        self.timed_out, self.status = timed_out, status


Responder = Callable[[Prompt], Answer]
"""Who answers prompts: the stand-ins, or what `--llm` puts behind them; may raise NoAnswer."""


def count_tokens(text: str) -> int:
    """Count the tokens of a text: one for every four characters begun.

    A rule of thumb for English, not the tokenizer of any vendor; what counts is that it is plain,
    that usage adds up and that max_tokens cuts where it says.
    """
    return -(-len(text) // CHARACTERS_A_TOKEN)


def write_json(value: object) -> str:
    """Return a JSON value as text, the same text for the same value."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def count_input(prompt: Prompt) -> int:
    """Count the tokens of a prompt: instructions, tools, every turn and what stands in it."""
    tools = sum(
        count_tokens(tool.name + tool.description + write_json(tool.schema))
        for tool in prompt.tools
    )
    return count_tokens(prompt.system) + tools + sum(map(_count_turn, prompt.messages))


def _count_turn(turn: Turn) -> int:
    uses = sum(count_tokens(use.name + write_json(use.input)) for use in turn.tool_uses)
    results = sum(count_tokens(result.text) for result in turn.tool_results)
    return count_tokens(turn.text) + uses + results + turn.media_tokens


def finish(prompt: Prompt, text: str) -> Answer:
    """Cut an answer where the prompt wants it cut, and count."""
    given = count_input(prompt)
    limit = prompt.max_tokens * CHARACTERS_A_TOKEN
    stops = [(text.find(stop), stop) for stop in prompt.stop_sequences if stop in text]
    end, stop = min(stops, default=(len(text), None))
    if min(end, len(text)) > limit:
        return Answer(text[:limit], "max_tokens", given, prompt.max_tokens)
    if stop is not None:
        return Answer(text[:end], "stop_sequence", given, count_tokens(text[:end]), stop)
    return Answer(text, "end_turn", given, count_tokens(text))
