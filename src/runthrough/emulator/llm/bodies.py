"""Prompts as chat completions, and chat completions as answers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Literal
from uuid import uuid4

from runthrough.emulator.standins import (
    Answer,
    NoAnswer,
    Prompt,
    Tool,
    ToolUse,
    Turn,
    count_input,
    count_tokens,
    write_json,
)
from runthrough.emulator.standins.thoughts import reasoning_of

_NO_SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {}}


def write_prompt(prompt: Prompt, model: str) -> dict[str, Any]:
    """Return a prompt as a chat completion's request, without its length. Raises NoAnswer."""
    body: dict[str, Any] = {
        "model": model,
        "messages": list(_messages(prompt)),
    }
    if prompt.temperature is not None:
        body["temperature"] = prompt.temperature
    if prompt.tools:
        body["tools"] = [_tool(tool) for tool in prompt.tools]
        body["tool_choice"] = _choice(prompt.tool_choice)
        if not prompt.parallel_tools:
            body["parallel_tool_calls"] = False
    if prompt.output_schema is not None:
        form = {"name": "answer", "schema": prompt.output_schema}
        body["response_format"] = {"type": "json_schema", "json_schema": form}
    elif prompt.wants_json:
        body["response_format"] = {"type": "json_object"}
    return body


def _messages(prompt: Prompt) -> Iterator[dict[str, Any]]:
    if prompt.system:
        yield {"role": "system", "content": prompt.system}
    for turn in prompt.messages:
        if turn.media:
            kinds = ", ".join(dict.fromkeys(turn.media))
            raise NoAnswer(f"the prompt holds what --llm does not pass on: {kinds}")
        yield from _turn(turn)


def _turn(turn: Turn) -> Iterator[dict[str, Any]]:
    for result in turn.tool_results:
        text = f"Error: {result.text}" if result.is_error else result.text
        yield {"role": "tool", "tool_call_id": result.tool_use_id, "content": text}
    if turn.tool_uses:
        calls = [_call(use) for use in turn.tool_uses]
        yield {"role": "assistant", "content": turn.text or None, "tool_calls": calls}
    elif turn.text or not turn.tool_results:
        yield {"role": turn.role, "content": turn.text}


def _call(use: ToolUse) -> dict[str, Any]:
    function = {"name": use.name, "arguments": write_json(use.input)}
    return {"id": use.id, "type": "function", "function": function}


def _tool(tool: Tool) -> dict[str, Any]:
    function: dict[str, Any] = {"name": tool.name, "parameters": tool.schema or _NO_SCHEMA}
    if tool.description:
        function["description"] = tool.description
    return {"type": "function", "function": function}


def _choice(wanted: str) -> str | dict[str, Any]:
    kind, _, name = wanted.partition(":")
    if kind == "tool":
        return {"type": "function", "function": {"name": name}}
    return "required" if kind == "any" else kind


def read_answer(body: Any, prompt: Prompt, server: str) -> Answer:
    """Return a chat completion as an answer.

    Args:
        body: what came back.
        prompt: what was asked.
        server: who answered, for people.

    Raises:
        NoAnswer: it is no chat completion.
    """
    try:
        choice = body["choices"][0]
        message = choice["message"]
        text = message.get("content") or message.get("refusal") or ""
        uses = tuple(_use(call) for call in message.get("tool_calls") or ())
        finish = choice.get("finish_reason")
        thought = message.get("reasoning_content") or message.get("reasoning") or ""
        usage = body.get("usage") or {}
        sent, received = usage.get("prompt_tokens"), usage.get("completion_tokens")
    except (LookupError, TypeError, AttributeError, ValueError) as e:
        raise NoAnswer(
            f"the model server at {server} answered something that is no chat completion"
        ) from e
    if not isinstance(text, str):
        raise NoAnswer(f"the model server at {server} answered without a text")
    given = sent if isinstance(sent, int) else count_input(prompt)
    kept = reasoning_of(prompt, str(thought)) if thought and prompt.thinking != "off" else None
    found = [(text.find(stop), stop) for stop in prompt.stop_sequences if stop in text]
    if found:
        end, stop = min(found)
        used = count_tokens(text[:end])
        return Answer(text[:end], "stop_sequence", given, used, stop, reasoning=kept)
    reason: Literal["tool_use", "max_tokens", "end_turn"] = "end_turn"
    if uses:
        reason = "tool_use"
    elif finish == "length":
        reason = "max_tokens"
    used = received if isinstance(received, int) else count_tokens(text)
    return Answer(text, reason, given, used, tool_uses=uses, reasoning=kept)


def _use(call: Mapping[str, Any]) -> ToolUse:
    """Return a call of a tool. Raises ValueError where its arguments are no JSON object."""
    function = call["function"]
    arguments = function.get("arguments") or "{}"
    value = json.loads(arguments) if isinstance(arguments, str) else arguments
    if not isinstance(value, dict):
        raise ValueError("the arguments of a call are no object")
    # Some servers give no id; results have to name one.
    return ToolUse(str(call.get("id") or uuid4().hex[:22]), str(function["name"]), value)
