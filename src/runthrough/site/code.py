"""Doc strings as HTML: highlighted, escaped, and the same text to the byte once copied."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup, escape
from pygments.lexers import get_lexer_by_name  # type: ignore[import-untyped]
from pygments.token import STANDARD_TYPES  # type: ignore[import-untyped]
from pygments.util import ClassNotFound  # type: ignore[import-untyped]

from runthrough.lab import VARIABLE
from runthrough.settings import placeholder


@dataclass(frozen=True)
class Hole:
    """A place in a text where the reader puts a value of their own: `text[start:end]`."""

    start: int
    end: int
    name: str


@dataclass(frozen=True)
class Filled:
    """A text whose variables show placeholders, and where those are."""

    text: str
    holes: tuple[Hole, ...]


def fill(text: str) -> Filled:
    """Put the placeholder of its setting in place of every `${NAME}`; `<NAME>` if it has none."""
    parts: list[str] = []
    holes: list[Hole] = []
    length = copied = 0
    for variable in VARIABLE.finditer(text):
        before = text[copied : variable.start()]
        shown = placeholder(variable["name"]) or f"<{variable['name']}>"
        start = length + len(before)
        holes.append(Hole(start, start + len(shown), variable["name"]))
        parts += [before, shown]
        length, copied = start + len(shown), variable.end()
    return Filled("".join([*parts, text[copied:]]), tuple(holes))


def code_html(filled: Filled, language: str) -> Markup:
    """Return the inside of a `<code>` element: its text content is `filled.text`, unchanged."""
    return Markup("").join(
        _span(piece, css, hole) for piece, css, hole in _pieces(filled, _tokens(filled, language))
    )


def plain_html(text: str) -> Markup:
    """Return a text with its holes marked and nothing highlighted."""
    return code_html(fill(text), "")


def has_lexer(language: str) -> bool:
    """Return whether a media type names a language that can be highlighted."""
    return _lexer(language) is not None


def _lexer(language: str) -> Any:
    """Return the lexer of a language, or None."""
    if not language:
        return None
    try:
        return get_lexer_by_name(language, stripnl=False, stripall=False, ensurenl=False)
    except ClassNotFound:
        return None


def _tokens(filled: Filled, language: str) -> list[tuple[str, str]]:
    """Return (text, CSS class) pairs; one pair without a class where the lexer is not faithful."""
    lexer = _lexer(language)
    if lexer is not None:
        tokens = [
            (value, STANDARD_TYPES.get(kind, "")) for kind, value in lexer.get_tokens(filled.text)
        ]
        if "".join(value for value, _ in tokens) == filled.text:
            return tokens
    return [(filled.text, "")]


def _pieces(
    filled: Filled, tokens: list[tuple[str, str]]
) -> Iterator[tuple[str, str, Hole | None]]:
    """Cut the tokens at the edges of the holes, so that no piece crosses one."""
    edges = sorted({edge for hole in filled.holes for edge in (hole.start, hole.end)})
    position = 0
    for value, css in tokens:
        end = position + len(value)
        while position < end:
            stop = min([edge for edge in edges if edge > position] + [end])
            stop = min(stop, end)
            hole = next((h for h in filled.holes if h.start <= position < h.end), None)
            yield filled.text[position:stop], css, hole
            position = stop


def _span(piece: str, css: str, hole: Hole | None) -> Markup:
    if hole is not None:
        title = f"your value of {hole.name}"
        return Markup('<span class="rt-hole" title="{}">{}</span>').format(title, piece)
    if css:
        return Markup('<span class="{}">{}</span>').format(css, piece)
    return escape(piece)
