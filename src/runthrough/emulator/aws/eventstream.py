"""Frames of AWS's event stream: events, exceptions and errors.

Source: facts amazon-bedrock 2.8, 2.9. A frame is: length of the whole frame, length of the headers,
CRC of these eight bytes, headers, payload, CRC of everything before it; all numbers are big-endian.
Members of a payload go out in the order of their names, as in the captures.
"""

from __future__ import annotations

import json
import secrets
import string
import struct
from collections.abc import Iterator, Mapping
from typing import Any
from zlib import crc32

_STRING = 7
_PRELUDE, _CRC = 12, 4
_ALPHABET = string.ascii_lowercase + string.ascii_uppercase + string.digits
_JSON = "application/json"


def event(name: str, payload: Mapping[str, Any], *, padding: str | None = None) -> bytes:
    """Return the frame of one event.

    Args:
        name: the member of the stream, such as `messageStart`.
        payload: the event's structure.
        padding: what the member `p` holds (see `padding`); None = no such member.
    """
    members = dict(payload) if padding is None else {**payload, "p": padding}
    headers = {":event-type": name, ":content-type": _JSON, ":message-type": "event"}
    return frame(headers, _write(members))


def exception(name: str, message: str, members: Mapping[str, Any] | None = None) -> bytes:
    """Return the frame of an exception that the service's description has.

    Args:
        name: the member of the stream, such as `throttlingException`: begins with a small letter.
        message: what is said to people.
        members: what it tells besides the message, such as `originalStatusCode`.
    """
    headers = {":exception-type": name, ":content-type": _JSON, ":message-type": "exception"}
    return frame(headers, _write({"message": message, **(members or {})}))


def error(code: str, message: str) -> bytes:
    """Return the frame of an error that the description does not have; it has no payload."""
    headers = {":error-code": code, ":error-message": message, ":message-type": "error"}
    return frame(headers, b"")


def padding() -> str:
    """Return what hides an event's length: the first letters of a fixed row, 1 to 62 of them."""
    return _ALPHABET[: 1 + secrets.randbelow(len(_ALPHABET))]


def frame(headers: Mapping[str, str], payload: bytes) -> bytes:
    """Return one frame whose headers are strings.

    Raises:
        ValueError: a header's name has more than 255 bytes, or its value more than 65,535.
    """
    head = b"".join(_header(name, value) for name, value in headers.items())
    total = _PRELUDE + len(head) + len(payload) + _CRC
    lengths = struct.pack(">II", total, len(head))
    unsigned = lengths + struct.pack(">I", crc32(lengths)) + head + payload
    return unsigned + struct.pack(">I", crc32(unsigned))


def split(data: bytes) -> Iterator[bytes]:
    """Return the frames of which `data` holds every byte, one by one; a rest is left out."""
    at = 0
    while len(data) - at >= _PRELUDE:
        length = max(int.from_bytes(data[at : at + 4], "big"), _PRELUDE)
        if at + length > len(data):
            return
        yield data[at : at + length]
        at += length


def _header(name: str, value: str) -> bytes:
    written, text = name.encode(), value.encode("utf-8", "replace")
    if len(written) > 255 or len(text) > 65535:
        raise ValueError(f"the header {name[:40]!r} is too long for a frame")
    return struct.pack(f">B{len(written)}sBH", len(written), written, _STRING, len(text)) + text


def _write(payload: Mapping[str, Any]) -> bytes:
    text = json.dumps(dict(sorted(payload.items())), ensure_ascii=False, separators=(",", ":"))
    return text.encode("utf-8", "replace")  # a lone surrogate, which UTF-8 cannot hold, becomes ?
