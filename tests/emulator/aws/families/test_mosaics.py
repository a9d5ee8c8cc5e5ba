"""The three file formats of a drawn picture, opened by a browser, which knows them all."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from runthrough.emulator.aws.families.mosaics import WRITERS, Mosaic, make_mosaic

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")
LOOK = """async ([address, points]) => {
  const image = new Image(); image.src = address; await image.decode();
  const sheet = document.createElement('canvas');
  sheet.width = image.naturalWidth; sheet.height = image.naturalHeight;
  const pen = sheet.getContext('2d'); pen.drawImage(image, 0, 0);
  const colours = points.map(([x, y]) => Array.from(pen.getImageData(x, y, 1, 1).data));
  return [sheet.width, sheet.height, colours];
}"""


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=SWITCHES)
        yield browser.new_page()
        browser.close()


def look(page: Any, mosaic: Mosaic, name: str) -> tuple[int, int, list[list[int]]]:
    """Return the size a browser finds, and the colour in the middle of every field."""
    data = base64.b64encode(WRITERS[name](mosaic)).decode()
    points = [
        [(2 * x + 1) * mosaic.width // 16, (2 * y + 1) * mosaic.height // 16]
        for y in range(8)
        for x in range(8)
    ]
    width, height, colours = page.evaluate(LOOK, [f"data:image/{name};base64,{data}", points])
    return width, height, colours


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("size", [(1024, 1024), (1344, 768), (320, 200), (129, 257)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_browser_sees_the_mosaic(page: Any, name: str, size: tuple[int, int], seed: int) -> None:
    mosaic = make_mosaic("a lighthouse", seed, *size)
    width, height, colours = look(page, mosaic, name)
    assert (width, height) == size
    wanted = [[*mosaic.colours[field], 255] for row in mosaic.fields for field in row]
    far = max(abs(a - b) for one, two in zip(colours, wanted, strict=True)
              for a, b in zip(one, two, strict=True))  # fmt: skip
    assert far <= (3 if name == "jpeg" else 0)


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("size", [(1, 1), (7, 3), (8, 17)])
def test_tiny_pictures_open(page: Any, name: str, size: tuple[int, int]) -> None:
    assert look(page, make_mosaic("a", 1, *size), name)[:2] == size


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    "colours",
    [
        ((0, 0, 0),) * 4,
        ((255, 255, 255), (0, 0, 0), (255, 0, 0), (0, 0, 255)),
        ((0, 9, 255), (1, 9, 254), (0, 9, 253), (2, 9, 252)),
    ],
)
def test_few_and_far_colours(
    page: Any, name: str, colours: tuple[tuple[int, int, int], ...]
) -> None:
    fields = tuple(tuple((x + y) % 4 for x in range(8)) for y in range(8))
    mosaic = Mosaic(128, 128, colours, fields)
    _, _, seen = look(page, mosaic, name)
    wanted = [[*colours[field], 255] for row in fields for field in row]
    far = max(abs(a - b) for one, two in zip(seen, wanted, strict=True)
              for a, b in zip(one, two, strict=True))  # fmt: skip
    assert far <= (3 if name == "jpeg" else 0)
