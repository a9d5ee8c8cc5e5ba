"""Pictures as bytes: what kind they are and how large, read from their first bytes.

Sources: the published headers of PNG, JPEG, GIF and WebP; limits: facts amazon-bedrock 2.4, 4.1.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from dataclasses import dataclass

MAX_IMAGE_BASE64 = 5_242_880
"""Characters of base64 one picture may have: 3.75 MB of bytes (2.4)."""
MAX_IMAGE_SIDE = 8_000
"""Pixels a side of a picture may have (2.4)."""
_PIXELS_A_TOKEN = 750
_JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True)
class Picture:
    """A picture: its format (`png`, `jpeg`, `gif`, `webp`) and its size in pixels."""

    format: str
    width: int
    height: int

    @property
    def tokens(self) -> int:
        """What it counts for: one token for every 750 pixels begun (the vendor's rule of thumb)."""
        return -(-self.width * self.height // _PIXELS_A_TOKEN)


def decode(text: str) -> bytes | None:
    """Return the bytes that base64 stands for, or None where it is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None


def base64_size(size: int) -> int:
    """Return how many characters of base64 so many bytes take."""
    return -(-size // 3) * 4


def digest(data: bytes) -> str:
    """Return what equal bytes have in common."""
    return hashlib.sha256(data).hexdigest()


def read_picture(data: bytes) -> Picture | None:
    """Return what the first bytes say of a picture, or None where they are no picture's."""
    try:
        if data.startswith(b"\x89PNG\r\n\x1a\n") and data[12:16] == b"IHDR":
            return Picture("png", *struct.unpack(">II", data[16:24]))
        if data[:6] in (b"GIF87a", b"GIF89a"):
            return Picture("gif", *struct.unpack("<HH", data[6:10]))
        if data.startswith(b"\xff\xd8"):
            return _read_jpeg(data)
        if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
            return _read_webp(data)
    except (struct.error, IndexError):
        pass  # it ends before its size: not a whole picture
    return None


def _read_jpeg(data: bytes) -> Picture | None:
    """Walk from marker to marker until the one that holds the size."""
    at = 2
    while data[at] == 0xFF:
        marker = data[at + 1]
        if marker in _JPEG_SIZES:
            height, width = struct.unpack(">HH", data[at + 5 : at + 9])
            return Picture("jpeg", width, height)
        alone = marker == 0x01 or 0xD0 <= marker <= 0xD9 or marker == 0xFF
        step = 1 if marker == 0xFF else 2
        at += step if alone else 2 + struct.unpack(">H", data[at + 2 : at + 4])[0]
    return None


def _read_webp(data: bytes) -> Picture | None:
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", data[26:30])
        return Picture("webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", data[21:25])
        return Picture("webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width = int.from_bytes(data[24:27], "little") + 1
        height = int.from_bytes(data[27:30], "little") + 1
        return Picture("webp", width, height) if len(data) >= 30 else None
    return None
