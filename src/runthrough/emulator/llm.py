"""`--llm URL`: a real model behind the emulator's routes, over any OpenAI-compatible server.

Instructions, turns, tools and limits of a prompt are sent as a chat completion, and what comes back
becomes an answer, calls of tools and thoughts included. Stop sequences are not sent but applied to
what came back: a server does not say which of them ended its answer, and Bedrock has to. Pictures,
and documents that are no text, stay here, so a prompt that holds some gets no answer. Embeddings,
sentiment and the other functions of Flink SQL are the stand-ins' in any case.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import httpx
from pydantic import SecretStr

from runthrough.emulator.standins import (
    Answer,
    NoAnswer,
    Prompt,
    Reasoning,
    Tool,
    ToolUse,
    Turn,
    count_input,
    count_tokens,
    write_json,
)
from runthrough.emulator.standins.thoughts import sign
from runthrough.errors import EmulatorError

KEY_VARIABLE = "RUNTHROUGH_LLM_API_KEY"
TIMEOUT = 120.0
"""Seconds an answer may take."""

_NEWER = "max_completion_tokens"
_LENGTH = re.compile(r"max_(?:completion_)?tokens")
_CHAT, _MODELS = "chat/completions", "models"
_HOST = re.compile(r"[\w.-]+|[0-9a-fA-F:]+")
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_SHOWN = 300
"""Characters of a server's refusal that are passed on."""

_NO_SCHEMA: Mapping[str, Any] = {"type": "object", "properties": {}}


@dataclass(frozen=True)
class LlmServer:
    """An OpenAI-compatible server and the model to ask for.

    Attributes:
        url: its base, such as `http://127.0.0.1:11434/v1`; without a path, `/v1` is meant.
        model: the name it knows the model by; None = the first one it lists.
        key: sent as a bearer; None = it wants none.
        timeout: seconds an answer may take.
    """

    url: httpx.URL
    model: str | None = None
    key: SecretStr | None = None
    timeout: float = TIMEOUT

    @property
    def name(self) -> str:
        """Its address without anything secret, for people."""
        return str(self.url.copy_with(userinfo=b"", query=None, fragment=None)).rstrip("/")

    def is_at(self, address: str, port: int) -> bool:
        """Whether it is what listens there, on this machine."""
        default = 443 if self.url.scheme == "https" else 80
        return self.url.host in (address, "localhost") and (self.url.port or default) == port


def read_server(url: str, model: str | None, environment: Mapping[str, str]) -> LlmServer:
    """Return the server that `--llm` and `--llm-model` name; its key is in the environment.

    Raises:
        EmulatorError: the URL is none that can be asked, or the key none that can be sent.
    """
    try:
        parsed = httpx.URL(url)
        known = parsed.scheme in ("http", "https") and _HOST.fullmatch(parsed.host)
    except httpx.InvalidURL as e:
        raise EmulatorError(f"--llm takes the address of a server, not {url!r}: {e}") from e
    if not known:
        raise EmulatorError(
            f"--llm takes an address such as http://127.0.0.1:11434/v1, not {url!r}"
        )
    path = parsed.path.rstrip("/").removesuffix(f"/{_CHAT}")
    key = environment.get(KEY_VARIABLE, "").strip()
    if not (key.isascii() and key.isprintable()):
        raise EmulatorError(f"{KEY_VARIABLE} holds a character that no header can carry")
    return LlmServer(parsed.copy_with(path=path or "/v1"), model, SecretStr(key) if key else None)


class _Lengths:
    """How a server wants to be told the longest answer; learned from its refusals.

    Callers that name no length get the longest of the model they named, which another model may not
    take: it is asked again without one, and then keeps to its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._member = "max_tokens"
        self._too_long: int | None = None

    def member(self, length: int) -> str:
        """Return the member to send a length as; '' = none is to be sent."""
        with self._lock:
            return "" if self._too_long is not None and length >= self._too_long else self._member

    def learn(self, refusal: NoAnswer, member: str, length: int) -> bool:
        """Return whether the next request will be another one than the refused."""
        if refusal.status != 400 or not _LENGTH.search(str(refusal)):
            return False
        with self._lock:
            if _NEWER in str(refusal) and member != _NEWER:
                self._member = _NEWER
            else:
                self._too_long = min(length, self._too_long or length)
            return True


class Llm:
    """Answers prompts by asking a server; thread-safe. Close it at the end."""

    def __init__(self, server: LlmServer) -> None:
        """Prepare to ask; a server whose model nobody named is asked for its models.

        Raises:
            EmulatorError: no model is named and the server does not name one.
        """
        self._server = server
        key = server.key.get_secret_value() if server.key else ""
        headers = {"Content-Type": "application/json"}
        headers |= {"Authorization": f"Bearer {key}"} if key else {}
        limits = httpx.Limits(max_connections=100, max_keepalive_connections=20)
        self._client = httpx.Client(
            base_url=server.url,
            headers=headers,
            timeout=server.timeout,
            limits=limits,
            trust_env=server.url.host not in _LOCAL,  # proxies and certificates, if not here
        )
        self._lengths = _Lengths()
        try:
            self._model = server.model or self._first_model()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._client.close()

    def __call__(self, prompt: Prompt) -> Answer:
        """Return the server's answer. Raises NoAnswer where it gives none, or none of sense."""
        body = _write(prompt, self._model)
        while True:
            member = self._lengths.member(prompt.max_tokens)
            length = {member: prompt.max_tokens} if member else {}
            try:
                found = self._send("POST", _CHAT, {**body, **length})
            except NoAnswer as e:
                if not member or not self._lengths.learn(e, member, prompt.max_tokens):
                    raise
            else:
                return _read(found, prompt, self._server)

    def _first_model(self) -> str:
        try:
            listed = self._send("GET", _MODELS, None)
            name = listed["data"][0]["id"]
        except NoAnswer as e:
            raise EmulatorError(f"{e}; name the model with --llm-model") from e
        except (LookupError, TypeError):
            raise EmulatorError(
                f"{self._server.name} lists no model; name one with --llm-model"
            ) from None
        return str(name)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        name = self._server.name
        try:
            # Escaped to ASCII: a prompt may hold half a surrogate pair, which UTF-8 cannot carry.
            content = None if body is None else json.dumps(body).encode("ascii")
            response = self._client.request(method, path, content=content)
        except httpx.TimeoutException as e:
            limit = self._server.timeout
            text = f"the model server at {name} did not answer within {limit:g} seconds"
            raise NoAnswer(text, timed_out=True) from e
        except httpx.RequestError as e:
            raise NoAnswer(
                f"the model server at {name} cannot be reached: {type(e).__name__}"
            ) from e
        if response.status_code != 200:
            told = self._without_key(_refusal(response))
            raise NoAnswer(
                f"the model server at {name} answered {response.status_code}: {told}",
                status=response.status_code,
            )
        try:
            return response.json()
        except (ValueError, RecursionError) as e:
            raise NoAnswer(f"the model server at {name} answered something that is no JSON") from e

    def _without_key(self, text: str) -> str:
        key = self._server.key.get_secret_value() if self._server.key else ""
        return text.replace(key, "•••") if key else text


def _refusal(response: httpx.Response) -> str:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return " ".join(response.text.split())[:_SHOWN] or "nothing"
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return (message if isinstance(message, str) else write_json(body))[:_SHOWN]


# -- writing ---------------------------------------------------------------------------------------


def _write(prompt: Prompt, model: str) -> dict[str, Any]:
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


# -- reading ---------------------------------------------------------------------------------------


def _read(body: Any, prompt: Prompt, server: LlmServer) -> Answer:
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
            f"the model server at {server.name} answered something that is no chat completion"
        ) from e
    if not isinstance(text, str):
        raise NoAnswer(f"the model server at {server.name} answered without a text")
    given = sent if isinstance(sent, int) else count_input(prompt)
    found = [(text.find(stop), stop) for stop in prompt.stop_sequences if stop in text]
    if found:
        end, stop = min(found)
        return Answer(text[:end], "stop_sequence", given, count_tokens(text[:end]), stop)
    reason: Literal["tool_use", "max_tokens", "end_turn"] = "end_turn"
    if uses:
        reason = "tool_use"
    elif finish == "length":
        reason = "max_tokens"
    used = received if isinstance(received, int) else count_tokens(text)
    shown = str(thought) if prompt.thinking == "shown" else ""
    kept = Reasoning(shown, sign(shown)) if thought and prompt.thinking != "off" else None
    return Answer(text, reason, given, used, tool_uses=uses, reasoning=kept)


def _use(call: Mapping[str, Any]) -> ToolUse:
    """Return a call of a tool. Raises ValueError where its arguments are no JSON object."""
    function = call["function"]
    arguments = function.get("arguments") or "{}"
    value = json.loads(arguments) if isinstance(arguments, str) else arguments
    if not isinstance(value, dict):
        raise ValueError("the arguments of a call are no object")
    return ToolUse(str(call["id"]), str(function["name"]), value)
