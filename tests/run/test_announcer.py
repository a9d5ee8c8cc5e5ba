"""Nobody who listens to a run hears a secret."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runthrough.lab import Line, Scenario
from runthrough.run.announcer import Announcer, Secrets
from runthrough.settings import Settings

SECRET = "not-for-anyone"
LINE = Line("When", "I do it", 7)
SCENARIO = Scenario("lab1", "A", Path("features/lab1_a.feature"), 5, (LINE,))


class Ears:
    """Stands where pytest's hook relay stands, and remembers what was told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, dict[str, Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda **facts: self.told.append((name, facts))


def secrets() -> Secrets:
    known = Secrets()
    known.learn(Settings.read({"AWS_ACCESS_KEY_ID": "AKIA1", "AWS_SECRET_ACCESS_KEY": SECRET}))
    return known


def test_a_secret_is_hidden_once_its_settings_are_known() -> None:
    assert Secrets().redact(SECRET) == SECRET
    assert secrets().redact(f"a {SECRET} b AKIA1") == "a ••• b AKIA1"


@given(before=st.text(), after=st.text())
def test_no_secret_survives_anywhere_in_a_row(before: str, after: str) -> None:
    text = before + SECRET + after
    told = secrets().redact_value([text, [text], {"k": (text, 1)}, {text: None}])
    assert SECRET not in str(told)


def test_everything_is_told_without_secrets() -> None:
    ears = Ears()
    tell = Announcer(ears, secrets())
    tell.line_seen(SCENARIO, LINE, SECRET)
    tell.line_finished(SCENARIO, LINE, "failed", 1.0, SECRET)
    tell.prerequisite_finished(SCENARIO, "failed", 1.0, SECRET)
    tell.shown(SCENARIO, [SECRET], [[SECRET, Decimal("1E+2"), None, 3]])
    tell.scenario_finished(SCENARIO, "failed", 1.0, SECRET)
    tell.finished(folder=Path("build"), leftovers=[SECRET])
    assert [name.removeprefix("pytest_runthrough_") for name, _ in ears.told] == [
        "line_seen",
        "line_finished",
        "prerequisite_finished",
        "shown",
        "scenario_finished",
        "finished",
    ]
    assert SECRET not in str(ears.told)
    assert ears.told[3][1]["rows"] == [["•••", "100", None, 3]]
