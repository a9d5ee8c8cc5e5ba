"""What a vendor's body is to the rest of the house.

A family reads its own bodies and writes its own answers; signatures, gates, headers and frames
are not its business. Converse does not go through families: its body is AWS's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.standins import Answer, Prompt

Body = dict[str, Any]


@dataclass(frozen=True)
class TextFamily:
    """A body that holds a prompt.

    Attributes:
        read: returns the prompt of a body; raises Refused where it does not fit.
        write: returns the body of an answer.
        chunks: returns the pieces of the same answer, as the vendor streams them, without the
            metrics AWS adds to the last; None = this family does not stream.
    """

    read: Callable[[Body, Model], Prompt]
    write: Callable[[Prompt, Answer, Model], Body]
    chunks: Callable[[Prompt, Answer, Model], Iterator[Body]] | None = None


@dataclass(frozen=True)
class Result:
    """An answer that is no text; without `output_tokens` no header tells any."""

    body: Body
    input_tokens: int
    output_tokens: int | None = None


@dataclass(frozen=True)
class DataFamily:
    """A body that is answered with numbers or pictures.

    Attributes:
        invoke: answers a body; raises Refused where it does not fit.
    """

    invoke: Callable[[Body, Model], Result]


Family = TextFamily | DataFamily
