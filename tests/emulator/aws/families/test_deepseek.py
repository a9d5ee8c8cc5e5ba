"""InvokeModel of DeepSeek-R1, by AWS's page about its parameters."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import deepseek
from runthrough.emulator.standins import Answer, Prompt, Telling
from tests.emulator.aws.families.conftest import Vendors

R1 = "us.deepseek.r1-v1:0"
ANY = Model(id="deepseek.x", name="x", vendor="x", api="deepseek-r1", context=999)


def test_an_answer(vendors: Vendors) -> None:
    marked = "<\uff5cUser\uff5c>What is 1+1?<\uff5cAssistant\uff5c><think>\n"
    for prompt in ("What is 1+1?", marked):
        answer = vendors.invoke(R1, {"prompt": prompt, "max_tokens": 512})
        assert answer == {"choices": [{"text": "1 + 1 = 2.", "stop_reason": "stop"}]}
    assert deepseek.read_prompt({"prompt": marked}, ANY).last == "What is 1+1?"
    cut = vendors.invoke(R1, {"prompt": "What is 1+1?", "max_tokens": 1})
    assert cut["choices"][0]["stop_reason"] == "length"


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": 1}, "#/prompt: expected type: String, found: Integer"),
        ({"temperature": 1.5}, "#/temperature: 1.5 is not less or equal to 1"),
        ({"top_p": 2}, "#/top_p: 2 is not less or equal to 1"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"max_tokens": 32_769}, "#/max_tokens: 32769 is not less or equal to 32768"),
        ({"stop": ["a"] * 11}, "#/stop: expected maximum item count: 10, found: 11"),
        ({"messages": []}, "#: extraneous key [messages] is not permitted"),
    ],
)
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(R1, {"prompt": "hi"} | changed) == complaint


def test_pieces_of_an_answer() -> None:
    pieces = list(
        deepseek.chunks(Prompt("", (), 9), Telling.whole(Answer("a b", "max_tokens", 4, 1)), ANY)
    )
    assert [piece["choices"][0]["text"] for piece in pieces] == ["a", " b", ""]
    assert [piece["choices"][0]["stop_reason"] for piece in pieces] == [None, None, "length"]
