"""What the mock broker's answers tell of addresses and versions, made true for our clients.

The mock names its own port in `Metadata`; clients are to come through the front. Of its other
answers those that it offers here hold no address: `FindCoordinator` is ours, and the versions of
`Produce` and `Fetch` end before those that can name another broker.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

from runthrough.emulator.broker.front.apis import API_VERSIONS, Api
from runthrough.emulator.broker.front.frames import FLEXIBLE_SINCE, METADATA, PRODUCE
from runthrough.emulator.broker.wire import INT32, MAYBE_STRING, STRING, BadFrame, Reader

Versions = tuple[int, int]
"""The first and the last version of a request."""

_FETCH = 1
_LAST_WITHOUT_ADDRESSES = {PRODUCE: 9, _FETCH: 15, METADATA: 13}
_PORT = struct.Struct(">i")


def read_offer(answer: bytes) -> dict[int, Versions]:
    """Return what a broker offers, from its answer to `ApiVersions` in version 0.

    Raises:
        BadFrame: it is no such answer.
    """
    found = API_VERSIONS.response.read(Reader(answer), 0, flexible=False)
    return {api["key"]: (api["first"], api["last"]) for api in found["apis"]}


def combine(mock: Mapping[int, Versions], own: Iterable[Api]) -> dict[int, Versions]:
    """Return what the front offers: the mock's requests and, instead of some, our own."""
    offered = {
        key: (first, min(last, _LAST_WITHOUT_ADDRESSES.get(key, last)))
        for key, (first, last) in mock.items()
    }
    return dict(sorted({**offered, **{api.key: (0, api.last) for api in own}}.items()))


def put_port(answer: bytes, version: int, port: int) -> bytes:
    """Return an answer to `Metadata`, from its correlation id on, with all brokers at a port.

    Raises:
        BadFrame: it is no such answer.
    """
    found = bytearray(answer)
    for place in _ports(Reader(answer, INT32.form.size), version):
        _PORT.pack_into(found, place, port)
    return bytes(found)


def _ports(reader: Reader, version: int) -> Iterable[int]:
    """Yield where the ports of the brokers lie."""
    flexible = version >= FLEXIBLE_SINCE[METADATA]
    if flexible:
        reader.skip_tags()
    if version >= 3:
        INT32.read(reader, 0, flexible=False)  # how long the client is throttled
    count = reader.varint() - 1 if flexible else INT32.read(reader, 0, flexible=False)
    if not 0 <= count <= reader.left:
        raise BadFrame(f"{count} brokers")
    for _ in range(count):
        INT32.read(reader, 0, flexible=False)
        STRING.read(reader, 0, flexible=flexible)
        yield reader.place
        INT32.read(reader, 0, flexible=False)
        if version >= 1:
            MAYBE_STRING.read(reader, 0, flexible=flexible)
        if flexible:
            reader.skip_tags()
