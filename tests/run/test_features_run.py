"""What a run does and says, with step definitions, fixtures and files as a project has them."""

from __future__ import annotations

import json
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
    import pytest
    from pytest_bdd import given, parsers, then, when

    from runthrough.errors import ServiceError, StepError

    @pytest.fixture(scope="session")
    def shelf():
        return {}

    @when(parsers.parse('I put "{name}" there'), target_fixture="last")
    def put(name, shelf, ledger):
        ledger.deletes("thing", lambda name: print("DELETED", name))
        ledger.created("thing", name)
        shelf[name] = True
        return name

    @when("I write:")
    def write(docstring, values, shelf):
        shelf["text"] = docstring
        values["WRITTEN"] = docstring.upper()

    @when("I write the table:")
    def write_table(datatable, shelf):
        shelf["table"] = datatable

    @when("I show two rows")
    def show(show_rows):
        show_rows(["name", "secret"], [["a", "hush-hush"], [None, 3]])

    @when("I stumble")
    def stumble(shelf):
        helper(shelf)

    def helper(shelf):
        return shelf["nothing"]

    @when("I press Ctrl-C")
    def press():
        raise KeyboardInterrupt

    @when("I print the secret")
    def print_secret(settings):
        print("it is", settings.text("AWS_SECRET_ACCESS_KEY"))
        raise StepError("the service said hush-hush is wrong")

    @then(parsers.parse('"{name}" is there'))
    def there(name, shelf):
        assert name in shelf, f"the shelf holds {sorted(shelf)}"

    @then(parsers.parse('the last is "{name}"'))
    def is_last(last, name):
        assert last == name

    @then(parsers.parse('the text is "{text}"'))
    def is_text(shelf, text, fill):
        assert shelf.get("text") == fill(text)

    @then("the table is that of the region us-east-1")
    def is_table(shelf):
        assert shelf.get("table") == [["region"], ["us-east-1"]]

    @pytest.fixture
    def leaky(settings):
        raise ServiceError("login with " + settings.text("AWS_SECRET_ACCESS_KEY") + " failed")

    @pytest.fixture(autouse=True)
    def leaks_sometimes(request):
        if "leaky" in request.keywords:
            request.getfixturevalue("leaky")

    @then("nothing can read this")
    def unreadable(no_such_fixture):
        pass
"""


class Project:
    """A project whose lines act on a dict; its settings come from the environment."""

    def __init__(self, pytester: pytest.Pytester) -> None:
        self._pytester, self.path = pytester, pytester.path
        pytester.makeini("[pytest]\naddopts = --strict-markers\nfilterwarnings = error\n")
        pytester.makeconftest('pytest_plugins = ["dict_steps"]')
        (self.path / "dict_steps.py").write_text(textwrap.dedent(STEPS), encoding="utf-8")
        (self.path / "features").mkdir()

    def run(self, text: str, *arguments: str) -> pytest.RunResult:
        feature = self.path / "features" / "lab1_dict.feature"
        feature.write_text("Feature: A dict\n" + textwrap.dedent(text), encoding="utf-8")
        return self._pytester.runpytest_inprocess(
            "features", "--target=live", "--wait=0", *_PLAIN, *arguments
        )

    def built(self, name: str) -> str:
        return (self.path / "build" / "runthrough" / name).read_text(encoding="utf-8")


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> Project:
    for name in Settings.model_fields:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush-hush")
    return Project(pytester)


def test_a_failed_line_is_told_without_a_traceback(project: Project) -> None:
    result = project.run(
        """
        Scenario: Put a book
          When I put "book" there
          Then "lamp" is there within 0 seconds
        """
    )
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "Put a book",
            '  features/lab1_dict.feature:5  Then "lamp" is there within 0 seconds',
            "  the shelf holds ['book']",
        ],
        consecutive=True,
    )
    assert "Traceback" not in str(result.stdout)
    assert "pytest_bdd" not in str(result.stdout).replace("plugins: bdd", "")


LAMP_LESS = """
Scenario: Put a book
  When I put "book" there
  Then "lamp" is there within 0 seconds
"""
TROUBLES = """\
# Troubleshooting

### The lamp is not there

```text title="You see"
the shelf holds ['…
```

Nobody put it there.

1. Put a `lamp` there. Look again.

```runthrough
Put a book
```
"""


def test_a_failed_line_ends_with_what_helps_wherever_it_is_told(project: Project) -> None:
    (project.path / "labs").mkdir()
    (project.path / "labs" / "troubleshooting.md").write_text(TROUBLES, encoding="utf-8")
    result = project.run(LAMP_LESS)
    told = [
        "  the shelf holds ['book']",
        "  help: The lamp is not there (labs/troubleshooting.md#the-lamp-is-not-there)",
        "        Put a lamp there.",
    ]
    result.stdout.fnmatch_lines([line.replace("[", "[[]") for line in told], consecutive=True)
    for name in ("report.html", "junit.xml", "messages.ndjson"):
        assert "labs/troubleshooting.md#the-lamp-is-not-there" in project.built(name)


def test_a_mistake_on_the_page_of_troubles_is_found_before_anything_runs(project: Project) -> None:
    (project.path / "labs").mkdir()
    page = TROUBLES.replace("the shelf holds ['…", "['…")
    (project.path / "labs" / "troubleshooting.md").write_text(page, encoding="utf-8")
    result = project.run(LAMP_LESS)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*labs/troubleshooting.md:5: this symptom has fewer than 10*"])


def test_a_mistake_in_a_step_keeps_its_own_frames(project: Project) -> None:
    result = project.run("Scenario: S\n  When I stumble\n")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["*features/lab1_dict.feature:3  When I stumble", "*KeyError: 'nothing'", "*helper*"]
    )
    assert "_pytest" not in str(result.stdout)
    assert "runthrough/run" not in str(result.stdout).replace("build/runthrough", "")


def test_a_fixture_nobody_makes_is_named(project: Project) -> None:
    result = project.run("Scenario: S\n  Then nothing can read this\n")
    assert "no line before this one makes 'no_such_fixture'" in str(result.stdout)


def test_doc_strings_and_tables_are_filled_in(project: Project) -> None:
    project.run(
        '''
        Scenario: Write
          When I write:
            """text
            in ${AWS_REGION}
            """
          Then the text is "in ${AWS_REGION}"
        Scenario: Write a table
          When I write the table:
            | region        |
            | ${AWS_REGION} |
          Then the table is that of the region us-east-1
        '''
    ).assert_outcomes(passed=2)


def test_what_an_earlier_step_put_under_a_name_is_handed_on(project: Project) -> None:
    project.run(
        '''
        Scenario: Write
          When I write:
            """
            words
            """
          Then the text is "words"
        Scenario: Write again
          Given the step "Write" is complete
          When I write:
            """
            ${WRITTEN}!
            """
          Then the text is "WORDS!"
        '''
    ).assert_outcomes(passed=2)


def test_an_unknown_name_fails_with_its_place(project: Project) -> None:
    result = project.run('Scenario: S\n  When I write:\n    """\n    ${NOPE}\n    """\n')
    result.assert_outcomes(failed=1)
    said = "features/lab1_dict.feature:3: ${NOPE} is neither a setting nor the result of"
    assert said in str(result.stdout)


def test_no_secret_reaches_a_report(project: Project) -> None:
    result = project.run(
        """
        Scenario: Show
          When I show two rows
        Scenario: Tell
          When I print the secret
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    assert "the service said ••• is wrong" in str(result.stdout)
    told = [str(result.stdout), str(result.stderr)]
    told += [p.read_text("utf-8") for p in (project.path / "build").rglob("*") if p.is_file()]
    assert not [text for text in told if "hush-hush" in text]


def test_no_secret_of_a_failing_fixture_reaches_a_report(project: Project) -> None:
    ini = "[pytest]\naddopts = --strict-markers\nfilterwarnings = error\nmarkers = leaky: x\n"
    (project.path / "tox.ini").write_text(ini, encoding="utf-8")
    result = project.run("@leaky\nScenario: Show\n  When I show two rows\n")
    result.assert_outcomes(errors=1)
    assert "login with ••• failed" in str(result.stdout)
    assert "hush-hush" not in str(result.stdout) + project.built("junit.xml")


def test_the_results_of_a_prerequisite_stay_its_own(project: Project) -> None:
    result = project.run(
        """
        Scenario: Put
          When I put "book" there
          Then "book" is there
        Scenario: Read
          Given the step "Put" is complete
          Then the last is "book"
        """
    )
    result.assert_outcomes(passed=1, failed=1)
    assert "no line before this one makes 'last'" in str(result.stdout)


PUT = """
    Scenario: Put a book
      When I put "book" there
      Then "book" is there

    Scenario: Put a lamp
      Given the step "Put a book" is complete
      When I put "lamp" there
      Then "lamp" is there
      And the last is "lamp"
"""


def test_what_was_created_is_deleted_at_the_end_in_reverse(project: Project) -> None:
    result = project.run(PUT, "-s")
    result.stdout.fnmatch_lines(["*DELETED lamp", "DELETED book"])


def test_what_was_created_is_deleted_after_a_failure_too(project: Project) -> None:
    result = project.run(PUT.replace('the last is "lamp"', '"sofa" is there'), "-s", "-x")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*DELETED lamp", "DELETED book"])


def test_what_was_created_is_deleted_after_ctrl_c_too(
    project: Project,
) -> None:
    with pytest.raises(KeyboardInterrupt):
        project.run(PUT + "\n    Scenario: Stop\n      When I press Ctrl-C\n")
    events = [json.loads(line)["event"] for line in project.built("ledger.ndjson").splitlines()]
    assert events == ["created", "created", "deleted", "deleted"]
    last = json.loads(project.built("messages.ndjson").splitlines()[-1])
    assert last["testRunFinished"]["success"] is False


def test_keep_leaves_what_was_created(project: Project) -> None:
    result = project.run(PUT, "-s", "--keep")
    assert "DELETED" not in str(result.stdout)
    events = [json.loads(line)["event"] for line in project.built("ledger.ndjson").splitlines()]
    assert events == ["created", "created"]


def test_a_check_creates_nothing_and_names_what_is_not_done(project: Project) -> None:
    result = project.run(PUT, "--mode=check")
    result.assert_outcomes(failed=2)
    text = str(result.stdout)
    assert "this step is not done: Put a book" in text
    assert 'Given the step "Put a book" is complete\n  this step is not done: Put a book' in text
    assert not (project.path / "build/runthrough/ledger.ndjson").exists()


def test_a_check_leaves_out_what_only_a_when_line_makes(project: Project) -> None:
    result = project.run(
        'Scenario: S\n  When I put "x" there\n  Then the last is "x"\n', "--mode=check", "-rs"
    )
    result.assert_outcomes(skipped=1)
    assert "not looked at: 'I put" in str(result.stdout)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_solving_carries_out_what_leaves_something_behind_and_keeps_it(project: Project) -> None:
    text = PUT + '\n    Scenario: Look\n      Then the last is "lamp"\n'
    result = project.run(text, "--mode=solve", "--until=Put a lamp", "-s")
    result.assert_outcomes(passed=2, deselected=1)
    assert "DELETED" not in str(result.stdout)


def test_solving_leaves_out_what_leaves_nothing_behind(project: Project) -> None:
    result = project.run(PUT + '\n    Scenario: Look\n      Then "lamp" is there\n', "--mode=solve")
    result.assert_outcomes(passed=2, skipped=1)


def test_junit_and_samples_are_written(project: Project) -> None:
    project.run("Scenario: Show rows!\n  When I show two rows\n").assert_outcomes(passed=1)
    assert 'name="Show rows!"' in project.built("junit.xml")
    sample = json.loads(project.built("samples/lab1/show-rows.json"))
    assert sample["title"] == "Show rows!"
    assert sample["columns"] == ["name", "secret"]


def test_plain_pytest_writes_the_page_and_says_where(project: Project) -> None:
    result = project.run("Scenario: Show rows!\n  When I show two rows\n")
    result.stdout.fnmatch_lines(["report: build/runthrough/report.html"])
    assert "Show rows!" in project.built("report.html")


def test_what_is_left_is_said_at_the_end(project: Project) -> None:
    steps = project.path / "dict_steps.py"
    text = steps.read_text(encoding="utf-8").replace('print("DELETED", name)', "refuse(name)")
    text += "\ndef refuse(name):\n    raise ServiceError('403: hush-hush may not delete')\n"
    steps.write_text(text, encoding="utf-8")
    result = project.run(PUT)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(
        ["*still there*", "thing 'lamp': 403: ••• may not delete", "thing 'book': 403: *"]
    )


def test_a_junit_file_of_ones_own_is_left_alone(project: Project) -> None:
    project.run("Scenario: Show\n  When I show two rows\n", "--junitxml=mine.xml")
    assert Path(project.path, "mine.xml").exists()
    assert not (project.path / "build/runthrough/junit.xml").exists()
