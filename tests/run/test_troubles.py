from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown.extensions.toc import slugify

from runthrough.errors import LabError
from runthrough.run.troubles import (
    ANYTHING,
    Symptom,
    Troubles,
    read_troubles,
    slug,
    troubles_beside,
)

PAGE = Path("labs/troubleshooting.md")
ENTRY = """\
### The lamp is out

```text title="You see"
The lamp of room … does not burn
```

Its oil is used up.

1. Fill in `oil`, as [the house](house.md) says. Then light it again,
   and wait.
2. Look.

```runthrough
The lamp is out
```
"""


def read(text: str) -> Troubles:
    return read_troubles(text, path=PAGE)


def complaint(text: str) -> str:
    with pytest.raises(LabError) as caught:
        read(text)
    return str(caught.value)


def test_an_entry_is_read_as_people_read_it() -> None:
    (trouble,) = read("# Page\n\nWords.\n\n## House\n\n" + ENTRY)
    assert (trouble.title, trouble.anchor, trouble.number) == (
        "The lamp is out",
        "the-lamp-is-out",
        7,
    )
    assert trouble.remedy == "Fill in oil, as the house says."
    assert trouble.scenarios == ("The lamp is out",)


def test_a_failure_is_given_the_entry_its_place_and_what_to_do_first() -> None:
    assert read(ENTRY).advice("400: The lamp of room\n   12 does not burn (any more)") == (
        "help: The lamp is out (labs/troubleshooting.md#the-lamp-is-out)\n"
        "      Fill in oil, as the house says."
    )


def test_nothing_is_said_where_nothing_fits() -> None:
    assert read(ENTRY).advice("The lamp of room 12 burns") == ""
    assert read("# No entries\n").advice("The lamp of room 12 does not burn") == ""


def test_of_two_that_fit_the_one_that_says_more_is_named() -> None:
    general = (
        ENTRY.replace("The lamp is out", "A lamp")
        .replace(" of room …", "")
        .replace("The lamp does not burn", "does not burn")
    )
    for text in (general + ENTRY, ENTRY + general):
        found = read(text).find("The lamp of room 12 does not burn")
        assert found is not None
        assert found.title == "The lamp is out"


def test_a_full_stop_inside_a_sentence_does_not_end_it() -> None:
    (trouble,) = read(ENTRY.replace("Fill in `oil`", "Take `us.` or `eu.` oil, at 4.50"))
    assert trouble.remedy == "Take us. or eu. oil, at 4.50, as the house says."


def test_one_of_several_symptoms_is_enough() -> None:
    more = ENTRY.replace(
        "```\n\nIts", '```\n\n```text title="You see"\nNo light at all\n```\n\nIts'
    )
    assert read(more).advice("there is no light") == ""
    assert read(more).advice("No light at all!")


@pytest.mark.parametrize(
    ("cut", "missing"),
    [
        (' title="You see"', "does not have what its reader sees"),
        ("Its oil is used up.", "does not have a cause"),
        ("1. Fill in", "Fill in"),
        ("```runthrough\nThe lamp is out\n```\n", "does not have a scenario"),
    ],
)
def test_an_entry_without_one_of_its_parts_is_refused_at_its_line(cut: str, missing: str) -> None:
    text = "# Page\n\n" + ENTRY.replace(cut, "")
    if cut.startswith("1."):
        text, missing = text.replace("2. Look.", ""), "does not have anything to do"
    assert complaint(text).startswith("labs/troubleshooting.md:3: the entry 'The lamp is out'")
    assert missing in complaint(text)


def test_a_symptom_that_fits_by_chance_is_refused_at_its_block() -> None:
    text = ENTRY.replace("The lamp of room … does not burn", "… 403 …")
    assert complaint(text).startswith("labs/troubleshooting.md:3: this symptom has fewer than 10")


def test_two_headings_of_one_anchor_are_refused() -> None:
    assert "labs/troubleshooting.md:16: 'The lamp is out' has the anchor" in complaint(
        ENTRY + ENTRY
    )


def test_a_symptom_outside_of_an_entry_is_refused() -> None:
    text = '# Page\n\n## House\n\n```text title="You see"\nThe lamp is broken\n```\n'
    assert complaint(text) == (
        "labs/troubleshooting.md:5: what you see stands in no entry: a ### heading opens one"
    )


def test_a_block_that_is_never_closed_is_refused() -> None:
    assert complaint("# Page\n\n```text\nand on it goes\n").endswith(
        ":3: this block of code is not closed"
    )


def test_a_project_without_the_page_has_no_troubles(tmp_path: Path) -> None:
    assert not list(troubles_beside(tmp_path / "features"))


def test_a_page_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "labs").mkdir()
    (tmp_path / "labs" / "troubleshooting.md").write_bytes(b"\xff")
    with pytest.raises(LabError, match="not UTF-8"):
        troubles_beside(tmp_path / "features")


words = st.text(st.characters(codec="ascii", exclude_characters=ANYTHING), min_size=1).map(
    lambda text: " ".join(text.split())
)
pieces = st.lists(words.filter(bool), min_size=1, max_size=4).map(tuple)


@given(pieces, st.data())
def test_a_symptom_fits_its_pieces_whatever_stands_between_them(
    parts: tuple[str, ...], data: st.DataObject
) -> None:
    between = [data.draw(st.text(max_size=20), label="between") for _ in range(len(parts) + 1)]
    blank = data.draw(st.sampled_from([" ", "\n", " \r\n  ", "\t"]))
    text = between[0]
    for part, after in zip(parts, between[1:], strict=True):
        text += " " + part.replace(" ", blank) + " " + after
    assert Symptom(parts).fits(text)


@given(pieces, st.text(max_size=60))
def test_a_symptom_fits_only_a_text_with_its_pieces_in_order(
    parts: tuple[str, ...], text: str
) -> None:
    plain = " ".join(text.replace("\u2019", "'").split())
    expected, rest = True, plain
    for part in parts:
        _, found, rest = rest.partition(part)
        expected = expected and bool(found)
    assert Symptom(parts).fits(text) == expected


@given(st.text(st.characters(exclude_characters="`*\r\n"), max_size=40))
def test_an_anchor_is_the_one_the_published_page_has(title: str) -> None:
    assert slug(title) == slugify(title, "-")


@given(pieces, st.text(max_size=20))
def test_a_symptom_on_a_page_means_the_same_as_its_pieces(
    parts: tuple[str, ...], between: str
) -> None:
    line = ANYTHING.join(("It is told that ", *parts))
    (trouble,) = read(ENTRY.replace("The lamp of room … does not burn", line))
    assert trouble.letters_in(" it is told: " + line.replace(ANYTHING, f" {between} "))
