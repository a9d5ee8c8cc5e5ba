"""From the messages of a chat to the turns of a prompt.

System and developer messages become the instructions; the results of tools, which are messages of
their own here, become one turn of the user. Texts of refusals: those on roles, types, tool messages
and pictures are seen; the others are ours.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.openai.catalogue import Model
from runthrough.emulator.openai.fields import (
    Json,
    choice,
    empty_array,
    member_object,
    required,
    text,
    unsupported,
    wrong_type,
)
from runthrough.emulator.openai.replies import invalid, not_emulated
from runthrough.emulator.standins import ToolResult, ToolUse, Turn

ROLES = ("system", "assistant", "user", "function", "tool", "developer")
_MEDIA = {"input_audio": "audio", "file": "document"}
_DETAILS = ("auto", "low", "high", "original")
_LOW_TOKENS, _HIGH_TOKENS = 85, 765
"""What a picture counts for in few and in full details: the public guide's figures for a square of
1,024 pixels, because pictures are not opened here."""

_LONGEST_READ = 4_000
_PICTURE = re.compile(r"https?://\S+|data:image/(?:png|jpeg|jpg|gif|webp);base64,[A-Za-z0-9+/=\s]+")


@dataclass(frozen=True)
class Conversation:
    """The messages of a request: what instructs, and what was said in turn."""

    system: str
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class _Content:
    text: str
    media: tuple[str, ...] = ()
    media_tokens: int = 0


def read_messages(body: Json, model: Model) -> Conversation:
    """Return the conversation of a request.

    Raises:
        Refused: `messages` does not fit the API or the model, or needs what is not emulated.
    """
    messages = required(body, "messages")
    if not isinstance(messages, list):
        raise wrong_type("messages", "an array of objects", messages)
    if not messages:
        raise empty_array("messages")
    system: list[str] = []
    turns: list[Turn] = []
    open_calls: dict[str, None] = {}
    for at, message in enumerate(messages):
        place = f"messages[{at}]"
        if not isinstance(message, dict):
            raise wrong_type(place, "an object", message)
        role = choice(required(message, "role", f"{place}.role"), f"{place}.role", ROLES)
        if role == "tool":
            turns = _with_result(turns, message, at, open_calls)
            continue
        _check_answered(open_calls, at)
        if role == "function":
            raise not_emulated("A message of the role 'function'", param=f"{place}.role")
        if role == "assistant":
            turn = _read_assistant(message, place)
            turns.append(turn)
            open_calls = dict.fromkeys(use.id for use in turn.tool_uses)
        elif role == "user":
            content = _read_content(required(message, "content", f"{place}.content"), at, model)
            turns.append(
                Turn(
                    "user",
                    content.text,
                    media=content.media,
                    media_tokens=content.media_tokens,
                )
            )
        else:
            system.append(_read_plain(message, place))
    _check_answered(open_calls, len(messages))
    return Conversation("\n".join(system), tuple(turns))


def _check_answered(open_calls: dict[str, None], at: int) -> None:
    """Raise Refused where a call that was asked for has no result before message `at`."""
    if open_calls:
        raise invalid(
            "An assistant message with 'tool_calls' must be followed by tool messages responding"
            " to each 'tool_call_id'. The following tool_call_ids did not have response messages:"
            f" {', '.join(open_calls)}",
            param=f"messages.[{at}].role",
        )


def _with_result(
    turns: list[Turn], message: Json, at: int, open_calls: dict[str, None]
) -> list[Turn]:
    """Return the turns with one more result, in the turn of the results beside it."""
    place = f"messages[{at}]"
    call = text(required(message, "tool_call_id", f"{place}.tool_call_id"), f"{place}.tool_call_id")
    if call not in open_calls:
        raise invalid(
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding"
            " message with 'tool_calls'.",
            param=f"messages.[{at}].role",
        )
    del open_calls[call]
    result = ToolResult(call, _read_plain(message, place))
    if turns[-1].tool_results:
        last = turns.pop()
        return [*turns, Turn("user", "", tool_results=(*last.tool_results, result))]
    return [*turns, Turn("user", "", tool_results=(result,))]


def _read_plain(message: Json, place: str) -> str:
    """Return the content of a message that has no place for anything but text."""
    content = required(message, "content", f"{place}.content")
    if isinstance(content, str):
        return content
    texts = []
    for at, part in enumerate(_parts(content, f"{place}.content")):
        kind = required(part, "type", f"{place}.content[{at}].type")
        if kind != "text":
            raise unsupported(f"{place}.content[{at}].type", kind, ("text",))
        texts.append(_part_text(part, f"{place}.content[{at}]"))
    return "".join(texts)


def _read_assistant(message: Json, place: str) -> Turn:
    uses = _read_calls(message, place)
    content = message.get("content")
    if member_object(message, "audio", f"{place}.audio") or message.get("function_call"):
        raise not_emulated("An assistant message with audio or a function_call", param=place)
    if content is None:
        if not uses and not message.get("refusal"):
            raise invalid(
                "Invalid value for 'content': expected a string, got null.",
                param=f"{place.replace('[', '.[')}.content",
            )
        return Turn("assistant", str(message.get("refusal") or ""), tool_uses=uses)
    if isinstance(content, str):
        return Turn("assistant", content, tool_uses=uses)
    texts = []
    for at, part in enumerate(_parts(content, f"{place}.content")):
        inner = f"{place}.content[{at}]"
        kind = required(part, "type", f"{inner}.type")
        if kind not in ("text", "refusal"):
            raise unsupported(f"{inner}.type", kind, ("text", "refusal"))
        texts.append(text(required(part, str(kind), f"{inner}.{kind}"), f"{inner}.{kind}"))
    return Turn("assistant", "".join(texts), tool_uses=uses)


def _read_calls(message: Json, place: str) -> tuple[ToolUse, ...]:
    calls = message.get("tool_calls")
    if calls is None:
        return ()
    place = f"{place}.tool_calls"
    if not isinstance(calls, list):
        raise wrong_type(place, "an array of objects", calls)
    if not calls:
        raise empty_array(place)
    return tuple(_read_call(call, f"{place}[{at}]") for at, call in enumerate(calls))


def _read_call(call: object, place: str) -> ToolUse:
    if not isinstance(call, dict):
        raise wrong_type(place, "an object", call)
    kind = required(call, "type", f"{place}.type")
    if kind == "custom":
        raise not_emulated("A call of a custom tool", param=f"{place}.type")
    choice(kind, f"{place}.type", ("function", "custom"))
    function = required(call, "function", f"{place}.function")
    if not isinstance(function, dict):
        raise wrong_type(f"{place}.function", "an object", function)
    inner = f"{place}.function"
    name = text(required(function, "name", f"{inner}.name"), f"{inner}.name")
    written = text(required(function, "arguments", f"{inner}.arguments"), f"{inner}.arguments")
    return ToolUse(text(required(call, "id", f"{place}.id"), f"{place}.id"), name, _loads(written))


def _loads(arguments: str) -> dict[str, Any]:
    """Return a call's arguments; what an earlier model wrote may be broken, and is kept as text."""
    try:
        value = json.loads(arguments)
    except (ValueError, RecursionError):
        return {"arguments": arguments}
    return value if isinstance(value, dict) else {"arguments": value}


def _read_content(content: object, at: int, model: Model) -> _Content:
    if isinstance(content, str):
        return _Content(content)
    texts: list[str] = []
    media: list[str] = []
    tokens = 0
    place = f"messages[{at}].content"
    for n, part in enumerate(_parts(content, place)):
        kind = choice(
            required(part, "type", f"{place}[{n}].type"),
            f"{place}[{n}].type",
            ("text", "image_url", "input_audio", "file"),
        )
        if kind == "text":
            texts.append(_part_text(part, f"{place}[{n}]"))
        elif kind == "image_url":
            if not model.images:
                raise invalid(
                    "Invalid content type. image_url is only supported by certain models.",
                    param=f"messages.[{at}].content.[{n}].type",
                )
            tokens += _picture_tokens(part, f"{place}[{n}].image_url")
            media.append("image")
        else:
            raise not_emulated(f"A {_MEDIA[kind]} in a chat", param=f"{place}[{n}].type")
    return _Content("\n".join(texts), tuple(media), tokens)


def _parts(content: object, place: str) -> list[Json]:
    if not isinstance(content, list):
        raise wrong_type(place, "one of a string or array of objects", content)
    if not content:
        raise empty_array(place)
    for at, part in enumerate(content):
        if not isinstance(part, dict):
            raise wrong_type(f"{place}[{at}]", "an object", part)
    return content


def _part_text(part: Json, place: str) -> str:
    return text(required(part, "text", f"{place}.text"), f"{place}.text")


def _picture_tokens(part: Json, place: str) -> int:
    """Return what a picture counts for. Raises Refused where it does not fit the API."""
    given = required(part, "image_url", place)
    if not isinstance(given, dict):
        raise wrong_type(place, "an object", given)
    url = text(required(given, "url", f"{place}.url"), f"{place}.url")
    if given.get("detail") is not None:
        choice(given["detail"], f"{place}.detail", _DETAILS)
    if not _PICTURE.fullmatch(url[:_LONGEST_READ]):
        raise invalid(
            f"Invalid '{place}.url': expected an http(s) address or a base64-encoded data URL of a"
            " png, jpeg, gif or webp image.",
            param=f"{place}.url",
            code="invalid_image_url",
        )
    return _LOW_TOKENS if given.get("detail") == "low" else _HIGH_TOKENS
