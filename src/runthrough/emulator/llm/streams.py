"""A chat completion that comes as a stream of events: its pieces, and at its end the whole.

The events are those of the public reference: `data:` and a chunk of the completion, `[DONE]` at the
end. A thought that comes after the first word is not passed on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from runthrough.emulator.llm.bodies import read_answer
from runthrough.emulator.standins import Coming, NoAnswer, Piece, Prompt, write_json
from runthrough.emulator.standins.thoughts import REDACTED

EVENTS = "text/event-stream"
_DATA, _LAST = "data:", "[DONE]"


def read_stream(
    lines: Iterator[str], prompt: Prompt, server: str, *, hide: Callable[[str], str]
) -> Coming:
    """Return the pieces of an answer as the lines of its stream come.

    Args:
        lines: of the stream.
        prompt: what was asked; its stop sequences end the answer.
        server: who answers, for people.
        hide: returns a text of the server's without what is secret.

    Raises:
        NoAnswer: the stream tells an error, is no chat completion, or breaks off.
    """
    whole, stops = _Whole(), _Stops(prompt.stop_sequences)
    redacted = REDACTED if prompt.thinking == "redacted" else ""
    for chunk in _chunks(lines, server, hide):
        thought, words = whole.add(chunk, server)
        if thought and prompt.thinking != "off":
            yield Piece(thought if prompt.thinking == "shown" else redacted, is_thought=True)
            redacted = ""  # said once, however many pieces the thought has
        said = stops.pass_on(words)
        if said:
            yield Piece(said)
        if stops.found:
            break
    else:
        if whole.finish is None:
            raise NoAnswer(f"the model server at {server} ended its answer in the middle")
        if stops.held:
            yield Piece(stops.held)
    return read_answer(whole.body(), prompt, server)


def _chunks(
    lines: Iterator[str], server: str, hide: Callable[[str], str]
) -> Iterator[Mapping[str, Any]]:
    for line in lines:
        if not line.startswith(_DATA):
            continue  # blank lines, comments, names of events
        text = line[len(_DATA) :].strip()
        if text == _LAST:
            return
        try:
            chunk = json.loads(text)
        except (ValueError, RecursionError) as e:
            raise _nonsense(server) from e
        if not isinstance(chunk, dict):
            raise _nonsense(server)
        if chunk.get("error"):
            error = chunk["error"]
            told = error.get("message") if isinstance(error, dict) else error
            said = told if isinstance(told, str) else write_json(error)
            raise NoAnswer(f"the model server at {server} broke off: {hide(said)[:300]}")
        yield chunk


class _Whole:
    """The chat completion that the chunks make up."""

    def __init__(self) -> None:
        self.finish: str | None = None
        self._words: list[str] = []
        self._thoughts: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._usage: Mapping[str, Any] | None = None

    def add(self, chunk: Mapping[str, Any], server: str) -> tuple[str, str]:
        """Take a chunk; return what it adds to the thought and to the text."""
        try:
            self._usage = chunk.get("usage") or self._usage
            if not chunk.get("choices"):
                return "", ""
            choice = chunk["choices"][0]
            delta = choice.get("delta") or {}
            for call in delta.get("tool_calls") or ():
                self._add_call(call)
            self.finish = choice.get("finish_reason") or self.finish
            words = delta.get("content") or delta.get("refusal") or ""
            thought = delta.get("reasoning_content") or delta.get("reasoning") or ""
            self._words.append("" + words)
            thought = "" if any(self._words) else "" + thought
            self._thoughts.append(thought)
        except (LookupError, TypeError, AttributeError) as e:
            raise _nonsense(server) from e
        return thought, words

    def body(self) -> dict[str, Any]:
        """Return it as if it had come in one."""
        calls = [
            {"id": one["id"], "function": {"name": one["name"], "arguments": one["arguments"]}}
            for _, one in sorted(self._calls.items())
        ]
        message = {
            "content": "".join(self._words),
            "reasoning_content": "".join(self._thoughts),
            "tool_calls": calls,
        }
        choice = {"message": message, "finish_reason": self.finish}
        return {"choices": [choice], "usage": self._usage}

    def _add_call(self, call: Mapping[str, Any]) -> None:
        kept = self._calls.setdefault(
            int(call.get("index") or 0), {"id": "", "name": "", "arguments": ""}
        )
        function = call.get("function") or {}
        kept["id"] += call.get("id") or ""
        kept["name"] += function.get("name") or ""
        kept["arguments"] += function.get("arguments") or ""


class _Stops:
    """Ends a text at the first stop sequence, and holds back what may be the beginning of one."""

    def __init__(self, stops: Sequence[str]) -> None:
        self._stops = stops
        self.held = ""
        self.found = False

    def pass_on(self, words: str) -> str:
        """Return what may be passed on, now that these words have come."""
        text = self.held + words
        places = [text.find(stop) for stop in self._stops if stop in text]
        if places:
            self.found, self.held = True, ""
            return text[: min(places)]
        kept = max((_begun(text, stop) for stop in self._stops), default=0)
        self.held = text[len(text) - kept :]
        return text[: len(text) - kept]


def _begun(text: str, stop: str) -> int:
    """Return how many characters at the end of a text are the beginning of a stop sequence."""
    longest = min(len(stop) - 1, len(text))
    return next((n for n in range(longest, 0, -1) if text.endswith(stop[:n])), 0)


def _nonsense(server: str) -> NoAnswer:
    return NoAnswer(f"the model server at {server} answered something that is no chat completion")
