"""A page in, the same page with its scenarios out."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from runthrough.lab import read_labs
from runthrough.site.pages import Book
from runthrough.site.render import render_page, say

Books = Callable[..., Book]


def render(text: str, book: Book, page: str = "lab1.md", **more: int) -> str:
    return render_page(text, book=book, path=Path(page), **more)  # type: ignore[arg-type]


def show(title: str, book: Book, page: str = "lab1.md", **more: int) -> str:
    return render(f"```runthrough\n{title}\n```", book, page, **more)


def code_of(page: str) -> list[str]:
    found = re.findall(r"<pre><code>(.*?)</code></pre>", page, re.DOTALL)
    return [html.unescape(re.sub(r"<[^>]+>", "", text)) for text in found]


def test_what_stands_around_a_fence_is_left_alone(shared_book: Book) -> None:
    page = render("# A *b*\n\n```runthrough\nLook around\n```\n\nafter\n", shared_book)
    assert page.startswith("# A *b*\n\n\n<section ")
    assert page.endswith("</section>\n\n\nafter\n")


def test_a_statement_is_shown_as_it_runs_with_placeholders(shared_book: Book) -> None:
    code = code_of(show("Aggregate the reviews", shared_book, "lab2.md"))[0]
    line = next(iter(shared_book.labs.find("lab2", "Aggregate the reviews").of_kind("When")))  # type: ignore[union-attr]
    wanted = line.docstring.replace("${AWS_REGION}", "<us-east-1>").replace("${RUN_ID}", "<RUN_ID>")  # type: ignore[union-attr]
    assert code == wanted
    assert "\t'<b>'" in code


def test_a_statement_has_its_language_and_says_what_to_do(shared_book: Book) -> None:
    page = show("Aggregate the reviews", shared_book, "lab2.md")
    assert '<div class="language-sql highlight">' in page
    assert '<span class="filename">Submit the statement <code>aggregate</code></span>' in page


def test_a_step_without_a_statement_shows_its_sentence(shared_book: Book) -> None:
    page = show("Look around", shared_book)
    assert '<p class="rt-action">Look at the environment <code>river</code></p>' in page
    assert "<pre>" not in page


def test_the_then_lines_are_a_check_list(shared_book: Book) -> None:
    page = show("Look around", shared_book)
    assert '<li>The compute pool is ready <span class="rt-within">within 5 minutes</span>' in page
    assert page.count("<li>") == 1


def test_tables_and_doc_strings_of_checks_are_shown(shared_book: Book) -> None:
    page = show("Aggregate the reviews", shared_book, "lab2.md")
    assert "The table <code>T</code> holds, in any order\n" in page
    assert '<th scope="col" class="rt-number">stars</th>' in page
    assert "<td>&lt;i&gt;Quay&lt;/i&gt;</td>" in page
    page = show("Clean up", shared_book, "lab2.md")
    assert '<div class="language-text highlight no-copy">' in page
    assert code_of(page) == ["STOPPED"]


def test_the_foot_says_when_where_and_how_fast(shared_book: Book) -> None:
    page = show("Look around", shared_book)
    assert '<time datetime="2026-09-27T14:03:22Z">27 September 2026, 14:03 UTC</time>' in page
    assert "on the emulator in 3.4 s" in page


def test_a_sample_shows_its_rows_and_null_as_a_badge(shared_book: Book) -> None:
    page = show("Aggregate the reviews", shared_book, "lab2.md")
    assert '<span class="rt-count">2 rows</span>' in page
    assert '<td class="rt-number">1</td>\n<td>fine</td>' in page
    assert '<td><span class="rt-null">NULL</span></td>' in page


def test_a_sample_is_cut_after_some_rows(scenario_book: Books) -> None:
    book = scenario_book(
        "  Scenario: A\n    Then it is\n", columns=["n"], rows=[[i] for i in range(9)]
    )
    page = show("A", book)
    assert '<span class="rt-count">5 of 9 rows</span>' in page
    assert page.count("<tr>") == 1 + 5
    assert show("A", book, rows=2).count("<tr>") == 1 + 2


TOLD = """  Scenario: A
    When I look
    Then the result is, in any order:
      | Name | Stars |
      | a    | 1     |
      | b    | 2     |
"""


@pytest.mark.parametrize(
    ("rows", "is_shown"),
    [([["b", 2], ["a", 1]], False), ([["a", 1]], True), ([["a", 1], ["b", 3]], True)],
)
def test_a_sample_that_a_check_tells_row_by_row_is_left_out(
    scenario_book: Books, rows: list[list[object]], is_shown: bool
) -> None:
    page = show("A", scenario_book(TOLD, columns=["name", "stars"], rows=rows))
    assert ("Sample output" in page) is is_shown


def test_a_long_text_shows_its_beginning_and_holds_all_of_it(scenario_book: Books) -> None:
    text = "lovely view, " * 20
    book = scenario_book("  Scenario: A\n    Then it is\n", columns=["T"], rows=[[text], ["ok"]])
    page = show("A", book)
    cell = re.search(r"<summary>(.*?)</summary>(.*?)</details>", page, re.DOTALL)
    assert cell is not None
    assert cell[2] == text
    assert len(re.sub(r"<[^>]+>", "", cell[1])) <= 82


def test_one_text_alone_stands_whole_with_its_lines(scenario_book: Books) -> None:
    text = "SQL parse failed.\nWas expecting one of:\n    <EOF> ..."
    page = show("A", scenario_book("  Scenario: A\n    Then it is\n", columns=["T"], rows=[[text]]))
    cell = re.search(r'<td class="rt-whole rt-lines">(.*?)</td>', page, re.DOTALL)
    assert cell is not None
    assert html.unescape(cell[1]) == text
    assert "<details>" not in page


def test_values_that_are_not_text_are_shown_as_json(scenario_book: Books) -> None:
    rows = [[True, ["a", None], {"k": 1}]]
    page = show(
        "A", scenario_book("  Scenario: A\n    Then it is\n", columns=list("abc"), rows=rows)
    )
    assert "<td>true</td>" in page
    assert "<td>[&#34;a&#34;, null]</td>" in page
    assert "<td>{&#34;k&#34;: 1}</td>" in page


@pytest.mark.parametrize("evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_markup_in_a_sample_is_inert(evil: str, scenario_book: Books) -> None:
    book = scenario_book(
        "  Scenario: A\n    Then it is\n", columns=[evil], rows=[[evil], [evil + "x" * 100]]
    )
    page = show("A", book)
    assert "<script" not in page
    assert "<img" not in page
    assert html.unescape(re.sub(r"<[^>]+>", "", page)).count(evil) >= 3


def test_markup_in_lines_and_titles_is_inert(scenario_book: Books) -> None:
    evil = "<script>alert(1)</script>"
    lines = (
        f"  Scenario: A {evil}\n    When I type {evil}:\n"
        f'      """sql\n      SELECT {evil};\n      """\n'
        f'    Then I see {evil} in "{evil}"\n      | {evil} |\n      | {evil} |\n'
    )
    page = show(f"A {evil}", scenario_book(lines))
    assert "<script" not in page
    assert code_of(page) == [f"SELECT {evil};"]


def test_a_fence_in_an_indented_place_keeps_its_indentation(shared_book: Book) -> None:
    page = render('=== "A"\n\n    ```runthrough\n    Look around\n    ```\n', shared_book)
    assert '\n    <section class="runthrough" id="step-look-around"' in page


def test_a_scenario_shown_twice_has_two_anchors(shared_book: Book) -> None:
    fence = "```runthrough\nLook around\n```\n"
    page = render(fence * 3, shared_book)
    assert re.findall(r'<section class="runthrough" id="([^"]+)"', page) == [
        "step-look-around",
        "step-look-around-2",
        "step-look-around-3",
    ]
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("page", ["lab2.md", "lab2_models.md"])
def test_a_page_belongs_to_the_lab_of_its_name(page: str, shared_book: Book) -> None:
    assert "STOPPED" in show("Clean up", shared_book, page)


def test_a_page_in_the_folder_of_a_lab_belongs_to_it(shared_book: Book) -> None:
    text = "```runthrough\nClean up\n```"
    page = render_page(text, book=shared_book, path=Path("x.md"), page="lab2/models.md")
    assert "STOPPED" in page


def test_a_prefix_shows_a_scenario_of_another_lab(shared_book: Book) -> None:
    assert "STOPPED" in show("lab2: Clean up", shared_book, "lab1.md")


def test_a_page_of_no_lab_finds_a_title_that_is_unique(shared_book: Book) -> None:
    assert "compute pool" in show("Look around", shared_book, "index.md")


def test_the_labs_own_title_wins_over_a_prefix(tmp_path: Path) -> None:
    for name, title in (("lab1", "lab2: A"), ("lab2", "A")):
        text = f"Feature: F\n  @live_only\n  Scenario: {title}\n    Then I am of {name}\n"
        (tmp_path / f"{name}.feature").write_text(text, encoding="utf-8")
    book = Book(read_labs(tmp_path), {})
    assert "I am of lab1" in show("lab2: A", book, "lab1.md")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("I submit the statement:", "Submit the statement"),
        ("Iris is asked", "Iris is asked"),
        ("the cluster is up", "The cluster is up"),
    ],
)
def test_an_action_is_said_to_the_reader(line: str, said: str) -> None:
    assert say(line, action=True) == said


PROGRAM = "# ${AWS_REGION} <b> & 'x'\nprint(f\"{1}\")\n"


def test_a_program_is_shown_to_the_byte_under_its_name(program_book: Books) -> None:
    page = show("Talk", program_book(PROGRAM))
    assert code_of(page) == [PROGRAM]
    assert '<div class="language-python highlight">' in page
    assert '<span class="filename">Run <code>talk.py</code></span>' in page
    assert 'class="rt-hole"' not in page


def test_what_a_program_printed_is_a_block_that_nobody_copies(program_book: Books) -> None:
    book = program_book(PROGRAM, columns=["what talk.py prints"], rows=[["1 < 2\n  & 3"]])
    page = show("Talk", book)
    assert code_of(page) == [PROGRAM, "1 < 2\n  & 3"]
    assert '<div class="language-text highlight no-copy">' in page
    assert "<table" not in page


def test_a_long_program_is_folded_behind_its_name_its_length_and_what_it_does(
    program_book: Books,
) -> None:
    program = '"""Count <things>\nslowly.\n\nAnd more.\n"""\n\n' + "print(1)\n" * 25
    page = show("Talk", program_book(program))
    summary = page[page.index("<summary>") : page.index("</summary>")]
    assert "Run <code>talk.py</code>" in summary
    assert "31 lines" in summary
    assert "Count &lt;things&gt; slowly.<" in summary
    assert code_of(page) == [program]
    assert 'class="filename"' not in page


def test_a_program_of_thirty_lines_stands_open(program_book: Books) -> None:
    page = show("Talk", program_book("print(1)\n" * 30))
    assert "<details" not in page


def test_a_long_program_that_says_nothing_has_its_name_and_length_alone(
    program_book: Books,
) -> None:
    page = show("Talk", program_book("print(1)\n" * 31))
    assert "31 lines" in page
    assert "rt-about" not in page
