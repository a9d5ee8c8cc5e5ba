"""Published clients use what Claude has beyond a talk: thoughts, tools, pictures, caching."""

from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.emulator.server import Running

from .test_bedrock_clients import day, python

TRIP = {"city": "Porto", "days": 3}


@pytest.mark.slow
def test_claude_does_more_than_talk(running: Running, tmp_path: Path) -> None:
    told = day(running, tmp_path, "claude_day.py", python("frameworks"))
    sdk = told["anthropic"]
    assert sdk["kinds"] == ["thinking", "text", "tool_use", "tool_use"]
    assert "Lisbon" in sdk["told"]
    assert "Porto" in sdk["told"]
    assert "5" in sdk["seen"]
    assert sdk["written"] == sdk["read"] > 1024
    assert sdk["parsed"] == TRIP
    assert sdk["cited"] == ["Lisbon is windy."]
    for chat in (told["converse"], told["native"]):
        assert "clear in Lisbon" in chat["told"]
        assert "clear in Porto" in chat["told"]
        assert chat["read"][0] == 0
        assert chat["read"][1] > 1024
        assert chat["parsed"] == TRIP
    for route in told["litellm"]:
        assert "stand-in" in route["thought"]
        assert route["parsed"] == TRIP
