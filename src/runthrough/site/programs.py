"""Programs on a page: a long one is folded away behind its name, its length and what it does."""

from __future__ import annotations

import re
from dataclasses import dataclass

from runthrough.lab import Program

MOST_LINES = 30
"""Lines of a program that stand open on a page; one that has more is folded."""

_ABOUT = re.compile(
    r'\A(?:[ \t]*(?:#[^\n]*)?\n)*[rR]?"""(?P<about>.+?)(?:"""|\n[ \t]*\n)', re.DOTALL
)


@dataclass(frozen=True)
class Fold:
    """What stands in place of a folded program until the reader opens it.

    Attributes:
        lines: how many lines it has.
        about: what it does, in its own words; empty where it does not say.
    """

    lines: int
    about: str


def fold(program: Program) -> Fold | None:
    """Return what is left of a program that is too long to stand open, None of one that is not."""
    lines = len(program.text.splitlines())
    if lines <= MOST_LINES:
        return None
    return Fold(lines, about(program.text))


def about(text: str) -> str:
    """Return the first paragraph of a program's docstring, on one line; empty if it has none."""
    found = _ABOUT.match(text)
    return " ".join(found["about"].split()) if found else ""
