"""InvokeModel for Anthropic Messages: from the vendor's body to a prompt, and back.

Source: facts amazon-bedrock 4.1 (members), 2.11 (texts), 2.6 (rules per model). Chosen here:
turns of one role in a row are merged, as the vendor's API does; the texts for a bad role, for a
max_tokens above the limit and for a first turn that is not the user's are the vendor's, from
memory (unverified).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal
from uuid import uuid4

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.anthropic_stream import stream_message
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.aws.fields import is_integer, is_number, malformed, wrong_type
from runthrough.emulator.aws.replies import Refused, invalid, not_emulated
from runthrough.emulator.standins import Answer, Prompt, Turn, count_tokens

_REQUIRED = ("anthropic_version", "max_tokens", "messages")
_TAKEN = {"anthropic_version", "max_tokens", "messages", "system", "temperature", "top_p", "top_k"}
_TAKEN |= {"stop_sequences", "anthropic_beta", "metadata"}
_NOT_EMULATED = {"tools", "tool_choice", "thinking", "output_config", "output_format"}
_NOT_EMULATED |= {"context_management", "mcp_servers", "container"}
_MAX_STOPS = 8191
_BLOCKS = {"image", "document", "tool_use", "tool_result", "thinking", "redacted_thinking"}
_BLOCKS |= {"search_result", "server_tool_use", "container_upload"}

REFUSE_BLANK_TEXT = True
"""Bedrock refuses a Claude call whose text is blank (captures in public issues, 2025 and 2026)."""


@dataclass(frozen=True)
class _Sampling:
    temperature: float | None
    top_p: float | None
    top_k: int | None


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a Messages body.

    Raises:
        Refused: the body does not fit the schema or the model, or needs what is not emulated.
    """
    _check_members(body)
    max_tokens = _read_max_tokens(body["max_tokens"], model)
    sampling = _read_sampling(body)
    check_sampling(sampling.temperature, sampling.top_p, sampling.top_k, model)
    stops = _read_stops(body.get("stop_sequences"))
    system = _read_system(body.get("system"))
    prompt = Prompt(system, _read_turns(body["messages"]), max_tokens, stops, sampling.temperature)
    check_turns(prompt, model)
    check_length(prompt, model)
    return prompt


def write_answer(_prompt: Prompt, answer: Answer, model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    return {
        "model": model.brand,
        "id": f"msg_bdrk_{uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": answer.text}] if answer.text else [],
        "stop_reason": answer.stop_reason,
        "stop_sequence": answer.stop_sequence,
        "usage": {
            "input_tokens": answer.input_tokens,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "output_tokens": answer.output_tokens,
        },
    }


def check_sampling(
    temperature: float | None, top_p: float | None, top_k: int | None, model: Model
) -> None:
    """Refuse sampling parameters the model does not take (facts 2.6). Raises Refused."""
    given = {"temperature": temperature, "top_p": top_p, "top_k": top_k}
    named = [name for name, value in given.items() if value is not None]
    if model.sampling == "none" and named:
        raise invalid(f"`{named[0]}` is deprecated for this model.")
    if model.sampling == "one-of" and temperature is not None and top_p is not None:
        raise invalid(
            "`temperature` and `top_p` cannot both be specified for this model. Please use only"
            " one."
        )


def check_stops(stops: tuple[str, ...]) -> None:
    """Refuse a blank stop sequence. Raises Refused."""
    if not all(stop.strip() for stop in stops):
        raise invalid("stop_sequences: each stop sequence must contain non-whitespace")


def check_turns(prompt: Prompt, model: Model) -> None:
    """Refuse a conversation that ends with the assistant's turn. Raises Refused."""
    if prompt.messages[-1].role != "assistant":
        return
    if model.prefill:
        raise not_emulated("Prefilling the assistant's turn")
    raise invalid(
        "This model does not support assistant message prefill. The conversation must end with a"
        " user message."
    )


def check_length(prompt: Prompt, model: Model) -> None:
    """Refuse a prompt that does not fit the model's context. Raises Refused."""
    tokens = count_tokens(prompt.system) + sum(count_tokens(t.text) for t in prompt.messages)
    if tokens > model.context:
        raise invalid("Input is too long for requested model.")
    if tokens + prompt.max_tokens > model.context:
        raise invalid(
            f"input length and `max_tokens` exceed context limit: {tokens} + {prompt.max_tokens} > "
            f"{model.context}, decrease input length or `max_tokens` and try again"
        )


def check_extra_fields(fields: dict[str, Any]) -> int | None:
    """Return top_k of Converse's additionalModelRequestFields, the one extra that is emulated.

    Raises:
        Refused: a field the vendor does not know, or one that is not emulated.
    """
    for name in fields:
        if name in _NOT_EMULATED:
            raise not_emulated(f"The member {name!r} of the Anthropic body")
        if name not in {"top_k", "anthropic_beta", "metadata"}:
            raise invalid(f"{name}: Extra inputs are not permitted")
    _check_beta(fields)
    return _read_top_k(fields)


def _check_members(body: dict[str, Any]) -> None:
    violations = [f"#: required key [{name}] not found" for name in _REQUIRED if name not in body]
    violations += [
        f"#: extraneous key [{name}] is not permitted"
        for name in body
        if name not in _TAKEN | _NOT_EMULATED
    ]
    if violations:
        raise malformed(*violations)
    for name in body:
        if name in _NOT_EMULATED:
            raise not_emulated(f"The member {name!r} of the Anthropic body")
    if not isinstance(body["anthropic_version"], str):
        raise malformed(wrong_type("/anthropic_version", "String", body["anthropic_version"]))
    _check_beta(body)


def _check_beta(body: dict[str, Any]) -> None:
    beta = body.get("anthropic_beta", [])
    if not isinstance(beta, list):
        raise malformed(wrong_type("/anthropic_beta", "JSONArray", beta))
    for at, value in enumerate(beta):
        if not isinstance(value, str):
            raise malformed(wrong_type(f"/anthropic_beta/{at}", "String", value))


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


def _read_sampling(body: dict[str, Any]) -> _Sampling:
    return _Sampling(
        _read_share(body, "temperature"), _read_share(body, "top_p"), _read_top_k(body)
    )


def _read_share(body: dict[str, Any], name: str) -> float | None:
    value = body.get(name)
    if value is None:
        return None
    if not is_number(value):
        raise malformed(wrong_type(f"/{name}", "Number", value))
    if value < 0:
        raise malformed(f"#/{name}: {value} is not greater or equal to 0")
    if value > 1:
        raise malformed(f"#/{name}: {value} is not less or equal to 1")
    return float(value)


def _read_top_k(body: dict[str, Any]) -> int | None:
    value = body.get("top_k")
    if value is None:
        return None
    # Flink writes its PARAMS as Float (facts flink-sql-ai 2.2), so 200.0 has to do as well.
    if not is_number(value) or value != value // 1:
        raise malformed(wrong_type("/top_k", "Integer", value))
    if not 0 <= value <= 500:
        bound = "greater or equal to 0" if value < 0 else "less or equal to 500"
        raise malformed(f"#/top_k: {value} is not {bound}")
    return int(value)


def _read_stops(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if not isinstance(value, list):
        raise malformed(wrong_type("/stop_sequences", "JSONArray", value))
    if len(value) > _MAX_STOPS:
        raise malformed(
            f"#/stop_sequences: expected maximum item count: {_MAX_STOPS}, found: {len(value)}"
        )
    for at, stop in enumerate(value):
        if not isinstance(stop, str):
            raise malformed(wrong_type(f"/stop_sequences/{at}", "String", stop))
    check_stops(tuple(value))
    return tuple(value)


def _read_system(value: Any) -> str:
    if value is None or isinstance(value, str):
        return value or ""
    if not isinstance(value, list):
        raise malformed(wrong_type("/system", "String", value))
    return "\n".join(_read_block(block, f"system.{at}") for at, block in enumerate(value))


def _read_turns(value: Any) -> tuple[Turn, ...]:
    if not isinstance(value, list):
        raise malformed(wrong_type("/messages", "JSONArray", value))
    if not value:
        raise invalid("messages: at least one message is required")
    turns: list[Turn] = []
    for at, message in enumerate(value):
        role, text = _read_message(message, at, is_last=at == len(value) - 1)
        if turns and turns[-1].role == role:
            turns[-1] = Turn(role, f"{turns[-1].text}\n{text}")
        else:
            turns.append(Turn(role, text))
    if turns[0].role != "user":
        raise invalid('messages: first message must use the "user" role')
    return tuple(turns)


def _read_message(
    message: Any, at: int, *, is_last: bool
) -> tuple[Literal["user", "assistant"], str]:
    if not isinstance(message, dict):
        raise malformed(wrong_type(f"/messages/{at}", "JSONObject", message))
    for name in ("role", "content"):
        if name not in message:
            raise invalid(f"messages.{at}.{name}: Field required")
    role, content = message["role"], message["content"]
    if role not in ("user", "assistant"):
        raise invalid(f"messages.{at}.role: Input should be 'user' or 'assistant'")
    return role, _read_content(content, at, may_be_empty=role == "assistant" and is_last)


def _read_content(content: Any, at: int, *, may_be_empty: bool) -> str:
    if not isinstance(content, str | list):
        raise invalid(f"messages.{at}.content: Input should be a valid string or list")
    if not content and REFUSE_BLANK_TEXT and not may_be_empty:
        raise invalid(
            f"messages.{at}: all messages must have non-empty content except for the optional"
            " final assistant message"
        )
    if isinstance(content, str):
        return _check_text(content)
    return "\n".join(
        _check_text(_read_block(block, f"messages.{at}.content.{place}"))
        for place, block in enumerate(content)
    )


def _read_block(block: Any, place: str) -> str:
    if not isinstance(block, dict):
        raise invalid(f"{place}: Input should be a valid dictionary")
    kind = block.get("type")
    if isinstance(kind, str) and kind in _BLOCKS:
        raise not_emulated(f"A content block of type {kind!r} ({place})")
    if kind != "text":
        raise invalid(f"{place}.type: Input should be a known type of content block")
    if "cache_control" in block:
        raise not_emulated(f"Prompt caching ({place}.cache_control)")
    text = block.get("text")
    if not isinstance(text, str):
        raise invalid(f"{place}.text.text: Input should be a valid string")
    return text


def _check_text(text: str) -> str:
    if REFUSE_BLANK_TEXT and not text.strip():
        raise blank_text(empty=not text)
    return text


def blank_text(*, empty: bool) -> Refused:
    """Return the vendor's refusal of a blank text (facts 2.11)."""
    rule = "be non-empty" if empty else "contain non-whitespace text"
    return invalid(f"messages: text content blocks must {rule}")


def stream_answer(prompt: Prompt, answer: Answer, model: Model) -> Iterator[dict[str, Any]]:
    """Return the same answer as the vendor streams it."""
    return stream_message(write_answer(prompt, answer, model))


FAMILY = TextFamily(read_prompt, write_answer, stream_answer)
