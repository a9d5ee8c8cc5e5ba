"""OpenAI over HTTP: its two routes, and the model calls of Flink statements sent to them.

A statement's call goes to this server instead of `api.openai.com`, as those to Bedrock do, so that
faults and the log of requests know it too.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from runthrough.emulator.flink.running.models import ModelReply, ModelRequest
from runthrough.emulator.openai import CHAT, EMBEDDINGS, OpenAi
from runthrough.errors import EmulatorError

PATHS = frozenset({CHAT, EMBEDDINGS})
MAX_BODY = 8 * 1024 * 1024


def with_openai(app: ASGIApp, openai: OpenAi) -> ASGIApp:
    """Return an application that answers OpenAI's POSTs and leaves all else to `app`."""

    async def route(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] not in PATHS:
            await app(scope, receive, send)
            return
        body = await _read_body(receive)
        if body is None:
            reply = _said(413, f"The request body has more than {MAX_BODY} bytes.")
        else:
            key = _bearer(scope["headers"])
            reply = await run_in_threadpool(openai.answer, scope["path"], body, key=key)
        response = Response(reply.body, reply.status, media_type="application/json")
        await response(scope, receive, send)

    return route


class OpenAiProvider:
    """Answers model calls by calling the emulator's own OpenAI.

    Args:
        openai: knows which endpoints are OpenAI's.
        base_url: where it is served.
    """

    def __init__(self, openai: OpenAi, base_url: str) -> None:
        self._openai, self._base_url = openai, base_url
        self._client = httpx.Client(trust_env=False)

    def close(self) -> None:
        """Close the connections that were kept open."""
        self._client.close()

    def invoke(self, request: ModelRequest) -> ModelReply:
        """Send one call and return what came back; 408 where it took longer than its timeout.

        Raises:
            NoProvider: the endpoint is not OpenAI's.
            EmulatorError: the call got no answer.
        """
        url = self._base_url + self._openai.path_of(request.endpoint)
        secret = request.credentials.get("API_KEY")
        key = {} if secret is None else {"Authorization": f"Bearer {secret.get_secret_value()}"}
        headers = {**request.headers, "Content-Type": request.content_type, **key}
        try:
            response = self._client.post(
                url, content=request.body, headers=headers, timeout=request.timeout
            )
        except httpx.TimeoutException:
            return _said(408, f"The model did not answer within {request.timeout:g} seconds.")
        except httpx.RequestError as e:
            raise EmulatorError(f"POST {url} got no answer: {type(e).__name__}: {e}") from e
        return ModelReply(response.status_code, response.content)


def _said(status: int, message: str) -> ModelReply:
    error: Mapping[str, Any] = {"message": message, "type": "invalid_request_error"}
    return ModelReply(
        status, json.dumps({"error": {**error, "param": None, "code": None}}).encode()
    )


def _bearer(headers: list[tuple[bytes, bytes]]) -> str:
    for name, value in headers:
        if name.lower() == b"authorization" and value[:7].lower() == b"bearer ":
            return value[7:].decode("latin-1").strip()
    return ""


async def _read_body(receive: Receive) -> bytes | None:
    """Return the body; None where it is too long."""
    kept = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return bytes(kept)
        kept += message.get("body", b"")
        if len(kept) > MAX_BODY:
            return None
        if not message.get("more_body", False):
            return bytes(kept)
