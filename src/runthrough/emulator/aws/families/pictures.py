"""Pictures that stand-ins draw, written as real PNG files, and pictures that callers send.

A picture is a mosaic of eight by eight fields, left and right alike, in four colours; fields and
colours come from a digest of what it is drawn from, so the same words and seed give the same
picture. It shows nothing of what was asked for. The file format: W3C, Portable Network Graphics.
"""

from __future__ import annotations

import base64
import hashlib
import struct
import zlib
from dataclasses import dataclass

from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.media import Picture, decode, read_picture

_FIELDS = 8
_COLOURS = 4
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_DEPTH, _TRUE_COLOUR = 8, 2


@dataclass(frozen=True)
class SentImage:
    """A picture a caller sent: its bytes, and what their beginning says of it."""

    data: bytes
    picture: Picture


def read_image(
    text: str, place: str, formats: tuple[str, ...] = ("png", "jpeg"), most_bytes: int | None = None
) -> SentImage:
    """Return the picture that a member holds in base64.

    Args:
        text: the base64.
        place: a JSON pointer to the member, for the refusal.
        formats: those the model takes.
        most_bytes: how large the file may be.

    Raises:
        Refused: it is no picture of these formats, or too large. The texts are ours.
    """
    data = decode(text)
    picture = None if data is None else read_picture(data)
    if data is None or picture is None or picture.format not in formats or not picture.tokens:
        raise malformed(f"#{place}: no picture in base64 ({', '.join(formats)})")
    if most_bytes is not None and len(data) > most_bytes:
        raise malformed(f"#{place}: {len(data)} bytes is more than {most_bytes}")
    return SentImage(data, picture)


def read_data_uri(
    url: str, place: str, formats: tuple[str, ...], most_bytes: int | None = None
) -> SentImage:
    """Return the picture that a data URI holds.

    Raises:
        Refused: it is no data URI of a picture (text ours), or as `read_image` says.
    """
    head, comma, data = url.partition(",")
    if not comma or not head.startswith("data:image/") or not head.endswith(";base64"):
        raise malformed(f"#{place}: no data URI of a picture")
    return read_image(data, place, formats, most_bytes)


def draw(words: str, seed: int, width: int, height: int) -> str:
    """Return a picture as PNG in base64; the same words, seed and size give the same one.

    Args:
        words: what it is drawn from.
        seed: another one gives another picture.
        width: in pixels.
        height: in pixels.
    """
    source = f"{seed}\0{words}".encode("utf-8", "replace")
    digest = hashlib.blake2b(source, digest_size=3 * _COLOURS + _FIELDS).digest()
    colours = [digest[3 * at : 3 * at + 3] for at in range(_COLOURS)]
    rows = [_row(byte, colours, width) for byte in digest[3 * _COLOURS :]]
    counts = [_edge(at + 1, height) - _edge(at, height) for at in range(_FIELDS)]
    pixels = b"".join(row * count for row, count in zip(rows, counts, strict=True))
    return base64.b64encode(write_png(pixels, width, height)).decode()


def _row(fields: int, colours: list[bytes], width: int) -> bytes:
    """Return one line of pixels; two bits of `fields` choose the colour of a field."""
    left = [fields >> (2 * at) & 3 for at in range(_FIELDS // 2)]
    pixels = b"".join(
        colours[colour] * (_edge(at + 1, width) - _edge(at, width))
        for at, colour in enumerate([*left, *reversed(left)])
    )
    return b"\x00" + pixels  # the filter that leaves a line as it is


def _edge(field: int, size: int) -> int:
    return field * size // _FIELDS


def write_png(lines: bytes, width: int, height: int) -> bytes:
    """Return a PNG file of eight-bit red, green and blue.

    Args:
        lines: one after the other, each with its filter's byte in front.
        width: in pixels.
        height: in pixels.
    """
    header = struct.pack(">IIBBBBB", width, height, _DEPTH, _TRUE_COLOUR, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 1)), (b"IEND", b""))
    return _SIGNATURE + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
