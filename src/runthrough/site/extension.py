"""The Python-Markdown extension: every `runthrough` fence becomes the scenario it names.

Works in any builder that uses Python-Markdown. On its own it is configured by options:

    markdown.markdown(text, extensions=[RunthroughExtension(features="features", page="lab2.md")])
"""

from __future__ import annotations

import xml.etree.ElementTree as etree
from pathlib import Path
from typing import Any

from markdown import Markdown
from markdown.extensions import Extension
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from runthrough.errors import LabError
from runthrough.lab import read_labs
from runthrough.site.pages import Book
from runthrough.site.render import SAMPLE_ROWS, Block, render_page
from runthrough.site.samples import read_samples

# Python-Markdown's own priorities: text is normalised at 30, fences are taken at 25.
_BEFORE_FENCES = 28
# Blocks exist; ids must be there before a builder collects them (MkDocs does so at 5).
_AFTER_BLOCKS = 15


class RunthroughExtension(Extension):
    """Renders `runthrough` fences, and refuses a page on which anything is wrong.

    A builder that renders many pages with one instance calls `turn_to` before each page; one that
    does not say which page it renders leaves `page` empty, and titles that several labs have then
    need their lab in front (`lab2: The title`).
    """

    def __init__(self, *, book: Book | None = None, **kwargs: Any) -> None:
        self.config = {
            "features": ["features", "folder of the feature files"],
            "samples": ["build/runthrough/samples", "folder of the last run's samples"],
            "page": ["", "path of the page below the docs folder; tells the page's lab"],
            "rows": [SAMPLE_ROWS, "rows of a sample to show"],
        }
        super().__init__(**kwargs)
        self._book = book
        self._page = str(self.getConfig("page"))
        self._path = Path(self._page or "(page)")
        self._first_line = 1

    def turn_to(self, page: str, *, path: Path, first_line: int = 1) -> None:
        """Say which page is rendered next.

        Args:
            page: its path below the docs folder.
            path: its file, for messages.
            first_line: the line of the file on which the text to come begins.
        """
        self._page, self._path, self._first_line = page, path, first_line

    def extendMarkdown(self, md: Markdown) -> None:
        """Register the two processors; called by Python-Markdown once per converter."""
        placed: dict[str, Block] = {}
        md.preprocessors.register(_Fences(md, self, placed), "runthrough", _BEFORE_FENCES)
        md.treeprocessors.register(_Sections(md, self, placed), "runthrough", _AFTER_BLOCKS)

    def render(self, md: Markdown, text: str, placed: dict[str, Block]) -> str:
        """Render a page's fences into the converter's stash; `placed` learns what stands where."""

        def place(block: Block) -> str:
            key = md.htmlStash.store(block.inside)
            placed[key] = block
            return key

        return render_page(
            text,
            book=self.book,
            path=self._path,
            page=self._page,
            first_line=self._first_line,
            rows=int(self.getConfig("rows")),
            place=place,
        )

    @property
    def book(self) -> Book:
        """The labs and samples, read from the configured folders where no book was given."""
        if self._book is None:
            features, samples = Path(self.getConfig("features")), Path(self.getConfig("samples"))
            self._book = Book(read_labs(features), read_samples(samples))
        return self._book

    def refuse_indented(self, block: Block) -> LabError:
        """Return the complaint about a fence that Markdown took for indented code."""
        message = (
            f"the fence of {block.title!r} is indented, but stands in no tab, list or admonition "
            "that would make it more than indented code"
        )
        return LabError(message, path=self._path, line=block.number)


class _Fences(Preprocessor):
    """Puts a stash key in place of every fence, before others look at fences."""

    def __init__(self, md: Markdown, owner: RunthroughExtension, placed: dict[str, Block]) -> None:
        super().__init__(md)
        self._converter, self._owner, self._placed = md, owner, placed

    def run(self, lines: list[str]) -> list[str]:
        self._placed.clear()
        text = self._owner.render(self._converter, "\n".join(lines), self._placed)
        return text.split("\n")


class _Sections(Treeprocessor):
    """Puts a real `<section id=…>` around each key, so that builders know the anchor."""

    def __init__(self, md: Markdown, owner: RunthroughExtension, placed: dict[str, Block]) -> None:
        super().__init__(md)
        self._owner, self._placed = owner, placed

    def run(self, root: etree.Element) -> None:
        for element in list(root.iter()):
            key = (element.text or "").strip()
            if element.tag == "code":
                self._refuse(key)
            elif element.tag == "p" and key in self._placed:
                self._surround(element, key)

    def _refuse(self, text: str) -> None:
        for key, block in self._placed.items():
            if key in text:
                raise self._owner.refuse_indented(block)

    def _surround(self, element: etree.Element, key: str) -> None:
        block = self._placed[key]
        element.tag, element.text = "section", "\n"
        element.attrib.update({"class": "runthrough", "id": block.anchor})
        element.set("aria-label", block.title)
        inner = etree.SubElement(element, "p")
        inner.text, inner.tail = key, "\n"


def makeExtension(**kwargs: Any) -> RunthroughExtension:
    """Return the extension; Python-Markdown looks for this name."""
    return RunthroughExtension(**kwargs)
