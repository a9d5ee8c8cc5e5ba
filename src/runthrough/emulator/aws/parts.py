"""What a turn is made of, whichever API it came in: Converse's blocks and the vendors'.

Readers turn blocks into parts; from parts come the turns of the neutral prompt and the beginnings
of the prompt that a cache may keep.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from runthrough.emulator.standins import (
    Prefix,
    Reasoning,
    Source,
    Tool,
    ToolResult,
    ToolUse,
    Turn,
    write_json,
)

Role = Literal["user", "assistant"]
_CHARACTERS_A_TOKEN = 4
_READ = frozenset(("document", "searchResult", "search_result"))
"""Blocks that are given to be read, not said."""


@dataclass(frozen=True)
class Part:
    """One block of a turn, of the instructions or of the tools.

    Attributes:
        kind: the name of the block in its API, such as `text` or `toolUse`.
        text: what a stand-in reads of it.
        media: the kinds of what it cannot read; `media_tokens` is what they count for.
        identity: a digest of what is not text, '' where all of it is.
        sources: the documents and search results it is or holds.
        kept: `5m` or `1h` where the prompt up to here is to be kept, else ''.
    """

    kind: str
    text: str = ""
    tool_use: ToolUse | None = None
    tool_result: ToolResult | None = None
    reasoning: Reasoning | None = None
    media: tuple[str, ...] = ()
    media_tokens: int = 0
    identity: str = ""
    sources: tuple[Source, ...] = ()
    kept: str = ""

    @property
    def characters(self) -> int:
        """What it counts for, in characters; a thought of an earlier turn counts for nothing."""
        count = len(self.text) + self.media_tokens * _CHARACTERS_A_TOKEN
        if self.tool_use is not None:
            count += len(self.tool_use.name + write_json(self.tool_use.input))
        if self.tool_result is not None:
            count += len(self.tool_result.text)
        return count

    @property
    def is_mark(self) -> bool:
        """Whether it is nothing but the wish to keep what stands before it."""
        return self.kind == "cachePoint"


def tool_part(tool: Tool, kept: str = "") -> Part:
    """Return the part a tool's description is."""
    return Part("tool", tool.name + tool.description + write_json(tool.schema), kept=kept)


def make_turn(role: Role, parts: Sequence[Part]) -> Turn:
    """Return the turn that these parts are; what documents say stands behind what is said."""
    said = [part.text for part in parts if part.text and part.kind not in _READ]
    read = [part.text for part in parts if part.text and part.kind in _READ]
    return Turn(
        role,
        "\n".join(said + read),
        tool_uses=tuple(part.tool_use for part in parts if part.tool_use is not None),
        tool_results=tuple(part.tool_result for part in parts if part.tool_result is not None),
        media=tuple(kind for part in parts for kind in part.media),
        media_tokens=sum(part.media_tokens for part in parts),
    )


def sources_of(messages: Iterable[Sequence[Part]]) -> tuple[Source, ...]:
    """Return the documents and search results of a conversation, in order."""
    return tuple(source for parts in messages for part in parts for source in part.sources)


def find_prefixes(sections: Sequence[tuple[str, Sequence[Part]]]) -> tuple[Prefix, ...]:
    """Return the beginnings of a prompt, one a block; () where no block asks to be kept.

    Args:
        sections: tools, instructions and turns in the order a model reads them; each with a name
            that tells it from others, such as `user`.
    """
    if not any(part.kept for _, parts in sections for part in parts):
        return ()
    seen, characters, prefixes = hashlib.sha256(), 0, list[Prefix]()
    for name, parts in sections:
        seen.update(f"\x00{name}\x00".encode())
        for part in parts:
            if part.is_mark:
                if prefixes:
                    prefixes[-1] = Prefix(prefixes[-1].digest, prefixes[-1].tokens, part.kept)
                continue
            seen.update(_written(part))
            characters += part.characters
            tokens = characters // _CHARACTERS_A_TOKEN
            prefixes.append(Prefix(seen.hexdigest(), tokens, part.kept))
    return tuple(prefixes) if any(prefix.ttl for prefix in prefixes) else ()


def _written(part: Part) -> bytes:
    use, result, thought = part.tool_use, part.tool_result, part.reasoning
    written = write_json(
        [
            part.media,
            part.text,
            None if use is None else [use.id, use.name, use.input],
            None if result is None else [result.tool_use_id, result.text, result.is_error],
            None if thought is None else [thought.text, thought.signature],
            part.identity,
        ]
    )
    return written.encode("utf-8", "surrogatepass")
