"""The page "What is emulated": a list in, Markdown out."""

from __future__ import annotations

import json
from pathlib import Path

import markdown
import pytest

from runthrough.errors import LabError
from runthrough.site.emulated import STATES, Entry, emulated_page, read_emulated

SELECT = Entry("Statements", "SELECT", "SELECT a | b FROM <t>", "emulated", "")
AGENT = Entry("Statements", "CREATE AGENT", "CREATE AGENT", "not emulated", "it & tools")
PROCTIME = Entry("Functions", "PROCTIME", "", "refused as on the cloud", "")
LIST = (SELECT, AGENT, PROCTIME)


def html(*entries: Entry) -> str:
    return markdown.markdown(emulated_page(entries), extensions=["toc", "tables"])


def test_the_page_counts_all_and_each_group() -> None:
    text = emulated_page(LIST)
    assert "**1 of 3** things" in text
    assert "## Statements\n\n1 of 2 emulated." in text
    assert "## Functions\n\n0 of 1 emulated." in text


def test_the_overview_counts_every_state_of_a_group_and_links_to_it() -> None:
    page = html(*LIST)
    row = '<tr><td><a href="#statements">Statements</a></td><td>1</td><td></td><td>1</td><td>2</td>'
    assert row in page
    assert '<h2 id="statements">' in page


def test_the_legend_tells_every_state() -> None:
    page = html(*LIST)
    for state, meaning in STATES.items():
        assert f">{state}</span></td><td>{meaning}</td><td>1</td>" in page


def test_every_entry_is_one_row_and_shown_as_it_is() -> None:
    page = html(*LIST)
    assert (
        '<tr><td class="rt-name"><code>SELECT</code></td>'
        "<td><code>SELECT a | b FROM &lt;t&gt;</code></td>"
        '<td><span class="rt-state rt-emulated">emulated</span></td></tr>'
    ) in page
    assert page.count('class="rt-name"') == 3


def test_a_form_that_says_no_more_than_the_name_is_left_out() -> None:
    assert (
        '<code>CREATE AGENT</code></td><td><span class="rt-note">it &amp; tools</span></td>'
        '<td><span class="rt-state rt-not-emulated">not emulated</span></td>'
    ) in html(AGENT)


def test_a_name_alone_has_the_room_of_the_form() -> None:
    assert '<td class="rt-name" colspan="2"><code>PROCTIME</code></td><td>' in html(PROCTIME)


def test_a_list_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "emulated.json"
    path.write_text(json.dumps([vars(entry) for entry in LIST]), encoding="utf-8")
    assert read_emulated(path) == LIST


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[\n{", r"emulated\.json:2: the list of what is emulated is not JSON"),
        ('[{"group": "G"}]', r"emulated\.json:1: the list of what is emulated cannot be read"),
        ("7", "cannot be read"),
        (json.dumps([{**vars(AGENT), "state": "maybe"}]), "'CREATE AGENT' has the state 'maybe'"),
    ],
)
def test_a_list_that_is_none_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "emulated.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=message):
        read_emulated(path)


def test_a_list_that_is_missing_is_refused_with_what_to_run(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="make it with: runthrough run"):
        read_emulated(tmp_path / "emulated.json")
