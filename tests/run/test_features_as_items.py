"""Feature files under pytest: what is collected, selected and refused, in projects of two files."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from runthrough.report import html
from runthrough.run import collection, fixtures, prerequisites, record, samples, session
from runthrough.settings import Settings

_IMPORTED_ONCE = (collection, fixtures, html, prerequisites, record, samples, session)
"""Imported here, or each of pytester's sessions would import them, and every client, anew."""

_PLAIN = ("-p", "no:cacheprovider", "-p", "no:hypothesispytest", "-p", "no:faker")
"""Without plugins that take longer than a run does."""

pytest_plugins = ["pytester"]

STEPS = """
    from pytest_bdd import given, parsers, then, when

    from runthrough.errors import NotReadyError, StepError

    made = []

    @given("an empty shelf")
    def empty_shelf():
        pass

    @when(parsers.parse('I put "{name}" on the shelf'))
    def put(name):
        made.append(name)

    @when("I count the shelf", target_fixture="rows")
    def count(show_rows):
        show_rows(["things"], [[len(made)]])
        return len(made)

    @then(parsers.parse('the shelf holds "{name}"'))
    def holds(name):
        assert name in made, f"the shelf holds {made}"

    @then(parsers.parse("the count is {number:d}"))
    def counted(rows, number):
        assert rows == number, f"the count is {rows}"
"""

SHELF = """
    Feature: A shelf

      Scenario: Put a book there
        Given an empty shelf
        When I put "book" on the shelf
        Then the shelf holds "book"

      Scenario: Put a lamp there
        Given the step "Put a book there" is complete
        When I put "lamp" on the shelf
        Then the shelf holds "lamp" within 2 minutes

      Scenario: Count
        Given the step "Put a lamp there" is complete
        When I count the shelf
        Then the count is 2
"""


class Project:
    """A project with features and steps in a folder of its own; nothing of it needs a service."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester = pytester
        self.path = pytester.path
        pytester.makeini(
            "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n"
            "markers =\n    live_only: x\n    emulator_only: x\n    slow: x\n    sets_up: x\n"
            "    takes_down: x\n"
        )
        pytester.makeconftest('pytest_plugins = ["shelf_steps"]')
        self.steps(STEPS)

    def steps(self, text: str) -> None:
        (self.path / "shelf_steps.py").write_text(textwrap.dedent(text), encoding="utf-8")

    def feature(self, text: str, name: str = "lab1_shelf") -> Path:
        path = self.path / "features" / f"{name}.feature"
        path.parent.mkdir(exist_ok=True)
        path.write_text(textwrap.dedent(text).lstrip(), encoding="utf-8")
        return path

    def run(self, *arguments: str) -> pytest.RunResult:
        """Run the features without an emulator: what answers is the step module itself."""
        return self._pytester.runpytest_inprocess(
            "features", "--target=live", "--wait=0", *_PLAIN, *arguments
        )


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
    return Project(pytester)


def output(result: pytest.RunResult) -> str:
    return str(result.stdout) + str(result.stderr)


def test_every_scenario_is_an_item_named_by_its_title(project: Project) -> None:
    project.feature(SHELF)
    result = project.run("-v")
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines(
        [
            "features/lab1_shelf.feature::Put a book there PASSED*",
            "features/lab1_shelf.feature::Put a lamp there PASSED*",
            "features/lab1_shelf.feature::Count PASSED*",
        ],
        consecutive=True,
    )


def test_one_file_may_need_a_scenario_of_another(project: Project) -> None:
    project.feature(SHELF)
    project.feature(
        """
        Feature: Another lab
          Scenario: Put a vase there
            Given the step "Put a lamp there" of lab "lab1" is complete
            When I put "vase" on the shelf
            Then the shelf holds "vase"
            And the shelf holds "book"
        """,
        "lab2_vase",
    )
    result = project.run("--deselect=features/lab1_shelf.feature")
    result.assert_outcomes(passed=1, deselected=3)


def test_a_title_with_blanks_selects_its_scenario(project: Project) -> None:
    project.feature(SHELF)
    project.run("-k", "put a lamp THERE").assert_outcomes(passed=1, deselected=2)


def test_part_of_a_title_selects_all_that_have_it(project: Project) -> None:
    project.feature(SHELF)
    project.run("-k", "Put a").assert_outcomes(passed=2, deselected=1)


def test_a_whole_title_is_not_part_of_a_longer_one(project: Project) -> None:
    project.feature(
        """
        Feature: Two titles
          Scenario: Look here
            Given an empty shelf
          Scenario: Look here again
            Given an empty shelf
        """
    )
    project.run("-k", "Look here").assert_outcomes(passed=1, deselected=1)


@pytest.mark.parametrize(
    ("expression", "passed"),
    [("lamp or Count", 2), ("not lamp", 2), ("B05", 1), ("slow", 1), ("book and not lamp", 1)],
)
def test_an_ordinary_expression_is_still_pytests(
    project: Project, expression: str, passed: int
) -> None:
    text = SHELF.replace("Scenario: Count", "@B05 @slow\n      Scenario: Count")
    project.feature(text)
    project.run("-k", expression).assert_outcomes(passed=passed, deselected=3 - passed)


def test_blanks_that_are_no_title_are_refused_by_name(project: Project) -> None:
    project.feature(SHELF)
    result = project.run("-k", "Put a sofa there")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "-k: no scenario's title contains 'Put a sofa there'" in output(result)


def test_from_and_until_name_the_first_and_the_last(project: Project) -> None:
    project.feature(SHELF)
    between = project.run("--from=Put a lamp there", "--until=Put a lamp there", "-v")
    between.assert_outcomes(passed=1, deselected=2)
    between.stdout.fnmatch_lines(["*Put a lamp there PASSED*"])
    project.run("--until=Put a lamp there").assert_outcomes(passed=2, deselected=1)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--from=Nowhere",), "--from: no scenario is named 'Nowhere'"),
        (("--until=Nowhere",), "--until: no scenario is named 'Nowhere'"),
        (("--from=Put a bok there",), "'Put a bok there'; is it 'Put a book there'?"),
        (
            ("--from=Count", "--until=Put a book there"),
            "--from 'Count' comes after --until 'Put a book there'",
        ),
        (("--wait=-1",), "--wait takes seconds, not -1"),
        (("--prove",), "--prove carries every step out anew, so it is for the emulator"),
        (("--target=moon",), "invalid choice: 'moon'"),
        (("-n2",), "-n is for the emulator: on the live target labs share one environment"),
        (("--env-file=nowhere.env",), "the env file nowhere.env does not exist"),
    ],
)
def test_a_bad_option_is_named(project: Project, arguments: tuple[str, ...], said: str) -> None:
    project.feature(SHELF)
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert said in output(result)


def test_a_title_in_two_labs_cannot_be_a_boundary(project: Project) -> None:
    project.feature(SHELF)
    project.feature(SHELF, "lab2_shelf")
    result = project.run("--from=Count")
    assert "--from: 2 scenarios are named 'Count'; give only one lab to run" in output(result)


REFUSED = {
    "an undefined line": (
        "Feature: F\n  Scenario: S\n    Given the moon is full within 5 minutes\n",
        "features/lab1_shelf.feature:3: no step definition matches: Given the moon is full",
    ),
    "a wrong kind of line": (
        'Feature: F\n  Scenario: S\n    Given the shelf holds "book"\n',
        'lab1_shelf.feature:3: no step definition matches: Given the shelf holds "book"',
    ),
    "two scenarios of one title": (
        "Feature: F\n  Scenario: S\n    Given an empty shelf\n"
        "  Scenario: S\n    Given an empty shelf\n",
        "features/lab1_shelf.feature:4: 'S' is also the title of the scenario at line 2",
    ),
    "an unknown prerequisite": (
        'Feature: F\n  Scenario: S\n    Given the step "Nope" is complete\n',
        "features/lab1_shelf.feature:3: no scenario is named 'Nope'",
    ),
    "an unknown lab": (
        'Feature: F\n  Scenario: S\n    Given the step "Nope" of lab "lab9" is complete\n',
        "features/lab1_shelf.feature:3: no scenario is named 'Nope' in lab 'lab9'",
    ),
    "a cycle": (
        'Feature: F\n  Scenario: A\n    Given the step "B" is complete\n'
        '  Scenario: B\n    Given the step "A" is complete\n',
        "features/lab1_shelf.feature:5: these steps wait for each other: A → B → A",
    ),
    "what is not Gherkin": (
        "Feature: F\n  Scenario: S\n    Given an empty shelf\n    Gibberish\n",
        "features/lab1_shelf.feature:4: expected: ",
    ),
    "an unknown tag": (
        "Feature: F\n  @nope\n  Scenario: S\n    Given an empty shelf\n",
        "features/lab1_shelf.feature:3: the tag @nope is not a registered marker",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_mistake_in_a_feature_is_found_at_collection(project: Project, what: str) -> None:
    text, said = REFUSED[what]
    project.feature(text)
    result = project.run()
    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.assert_outcomes(errors=1)
    assert said in output(result)
    assert "Traceback" not in output(result)
    assert "pytest_bdd" not in output(result)


def test_two_definitions_of_one_line_are_both_named(project: Project) -> None:
    project.steps(
        """
        from pytest_bdd import given, parsers

        @given("an empty shelf")
        def one():
            pass

        @given(parsers.parse("an {kind} shelf"))
        def two(kind):
            pass
        """
    )
    project.feature("Feature: F\n  Scenario: S\n    Given an empty shelf\n")
    assert (
        "features/lab1_shelf.feature:3: more than one step definition matches: "
        "Given an empty shelf (shelf_steps.py:4 and shelf_steps.py:8)"
    ) in output(project.run())


def test_a_lab_that_cannot_be_read_names_itself_in_every_file(project: Project) -> None:
    project.feature(SHELF)
    project.feature('Feature: G\n  Scenario: T\n    Given the step "U" is complete\n', "lab2_other")
    result = project.run()
    result.assert_outcomes(errors=2)
    said = "features/lab2_other.feature:3: no scenario is named 'U'"
    result.stdout.fnmatch_lines([f"not collected: {said}", said])


def test_lines_of_a_scenario_of_another_file_are_checked_too(project: Project) -> None:
    project.feature("Feature: F\n  Scenario: S\n    Given the moon is full\n")
    project.feature(
        'Feature: G\n  Scenario: T\n    Given the step "S" of lab "lab1" is complete\n', "lab2_x"
    )
    result = project.run("--ignore=features/lab1_shelf.feature")
    said = "not collected: features/lab1_shelf.feature:3: no step definition matches"
    assert said in output(result)


def test_without_features_the_plugin_does_nothing(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): pass")
    pytester.runpytest_inprocess("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert not (pytester.path / "build").exists()


def test_scenarios_and_test_functions_run_side_by_side(
    project: Project, pytester: pytest.Pytester
) -> None:
    project.feature(SHELF)
    pytester.makepyfile("def test_one(): pass")
    project.run("test_scenarios_and_test_functions_run_side_by_side.py").assert_outcomes(passed=4)


def test_a_fixture_may_live_as_long_as_its_feature(project: Project) -> None:
    project.steps(
        """
        import pytest
        from pytest_bdd import given, then

        @pytest.fixture(scope="module")
        def shelf():
            return []

        @given("an empty shelf")
        def empty(shelf):
            shelf.append(1)

        @then("it is one shelf")
        def one(shelf):
            assert shelf == [1, 1]
        """
    )
    project.feature(
        """
        Feature: F
          Scenario: A
            Given an empty shelf
          Scenario: B
            Given an empty shelf
            Then it is one shelf
        """
    )
    project.run().assert_outcomes(passed=2)


def test_a_scenario_for_the_other_target_is_left_out(project: Project) -> None:
    project.feature("Feature: F\n  @emulator_only\n  Scenario: S\n    Given an empty shelf\n")
    result = project.run("-rs")
    result.assert_outcomes(skipped=1)
    assert "is for the target emulator only" in output(result)


def test_a_step_may_skip_its_scenario(project: Project) -> None:
    project.steps(
        """
        import pytest
        from pytest_bdd import given

        @given("an empty shelf")
        def empty():
            pytest.skip("no shelf today")
        """
    )
    project.feature("Feature: F\n  Scenario: S\n    Given an empty shelf\n")
    result = project.run("-rs")
    result.assert_outcomes(skipped=1)
    assert "no shelf today" in output(result)


def test_what_a_labs_programs_made_is_left_to_the_step_that_takes_it_down(project: Project) -> None:
    """The step may have failed before it made anything: nothing more is said than is known."""
    text = textwrap.dedent(SHELF).replace(
        "  Scenario: Put a book", "  @sets_up\n  Scenario: Put a book"
    )
    project.feature(text.replace("  Scenario: Count", "  @takes_down\n  Scenario: Count"))
    result = project.run("-k", "Put a book there")
    result.stdout.fnmatch_lines(
        ["*lab 'lab1': the step 'Count' takes down what its programs made*"]
    )
