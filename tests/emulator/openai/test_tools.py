"""Tools and structured answers in OpenAI's form."""

from __future__ import annotations

import json
from typing import Any

import pytest

from .conftest import Desk

WEATHER = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "The weather in a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
            "additionalProperties": False,
        },
        "strict": True,
    },
}
ASK = [{"role": "user", "content": "What is the weather in Lisbon?"}]


def test_a_tool_is_called_and_its_result_told(openai: Desk) -> None:
    status, answer = openai.chat(ASK, tools=[WEATHER])
    assert status == 200
    [choice] = answer["choices"]
    assert choice["finish_reason"] == "tool_calls"
    [call] = choice["message"]["tool_calls"]
    assert (call["type"], call["function"]["name"]) == ("function", "get_weather")
    assert json.loads(call["function"]["arguments"]) == {"city": "Lisbon"}
    assert call["id"].startswith("call_")
    result = {"role": "tool", "tool_call_id": call["id"], "content": '{"celsius": 21}'}
    _, told = openai.chat([*ASK, choice["message"], result], tools=[WEATHER])
    assert told["choices"][0]["finish_reason"] == "stop"
    assert "21" in told["choices"][0]["message"]["content"]


def test_a_streamed_call_is_the_same_call(openai: Desk) -> None:
    whole = openai.chat(ASK, tools=[WEATHER])[1]["choices"][0]["message"]
    _, events = openai.chat(ASK, tools=[WEATHER], stream=True)
    deltas = [event["choices"][0]["delta"] for event in events]
    calls = [delta["tool_calls"][0] for delta in deltas if "tool_calls" in delta]
    assert calls[0]["id"] == whole["tool_calls"][0]["id"]
    assert all("id" not in call and call["index"] == 0 for call in calls[1:])
    arguments = "".join(call["function"]["arguments"] for call in calls)
    assert arguments == whole["tool_calls"][0]["function"]["arguments"]
    assert events[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_several_calls_come_at_once_and_each_wants_its_result(openai: Desk) -> None:
    said = [{"role": "user", "content": "What is the weather in Lisbon and Oslo?"}]
    message = openai.chat(said, tools=[WEATHER])[1]["choices"][0]["message"]
    calls = message["tool_calls"]
    cities = [json.loads(call["function"]["arguments"])["city"] for call in calls]
    assert cities == ["Lisbon", "Oslo"]
    assert len({call["id"] for call in calls}) == 2
    _, events = openai.chat(said, tools=[WEATHER], stream=True)
    deltas = [event["choices"][0]["delta"].get("tool_calls") for event in events]
    starts = [delta[0]["index"] for delta in deltas if delta and "id" in delta[0]]
    assert starts == [0, 1]
    _, single = openai.chat(said, tools=[WEATHER], parallel_tool_calls=False)
    assert len(single["choices"][0]["message"]["tool_calls"]) == 1
    results = [
        {"role": "tool", "tool_call_id": call["id"], "content": f"{10 + at} degrees"}
        for at, call in enumerate(calls)
    ]
    told = openai.chat([*said, message, *results])[1]["choices"][0]["message"]["content"]
    assert "10 degrees" in told
    assert "11 degrees" in told
    refused = openai.error(openai.chat([*said, message, results[0]]))
    assert refused[1].endswith(f"did not have response messages: {calls[1]['id']}")


@pytest.mark.parametrize(
    ("choice", "finish", "called"),
    [
        ("none", "stop", False),
        ("required", "tool_calls", True),
        ({"type": "function", "function": {"name": "get_weather"}}, "stop", True),
    ],
)
def test_a_tool_is_forced_or_forbidden(
    openai: Desk, choice: object, finish: str, called: bool
) -> None:
    _, answer = openai.chat("In Lisbon: hello!", tools=[WEATHER], tool_choice=choice)
    [found] = answer["choices"]
    assert (found["finish_reason"], "tool_calls" in found["message"]) == (finish, called)


CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLING = {"role": "assistant", "content": None, "tool_calls": [CALL]}
BARE = {"type": "function", "function": {"name": "f"}}


def function(**more: Any) -> dict[str, Any]:
    return {"tools": [{"type": "function", "function": {"name": "f", **more}}]}


REFUSED: list[tuple[dict[str, Any], int, str | None, str]] = [
    ({"tools": []}, 400, "tools", "empty array"),
    ({"tools": [{"function": {"name": "f"}}]}, 400, "tools[0].type", "Missing required"),
    ({"tools": [{"type": "custom"}]}, 501, "tools[0].type", "is not emulated"),
    ({"tools": [{"type": "magic"}]}, 400, "tools[0].type", "'magic'"),
    ({"tools": [{"type": "function"}]}, 400, "tools[0].function", "Missing required"),
    ({"tools": [BARE] * 129}, 400, "tools", "maximum length 128"),
    (function(name="no blanks"), 400, "tools[0].function.name", "does not match pattern"),
    (function(name="f" * 65), 400, "tools[0].function.name", "maximum length 64"),
    (function(parameters={"type": "array"}), 400, "tools[0].function.parameters",
     "Invalid schema for function 'f': schema must be a JSON Schema of 'type: \"object\"'"),
    (function(strict=True, parameters={"type": "object", "properties": {}}), 400,
     "tools[0].function.parameters", "In context=(), 'additionalProperties' is required"),
    ({"tool_choice": "auto"}, 400, "tool_choice", "only allowed when 'tools' are specified"),
    ({"tools": [BARE], "tool_choice": "always"}, 400, "tool_choice", "'always'"),
    ({"tools": [BARE], "tool_choice": {"type": "function", "function": {"name": "g"}}}, 400,
     "tool_choice", "no function named 'g'"),
    ({"tools": [BARE], "tool_choice": {"type": "allowed_tools"}}, 501, "tool_choice.type", "not"),
    ({"messages": [*ASK, CALLING]}, 400, "messages.[2].role",
     "The following tool_call_ids did not have response messages: call_1"),
    ({"messages": [*ASK, CALLING, *ASK]}, 400, "messages.[2].role", "must be followed by tool"),
    ({"messages": [*ASK, {**CALLING, "tool_calls": []}]}, 400, "messages[1].tool_calls", "empty"),
    ({"messages": [*ASK, CALLING, {"role": "tool", "content": "1"}]}, 400,
     "messages[2].tool_call_id", "Missing required"),
]  # fmt: skip


@pytest.mark.parametrize(("change", "status", "param", "said"), REFUSED)
def test_what_does_not_fit_is_refused(
    openai: Desk, change: dict[str, Any], status: int, param: str | None, said: str
) -> None:
    given = {"said": ASK, **change}
    given["said"] = given.pop("messages", given["said"])
    found, message, found_param, _ = openai.error(openai.chat(**given))
    assert (found, found_param) == (status, param)
    assert said in message


def test_arguments_an_earlier_model_broke_are_taken(openai: Desk) -> None:
    broken = {**CALL, "function": {"name": "f", "arguments": "{oops"}}
    result = {"role": "tool", "tool_call_id": "call_1", "content": "done"}
    said = [*ASK, {**CALLING, "tool_calls": [broken]}, result]
    assert "done" in openai.chat(said)[1]["choices"][0]["message"]["content"]


# -- structured answers ----------------------------------------------------------------------------

EVENT = {
    "type": "object",
    "properties": {"name": {"type": "string"}, "guests": {"type": "integer"}},
    "required": ["name", "guests"],
    "additionalProperties": False,
}


def wanted(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"type": "json_schema", "json_schema": {"name": "event", "schema": schema, **more}}


def test_an_answer_fits_the_schema(openai: Desk) -> None:
    form = wanted(EVENT, strict=True)
    _, answer = openai.chat('"Summer ball" with 40 guests', response_format=form)
    found = json.loads(answer["choices"][0]["message"]["content"])
    assert found == {"name": "Summer ball", "guests": 40}


def test_a_schema_that_cannot_be_met_is_declined(openai: Desk) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "string", "pattern": "^[^a]b\\d{9}$"}}}
    form = wanted({**schema, "required": ["a"]})
    message = openai.chat("hi", response_format=form)[1]["choices"][0]["message"]
    assert message["content"] is None
    assert "stand-in" in message["refusal"]
    _, events = openai.chat("hi", response_format=form, stream=True)
    told = "".join(one["choices"][0]["delta"].get("refusal") or "" for one in events)
    assert told == message["refusal"]


def test_a_json_object_is_given_where_one_is_wanted(openai: Desk) -> None:
    _, answer = openai.chat("What is 2+2? As json.", response_format={"type": "json_object"})
    assert json.loads(answer["choices"][0]["message"]["content"]) == {"answer": "2 + 2 = 4."}


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"type": "json_schema"}, "response_format.json_schema"),
        (wanted({"type": "array"}), "got 'type: \"array\"'"),
        (wanted({"type": "object", "properties": {}}, strict=True), "'additionalProperties' is"),
        (
            wanted({**EVENT, "required": ["name"]}, strict=True),
            "an array including every key in properties. Missing 'guests'.",
        ),
        (
            wanted(
                {**EVENT, "properties": {"in": {"type": "object"}}, "required": ["in"]}, strict=1
            ),
            "Invalid type for 'response_format.json_schema.strict'",
        ),
        (
            wanted(
                {**EVENT, "properties": {"in": {"type": "object"}}, "required": ["in"]}, strict=True
            ),
            "In context=('properties', 'in'), 'additionalProperties'",
        ),
    ],
)
def test_schemas_that_do_not_fit_are_refused(openai: Desk, form: object, said: str) -> None:
    status, message, _, _ = openai.error(openai.chat(ASK, response_format=form))
    assert status == 400
    assert said in message


def test_an_old_model_takes_no_schema(openai: Desk) -> None:
    refused = openai.error(openai.chat(ASK, model="gpt-4", response_format=wanted(EVENT)))
    assert "is not supported with this model" in refused[1]
