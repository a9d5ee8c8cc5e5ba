"""What a stand-in says to a prompt: found by what is asked, in the form that is wished for."""

from __future__ import annotations

from runthrough.emulator.standins.chat import chat, is_dictated
from runthrough.emulator.standins.json_answers import answer_in_json
from runthrough.emulator.standins.labels import classify
from runthrough.emulator.standins.languages import ENGLISH, language_of
from runthrough.emulator.standins.prompts import Prompt
from runthrough.emulator.standins.rules import Task, read_task
from runthrough.emulator.standins.shaping import shape
from runthrough.emulator.standins.summaries import name_points, summarize
from runthrough.emulator.standins.wishes import Wishes, read_wishes, read_wishes_of


def speak(prompt: Prompt) -> str:
    """Return the answer to a prompt in words, or in JSON where that is wished for.

    Where texts are to be summed up or labelled, the instructions alone wish; elsewhere the user's
    own words do as well.
    """
    task = read_task(prompt)
    wishes = read_wishes(prompt) if task is None else read_wishes_of(task.instructions)
    wants_json = prompt.wants_json or wishes.json
    if task is not None:
        text = _sum_up(task, wishes)
    elif (label := None if wants_json else classify(prompt)) is not None:
        return label
    elif is_dictated(prompt):
        text = chat(prompt, wishes)[0]
        wants_json = prompt.wants_json
    else:
        text = shape(chat(prompt, wishes), wishes)
    return answer_in_json(prompt, text) if wants_json else text


def _sum_up(task: Task, wishes: Wishes) -> str:
    """Return a summary; as points, and in another language than English, it names what it found."""
    if not task.texts:
        return task.nothing
    language = language_of(task.instructions)
    if wishes.points is None and language is ENGLISH:
        return shape([summarize(task)], wishes)
    named = name_points(task, language.praised, language.blamed) or (language.neither.rstrip("."),)
    if wishes.points is None:
        return shape([_sentence("; ".join(named))], wishes)
    counted = f"{language.read}: {len(task.texts)}"
    points = named if len(named) >= wishes.points else (*named, counted)
    return shape([" ".join(map(_sentence, points))], wishes)


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}."
