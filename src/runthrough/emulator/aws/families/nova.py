"""InvokeModel for Amazon Nova: a conversation much like Converse's.

Source: facts amazon-bedrock 4.6; what Nova 2 tells of its reasoning (`[REDACTED]`), and what must
not be set beside the highest effort, are documented by the vendor. Chosen here: a stream tells
reasoning as ConverseStream does; the older names max_new_tokens, top_p and top_k are taken beside
the new ones; the first turn has to be the user's, roles have to alternate, and the texts for that
are Converse's (2.11).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count, pairwise
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily, check_context
from runthrough.emulator.aws.families.pictures import read_image
from runthrough.emulator.aws.families.pieces import json_fragments
from runthrough.emulator.aws.families.schema import (
    OBJECT,
    STRINGS,
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, Tool, ToolResult, ToolUse, Turn

_IMAGES = ("png", "jpeg", "gif", "webp")
_VIDEOS = ("mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp")
_S3 = Members({"uri": Text(1, 1024), "bucketOwner": Text()}, ("uri",))
_SOURCE = Members({"bytes": Text(1), "s3Location": _S3}, one_of=(("bytes", "s3Location"),))


def _media(*formats: str) -> Members:
    return Members({"format": Text(choices=formats), "source": _SOURCE}, ("format", "source"))


_RESULT = Members({"text": Text(), "json": OBJECT, "image": _media(*_IMAGES)})
_THOUGHT = Members(
    {"reasoningText": Members({"text": Text(), "signature": Text()}, ("text",))},
    ("reasoningText",),
)
_BLOCK = Members(
    {
        "text": Text(),
        "image": _media(*_IMAGES),
        "video": _media(*_VIDEOS),
        "reasoningContent": _THOUGHT,
        "toolUse": Members(
            {"toolUseId": Text(1, 64), "name": Text(1, 64), "input": OBJECT},
            ("toolUseId", "name", "input"),
        ),
        "toolResult": Members(
            {
                "toolUseId": Text(1, 64),
                "content": Items(_RESULT),
                "status": Text(choices=("success", "error")),
            },
            ("toolUseId", "content"),
        ),
    },
    one_of=(("text", "image", "video", "reasoningContent", "toolUse", "toolResult"),),
)
_MESSAGE = Members(
    {"role": Text(choices=("user", "assistant")), "content": Items(_BLOCK, 1)},
    ("role", "content"),
)
_TOOL_SPEC = Members(
    {
        "name": Text(1, 64, pattern="[a-zA-Z0-9_-]+"),
        "description": Text(1),
        "inputSchema": Members({"json": OBJECT}, ("json",)),
    },
    ("name", "inputSchema"),
)
_CHOICE = Members(
    {"auto": OBJECT, "any": OBJECT, "tool": Members({"name": Text(1)}, ("name",))},
    one_of=(("auto", "any", "tool"),),
)
_TOOLS = Members(
    {"tools": Items(Members({"toolSpec": _TOOL_SPEC}, ("toolSpec",)), 1), "toolChoice": _CHOICE},
    ("tools",),
)
_REASONING = Members(
    {
        "type": Text(choices=("enabled", "disabled")),
        "maxReasoningEffort": Text(choices=("low", "medium", "high")),
    },
    ("type",),
)


def schema(model: Model) -> Members:
    """Return what a body for this model may hold."""
    config = Members(
        {
            "maxTokens": Whole(1, model.max_output),
            "max_new_tokens": Whole(1, model.max_output),
            "temperature": Number(0, 1, default=0.7),
            "topP": Number(0, 1, default=0.9),
            "top_p": Number(0, 1),
            "topK": Whole(0, 128, default=50),
            "top_k": Whole(0, 128),
            "stopSequences": STRINGS,
        },
        default={},
    )
    body = Members(
        {
            "schemaVersion": Text(choices=("messages-v1",)),
            "messages": Items(_MESSAGE, 1),
            "system": Items(Members({"text": Text(1)}, ("text",))),
            "inferenceConfig": config,
            "toolConfig": _TOOLS,
        },
        ("messages",),
    )
    return body.extended(reasoningConfig=_REASONING) if "nova-2" in model.id else body


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body.

    Raises:
        Refused: it does not fit.
    """
    _check_reasons(body, model)
    asked = read(schema(model), body)
    _check_high(asked, body.get("inferenceConfig") or {})
    config, tools = asked["inferenceConfig"], asked.get("toolConfig", {})
    turns = tuple(_read_turn(one, f"/messages/{at}") for at, one in enumerate(asked["messages"]))
    _check_turns(turns, model)
    prompt = Prompt(
        "\n".join(block["text"] for block in asked.get("system", ())),
        turns,
        config.get("maxTokens", config.get("max_new_tokens", model.max_output)),
        tuple(config.get("stopSequences", ())),
        config["temperature"],
        tuple(_read_tool(tool["toolSpec"]) for tool in tools.get("tools", ())),
        _read_choice(tools.get("toolChoice", {})),
        thinking="redacted" if _reasons(asked) else "off",
    )
    check_context(prompt, model)
    return prompt


def _check_reasons(asked: Mapping[str, Any], model: Model) -> None:
    """Refuse reasoning to a model that has none (text: a capture of 2026). Raises Refused."""
    if asked.get("reasoningConfig") is not None and "reasoningConfig" not in schema(model).known:
        raise malformed("the provided reasoning config value is invalid")


def _reasons(asked: Mapping[str, Any]) -> bool:
    return bool(asked.get("reasoningConfig", {}).get("type") == "enabled")


def _check_high(asked: Mapping[str, Any], config: Mapping[str, Any]) -> None:
    """Refuse what must not be set beside the highest effort; the rule is documented, the text ours.

    Args:
        asked: a body that fits.
        config: `inferenceConfig` as the caller has set it.

    Raises:
        Refused: as said.
    """
    if not _reasons(asked) or asked["reasoningConfig"].get("maxReasoningEffort") != "high":
        return
    for name in ("maxTokens", "max_new_tokens", "temperature", "topP", "top_p"):
        if config.get(name) is not None:
            raise malformed(f"#/inferenceConfig/{name}: not permitted with maxReasoningEffort high")


def _check_turns(turns: tuple[Turn, ...], model: Model) -> None:
    if turns[0].role != "user":
        raise invalid(
            "A conversation must start with a user message. Try again with a conversation that"
            " starts with a user message."
        )
    if any(one.role == next_.role for one, next_ in pairwise(turns)):
        raise invalid(
            "A conversation must alternate between user and assistant roles. Make sure the"
            " conversation alternates between user and assistant roles and try again."
        )
    for kind in (kind for turn in turns for kind in turn.media):
        if f"{kind}s" not in model.features:
            raise invalid(
                f"This model doesn't support the {kind} field for user messages. Remove {kind} and"
                " try again."
            )


def _read_turn(message: Mapping[str, Any], place: str) -> Turn:
    blocks = message["content"]
    tokens = sum(_count_image(b, f"{place}/content/{at}") for at, b in enumerate(blocks))
    uses = [block["toolUse"] for block in blocks if "toolUse" in block]
    return Turn(
        message["role"],
        "\n".join(block["text"] for block in blocks if "text" in block),
        tuple(ToolUse(use["toolUseId"], use["name"], use["input"]) for use in uses),
        tuple(_read_result(block["toolResult"]) for block in blocks if "toolResult" in block),
        tuple(kind for block in blocks for kind in ("image", "video") if kind in block),
        tokens,
    )


def _count_image(block: Mapping[str, Any], place: str) -> int:
    """Return what a block's picture counts for; a video counts for nothing.

    Raises:
        Refused: it is no picture of the format it is said to be (text ours).
    """
    if "image" not in block:
        return 0
    image = block["image"]
    sent = read_image(image["source"]["bytes"], f"{place}/image/source/bytes", (image["format"],))
    return sent.picture.tokens


def _read_result(result: Mapping[str, Any]) -> ToolResult:
    texts = [
        part["text"] if "text" in part else json.dumps(part["json"], ensure_ascii=False)
        for part in result["content"]
        if "text" in part or "json" in part
    ]
    return ToolResult(result["toolUseId"], "\n".join(texts), result.get("status") == "error")


def _read_tool(spec: Mapping[str, Any]) -> Tool:
    return Tool(spec["name"], spec.get("description", ""), spec["inputSchema"]["json"])


def _read_choice(choice: Mapping[str, Any]) -> str:
    if "tool" in choice:
        return f"tool:{choice['tool']['name']}"
    return "any" if "any" in choice else "auto"


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    texts: list[dict[str, Any]] = []
    if answer.reasoning is not None:
        texts.append({"reasoningContent": {"reasoningText": {"text": answer.reasoning.text}}})
    if answer.text or not answer.tool_uses:
        texts.append({"text": answer.text})
    uses = [
        {"toolUse": {"toolUseId": _use_id(use), "name": use.name, "input": use.input}}
        for use in answer.tool_uses
    ]
    return {
        "output": {"message": {"content": [*texts, *uses], "role": "assistant"}},
        "stopReason": answer.stop_reason,
        "usage": _usage(answer),
    }


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer: one JSON object an event, named as in ConverseStream."""
    yield {"messageStart": {"role": "assistant"}}
    numbers = count()
    if told.thinks:
        place = {"contentBlockIndex": next(numbers)}
        for piece in told.thoughts():
            yield {"contentBlockDelta": {"delta": {"reasoningContent": {"text": piece}}, **place}}
        yield {"contentBlockStop": place}
    if told.speaks or not told.answer.tool_uses:
        place = {"contentBlockIndex": next(numbers)}
        for piece in told.words():
            yield {"contentBlockDelta": {"delta": {"text": piece}, **place}}
        yield {"contentBlockStop": place}
    answer = told.answer
    for use in answer.tool_uses:
        place = {"contentBlockIndex": next(numbers)}
        start = {"toolUse": {"toolUseId": _use_id(use), "name": use.name}}
        yield {"contentBlockStart": {"start": start, **place}}
        for piece in json_fragments(use.input):
            yield {"contentBlockDelta": {"delta": {"toolUse": {"input": piece}}, **place}}
        yield {"contentBlockStop": place}
    yield {"messageStop": {"stopReason": answer.stop_reason}}
    yield {"metadata": {"usage": _usage(answer), "metrics": {}, "trace": {}}}


def _use_id(use: ToolUse) -> str:
    return f"tooluse_{use.id}"


def _usage(answer: Answer) -> dict[str, int]:
    return {
        "inputTokens": answer.input_tokens,
        "outputTokens": answer.output_tokens,
        "totalTokens": answer.input_tokens + answer.output_tokens,
        "cacheReadInputTokenCount": 0,
        "cacheWriteInputTokenCount": 0,
    }


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    _read_extra(fields, model)


def apply_extra(
    prompt: Prompt, fields: dict[str, Any], config: Mapping[str, Any], model: Model
) -> Prompt:
    """Return a prompt of Converse with the reasoning its extra fields ask for. Raises Refused.

    `config` is Converse's own inferenceConfig.
    """
    asked = _read_extra(fields, model)
    _check_high(asked, config)
    return replace(prompt, thinking="redacted") if _reasons(asked) else prompt


def _read_extra(fields: dict[str, Any], model: Model) -> dict[str, Any]:
    _check_reasons(fields, model)
    owned = ("messages", "system", "toolConfig", "schemaVersion")
    return read(extras(schema(model), *owned), fields)


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra, apply_extra, takes_s3=True)
