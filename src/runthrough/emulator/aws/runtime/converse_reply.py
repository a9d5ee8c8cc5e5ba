"""Converse's answer: from a stand-in's to AWS's own, with usage and the fields asked for.

Source: facts amazon-bedrock 2.4 (paths), 2.5 (members), 2.7 (ids of tool uses).
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.fields import broken_rule, malformed, member_list, wrong_type
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.runtime.converse_citations import write_passage
from runthrough.emulator.standins import Answer, Prompt, cite

ECHOED = ("performanceConfig", "serviceTier")
"""Members of the request that stand in the answer as they came."""
_PATHS = "additionalModelResponseFieldPaths"
_ESCAPES = ("~0", "~1")


def write_reply(
    prompt: Prompt, answer: Answer, model: Model, *, body: dict[str, Any], latency: int
) -> dict[str, Any]:
    """Return Converse's answer; `body` is the request, parts of which are echoed.

    `latency` is in milliseconds.
    """
    reply: dict[str, Any] = {
        "output": {"message": {"role": "assistant", "content": write_content(prompt, answer)}},
        "stopReason": answer.stop_reason,
        "usage": write_usage(answer, model),
        "metrics": {"latencyMs": latency},
    }
    extra = write_extra_fields(prompt, answer, model, body)
    if extra:
        reply["additionalModelResponseFields"] = extra
    return reply | {name: body[name] for name in ECHOED if body.get(name)}


def write_content(prompt: Prompt, answer: Answer) -> list[dict[str, Any]]:
    """Return the content blocks of an answer: its thought, its text, the tools it wants used."""
    content: list[dict[str, Any]] = []
    if answer.reasoning is not None:
        thought = {"text": answer.reasoning.text}
        if answer.reasoning.signature:
            thought["signature"] = answer.reasoning.signature
        content.append({"reasoningContent": {"reasoningText": thought}})
    if prompt.is_cited:
        content += [write_passage(passage) for passage in cite(answer.text, prompt.sources)]
    elif answer.text:
        content.append({"text": answer.text})
    content += [
        {"toolUse": {"toolUseId": tool_use_id(use.id), "name": use.name, "input": use.input}}
        for use in answer.tool_uses
    ]
    return content


def tool_use_id(use_id: str) -> str:
    """Return the id of a tool use as Converse writes it: `tooluse_` and 22 characters (2.7)."""
    return f"tooluse_{use_id}"


def write_usage(answer: Answer, model: Model) -> dict[str, Any]:
    """Return the token counts; the cache's stand there where the model has one (2.5).

    That the total holds the cached tokens too is what public captures show.
    """
    usage: dict[str, Any] = {
        "inputTokens": answer.input_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.prompt_tokens + answer.output_tokens,
    }
    if model.cache_minimum:
        usage["cacheReadInputTokens"] = answer.cache_read_tokens
        usage["cacheWriteInputTokens"] = answer.cache_write_tokens
    if answer.cache_writes:
        usage["cacheDetails"] = [
            {"ttl": ttl, "inputTokens": tokens} for ttl, tokens in answer.cache_writes
        ]
    return usage


def write_extra_fields(
    prompt: Prompt, answer: Answer, model: Model, body: dict[str, Any]
) -> dict[str, Any]:
    """Return the vendor's fields that additionalModelResponseFieldPaths asks for."""
    pointers, family = read_pointers(body), FAMILIES.get(model.api)
    if not pointers or not isinstance(family, TextFamily):
        return {}
    return look_up(family.write(prompt, answer, model), pointers)


def read_pointers(body: dict[str, Any]) -> tuple[str, ...]:
    """Return additionalModelResponseFieldPaths.

    Raises:
        Refused: one is no JSON pointer (RFC 6901), or there are too many. The text is ours.
    """
    pointers = member_list(body, _PATHS, _PATHS) or []
    if len(pointers) > 10:
        raise broken_rule(len(pointers), _PATHS, "Member must have length less than or equal to 10")
    for at, pointer in enumerate(pointers):
        if not isinstance(pointer, str):
            raise malformed(wrong_type(f"/{_PATHS}/{at}", "String", pointer))
        if not 1 <= len(pointer) <= 256 or not _is_pointer(pointer):
            raise invalid(f"The value at {_PATHS}.{at} is not a valid JSON pointer.")
    return tuple(pointers)


def _is_pointer(pointer: str) -> bool:
    escapes = [pointer[at : at + 2] for at, sign in enumerate(pointer) if sign == "~"]
    return pointer.startswith("/") and all(escape in _ESCAPES for escape in escapes)


def look_up(value: dict[str, Any], pointers: tuple[str, ...]) -> dict[str, Any]:
    """Return what the pointers find, each at its own place; what is not there is left out (2.4).

    Items of a list are found by their number and stand under it: `/content/0/text` gives
    `{"content": {"0": {"text": …}}}`. That form is ours.
    """
    found: dict[str, Any] = {}
    for pointer in pointers:
        names = [name.replace("~1", "/").replace("~0", "~") for name in pointer[1:].split("/")]
        try:
            inner: Any = value
            for name in names:
                inner = inner[int(name)] if isinstance(inner, list) else inner[name]
        except (KeyError, IndexError, ValueError, TypeError):
            continue  # absent: silently ignored (2.4)
        _put(found, names, inner)
    return found


def _put(found: dict[str, Any], names: list[str], value: Any) -> None:
    for name in names[:-1]:
        kept = found.get(name)
        found[name] = found = dict(kept) if isinstance(kept, dict) else {}
    found[names[-1]] = value
