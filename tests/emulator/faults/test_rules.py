from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.faults.places import locate_confluent
from runthrough.emulator.faults.rules import Faults, parse_rules, read_rules
from runthrough.errors import EmulatorError


class Watch:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def strikes(faults: Faults, method: str, path: str) -> str:
    strike = faults.strike(method, path, locate_confluent(method, path))
    return strike.id if strike else ""


def rules(*given: dict[str, Any]) -> Any:
    return parse_rules({"faults": list(given)})


def test_a_file_of_rules_is_read(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(
        "faults:\n"
        "  - match: {method: POST, path: '/subjects/*'}\n"
        "    times: 2\n"
        "    for: 1m\n"
        "    answer: {status: 401}\n"
        "  - {match: {family: Bedrock}, delay: 500ms}\n"
        "  - {match: {route: '/subjects'}, cut: connection}\n"
    )
    first, second, third = read_rules(path)
    assert (first.times, first.lasts) == (2, timedelta(minutes=1))
    assert second.delay == timedelta(milliseconds=500)
    assert third.cut is not None
    assert third.cut.after_bytes is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("faults: [", "is not YAML"),
        ("{}", "line 1: the key 'faults' is missing"),
        ("faults: 1", "line 1: faults: must be a list"),
        ("faults:\n  - 1", "line 2: faults, entry 1: must be keys with values"),
        ("faults: [{match: {method: POST}}]", "faults, entry 1: say what happens"),
        ("faults: [{match: {}, cut: connection}]", "faults, entry 1, match: say at least one"),
        ("faults: [{match: {route: /nope}, cut: connection}]", "there is no route '/nope'"),
        ("faults: [{match: {family: Kafka}, cut: connection}]", "there is no family 'Kafka'"),
        ("faults: [{match: {path: x}, cut: connection}]", "path: a path begins with / or"),
        ("faults: [{match: {method: GT}, cut: connection}]", "must be one of 'GET', 'POST'"),
        (
            "faults: [{match: {method: GET}, answer: {status: 99}}]",
            "answer, status: must be 200 or more",
        ),
        ("faults: [{match: {method: GET}, answer: {status: 200}}]", "needs a body of its own"),
        (
            "faults: [{match: {method: GET}, answer: {status: 500, code: [1]}}]",
            "a code is a text or a whole number",
        ),
        ("faults: [{match: {method: GET}, delay: 2 days}]", "a duration is a number and"),
        ("faults: [{match: {method: GET}, delay: 61m}]", "one hour at most"),
        ("faults: [{match: {method: GET}, times: 0, delay: 1s}]", "times: must be 1 or more"),
        (
            "faults: [{match: {method: GET}, cut: {after_bytes: -1}}]",
            "entry 1, cut, after_bytes: must be 0 or more",
        ),
        (
            "faults: [{match: {method: GET}, cut: connection, answer: {status: 500}}]",
            "answered or cut, not both",
        ),
        (
            "faults: [{match: {family: Bedrock}, cut: {after_bytes: 1, after_events: 1}}]",
            "say after_bytes or after_events, not both",
        ),
        (
            "faults: [{match: {family: Bedrock}, ends_with: {after_events: 1}}]",
            "say exception or error, one of the two",
        ),
        (
            "faults: [{match: {family: Bedrock}, ends_with: {exception: ThrottlingException}}]",
            "streams have no exception 'ThrottlingException'; they have internalServerException",
        ),
        (
            "faults: [{match: {family: Bedrock}, ends_with: {error: x, members: {a: 1}}}]",
            "an error has no members",
        ),
        (
            "faults: [{match: {family: Bedrock}, ends_with: {exception: throttlingException,"
            " members: {since: 2026-01-01}}}]",
            "members cannot be written as JSON",
        ),
        (
            "faults: [{match: {family: Bedrock}, cut: connection, ends_with: {error: x}}]",
            "a stream is ended or cut, not both",
        ),
        (
            "faults: [{match: {family: Bedrock}, pause: 1s, answer: {status: 500}}]",
            "leaves no event to pause",
        ),
        (
            "faults: [{match: {family: Bedrock}, pause: 1s, cut: {after_bytes: 3}}]",
            "a pause goes with a cut after_events",
        ),
        (
            'faults: [{match: {method: GET}, answer: {status: 500, headers: {A: "x\\r\\nB: y"}}}]',
            "more than printable ASCII",
        ),
        (
            "faults: [{match: {method: GET}, answer: {status: 500, body: x, detail: y}}]",
            "leaves no room",
        ),
    ],
)
def test_a_mistake_in_a_file_is_said_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(EmulatorError) as caught:
        read_rules(path)
    assert str(path) in str(caught.value)
    assert said in str(caught.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "faults:\n  - cut: connection\n    match:\n      famly: Bedrock\n",
            "line 4: faults, entry 1, match: there is no key 'famly'; did you mean 'family'?",
        ),
        (
            "faults:\n  - match: {method: GET}\n    answr: {status: 500}\n",
            "line 3: faults, entry 1: there is no key 'answr'; did you mean 'answer'?",
        ),
        (
            "faults:\n  - match: {method: GET}\n    answer: {stats: 500}\n",
            "line 3: faults, entry 1, answer: there is no key 'stats'; did you mean 'status'?",
        ),
        ("fault: []\n", "line 1: there is no key 'fault'; did you mean 'faults'?"),
        (
            "faults: [{match: {method: GET}, cut: connection, zzz: 1}]",
            "there is no key 'zzz'; the keys are answer, cut, delay, ends_with, for, match, pause,"
            " skip, times",
        ),
    ],
)
def test_a_misspelt_key_is_met_with_the_nearest_one(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(EmulatorError) as caught:
        read_rules(path)
    assert str(caught.value).startswith(f"{path} has no fault rules: ")
    assert said in str(caught.value)


def test_all_mistakes_are_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("faults: [{match: {path: x}, delay: 1s}, {match: {method: GET}, delay: 1}]")
    with pytest.raises(EmulatorError, match=r"entry 1, match, path: .*entry 2, delay: "):
        read_rules(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(EmulatorError, match="cannot be read"):
        read_rules(tmp_path / "nowhere.yaml")


def test_a_rule_strikes_after_those_it_skips_and_so_often() -> None:
    match = {"method": "GET", "path": "/subjects*"}
    given = rules({"match": match, "skip": 1, "times": 2, "cut": "connection"})
    faults = Faults(given, clock=Watch())
    asked = [strikes(faults, "GET", "/subjects") for _ in range(5)]
    assert asked == ["", "fault-1", "fault-1", "", ""]
    assert strikes(faults, "POST", "/subjects") == ""
    (listed,) = faults.listed()
    assert (listed["seen"], listed["struck"], listed["over"]) == (3, 2, True)


def test_a_rule_ends_with_its_time() -> None:
    watch = Watch()
    given = rules({"match": {"family": "Schema Registry"}, "for": "1m", "delay": "1s"})
    faults = Faults(given, clock=watch)
    watch.now += timedelta(seconds=59)
    assert strikes(faults, "GET", "/config") == "fault-1"
    watch.now += timedelta(seconds=1)
    assert strikes(faults, "GET", "/config") == ""


def test_a_route_is_met_whatever_its_names() -> None:
    route = "/subjects/{subject}/versions"
    faults = Faults(rules({"match": {"route": route}, "delay": "1s"}), clock=Watch())
    assert strikes(faults, "GET", "/subjects/a%2Fb/versions") == "fault-1"
    assert strikes(faults, "GET", "/subjects/a") == ""


def test_the_first_rule_that_is_due_strikes() -> None:
    match = {"method": "GET"}
    once = {"match": match, "times": 1, "delay": "1s"}
    faults = Faults(rules(once, {"match": match, "cut": "connection"}), clock=Watch())
    assert [strikes(faults, "GET", "/x") for _ in range(3)] == ["fault-1", "fault-2", "fault-2"]
    assert faults.remove("fault-2")
    assert not faults.remove("fault-2")
    assert strikes(faults, "GET", "/x") == ""


def test_a_restart_brings_the_rules_of_the_start_back_unspent() -> None:
    given = rules({"match": {"method": "GET"}, "times": 1, "delay": "1s"})
    faults = Faults(given, clock=Watch())
    strikes(faults, "GET", "/x")
    faults.add(given)
    faults.restart()
    (listed,) = faults.listed()
    assert (listed["struck"], listed["over"]) == (0, False)


def test_there_is_an_end_to_the_number_of_rules() -> None:
    (rule,) = rules({"match": {"method": "GET"}, "delay": "1s"})
    faults = Faults([rule] * 1000, clock=Watch())
    with pytest.raises(ValueError, match="1000 rules at most"):
        faults.add([rule])


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.just("faults"), inner),
    )
)
def test_any_data_is_rules_or_an_error_that_says_so(data: object) -> None:
    try:
        parse_rules(data)
    except ValueError as e:
        assert "not fault rules" in str(e)  # noqa: PT017 - other data may be rules
