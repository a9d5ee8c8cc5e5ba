"""The emulator's OpenAI: chat completions and embeddings, answered by the stand-ins.

It takes bodies and keys, not HTTP (`openai_http` does): Flink's model calls to `api.openai.com` end
here (design 4).
Members and refusals are those of OpenAI's public API; a chat knows text alone.
"""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Callable, Collection
from datetime import datetime
from hashlib import blake2b
from typing import Any
from urllib.parse import urlsplit

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest, NoProvider
from runthrough.emulator.standins import Answer, Prompt, Turn, count_tokens, respond
from runthrough.emulator.standins.embeddings import embed

HOST = "api.openai.com"
CHAT, EMBEDDINGS = "/v1/chat/completions", "/v1/embeddings"
DEFAULT_MAX_TOKENS = 4096
CHAT_FAMILIES = ("gpt-", "chatgpt-", "o1", "o3", "o4")
EMBEDDING_SIZES = {
    "text-embedding-ada-002": 1536,
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
}
_FINISH = {"end_turn": "stop", "stop_sequence": "stop", "max_tokens": "length"}


class _Refused(Exception):
    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.param = status, code, param


class OpenAi:
    """Answers for one account.

    Args:
        keys: the API keys that open it.
        clock: where answers have their time from.
        hosts: other hosts whose endpoints are this one, such as the emulator's own.
    """

    def __init__(
        self,
        keys: Collection[str],
        *,
        clock: Callable[[], datetime],
        hosts: Callable[[], Collection[str]] = tuple,
    ) -> None:
        self._keys, self._clock, self._hosts = frozenset(keys), clock, hosts

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Answer a model call. Raises NoProvider for an endpoint that is not OpenAI's."""
        secret = request.credentials.get("API_KEY")
        key = "" if secret is None else secret.get_secret_value()
        return self.answer(self.path_of(request.endpoint), request.body, key=key)

    def path_of(self, endpoint: str) -> str:
        """Return the path of an endpoint. Raises NoProvider for one that is not OpenAI's."""
        parts = urlsplit(endpoint)
        if parts.hostname != HOST and parts.netloc not in self._hosts():
            raise NoProvider(endpoint)
        return parts.path.rstrip("/")

    def answer(self, path: str, body: bytes, *, key: str) -> ModelReply:
        """Answer one POST to a path such as `/v1/embeddings`."""
        try:
            self._check_key(key)
            if path == CHAT:
                return _reply(200, self._chat(_read_object(body)))
            if path == EMBEDDINGS:
                return _reply(200, _embeddings(_read_object(body)))
            raise _Refused(404, f"Invalid URL (POST {path})")
        except _Refused as refused:
            kind = "invalid_request_error"
            error = {"message": str(refused), "type": kind, "param": refused.param}
            return _reply(refused.status, {"error": {**error, "code": refused.code}})

    def _check_key(self, key: str) -> None:
        if key in self._keys:
            return
        if not key:
            raise _Refused(401, "You didn't provide an API key.")
        shown = f"{key[:3]}{'*' * 8}{key[-4:]}" if len(key) > 11 else "*" * len(key)
        raise _Refused(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")

    def _chat(self, body: dict[str, Any]) -> dict[str, Any]:
        name = _model(body)
        if not name.startswith(CHAT_FAMILIES):
            raise _unknown(name)
        answer = respond(_prompt(body))
        digest = blake2b(json.dumps(body, sort_keys=True).encode(), digest_size=12).hexdigest()
        return {
            "id": f"chatcmpl-{digest}",
            "object": "chat.completion",
            "created": int(self._clock().timestamp()),
            "model": name,
            "choices": [_choice(answer)],
            "usage": {
                "prompt_tokens": answer.input_tokens,
                "completion_tokens": answer.output_tokens,
                "total_tokens": answer.input_tokens + answer.output_tokens,
            },
        }


def _choice(answer: Answer) -> dict[str, Any]:
    message = {"role": "assistant", "content": answer.text, "refusal": None}
    finish = _FINISH[answer.stop_reason]
    return {"index": 0, "message": message, "logprobs": None, "finish_reason": finish}


def _read_object(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _Refused(400, "We could not parse the JSON body of your request.") from None
    if not isinstance(value, dict):
        raise _Refused(400, "We could not parse the JSON body of your request.")
    return value


def _model(body: dict[str, Any]) -> str:
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise _Refused(400, "you must provide a model parameter")
    return name


def _unknown(name: str) -> _Refused:
    message = f"The model `{name}` does not exist or you do not have access to it."
    return _Refused(404, message, code="model_not_found")


# -- chat ------------------------------------------------------------------------------------------


def _prompt(body: dict[str, Any]) -> Prompt:
    messages = body.get("messages")
    if not isinstance(messages, list) or not messages:
        raise _Refused(400, "Invalid 'messages': expected an array with content.", param="messages")
    system, turns = [], list[Turn]()
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ("system", "developer", "user", "assistant"):
            raise _Refused(400, f"Invalid value: '{role}'.", param=f"messages[{at}].role")
        text = _text(message.get("content"), at)
        if role in ("user", "assistant"):
            turns.append(Turn(role, text))
        else:
            system.append(text)
    limit = body.get("max_completion_tokens", body.get("max_tokens"))
    if limit is None:
        limit = DEFAULT_MAX_TOKENS
    if not isinstance(limit, int) or isinstance(limit, bool) or limit < 1:
        raise _Refused(400, f"Invalid 'max_tokens': {limit!r}.", param="max_tokens")
    return Prompt("\n".join(system), tuple(turns), limit, _stops(body.get("stop")))


def _text(content: object, at: int) -> str:
    if isinstance(content, str):
        return content
    if isinstance(content, list) and all(isinstance(p, dict) and "text" in p for p in content):
        return "".join(str(part["text"]) for part in content)
    raise _Refused(400, "Invalid content: texts alone are emulated.", param=f"messages[{at}]")


def _stops(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    stops = [value] if isinstance(value, str) else value
    if not isinstance(stops, list) or not all(isinstance(stop, str) for stop in stops):
        raise _Refused(400, "Invalid 'stop': expected texts.", param="stop")
    if len(stops) > 4:
        raise _Refused(400, "Invalid 'stop': array too long. Maximum length 4.", param="stop")
    return tuple(stops)


# -- embeddings ------------------------------------------------------------------------------------


def _embeddings(body: dict[str, Any]) -> dict[str, Any]:
    name = _model(body)
    if name not in EMBEDDING_SIZES:
        if name.startswith(CHAT_FAMILIES):
            raise _Refused(403, "You are not allowed to generate embeddings from this model")
        raise _unknown(name)
    given = body.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(texts, list) or not texts or not all(isinstance(t, str) for t in texts):
        raise _Refused(400, "'$.input' is invalid: texts alone are emulated.", param="input")
    size = _size(body, name)
    packed = body.get("encoding_format", "float") == "base64"
    vectors = [embed(text, size) for text in texts]
    tokens = sum(count_tokens(text) for text in texts)
    return {
        "object": "list",
        "data": [
            {"object": "embedding", "index": n, "embedding": _packed(v) if packed else v}
            for n, v in enumerate(vectors)
        ],
        "model": name,
        "usage": {"prompt_tokens": tokens, "total_tokens": tokens},
    }


def _size(body: dict[str, Any], name: str) -> int:
    most = EMBEDDING_SIZES[name]
    size = body.get("dimensions")
    if size is None:
        return most
    if "-3-" not in name:
        raise _Refused(400, "This model does not support specifying dimensions.")
    if not isinstance(size, int) or isinstance(size, bool) or not 1 <= size <= most:
        raise _Refused(400, f"Invalid value for 'dimensions' = {size}.", param="dimensions")
    return size


def _packed(vector: list[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def _reply(status: int, body: object) -> ModelReply:
    return ModelReply(status, json.dumps(body, ensure_ascii=False).encode("utf-8", "replace"))
