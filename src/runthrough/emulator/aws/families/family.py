"""What a vendor's body is to the rest of the house.

A family reads its own bodies and writes its own answers; signatures, gates, headers and frames
are not its business. Converse has a body of its own; of a family it uses the answer that it writes
(additionalModelResponseFieldPaths) and its judgement of additionalModelRequestFields.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families.schema import Members, read
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.standins import Answer, Prompt, Telling, count_input, count_tokens

Body = dict[str, Any]


@dataclass(frozen=True)
class VendorPrompt(Prompt):
    """A prompt, and what only the vendor's own writer of answers has to know again.

    Attributes:
        answers: how many are wanted; those of a stand-in are all alike.
        options: members of the body, such as whether the answer repeats the prompt.
    """

    answers: int = 1
    options: Mapping[str, Any] = field(default_factory=dict)


def answers_wanted(prompt: Prompt) -> int:
    """Return how many answers a prompt asks for."""
    return prompt.answers if isinstance(prompt, VendorPrompt) else 1


def options_of(prompt: Prompt) -> Mapping[str, Any]:
    """Return what the vendor's writer has to know; a prompt of Converse has nothing of it."""
    return prompt.options if isinstance(prompt, VendorPrompt) else {}


def check_context(prompt: Prompt, model: Model) -> None:
    """Refuse a prompt that is longer than the model's context (facts 2.11). Raises Refused."""
    if count_input(prompt) > model.context:
        raise invalid("Input is too long for requested model.")


def check_text(text: str, model: Model) -> None:
    """Refuse one text that is longer than the model's context, before it is taken apart."""
    if count_tokens(text) > model.context:
        raise invalid("Input is too long for requested model.")


def refuse_all(fields: Body, _model: Model) -> None:
    """Judge additionalModelRequestFields of a family that takes none. Raises Refused."""
    read(Members(), fields)


@dataclass(frozen=True)
class TextFamily:
    """A body that holds a prompt.

    Attributes:
        read: returns the prompt of a body; raises Refused where it does not fit.
        write: returns the body of an answer.
        chunks: returns the pieces of an answer as it is told, in the form the vendor streams
            them, without the metrics AWS adds to the last; None = this family does not stream.
        check_extra: judges Converse's additionalModelRequestFields; raises Refused.
        apply_extra: returns a prompt of Converse with what these fields ask for beyond the answer's
            text; given with inferenceConfig; None = there is nothing.
        takes_s3: whether a body may name objects in S3, in the form of Converse.
    """

    read: Callable[[Body, Model], Prompt]
    write: Callable[[Prompt, Answer, Model], Body]
    chunks: Callable[[Prompt, Telling, Model], Iterator[Body]] | None = None
    check_extra: Callable[[Body, Model], None] = refuse_all
    apply_extra: Callable[[Prompt, Body, Mapping[str, Any], Model], Prompt] | None = None
    takes_s3: bool = False


@dataclass(frozen=True)
class Result:
    """An answer as InvokeModel sends it.

    Attributes:
        output_tokens: None = no header tells any.
        cached: tokens read from the prompt cache and written to it; None = the model has none.
    """

    body: Body
    input_tokens: int
    output_tokens: int | None = None
    cached: tuple[int, int] | None = None


@dataclass(frozen=True)
class DataFamily:
    """A body that is answered with numbers or pictures.

    Attributes:
        invoke: answers a body; raises Refused where it does not fit.
    """

    invoke: Callable[[Body, Model], Result]


Family = TextFamily | DataFamily
