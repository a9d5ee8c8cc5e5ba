"""InvokeModel of models with OpenAI's chat body (facts amazon-bedrock 4.12)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.families import openai_chat
from runthrough.emulator.aws.families.pictures import draw
from runthrough.emulator.standins import Answer, Prompt, Telling, ToolUse
from tests.emulator.aws.families.conftest import Vendors

MODEL, EYES = "qwen.qwen3-32b-v1:0", "google.gemma-3-27b-it"
ANY = Model(id="openai.x", name="x", vendor="x", api="openai-chat", context=999, max_output=99)
OTHERS = ["qwen.qwen3-coder-30b-a3b-v1:0", "deepseek.v3-v1:0", "zai.glm-4.7",
          "moonshot.kimi-k2-thinking", "minimax.minimax-m2", EYES]  # fmt: skip
URI = f"data:image/png;base64,{draw('a', 1, 30, 50)}"


def said(text: Any = "What is 1+1?", **changed: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]} | changed


@pytest.mark.parametrize("model", [MODEL, *OTHERS])
def test_an_answer(vendors: Vendors, model: str) -> None:
    answer = vendors.invoke(model, said(max_completion_tokens=50, temperature=0, stream=False))
    [choice] = answer["choices"]
    assert choice["message"] == {"role": "assistant", "content": "1 + 1 = 2."}
    assert (choice["finish_reason"], answer["object"]) == ("stop", "chat.completion")
    usage = answer["usage"]
    assert (usage["prompt_tokens"], usage["completion_tokens"], usage["total_tokens"]) == (3, 3, 6)


@pytest.mark.parametrize("model", ["openai.gpt-oss-20b-1:0", "openai.gpt-oss-120b-1:0"])
def test_gpt_oss_shows_what_it_thought(vendors: Vendors, model: str) -> None:
    [choice] = vendors.invoke(model, said(reasoning_effort="low"))["choices"]
    thought, _, text = choice["message"]["content"].partition("</reasoning>")
    assert thought.startswith("<reasoning>")
    assert text == "1 + 1 = 2."


def test_the_model_in_the_body_is_the_one_called(vendors: Vendors) -> None:
    vendors.invoke(MODEL, said(model=MODEL))
    assert "gpt-4o, is not the one" in vendors.refusal(MODEL, said(model="gpt-4o"))


def test_several_answers_are_charged_for(vendors: Vendors) -> None:
    answer = vendors.invoke(MODEL, said(n=3))
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert answer["usage"]["completion_tokens"] == 9
    assert vendors.headers["x-amzn-bedrock-output-token-count"] == "9"


def test_why_an_answer_ended(vendors: Vendors) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        assert vendors.invoke(MODEL, said(**{name: 1}))["choices"][0]["finish_reason"] == "length"
    for stop in (" =", [" ="]):
        choice = vendors.invoke(MODEL, said(stop=stop))["choices"][0]
        assert (choice["message"]["content"], choice["finish_reason"]) == ("1 + 1", "stop")


def test_instructions_of_two_roles_are_read() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "developer", "content": [{"type": "text", "text": "Use French."}]},
        {"role": "user", "content": "a"},
        {"role": "user", "content": "b"},
    ]
    prompt = openai_chat.read_prompt({"messages": messages}, ANY)
    assert prompt.system == "Be brief.\nUse French."
    assert [turn.text for turn in prompt.messages] == ["a\nb"]


@pytest.mark.parametrize(
    ("form", "schema", "wants_json"),
    [
        ({"type": "text"}, None, False),
        ({"type": "json_object"}, None, True),
        ({"type": "json_schema", "json_schema": {"name": "n", "schema": {"type": "object"}}},
         {"type": "object"}, False),
    ],
)  # fmt: skip
def test_the_form_of_an_answer(form: Any, schema: Any, wants_json: bool) -> None:
    prompt = openai_chat.read_prompt(said(response_format=form), ANY)
    assert (prompt.output_schema, prompt.wants_json) == (schema, wants_json)


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"messages": "hi"}, "#/messages: expected type: JSONArray, found: String"),
        ({"messages": [{"role": "user", "content": [{"type": "text"}]}]},
         "#/messages/0/content/0: 0 subschemas matched instead of one"),
        ({"messages": [{"role": "assistant", "tool_calls": [
            {"id": "c", "function": {"name": "f", "arguments": "no json"}}]}]},
         "#/messages/0/tool_calls/0/function/arguments: the text is no JSON object"),
        ({"temperature": 2.1}, "#/temperature: 2.1 is not less or equal to 2"),
        ({"temperature": None}, "#/temperature: expected type: Number, found: Null"),
        ({"top_p": 1.5}, "#/top_p: 1.5 is not less or equal to 1"),
        ({"n": 0}, "#/n: 0 is not greater or equal to 1"),
        ({"max_tokens": 0}, "#/max_tokens: 0 is not greater or equal to 1"),
        ({"max_completion_tokens": 8193},
         "#/max_completion_tokens: 8193 is not less or equal to 8192"),
        ({"stop": 1}, "#/stop: no subschema matched out of the total 2 subschemas"),
        ({"stream": "yes"}, "#/stream: expected type: Boolean, found: String"),
        ({"presence_penalty": 3}, "#/presence_penalty: 3 is not less or equal to 2"),
        ({"frequency_penalty": -3}, "#/frequency_penalty: -3 is not greater or equal to -2"),
        ({"logit_bias": {"50256": 101}}, "#/logit_bias/50256: 101 is not less or equal to 100"),
        ({"seed": 1.5}, "#/seed: expected type: Integer, found: Double"),
        ({"reasoning_effort": "huge"}, "#/reasoning_effort: huge is not a valid enum value"),
        ({"response_format": {"type": "yaml"}},
         "#/response_format/type: yaml is not a valid enum value"),
        ({"response_format": {"type": "json_schema"}},
         "#/response_format/json_schema: required key [schema] not found"),
        ({"tool_choice": "any"}, "#/tool_choice: any is not a valid enum value"),
        ({"top_k": 5}, "#: extraneous key [top_k] is not permitted"),
    ],
)  # fmt: skip
def test_bodies_that_do_not_fit(vendors: Vendors, changed: Any, complaint: str) -> None:
    assert vendors.complaint(MODEL, said() | changed) == complaint


def test_messages_are_required(vendors: Vendors) -> None:
    assert vendors.complaint(MODEL, {}) == "#: required key [messages] not found"


def test_pictures_need_a_model_with_eyes(vendors: Vendors) -> None:
    asked = said([{"type": "text", "text": "x"}, {"type": "image_url", "image_url": {"url": URI}}])
    assert vendors.invoke(EYES, asked)["usage"]["prompt_tokens"] == 1 + 2
    assert vendors.refusal(MODEL, asked).startswith("This model doesn't support the image field")
    web = said([{"type": "image_url", "image_url": {"url": "https://example.com/a.png"}}])
    assert vendors.complaint(EYES, web) == (
        "#/messages/0/content/0/image_url: no data URI of a picture"
    )


def test_tools_go_in_and_out() -> None:
    tool = {"type": "function", "function": {"name": "weather", "description": "d"}}
    named = {"type": "function", "function": {"name": "weather"}}
    prompt = openai_chat.read_prompt(said(tools=[tool], tool_choice=named), ANY)
    assert (prompt.tools[0].name, prompt.tool_choice) == ("weather", "tool:weather")
    required = openai_chat.read_prompt(said(tools=[tool], tool_choice="required"), ANY)
    assert required.tool_choice == "any"
    answer = Answer("", "tool_use", 4, 5, tool_uses=(ToolUse("1", "weather", {"city": "Bern"}),))
    choice = openai_chat.write_answer(prompt, answer, ANY)["choices"][0]
    assert (choice["finish_reason"], choice["message"]["content"]) == ("tool_calls", None)
    pieces = [p["choices"][0] for p in openai_chat.chunks(prompt, Telling.whole(answer), ANY)]
    calls = [piece["delta"]["tool_calls"][0] for piece in pieces if "tool_calls" in piece["delta"]]
    assert calls[0]["id"] == choice["message"]["tool_calls"][0]["id"]
    joined = "".join(call["function"]["arguments"] for call in calls)
    assert json.loads(joined) == {"city": "Bern"}


def test_pieces_of_an_answer() -> None:
    answer = Answer("a b", "end_turn", 4, 1)
    pieces = list(openai_chat.chunks(Prompt("", (), 9), Telling.whole(answer), ANY))
    choices = [piece["choices"][0] for piece in pieces]
    assert choices[0]["delta"] == {"role": "assistant", "content": ""}
    assert "".join(choice["delta"].get("content", "") for choice in choices) == "a b"
    assert [choice["finish_reason"] for choice in choices] == [None, None, None, "stop"]
    assert {piece["object"] for piece in pieces} == {"chat.completion.chunk"}
    assert pieces[-1]["usage"]["total_tokens"] == 5
