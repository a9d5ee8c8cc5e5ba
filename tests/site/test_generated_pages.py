"""Agenda, coverage and glossary: data in, Markdown out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import markdown

from runthrough.site.generated import (
    Place,
    agenda_page,
    coverage_page,
    generated_pages,
    glossary_page,
)
from runthrough.site.pages import Book

PLACES = {("lab2", "Clean up"): [Place("lab2.md", "LAB 2", "step-clean-up", 40)]}


def test_the_agenda_adds_up_the_measured_times(shared_book: Book) -> None:
    text = agenda_page(shared_book, PLACES)
    assert "2 steps, 6.8 s in all." in text
    assert "| 2 | [Clean up](<lab2.md#step-clean-up>) | 3.4 s |" in text


def test_the_coverage_tells_pages_tags_and_the_last_run(shared_book: Book) -> None:
    row = next(
        line for line in coverage_page(shared_book, PLACES).splitlines() if "lab2.md" in line
    )
    assert "[LAB 2](<lab2.md#step-clean-up>)" in row
    assert '<span class="rt-tag">slow</span>' in row
    assert "flink" not in row  # a tag of the whole lab tells nothing about a step
    assert row.endswith("passed</span> |")


def test_the_coverage_says_once_where_and_when_a_lab_was_verified(project: Any) -> None:
    project.sample("lab2", "Clean up", target="live", verified_at="2026-09-28T01:00:00Z")
    project.sample("lab1", "Clean up", verified_at="2026-09-27T23:00:00Z")
    text = coverage_page(project.book(), {})
    assert "2 of 2 steps verified, on the emulator, 27 September 2026." in text
    assert text.count("on the emulator, 27 September 2026") == 2
    assert text.count("passed</span> on live accounts, 28 September 2026 |") == 1


def test_a_page_that_shows_a_step_again_is_named_once(shared_book: Book) -> None:
    places = [Place("a.md", "A", "x"), Place("b.md", "B", "x"), Place("a.md", "A", "x-2")]
    text = coverage_page(shared_book, {("lab1", "Clean up"): places})
    assert "| [A](<a.md#x>), [B](<b.md#x>), [2](<a.md#x-2>) |" in text


def test_the_agenda_begins_with_the_time_to_plan(shared_book: Book) -> None:
    text = agenda_page(shared_book, PLACES)
    assert "| [Stream processing](<lab2.md>) | 2 | 40 min | 6.8 s |" in text
    assert "| Infrastructure | 2 | — | 6.8 s |" in text


def test_the_coverage_counts_what_was_never_run(shared_book: Book) -> None:
    text = coverage_page(Book(shared_book.labs, {}), {})
    assert text.count("0 of 2 steps verified.") == 2
    assert "None" not in text
    assert text.count("never run") == 4
    assert text.count("nowhere") == 4


def test_the_glossary_takes_lines_that_differ_in_names_and_numbers_as_one(
    scenario_book: Callable[..., Book],
) -> None:
    book = scenario_book(
        '  Scenario: A\n    Then the table "x" holds 3 rows\n'
        '  Scenario: B\n    Then the table "y" holds 1.5 rows within 2 minutes\n'
        '    And the table "z2" holds 7 rows\n'
    )
    rows = [line for line in glossary_page(book.labs, {}).splitlines() if "holds" in line]
    assert rows == ['| Then the table "…" holds … rows | A<br>B |']


def test_many_users_of_a_line_are_folded(scenario_book: Callable[..., Book]) -> None:
    book = scenario_book("".join(f"  Scenario: {n}\n    Then it is\n" for n in "ABCDEF"))
    page = markdown.markdown(glossary_page(book.labs, {}), extensions=["tables"])
    assert '<details class="rt-users"><summary>6 steps</summary>A<br>B<br>' in page
    few = scenario_book("".join(f"  Scenario: {n}\n    Then it is\n" for n in "ABCDE"))
    assert "A<br>B<br>C<br>D<br>E" in glossary_page(few.labs, {})
    assert "<details" not in glossary_page(few.labs, {})


def test_titles_are_shown_as_they_are(scenario_book: Callable[..., Book]) -> None:
    title = "a | *b* `c` <script>d</script> [e](f) {g} &amp; \\| http://example.com"
    book = scenario_book(f"  Scenario: {title}\n    Then it is\n")
    page = markdown.markdown(coverage_page(book, {}), extensions=["tables", "attr_list"])
    cell = page.split("<tbody>")[1].split("<td>")[1].split("</td>")[0]
    assert "<" not in cell
    assert cell.count("&lt;script&gt;") == 1


def test_all_pages_start_with_their_title(shared_book: Book) -> None:
    pages = generated_pages(shared_book, PLACES)
    assert sorted(pages) == ["agenda.md", "coverage.md", "glossary.md"]
    assert all(text.startswith("# ") for text in pages.values())
