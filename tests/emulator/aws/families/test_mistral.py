"""InvokeModel of Mistral AI: the body of one text and the chat body (facts amazon-bedrock 4.8)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import mistral
from runthrough.emulator.standins import Answer, Prompt, Telling, ToolUse
from tests.emulator.aws.families.conftest import Vendors

SMALL, MIXTRAL = "mistral.mistral-7b-instruct-v0:2", "mistral.mixtral-8x7b-instruct-v0:1"
LARGE = "mistral.mistral-large-2402-v1:0"
CHAT, OLD_CHAT = "mistral.mistral-large-3-675b-instruct", "mistral.mistral-large-2407-v1:0"
ANY = Model(id="mistral.x", name="x", vendor="Mistral AI", api="mistral-chat", max_output=99)
USE = Answer("", "tool_use", 4, 5, tool_uses=(ToolUse("1", "weather", {"city": "Bern"}),))


def said(*texts: str, **changed: Any) -> dict[str, Any]:
    roles = ("user", "assistant") * len(texts)
    messages = [{"role": r, "content": t} for r, t in zip(roles, texts, strict=False)]
    return {"messages": messages} | changed


def test_an_answer_to_one_text(vendors: Vendors) -> None:
    answer = vendors.invoke(SMALL, {"prompt": "<s>[INST] What is 1+1? [/INST]"})
    assert answer == {"outputs": [{"text": "1 + 1 = 2.", "stop_reason": "stop"}]}
    cut = vendors.invoke(SMALL, {"prompt": "<s>[INST] What is 1+1? [/INST]", "max_tokens": 1})
    assert cut == {"outputs": [{"text": "1 + ", "stop_reason": "length"}]}
    told = "<s>[INST] My name is Ada. [/INST] Hello.</s>[INST] What is my name? [/INST]"
    assert "Ada" in vendors.invoke(SMALL, {"prompt": told})["outputs"][0]["text"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"prompt": 1}, "#/prompt: expected type: String, found: Integer"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"max_tokens": 8193}, "#/max_tokens: 8193 is not less or equal to 8192"),
        ({"temperature": 1.1}, "#/temperature: 1.1 is not less or equal to 1"),
        ({"temperature": -1}, "#/temperature: -1 is not greater or equal to 0"),
        ({"top_p": 1.1}, "#/top_p: 1.1 is not less or equal to 1"),
        ({"top_k": 0}, "#/top_k: 0 is not greater or equal to 1"),
        ({"top_k": 201}, "#/top_k: 201 is not less or equal to 200"),
        ({"stop": ["a"] * 11}, "#/stop: expected maximum item count: 10, found: 11"),
        ({"stop": "a"}, "#/stop: expected type: JSONArray, found: String"),
        ({"messages": []}, "#: extraneous key [messages] is not permitted"),
    ],
)
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(SMALL, {"prompt": "hi"} | changed) == complaint


def test_limits_and_defaults_are_the_models(vendors: Vendors) -> None:
    over = vendors.complaint(MIXTRAL, {"prompt": "hi", "max_tokens": 4097})
    assert over == "#/max_tokens: 4097 is not less or equal to 4096"
    assert vendors.complaint(SMALL, {}) == "#: required key [prompt] not found"
    models = {m: Model(id=m, name="x", vendor="x", api="x", context=99, max_output=8192)
              for m in (SMALL, LARGE)}  # fmt: skip
    prompts = {m: mistral.read_prompt({"prompt": "hi"}, model) for m, model in models.items()}
    assert (prompts[SMALL].max_tokens, prompts[SMALL].temperature) == (512, 0.5)
    assert (prompts[LARGE].max_tokens, prompts[LARGE].temperature) == (8192, 0.7)


def test_pieces_of_an_answer_to_one_text() -> None:
    pieces = list(
        mistral.chunks(Prompt("", (), 9), Telling.whole(Answer("a b", "end_turn", 4, 1)), ANY)
    )
    assert [piece["outputs"][0]["text"] for piece in pieces] == ["a", " b", ""]
    assert [piece["outputs"][0]["stop_reason"] for piece in pieces] == [None, None, "stop"]
    [last] = mistral.chunks(Prompt("", (), 9), Telling.whole(USE), ANY)
    assert last["outputs"][0]["tool_calls"][0]["function"]["name"] == "weather"


def test_an_answer_to_a_chat(vendors: Vendors) -> None:
    answer = vendors.invoke(CHAT, said("My name is Ada.", "Hello.", "What is my name?"))
    [choice] = answer["choices"]
    assert (choice["index"], choice["stop_reason"]) == (0, "stop")
    assert choice["message"]["role"] == "assistant"
    assert "Ada" in choice["message"]["content"]
    usage = answer["usage"]
    assert usage["prompt_tokens"] + usage["completion_tokens"] == usage["total_tokens"]


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"messages": []}, "#/messages: expected minimum item count: 1, found: 0"),
        ({"messages": [{"role": "bot"}]}, "#/messages/0/role: bot is not a valid enum value"),
        ({"messages": [{"content": "a"}]}, "#/messages/0: required key [role] not found"),
        ({"messages": [{"role": "user", "content": 1}]},
         "#/messages/0/content: no subschema matched out of the total 3 subschemas"),
        ({"messages": [{"role": "tool", "content": "a"}]},
         "#/messages/0: required key [tool_call_id] not found"),
        ({"temperature": 2}, "#/temperature: 2 is not less or equal to 1"),
        ({"top_p": -1}, "#/top_p: -1 is not greater or equal to 0"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"tool_choice": "required"}, "#/tool_choice: required is not a valid enum value"),
        ({"tools": [{"type": "function"}]}, "#/tools/0: required key [function] not found"),
        ({"prompt": "a"}, "#: extraneous key [prompt] is not permitted"),
    ],
)  # fmt: skip
def test_chat_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(CHAT, said("hi") | changed) == complaint


def test_the_older_chat_takes_no_stop(vendors: Vendors) -> None:
    vendors.invoke(CHAT, said("hi", stop=["x"], top_k=5))
    complaint = vendors.complaint(OLD_CHAT, said("hi", stop=["x"]), region="us-west-2")
    assert complaint == "#: extraneous key [stop] is not permitted"


def test_tools_go_in_and_out() -> None:
    call = {"id": "c1", "function": {"name": "weather", "arguments": '{"city": "Bern"}'}}
    tool = {"type": "function", "function": {"name": "weather", "parameters": {"type": "object"}}}
    body = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "How cold is it?"},
            {"role": "assistant", "content": "", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "c1", "content": "3"},
        ],
        "tools": [tool],
        "tool_choice": "any",
    }
    prompt = mistral.read_chat(body, ANY.model_copy(update={"context": 999}))
    assert (prompt.system, prompt.tool_choice) == ("Be brief.", "any")
    assert prompt.tools[0].name == "weather"
    assert prompt.messages[1].tool_uses == (ToolUse("c1", "weather", {"city": "Bern"}),)
    assert prompt.messages[2].tool_results[0].text == "3"
    message = mistral.write_chat(prompt, USE, ANY)["choices"][0]["message"]
    assert json.loads(message["tool_calls"][0]["function"]["arguments"]) == {"city": "Bern"}
    pieces = list(mistral.chat_chunks(prompt, Telling.whole(USE), ANY))
    assert pieces[-1]["choices"][0]["stop_reason"] == "tool_calls"
    assert pieces[-1]["choices"][0]["message"]["tool_calls"]


def test_pieces_of_an_answer_to_a_chat() -> None:
    answer = Answer("a b", "max_tokens", 4, 1)
    pieces = list(mistral.chat_chunks(Prompt("", (), 9), Telling.whole(answer), ANY))
    choices = [piece["choices"][0] for piece in pieces]
    assert "".join(choice["message"]["content"] for choice in choices) == "a b"
    assert [choice["stop_reason"] for choice in choices] == [None, None, "length"]
    assert pieces[-1]["usage"]["total_tokens"] == 5
