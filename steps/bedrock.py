"""Lines that speak to a model on Amazon Bedrock without Flink in between."""

from __future__ import annotations

from pytest_bdd import parsers, then, when

from runthrough.clients.bedrock import Bedrock, Reply
from runthrough.errors import ServiceError
from runthrough.run.stage import ShowRows

Answer = Reply | ServiceError
"""What came of asking: an answer, or the refusal, which a Then line may be waiting for."""


@when("I ask the model:", target_fixture="answer")
def ask(bedrock: Bedrock, docstring: str) -> Answer:
    return _ask(bedrock, docstring, model_id=None)


@when(parsers.parse('I ask the model "{model_id}":'), target_fixture="answer")
def ask_by_id(bedrock: Bedrock, docstring: str, model_id: str) -> Answer:
    return _ask(bedrock, docstring, model_id=model_id)


@then(parsers.parse('the model answers with "{text}"'))
def answer_has(answer: Answer, show_rows: ShowRows, text: str) -> None:
    if isinstance(answer, ServiceError):
        raise answer
    show_rows(["what the model says"], [[answer.text]])
    assert text in answer.text, f"the model answered {answer.text!r}"


@then(parsers.parse('the model is refused because of "{words}"'))
def answer_is_refusal(answer: Answer, show_rows: ShowRows, words: str) -> None:
    assert isinstance(answer, ServiceError), f"the model answered {answer.text!r}"
    assert words in str(answer), f"the refusal says: {answer}"
    show_rows(["what Bedrock says"], [[str(answer)]])


def _ask(bedrock: Bedrock, text: str, *, model_id: str | None) -> Answer:
    try:
        return bedrock.converse(text, model_id=model_id, max_tokens=50)
    except ServiceError as e:
        if e.status is None:  # nobody answered: that is no refusal
            raise
        return e
