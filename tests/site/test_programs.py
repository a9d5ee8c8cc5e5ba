"""What stands in place of a long program: how long it is, and what it says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.lab import Program
from runthrough.site.programs import MOST_LINES, Fold, about, fold


def program(text: str) -> Program:
    return Program(Path("talk.py"), text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('"""Talk."""\nx = 1\n', "Talk."),
        ('"""Talk\nto it.\n\nAt length.\n"""\n', "Talk to it."),
        ('#!/usr/bin/env python3\n# Talks.\n\n"""Talk."""\n', "Talk."),
        ('x = 1\n"""No docstring."""\n', ""),
        ("# nothing else\n", ""),
        ("", ""),
        ('"""never closed\n', ""),
    ],
)
def test_a_program_says_itself_what_it_does(text: str, said: str) -> None:
    assert about(text) == said


def test_a_program_is_folded_from_the_first_line_too_many() -> None:
    line = "print(1)\n"
    assert fold(program(line * MOST_LINES)) is None
    assert fold(program(line * (MOST_LINES + 1))) == Fold(MOST_LINES + 1, "")
