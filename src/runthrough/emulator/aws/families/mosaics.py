"""The picture a stand-in draws: a mosaic, in one of three file formats.

A mosaic has eight by eight fields, left and right alike, in four colours; fields and colours come
from a digest of what it is drawn from, so the same words and seed give the same picture. It shows
nothing of what was asked for. The writers are small because the picture is: they know fields of
one colour and nothing else. Sources: W3C, Portable Network Graphics; ITU T.81 (JPEG, baseline);
RFC 9649 (WebP, lossless).
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import MappingProxyType

Colour = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""

FIELDS = 8
_COLOURS = 4
_BLOCK = 8
"""Pixels a side of what JPEG writes as one."""


@dataclass(frozen=True)
class Mosaic:
    """A picture of eight by eight fields.

    Attributes:
        width: in pixels.
        height: in pixels.
        colours: the four of them.
        fields: eight rows of eight numbers of a colour.
    """

    width: int
    height: int
    colours: tuple[Colour, ...]
    fields: tuple[tuple[int, ...], ...]


def make_mosaic(words: str, seed: int, width: int, height: int) -> Mosaic:
    """Return the mosaic of some words and a seed; `width` and `height` are in pixels."""
    source = f"{seed}\0{words}".encode("utf-8", "replace")
    digest = hashlib.blake2b(source, digest_size=3 * _COLOURS + FIELDS).digest()
    colours = tuple((digest[at], digest[at + 1], digest[at + 2]) for at in range(0, 12, 3))
    return Mosaic(width, height, colours, tuple(map(_row, digest[3 * _COLOURS :])))


def _row(byte: int) -> tuple[int, ...]:
    """Return the colours of one row; two bits of the byte choose that of a field and its mirror."""
    left = tuple(byte >> (2 * at) & 3 for at in range(FIELDS // 2))
    return (*left, *reversed(left))


def _sizes(length: int) -> list[int]:
    """Return how long each of eight fields is, of so many pixels or blocks together."""
    edges = [at * length // FIELDS for at in range(FIELDS + 1)]
    return [end - start for start, end in pairwise(edges)]


# -- PNG -------------------------------------------------------------------------------------------


def write_png(mosaic: Mosaic) -> bytes:
    """Return a PNG file of eight-bit red, green and blue."""
    colours = [bytes(colour) for colour in mosaic.colours]
    columns = _sizes(mosaic.width)
    lines = [
        # The byte in front is the filter that leaves a line as it is.
        (b"\0" + b"".join(colours[c] * n for c, n in zip(row, columns, strict=True))) * count
        for row, count in zip(mosaic.fields, _sizes(mosaic.height), strict=True)
    ]
    header = struct.pack(">IIBBBBB", mosaic.width, mosaic.height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"".join(lines), 1)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


# -- JPEG ------------------------------------------------------------------------------------------

_QUANTUM = 8
"""Divides every coefficient: of a block of one level the first is eight times that level."""
_CATEGORIES = 10
_END_OF_BLOCK = "0"


def write_jpeg(mosaic: Mosaic) -> bytes:
    """Return a baseline JPEG file; a field's edge lies at a multiple of eight pixels."""
    bits = _jpeg_bits(mosaic)
    bits += "1" * (-len(bits) % 8)
    data = int(bits, 2).to_bytes(len(bits) // 8).replace(b"\xff", b"\xff\x00")
    frame = struct.pack(">BHHB", 8, mosaic.height, mosaic.width, 3)
    components = b"".join(bytes((number, 0x11, 0)) for number in (1, 2, 3))
    four_bits = bytes((0, 0, 0, _CATEGORIES)) + bytes(12)  # how many codes of each length
    return b"".join(
        (
            b"\xff\xd8",
            _segment(0xE0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"),
            _segment(0xDB, bytes([0] + [_QUANTUM] * 64)),
            _segment(0xC0, frame + components),
            _segment(0xC4, b"\x00" + four_bits + bytes(range(_CATEGORIES))),
            _segment(0xC4, b"\x10\x01" + bytes(16)),
            _segment(0xDA, b"\x03\x01\0\x02\0\x03\0\x00\x3f\x00"),
            data,
            b"\xff\xd9",
        )
    )


def _segment(marker: int, data: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(data) + 2) + data


def _jpeg_bits(mosaic: Mosaic) -> str:
    """Return the blocks: each tells how far its levels lie from those of the block before."""
    levels = [_levels(colour) for colour in mosaic.colours]
    columns, rows = (_sizes(-(-side // _BLOCK)) for side in (mosaic.width, mosaic.height))
    same, bits, last = _step((0, 0, 0), (0, 0, 0)), list[str](), (0, 0, 0)
    for row, count in zip(mosaic.fields, rows, strict=True):
        for _ in range(count):
            for colour, blocks in zip(row, columns, strict=True):
                if blocks:
                    bits.append(_step(last, levels[colour]) + same * (blocks - 1))
                    last = levels[colour]
    return "".join(bits)


def _levels(colour: Colour) -> tuple[int, int, int]:
    """Return brightness and the two colour differences, around zero (JFIF)."""
    red, green, blue = colour
    bright = 0.299 * red + 0.587 * green + 0.114 * blue
    return (
        round(bright - 128),
        max(-128, min(127, round((blue - bright) / 1.772))),
        max(-128, min(127, round((red - bright) / 1.402))),
    )


def _step(before: Sequence[int], now: Sequence[int]) -> str:
    return "".join(_number(b - a) + _END_OF_BLOCK for a, b in zip(before, now, strict=True))


def _number(value: int) -> str:
    """Return a number as its category, how many bits it has, and these bits."""
    size = abs(value).bit_length()
    category = f"{size:04b}"
    if not size:
        return category
    return category + f"{value if value > 0 else value + (1 << size) - 1:0{size}b}"


# -- WebP ------------------------------------------------------------------------------------------

_GREENS, _OTHERS = 280, 256
"""How many symbols the codes of green have (lengths stand among them), and those of the others."""


def write_webp(mosaic: Mosaic) -> bytes:
    """Return a lossless WebP file."""
    red, green, blue = zip(*mosaic.colours, strict=True)
    codes = [_codes(green), _codes(red), _codes(blue)]
    head = _written(mosaic.width - 1, 14) + _written(mosaic.height - 1, 14)
    head += "0" + "000" + "0" + "0" + "0"  # no alpha, version, no transform, cache or groups
    head += _describe(codes[0], _GREENS) + _describe(codes[1], _OTHERS)
    head += _describe(codes[2], _OTHERS) + _single(255) + _single(0)  # alpha, distances
    pixels = [codes[0][g] + codes[1][r] + codes[2][b] for r, g, b in mosaic.colours]
    columns = _sizes(mosaic.width)
    lines = [
        "".join(pixels[c] * n for c, n in zip(row, columns, strict=True)) * count
        for row, count in zip(mosaic.fields, _sizes(mosaic.height), strict=True)
    ]
    bits = head + "".join(lines)
    packed = int(bits[::-1], 2).to_bytes(-(-len(bits) // 8), "little")
    data = b"\x2f" + packed
    data += b"\0" * (len(data) % 2)
    chunk = b"VP8L" + struct.pack("<I", 1 + len(packed)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunk)) + b"WEBP" + chunk


def _written(value: int, bits: int) -> str:
    """Return a number's bits, the lowest first."""
    return f"{value:0{bits}b}"[::-1]


def _codes(values: Sequence[int]) -> Mapping[int, str]:
    """Return the bits that stand for each of up to four values: none, one or two."""
    used = sorted(set(values))
    if len(used) <= 2:
        return dict(zip(used, ("",) if len(used) == 1 else ("0", "1"), strict=True))
    spare = (value for value in range(256) if value not in used)
    while len(used) < 4:  # a code has to be complete
        used = sorted((*used, next(spare)))
    return dict(zip(used, ("00", "01", "10", "11"), strict=True))


def _describe(codes: Mapping[int, str], symbols: int) -> str:
    """Return how a code is told to the reader."""
    if len(codes) == 1:
        return _single(*codes)
    if len(codes) == 2:
        first, second = codes
        return "1" + "1" + "1" + _written(first, 8) + _written(second, 8)
    # Five lengths of codes for lengths, in the format's order 17, 18, 0, 1, 2: of 0 and 2 one bit.
    lengths = "".join(_written(length, 3) for length in (0, 0, 1, 0, 1))
    told = "".join("1" if symbol in codes else "0" for symbol in range(symbols))
    return "0" + _written(1, 4) + lengths + "0" + told


def _single(value: int) -> str:
    """Return a code of one symbol, which needs no bits at all."""
    return "1" + "0" + "1" + _written(value, 8)


WRITERS: Mapping[str, Callable[[Mosaic], bytes]] = MappingProxyType(
    {"png": write_png, "jpeg": write_jpeg, "webp": write_webp}
)
"""A writer for every format."""
