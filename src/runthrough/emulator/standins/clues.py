"""What a text holds that can be put into a form: numbers, names, quotations, dates, addresses.

Nothing is understood here: these are signs a reader of forms looks for, in the order in which they
stand in the text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runthrough.emulator.standins.sums import find_sum

_LONGEST = 20_000
_TYPEWRITTEN = str.maketrans("“”‘’«»", '""\'\'""')  # noqa: RUF001
_QUOTED = re.compile(r"\"([^\"\n]{1,500})\"|`([^`\n]{1,500})`|(?<!\w)'([^'\n]{1,500})'(?!\w)")
_NUMBER = re.compile(r"(?<![\w.])[-+]?\d+(?:,\d{3})*(?:\.\d+)?(?![\w-]*\d)")
_WORD = r"[A-ZÀ-Þ][\w'-]*"
_NAME = re.compile(rf"{_WORD}(?: (?:of |de |van |von )?{_WORD}){{0,4}}(?:, [A-Z]{{2}}\b)?")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:\n])\W*\Z")
_CODE = re.compile(r"(?<![\w-])(?=[\w-]*\d)(?=[\w-]*[A-Za-z])[A-Za-z0-9][\w-]{1,60}(?![\w-])")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+")
_URL = re.compile(r"\bhttps?://[^\s\"'<>)]{1,500}")
_DATE = re.compile(
    r"\b\d{4}-\d\d-\d\d(?:T\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?"
    r"|\b(?:today|tonight|tomorrow|yesterday"
    r"|(?:next |last )?(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b",
    re.I,
)
_PHRASE = re.compile(
    r"\b(?:in|for|at|about|of|to|from|on|near|with|named|called) (?:the |a |an )?"
    r"([^\s.,;:!?\"'][^.,;:!?\n\"]{0,60})",
    re.I,
)
_TAIL = re.compile(
    r"\s+(?:today|tonight|tomorrow|now|right now|please|this week|at the moment|currently)\Z", re.I
)
_STARTERS_LINE = (
    "a an and are as at be book buy call can check compute could create do does find for from get"
    " give go has have hello help hey hi how i if in is it let list look make may my no of ok on or"
    " order please play save search send set should show so sum tell thanks that the then there"
    " these they this to translate use was we were what when where which who why will with would"
    " write yes you your add delete update calculate convert count open close turn what's how's"
    " where's who's i'm i'd it's"
)
_STARTERS = frozenset(_STARTERS_LINE.split())
"""Words that begin a sentence and are no names."""


@dataclass(frozen=True)
class Clues:
    """What was found in a text; of each kind, in the order of the text.

    Attributes:
        names: runs of capitalized words that are names by their place.
        maybe_names: capitalized words at the beginning of a sentence.
        codes: words of letters and digits, such as `ORD-1234`.
        formulas: the first sum, evenly spaced.
        phrases: what stands behind a preposition.
    """

    text: str
    quoted: tuple[str, ...] = ()
    numbers: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    maybe_names: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    urls: tuple[str, ...] = ()
    dates: tuple[str, ...] = ()
    formulas: tuple[str, ...] = ()
    phrases: tuple[str, ...] = ()


def find_clues(text: str) -> Clues:
    """Return what a text holds; of a long one, only its first 20,000 characters are read."""
    said = text[:_LONGEST].translate(_TYPEWRITTEN)
    names, maybe = _names(said)
    total = find_sum(said)
    return Clues(
        text=said.strip(),
        quoted=tuple(next(filter(None, found)) for found in _QUOTED.findall(said)),
        numbers=tuple(_number(found) for found in _NUMBER.findall(_DATE.sub(" ", said))),
        names=names,
        maybe_names=maybe,
        codes=tuple(code for code in _CODE.findall(said) if not _DATE.fullmatch(code)),
        emails=tuple(_EMAIL.findall(said)),
        urls=tuple(url.rstrip(".,;") for url in _URL.findall(said)),
        dates=tuple(_DATE.findall(said)),
        formulas=() if total is None else (total.written,),
        phrases=tuple(_phrase(found) for found in _PHRASE.findall(said)),
    )


def _number(written: str) -> float:
    value = float(written.replace(",", ""))
    return int(value) if value.is_integer() and "." not in written else value


def _names(text: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return names that are sure, and those that may be big only because a sentence begins."""
    sure, maybe = list[str](), list[str]()
    for match in _NAME.finditer(text):
        words, begins = (
            match[0].split(" "),
            bool(_SENTENCE_START.search(text[: match.start()][-8:])),
        )
        while words and words[0].lower().rstrip(",") in _STARTERS:
            words, begins = words[1:], False
        if not words:
            continue
        (maybe if begins and len(words) == 1 else sure).append(" ".join(words))
    return tuple(sure), tuple(maybe)


def _phrase(found: str) -> str:
    phrase = found.strip()
    while (shorter := _TAIL.sub("", phrase)) != phrase:
        phrase = shorter
    return phrase
