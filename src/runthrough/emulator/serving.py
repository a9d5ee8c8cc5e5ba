"""Sockets and servers: an application on one port of this machine, or on two, one with TLS."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from runthrough.emulator.faults.connection import ClosableProtocol
from runthrough.errors import EmulatorError

HOST = "127.0.0.1"
START_LIMIT = 10.0
"""Seconds the servers may take to start, and to stop."""


@dataclass(frozen=True)
class Certificate:
    """Two files in PEM: a certificate and its key."""

    path: Path
    key_path: Path


@dataclass(frozen=True)
class Door:
    """A port that is listened on; with a certificate it speaks TLS."""

    listener: socket.socket
    certificate: Certificate | None = None

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end."""
        scheme = "http" if self.certificate is None else "https"
        return f"{scheme}://{HOST}:{self.listener.getsockname()[1]}"


@contextmanager
def listen(port: int) -> Iterator[socket.socket]:
    """Listen on a port of this machine, 0 = any free one. Raises EmulatorError: it is taken."""
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with listener:
        try:
            listener.bind((HOST, port))
            listener.listen()
        except (OSError, OverflowError) as e:
            raise EmulatorError(f"port {port} of {HOST} cannot be used: {e}") from e
        yield listener


@contextmanager
def run_servers(app: ASGIApp, doors: Sequence[Door]) -> Iterator[None]:
    """Answer at every door until the block ends, all in one event loop of a thread of its own.

    Raises:
        EmulatorError: they did not start.
    """
    servers = [(uvicorn.Server(_config(app, door)), door.listener) for door in doors]
    thread = threading.Thread(target=_run, args=[servers], name="runthrough-emulator", daemon=True)
    thread.start()
    try:
        _wait_until_started([server for server, _ in servers], thread)
        yield
    finally:
        for server, _ in servers:
            server.should_exit = True
        thread.join(START_LIMIT)


def _config(app: ASGIApp, door: Door) -> uvicorn.Config:
    files = door.certificate
    return uvicorn.Config(
        app,
        http=ClosableProtocol,
        lifespan="off",
        ws="none",
        access_log=False,
        log_config=None,
        server_header=False,
        # Longer than any client's pause between two requests: a driver that polls each 30 s
        # must not find its connection closed under a POST.
        timeout_keep_alive=120,
        timeout_graceful_shutdown=2,
        ssl_certfile=None if files is None else files.path,
        ssl_keyfile=None if files is None else files.key_path,
    )


def _run(servers: Sequence[tuple[uvicorn.Server, socket.socket]]) -> None:
    async def serve_all() -> None:
        await asyncio.gather(*(server.serve(sockets=[at]) for server, at in servers))

    with asyncio.Runner(loop_factory=servers[0][0].config.get_loop_factory()) as runner:
        runner.run(serve_all())


def _wait_until_started(servers: Sequence[uvicorn.Server], thread: threading.Thread) -> None:
    limit = time.monotonic() + START_LIMIT
    while not all(server.started for server in servers):
        if not thread.is_alive() or time.monotonic() > limit:
            raise EmulatorError("the emulator's server did not start; see the log above")
        time.sleep(0.002)
