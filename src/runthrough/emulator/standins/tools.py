"""Using tools: whether one is wanted, which, and with what input.

Deterministic and plain. A tool that has to be used is used. Where the model may choose, one is used
if what the user says shares words with its name, its description or its parameters, and says what
it needs; nothing is made up then. What a tool gave back is told as it came.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.standins.clues import find_clues
from runthrough.emulator.standins.filling import Filled, fill
from runthrough.emulator.standins.prompts import (
    Answer,
    Prompt,
    Tool,
    ToolUse,
    Turn,
    count_tokens,
    finish,
    write_json,
)
from runthrough.emulator.standins.schemas import fits, items_of
from runthrough.emulator.standins.sums import find_sum

_WORD = re.compile(r"[A-Z]?[a-zà-ÿ]+|[A-Z]{2,}(?![a-z])|\d+")
_COMMON_LINE = (
    "the and for with from that this these those what which who how when where why are was were"
    " you your can could would should will please tell give get set find show make use using used"
    " tool function data information value values given current return returns based about into"
    " out not any all one two new has have had does did its it's his her they them then than there"
    " here some such only also very more most other each per via name type number string text"
    " input output user query call example must may need needs want like let list item"
)
_COMMON = frozenset(_COMMON_LINE.split())
"""Words that say nothing about what a tool is for."""

_OF_SUMS = ("calculate", "calculator", "math", "arithmetic", "compute", "expression")
_SIGNS = {"+": ("add", "sum", "addition"), "-": ("subtract", "minus"), "*": ("multiply", "product")}
_SIGNS["/"] = ("divide", "division")
_ID_LENGTH = 22
_MOST_TOLD = 4000


@dataclass(frozen=True)
class _Wish:
    """A tool that could be used, and the input it would get."""

    tool: Tool
    score: int
    filled: Filled


def use_tools(prompt: Prompt) -> Answer | str | None:
    """Return the answer where tools decide it.

    Returns:
        An answer that wants a tool used; or words: what a tool gave back, or what is missing to
        use one; or None where the prompt is to be answered as if there were no tools.
    """
    forced = prompt.tool_choice == "any" or prompt.tool_choice.startswith("tool:")
    last = prompt.messages[-1] if prompt.messages else None
    if last is None:
        return None
    if last.tool_results and not (forced and prompt.tools):
        return _tell_results(prompt, last)
    if not prompt.tools or prompt.tool_choice == "none":
        return None
    return _use_forced(prompt) if forced else _use_freely(prompt)


def _use_forced(prompt: Prompt) -> Answer | str:
    """Use the tool that has to be used, or of several the one that fits best."""
    named = prompt.tool_choice.partition(":")[2]
    tools = [tool for tool in prompt.tools if not named or tool.name == named]
    said = _last_words(prompt)
    wishes = [
        _Wish(tool, _score(tool, said), fill(tool.schema, said, invent=True)) for tool in tools
    ]
    fitting = [wish for wish in wishes if wish.filled.fits and isinstance(wish.filled.value, dict)]
    if not fitting:
        names = ", ".join(tool.name for tool in tools)
        return (
            "I am the emulator's stand-in model and cannot write an input that fits the schema of"
            f" {names}; run against the live target."
        )
    best = max(fitting, key=lambda wish: wish.score)
    return _want(prompt, best.tool, _inputs(prompt, best), "")


def _use_freely(prompt: Prompt) -> Answer | str | None:
    said = _last_words(prompt)
    wishes = [
        _Wish(tool, score, fill(tool.schema, said, invent=False))
        for tool in prompt.tools
        if (score := _score(tool, said))
    ]
    if not wishes:
        return None
    ready = [wish for wish in wishes if wish.filled.fits and isinstance(wish.filled.value, dict)]
    if ready:
        best = max(ready, key=lambda wish: wish.score)
        return _want(prompt, best.tool, _inputs(prompt, best), f"I will use {best.tool.name}.")
    best = max(wishes, key=lambda wish: wish.score)
    if best.filled.missing and best.score > 1:
        return f"To use {best.tool.name}, I need to know: {', '.join(best.filled.missing)}."
    return None


def _inputs(prompt: Prompt, wish: _Wish) -> list[dict[str, Any]]:
    """Return the inputs a tool is wanted with: several where the text asks of several in a row.

    `the weather in Paris and Rome` asks a tool that needs one name twice.
    """
    value, needed = wish.filled.value, items_of(wish.tool.schema.get("required"))
    clues = find_clues(_last_words(prompt))
    first = value.get(needed[0]) if len(needed) == 1 else None
    if not prompt.parallel_tools or first not in clues.names:
        return [value]
    name = "|".join(re.escape(one) for one in sorted(set(clues.names), key=len, reverse=True))
    row = re.search(rf"(?:{name})(?:(?:,|,? and|,? or| vs\.?| &) (?:{name}))+", clues.text)
    if row is None or first not in row[0]:
        return [value]
    inputs = [{**value, needed[0]: one} for one in dict.fromkeys(re.findall(name, row[0]))]
    return inputs if all(fits(one, wish.tool.schema) for one in inputs) else [value]


def _want(prompt: Prompt, tool: Tool, inputs: list[dict[str, Any]], said: str) -> Answer:
    """Return the answer that wants a tool used, unless it ends before: too long, or stopped."""
    spoken = finish(prompt, said)
    if spoken.stop_reason != "end_turn":
        return spoken
    given = spoken.input_tokens
    used = spoken.output_tokens + sum(count_tokens(tool.name + write_json(one)) for one in inputs)
    if used > prompt.max_tokens:
        return Answer(said, "max_tokens", given, prompt.max_tokens)
    uses = tuple(ToolUse(_new_id(prompt, tool, value), tool.name, value) for value in inputs)
    return Answer(said, "tool_use", given, used, tool_uses=uses)


def _new_id(prompt: Prompt, tool: Tool, value: dict[str, Any]) -> str:
    """Return an id that is the same for the same conversation and new for every turn of it."""
    turns = [[turn.role, turn.text, [use.id for use in turn.tool_uses]] for turn in prompt.messages]
    seed = write_json([turns, tool.name, value])
    number = int.from_bytes(hashlib.sha256(seed.encode("utf-8", "surrogatepass")).digest(), "big")
    signs = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
    return "".join(signs[number // 62**at % 62] for at in range(_ID_LENGTH))


def _last_words(prompt: Prompt) -> str:
    """Return what the user said last; results of tools are not what the user says."""
    said = [turn.text for turn in prompt.messages if turn.role == "user" and turn.text.strip()]
    return said[-1] if said else ""


def _score(tool: Tool, said: str) -> int:
    """Return how much of what is said is about a tool; 0 = nothing."""
    spoken = _stems(said) | _stems(" ".join(_words_of_sums(said)))
    properties = tool.schema.get("properties")
    members = " ".join(properties) if isinstance(properties, dict) else ""
    weighed = ((3, tool.name), (2, members), (1, tool.description))
    return sum(weight * len(spoken & _stems(text)) for weight, text in weighed)


def _words_of_sums(said: str) -> list[str]:
    """Return words for what a sum in the text asks to be done."""
    total = find_sum(said)
    if total is None:
        return []
    return [*_OF_SUMS, *(word for sign in total.written for word in _SIGNS.get(sign, ()))]


def _stems(text: str) -> set[str]:
    """Return the beginnings of the words that say something."""
    words = (word.lower() for word in _WORD.findall(text))
    return {_stem(word) for word in words if len(word) > 2 and word not in _COMMON}


def _stem(word: str) -> str:
    for end in ("ing", "ed", "es", "s"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            word = word.removesuffix(end)
            break
    return word[:6]


def _tell_results(prompt: Prompt, last: Turn) -> str:
    """Return what the tools gave back, in words."""
    uses = {use.id: use for turn in prompt.messages for use in turn.tool_uses}
    told = []
    for result in last.tool_results:
        name = _named(uses.get(result.tool_use_id), of=len(last.tool_results))
        text = _plain(result.text)[:_MOST_TOLD]
        if result.is_error:
            told.append(f"{name} failed: {text or 'it did not say why'}")
        else:
            told.append(f"{name} says: {text}" if text else f"{name} gave nothing back.")
    return "\n".join(told)


def _named(use: ToolUse | None, *, of: int) -> str:
    """Return what a result is called: its tool, and of several results what it was asked."""
    if use is None:
        return "The tool"
    return use.name if of == 1 else f"{use.name} ({_spoken(dict(use.input))})"


def _plain(text: str) -> str:
    """Return a JSON object as `name: value`, anything else as it came."""
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text.strip()
    return _spoken(value)


def _spoken(value: Any, depth: int = 0) -> str:
    if isinstance(value, dict) and depth < 3:
        return ", ".join(f"{name}: {_spoken(inner, depth + 1)}" for name, inner in value.items())
    if isinstance(value, list) and depth < 3:
        return "; ".join(_spoken(inner, depth + 1) for inner in value)
    return value if isinstance(value, str) else write_json(value)
