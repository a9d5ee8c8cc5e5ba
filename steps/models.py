"""Lines about models registered with Flink and what they answer."""

from __future__ import annotations

from pytest_bdd import parsers, then

from runthrough.clients.flink import Flink, Rows
from runthrough.run.stage import ShowRows

_OF_A_MODEL = ("Inputs", "Outputs", "VersionId", "IsDefaultVersion")
_WORDS_OF_A_SENTENCE_END = (". ", "! ", "? ", "\n")


@then(parsers.parse('the model "{name}" takes "{given}" and gives "{returned}"'))
def see_model(flink: Flink, show_rows: ShowRows, name: str, given: str, returned: str) -> None:
    """Look at a model, or at a version of it (`bot$2`): a FAILED query where it has no such one."""
    models = flink.query("SHOW MODELS;").rows
    assert (name.partition("$")[0],) in models, f"the models are {[row[0] for row in models]}"
    described = next(flink.query(f"DESCRIBE MODEL `{name}`;").records())
    columns = [column for column in _OF_A_MODEL if column in described]
    show_rows(columns, [[" ".join(str(described[c]).split()) for c in columns]])
    assert given in described["Inputs"], f"the inputs of {name} are {described['Inputs']}"
    assert returned in described["Outputs"], f"the outputs of {name} are {described['Outputs']}"


@then(parsers.parse('the answer to "{label}" is "{text}"'))
def answer_is(rows: Rows, label: str, text: str) -> None:
    _, answer = _answer(rows, label)
    assert answer.rstrip(".") == text.rstrip("."), f"the answer is {answer!r}"


@then(parsers.parse('the answer to "{label}" is shorter than its review'))
def answer_is_shorter(rows: Rows, label: str) -> None:
    review, answer = _answer(rows, label)
    assert 0 < len(answer) < len(review), f"{len(answer)} characters for {len(review)}: {answer!r}"


@then(parsers.parse('the answer to "{label}" is one sentence'))
def answer_is_sentence(rows: Rows, label: str) -> None:
    _, answer = _answer(rows, label)
    inside = answer.strip().rstrip(".!?")
    assert inside, "the answer is empty"
    ends = [end for end in _WORDS_OF_A_SENTENCE_END if end in inside]
    assert not ends, f"more than one sentence: {answer!r}"
    assert not answer.lstrip().startswith(("-", "*", "```")), f"a list or code: {answer!r}"


def _answer(rows: Rows, label: str) -> tuple[str, str]:
    """Return the input and the answer of the row with that label."""
    for record in rows.records():
        if record["label"] == label:
            return record["reviews"], record["REVIEW_SUMMARY"] or ""
    raise AssertionError(f"no row has the label {label!r}")
