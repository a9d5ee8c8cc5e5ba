"""Closing a connection in the middle, which ASGI has no message for; clients that close theirs.

uvicorn's protocol, extended by one entry of the scope, the transport of the request, and by
answers to clients that say they will send no more.
"""

from __future__ import annotations

from typing import Any

from starlette.types import Receive, Scope
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_TRANSPORT = "runthrough.transport"


class ClosableProtocol(HttpToolsProtocol):
    """HTTP/1.1 whose connections an application may close; the `http` of a uvicorn config."""

    def on_message_begin(self) -> None:
        """Add the transport to the scope of the request that begins."""
        super().on_message_begin()
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["extensions"] = {_TRANSPORT: self.transport}

    def eof_received(self) -> bool:  # type: ignore[override]
        """Keep a half-closed connection until its request is answered, if it came whole."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete or cycle.more_body or self.pipeline:
            return False
        cycle.keep_alive = False
        return True


async def close_connection(scope: Scope, receive: Receive) -> None:
    """Close a request's connection after what was sent, and wait until it is closed.

    Raises:
        RuntimeError: the server is not one whose connections can be closed.
    """
    transport = scope.get("extensions", {}).get(_TRANSPORT)
    if transport is None:
        raise RuntimeError("this server's connections cannot be closed by a fault")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
