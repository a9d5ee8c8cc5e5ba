"""The extension on its own, as any builder with Python-Markdown uses it."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

import markdown
import pytest
from markdown.extensions import Extension

from runthrough.errors import LabError
from runthrough.lab import read_labs
from runthrough.site.extension import RunthroughExtension, makeExtension
from runthrough.site.pages import Book

FENCE = "```runthrough\nLook around\n```"


def convert(text: str, extension: Extension, *more: str) -> str:
    names = [extension, "pymdownx.superfences", "admonition", "pymdownx.tabbed", *more]
    return markdown.markdown(text, extensions=names, tab_length=4)


def test_options_name_the_folders_and_the_page(project: Any) -> None:
    extension = makeExtension(
        features=str(project.root / "features"),
        samples=str(project.samples),
        page="lab2.md",
        rows=1,
    )
    page = convert("```runthrough\nAggregate the reviews\n```", extension)
    assert "1 of 2 rows" in page


def test_the_name_in_the_entry_points_works(project: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders default to those of a workshop, below the folder one works in."""
    monkeypatch.chdir(project.root)
    assert 'id="step-look-around"' in markdown.markdown(FENCE, extensions=["runthrough"])


def test_a_converter_may_be_used_again(shared_book: Book) -> None:
    converter = markdown.Markdown(extensions=[RunthroughExtension(book=shared_book)])
    first = converter.convert(FENCE)
    assert converter.reset().convert(FENCE) == first


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        (FENCE, ""),
        (
            "!!! note\n    Text.\n\n    ```runthrough\n    Look around\n    ```\n",
            'class="admonition',
        ),
        ('=== "A"\n    ```runthrough\n    Look around\n    ```\n', 'class="tabbed-content'),
        ("1. One.\n\n    ```runthrough\n    Look around\n    ```\n\n2. Two.\n", "<li>"),
        ("Text right above.\n" + FENCE + "\nand right below.", "</p>"),
    ],
)
def test_a_fence_works_wherever_a_block_may_stand(
    text: str, inside: str, shared_book: Book
) -> None:
    page = convert(text, RunthroughExtension(book=shared_book))
    before, section, after = page.partition('<section aria-label="Look around" class="runthrough"')
    assert section, page
    assert inside in before
    assert '<p class="rt-action">Look at the environment <code>river</code></p>' in after
    assert "wzxhzdk" not in page
    assert not re.search(r"<p>\s*<section", page)


def test_a_fence_that_markdown_takes_for_code_is_refused(shared_book: Book) -> None:
    text = "Text.\n\n    ```runthrough\n    Look around\n    ```\n"
    with pytest.raises(LabError, match=r"lab1\.md:3: the fence of 'Look around' is indented"):
        convert(text, RunthroughExtension(book=shared_book, page="lab1.md"))


def test_the_doc_string_survives_markdown(shared_book: Book) -> None:
    """Tabs, emphasis, entities and HTML are text in SQL; no other processor may touch them."""
    page = convert(
        "```runthrough\nAggregate the reviews\n```",
        RunthroughExtension(book=shared_book),
        "smarty",
        "attr_list",
        "md_in_html",
        "abbr",
    )
    code = re.search(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    assert code is not None
    scenario = shared_book.labs.find("lab2", "Aggregate the reviews")
    assert scenario is not None
    wanted = scenario.of_kind("When")[0].docstring or ""
    wanted = wanted.replace("${AWS_REGION}", "<us-east-1>").replace("${RUN_ID}", "<RUN_ID>")
    assert html.unescape(re.sub(r"<[^>]+>", "", code[1])) == wanted


def test_mistakes_name_the_page_and_its_line(shared_book: Book) -> None:
    extension = RunthroughExtension(book=shared_book)
    extension.turn_to("lab1.md", path=Path("labs/lab1.md"), first_line=5)
    with pytest.raises(LabError, match=r"labs/lab1\.md:7: no scenario named 'Nope' in lab1"):
        convert("a\n\n```runthrough\nNope\n```\n", extension)


def test_a_page_that_is_not_known_still_has_a_name(shared_book: Book) -> None:
    with pytest.raises(LabError, match=r"\(page\):1: no scenario named 'Nope'"):
        convert("```runthrough\nNope\n```\n", RunthroughExtension(book=shared_book))


def test_a_scenario_named_like_a_tag_stays_text(tmp_path: Path) -> None:
    text = 'Feature: F\n  @live_only\n  Scenario: <b onclick="x">\n    Then it is\n'
    (tmp_path / "lab1.feature").write_text(text, encoding="utf-8")
    extension = RunthroughExtension(book=Book(read_labs(tmp_path), {}))
    page = convert('```runthrough\n<b onclick="x">\n```\n', extension)
    assert "<b " not in page
