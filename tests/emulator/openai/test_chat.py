"""Chat completions: what is answered, whole and as a stream, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from .conftest import CHAT, Desk

ASK = [{"role": "user", "content": "What is 1+1?"}]


def test_a_chat_is_answered_by_the_stand_in(openai: Desk) -> None:
    said = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "What is 1+1?"}]},
    ]
    status, answer = openai.chat(said, temperature=0.2)
    assert status == 200
    assert (answer["object"], answer["model"]) == ("chat.completion", "gpt-4o")
    [choice] = answer["choices"]
    assert choice["message"]["content"] == "1 + 1 = 2."
    assert (choice["message"]["role"], choice["finish_reason"]) == ("assistant", "stop")
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"] > 0
    assert answer["created"] == 1767312000
    again = openai.chat(said, temperature=0.2)[1]
    assert again["choices"] == answer["choices"]
    assert again["id"] != answer["id"]


def test_instructions_may_come_from_the_developer_and_between_turns(openai: Desk) -> None:
    said = [
        {"role": "user", "content": "My name is Ada."},
        {"role": "assistant", "content": "Nice to meet you."},
        {"role": "developer", "content": "Answer in French."},
        {"role": "user", "content": "What is my name?"},
    ]
    answer = openai.chat(said)[1]["choices"][0]["message"]["content"]
    assert answer == "Vous vous appelez Ada."


def test_a_stream_holds_the_same_answer(openai: Desk) -> None:
    whole = openai.chat("Write a poem.")[1]
    status, events = openai.chat("Write a poem.", stream=True)
    assert status == 200
    assert {one["object"] for one in events} == {"chat.completion.chunk"}
    assert len({one["id"] for one in events}) == 1
    assert events[0]["choices"][0]["delta"]["role"] == "assistant"
    text = "".join(one["choices"][0]["delta"].get("content", "") for one in events)
    assert text == whole["choices"][0]["message"]["content"]
    assert len(events) > 10
    assert [one["choices"][0]["finish_reason"] for one in events][-2:] == [None, "stop"]
    assert all("usage" not in one for one in events)


def test_a_stream_tells_its_tokens_last_where_it_is_asked(openai: Desk) -> None:
    whole = openai.chat()[1]
    _, events = openai.chat(stream=True, stream_options={"include_usage": True})
    assert [one["usage"] for one in events[:-1]] == [None] * (len(events) - 1)
    assert (events[-1]["choices"], events[-1]["usage"]) == ([], whole["usage"])


@given(st.text(max_size=60))
def test_a_stream_loses_no_character(said: str) -> None:
    desk = Desk().open()
    said = f'Say "{said}".'
    whole = desk.chat(said)[1]["choices"][0]["message"]["content"]
    _, events = desk.chat(said, stream=True)
    assert "".join(one["choices"][0]["delta"].get("content", "") for one in events) == whole


def test_several_choices_are_given_and_counted(openai: Desk) -> None:
    one = openai.chat()[1]["usage"]
    status, answer = openai.chat(n=3)
    assert status == 200
    assert [choice["index"] for choice in answer["choices"]] == [0, 1, 2]
    assert answer["usage"]["prompt_tokens"] == one["prompt_tokens"]
    assert answer["usage"]["completion_tokens"] == 3 * one["completion_tokens"]
    _, events = openai.chat(n=2, stream=True)
    ends = [one["choices"][0] for one in events if one["choices"][0]["finish_reason"]]
    assert [(end["index"], end["finish_reason"]) for end in ends] == [(0, "stop"), (1, "stop")]


def test_max_tokens_and_stop_end_an_answer(openai: Desk) -> None:
    for name in ("max_tokens", "max_completion_tokens"):
        _, short = openai.chat(**{name: 1})
        assert short["choices"][0]["finish_reason"] == "length"
        assert short["choices"][0]["message"]["content"] == "1 + "
    for stop in ("=", ["=", "nowhere"]):
        _, stopped = openai.chat(stop=stop)
        assert stopped["choices"][0]["message"]["content"] == "1 + 1 "
        assert stopped["choices"][0]["finish_reason"] == "stop"


def test_a_picture_is_taken_by_models_that_see(openai: Desk) -> None:
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,iVBORw0KGgo="}}
    said = [{"role": "user", "content": [{"type": "text", "text": "What is this?"}, picture]}]
    assert openai.chat(said)[0] == 200
    status, message, param, code = openai.error(openai.chat(said, model="gpt-4"))
    assert (status, param, code) == (400, "messages.[0].content.[1].type", None)
    assert message == "Invalid content type. image_url is only supported by certain models."


def test_a_reasoning_model_wants_other_members(openai: Desk) -> None:
    assert openai.chat(model="o3", max_completion_tokens=10, reasoning_effort="low")[0] == 200
    assert openai.error(openai.chat(model="o3", max_tokens=10))[2:] == (
        "max_tokens",
        "unsupported_parameter",
    )
    assert openai.error(openai.chat(model="gpt-5", temperature=0.2))[1:] == (
        "Unsupported value: 'temperature' does not support 0.2 with this model. Only the default"
        " (1) value is supported.",
        "temperature",
        "unsupported_value",
    )
    assert openai.chat(model="gpt-5", temperature=1)[0] == 200
    refused = openai.error(openai.chat(reasoning_effort="low"))
    assert refused[1] == "Unrecognized request argument supplied: reasoning_effort"


REFUSED: list[tuple[dict[str, Any], str | None, str | None, str]] = [
    ({"model": None}, None, None, "you must provide a model parameter"),
    ({"messages": None}, "messages", "missing_required_parameter", "parameter: 'messages'"),
    ({"messages": []}, "messages", "empty_array", "minimum length 1"),
    ({"messages": "hi"}, "messages", "invalid_type", "expected an array of objects, but got a s"),
    ({"messages": ["hi"]}, "messages[0]", "invalid_type", "expected an object, but got a string"),
    ({"messages": [{"content": "a"}]}, "messages[0].role", "missing_required_parameter", "role"),
    ({"messages": [{"role": "boss", "content": "a"}]}, "messages[0].role", "invalid_value",
     "Invalid value: 'boss'. Supported values are: 'system', 'assistant', 'user', 'function',"
     " 'tool' and 'developer'."),
    ({"messages": [{"role": "user", "content": 7}]}, "messages[0].content", "invalid_type",
     "expected one of a string or array of objects, but got an integer instead."),
    ({"messages": [{"role": "user"}]}, "messages[0].content", "missing_required_parameter", ""),
    ({"messages": [{"role": "user", "content": [{"type": "picture"}]}]},
     "messages[0].content[0].type", "invalid_value", "'picture'"),
    ({"messages": [{"role": "system", "content": [{"type": "image_url"}]}]},
     "messages[0].content[0].type", "invalid_value", "'image_url'"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": "x"}]}]},
     "messages[0].content[0].image_url", "invalid_type", "expected an object, but got a string"),
    ({"messages": [{"role": "user", "content": [
        {"type": "image_url", "image_url": {"url": "ftp://x"}}]}]},
     "messages[0].content[0].image_url.url", "invalid_image_url", "data URL"),
    ({"messages": [{"role": "assistant", "content": None}]}, "messages.[0].content", None,
     "expected a string, got null"),
    ({"messages": [{"role": "tool", "content": "1", "tool_call_id": "call_1"}]},
     "messages.[0].role", None, "must be a response to a preceeding message with 'tool_calls'"),
    ({"temperature": "hot"}, "temperature", "invalid_type", "expected a decimal, but got a string"),
    ({"temperature": 2.5}, "temperature", "decimal_above_max_value", "value <= 2, but got 2.5"),
    ({"top_p": -0.1}, "top_p", "decimal_below_min_value", "value >= 0, but got -0.1"),
    ({"presence_penalty": 3}, "presence_penalty", "decimal_above_max_value", "<= 2"),
    ({"frequency_penalty": -3}, "frequency_penalty", "decimal_below_min_value", ">= -2"),
    ({"max_tokens": 0}, "max_tokens", "integer_below_min_value",
     "Invalid 'max_tokens': integer below minimum value. Expected a value >= 1, but got 0"),
    ({"max_tokens": 1.5}, "max_tokens", "invalid_type", "expected an integer, but got a decimal"),
    ({"max_tokens": 20480}, "max_tokens", "invalid_value", "max_tokens is too large: 20480. This"
     " model supports at most 16384 completion tokens, whereas you provided 20480."),
    ({"max_tokens": 5, "max_completion_tokens": 5}, "max_tokens", "invalid_parameter_combination",
     "at the same time"),
    ({"n": 0}, "n", "integer_below_min_value", ">= 1"),
    ({"n": 129}, "n", "integer_above_max_value", "<= 128"),
    ({"seed": "x"}, "seed", "invalid_type", "an integer"),
    ({"stop": ["a"] * 5}, "stop", "array_above_max_length", "maximum length 4"),
    ({"stop": 5}, "stop", "invalid_type", "one of a string or array of strings"),
    ({"stop": [1]}, "stop[0]", "invalid_type", "a string"),
    ({"stream": "yes"}, "stream", "invalid_type", "a boolean"),
    ({"stream_options": {"include_usage": True}}, "stream_options", None, "only allowed when"),
    ({"stream": True, "stream_options": {"more": True}}, "stream_options.more",
     "unknown_parameter", "Unknown parameter"),
    ({"top_k": 4}, None, None, "Unrecognized request argument supplied: top_k"),
    ({"service_tier": "gold"}, "service_tier", "invalid_value", "'gold'"),
    ({"user": 4}, "user", "invalid_type", "a string"),
    ({"metadata": {"a": 4}}, "metadata.a", "invalid_type", "a string"),
    ({"response_format": {"type": "xml"}}, "response_format.type", "invalid_value", "'xml'"),
    ({"response_format": {"type": "json_object"}}, "messages", None, "contain the word 'json'"),
    ({"messages": [{"role": "user", "content": "x" * 4 * 128_001}]}, "messages",
     "context_length_exceeded", "maximum context length is 128000 tokens. However, your messages"
     " resulted in 128001 tokens."),
]  # fmt: skip


@pytest.mark.parametrize(("change", "param", "code", "said"), REFUSED)
def test_what_does_not_fit_is_refused(
    openai: Desk, change: dict[str, Any], param: str | None, code: str | None, said: str
) -> None:
    body = {"model": "gpt-4o", "messages": ASK, **change}
    status, message, found_param, found_code = openai.error(openai.ask(CHAT, body))
    assert (status, found_param, found_code) == (400, param, code)
    assert said in message


@pytest.mark.parametrize(
    "member",
    [
        {"logprobs": True},
        {"logit_bias": {"50256": -100}},
        {"functions": [{"name": "f"}]},
        {"modalities": ["text", "audio"]},
        {"store": True},
        {"web_search_options": {"search_context_size": "low"}},
    ],
)
def test_what_only_the_live_target_has_is_named(openai: Desk, member: dict[str, Any]) -> None:
    status, message, param, _ = openai.error(openai.chat(**member))
    assert (status, param) == (501, next(iter(member)))
    assert message.endswith("is not emulated; the live target has it")


def test_members_that_ask_for_nothing_are_taken(openai: Desk) -> None:
    assert openai.chat(
        logprobs=False,
        logit_bias={},
        modalities=["text"],
        user="u-1",
        seed=7,
        top_p=1,
        presence_penalty=0,
        stop=None,
        stream=False,
        response_format={"type": "text"},
        metadata={"lab": "1"},
        service_tier="auto",
    )[0] == 200  # fmt: skip


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
MEMBERS = ["messages", "stop", "n", "temperature", "response_format", "stream_options", "tools"]
MEMBERS += ["tool_choice", "max_tokens", "metadata", "top_p", "seed", "user", "model"]


@given(st.dictionaries(st.sampled_from(MEMBERS), json_values, max_size=4))
def test_any_body_is_answered_or_refused_in_the_apis_form(change: dict[str, Any]) -> None:
    desk = Desk().open()
    status, body = desk.ask(CHAT, {"model": "gpt-4o", "messages": ASK, **change})
    assert status in (200, 400, 404, 501)
    if status != 200:
        desk.error((status, body))
