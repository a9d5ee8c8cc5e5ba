"""Comments on data: a sentence, a headline or a caption made of what the prompt tells.

Extractive: names, numbers and labels are said as they stand in the prompt, in its order. Data may
be prose (`Night Heron is in place 1.`), pairs (`racer: Night Heron, place: 1`) or JSON. Nothing is
concluded, and an opener (`And now:`), which stands where a lively text is wanted, says nothing.

Who comments is told by the user's own order or by the instructions. The form, such as one sentence
of at most 80 characters, is the business of `wishes` and `shaping`. Openers and the punctuation of
pairs are ours; source of the task: facts workshop-labs E.4 (5) and E.5.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import re
from collections.abc import Iterator
from typing import Any

from runthrough.emulator.standins.prompts import Prompt
from runthrough.emulator.standins.quoting import is_order, split_sentences

_LONGEST, _DEEPEST, _MOST_PHRASES, _MOST_PAIRS = 4_000, 4, 20, 40
_KINDS = r"(?:comment(?:ary|s)?|headline|title|tagline|slogan|caption|tweet|announcement|teaser)"
_WRITTEN = re.compile(
    r"\b(?:write|generate|create|compose|give|make|produce|craft|provide|draft)\b[^.!?\n]{0,60}?"
    rf"\b{_KINDS}\b",
    re.I,
)
_COMMENT = re.compile(
    r"\A\W*(?:please |now )?comment(?:ate)?(?=\s+(?:on|in|about|with|briefly)\b|\W*\Z|\s*:)", re.I
)
_COMMENTATOR = re.compile(
    r"\byou (?:are|act as)\b[^.!?\n]{0,60}?\bcommentator\b|\byou (?:comment|commentate|narrate)\b",
    re.I,
)
_SUBJECT = re.compile(r"\b(?:about|for|on|that|saying|of)\s+(?=\S)", re.I)
_FORM = re.compile(
    r"\b(?:of )?(?:under|below|in|with|at most|no more than|less than|fewer than|up to|maximum)\s+"
    r"(?:the\s+)?\d+\s*\w*|\b(?:\d+)\s*(?:characters?|words?)(?:\s*or\s*\w+)?",
    re.I,
)
_LIVELY = re.compile(r"\b(?:excit\w*|thrill\w*|enthusias\w*|dramatic|energetic|lively)\b", re.I)
_TAG = re.compile(r"</?[a-z][\w-]{0,40}>", re.I)
_JSON_BEGINS = re.compile(r"[{\[]")
_PIECE = re.compile(r"\s*[,;|\n]\s*|\.\s+")
_PAIR = re.compile(r"(?P<label>[^\W\d][\w-]*(?: [\w-]+){0,2})\s*[:=]\s*(?!//)(?P<value>\S.*)")
_LOOSE = " .!?,;:-"
_OPENERS = ("And now:", "Look at this:", "Here we go:", "What a moment:")


def comment(prompt: Prompt) -> tuple[str, ...]:
    """Return wordings of a comment, the fullest first; () where no comment is asked for.

    None is returned either where the user gives nothing to comment on. Of a long text the first
    4,000 characters are read.
    """
    text = _TAG.sub(" ", prompt.last[:_LONGEST])
    ordered = orders_comment(text)
    if not ordered and not _is_commentator(prompt.system):
        return ()
    told = _tell_json(text)
    told = _tell_prose(text, ordered=ordered) if told is None else told
    if not told:
        return ()
    lively = _LIVELY.search(text) or _LIVELY.search(prompt.system[:_LONGEST])
    return tuple(_word(told, lively=bool(lively)))


def orders_comment(text: str) -> bool:
    """Whether a text wants a comment, a headline or the like written."""
    return any(map(_orders, split_sentences(text[:_LONGEST])))


def _is_commentator(system: str) -> bool:
    return bool(_COMMENTATOR.search(system[:_LONGEST]) or _WRITTEN.search(system[:_LONGEST]))


def _orders(sentence: str) -> bool:
    """Whether a sentence wants a comment written; `Comment allez-vous ?` is French."""
    asks = sentence.rstrip().endswith("?")
    return bool(_WRITTEN.search(sentence) or (_COMMENT.search(sentence) and not asks))


def _tell_json(text: str) -> list[str] | None:
    """Return what JSON in a text tells, a phrase an object; None where there is no JSON."""
    for begin in itertools.islice(_JSON_BEGINS.finditer(text), _MOST_PHRASES):
        try:
            value, _ = json.JSONDecoder().raw_decode(text[begin.start() :])
        except (ValueError, RecursionError):
            continue
        phrases = filter(None, map(_phrase_of, _objects(value, 0)))
        return list(itertools.islice(phrases, _MOST_PHRASES))
    return None


def _objects(value: Any, depth: int) -> Iterator[list[tuple[str, str]]]:
    """Yield the label and value pairs of each object, outer ones first."""
    if depth > _DEEPEST or not isinstance(value, dict | list):
        return
    inner = list(value.values()) if isinstance(value, dict) else value
    if isinstance(value, dict):
        yield [(label, _written(one)) for label, one in value.items() if _is_plain(one)]
    for one in inner:
        yield from _objects(one, depth + 1)


def _is_plain(value: Any) -> bool:
    return isinstance(value, str | int | float) and value != ""


def _written(value: str | float | bool) -> str:
    return str(value) if isinstance(value, str) else json.dumps(value)


def _tell_prose(text: str, *, ordered: bool) -> list[str]:
    """Return the statements of a text, without orders and questions."""
    pairs = _pairs_of(text)
    if pairs:
        return [_phrase_of(pairs)]
    told = []
    for sentence in split_sentences(text):
        if _orders(sentence):
            told.append(_before_order(sentence))
        elif not is_order(sentence) and not sentence.endswith("?"):
            told.append(sentence)
    told = [" ".join(one.split()).strip(_LOOSE) for one in told]
    told = [one for one in told if one]
    return told or ([_subject(text)] if ordered and _subject(text) else [])


def _pairs_of(text: str) -> list[tuple[str, str]]:
    """Return label and value pairs, where everything but orders is one; else []."""
    pieces = [one for sentence in split_sentences(text) if not _orders(sentence)
              for one in _PIECE.split(sentence.rstrip(_LOOSE)) if not is_order(one)]  # fmt: skip
    found = [_PAIR.fullmatch(piece.strip()) for piece in pieces[: _MOST_PAIRS + 1]]
    if not found or len(found) > _MOST_PAIRS or None in found:
        return []
    return [(one["label"], one["value"]) for one in found if one is not None]


def _phrase_of(pairs: list[tuple[str, str]]) -> str:
    """Return names, then what is known of them: `Night Heron, Cirrus: place 1, lap 12`."""
    names = [value for _, value in pairs if value[:1].isupper()]
    others = [f"{label.replace('_', ' ')} {value}" for label, value in pairs if value not in names]
    return " - ".join(filter(None, (", ".join(names), ", ".join(others))))


def _before_order(sentence: str) -> str:
    """Return what is told ahead of an order: `Vega is first, so write a comment`."""
    written = _WRITTEN.search(sentence)
    before = sentence[: written.start()] if written else ""
    head, comma, _ = before.rpartition(",")
    return head if comma else ""


def _subject(text: str) -> str:
    """Return what an order names: `Write a headline about the new pool`."""
    order = next(one for one in split_sentences(text) if _orders(one))
    match = _WRITTEN.search(order) or _COMMENT.search(order)
    rest = _FORM.sub("", order[match.end() :]) if match else ""
    found = _SUBJECT.search(rest)
    return " ".join(rest[found.end() :].split()).strip(_LOOSE) if found else ""


def _word(told: list[str], *, lively: bool) -> Iterator[str]:
    """Yield one sentence of everything, then with less and less of it."""
    end = "!" if lively else "."
    whole = "; ".join(told)
    if lively:
        digest = hashlib.sha256(whole.encode("utf-8", "replace")).digest()
        yield f"{_OPENERS[digest[0] % len(_OPENERS)]} {_big(whole)}{end}"
    for count in range(len(told), 0, -1):
        yield f"{_big('; '.join(told[:count]))}{end}"
    first = told[0]
    while first := first.rpartition(", ")[0]:
        yield f"{_big(first)}{end}"


def _big(text: str) -> str:
    return text[0].upper() + text[1:]
