"""What a page may not do, each refused at its line."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import LabError
from runthrough.lab import Labs, find_cues
from runthrough.site.pages import Book, not_shown, read_page
from runthrough.site.render import render_page

EMPTY = Book(Labs([]), {})
BY_HAND = "```sql\nSELECT 1\n```\n"


def complaint(text: str, book: Book, page: str = "lab1.md") -> str:
    with pytest.raises(LabError) as caught:
        render_page(text, book=book, path=Path(page))
    return str(caught.value)


def test_unknown_scenario_is_reported_at_its_line() -> None:
    with pytest.raises(LabError, match=r"lab1\.md:3: no scenario named 'Nope'"):
        render_page("a\n\n```runthrough\nNope\n```", book=EMPTY, path=Path("lab1.md"))


def test_a_misspelt_title_is_met_with_the_nearest_one(shared_book: Book) -> None:
    text = "```runthrough\nagregate the reviews\n```"
    assert "did you mean 'Aggregate the reviews'?" in complaint(text, shared_book, "lab2.md")


def test_a_title_of_another_lab_is_met_with_its_prefix(shared_book: Book) -> None:
    text = "```runthrough\nAggregate the reviews\n```"
    message = complaint(text, shared_book, "lab1.md")
    assert "no scenario named 'Aggregate the reviews' in lab1" in message
    assert "did you mean 'lab2: Aggregate the reviews'?" in message


def test_an_unknown_title_behind_a_prefix_names_that_lab(shared_book: Book) -> None:
    message = complaint("```runthrough\nlab2: Look around\n```", shared_book)
    assert "no scenario named 'Look around' in lab2; did you mean 'lab1: Look around'?" in message


def test_nothing_like_it_gives_no_guess(shared_book: Book) -> None:
    assert "did you mean" not in complaint("```runthrough\nqqqq\n```", shared_book)


def test_a_title_of_several_labs_is_not_guessed_on_a_page_of_none(shared_book: Book) -> None:
    message = complaint("```runthrough\nClean up\n```", shared_book, "index.md")
    assert "write 'lab1: Clean up' or 'lab2: Clean up'" in message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("```runthrough\nLook around\n", "is not closed"),
        ("```runthrough\nLook around\n\n```runthrough\nClean up\n```", "is not closed"),
        ("```runthrough\n```", "holds one line"),
        ("```runthrough\nLook around\nClean up\n```", "holds one line"),
        ("> ```runthrough\n> Look around\n> ```", "cannot stand in a quotation"),
        ("~~~runthrough\nLook around\n~~~", "three backticks"),
        ("  ```runthrough\n  Look around\n```", "three backticks of the same indentation"),
        ("````runthrough\nLook around\n````", "three backticks"),
    ],
)
def test_a_malformed_fence_says_what_is_wrong(text: str, message: str, shared_book: Book) -> None:
    found = complaint(text, shared_book)
    assert "lab1.md:1:" in found
    assert message in found


def test_a_scenario_without_a_sample_names_the_command_that_makes_one(shared_book: Book) -> None:
    book = Book(shared_book.labs, {})
    message = complaint("\n```runthrough\nLook around\n```", book)
    assert message.startswith("lab1.md:2: 'Look around' has no sample")
    assert message.endswith("runthrough run lab1")


def test_a_scenario_of_live_accounts_needs_no_sample(
    scenario_book: Callable[..., Book],
) -> None:
    book = scenario_book("  @live_only\n  Scenario: A\n    Then it is there\n")
    html = render_page(
        "```runthrough\nA\n```", book=Book(book.labs, {}), path=Path("lab1.md"), page="lab1.md"
    )
    assert "Runs on live accounts only; not verified there yet" in html


def test_a_scenario_that_wants_a_tool_needs_no_sample(scenario_book: Callable[..., Book]) -> None:
    book = scenario_book("  @may_skip\n  Scenario: A\n    Then it is there\n")
    html = render_page(
        "```runthrough\nA\n```", book=Book(book.labs, {}), path=Path("lab1.md"), page="lab1.md"
    )
    assert "Runs where its tools are; not verified on the machine that made this page" in html
    assert "live accounts" not in html


def test_blank_space_no_copy_button_carries_is_refused(
    scenario_book: Callable[..., Book],
) -> None:
    lines = '  Scenario: A\n    When I submit:\n      """sql\n      SELECT 1;\n\n      """\n'
    message = complaint("```runthrough\nA\n```", scenario_book(lines))
    assert "lab1.feature:3 ends in blank space" in message


@pytest.mark.parametrize(
    "header", ["```sql", "```SQL title='x'", "~~~ sql", "``` { .sql }", "````sql"]
)
def test_sql_typed_by_hand_is_refused(header: str) -> None:
    mark = header[: header.rindex(header[0]) + 1]
    message = complaint(f"a\n\n{header}\nSELECT 1\n{mark}\n", EMPTY)
    assert message.startswith("lab1.md:3: this SQL is typed by hand")


@pytest.mark.parametrize("between", ["", "\n"])
def test_a_waiver_with_a_reason_lets_sql_stand(between: str) -> None:
    text = f"<!-- runthrough: sql by hand: shows a mistake -->\n{between}{BY_HAND}"
    assert render_page(text, book=EMPTY, path=Path("lab1.md")) == text


@pytest.mark.parametrize(
    "waiver", ["<!-- runthrough: sql by hand: -->", "<!-- runthrough: sql by hand -->"]
)
def test_a_waiver_without_a_reason_is_refused(waiver: str) -> None:
    message = complaint(f"{waiver}\n{BY_HAND}", EMPTY)
    assert message.startswith("lab1.md:2: this waiver gives no reason")


def test_a_waiver_serves_one_block_only() -> None:
    text = f"<!-- runthrough: sql by hand: why -->\n{BY_HAND}\n{BY_HAND}"
    assert complaint(text, EMPTY).startswith("lab1.md:6: this SQL is typed by hand")


@pytest.mark.parametrize(
    "text",
    [
        "````markdown\n```runthrough\nNope\n```\n```sql\nSELECT 1\n```\n````\n",
        "<!--\n```runthrough\nNope\n```\n```sql\nSELECT 1\n```\n-->\n",
        "```text\nSELECT 1\n```\n",
        "a ` b ```sql c``` d\n",
    ],
)
def test_fences_inside_others_and_in_comments_are_text(text: str) -> None:
    assert render_page(text, book=EMPTY, path=Path("lab1.md")) == text


def test_every_mistake_of_a_page_is_found_in_one_reading(shared_book: Book) -> None:
    text = f"```runthrough\nNope\n```\n{BY_HAND}```runthrough\nLook around\n```\n"
    read = read_page(text, book=shared_book, path=Path("lab1.md"), page="lab1.md")
    assert [mistake.line for mistake in read.mistakes] == [1, 4]
    assert [show.scenario.title for show in read.shows] == ["Look around"]


def test_scenarios_that_no_page_shows_are_listed_at_their_lines(shared_book: Book) -> None:
    text = "```runthrough\nLook around\n```\n```runthrough\nlab2: Clean up\n```\n"
    shows = read_page(text, book=shared_book, path=Path("lab1.md"), page="lab1.md").shows
    found = [(m.path.name, m.line, m.message) for m in not_shown(shared_book.labs, shows)]
    assert found == [
        ("lab1_infrastructure.feature", 7, "no page shows the scenario 'Clean up'"),
        ("lab2_streams.feature", 4, "no page shows the scenario 'Aggregate the reviews'"),
    ]


PROSE = st.text(st.characters(exclude_characters="`~<\r", exclude_categories=("Cs",)))


@given(before=PROSE, first_line=st.integers(1, 50))
def test_a_mistake_is_at_its_line_whatever_precedes_it(before: str, first_line: int) -> None:
    """Also after form feeds, line separators and other ends of lines that files do not have."""
    text = f"{before}\n```runthrough\nNope\n```\n"
    number = before.count("\n") + 2
    assert [cue.number for cue in find_cues(text)] == [number]
    read = read_page(text, book=EMPTY, path=Path("x.md"), page="x.md", first_line=first_line)
    assert [mistake.line for mistake in read.mistakes] == [number + first_line - 1]


@pytest.mark.parametrize("language", ["python", "Python3", "py", "pycon"])
def test_python_typed_by_hand_is_refused_unless_waived(language: str) -> None:
    block = f"```{language}\nprint(1)\n```\n"
    assert complaint(block, EMPTY).startswith("lab1.md:1: this Python is typed by hand")
    waived = f"<!-- runthrough: python by hand: shows a mistake -->\n{block}"
    assert render_page(waived, book=EMPTY, path=Path("lab1.md")) == waived


def test_a_waiver_serves_its_own_language_only() -> None:
    text = "<!-- runthrough: sql by hand: why -->\n```python\nprint(1)\n```\n"
    assert complaint(text, EMPTY).startswith("lab1.md:2: this Python is typed by hand")


@pytest.mark.parametrize("text", ["print(1)\n\n", "print(1)  ", "print(1)\n \n"])
def test_a_program_that_no_copy_button_carries_is_refused(
    program_book: Callable[..., Book], text: str
) -> None:
    message = complaint("```runthrough\nTalk\n```", program_book(text))
    assert "talk.py does not end in one newline after its last letter" in message
