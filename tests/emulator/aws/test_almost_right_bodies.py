"""A body that was right and got one thing wrong is answered or refused: the routes never break."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runthrough.emulator.standins import Reasoning
from runthrough.emulator.standins.thoughts import is_untouched, sign
from tests.emulator.aws.pictures import png
from tests.emulator.aws.test_any_body import json_values

MODEL = "us.anthropic.claude-sonnet-4-6"
PICTURE = base64.b64encode(png()).decode()
SCHEMA = {
    "type": "object",
    "properties": {
        "city": {"type": "string", "minLength": 1, "pattern": "."},
        "days": {"type": "integer", "minimum": 1, "maximum": 9, "multipleOf": 1},
        "units": {"type": "array", "items": {"enum": ["c", "f"]}, "minItems": 0},
        "more": {"anyOf": [{"$ref": "#/$defs/note"}, {"type": "null"}]},
    },
    "$defs": {"note": {"type": "object", "properties": {"text": {"type": "string"}}}},
    "required": ["city"],
}
THOUGHT = {"text": "thought", "signature": sign("thought")}
CONVERSE: dict[str, Any] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "What is the weather in Paris for 3 days?"},
                {"image": {"format": "png", "source": {"bytes": PICTURE}}},
                {"document": {"format": "txt", "name": "n", "source": {"text": "t"}}},
                {"guardContent": {"text": {"text": "x", "qualifiers": ["query"]}}},
                {"cachePoint": {"type": "default", "ttl": "1h"}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"reasoningContent": {"reasoningText": THOUGHT}},
                {"toolUse": {"toolUseId": "t1", "name": "get", "input": {"city": "Paris"}}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "toolResult": {
                        "toolUseId": "t1",
                        "status": "success",
                        "content": [{"json": {"a": [1]}}, {"text": "x"}],
                    }
                },
                {"cachePoint": {"type": "default"}},
            ],
        },
    ],
    "system": [{"text": "Be brief."}, {"cachePoint": {"type": "default", "ttl": "1h"}}],
    "inferenceConfig": {"maxTokens": 2000, "temperature": 1, "stopSequences": ["END"]},
    "toolConfig": {
        "tools": [
            {
                "toolSpec": {
                    "name": "get",
                    "description": "The weather",
                    "inputSchema": {"json": SCHEMA},
                    "strict": True,
                }
            }
        ],
        "toolChoice": {"auto": {}},
    },
    "additionalModelRequestFields": {
        "thinking": {"type": "enabled", "budget_tokens": 1024},
        "anthropic_beta": ["x"],
    },
    "additionalModelResponseFieldPaths": ["/usage/input_tokens", "/content/0/text"],
    "requestMetadata": {"a": "b"},
    "performanceConfig": {"latency": "standard"},
    "serviceTier": {"type": "default"},
    "outputConfig": {
        "textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": json.dumps(SCHEMA), "name": "n"}},
        },
        "effort": "low",
    },
}
EPHEMERAL = {"type": "ephemeral", "ttl": "1h"}
MESSAGES: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 2000,
    "system": [{"type": "text", "text": "Be brief.", "cache_control": EPHEMERAL}],
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "text", "text": "What is the weather in Paris?"},
                {
                    "type": "image",
                    "source": {"type": "base64", "media_type": "image/png", "data": PICTURE},
                },
                {
                    "type": "document",
                    "title": "t",
                    "source": {"type": "text", "media_type": "text/plain", "data": "x"},
                },
            ],
        },
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "thought", "signature": sign("thought")},
                {"type": "tool_use", "id": "t1", "name": "get", "input": {"city": "Paris"}},
            ],
        },
        {
            "role": "user",
            "content": [
                {
                    "type": "tool_result",
                    "tool_use_id": "t1",
                    "is_error": False,
                    "content": [{"type": "text", "text": "x"}],
                }
            ],
        },
    ],
    "tools": [{"name": "get", "description": "The weather", "input_schema": SCHEMA}],
    "tool_choice": {"type": "auto", "disable_parallel_tool_use": True},
    "thinking": {"type": "enabled", "budget_tokens": 1024, "display": "summarized"},
    "temperature": 1,
    "stop_sequences": ["END"],
    "metadata": {"user_id": "u"},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}},
}
SAID = "Breakfast is served from seven to ten."
ON = {"citations": {"enabled": True}}
PLACE = {"documentChar": {"documentIndex": 0, "start": 0, "end": 39}}
CITED: dict[str, Any] = {
    "messages": [
        {
            "role": "user",
            "content": [
                {"text": "When is breakfast served?"},
                {"document": {"name": "n", "source": {"content": [{"text": SAID}]}, **ON}},
                {"searchResult": {"source": "u", "title": "t", "content": [{"text": SAID}], **ON}},
            ],
        },
        {
            "role": "assistant",
            "content": [
                {
                    "citationsContent": {
                        "content": [{"text": SAID}],
                        "citations": [
                            {"title": "n", "sourceContent": [{"text": SAID}], "location": PLACE}
                        ],
                    }
                }
            ],
        },
        {"role": "user", "content": [{"text": "Say that again."}]},
    ]
}
CHAR = {"type": "char_location", "cited_text": SAID, "document_index": 0, "start_char_index": 0}
SOURCE = {"type": "text", "media_type": "text/plain", "data": SAID}
CITED_MESSAGES: dict[str, Any] = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 200,
    "messages": [
        {
            "role": "user",
            "content": [
                {"type": "document", "title": "n", "context": "c", "source": SOURCE, **ON},
                {
                    "type": "search_result",
                    "source": "u",
                    "title": "t",
                    "content": [{"type": "text", "text": SAID}],
                    **ON,
                },
            ],
        },
        {"role": "assistant", "content": [{"type": "text", "text": SAID, "citations": [CHAR]}]},
        {"role": "user", "content": "Say that again."},
    ],
    "tools": [
        {"type": "bash_20250124", "name": "bash"},
        {
            "type": "computer_20250124",
            "name": "computer",
            "display_width_px": 1024,
            "display_height_px": 768,
        },
    ],
}
RIGHT = [(CONVERSE, "converse"), (CITED, "converse")]
RIGHT += [(MESSAGES, "invoke"), (CITED_MESSAGES, "invoke")]
WRONG = json_values | st.sampled_from(
    ["", " ", "x", "user", "tool", "type", "$ref", "#", "1h", "5m", {"$ref": "#"}, {"type": "any"}]
)


@st.composite
def almost_right(draw: st.DrawFn, right: Any) -> Any:
    """Return a body in which one value is replaced, left out, or joined by one more."""
    if not isinstance(right, dict | list) or not right or draw(st.integers(0, 7)) == 0:
        return draw(WRONG)
    if isinstance(right, list):
        at = draw(st.integers(0, len(right) - 1))
        change = draw(st.integers(0, 5))
        if change == 0:
            return right[:at] + right[at + 1 :]
        if change == 1:
            return [*right, right[at]]
        return [*right[:at], draw(almost_right(right[at])), *right[at + 1 :]]
    name = draw(st.sampled_from(sorted(right)))
    change = draw(st.integers(0, 7))
    if change == 0:
        return {one: value for one, value in right.items() if one != name}
    if change == 1:
        return {**right, draw(st.text(max_size=5)): draw(WRONG)}
    return {**right, name: draw(almost_right(right[name]))}


MANY = settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def sent(aws: Any, body: Any, operation: str) -> int:
    content = json.dumps(body).encode("utf-8", "surrogatepass")
    response = aws.send("POST", f"/model/{MODEL}/{operation}", body=content)
    assert response.status_code in (200, 400, 501), response.text
    assert isinstance(response.json(), dict)
    return int(response.status_code)


@pytest.mark.parametrize(("body", "operation"), RIGHT)
def test_the_bodies_are_right(aws: Any, body: Any, operation: str) -> None:
    assert is_untouched(Reasoning(**THOUGHT))
    assert sent(aws, body, operation) == 200


@MANY
@given(body=almost_right(CONVERSE) | almost_right(CITED))
def test_converse_answers_or_refuses_what_is_almost_right(aws: Any, body: Any) -> None:
    sent(aws, body, "converse")


@MANY
@given(body=almost_right(MESSAGES) | almost_right(CITED_MESSAGES))
def test_messages_are_answered_or_refused_when_almost_right(aws: Any, body: Any) -> None:
    sent(aws, body, "invoke")


@MANY
@given(schema=almost_right(SCHEMA) | json_values, text=st.text(max_size=20))
def test_any_schema_is_filled_in_or_refused(aws: Any, schema: Any, text: str) -> None:
    """A tool that has to be used is used, whatever its schema, or the schema is refused."""
    tools = [{"name": "get", "input_schema": {"type": "object", "properties": {"x": schema}}}]
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 500,
        "messages": [{"role": "user", "content": f"What is the weather in {text} Paris?"}],
        "tools": tools,
        "tool_choice": {"type": "any"},
    }
    sent(aws, body, "invoke")


@pytest.mark.parametrize("depth", [300, 850, 930, 960, 990])
@pytest.mark.parametrize("place", ["input", "json", "schema"])
def test_a_value_nested_without_end_is_answered_or_refused(
    aws: Any, depth: int, place: str
) -> None:
    body = json.loads(json.dumps(CONVERSE))
    if place == "input":
        body["messages"][1]["content"][1]["toolUse"]["input"] = "@"
    elif place == "json":
        body["messages"][2]["content"][0]["toolResult"]["content"][0]["json"] = "@"
    else:
        body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"]["properties"]["z"] = "@"
    nested = json.dumps(body).replace('"@"', '{"not":' * depth + "{}" + "}" * depth)
    response = aws.send("POST", f"/model/{MODEL}/converse", body=nested.encode())
    assert response.status_code in (200, 400), response.text
