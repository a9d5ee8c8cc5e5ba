"""Answers that are a JSON object, of the members that the instructions name.

Members are read off an example (`{"sentiment": "…", "score": 0.5}`) or a list (`with the keys city
and name`). A member gets what its name asks for: the label, how sure it is, the summary or answer,
what the user is called, the text itself; one that says nothing to a stand-in is null.
"""

from __future__ import annotations

import re

from runthrough.emulator.standins.labels import Wanted, choose_label, find_labels
from runthrough.emulator.standins.languages import choose_language
from runthrough.emulator.standins.memory import user_name
from runthrough.emulator.standins.opinions import read_opinions
from runthrough.emulator.standins.prompts import Prompt, write_json
from runthrough.emulator.standins.sentiment import judge_text
from runthrough.emulator.standins.sums import find_sum

_LONGEST = 20_000
_EXAMPLE = re.compile(r"\{[^{}]{1,2000}\}")
_MEMBER = re.compile(r"[\"']([\w -]{1,40})[\"']\s*:")
_NAMED = re.compile(
    r"\b(?:keys?|fields?|members?|properties|attributes)\b\s*(?:named|called|are|is|:)?\s*"
    r"((?:[\"'`]?\w+[\"'`]?\s*(?:,\s*(?:and\s+)?|\s+and\s+)){0,20}[\"'`]?\w+[\"'`]?)",
    re.I,
)
_BARE_NAME = re.compile(r"\w+")
_JOINING = {"and", "the", "only", "following"}
_DEFAULT = "answer"


def answer_in_json(prompt: Prompt, text: str) -> str:
    """Return an answer as a JSON object; `text` is what would be said in words."""
    system, said = prompt.system[:_LONGEST], prompt.last[:_LONGEST]
    names = read_members(system) or read_members(said)
    return write_json({name: _value(name, prompt, text) for name in names or (_DEFAULT,)})


def read_members(instructions: str) -> tuple[str, ...]:
    """Return the members that instructions name, () where they name none."""
    for example in _EXAMPLE.finditer(instructions):
        members = _MEMBER.findall(example[0])
        if members:
            return tuple(dict.fromkeys(members))
    named = _NAMED.search(instructions)
    if named is None:
        return ()
    words = [one for one in _BARE_NAME.findall(named[1]) if one.lower() not in _JOINING]
    return tuple(dict.fromkeys(words))


def _value(name: str, prompt: Prompt, text: str) -> object:
    """Return what a member of that name gets."""
    said, key = prompt.last, name.lower()
    judged = judge_text(said)
    total = find_sum(said)
    if re.search(r"sentiment|label|category|class\b|mood|tone", key):
        wanted = find_labels(prompt)
        return judged.label if wanted is None else choose_label(Wanted(wanted.labels, said))
    if re.search(r"confidence|score|probability|certainty", key):
        return round(judged.score, 2)
    if re.search(r"sum|result|total|number|value", key) and total is not None:
        return float(total.result) if "." in total.result else int(total.result)
    if re.search(r"summary|answer|response|reply|result|message|output|explanation|reason", key):
        return text
    if re.search(r"language|lang\b", key):
        return choose_language(prompt).code
    if key in ("name", "user", "username", "user_name"):
        return user_name(prompt)
    if re.search(r"topic|theme|keyword|aspect|tag", key):
        return [opinion.theme.name for opinion in read_opinions(said)]
    if re.search(r"text|question|input|review|original|prompt", key):
        return said
    return None
