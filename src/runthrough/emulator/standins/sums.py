"""Sums in a sentence: `What is 12 + 30?` → 12 + 30 = 42."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

_WORDS = (
    (r"\bplus\b", "+"),
    (r"\bminus\b", "-"),
    (r"\b(?:times|multiplied by)\b|[×·]|(?<=\d)\s*x\s*(?=\d)", "*"),  # noqa: RUF001
    (r"\bdivided by\b|÷", "/"),
)
_RUN = re.compile(r"(?<![\w.+*/()-])[\d.()+*/ -]+(?!\w)")
_DATE = re.compile(r"\d[-/]\d+[-/]\d")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[-+*/()]")
_MAX_TEXT, _MAX_LENGTH, _MAX_DIGITS = 4000, 200, 15


@dataclass(frozen=True)
class Sum:
    """A sum as it was written, evenly spaced, and its result."""

    written: str
    result: str


def find_sum(text: str) -> Sum | None:
    """Return the first sum of a text, or None where there is none that can be worked out."""
    text = text[:_MAX_TEXT]
    for pattern, sign in _WORDS:
        text = re.sub(pattern, f" {sign} ", text, flags=re.I)
    for match in _RUN.finditer(text):
        tokens = _tokens(match[0].strip(" ."))
        if tokens is None:
            continue
        try:
            value = _Reader(tokens).read()
        except (ValueError, ZeroDivisionError):
            continue
        return Sum(_write(tokens), _show(value))
    return None


def _tokens(written: str) -> list[str] | None:
    """Return the numbers and signs of a run, or None where it is no sum of at least two numbers."""
    if len(written) > _MAX_LENGTH or _DATE.search(written) or _TOKEN.sub("", written).strip():
        return None
    tokens = _TOKEN.findall(written)
    numbers = [token for token in tokens if token[0].isdigit()]
    return tokens if len(numbers) > 1 and max(map(len, numbers)) <= _MAX_DIGITS else None


class _Reader:
    """Works out a sum by the usual rules: brackets, then * and /, then + and -."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens: Iterator[str] = iter([*tokens, ""])
        self._next = next(self._tokens)

    def read(self) -> Fraction:
        value = self._read_terms()
        if self._next:
            raise ValueError(f"{self._next!r} is left over")
        return value

    def _take(self) -> str:
        token, self._next = self._next, next(self._tokens, "")
        return token

    def _read_terms(self) -> Fraction:
        value = self._read_factors()
        while self._next in ("+", "-"):
            value += self._read_factors() if self._take() == "+" else -self._read_factors()
        return value

    def _read_factors(self) -> Fraction:
        value = self._read_one()
        while self._next in ("*", "/"):
            value = value * self._read_one() if self._take() == "*" else value / self._read_one()
        return value

    def _read_one(self) -> Fraction:
        token = self._take()
        if token == "-":
            return -self._read_one()
        if token == "(":
            value = self._read_terms()
            if self._take() != ")":
                raise ValueError("a bracket is not closed")
            return value
        return Fraction(token)


def _write(tokens: list[str]) -> str:
    return " ".join(tokens).replace("( ", "(").replace(" )", ")")


def _show(value: Fraction) -> str:
    if value.denominator == 1:
        return str(value.numerator)
    return f"{float(value):.6g}"
