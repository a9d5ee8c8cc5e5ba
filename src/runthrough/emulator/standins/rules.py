"""Reading instructions: is a summary wanted, of what, and under which rules?

What is understood, in any prompt: that texts are to be summarized; how they are divided; what to
say when there are none; whom to speak of; whether only what was liked is wanted; limits in words
or characters. Everything else in the instructions is left
alone, and so is what stands beyond their first 20,000 characters.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runthrough.emulator.standins.prompts import Prompt

_SUMMARY = re.compile(
    r"\bsummar(?:y|ies|i[sz]\w+)\b"
    r"|\b(?:merg|combin|condens)\w*\b[^.!?]*\binto (?:one|a single)\b",
    re.I,
)
_LONGEST, _NEAR = 20_000, 120
_DEFAULT_DELIMITER = "|||"
_DIVISION = re.compile(r"\b(?:separat|divid|delimit|split|join|between)\w*", re.I)
_TYPEWRITTEN = str.maketrans("“”‘’«»", '""\'\'""')  # noqa: RUF001
_WRAPPED = re.compile(r"\n(?=[a-z])")  # a line that begins small goes on with a sentence
_QUOTED = re.compile(r"\"([^\"\n]+)\"|`([^`\n]+)`|(?<!\w)'([^'\n]+)'(?!\w)")
_SHOUTED = re.compile(r"\b[A-Z][A-Z0-9]*(?:[ _-][A-Z0-9]+)+\b[.!]?")
_SIGNS = re.compile(r"(?<!\S)[(\[]?([^\w\s().,:\"'`]{1,5})[)\].,:]*(?!\S)")
_EMPTY = re.compile(
    r"\b(?:empty|blank|nothing|missing|null"
    r"|no (?:\w+ )?(?:reviews?|texts?|input|feedback|comments?)"
    r"|without (?:any )?(?:reviews?|texts?))\b",
    re.I,
)
_LABEL = re.compile(r"\A\s*(?:the )?(?:\w+ )?(?:reviews?|input|texts?|feedback)\s*[:=]\s*", re.I)
_BLANK = {"", "null", "none", "nil", "n/a", "empty", "no reviews", "no review", "[]", "{}", "-"}
_LIMIT = re.compile(
    r"(?:at most|no more than|not more than|up to|under|below|fewer than|less than|within"
    r"|maximum(?: of)?|max\.?)\s+(\d{1,4})[\s-]*(word|char)",
    re.I,
)
_LIKED = re.compile(r"\b(?:liked?|loved?|enjoy\w*|prais\w*|positive\w*)\b", re.I)
_DISLIKED = re.compile(
    r"\b(?:dislik\w*|did not|didn't|complain\w*|negativ\w*|critic\w*|problems?|improv\w*"
    r"|faults?|disappoint\w*|both|and dis\w*)\b",
    re.I,
)
_SUBJECTS = (
    (r"guest|hotel|\binn\b", "guests"),
    (r"customer|shopper|buyer", "customers"),
    (r"travell?er|passenger", "travellers"),
    (r"student|learner", "students"),
    (r"diner|restaurant", "diners"),
    (r"viewer|film|movie", "viewers"),
    (r"reader|book", "readers"),
    (r"user|app\b", "users"),
)


@dataclass(frozen=True)
class Task:
    """A summary that is wanted.

    Attributes:
        texts: what is to be summed up, none of them blank.
        nothing: what to say where there are no texts.
        subject: who wrote them, such as `guests`.
        liked_only: whether the instructions ask for what was liked and for nothing else.
        max_words: a limit stated in words; None = none stated.
        max_characters: a limit stated in characters; None = none stated.
        instructions: where all this is stated; what is to be summed up instructs nothing.
    """

    texts: tuple[str, ...]
    nothing: str
    subject: str
    liked_only: bool = False
    max_words: int | None = None
    max_characters: int | None = None
    instructions: str = ""


def read_task(prompt: Prompt) -> Task | None:
    """Return the summary this prompt asks for, or None where it asks for something else."""
    if _SUMMARY.search(prompt.system[:_LONGEST]):
        instructions, content = prompt.system[:_LONGEST], prompt.last
    else:
        instructions, content = _split_instruction(prompt.last)
        if not _SUMMARY.search(instructions):
            return None
    instructions = _WRAPPED.sub(" ", instructions.translate(_TYPEWRITTEN))
    limits = {unit.lower(): int(number) for number, unit in _LIMIT.findall(instructions)}
    return Task(
        texts=_divide(content, _find_delimiter(instructions)),
        nothing=_find_phrase_for_nothing(instructions) or "There is nothing to summarize.",
        subject=_find_subject(instructions),
        liked_only=_wants_liked_only(instructions),
        max_words=limits.get("word"),
        max_characters=limits.get("char"),
        instructions=instructions,
    )


def _split_instruction(text: str) -> tuple[str, str]:
    """Split `Summarize these reviews: …` at the first colon or line end that has text after it."""
    match = re.match(r"([^\n:]{1,400})[\n:]\s*(?=\S)", text)
    return (match[1], text[match.end() :]) if match else ("", text)


def _divide(content: str, delimiter: str) -> tuple[str, ...]:
    parts = [_LABEL.sub("", part).strip() for part in content.split(delimiter)]
    return tuple(
        part
        for part in parts
        if part.translate(_TYPEWRITTEN).strip("\"'`()<> \n\t.").lower() not in _BLANK
    )


def _find_delimiter(instructions: str) -> str:
    """Return the sign that divides the texts, if the instructions name one beside such a word."""
    for match in _DIVISION.finditer(instructions):
        near = instructions[match.end() : match.end() + _NEAR]
        after = re.split(r"(?<=\w)[.!?]\s|\n", near, maxsplit=1)[0]
        named = [
            text for quoted in _QUOTED.findall(after) for text in quoted if _is_sign(text)
        ] or _SIGNS.findall(after)
        if named:
            return str(named[0]).strip()
    return "\n" if re.search(r"\bper line\b", instructions, re.I) else _DEFAULT_DELIMITER


def _is_sign(text: str) -> bool:
    return bool(text.strip()) and not re.search(r"\w", text)


def _find_phrase_for_nothing(instructions: str) -> str | None:
    """Return the phrase that is quoted, or written in capitals, in the rule about empty input."""
    phrases: list[str] = []

    def mask(phrase: str) -> str:
        phrases.append(phrase)
        end = "." if phrase.endswith((".", "!")) else ""
        return f"\x00{len(phrases) - 1}\x00{end}"

    def mask_quoted(match: re.Match[str]) -> str:
        phrase = next(filter(None, match.groups()), "")
        return mask(phrase) if re.search(r"[^\W\d_]{2}", phrase) else match[0]

    masked = _SHOUTED.sub(lambda m: mask(m[0]), _QUOTED.sub(mask_quoted, instructions))
    for sentence in re.split(r"(?<=[.!?])\s+|\n", masked):
        found = _EMPTY.search(sentence)
        if found is None:
            continue
        after = re.findall(r"\x00(\d+)\x00", sentence[found.end() :])
        before = re.findall(r"\x00(\d+)\x00", sentence[: found.start()])
        if after or before:
            return phrases[int(after[0] if after else before[-1])]
    return None


def _find_subject(instructions: str) -> str:
    for pattern, subject in _SUBJECTS:
        if re.search(pattern, instructions, re.I):
            return subject
    return "reviewers"


def _wants_liked_only(instructions: str) -> bool:
    sentences = re.split(r"(?<=[.!?;])\s+|\n", instructions)
    liking = [sentence for sentence in sentences if _LIKED.search(sentence)]
    return bool(liking) and not any(_DISLIKED.search(sentence) for sentence in liking)
