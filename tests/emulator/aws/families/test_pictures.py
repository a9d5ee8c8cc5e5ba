"""The pictures stand-ins draw: real PNG files, the same for the same words and seed."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest

from runthrough.emulator.aws.families.pictures import draw, read_data_uri, read_image
from runthrough.emulator.aws.replies import Refused


def decode_png(text: str) -> tuple[int, int, list[bytes]]:
    """Return width, height and the lines of pixels of a PNG in base64, as its standard says."""
    data = base64.b64decode(text, validate=True)
    assert data[:8] == bytes([137, 80, 78, 71, 13, 10, 26, 10])
    at, chunks = 8, []
    while at < len(data):
        (length,) = struct.unpack_from(">I", data, at)
        name, body = data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        (checksum,) = struct.unpack_from(">I", data, at + 8 + length)
        assert checksum == zlib.crc32(name + body)
        chunks.append((name, body))
        at += 12 + length
    assert at == len(data)
    assert chunks[0][0] == b"IHDR"
    assert chunks[-1] == (b"IEND", b"")
    width, height, depth, colour, packing, filtering, lacing = struct.unpack(
        ">IIBBBBB", chunks[0][1]
    )
    assert (depth, colour, packing, filtering, lacing) == (8, 2, 0, 0, 0)
    pixels = zlib.decompress(b"".join(body for name, body in chunks if name == b"IDAT"))
    line = 1 + 3 * width
    assert len(pixels) == height * line
    lines = [pixels[i * line : (i + 1) * line] for i in range(height)]
    assert {one[0] for one in lines} == {0}
    return width, height, [one[1:] for one in lines]


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (64, 64), (1536, 640), (1408, 1408)])
def test_a_picture_has_the_size_asked_for(size: tuple[int, int]) -> None:
    width, height, _ = decode_png(draw("a cat", 7, *size))
    assert (width, height) == size


def test_words_and_seed_make_the_picture() -> None:
    assert draw("a cat", 7, 64, 64) == draw("a cat", 7, 64, 64)
    others = [draw("a cat", 8, 64, 64), draw("a dog", 7, 64, 64), draw("a cat", 7, 64, 72)]
    assert len({draw("a cat", 7, 64, 64), *others}) == 4
    _, _, lines = decode_png(draw("a cat", 7, 64, 64))
    assert len(set(lines)) > 1, "it is all of one colour"
    pixels = [lines[0][at : at + 3] for at in range(0, 192, 3)]
    assert pixels == pixels[::-1]


def test_words_that_utf8_cannot_hold_are_drawn_too() -> None:
    decode_png(draw("\ud800", 0, 8, 8))


def test_sent_pictures_are_read() -> None:
    sent = read_image(draw("a", 1, 20, 10), "/image")
    assert (sent.picture.format, sent.picture.width, sent.picture.height) == ("png", 20, 10)
    uri = f"data:image/png;base64,{draw('a', 1, 20, 10)}"
    assert read_data_uri(uri, "/image", ("png",)).data == sent.data


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("no base64!", "#/image: no picture in base64 (png, jpeg)"),
        ("aGk=", "#/image: no picture in base64 (png, jpeg)"),
        (base64.b64encode(b"GIF89a\x01\x00\x01\x00").decode(),
         "#/image: no picture in base64 (png, jpeg)"),
        (draw("a", 1, 0, 0), "#/image: no picture in base64 (png, jpeg)"),
        (draw("a", 1, 99, 99), "bytes is more than 50"),
    ],
)  # fmt: skip
def test_what_is_no_picture_is_refused(text: str, complaint: str) -> None:
    with pytest.raises(Refused) as caught:
        read_image(text, "/image", most_bytes=50)
    assert complaint in caught.value.message


@pytest.mark.parametrize(
    "uri", ["http://a/b.png", "data:text/plain;base64,aGk=", "data:image/png,x"]
)
def test_what_is_no_data_uri_is_refused(uri: str) -> None:
    with pytest.raises(Refused, match="no data URI of a picture"):
        read_data_uri(uri, "/image", ("png",))
