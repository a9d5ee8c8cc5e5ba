r"""InvokeModel for Anthropic's text completions: Claude Instant, 2 and 2.1.

Source: facts amazon-bedrock 4.2. The prompt is a conversation in one text, `\n\nHuman: …
\n\nAssistant:`; what stands behind the last `Assistant:` is the beginning of the answer. The text
about a prompt of another form is the vendor's, from memory (unverified). An answer that ends by
itself is one that met `\n\nHuman:`, as these models say it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.family import TextFamily, check_context
from runthrough.emulator.aws.families.schema import (
    Items,
    Members,
    Number,
    Text,
    Whole,
    extras,
    read,
)
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, Turn

_HUMAN, _ASSISTANT = "\n\nHuman:", "\n\nAssistant:"
_TURN = re.compile(r"\n\n(Human|Assistant):")
SCHEMA = Members(
    {
        "prompt": Text(1),
        "max_tokens_to_sample": Whole(0, 4096, default=200),
        "temperature": Number(0, 1, default=1),
        "top_p": Number(0, 1, default=1),
        "top_k": Whole(0, 500, default=250),
        "stop_sequences": Items(Text(1), default=[]),
        "anthropic_version": Text(),
    },
    ("prompt", "max_tokens_to_sample"),
)


def read_prompt(body: dict[str, Any], model: Model) -> Prompt:
    """Return the prompt of a body. Raises Refused where it does not fit."""
    asked = read(SCHEMA, body)
    system, turns = _read_turns(asked["prompt"])
    prompt = Prompt(
        system,
        turns,
        asked["max_tokens_to_sample"],
        tuple(asked["stop_sequences"]),
        asked["temperature"],
    )
    check_context(prompt, model)
    return prompt


def write_answer(_prompt: Prompt, answer: Answer, _model: Model) -> dict[str, Any]:
    """Return the vendor's body of an answer."""
    return {"completion": answer.text, **_end(answer)}


def chunks(_prompt: Prompt, told: Telling, _model: Model) -> Iterator[dict[str, Any]]:
    """Return the pieces of an answer, and an empty one that says why it ended."""
    for piece in told.words():
        yield {"completion": piece, "stop_reason": None, "stop": None}
    yield {"completion": "", **_end(told.answer)}


def check_extra(fields: dict[str, Any], _model: Model) -> None:
    """Judge Converse's additionalModelRequestFields. Raises Refused."""
    owned = ("prompt", "max_tokens_to_sample", "temperature", "top_p", "stop_sequences")
    read(extras(SCHEMA, *owned), fields)


def _read_turns(text: str) -> tuple[str, tuple[Turn, ...]]:
    """Return what stands before the first turn, and the turns; one role in a row is one turn."""
    before, *parts = _TURN.split(text)
    spoken = list(zip(parts[::2], parts[1::2], strict=True))
    problems = []
    if not spoken or spoken[0][0] != "Human":
        problems.append(f'prompt must start with "{_shown(_HUMAN)}" turn')
    if not spoken or spoken[-1][0] != "Assistant":
        problems.append(f'prompt must end with "{_shown(_ASSISTANT)}" turn')
    if problems:
        raise invalid(f"Invalid prompt: {', '.join(problems)}")
    turns: list[Turn] = []
    for name, said in spoken:
        text = said.strip()
        if name == "Assistant" and not text:
            continue  # the last one of these asks for the answer
        turn = Turn("user" if name == "Human" else "assistant", text)
        if turns and turns[-1].role == turn.role:
            turn = Turn(turn.role, f"{turns.pop().text}\n{text}")
        turns.append(turn)
    return before.strip(), tuple(turns)


def _shown(mark: str) -> str:
    return mark.replace("\n", "\\n")


def _end(answer: Answer) -> dict[str, Any]:
    if answer.stop_reason == "max_tokens":
        return {"stop_reason": "max_tokens", "stop": None}
    return {"stop_reason": "stop_sequence", "stop": answer.stop_sequence or _HUMAN}


FAMILY = TextFamily(read_prompt, write_answer, chunks, check_extra)
