from __future__ import annotations

from pathlib import Path

import pytest

from runthrough.errors import ServiceError
from runthrough.lab import Line, Scenario
from runthrough.run.failure import explain, failure_of, last_seen

LINE = Line("Then", 'the statement "x" is RUNNING', 31)
SCENARIO = Scenario("lab2", "Submit", Path("features/lab2.feature"), 27, (LINE,))


def raised(error: Exception) -> Exception:
    with pytest.raises(type(error)) as caught:
        raise error
    return caught.value


def test_a_failure_names_scenario_line_and_place() -> None:
    failure = failure_of(SCENARIO, LINE, ServiceError("the gateway answered 401"))
    assert str(failure) == (
        "Submit\n"
        '  features/lab2.feature:31  Then the statement "x" is RUNNING\n'
        "  the gateway answered 401"
    )


def test_a_failed_prerequisite_tells_its_own_failure() -> None:
    inner = failure_of(SCENARIO, LINE, ServiceError("the gateway answered 401"))
    outer = Scenario("lab2", "Read", Path("features/lab2.feature"), 40, ())
    needs = Line("Given", 'the step "Submit" is complete', 41)
    assert str(failure_of(outer, needs, inner)) == (
        "Read\n"
        '  features/lab2.feature:41  Given the step "Submit" is complete\n'
        "  the step 'Submit' failed:\n"
        '    features/lab2.feature:31  Then the statement "x" is RUNNING\n'
        "    the gateway answered 401"
    )


def test_a_rewritten_assertion_is_told_by_its_message() -> None:
    assert last_seen(AssertionError("the table has 3 rows\nassert 3 == 4")) == (
        "the table has 3 rows"
    )
    assert last_seen(AssertionError("assert 3 == 4\n +  where 3 = f()")) == (
        "assert 3 == 4\n +  where 3 = f()"
    )


def test_an_assertion_without_a_word_is_told_by_its_place() -> None:
    assert last_seen(raised(AssertionError())).startswith("AssertionError at test_failure.py:")


def test_an_error_nobody_expected_keeps_its_own_frames() -> None:
    text = explain(raised(KeyError("rows")))
    assert text.startswith("KeyError: 'rows'\n")
    assert "test_failure.py" in text
    assert "_pytest" not in text
