"""A server that speaks MongoDB's wire protocol and answers what a test tells it to.

It stands in for servers that nobody can have here: Atlas with its vector search, and one that wants
another password. What a server does with documents is judged in tests/clients/test_mongodb.py.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import bson

Document = dict[str, Any]
Answer = Callable[[Document], Document]

_HEADER = struct.Struct("<iiii")
_REPLY, _QUERY, _MSG = 1, 2004, 2013
_HELLO: Document = {
    "ok": 1,
    "helloOk": True,
    "ismaster": True,
    "isWritablePrimary": True,
    "minWireVersion": 0,
    "maxWireVersion": 21,
    "maxBsonObjectSize": 16 * 1024 * 1024,
    "maxMessageSizeBytes": 48_000_000,
    "maxWriteBatchSize": 100_000,
}


@dataclass
class Wire:
    """A running server.

    Attributes:
        hosts: where it is.
        asked: every command but greetings, in their order.
    """

    hosts: str
    asked: list[Document] = field(default_factory=list)

    def named(self, name: str) -> list[Document]:
        """Return the commands of a name."""
        return [command for command in self.asked if name in command]


def refusal(code: int, words: str) -> Document:
    """Return the answer of a server that refuses."""
    return {"ok": 0, "code": code, "errmsg": words}


def cursor(*documents: Mapping[str, Any]) -> Document:
    """Return an answer that holds documents."""
    return {"ok": 1, "cursor": {"id": 0, "ns": "a.b", "firstBatch": list(documents)}}


@contextmanager
def open_wire(answers: Mapping[str, Answer]) -> Iterator[Wire]:
    """Serve until the block ends; `answers` are by the command's name, `{"ok": 1}` for others."""
    connections: list[socket.socket] = []

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            connections.append(self.connection)
            with contextlib.suppress(ConnectionError):  # either side may hang up at any moment
                self._converse()

        def _converse(self) -> None:
            while head := self.rfile.read(_HEADER.size):
                size, number, _, kind = _HEADER.unpack(head)
                body = self.rfile.read(size - _HEADER.size)
                self.wfile.write(_reply(number, kind, self._answer(_command(kind, body))))

        def _answer(self, command: Document) -> Document:
            name = next(iter(command))
            if name.lower() in ("hello", "ismaster"):
                return _HELLO
            wire.asked.append(command)
            return answers.get(name, lambda _: {"ok": 1})(command)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        wire = Wire(f"127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield wire
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            for connection in connections:
                with contextlib.suppress(OSError):  # it may be closed already
                    connection.shutdown(socket.SHUT_RDWR)


def _command(kind: int, body: bytes) -> Document:
    if kind == _QUERY:  # flags, the collection's name, two numbers, and then the command
        return bson.decode(body[body.index(b"\0", 4) + 9 :])
    assert kind == _MSG
    flags = struct.unpack_from("<I", body)[0]
    end = len(body) - (4 if flags & 1 else 0)
    found: Document = {}
    place = 4
    while place < end:
        section, size = body[place], struct.unpack_from("<i", body, place + 1)[0]
        part = body[place + 1 : place + 1 + size]
        if section == 0:
            found = bson.decode(part) | found
        else:
            name, _, documents = part[4:].partition(b"\0")
            found[name.decode()] = bson.decode_all(documents)
        place += 1 + size
    return found


def _reply(number: int, kind: int, document: Document) -> bytes:
    payload = bson.encode(document)
    if kind == _QUERY:
        body, answer = struct.pack("<iqii", 8, 0, 0, 1) + payload, _REPLY
    else:
        body, answer = struct.pack("<IB", 0, 0) + payload, _MSG
    return _HEADER.pack(_HEADER.size + len(body), 0, number, answer) + body
