"""What OpenAI's chat body and its relatives (Mistral, Jamba) have in common.

Messages with roles, tools as functions, tool calls whose arguments are JSON in a text. Source:
facts amazon-bedrock 4.8, 4.10, 4.12 (names); the members of messages and tools are those of
OpenAI's public API.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import answers_wanted
from runthrough.emulator.aws.families.pictures import SentImage, read_data_uri
from runthrough.emulator.aws.families.pieces import json_fragments
from runthrough.emulator.aws.families.schema import (
    OBJECT,
    Either,
    Flag,
    Items,
    Kind,
    Members,
    Null,
    Text,
)
from runthrough.emulator.aws.families.transcripts import merge
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, Tool, ToolResult, ToolUse, Turn

IMAGES = ("png", "jpeg", "gif", "webp")
_PART = Members(
    {
        "type": Text(choices=("text", "image_url")),
        "text": Text(),
        "image_url": Either((Text(1), Members({"url": Text(1), "detail": Text()}, ("url",)))),
    },
    ("type",),
    (("text", "image_url"),),
)
_CALL = Members(
    {
        "id": Text(1),
        "type": Text(choices=("function",)),
        "function": Members({"name": Text(1), "arguments": Text()}, ("name", "arguments")),
    },
    ("id", "function"),
)
_TOOL = Members(
    {
        "type": Text(choices=("function",)),
        "function": Members(
            {"name": Text(1), "description": Text(), "parameters": OBJECT, "strict": Flag()},
            ("name",),
        ),
    },
    ("type", "function"),
)
TOOLS = Items(_TOOL)
STOP = Either((Text(), Items(Text())))


def messages(*roles: str) -> Items:
    """Return the kind of `messages` with these roles."""
    content = Either((Text(), Items(_PART), Null()))
    known: dict[str, Kind] = {
        "role": Text(choices=roles),
        "content": content,
        "name": Text(),
        "tool_calls": Items(_CALL),
        "tool_call_id": Text(),
    }
    return Items(Members(known, ("role",)), 1)


def tool_choice(*words: str) -> Either:
    """Return the kind of `tool_choice`: one of these words, or the one tool that has to be used."""
    function = Members({"name": Text(1)}, ("name",))
    named = Members({"type": Text(), "function": function}, ("function",))
    return Either((Text(choices=words), named))


def read_stops(value: str | Sequence[str] | None) -> tuple[str, ...]:
    """Return stop sequences that may be one text or a list."""
    return (value,) if isinstance(value, str) else tuple(value or ())


def read_system(asked: Sequence[Mapping[str, Any]]) -> str:
    """Return the instructions of all messages that hold some."""
    given = (_text(one) for one in asked if one["role"] in ("system", "developer"))
    return "\n".join(text for text in given if text)


def read_turns(asked: Sequence[Mapping[str, Any]], model: Model) -> tuple[Turn, ...]:
    """Return the turns of a conversation.

    Raises:
        Refused: the arguments of a tool call are no JSON object, a tool's message does not say
            which call it answers, or a picture is none (texts ours); or the model has no eyes.
    """
    turns = [
        _read_turn(message, f"/messages/{at}")
        for at, message in enumerate(asked)
        if message["role"] not in ("system", "developer")
    ]
    if "images" not in model.features and any(turn.media for turn in turns):
        raise invalid(
            "This model doesn't support the image field for user messages. Remove image and try"
            " again."
        )
    return tuple(merge(turns)) or (Turn("user", ""),)


def _read_turn(message: Mapping[str, Any], place: str) -> Turn:
    text = _text(message)
    if message["role"] == "tool":
        if "tool_call_id" not in message:
            raise malformed(f"#{place}: required key [tool_call_id] not found")
        return Turn("user", "", tool_results=(ToolResult(message["tool_call_id"], text),))
    if message["role"] == "assistant":
        calls = message.get("tool_calls", ())
        uses = (_read_call(c, f"{place}/tool_calls/{i}") for i, c in enumerate(calls))
        return Turn("assistant", text, tuple(uses))
    content = message.get("content")
    parts = enumerate(content if isinstance(content, list) else ())
    images = [_read_image(p, f"{place}/content/{at}") for at, p in parts if "image_url" in p]
    media, tokens = ("image",) * len(images), sum(image.picture.tokens for image in images)
    return Turn("user", text, media=media, media_tokens=tokens)


def _read_image(part: Mapping[str, Any], place: str) -> SentImage:
    given = part["image_url"]
    url = given if isinstance(given, str) else given["url"]
    return read_data_uri(url, f"{place}/image_url", IMAGES)


def _text(message: Mapping[str, Any]) -> str:
    content = message.get("content") or ""
    if isinstance(content, str):
        return content
    return "\n".join(part["text"] for part in content if "text" in part)


def _read_call(call: Mapping[str, Any], place: str) -> ToolUse:
    try:
        arguments = json.loads(call["function"]["arguments"] or "{}")
    except (ValueError, RecursionError):
        arguments = None
    if not isinstance(arguments, dict):
        raise malformed(f"#{place}/function/arguments: the text is no JSON object")
    return ToolUse(call["id"], call["function"]["name"], arguments)


def read_tools(asked: Sequence[Mapping[str, Any]]) -> tuple[Tool, ...]:
    """Return the tools that are offered."""
    functions = [tool["function"] for tool in asked]
    return tuple(
        Tool(one["name"], one.get("description", ""), one.get("parameters", {}))
        for one in functions
    )


def read_choice(value: Any) -> str:
    """Return `tool_choice` as a prompt has it."""
    if isinstance(value, dict):
        return f"tool:{value['function']['name']}"
    return {"required": "any", None: "auto"}.get(value, str(value))


def call_id(use: ToolUse) -> str:
    """Return the id of a tool call as it is written."""
    return f"call_{use.id}"


def write_calls(answer: Answer) -> list[dict[str, Any]]:
    """Return the tool calls of an answer."""
    return [
        {
            "id": call_id(use),
            "type": "function",
            "function": {"name": use.name, "arguments": json.dumps(use.input, ensure_ascii=False)},
        }
        for use in answer.tool_uses
    ]


def write_message(answer: Answer) -> dict[str, Any]:
    """Return the assistant's message; `tool_calls` only where there are some."""
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    if answer.tool_uses:
        return message | {"tool_calls": write_calls(answer)}
    return message | {"content": answer.text}


def write_usage(prompt: Prompt, answer: Answer) -> dict[str, int]:
    """Return the tokens of a prompt and of all its answers."""
    written = answer.output_tokens * answers_wanted(prompt)
    return {
        "prompt_tokens": answer.input_tokens,
        "completion_tokens": written,
        "total_tokens": answer.input_tokens + written,
    }


def write_head(kind: str, model: Model) -> dict[str, Any]:
    """Return what stands before the choices; `created` is in seconds."""
    return {
        "id": f"chatcmpl-{uuid4().hex}",
        "object": kind,
        "created": int(time.time()),
        "model": model.id,
    }


def deltas(told: Telling, words: Iterator[str] | None = None) -> Iterator[dict[str, Any]]:
    """Return what an answer adds piece by piece: the role, words, and the calls of tools.

    Args:
        told: the answer.
        words: what is said in the place of its words.
    """
    yield {"role": "assistant", "content": ""}
    for piece in told.words() if words is None else words:
        yield {"content": piece}
    for at, use in enumerate(told.answer.tool_uses):
        for number, piece in enumerate(json_fragments(use.input)):
            call: dict[str, Any] = {"index": at, "function": {"arguments": piece}}
            if number == 0:
                call |= {"id": call_id(use), "type": "function"}
                call["function"] = {"name": use.name, "arguments": piece}
            yield {"tool_calls": [call]}
