"""The small chat: what it can do, it does; of the rest it says that it is a stand-in.

It adds and multiplies, remembers what the user told it earlier in the same conversation, says a
word it is told to say, and does all this in English or French.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from runthrough.emulator.standins.prompts import Prompt
from runthrough.emulator.standins.sums import find_sum

_TYPEWRITTEN = str.maketrans("“”‘’", "\"\"''")  # noqa: RUF001
_FRENCH = re.compile(
    r"\b(?:in french|en français|en francais|(?:speak|use|write|answer|reply|respond) french"
    r"|french only|only french)\b",
    re.I,
)
_NAME = r"([^\W\d_][\w'-]*(?: [A-ZÀ-Þ][\w'-]*)?)"
_TOLD_NAME = re.compile(
    rf"\b(?i:my name(?: is|'s)|I am called|call me|je m'appelle|mon nom est) {_NAME}"
)
_TOLD = re.compile(r"\bmy ((?:[^\W\d_]+ ){0,2}[^\W\d_]+) (?:is|are) ([^.,;!?\n]{1,60})", re.I)
_ASKED = re.compile(
    r"\b(?:what(?: is|'s| was| are)|tell me|do you (?:know|remember)|remind me of|who is) my"
    r" ((?:[^\W\d_]+ ){0,2}[^\W\d_]+)",
    re.I,
)
_ASKED_NAME = re.compile(
    r"\bwho am i\b|\bwhat am i called\b|\bcomment (?:je )?m'appell|\bquel est mon nom", re.I
)
_DICTATED = re.compile(
    r"\b(?:reply|respond|answer|say|repeat|return|output)\b(?: \w+){0,5}?:?\s*"
    r"(?:[\"'`](?P<quoted>[^\"'`\n]{1,200})[\"'`]"
    r"|(?:the (?:single )?word |with |only |just )+(?P<bare>[A-Z]{2,20})(?=[.!]?\s*\Z)"
    r"|the (?:single )?word (?P<word>[^\W\d_]{1,20})(?=[.!]?\s*\Z))",
    re.I,
)
_LONGEST_ORDER = 400
_GREETING = re.compile(r"\A\W*(?:hello|hi|hey|good (?:morning|day|evening)|bonjour|salut)\b", re.I)


@dataclass(frozen=True)
class _Language:
    """The fixed forms in one language."""

    sum: str
    known_name: str
    known: str
    unknown_name: str
    unknown: str
    met: str
    noted: str
    greeting: str
    otherwise: str


_ENGLISH = _Language(
    sum="{left} = {right}.",
    known_name="Your name is {value}.",
    known="Your {thing} is {value}.",
    unknown_name="I do not know your name: you have not told me in this conversation.",
    unknown="I do not know your {thing}: you have not told me in this conversation.",
    met="Nice to meet you, {value}.",
    noted="Noted: your {thing} is {value}.",
    greeting="Hello! I am the emulator's stand-in model. What shall we try?",
    otherwise=(
        "I am the emulator's stand-in model, not the model you named, so I have no real answer to"
        " this. I can summarize reviews, do sums and remember what you told me in this"
        " conversation; for everything else, run against the live target."
    ),
)
_IN_FRENCH = _Language(
    sum="{left} = {right}. Voilà le résultat du calcul.",
    known_name="Vous vous appelez {value}.",
    known="Vous m'avez dit ceci : {thing} = {value}.",
    unknown_name="Je ne connais pas votre nom : vous ne me l'avez pas dit.",
    unknown="Je ne le sais pas ({thing}) : vous ne me l'avez pas dit.",
    met="Enchanté de vous rencontrer, {value}.",
    noted="C'est noté ({thing} = {value}).",
    greeting="Bonjour ! Je suis le modèle de remplacement de l'émulateur. Que faisons-nous ?",
    otherwise=(
        "Je suis le modèle de remplacement de l'émulateur et non le modèle demandé ; je n'ai donc"
        " pas de vraie réponse à cette question. Je sais résumer des avis, faire des calculs et me"
        " souvenir de ce que vous m'avez dit dans cette conversation ; pour le reste, utilisez la"
        " cible réelle."
    ),
)


def chat(prompt: Prompt) -> str:
    """Return the answer to the last thing the user said."""
    language = _IN_FRENCH if _wants_french(prompt) else _ENGLISH
    said = prompt.last.translate(_TYPEWRITTEN)
    dictated = _find_dictated(said)
    if dictated:
        return dictated
    total = find_sum(said)
    if total is not None:
        return language.sum.format(left=total.written, right=total.result)
    return _recall(prompt, language) or _other(said, language)


def _wants_french(prompt: Prompt) -> bool:
    asked = [prompt.system, *(turn.text for turn in prompt.messages if turn.role == "user")]
    return any(_FRENCH.search(text) for text in asked)


def _find_dictated(said: str) -> str:
    match = _DICTATED.search(said)
    if match is None or len(said) > _LONGEST_ORDER:
        return ""
    return match["quoted"] or match["bare"] or match["word"]


def _recall(prompt: Prompt, language: _Language) -> str:
    """Answer a question about what the user told, or take note of what the user tells."""
    turns = [t.text.translate(_TYPEWRITTEN) for t in prompt.messages if t.role == "user"]
    said, told = turns[-1] if turns else "", _told(turns)
    asked = _ASKED.search(said)
    thing = "name" if _ASKED_NAME.search(said) else _key(asked[1]) if asked else ""
    if thing:
        value = told.get(thing)
        if thing == "name":
            form = language.known_name if value else language.unknown_name
        else:
            form = language.known if value else language.unknown
        return form.format(thing=thing, value=value)
    now = _told([said])
    if "name" in now:
        return language.met.format(value=now["name"])
    for thing, value in now.items():
        return language.noted.format(thing=thing, value=value)
    return ""


def _told(texts: list[str]) -> dict[str, str]:
    """Return what the user said of themselves, thing → value, the latest word counting."""
    told: dict[str, str] = {}
    for text in texts:
        for sentence in re.split(r"(?<=[.!?])\s+|\n", text):
            if sentence.rstrip().endswith("?"):
                continue
            told |= {_key(m[1]): m[2].strip() for m in _TOLD.finditer(sentence)}
            name = _TOLD_NAME.search(sentence)
            told |= {"name": name[1]} if name else {}
    return told


def _key(thing: str) -> str:
    return re.sub(r"\s+", " ", thing.lower()).strip()


def _other(said: str, language: _Language) -> str:
    return language.greeting if _GREETING.match(said) else language.otherwise
