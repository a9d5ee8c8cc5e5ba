"""What was said before: things the user told, earlier questions, and earlier answers.

Everything is read off the list of messages; nothing is kept between two prompts.
"""

from __future__ import annotations

import re

from runthrough.emulator.standins.languages import Language
from runthrough.emulator.standins.prompts import Prompt
from runthrough.emulator.standins.shaping import sentences_of

_TYPEWRITTEN = str.maketrans("“”‘’", "\"\"''")  # noqa: RUF001
_LONGEST = 4_000
"""Characters of one turn that are read for what the user tells of themselves."""

_LONGEST_QUOTE = 200
_NAME = r"([^\W\d_][\w'-]*(?: [A-ZÀ-Þ][\w'-]*)?)"
_TOLD_NAME = re.compile(
    r"\b(?i:my name(?: is|'s)|I am called|call me|je m'appelle|mon nom est|ich heiße|ich heisse"
    rf"|mein name ist|me llamo|mi nombre es) {_NAME}"
)
_INTRODUCED = re.compile(
    r"\A\W*(?i:hi|hello|hey|good (?:morning|day|evening)|hallo|bonjour|salut|hola)\b[^.?\n]{0,20}?"
    r"(?i:I am|I'm|ich bin|je suis|soy) ([A-ZÀ-Þ][\w'-]*(?: [A-ZÀ-Þ][\w'-]*)?)(?=\W|\Z)"
)
_THING = r"((?:[^\W\d_]+ ){0,2}[^\W\d_]+)"
_TOLD = re.compile(
    rf"\b(?:my|mein|meine|mon|ma|mi) {_THING} (?:is|are|ist|sind|est|sont|es|son)"
    r" ([^.,;!?\n]{1,60})",
    re.I,
)
_ASKED = re.compile(
    r"\b(?:what(?: is|'s| was| are)|tell me|do you (?:know|remember)|remind me of|who is"
    r"|was ist|wie ist|wer ist|wie lautet|wie heißt|quel(?:le)? est|qui est|cuál es|quién es"
    rf"|dime) (?:my|mein|meine|mon|ma|mi) {_THING}",
    re.I,
)
_ASKED_NAME = re.compile(
    r"\bwho am i\b|\bwhat am i called\b|\bcomment (?:je )?m'appell|\bquel est mon nom"
    r"|\bwie (?:heiße|heisse) ich|\bwer bin ich|\bcómo me llamo|\bquién soy",
    re.I,
)
_OWN = re.compile(
    r"\b(?:I'm|bin|suis|soy|my|mein|meine|mon|ma|mi|am|call|heiße|heisse|m'appelle|llamo)\b", re.I
)
_STATED = re.compile(
    r"\A\W*(?:(?:please )?remember(?: that)?:? )?(?:I|we|my|our|ich|wir|mein\w*|je|j'\w+|nous"
    r"|mon|ma|yo|mi|tengo|vivo) [^?]{1,300}\Z",
    re.I,
)
_WISHED = re.compile(
    r"\b(?:want|need|wish|like you|would like|'d like|please|can you|could you|möchte|brauche|bitte"
    r"|voudrais|veux|quiero|necesito|quisiera|wonder|ask|question|help)\b",
    re.I,
)
_NAMES = {"name", "nom", "nombre"}
_ASKED_FIRST = re.compile(
    r"\b(?:what|which)\b[^.!?\n]{0,30}\b(?:I|my)\b[^.!?\n]{0,30}\bfirst\b"
    r"|\b(?:what|which)\b[^.!?\n]{0,20}\bfirst\b[^.!?\n]{0,30}\b(?:I|my)\b"
    r"|\bwhat (?:was|were) my first\b|\bwas\b[^.!?\n]{0,20}\bich\b[^.!?\n]{0,20}\bzuerst\b"
    r"|\bmeine erste frage\b|\bma première question\b|\bmi primera pregunta\b",
    re.I,
)
_ASKED_LAST = re.compile(
    r"\bwhat (?:did|have) I (?:just |last )?(?:ask|say|said|told?|tell)\w*\b(?![^.!?\n]*\babout\b)"
    r"|\bwhat (?:was|is) my (?:last|previous|earlier) (?:question|message)\b"
    r"|\bwas habe ich (?:dich |sie )?(?:zuletzt |gerade |vorher )?(?:gefragt|gesagt)\b"
    r"|\bqu'est-ce que j'ai (?:demandé|dit)\b|\bqué (?:pregunté|dije)\b",
    re.I,
)
_REPEATED = re.compile(
    r"\A\W*(?:please )?(?:(?:say|repeat) (?:that|it|this|yourself)(?: again)?"
    r"|repeat(?: please)?|(?:repeat )?(?:your )?(?:last|previous) answer"
    r"|what did you (?:just )?say\w*|wiederhole(?: das)?|répétez?|repite(?: eso)?)\W*\Z",
    re.I,
)
_SHORTER = re.compile(
    r"\b(?:shorter|more (?:concise|brief)(?:ly)?|shorten (?:it|that|this|your answer)"
    r"|(?:in )?fewer words|more briefly|kürzer|plus court|más corto)\b|\A\W*shorten\W*\Z",
    re.I,
)
_LONGEST_ORDER = 120
_CLAUSE = re.compile(r",|;|:|\b(?:and|but|because|which|that|who|so)\b")


def recall(prompt: Prompt, language: Language) -> str:
    """Answer a question about what the user told or said, or take note of what the user tells."""
    said = _said(prompt)
    now = said[-1] if said else ""
    return _earlier(now, said[:-1], language) or _told_thing(now, said, language)


def _said(prompt: Prompt) -> list[str]:
    turns = (turn.text[:_LONGEST] for turn in prompt.messages if turn.role == "user")
    return [text.translate(_TYPEWRITTEN) for text in turns if text.strip()]


def _earlier(now: str, before: list[str], language: Language) -> str:
    """Answer what the user asked first, or just before this."""
    if len(now) > _LONGEST_ORDER:
        return ""
    for pattern, form, at in (
        (_ASKED_FIRST, language.first_said, 0),
        (_ASKED_LAST, language.last_said, -1),
    ):
        if pattern.search(now):
            return form.format(quote=_quoted(before[at])) if before else language.nothing_said
    return ""


def _quoted(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE].rstrip()}…"


def _told_thing(now: str, said: list[str], language: Language) -> str:
    told = read_told(said)
    asked = _ASKED.search(now) if _OWN.search(now) else None
    thing = "name" if _ASKED_NAME.search(now) else _key(asked[1]) if asked else ""
    if thing:
        value = told.get(thing)
        if thing == "name":
            form = language.known_name if value else language.unknown_name
        else:
            form = language.known if value else language.unknown
        return form.format(thing=thing, value=value)
    told_now = read_told([now])
    if "name" in told_now:
        return language.met.format(value=told_now["name"])
    for thing, value in told_now.items():
        return language.noted.format(thing=thing, value=value)
    return language.noted_all if _STATED.match(now) and not _WISHED.search(now) else ""


def read_told(texts: list[str]) -> dict[str, str]:
    """Return what the user said of themselves, thing → value, the latest word counting."""
    told: dict[str, str] = {}
    for text in filter(_OWN.search, texts):
        for sentence in re.split(r"(?<=[.?])\s+|\n", text):
            if sentence.rstrip().endswith("?"):
                continue
            told |= {_key(m[1]): m[2].strip() for m in _TOLD.finditer(sentence)}
            name = _TOLD_NAME.search(sentence) or _INTRODUCED.search(sentence)
            told |= {"name": name[1]} if name else {}
    return told


def _key(thing: str) -> str:
    key = re.sub(r"\s+", " ", thing.lower()).strip()
    return "name" if key in _NAMES else key


def user_name(prompt: Prompt) -> str | None:
    """Return the name the user gave, if any."""
    return read_told(_said(prompt)).get("name")


def answer_again(prompt: Prompt, language: Language) -> str:
    """Return the last answer as it was, or shorter, where that is what the user wants."""
    now = prompt.last.translate(_TYPEWRITTEN)
    if len(now) > _LONGEST_ORDER:
        return ""
    again, shorter = _REPEATED.search(now), _SHORTER.search(now)
    if not again and not shorter:
        return ""
    answers = [t.text for t in prompt.messages if t.role == "assistant" and t.text.strip()]
    if not answers:
        return language.nothing_answered
    return answers[-1] if again else shorten(answers[-1])


def shorten(text: str) -> str:
    """Return a text with less of it: its first sentence, its first clause, or half of its words."""
    sentences = sentences_of(text)
    if len(sentences) > 1:
        return sentences[0]
    end = text.rstrip()[-1:] if text.rstrip()[-1:] in (".", "!", "?") else ""
    clause = _CLAUSE.split(text, maxsplit=1)[0].rstrip(" .!?")
    if len(clause.split()) > 1 and len(clause) < len(text.rstrip(" .!?")):
        return clause + end
    words = text.rstrip(" .!?").split()
    return " ".join(words[: max(1, (len(words) + 1) // 2)]) + end
