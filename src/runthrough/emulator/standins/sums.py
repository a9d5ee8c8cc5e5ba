"""Sums in a sentence: `What is 12 + 30?` → 12 + 30 = 42; `Now add 3 to that.` → 42 + 3 = 45."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction


def _compiled(*pairs: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    """Return patterns, whatever the case, each with what stands for it."""
    return tuple((re.compile(pattern, re.I), form) for pattern, form in pairs)


_WORDS = _compiled(
    (r"\*\*|\bto the power of\b", "^"),
    (r"(?<=\d) squared\b", "^ 2"),
    (r"(?<=\d) cubed\b", "^ 3"),
    (r"\b(?:plus|más)\b", "+"),
    (r"\b(?:minus|moins|menos)\b", "-"),
    (
        r"\b(?:times|multiplied by|mal|fois|multiplié par|por|multiplicado por)\b|[×·]"  # noqa: RUF001
        r"|(?<=\d)\s*x\s*(?=\d)",
        "*",
    ),
    (r"\b(?:divided by|geteilt durch|divisé par|dividido (?:por|entre))\b|÷", "/"),
)
_RUN = re.compile(r"(?<![\w.,+*/()^-])[\d.()+*/^ -]+(?!\w|,\d)")
_GROUPED = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_CURRENCY = re.compile(r"[$€£](?=\d)")
_DATE = re.compile(r"\d[-/]\d+[-/]\d")
_TOKEN = re.compile(r"\d+(?:\.\d+)?|[-+*/^()]")
_LARGEST_POWER, _DEEPEST = 64, 20
_LETTERS = re.compile(r"[^\W\d_]{2}")
_DIGIT = re.compile(r"\d")
_NUMBER = r"(-?\d{1,15}(?:\.\d{1,10})?)"
_TWO = _compiled(
    (rf"{_NUMBER} ?(?:%|percent) of {_NUMBER}", "{0} / 100 * {1}"),
    (
        rf"\b(?:add|sum of|addiere|suma)\s+{_NUMBER}\s+(?:and|to|und|zu|y|a)\s+{_NUMBER}",
        "{0} + {1}",
    ),
    (rf"\b(?:product of|multiply)\s+{_NUMBER}\s+(?:and|by|with)\s+{_NUMBER}", "{0} * {1}"),
    (rf"\bsubtract\s+{_NUMBER}\s+from\s+{_NUMBER}", "{1} - {0}"),
    (rf"\bdivide\s+{_NUMBER}\s+by\s+{_NUMBER}", "{0} / {1}"),
)
_GOING_ON = _compiled(
    (rf"\b(?:add|addiere|ajoute[rz]?|suma|añade)\s+(?:another )?{_NUMBER}", "{0} + {1}"),
    (rf"{_NUMBER} (?:more )?(?:added to|more than)\b", "{0} + {1}"),
    (rf"{_NUMBER} (?:less than|subtracted from|taken (?:away )?from)\b", "{0} - {1}"),
    (rf"\b(?:subtract|take away|deduct|soustrai\w*|resta)\s+{_NUMBER}", "{0} - {1}"),
    (rf"\b(?:multiply|multipliziere|multipli\w*)\b\D{{0,30}}?{_NUMBER}", "{0} * {1}"),
    (rf"\b(?:divide|teile|divis\w*)\b\D{{0,30}}?{_NUMBER}", "{0} / {1}"),
    (r"\b(?:double|twice|verdopp\w*|duplica)\b", "{0} * 2"),
    (r"\b(?:halve|half of)\b", "{0} / 2"),
    (r"\bsquare (?:it|that|this|the result)\b", "{0} * {0}"),
)
_REFERENCE = re.compile(
    r"\b(?:(?:the|that|your|this) )?(?:(?:previous|last|first) )?(?:result|answer|sum|total)\b"
    r"|\b(?:that|it|this|das|dem ergebnis|das ergebnis|ça|cela|le résultat|eso|el resultado)\b",
    re.I,
)
_STARTING = re.compile(
    r"\A\W*(?:(?:and|now|then|und|jetzt|dann|et|maintenant|y|ahora)\W+)?([-+*/])\s*(?=\(?\d)", re.I
)
_RESULT = re.compile(r"=\s*(-?\d+(?:\.\d+)?)(?![\d.]*\d)")
_ANY_NUMBER = re.compile(r"(?<![\w.])-?\d{1,15}(?:\.\d{1,10})?(?![\w])")
_LONGEST_GOING_ON = 200
_MAX_TEXT, _MAX_LENGTH, _MAX_DIGITS = 4000, 200, 15


@dataclass(frozen=True)
class Sum:
    """A sum as it was written, evenly spaced, and its result.

    Attributes:
        first_step: the part that is worked out first, such as `3 * 4` of 2 + 3 * 4.
    """

    written: str
    result: str
    first_step: str = ""


def find_sum(text: str) -> Sum | None:
    """Return the first sum of a text, or None where there is none that can be worked out."""
    text = text[:_MAX_TEXT]
    if not _DIGIT.search(text):
        return None
    for pattern, form in _TWO:
        match = pattern.search(text)
        if match is not None:
            return _work_out(_tokens(form.format(*(_bracketed(one) for one in match.groups()))))
    text = _with_signs(text)
    for match in _RUN.finditer(text):
        found = _work_out(_tokens(match[0].strip(" .")))
        if found is not None:
            return found
    return None


def continue_sum(text: str, before: str) -> Sum | None:
    """Return the sum of a text that goes on from an earlier result; None where it does not.

    Args:
        text: such as `Now add 3 to that.` or `times 4?`; a long text goes on from nothing.
        before: the earlier result, such as `42` or `-3.5`.
    """
    if len(text) > _LONGEST_GOING_ON:
        return None
    left = _bracketed(before)
    for pattern, form in _GOING_ON:
        match = pattern.search(text)
        if match is not None:
            return _work_out(_tokens(form.format(left, *map(_bracketed, match.groups()))))
    signed = _with_signs(text)
    if _STARTING.match(signed):
        return find_sum(_STARTING.sub(lambda match: f"{left} {match[1]} ", signed, count=1))
    referring = _REFERENCE.sub(f" {left} ", signed, count=1)
    return find_sum(referring) if referring != signed else None


def result_in(text: str) -> str | None:
    """Return the result that a text tells: the number after its last `=`."""
    return next(iter(reversed(_RESULT.findall(text[-_MAX_TEXT:]))), None)


def last_number(text: str) -> str | None:
    """Return the last number of a text."""
    return next(iter(reversed(_ANY_NUMBER.findall(text[-_MAX_TEXT:]))), None)


def has_no_words(text: str) -> bool:
    """Whether a text has no other words than `plus`, `times` and their like."""
    return _LETTERS.search(_with_signs(text)) is None


def _with_signs(text: str) -> str:
    text = _CURRENCY.sub("", _GROUPED.sub("", text))
    for pattern, sign in _WORDS:
        text = pattern.sub(f" {sign} ", text)
    return text


def _bracketed(number: str) -> str:
    return f"({number})" if number.startswith("-") else number


def _work_out(tokens: list[str] | None) -> Sum | None:
    if tokens is None:
        return None
    reader = _Reader(tokens)
    try:
        value = reader.read()
    except (ValueError, ZeroDivisionError):
        return None
    return Sum(_write(tokens), _show(value), reader.first_step)


def _tokens(written: str) -> list[str] | None:
    """Return the numbers and signs of a run, or None where it is no sum of at least two numbers."""
    if (
        len(written) > _MAX_LENGTH
        or written.count("(") > _DEEPEST
        or _DATE.search(written)
        or _TOKEN.sub("", written).strip()
    ):
        return None
    tokens = _TOKEN.findall(written)
    numbers = [token for token in tokens if token[0].isdigit()]
    return tokens if len(numbers) > 1 and max(map(len, numbers)) <= _MAX_DIGITS else None


class _Reader:
    """Works out a sum by the usual rules: brackets, then * and /, then + and -."""

    def __init__(self, tokens: list[str]) -> None:
        self._tokens: Iterator[str] = iter([*tokens, ""])
        self._next = next(self._tokens)
        self.first_step = ""

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
            sign, other = self._take(), self._read_factors()
            self._note(value, sign, other)
            value = value + other if sign == "+" else value - other
        return value

    def _read_factors(self) -> Fraction:
        value = self._read_power()
        while self._next in ("*", "/"):
            sign, other = self._take(), self._read_power()
            self._note(value, sign, other)
            value = value * other if sign == "*" else value / other
        return value

    def _read_power(self) -> Fraction:
        value = self._read_one()
        if self._next != "^":
            return value
        sign, power = self._take(), self._read_power()
        if power.denominator != 1 or abs(power) > _LARGEST_POWER or (value == 0 and power < 0):
            raise ValueError("a power that is not worked out")
        self._note(value, sign, power)
        return value**power.numerator

    def _note(self, left: Fraction, sign: str, right: Fraction) -> None:
        self.first_step = self.first_step or f"{_show(left)} {sign} {_show(right)}"

    def _read_one(self) -> Fraction:
        token = self._take()
        if token == "-":
            return -self._read_power()
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
