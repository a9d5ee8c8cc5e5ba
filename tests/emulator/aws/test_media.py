"""Pictures are known by their first bytes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.media import Picture, decode, read_picture
from tests.emulator.aws.pictures import gif, jpeg, png, webp


@pytest.mark.parametrize("make", [png, jpeg, gif, webp])
def test_a_picture_tells_its_kind_and_size(make: Callable[[int, int], bytes]) -> None:
    assert read_picture(make(300, 200)) == Picture(make.__name__, 300, 200)


@pytest.mark.parametrize("make", [png, jpeg, gif, webp])
def test_a_picture_that_ends_too_soon_is_none(make: Callable[[], bytes]) -> None:
    assert read_picture(make()[:6]) is None


def test_a_picture_counts_one_token_for_750_pixels() -> None:
    assert Picture("png", 1000, 750).tokens == 1000
    assert Picture("png", 1, 1).tokens == 1


@given(st.binary(max_size=60))
def test_any_bytes_are_a_picture_or_none(data: bytes) -> None:
    heads = (b"", b"\xff\xd8", b"\x89PNG\r\n\x1a\n0000IHDR", b"GIF89a", b"RIFF0000WEBPVP8 ")
    for head in heads:
        found = read_picture(head + data)
        assert found is None or found.width >= 0


@pytest.mark.parametrize(("text", "data"), [("aGk=", b"hi"), ("aGk", None), ("a b=", None)])
def test_base64_is_read_strictly(text: str, data: bytes | None) -> None:
    assert decode(text) == data
