"""Conversations in one text (facts amazon-bedrock 4.3, 4.7, 4.8)."""

from __future__ import annotations

import pytest

from runthrough.emulator.aws.families.transcripts import (
    Transcript,
    read_inst,
    read_llama,
    read_titan,
)


def told(transcript: Transcript) -> list[str]:
    return [f"{turn.role[0]}:{turn.text}" for turn in transcript.turns]


@pytest.mark.parametrize(
    ("text", "system", "turns"),
    [
        ("hello", "", ["u:hello"]),
        ("", "", ["u:"]),
        ("[INST] a [/INST]", "", ["u:a"]),
        ("<s>[INST] a [/INST] b</s>[INST] c [/INST]", "", ["u:a", "a:b", "u:c"]),
        ("[INST] <<SYS>>\nrule\n<</SYS>>\n\na [/INST]", "rule", ["u:a"]),
        ("[INST] a <<SYS>> never closed [/INST]", "", ["u:a <<SYS>> never closed"]),
        ("be kind [INST] a [/INST]", "be kind", ["u:a"]),
        ("[INST] a [/INST][INST] b [/INST]", "", ["u:a\nb"]),
        ("[INST] a [/INST] {", "", ["u:a", "a:{"]),
    ],
)
def test_marks_of_mistral_and_llama_2(text: str, system: str, turns: list[str]) -> None:
    read = read_inst(text)
    assert (read.system, told(read)) == (system, turns)


@pytest.mark.parametrize(
    ("text", "system", "turns"),
    [
        ("hello", "", ["u:hello"]),
        ("User: a\nBot: ", "", ["u:a"]),
        ("rules\nUser: a\nBot: b\nUser: c\nBot:", "rules", ["u:a", "a:b", "u:c"]),
        ("Dear User: hello", "", ["u:Dear User: hello"]),
    ],
)
def test_marks_of_titan(text: str, system: str, turns: list[str]) -> None:
    read = read_titan(text)
    assert (read.system, told(read)) == (system, turns)


def test_a_tools_header_is_the_users_turn() -> None:
    head = "<|start_header_id|>{}<|end_header_id|>\n\n{}<|eot_id|>"
    text = head.format("user", "a") + head.format("assistant", "b") + head.format("ipython", "3")
    assert told(read_llama(text)) == ["u:a", "a:b", "u:3"]
    assert told(read_llama("<|begin_of_text|>a")) == ["u:a"]
