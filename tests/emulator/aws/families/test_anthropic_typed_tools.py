"""Tools that Anthropic has defined: named by a type, wanted like any other."""

from __future__ import annotations

import json
from typing import Any

import pytest

from runthrough.emulator.aws.families.anthropic_typed_tools import TYPED
from runthrough.emulator.standins.schemas import fits
from tests.emulator.aws.refusals import refused

MODEL = "us.anthropic.claude-sonnet-4-6"
SCREEN = {"display_width_px": 1024, "display_height_px": 768}


def tool(kind: str, **changes: Any) -> dict[str, Any]:
    sides = SCREEN if kind.startswith("computer") else {}
    return {"type": kind, "name": TYPED[kind].name, **sides, **changes}


def invoke(aws: Any, given: dict[str, Any]) -> dict[str, Any]:
    body = {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 300,
        "messages": [{"role": "user", "content": "Look at notes.txt"}],
        "tools": [given],
        "tool_choice": {"type": "any"},
    }
    client = aws.client("bedrock-runtime")
    answer = client.invoke_model(modelId=MODEL, body=json.dumps(body))
    read: dict[str, Any] = json.loads(answer["body"].read())
    return read


@pytest.mark.parametrize("kind", TYPED)
def test_a_tool_of_the_vendors_is_used_with_an_input_of_its_own(aws: Any, kind: str) -> None:
    answer = invoke(aws, tool(kind))
    (use,) = answer["content"]
    assert (use["type"], use["name"]) == ("tool_use", TYPED[kind].name)
    assert fits(use["input"], TYPED[kind].schema)
    assert answer["stop_reason"] == "tool_use"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"type": "web_search_20250305", "name": "web_search"},
            "tools.0: Input tag 'web_search_20250305' found using 'type' does not match any of the"
            " expected tags: 'bash_20241022', 'bash_20250124'",
        ),
        (
            tool("bash_20250124", name="shell"),
            "tools.0.bash_20250124.name: Input should be 'bash'",
        ),
        (
            tool("bash_20250124", input_schema={}),
            "tools.0.bash_20250124.input_schema: Extra inputs are not permitted",
        ),
        (
            {"type": "computer_20250124", "name": "computer", "display_width_px": 9},
            "tools.0.computer_20250124.display_height_px: Field required",
        ),
        (
            tool("computer_20250124", display_width_px=0),
            "tools.0.computer_20250124.display_width_px: Input should be greater than or equal to",
        ),
    ],
)
def test_a_tool_that_does_not_fit_is_refused(aws: Any, given: dict[str, Any], message: str) -> None:
    status, code, told = refused(invoke, aws, given)
    assert (status, code) == (400, "ValidationException")
    assert told.startswith(message)
