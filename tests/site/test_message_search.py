"""The field on the page of troubles, in a real browser: a pasted message keeps its own entry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import markdown
import pytest

from runthrough.run.troubles import ANYTHING, read_troubles

CHROMIUM = Path("/usr/bin/chromium")
playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="there is no Chromium here")

LABS = Path(__file__).parent.parent.parent / "labs"
TEXT = (LABS / "troubleshooting.md").read_text(encoding="utf-8")
EXTENSIONS = [
    *("admonition", "attr_list", "md_in_html", "tables", "toc"),
    *("pymdownx.details", "pymdownx.highlight", "pymdownx.superfences"),
]


@pytest.fixture(scope="module")
def page() -> Iterator[Any]:
    html = markdown.markdown(TEXT.split("---", 2)[2], extensions=EXTENSIONS)
    with playwright.sync_playwright() as started:
        browser = started.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        page.set_content(f"<article>{html}</article>")
        page.add_script_tag(path=LABS / "assets" / "troubles.js")
        yield page
        browser.close()


def visible(page: Any) -> list[str]:
    found: list[str] = page.locator("h3:visible").evaluate_all("all => all.map(h => h.id)")
    return found


def test_every_symptom_as_a_service_writes_it_keeps_its_entry(page: Any) -> None:
    troubles = tuple(read_troubles(TEXT, path=LABS / "troubleshooting.md"))
    page.get_by_label("Your message").fill("")
    assert visible(page) == [trouble.anchor for trouble in troubles]
    for trouble in troubles:
        for symptom in trouble.symptoms:
            message = "Error:\n  " + " something of yours ".join(symptom.pieces) + " (id 17)"
            assert ANYTHING not in message
            page.get_by_label("Your message").fill(message)
            assert trouble.anchor in visible(page), message
            assert len(visible(page)) <= 3, message


def test_some_words_are_enough_in_any_order(page: Any) -> None:
    page.get_by_label("Your message").fill("expired  TOKEN")
    assert "the-session-has-ended" in visible(page)
    assert 0 < len(visible(page)) < 5


def test_a_message_of_the_list_without_entries_keeps_the_list(page: Any) -> None:
    page.get_by_label("Your message").fill("ORA-12514")
    assert page.get_by_role("heading", name="What no rehearsal shows").is_visible()
    assert visible(page) == []
    assert page.get_by_role("status").text_content() == "1 entry fits."


def test_a_message_of_no_entry_says_so_and_leaves_them_all(page: Any) -> None:
    page.get_by_label("Your message").fill("<b>nothing like it</b>")
    assert page.get_by_role("status").text_content() == "No entry has this. Try a few words of it."
    assert len(visible(page)) > 30


def test_a_link_to_a_hidden_entry_shows_it(page: Any) -> None:
    page.get_by_label("Your message").fill("INVALID_PAYMENT_INSTRUMENT")
    assert visible(page) == ["the-account-has-no-means-of-payment"]
    page.evaluate("location.hash = '#the-model-has-retired'")
    page.locator("#the-model-has-retired").wait_for(state="visible")
    assert page.get_by_label("Your message").input_value() == ""


def test_without_the_script_every_entry_stands_there() -> None:
    assert '<div id="message-search"></div>\n' in TEXT
    assert "hidden" not in TEXT
