"""What is cited of an answer: only what stands in it word for word, and exactly where."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.standins import Source, cite

HOUSE = "The total is 3.5 euros. The inn was clean!\nIt is in Rome, near the river"
SENTENCES = ("The inn was clean!", "It is in Rome", "The total is 3.5 euros.", "Yes.", " ", "\n")


def source(text: str = HOUSE, *, is_cited: bool = True) -> Source:
    return Source("document", "house", (text,), is_cited=is_cited)


def test_a_sentence_is_found_with_or_without_its_end() -> None:
    (passage,) = cite("The inn was clean.", (source(),))
    (citation,) = passage.citations
    assert citation.text == "The inn was clean!"


def test_a_sentence_that_two_sources_hold_is_cited_of_both() -> None:
    other = Source("search result", "b", ("Nothing at all here.", HOUSE), True, "u", is_cited=True)
    (passage,) = cite("The inn was clean!", (source(), other))
    assert [(one.index, one.start, one.end) for one in passage.citations] == [
        (0, 24, 42),
        (0, 1, 2),
    ]


def test_part_of_a_word_and_two_words_are_no_citation() -> None:
    text = "xThe inn was clean, and very cleanly"
    sources = (source(), source("very cleanly."))
    assert [one.citations for one in cite(text, sources)] == [()]


def test_what_stands_behind_a_colon_is_cited() -> None:
    said, cited = cite("find (a): says: The inn was clean.", (source(),))
    assert (said.text, cited.text) == ("find (a): says: ", "The inn was clean.")


def test_a_source_that_is_not_to_be_cited_is_counted_all_the_same() -> None:
    (passage,) = cite("The inn was clean!", (source(is_cited=False), source()))
    assert [one.index for one in passage.citations] == [1]


@given(st.lists(st.sampled_from(SENTENCES)), st.lists(st.sampled_from(SENTENCES)))
def test_passages_are_the_answer_and_places_are_true(said: list[str], held: list[str]) -> None:
    text, sources = " ".join(said), (source(), source(" ".join(held)))
    passages = cite(text, sources)
    assert "".join(one.text for one in passages) == text
    for citation in (citation for one in passages for citation in one.citations):
        assert sources[citation.index].texts[0][citation.start : citation.end] == citation.text
