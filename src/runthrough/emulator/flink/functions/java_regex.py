"""What the REGEXP functions, SPLIT and SIMILAR TO compute, row by row.

Source: facts/flink-sql-ai.md 6.2: Java's patterns; no match or a bad pattern gives NULL.
"""

from __future__ import annotations

import re
from functools import lru_cache

from runthrough.emulator.flink.functions.java_patterns import (
    BadPatternError,
    UntranslatableError,
    compiled,
)


def usable(pattern: str) -> re.Pattern[str] | None:
    """Return a pattern, None if Java would not take it. Raises ValueError if only Java would."""
    try:
        return compiled(pattern)
    except BadPatternError:
        return None
    except UntranslatableError as error:
        raise ValueError(f"not emulated: {error} in a regular expression") from error


def found(text: str, pattern: str) -> bool:
    """REGEXP: whether the pattern is found anywhere; a bad or empty one is not."""
    regex = usable(pattern) if pattern else None
    return regex is not None and regex.search(text) is not None


def extract(text: str, pattern: str, group: int) -> str | None:
    """REGEXP_EXTRACT: a group of the first match; NULL without match, group or good pattern."""
    regex = usable(pattern)
    if regex is None or not 0 <= group <= regex.groups:
        return None
    match = regex.search(text)
    return None if match is None else match[group]


def extract_all(text: str, pattern: str, group: int) -> list[str | None] | None:
    """REGEXP_EXTRACT_ALL: a group of every match; NULL for a group or pattern that is none."""
    regex = usable(pattern)
    if regex is None or not 0 <= group <= regex.groups:
        return None
    return [match[group] for match in regex.finditer(text)]


def count(text: str, pattern: str) -> int | None:
    """REGEXP_COUNT: how many matches there are; NULL for a bad pattern."""
    regex = usable(pattern)
    return None if regex is None else sum(1 for _ in regex.finditer(text))


def position(text: str, pattern: str) -> int | None:
    """REGEXP_INSTR: where the first match begins, from 1; 0 for none, NULL for a bad pattern."""
    regex = usable(pattern)
    if regex is None:
        return None
    match = regex.search(text)
    return 0 if match is None else match.start() + 1


def replace(text: str, pattern: str, replacement: str) -> str | None:
    r"""REGEXP_REPLACE: every match replaced; `$1` and `${name}` are groups, `\$` is a dollar."""
    regex = usable(pattern)
    if regex is None:
        return None
    try:
        pieces = _pieces(replacement, regex.groups, tuple(regex.groupindex))
    except ValueError:
        return None

    def filled(match: re.Match[str]) -> str:
        return "".join(p if isinstance(p, str) else (match[p[0]] or "") for p in pieces)

    return regex.sub(filled, text)


@lru_cache(maxsize=256)
def _pieces(text: str, groups: int, names: tuple[str, ...]) -> tuple[str | tuple[int | str], ...]:
    """Return a replacement as texts and groups. Raises ValueError where Java would."""
    pieces: list[str | tuple[int | str]] = []
    at = 0
    while at < len(text):
        if text[at] == "\\":
            if at + 1 == len(text):
                raise ValueError("character to be escaped is missing")
            pieces.append(text[at + 1])
            at += 2
        elif text[at] == "$":
            if name := re.compile(r"\$\{([a-zA-Z][a-zA-Z0-9]*)\}").match(text, at):
                if name[1] not in names:
                    raise ValueError(f"No group with name {{{name[1]}}}")
                pieces.append((name[1],))
                at = name.end()
                continue
            digits = re.compile(r"\$(\d+)").match(text, at)
            if digits is None or int(digits[1][0]) > groups:
                raise ValueError("Illegal group reference")
            number = digits[1]
            # As many digits as name a group.
            while int(number) > groups:
                number = number[:-1]
            pieces.append((int(number),))
            at += 1 + len(number)
        else:
            pieces.append(text[at])
            at += 1
    return tuple(pieces)


def split(text: str, separator: str) -> list[str]:
    """SPLIT: the parts between separators, which is plain text; '' parts every character."""
    return text.split(separator) if separator else list(text)


def pairs(text: str, between: str, inside: str) -> list[list[str | None]]:
    """STR_TO_MAP: keys and values of a text; both separators are patterns.

    Raises:
        ValueError: a separator is no pattern.
    """
    outer, inner = usable(between), usable(inside)
    if outer is None or inner is None:
        raise ValueError("STR_TO_MAP needs patterns as separators")
    found = [inner.split(part, maxsplit=1) for part in outer.split(text)]
    return [[p[0] for p in found], [p[1] if len(p) > 1 else None for p in found]]


# -- SIMILAR TO ------------------------------------------------------------------------------------

_NAMED_CLASSES = {
    "[:ALPHA:]": r"\p{Alpha}", "[:alpha:]": r"\p{Alpha}", "[:UPPER:]": r"\p{Upper}",
    "[:upper:]": r"\p{Upper}", "[:LOWER:]": r"\p{Lower}", "[:lower:]": r"\p{Lower}",
    "[:DIGIT:]": r"\d", "[:digit:]": r"\d", "[:SPACE:]": " ", "[:space:]": " ",
    "[:WHITESPACE:]": r"\s", "[:whitespace:]": r"\s", "[:ALNUM:]": r"\p{Alnum}",
    "[:alnum:]": r"\p{Alnum}",
}  # fmt: skip


def similar(text: str, pattern: str, escape: str) -> bool:
    """SIMILAR TO: whether the whole text matches; `escape` is '' for none.

    Raises:
        ValueError: the pattern or the escape character is not allowed.
    """
    regex = usable(_similar_pattern(pattern, escape))
    if regex is None:
        raise ValueError(f"Invalid regular expression: {pattern}")
    return regex.fullmatch(text) is not None


@lru_cache(maxsize=256)
def _similar_pattern(pattern: str, escape: str) -> str:
    """Return a pattern of SIMILAR TO in Java's words."""
    if len(escape) > 1:
        raise ValueError(f"Invalid escape character '{escape}'")
    result, at, inside = "", 0, False
    while at < len(pattern):
        character = pattern[at]
        named = next((n for n in _NAMED_CLASSES if pattern.startswith(n, at)), None)
        if escape and character == escape:
            if at + 1 == len(pattern):
                raise ValueError(f"Invalid escape sequence '{pattern}', {at}")
            result += "\\" + pattern[at + 1]
            at += 2
            continue
        if named:
            result += _NAMED_CLASSES[named] if inside else f"[{_NAMED_CLASSES[named]}]"
            at += len(named)
            continue
        inside = (inside or character == "[") and character != "]"
        if not inside and character in "_%":
            character = "." if character == "_" else "(?:.*)"
        elif character in "\\.$":
            character = "\\" + character
        result += character
        at += 1
    return "(?s)" + result
