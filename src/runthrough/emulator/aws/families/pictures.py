"""Pictures that callers send, and pictures that stand-ins draw for them, in base64."""

from __future__ import annotations

import base64
from dataclasses import dataclass

from runthrough.emulator.aws.families.mosaics import WRITERS, make_mosaic
from runthrough.emulator.aws.fields import malformed
from runthrough.emulator.aws.media import Picture, decode, read_picture


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


def draw(words: str, seed: int, width: int, height: int, file_format: str = "png") -> str:
    """Return a picture in base64; the same words, seed and size give the same one.

    Args:
        words: what it is drawn from.
        seed: another one gives another picture.
        width: in pixels.
        height: in pixels.
        file_format: png, jpeg or webp.
    """
    mosaic = make_mosaic(words, seed, width, height)
    return base64.b64encode(WRITERS[file_format](mosaic)).decode()
