"""Fenced code blocks of a page: where each one stands, with nothing rendered.

Follows pymdownx.superfences where Markdown dialects differ: a fence may be indented (in a tab, an
admonition, a list), and one that is never closed is plain text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_OPENING = re.compile(r"^(?P<lead>[ \t>]*)(?P<mark>`{3,}|~{3,})(?P<info>[^`]*)$")
_LANGUAGE = re.compile(r"^\{?[ \t]*\.?(?P<language>[\w+#-]*)")


@dataclass(frozen=True)
class Fence:
    """One fenced block.

    Attributes:
        number: the line its opening marks stand on, counted from 1.
        lead: what precedes the marks: indentation, or `>` of a quotation.
        language: the first word of its header, lower-cased (`sql` in all of ```` ```sql ````,
            ```` ``` { .sql title="x" } ````).
        above: the nearest line above it that is not blank.
        closed: whether its closing marks were found.
    """

    number: int
    lead: str
    language: str
    above: str
    closed: bool


def find_fences(text: str) -> Iterator[Fence]:
    """Yield the fences of a page in order; one inside another, or in a comment, does not count."""
    lines = text.split("\n")
    above, index = "", 0
    while index < len(lines):
        line = lines[index]
        opening = _OPENING.match(line)
        if opening is not None:
            end = _closing(lines, index, opening["mark"])
            language = _LANGUAGE.match(opening["info"].strip())
            yield Fence(
                number=index + 1,
                lead=opening["lead"],
                language=language["language"].lower() if language else "",
                above=above,
                closed=end is not None,
            )
            index = end if end is not None else index
        elif "<!--" in line:
            index = _comment_end(lines, index)
        if lines[index].strip():
            above = lines[index]
        index += 1


def _closing(lines: list[str], start: int, mark: str) -> int | None:
    closing = re.compile(rf"^[ \t>]*{re.escape(mark[0])}{{{len(mark)},}}[ \t]*$")
    return next((i for i in range(start + 1, len(lines)) if closing.match(lines[i])), None)


def _comment_end(lines: list[str], start: int) -> int:
    """Return the line on which the comment opened at `start` ends; unclosed, it is plain text."""
    _, _, rest = lines[start].rpartition("<!--")
    if "-->" in rest:
        return start
    return next((i for i in range(start + 1, len(lines)) if "-->" in lines[i]), start)
