"""InvokeModel for Anthropic Messages: from the vendor's body to a prompt, and back.

Source: facts amazon-bedrock 4.1 (members), 2.11 (texts), 2.6 (rules per model). Chosen here: turns
of one role in a row are merged, as the vendor's API does; the texts for a bad role, for a
max_tokens above the limit and for a first turn that is not the user's are the vendor's, from
memory (unverified).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Literal
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_blocks import (
    MAX_IMAGES,
    check_text,
    read_blocks,
    read_text_block,
)
from runthrough.emulator.aws.families.anthropic_citations import write_passage
from runthrough.emulator.aws.families.anthropic_fields import list_at
from runthrough.emulator.aws.families.anthropic_rules import (
    NOT_EMULATED,
    Sampling,
    check_beta,
    check_citations,
    check_length,
    check_marks,
    check_metadata,
    check_sampling,
    check_system_turn,
    check_thoughts,
    check_tool_choice_of_thought,
    check_turns,
    read_extra,
    read_format,
    read_output_config,
    read_share,
    read_stops,
    read_thinking,
    read_top_k,
)
from runthrough.emulator.aws.families.anthropic_stream import stream_message, write_use
from runthrough.emulator.aws.families.anthropic_tools import (
    Message,
    allows_parallel,
    check_pairs,
    read_tool_choice,
    read_tools,
)
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.fields import is_integer, malformed, wrong_type
from runthrough.emulator.aws.parts import Part, Role, find_prefixes, make_turn, sources_of
from runthrough.emulator.aws.replies import invalid, not_emulated
from runthrough.emulator.standins import Answer, Prompt, Telling, cite

_REQUIRED = ("anthropic_version", "max_tokens", "messages")
_TAKEN = {*_REQUIRED, "system", "temperature", "top_p", "top_k", "stop_sequences", "metadata"}
_TAKEN |= {"anthropic_beta", "tools", "tool_choice", "thinking", "output_config", "output_format"}


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a Messages body.

    Raises:
        Refused: the body does not fit the schema or the model, or needs what is not emulated.
    """
    _check_members(body)
    max_tokens = _read_max_tokens(body["max_tokens"], model)
    sampling = Sampling(
        read_share(body, "temperature"), read_share(body, "top_p"), read_top_k(body)
    )
    check_sampling(sampling, model)
    stops = read_stops(body.get("stop_sequences"))
    system = _read_system(body.get("system"), model)
    messages, later = _read_messages(body["messages"], model)
    tools, tool_parts = read_tools(body.get("tools"), model)
    sections: list[tuple[str, Sequence[Part]]] = [("tools", tool_parts), ("system", system)]
    sections += [(one.role, one.parts) for one in messages]
    sections += [("system", later)] if later else []
    prompt = Prompt(
        system="\n".join(part.text for part in (*system, *later)),
        messages=tuple(make_turn(one.role, one.parts) for one in messages),
        max_tokens=max_tokens,
        stop_sequences=stops,
        temperature=sampling.temperature,
        tools=tools,
        tool_choice=read_tool_choice(body.get("tool_choice"), tools),
        parallel_tools=allows_parallel(body.get("tool_choice")),
        output_schema=_read_output_schema(body, model),
        thinking=read_thinking(body.get("thinking"), sampling, max_tokens, model),
        prefixes=find_prefixes(sections),
        sources=sources_of(one.parts for one in messages),
    )
    _check_conversation(prompt, messages, body, model)
    return prompt


def write_answer(prompt: Prompt, answer: Answer, model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    written = dict(answer.cache_writes)
    return {
        "model": model.brand,
        "id": f"msg_bdrk_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "content": _write_content(prompt, answer),
        "stop_reason": answer.stop_reason,
        "stop_sequence": answer.stop_sequence,
        "usage": {
            "input_tokens": answer.input_tokens,
            "cache_creation_input_tokens": answer.cache_write_tokens,
            "cache_read_input_tokens": answer.cache_read_tokens,
            "cache_creation": {
                "ephemeral_5m_input_tokens": written.get("5m", 0),
                "ephemeral_1h_input_tokens": written.get("1h", 0),
            },
            "output_tokens": answer.output_tokens,
        },
    }


def stream_answer(prompt: Prompt, told: Telling, model: Model) -> Iterator[dict[str, Any]]:
    """Return an answer as the vendor streams it."""
    return stream_message(prompt, told, write_answer(prompt, told.begun, model))


def check_extra(fields: dict[str, Any], model: Model) -> None:
    """Judge Converse's additionalModelRequestFields on their own. Raises Refused."""
    read_extra(fields, model)


def _write_content(prompt: Prompt, answer: Answer) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = []
    if answer.reasoning is not None:
        thought, signature = answer.reasoning.text, answer.reasoning.signature
        content.append({"type": "thinking", "thinking": thought, "signature": signature})
    if prompt.is_cited:
        content += [write_passage(passage) for passage in cite(answer.text, prompt.sources)]
    elif answer.text:
        content.append({"type": "text", "text": answer.text})
    return content + [write_use(use) for use in answer.tool_uses]


def _check_members(body: dict[str, Any]) -> None:
    violations = [f"#: required key [{name}] not found" for name in _REQUIRED if name not in body]
    violations += [
        f"#: extraneous key [{name}] is not permitted"
        for name in body
        if name not in _TAKEN | NOT_EMULATED
    ]
    if violations:
        raise malformed(*violations)
    for name in body:
        if name in NOT_EMULATED:
            raise not_emulated(f"The member {name!r} of the Anthropic body")
    if not isinstance(body["anthropic_version"], str):
        raise malformed(wrong_type("/anthropic_version", "String", body["anthropic_version"]))
    check_beta(body)
    check_metadata(body.get("metadata"))


def _read_max_tokens(value: Any, model: Model) -> int:
    if not is_integer(value):
        raise malformed(wrong_type("/max_tokens", "Integer", value))
    if value < 1:
        raise malformed(f"#/max_tokens: {value} is not greater or equal to 1")
    if value > model.max_output:
        raise invalid(
            f"max_tokens: {value} > {model.max_output}, which is the maximum allowed number of"
            f" output tokens for {model.brand}"
        )
    return int(value)


def _read_system(value: Any, model: Model) -> list[Part]:
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [Part("text", value)]
    if not isinstance(value, list):
        raise malformed(wrong_type("/system", "String", value))
    return [read_text_block(block, f"system.{at}", model) for at, block in enumerate(value)]


def _read_output_schema(body: dict[str, Any], model: Model) -> Any:
    if body.get("output_format") is not None:
        return read_format(body["output_format"], "output_format")
    return read_output_config(body.get("output_config"), model)


def _read_messages(value: Any, model: Model) -> tuple[list[Message], list[Part]]:
    """Return the turns, those of one role in a row as one, and the instructions between them."""
    if not isinstance(value, list):
        raise malformed(wrong_type("/messages", "JSONArray", value))
    if not value:
        raise invalid("messages: at least one message is required")
    messages: list[Message] = []
    later: list[Part] = []
    before: str | None = None
    for at, one in enumerate(value):
        role = _read_role(one, at)
        if role == "system":
            check_system_turn(at, before, model)
            later += _read_instructions(one["content"], at, model)
        else:
            _add(messages, _read_message(one, at, role, model, is_last=at == len(value) - 1))
        before = role
    if messages[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    return messages, later


def _add(messages: list[Message], message: Message) -> None:
    """Add a turn; one of the same role as the last becomes part of it."""
    if messages and messages[-1].role == message.role:
        earlier = messages.pop()
        message = replace(earlier, parts=(*earlier.parts, *message.parts))
    messages.append(message)


def _read_role(message: Any, at: int) -> Role | Literal["system"]:
    if not isinstance(message, dict):
        raise malformed(wrong_type(f"/messages/{at}", "JSONObject", message))
    for name in ("role", "content"):
        if name not in message:
            raise invalid(f"messages.{at}.{name}: Field required")
    match message["role"]:
        case "user":
            return "user"
        case "assistant":
            return "assistant"
        case "system":
            return "system"
        case _:
            raise invalid(f"messages.{at}.role: Input should be 'user' or 'assistant'")


def _read_instructions(content: Any, at: int, model: Model) -> list[Part]:
    """Return what a message of the role `system` says. Raises Refused where it is no text."""
    if isinstance(content, str):
        return [check_text(Part("text", content))]
    blocks = list_at(content, f"messages.{at}.content")
    return [
        read_text_block(block, f"messages.{at}.content.{number}", model)
        for number, block in enumerate(blocks)
    ]


def _read_message(
    message: dict[str, Any], at: int, role: Role, model: Model, *, is_last: bool
) -> Message:
    content = message["content"]
    if not content and isinstance(content, str | list):
        if role == "assistant" and is_last:
            return Message(at, role, ())
        raise invalid(
            f"messages.{at}: all messages must have non-empty content except for the optional"
            " final assistant message"
        )
    return Message(at, role, tuple(read_blocks(content, f"messages.{at}.content", role, model)))


def _check_conversation(
    prompt: Prompt, messages: Sequence[Message], body: dict[str, Any], model: Model
) -> None:
    """Apply the rules that span several messages. Raises Refused."""
    check_pairs(messages, prompt.tools)
    thinking = body.get("thinking")
    with_budget = isinstance(thinking, dict) and thinking.get("type") == "enabled"
    check_thoughts([(one.at, one.role, one.parts) for one in messages], with_budget=with_budget)
    check_tool_choice_of_thought(prompt)
    check_marks(prompt)
    check_citations(prompt, [one.parts for one in messages])
    check_turns(prompt, model)
    images = sum(turn.media.count("image") for turn in prompt.messages)
    documents = sum(part.kind == "document" for one in messages for part in one.parts)
    if images > MAX_IMAGES:
        raise invalid(f"too many images and documents: {images} + {documents} > {MAX_IMAGES}")
    check_length(prompt, model)


FAMILY = TextFamily(read_prompt, write_answer, stream_answer, check_extra)
