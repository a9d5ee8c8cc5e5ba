"""Cutting texts into chunks, for the ML_*_TEXT_SPLITTER functions, row by row.

Source: facts/flink-sql-ai.md 4.5: chunks in their order, a size below 0, an overlap below 0 or
above the size are errors. How pieces are put together again is ours: as many as fit, the last ones
of a chunk once more at the head of the next up to the overlap.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from runthrough.emulator.flink.functions.java_regex import usable

_GENERAL = ("\n\n", "\n", " ", "")
_FORMATS = {
    "PYTHON": ("\nclass ", "\ndef ", "\n\tdef "),
    "JAVA": ("\nclass ", "\npublic ", "\nprotected ", "\nprivate ", "\nstatic "),
    "JAVASCRIPT": ("\nfunction ", "\nconst ", "\nlet ", "\nvar ", "\nclass "),
    "MARKDOWN": ("\n# ", "\n## ", "\n### ", "\n#### ", "\n##### ", "\n###### ", "```\n"),
    "HTML": ("<body", "<div", "<p", "<br", "<li", "<h1", "<h2", "<h3", "<table", "<tr", "<td"),
    "LATEX": ("\n\\chapter{", "\n\\section{", "\n\\subsection{", "\n\\begin{"),
    "TEXT": (),
}


def by_separator(
    text: str, size: int, overlap: int, separators: list[str], options: list[str]
) -> list[str]:
    """ML_CHARACTER_TEXT_SPLITTER: cut at one separator alone.

    Args:
        text: what to cut.
        size: of a chunk at most, in characters.
        overlap: of two chunks at most, in characters.
        separators: one, plain or a pattern.
        options: isRegex, trim and keep as true or false, then START or END.

    Raises:
        ValueError: a size or overlap that cannot be.
    """
    _check(size, overlap)
    regex, trim, keep, place = _read(options)
    pieces = _cut(text, separators[0], regex, keep, place)
    joint = "" if keep or regex else separators[0]
    return _cleaned(_merged(pieces, size, overlap, joint), trim)


def recursively(
    text: str, size: int, overlap: int, separators: list[str], options: list[str]
) -> list[str]:
    """ML_RECURSIVE_TEXT_SPLITTER: cut what is still too long at the next separator.

    Raises:
        ValueError: a size or overlap that cannot be.
    """
    _check(size, overlap)
    regex, trim, keep, place = _read(options)
    chunks = _descend(text, size, overlap, separators or list(_GENERAL), (regex, keep, place))
    return _cleaned(chunks, trim)


def by_format(text: str, size: int, overlap: int, name: str) -> list[str]:
    """ML_FILE_FORMAT_TEXT_SPLITTER: cut where a file of a format has its parts.

    Raises:
        ValueError: a format that is not known, a size or overlap that cannot be.
    """
    if name.upper() not in _FORMATS:
        raise ValueError(f"Unsupported file format: {name}")
    separators = [*_FORMATS[name.upper()], *_GENERAL]
    return recursively(text, size, overlap, separators, ["false", "true", "true", "START"])


def _check(size: int, overlap: int) -> None:
    if size < 0 or overlap < 0:
        raise ValueError("Chunk size and chunk overlap must not be negative.")
    if overlap > size:
        raise ValueError("Chunk overlap must not be larger than chunk size.")


def _read(options: Sequence[str]) -> tuple[bool, bool, bool, str]:
    regex, trim, keep, place = options
    return regex == "true", trim == "true", keep == "true", place.upper()


def _cut(text: str, separator: str, regex: bool, keep: bool, place: str) -> list[str]:
    """Return the pieces between separators; a kept one begins or ends a piece."""
    if not separator:
        return list(text)
    pattern = usable(separator) if regex else re.compile(re.escape(separator))
    if pattern is None:
        raise ValueError(f"The separator '{separator}' is no regular expression.")
    pieces, start, head = [], 0, ""
    for match in pattern.finditer(text):
        found = match[0] if keep else ""
        pieces.append(head + text[start : match.start()] + (found if place == "END" else ""))
        head = found if place != "END" else ""
        start = match.end()
    return [piece for piece in [*pieces, head + text[start:]] if piece]


def _merged(pieces: list[str], size: int, overlap: int, joint: str) -> list[str]:
    """Put pieces together as long as they fit; a piece that is too long stays one chunk."""
    chunks: list[str] = []
    held: list[str] = []

    def length(parts: list[str]) -> int:
        return sum(len(part) for part in parts) + len(joint) * max(len(parts) - 1, 0)

    for piece in pieces:
        if held and length([*held, piece]) > size:
            chunks.append(joint.join(held))
            while held and (length(held) > overlap or length([*held, piece]) > size):
                held.pop(0)
        held.append(piece)
    return [*chunks, joint.join(held)] if held else chunks


def _descend(
    text: str, size: int, overlap: int, separators: list[str], options: tuple[bool, bool, str]
) -> list[str]:
    regex, keep, place = options
    chosen = next(
        (n for n, s in enumerate(separators) if not s or _occurs(s, text, regex)),
        len(separators) - 1,
    )
    separator, later = separators[chosen], separators[chosen + 1 :]
    joint = "" if keep or regex else separator
    chunks: list[str] = []
    fitting: list[str] = []
    for piece in _cut(text, separator, regex, keep, place):
        if len(piece) <= size:
            fitting.append(piece)
            continue
        chunks += _merged(fitting, size, overlap, joint)
        fitting = []
        chunks += _descend(piece, size, overlap, later, options) if later else [piece]
    return chunks + _merged(fitting, size, overlap, joint)


def _occurs(separator: str, text: str, regex: bool) -> bool:
    pattern = usable(separator) if regex else None
    return bool(pattern and pattern.search(text)) if regex else separator in text


def _cleaned(chunks: list[str], trim: bool) -> list[str]:
    shown = [chunk.strip() if trim else chunk for chunk in chunks]
    return [chunk for chunk in shown if chunk]


def ngrams(words: list[str | None], size: int, separator: str) -> list[str]:
    """ML_NGRAMS: every run of so many words; NULLs are skipped.

    Raises:
        ValueError: a size below 1.
    """
    if size < 1:
        raise ValueError("The size of an n-gram must be at least 1.")
    known = [word for word in words if word is not None]
    return [separator.join(known[n : n + size]) for n in range(len(known) - size + 1)]
