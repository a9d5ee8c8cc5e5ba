"""When a stand-in wants a tool used, with what input, and what it makes of the result."""

from __future__ import annotations

from typing import Any

import pytest

from runthrough.emulator.standins import Answer, Prompt, Tool, ToolResult, ToolUse, Turn, respond
from runthrough.emulator.standins.thoughts import is_untouched

WEATHER = Tool(
    "get_weather",
    "Get the current weather in a given location",
    {"type": "object", "properties": {"location": {"type": "string"}}, "required": ["location"]},
)
CALCULATOR = Tool(
    "calculator",
    "Works out an expression",
    {
        "type": "object",
        "properties": {"expression": {"type": "string"}},
        "required": ["expression"],
    },
)


def ask(text: str, *tools: Tool, **changes: Any) -> Answer:
    turns = changes.pop("messages", (Turn("user", text),))
    return respond(Prompt("", turns, changes.pop("max_tokens", 500), tools=tools, **changes))


@pytest.mark.parametrize(
    ("text", "name", "given"),
    [
        ("What is the weather in Paris?", "get_weather", {"location": "Paris"}),
        ("What is 12 times 7?", "calculator", {"expression": "12 * 7"}),
    ],
)
def test_the_tool_that_fits_is_used(text: str, name: str, given: dict[str, Any]) -> None:
    answer = ask(text, WEATHER, CALCULATOR)
    assert answer.stop_reason == "tool_use"
    assert [(use.name, use.input) for use in answer.tool_uses] == [(name, given)]
    assert answer.text
    assert len(answer.tool_uses[0].id) == 22


@pytest.mark.parametrize("text", ["Hello!", "My name is Ada.", "What is 1+1?"])
def test_no_tool_is_used_where_none_fits(text: str) -> None:
    assert ask(text, WEATHER).tool_uses == ()
    assert ask(text, WEATHER).text == ask(text).text


@pytest.mark.parametrize(
    ("text", "cities"),
    [
        ("Compare the weather in Paris and Rome, please.", ["Paris", "Rome"]),
        ("What is the weather in Paris, Rome, or New York?", ["Paris", "Rome", "New York"]),
        ("What is the weather in Paris? Ada asked.", ["Paris"]),
    ],
)
def test_a_tool_is_wanted_for_each_of_several_in_a_row(text: str, cities: list[str]) -> None:
    uses = ask(text, WEATHER).tool_uses
    assert [use.input["location"] for use in uses] == cities
    assert len({use.id for use in uses}) == len(cities)
    assert len(ask(text, WEATHER, parallel_tools=False).tool_uses) == 1


def test_of_several_results_each_says_what_it_is_of() -> None:
    uses = tuple(ToolUse(city, "get_weather", {"location": city}) for city in ("Paris", "Rome"))
    turns = (
        Turn("user", "What is the weather in Paris and Rome?"),
        Turn("assistant", "", uses),
        Turn("user", "", tool_results=(ToolResult("Rome", "sun"), ToolResult("Paris", "rain"))),
    )
    assert ask("", WEATHER, messages=turns).text == (
        "get_weather (location: Rome) says: sun\nget_weather (location: Paris) says: rain"
    )


def test_no_tool_is_used_where_none_may_be() -> None:
    assert ask("What is the weather in Paris?", WEATHER, tool_choice="none").tool_uses == ()


def test_what_is_missing_is_asked_for() -> None:
    answer = ask("What is the weather?", WEATHER)
    assert (answer.stop_reason, answer.tool_uses) == ("end_turn", ())
    assert "location" in answer.text


@pytest.mark.parametrize(
    ("choice", "name"), [("any", "get_weather"), ("tool:calculator", "calculator")]
)
def test_a_tool_that_has_to_be_used_is_used(choice: str, name: str) -> None:
    answer = ask("Hello!", WEATHER, CALCULATOR, tool_choice=choice)
    assert [use.name for use in answer.tool_uses] == [name]
    assert answer.text == ""


def test_a_schema_that_cannot_be_met_is_owned_up_to() -> None:
    never = Tool("never", "", {"type": "object", "properties": {"x": False}, "required": ["x"]})
    answer = ask("Hello!", never, tool_choice="any")
    assert (answer.stop_reason, answer.tool_uses) == ("end_turn", ())
    assert "cannot write an input that fits the schema of never" in answer.text


def test_the_same_prompt_gets_the_same_id_and_another_another() -> None:
    one, other = (
        ask(text, WEATHER).tool_uses[0].id for text in ("weather in Rome", "weather in Oslo")
    )
    assert one == ask("weather in Rome", WEATHER).tool_uses[0].id != other


def test_an_input_that_is_too_long_ends_the_answer() -> None:
    answer = ask("What is the weather in Paris?", WEATHER, max_tokens=3)
    assert (answer.stop_reason, answer.tool_uses, answer.output_tokens) == ("max_tokens", (), 3)
    assert answer.text == "I will use g"
    answer = ask("What is the weather in Paris?", WEATHER, max_tokens=8)
    assert (answer.text, answer.tool_uses) == ("I will use get_weather.", ())


def test_a_stop_sequence_ends_the_answer_before_the_tool() -> None:
    answer = ask("What is the weather in Paris?", WEATHER, stop_sequences=("use",))
    assert (answer.text, answer.tool_uses) == ("I will ", ())
    assert (answer.stop_reason, answer.stop_sequence) == ("stop_sequence", "use")


@pytest.mark.parametrize(
    ("result", "text"),
    [
        (ToolResult("t", '{"sky":"clear","c":21}'), "get_weather says: sky: clear, c: 21"),
        (ToolResult("t", "It rains."), "get_weather says: It rains."),
        (ToolResult("t", "no such place", is_error=True), "get_weather failed: no such place"),
        (ToolResult("t", ""), "get_weather gave nothing back."),
    ],
)  # fmt: skip
def test_the_answer_tells_what_the_tool_gave_back(result: ToolResult, text: str) -> None:
    turns = (
        Turn("user", "What is the weather in Paris?"),
        Turn("assistant", "", (ToolUse("t", "get_weather", {"location": "Paris"}),)),
        Turn("user", "", tool_results=(result,)),
    )
    answer = ask("", WEATHER, messages=turns)
    assert (answer.text, answer.stop_reason, answer.tool_uses) == (text, "end_turn", ())


def test_an_answer_goes_on_where_it_was_begun() -> None:
    turns = (Turn("user", "What is 1+1?"), Turn("assistant", "1 + 1 ="))
    assert ask("", messages=turns).text == "2."


def test_a_thought_is_signed_counted_and_comes_first() -> None:
    plain, thoughtful = ask("What is 1+1?"), ask("What is 1+1?", thinking="shown")
    assert thoughtful.reasoning is not None
    assert is_untouched(thoughtful.reasoning)
    assert thoughtful.text == plain.text
    assert thoughtful.output_tokens > plain.output_tokens
    omitted = ask("What is 1+1?", thinking="omitted").reasoning
    assert omitted is not None
    assert omitted.text == ""
    assert is_untouched(omitted)


def test_a_thought_and_its_answer_share_the_limit() -> None:
    answer = ask("What is 1+1?", thinking="shown", max_tokens=5)
    assert (answer.text, answer.stop_reason, answer.output_tokens) == ("", "max_tokens", 5)


def test_an_answer_in_json_follows_its_schema() -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    assert ask("I live in Rome.", output_schema=schema).text == '{"city":"Rome"}'
    assert "cannot write JSON" in ask("I live in Rome.", output_schema={"not": {}}).text
