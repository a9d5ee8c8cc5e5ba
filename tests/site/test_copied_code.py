"""Whatever a doc string holds, its HTML has the same text: that is what a copy button takes."""

from __future__ import annotations

import html
import re

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from runthrough.lab import VARIABLE
from runthrough.settings import placeholder
from runthrough.site.code import Hole, code_html, fill, has_lexer

TEXT = st.text(st.characters(exclude_categories=("Cs",)))
VARIABLES = st.sampled_from(["${AWS_REGION}", "${RUN_ID}", "${CLOUD_PROVIDER}", "${", "$x", "'"])
SOURCES = st.lists(st.one_of(TEXT, VARIABLES, st.sampled_from(["SELECT", "--", "/*", "\n", "\t"])))
LANGUAGES = st.sampled_from(["sql", "text", "python", "bash", "json", "no such language", ""])


def text_of(markup: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", markup))


@given(pieces=SOURCES, language=LANGUAGES)
def test_the_text_of_the_html_is_the_doc_string(pieces: list[str], language: str) -> None:
    filled = fill("".join(pieces))
    between_tags = re.sub(r"<[^>]*>", "", str(code_html(filled, language)))
    # Not unescaped: html.unescape would drop control characters that a browser keeps.
    assert between_tags == str(escape(filled.text))


@given(pieces=SOURCES)
def test_filling_replaces_variables_and_nothing_else(pieces: list[str]) -> None:
    source = "".join(pieces)
    filled = fill(source)
    wanted = VARIABLE.sub(lambda v: placeholder(v["name"]) or f"<{v['name']}>", source)
    assert filled.text == wanted
    assert [hole.name for hole in filled.holes] == [v["name"] for v in VARIABLE.finditer(source)]
    for hole in filled.holes:
        shown = placeholder(hole.name) or f"<{hole.name}>"
        assert filled.text[hole.start : hole.end] == shown


def test_a_hole_is_marked_and_named() -> None:
    filled = fill("'${AWS_ACCESS_KEY_ID}'")
    assert filled.holes == (Hole(1, 22, "AWS_ACCESS_KEY_ID"),)
    markup = code_html(filled, "sql")
    assert 'title="your value of AWS_ACCESS_KEY_ID">&lt;your AWS access key&gt;</span>' in markup


def test_a_setting_without_a_placeholder_shows_its_name() -> None:
    assert fill("${AWS_ENDPOINT_URL_STS}").text == "<AWS_ENDPOINT_URL_STS>"


def test_a_secret_never_shows_more_than_its_placeholder() -> None:
    assert fill("${AWS_SECRET_ACCESS_KEY}").text == "<your AWS secret key>"


def test_sql_is_highlighted() -> None:
    assert '<span class="k">SELECT</span>' in code_html(fill("SELECT 1"), "sql")
    assert has_lexer("sql")
    assert not has_lexer("no such language")


def test_text_of_html_reads_entities() -> None:
    assert text_of(str(code_html(fill("a < b && c"), "sql"))) == "a < b && c"
