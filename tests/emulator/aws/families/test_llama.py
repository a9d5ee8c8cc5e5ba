"""InvokeModel of Llama (facts amazon-bedrock 4.7)."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import FAMILIES, llama
from runthrough.emulator.aws.families.family import TextFamily
from runthrough.emulator.standins import Answer, Prompt, Telling
from tests.emulator.aws.families.conftest import Vendors

MODEL = "us.meta.llama3-3-70b-instruct-v1:0"
LLAMA = Model(id="meta.x", name="x", vendor="Meta", api="meta-llama", context=500)


def test_an_answer(vendors: Vendors) -> None:
    answer = vendors.invoke(MODEL, {"prompt": "What is 1+1?", "max_gen_len": 50})
    assert answer == {
        "generation": "1 + 1 = 2.",
        "prompt_token_count": 3,
        "generation_token_count": 3,
        "stop_reason": "stop",
    }
    cut = vendors.invoke(MODEL, {"prompt": "What is 1+1?", "max_gen_len": 1})
    assert (cut["generation"], cut["stop_reason"]) == ("1 + ", "length")


@pytest.mark.parametrize(
    "prompt",
    [
        "<|begin_of_text|><|start_header_id|>system<|end_header_id|>\n\nAnswer in French.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nMy name is Ada.<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\nBonjour.<|eot_id|>"
        "<|start_header_id|>user<|end_header_id|>\n\nWhat is my name?<|eot_id|>"
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
        "<|begin_of_text|><|header_start|>system<|header_end|>\n\nAnswer in French.<|eot|>"
        "<|header_start|>user<|header_end|>\n\nMy name is Ada. What is my name?<|eot|>"
        "<|header_start|>assistant<|header_end|>\n\n",
        "<s>[INST] <<SYS>>\nAnswer in French.\n<</SYS>>\n\nMy name is Ada. [/INST] Bonjour. </s>"
        "<s>[INST] What is my name? [/INST]",
    ],
)
def test_marks_of_the_template_are_read(prompt: str) -> None:
    read = llama.read_prompt({"prompt": prompt}, LLAMA)
    assert read.system == "Answer in French."
    assert [turn.role for turn in read.messages][-1] == "user"
    assert read.last.endswith("What is my name?")
    assert not any(mark in str(read) for mark in ("<|", "INST", "<s>", "SYS"))


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": None}, "#/prompt: expected type: String, found: Null"),
        ({"temperature": 1.1}, "#/temperature: 1.1 is not less or equal to 1"),
        ({"top_p": -0.1}, "#/top_p: -0.1 is not greater or equal to 0"),
        ({"top_p": 1.1}, "#/top_p: 1.1 is not less or equal to 1"),
        ({"max_gen_len": 0}, "#/max_gen_len: 0 is not greater or equal to 1"),
        ({"max_gen_len": 2049}, "#/max_gen_len: 2049 is not less or equal to 2048"),
        ({"max_gen_len": True}, "#/max_gen_len: expected type: Integer, found: Boolean"),
        ({"stop": ["x"]}, "#: extraneous key [stop] is not permitted"),
        ({"top_k": 5, "inputText": 1}, "#: extraneous key [top_k] is not permitted"
                                       "#: extraneous key [inputText] is not permitted"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(MODEL, {"prompt": "hi"} | changed) == complaint


def test_a_prompt_is_required_and_may_be_too_long(vendors: Vendors) -> None:
    assert vendors.complaint(MODEL, {}) == "#: required key [prompt] not found"
    long = {"prompt": "word " * 10_000}
    said = vendors.refusal("meta.llama3-8b-instruct-v1:0", long)
    assert said == "Input is too long for requested model."


def test_pieces_of_an_answer() -> None:
    answer = Answer("one two", "max_tokens", 5, 2)
    pieces = list(llama.chunks(Prompt("", (), 9), Telling.whole(answer), LLAMA))
    assert [p["generation"] for p in pieces] == ["one", " two", ""]
    assert [p["prompt_token_count"] for p in pieces] == [5, None, None]
    assert [p["stop_reason"] for p in pieces] == [None, None, "length"]
    assert [p["generation_token_count"] for p in pieces] == [1, 2, 2]
    [alone] = llama.chunks(Prompt("", (), 9), Telling.whole(Answer("", "end_turn", 5, 0)), LLAMA)
    assert alone["prompt_token_count"] == 5


def test_llama_4_does_not_stream_through_invoke_model() -> None:
    family = FAMILIES["meta-llama4"]
    assert isinstance(family, TextFamily)
    assert family.chunks is None
