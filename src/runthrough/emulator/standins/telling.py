"""An answer as it is told: its words while they come, and the whole of it once it has ended.

A stand-in's answer is whole from the start and is cut into pieces; that of a server behind `--llm`
comes piece by piece, and reading on waits for it. Whoever streams reads both in the same way.
"""

from __future__ import annotations

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from runthrough.emulator.standins.prompts import Answer, Prompt, Reasoning
from runthrough.emulator.standins.thoughts import sign

_WORD = re.compile(r"\s{0,8}\S{1,24}|\s{1,8}")


@dataclass(frozen=True)
class Piece:
    """A part of an answer: words of it, or of the thought before it."""

    text: str
    is_thought: bool = False


Coming = Generator[Piece, None, Answer]
"""The pieces of an answer as they come; what it returns is the whole. May raise NoAnswer."""


@runtime_checkable
class Streamer(Protocol):
    """Who can tell an answer while it is still coming."""

    def stream(self, prompt: Prompt) -> Coming:
        """Return the pieces of the answer to a prompt."""


class Telling:
    """One answer, read from its beginning to its end by one reader.

    Read in this order: `thinks`, `thoughts`, `thought`, `words`, `answer`; each of them may be left
    out, and reading one that comes later passes over what is before it.
    """

    def __init__(self, coming: Coming, *, begun: Answer) -> None:
        """Begin to read; returns when the first piece is there.

        Args:
            coming: the answer.
            begun: what is known of it before its end, above all the tokens of its prompt.

        Raises:
            NoAnswer: there is none.
        """
        self.begun = begun
        self._coming: Coming | None = coming
        self._answer: Answer | None = None
        self._held: Piece | None = None
        self._thought: list[str] = []
        self._hold()

    @classmethod
    def whole(cls, answer: Answer) -> Telling:
        """Return the telling of an answer that is there already."""
        return cls(pieces_of(answer), begun=answer)

    @property
    def ended(self) -> bool:
        """Whether all of it has been read; asking does not wait."""
        return self._coming is None and self._held is None

    @property
    def thinks(self) -> bool:
        """Whether a thought comes next."""
        held = self._hold()
        return held is not None and held.is_thought

    def thoughts(self) -> Iterator[str]:
        """Return the pieces of the thought; one that is not shown has none."""
        while self.thinks:
            piece = self._take()
            if piece.text:
                yield piece.text

    @property
    def thought(self) -> Reasoning:
        """The thought that has been told, signed."""
        text = "".join(self._thought)
        return Reasoning(text, sign(text))

    @property
    def speaks(self) -> bool:
        """Whether words come next, which passes over a thought."""
        for _ in self.thoughts():
            pass
        return self._hold() is not None

    def words(self) -> Iterator[str]:
        """Return the pieces of the answer's text; read again, they are those of the whole text."""
        if self._answer is not None and self._held is None:
            yield from text_pieces(self._answer.text)
            return
        while self.speaks:
            yield self._take().text

    @property
    def answer(self) -> Answer:
        """The whole answer; waits for its end. Raises NoAnswer where it breaks off."""
        while self._hold() is not None:
            self._take()
        if self._answer is None:
            raise ValueError("the answer was closed before its end")
        return self._answer

    def close(self) -> None:
        """Read no more of it: the server that is telling it may stop."""
        if self._coming is not None:
            self._coming.close()

    def _hold(self) -> Piece | None:
        """Return the next piece without taking it; None = there is no more."""
        if self._held is None and self._coming is not None:
            try:
                self._held = next(self._coming)
            except StopIteration as end:
                self._answer, self._coming = end.value, None
        return self._held

    def _take(self) -> Piece:
        piece = self._hold()
        if piece is None:
            raise ValueError("there is no more of this answer")
        self._held = None
        if piece.is_thought:
            self._thought.append(piece.text)
        return piece


def text_pieces(text: str) -> Iterator[str]:
    """Return the pieces of a text, which joined are the text; an empty text has none.

    Vendors send a token or a few at a time; here it is a word with the blanks before it. The size
    of the pieces is ours: no fact gives one.
    """
    return (match[0] for match in _WORD.finditer(text))


def pieces_of(answer: Answer) -> Coming:
    """Return the pieces of an answer that is there already."""
    if answer.reasoning is not None:
        # One that is not shown is told as a thought without words.
        pieces = list(text_pieces(answer.reasoning.text)) or [""]
        yield from (Piece(piece, is_thought=True) for piece in pieces)
    yield from (Piece(piece) for piece in text_pieces(answer.text))
    return answer
