"""`--llm URL`: a real model behind the emulator's routes, over any OpenAI-compatible server.

Instructions, turns, tools and limits of a prompt are sent as a chat completion, and what comes back
becomes an answer, calls of tools and thoughts included; one that is to be streamed is passed on as
it comes. Stop sequences are not sent but applied to
what came back: a server does not say which of them ended its answer, and Bedrock has to. Pictures,
and documents that are no text, stay here, so a prompt that holds some gets no answer. Embeddings,
sentiment and the other functions of Flink SQL are the stand-ins' in any case.
"""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any, TypeVar

import httpx

from runthrough.emulator.llm.bodies import read_answer, write_prompt
from runthrough.emulator.llm.server import CHAT, LlmServer
from runthrough.emulator.llm.streams import EVENTS, read_stream
from runthrough.emulator.standins import Answer, Coming, NoAnswer, Prompt, pieces_of, write_json
from runthrough.errors import EmulatorError

_NEWER = "max_completion_tokens"
_LENGTH = re.compile(r"max_(?:completion_)?tokens")
_MODELS = "models"
_LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_SHOWN = 300
"""Characters of a server's refusal that are passed on."""
_T = TypeVar("_T")
_STREAMED: Mapping[str, Any] = {"stream": True, "stream_options": {"include_usage": True}}


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
        self._server, self._name = server, server.name
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
        return self._ask(
            prompt, lambda body: read_answer(self._send("POST", CHAT, body), prompt, self._name)
        )

    def stream(self, prompt: Prompt) -> Coming:
        """Return the pieces of the server's answer as they come; closed early, it is told to stop.

        Nothing is asked until the first piece is asked for.

        Raises:
            NoAnswer: the server gives no answer, or its answer breaks off.
        """
        with self._ask(prompt, self._open_stream) as response:
            with self._named():
                if response.headers.get("content-type", "").startswith(EVENTS):
                    return (yield from self._read_stream(response, prompt))
                response.read()
            answer = read_answer(self._json(response), prompt, self._name)
            return (yield from pieces_of(answer))

    def _read_stream(self, response: httpx.Response, prompt: Prompt) -> Coming:
        return read_stream(response.iter_lines(), prompt, self._name, hide=self._without_key)

    def _open_stream(self, body: Mapping[str, Any]) -> AbstractContextManager[httpx.Response]:
        """Open a stream; where the server does not know the member, it need not tell its usage."""
        try:
            return self._open({**body, **_STREAMED})
        except NoAnswer as e:
            if "stream_options" not in str(e):
                raise
        return self._open({**body, "stream": True})

    def _ask(self, prompt: Prompt, send: Callable[[dict[str, Any]], _T]) -> _T:
        """Send a prompt, again where the server does not take its length as it was sent."""
        body = write_prompt(prompt, self._model)
        while True:
            member = self._lengths.member(prompt.max_tokens)
            length = {member: prompt.max_tokens} if member else {}
            try:
                return send({**body, **length})
            except NoAnswer as e:
                if not member or not self._lengths.learn(e, member, prompt.max_tokens):
                    raise

    def _first_model(self) -> str:
        try:
            listed = self._send("GET", _MODELS, None)
            name = listed["data"][0]["id"]
        except NoAnswer as e:
            raise EmulatorError(f"{e}; name the model with --llm-model") from e
        except (LookupError, TypeError):
            raise EmulatorError(f"{self._name} lists no model; name one with --llm-model") from None
        return str(name)

    def _send(self, method: str, path: str, body: Mapping[str, Any] | None) -> Any:
        with self._named():
            response = self._client.request(method, path, content=_encode(body))
        self._check(response)
        return self._json(response)

    def _open(self, body: Mapping[str, Any]) -> AbstractContextManager[httpx.Response]:
        """Return a response of which only the head has been read."""
        with self._named():
            request = self._client.build_request("POST", CHAT, content=_encode(body))
            response = self._client.send(request, stream=True)
            if response.status_code != 200:
                response.read()
        self._check(response)
        return closing(response)

    def _check(self, response: httpx.Response) -> None:
        if response.status_code != 200:
            told = self._without_key(_refusal(response))
            raise NoAnswer(
                f"the model server at {self._name} answered {response.status_code}: {told}",
                status=response.status_code,
            )

    def _json(self, response: httpx.Response) -> Any:
        try:
            return response.json()
        except (ValueError, RecursionError) as e:
            said = f"the model server at {self._name} answered something that is no JSON"
            raise NoAnswer(said) from e

    @contextmanager
    def _named(self) -> Iterator[None]:
        """Say in plain words what went wrong on the way."""
        try:
            yield
        except httpx.TimeoutException as e:
            limit = self._server.timeout
            text = f"the model server at {self._name} did not answer within {limit:g} seconds"
            raise NoAnswer(text, timed_out=True) from e
        except httpx.RequestError as e:
            raise NoAnswer(
                f"the model server at {self._name} cannot be reached: {type(e).__name__}"
            ) from e

    def _without_key(self, text: str) -> str:
        key = self._server.key.get_secret_value() if self._server.key else ""
        return text.replace(key, "•••") if key else text


def _encode(body: Mapping[str, Any] | None) -> bytes | None:
    """Write a body, escaped to ASCII: a prompt may hold half a surrogate pair."""
    return None if body is None else json.dumps(body).encode("ascii")


def _refusal(response: httpx.Response) -> str:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        return " ".join(response.text.split())[:_SHOWN] or "nothing"
    error = body.get("error") if isinstance(body, dict) else None
    message = error.get("message") if isinstance(error, dict) else error
    return (message if isinstance(message, str) else write_json(body))[:_SHOWN]
