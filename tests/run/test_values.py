from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import LabError
from runthrough.lab import Line, Scenario
from runthrough.run.values import Values, fill
from runthrough.settings import Settings

LINE = Line("When", "I submit the statement:", 7)
SCENARIO = Scenario("lab1", "Submit", Path("features/lab1.feature"), 5, (LINE,))
SETTINGS = Settings.read(
    {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "AKIA", "AWS_SECRET_ACCESS_KEY": "hush"}
)


def filled(text: str, **values: str) -> str:
    return fill(text, values=Values(values), settings=SETTINGS, scenario=SCENARIO, line=LINE)


def test_a_setting_stands_for_its_text_secret_or_not() -> None:
    assert filled("'${AWS_REGION}' '${AWS_SECRET_ACCESS_KEY}'") == "'us-east-1' 'hush'"


def test_a_result_of_an_earlier_line_wins_over_a_setting() -> None:
    assert filled("${AWS_REGION} ${ORDER}", AWS_REGION="moon", ORDER="7") == "moon 7"


def test_what_is_filled_in_is_not_filled_in_again() -> None:
    assert filled("${A}", A="${B}") == "${B}"


def test_an_unknown_name_is_named_with_its_place() -> None:
    with pytest.raises(LabError) as caught:
        filled("SELECT ${NOPE}")
    assert str(caught.value) == (
        "features/lab1.feature:7: ${NOPE} is neither a setting nor the result of an earlier line"
    )


def test_a_setting_that_is_not_set_says_what_it_is_for() -> None:
    with pytest.raises(LabError) as caught:
        filled("${KAFKA_ID}")
    assert str(caught.value) == "features/lab1.feature:7: KAFKA_ID is not set (Kafka cluster)"


@given(st.text(alphabet=st.characters(exclude_characters="$")))
def test_a_text_without_variables_stays_as_it_is(text: str) -> None:
    assert filled(text) == text


@given(before=st.text("ab ${}\n'"), name=st.from_regex(r"[A-Za-z_]\w{0,9}", fullmatch=True))
def test_a_value_is_filled_in_wherever_its_name_stands(before: str, name: str) -> None:
    name = name.encode("ascii", "ignore").decode() or "x"
    text = before.replace("$", "") + f"${{{name}}}" + "!"
    assert filled(text, **{name: "42"}) == before.replace("$", "") + "42!"


@pytest.mark.parametrize("name", ["", "a-b", "1st", "a b", "${X}"])
def test_a_name_no_variable_can_have_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be a name"):
        Values()[name] = "x"


def test_values_are_not_shown() -> None:
    assert repr(Values({"TOKEN": "hush"})) == "Values(TOKEN)"
