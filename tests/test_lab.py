from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import LabError
from runthrough.lab import Labs, Line, find_cues, lab_name, read_lab, read_labs

FEATURE = '''
    @flink
    Feature: LAB 2
      We join streams.

      Background:
        Given a cluster

      Scenario: First
        When I submit the statement:
          """sql
          SELECT 1;
          """
        Then it is RUNNING within 5 minutes
        And the rows are:
          | a | b |
          | 1 |   |

      Rule: Everything changes

        @B05 @bedrock
        Scenario: Second
          Why we do it.

          Given the step "First" is complete
          And the step "Zero" of lab "lab1" is complete
          But a lamp
          When I look
'''


def write(folder: Path, text: str, name: str = "lab2_streams") -> Path:
    path = folder / f"{name}.feature"
    path.write_text(textwrap.dedent(text).lstrip("\n"), encoding="utf-8")
    return path


def test_a_feature_is_read_as_data(tmp_path: Path) -> None:
    lab = read_lab(write(tmp_path, FEATURE))
    assert (lab.name, lab.title, lab.description) == ("lab2", "LAB 2", "We join streams.")
    first, second = lab.scenarios
    assert (first.title, first.number, first.rule, first.tags) == ("First", 8, "", ("flink",))
    assert second.rule == "Everything changes"
    assert second.tags == ("flink", "B05", "bedrock")
    assert second.description == "Why we do it."


def test_lines_keep_what_belongs_to_them(tmp_path: Path) -> None:
    first, second = read_lab(write(tmp_path, FEATURE)).scenarios
    background, when, then, rows = first.lines
    assert (background.kind, background.number) == ("Given", 6)
    assert (when.docstring, when.media_type) == ("SELECT 1;", "sql")
    assert (then.sentence, then.within) == ("it is RUNNING", 300.0)
    assert (rows.kind, rows.table) == ("Then", (("a", "b"), ("1", "")))
    assert [line.kind for line in second.lines] == ["Given", "Given", "Given", "Given", "When"]


def test_prerequisites_name_lab_title_and_line(tmp_path: Path) -> None:
    second = read_lab(write(tmp_path, FEATURE)).scenarios[1]
    assert [(p.lab, p.title, p.number) for p in second.prerequisites] == [
        ("lab2", "First", 24),
        ("lab1", "Zero", 25),
    ]


@pytest.mark.parametrize(
    ("text", "sentence", "within"),
    [
        ("it holds within 1 second", "it holds", 1.0),
        ("it holds within 90 seconds", "it holds", 90.0),
        ("it holds within 1 minute", "it holds", 60.0),
        ("it holds within 5 hours", "it holds within 5 hours", None),
        ("it holds within reach", "it holds within reach", None),
        ("within 5 minutes", "within 5 minutes", None),
        ("a within 1 minute b", "a within 1 minute b", None),
    ],
)
def test_only_a_limit_at_the_end_is_a_limit(text: str, sentence: str, within: float | None) -> None:
    line = Line("Then", text, 1)
    assert (line.sentence, line.within) == (sentence, within)


@given(st.text(min_size=1), st.integers(0, 10_000), st.sampled_from(["second", "minutes"]))
def test_sentence_and_limit_make_up_the_text(sentence: str, count: int, unit: str) -> None:
    line = Line("Then", f"{sentence} within {count} {unit}", 1)
    if "\n" not in sentence and "\r" not in sentence:
        assert line.sentence == sentence
        assert line.within == count * (60 if unit == "minutes" else 1)


REFUSED = {
    "no feature": ("# only a comment\n", 1, "there is no Feature in this file"),
    "not Gherkin": ("Feature: F\n  Scenario: S\n    Given a\n    b\n", 4, "expected: "),
    "no title": ("Feature: F\n  Scenario:\n    Given a\n", 2, "a scenario has no title"),
    "a title twice": (
        "Feature: F\n  Scenario: S\n    Given a\n  Rule: R\n    Scenario: S\n      Given a\n",
        5,
        "'S' is also the title of the scenario at line 2",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_cannot_be_read_is_refused_with_its_line(tmp_path: Path, what: str) -> None:
    text, line, said = REFUSED[what]
    path = write(tmp_path, text)
    with pytest.raises(LabError) as caught:
        read_lab(path)
    assert str(caught.value).startswith(f"{path}:{line}: {said}")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lab1.feature"
    path.write_bytes(b"Feature: caf\xe9\n")
    with pytest.raises(LabError, match=r"lab1\.feature:1: this file is not UTF-8"):
        read_lab(path)


def test_two_files_of_one_short_name_are_refused(tmp_path: Path) -> None:
    for name in ("lab1_a", "lab1_b"):
        write(tmp_path, "Feature: F\n  Scenario: S\n    Given a\n", name)
    with pytest.raises(LabError, match=r"lab1_b\.feature:1: the lab 'lab1' is also lab1_a"):
        read_labs(tmp_path)


def scenario(title: str, *needs: str) -> str:
    """Return a scenario that needs others, each given as `title` or `lab/title`."""
    lines = [f"  Scenario: {title}", "    Given a room"]
    for need in needs:
        lab, cut, name = need.rpartition("/")
        of = f' of lab "{lab}"' if cut else ""
        lines.append(f'    Given the step "{name}"{of} is complete')
    return "\n".join(lines) + "\n"


def labs(folder: Path, **features: str) -> Labs:
    return Labs(read_lab(write(folder, "Feature: F\n" + t, n)) for n, t in features.items())


def test_an_unknown_prerequisite_is_refused_at_its_line(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"lab1\.feature:4: no scenario is named 'B'$"):
        labs(tmp_path, lab1=scenario("A", "B"))
    with pytest.raises(LabError, match=r"lab1\.feature:4: no scenario is named 'B' in lab 'lab2'$"):
        labs(tmp_path, lab1=scenario("A", "lab2/B"))


def test_a_cycle_is_refused_and_shown(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"lab1\.feature:4: these steps .*: A → A$"):
        labs(tmp_path, lab1=scenario("A", "A"))
    with pytest.raises(LabError, match=r"lab2\.feature:4: these steps .*: A → B → A$"):
        labs(tmp_path, lab1=scenario("A", "lab2/B"), lab2=scenario("B", "lab1/A"))


def test_a_cycle_behind_the_first_step_shows_only_itself(tmp_path: Path) -> None:
    text = scenario("A", "B") + scenario("B", "C") + scenario("C", "B")
    with pytest.raises(LabError, match=r"lab1\.feature:10: these steps .*: B → C → B$"):
        labs(tmp_path, lab1=text)


def test_the_same_title_in_two_labs_is_no_cycle(tmp_path: Path) -> None:
    """A step may need its namesake of another lab, and that one a third's."""
    found = labs(
        tmp_path,
        lab1=scenario("Set up"),
        lab2=scenario("Set up", "lab1/Set up"),
        lab3=scenario("Set up", "lab2/Set up") + scenario("Go", "Set up", "lab1/Set up"),
    )
    assert len(list(found.scenarios())) == 4


def test_a_cycle_through_namesakes_is_still_a_cycle(tmp_path: Path) -> None:
    with pytest.raises(LabError, match="Set up → Set up → Set up"):
        labs(
            tmp_path, lab1=scenario("Set up", "lab2/Set up"), lab2=scenario("Set up", "lab1/Set up")
        )


@given(st.data())
def test_labs_are_refused_exactly_when_their_steps_wait_for_each_other(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    names = ["lab1/A", "lab1/B", "lab2/A", "lab2/B"]
    needs = {name: data.draw(st.lists(st.sampled_from(names), max_size=2)) for name in names}
    features = {
        lab: "".join(scenario(t, *needs[f"{lab}/{t}"]) for t in ("A", "B"))
        for lab in ("lab1", "lab2")
    }
    folder = tmp_path_factory.mktemp("labs")
    if has_cycle(needs):
        with pytest.raises(LabError, match="these steps wait for each other"):
            labs(folder, **features)
    else:
        assert len(list(labs(folder, **features).scenarios())) == 4


def has_cycle(needs: dict[str, list[str]]) -> bool:
    """Return whether anything is left once what needs nothing is taken away, again and again."""
    left = dict(needs)
    while free := [name for name, wants in left.items() if not set(wants) & set(left)]:
        for name in free:
            del left[name]
    return bool(left)


def test_labs_find_by_lab_and_title(tmp_path: Path) -> None:
    found = labs(tmp_path, lab1=scenario("A"), lab2=scenario("A") + scenario("B"))
    match = found.find("lab2", "B")
    assert match is not None
    assert match.lab == "lab2"
    assert found.find("lab1", "B") is None
    assert found.find("lab9", "A") is None
    assert "lab1" in found
    assert found["lab1"].title == "F"


def test_the_short_name_ends_at_the_first_underscore() -> None:
    assert lab_name(Path("features/lab2_stream_processing.feature")) == "lab2"
    assert lab_name(Path("quiz.feature")) == "quiz"


@given(
    before=st.text(alphabet="ab \n`#"),
    title=st.from_regex(r"[A-Z][a-z ]{0,20}[a-z]", fullmatch=True),
)
def test_a_cue_is_found_at_its_line_whatever_precedes_it(before: str, title: str) -> None:
    text = f"{before.replace('```', '')}\n\n```runthrough\n{title}\n```\nafter\n"
    (cue,) = find_cues(text)
    assert cue.title == title.strip()
    assert text.splitlines()[cue.number - 1] == "```runthrough"
    assert text[cue.start : cue.end].endswith("```")
