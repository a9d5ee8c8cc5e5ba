"""Turns and beginnings of prompts, made of parts."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.catalogue import read_catalogue
from runthrough.emulator.aws.parts import Part, find_prefixes, make_turn
from runthrough.emulator.aws.runtime.converse_request import read_prompt
from runthrough.emulator.standins import ToolResult, ToolUse, count_input

PROFILE = read_catalogue().profile("us.anthropic.claude-sonnet-4-6", "us-east-1")
POINT: dict[str, Any] = {"cachePoint": {"type": "default"}}
TEXT = Part("text", "word " * 10)


def test_a_turn_says_first_what_is_said_then_what_documents_say() -> None:
    turn = make_turn("user", [Part("document", "the file"), Part("text", "Sum it up:"), TEXT])
    assert turn.text == f"Sum it up:\n{TEXT.text}\nthe file"


def test_a_turn_holds_uses_results_and_media() -> None:
    use, result = ToolUse("t", "n", {}), ToolResult("t", "x")
    parts = [Part("a", tool_use=use), Part("b", tool_result=result, media=("image",))]
    turn = make_turn("user", [*parts, Part("image", media=("image",), media_tokens=7)])
    assert (turn.tool_uses, turn.tool_results) == ((use,), (result,))
    assert (turn.media, turn.media_tokens) == (("image", "image"), 7)


def test_without_a_mark_nothing_is_to_be_kept() -> None:
    assert find_prefixes([("user", [TEXT, TEXT])]) == ()


def test_a_mark_and_a_marked_block_ask_for_the_same() -> None:
    marked = Part("text", TEXT.text, kept="5m")
    point = Part("cachePoint", kept="5m")
    one, other = find_prefixes([("u", [marked])]), find_prefixes([("u", [TEXT, point])])
    assert one == other
    assert (one[0].ttl, one[0].tokens) == ("5m", len(TEXT.text) // 4)


def test_beginnings_tell_apart_what_differs() -> None:
    point = Part("cachePoint", kept="5m")
    ways = [
        [("user", [TEXT, point])],
        [("assistant", [TEXT, point])],
        [("user", [Part("text", TEXT.text + "."), point])],
        [("user", [Part("image", media=("image",), identity="a"), point])],
        [("user", [Part("image", media=("image",), identity="b"), point])],
        [("user", [Part("u", tool_use=ToolUse("t", "n", {})), point])],
        [("user", [Part("u", tool_use=ToolUse("t", "n", {"a": 1})), point])],
    ]
    digests = {find_prefixes(way)[-1].digest for way in ways}
    assert len(digests) == len(ways)


texts = st.text(min_size=1, max_size=30).filter(str.strip)
contents = st.lists(texts.map(lambda text: {"text": text}) | st.just(POINT), max_size=5)


@given(contents, contents, texts)
def test_a_beginning_never_counts_more_than_the_whole(
    system: list[dict[str, Any]], content: list[dict[str, Any]], last: str
) -> None:
    body = {"system": system, "messages": [{"role": "user", "content": [*content, {"text": last}]}]}
    points = [block for block in [*system, *content] if block == POINT]
    if len(points) > 4:
        return
    assert PROFILE is not None
    prompt = read_prompt(body, PROFILE.model)
    counts = [prefix.tokens for prefix in prompt.prefixes]
    assert counts == sorted(counts)
    assert max(counts, default=0) <= count_input(prompt)
