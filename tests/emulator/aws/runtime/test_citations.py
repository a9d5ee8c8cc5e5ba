"""Citations in Converse and ConverseStream: every place told is where the answer's words stand."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.aws.refusals import refused

MODEL = "us.anthropic.claude-sonnet-4-6"
TEXT = "The lake house opens in May. Breakfast is served from seven to ten. Dogs are welcome."
ANSWER = "Breakfast is served from seven to ten."
QUESTION = {"text": "When is breakfast served?"}
PIECES = [{"text": "The lake house opens in May."}, {"text": ANSWER}]
TOOLS = {"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": {"type": "object"}}}}]}


def document(name: str = "house", *, cited: bool = True, **changes: Any) -> dict[str, Any]:
    block = {"format": "txt", "name": name, "source": {"text": TEXT}, **changes}
    return {"document": block | ({"citations": {"enabled": True}} if cited else {})}


def result(*, cited: bool = True) -> dict[str, Any]:
    block = {"source": "https://lake.example/house", "title": "The house", "content": PIECES}
    return {"searchResult": block | {"citations": {"enabled": cited}}}


def ask(aws: Any, *content: dict[str, Any], **arguments: Any) -> Any:
    messages = [{"role": "user", "content": list(content)}]
    return aws.client("bedrock-runtime").converse(
        **{"modelId": MODEL, "messages": messages, **arguments}
    )


def cited(reply: Any) -> list[dict[str, Any]]:
    content = reply["output"]["message"]["content"]
    return [one for block in content for one in block["citationsContent"]["citations"]]


def test_the_characters_of_a_document_are_cited(aws: Any) -> None:
    other = document("other", source={"bytes": b"Nothing of this kind."})
    reply = ask(aws, other, document(), QUESTION)
    (block,) = reply["output"]["message"]["content"]
    assert block["citationsContent"]["content"] == [{"text": ANSWER}]
    (citation,) = block["citationsContent"]["citations"]
    place = citation["location"]["documentChar"]
    assert TEXT[place["start"] : place["end"]] == ANSWER
    assert place["documentIndex"] == 1
    assert citation["title"] == "house"
    assert citation["sourceContent"] == [{"text": ANSWER}]


def test_the_pieces_of_a_document_are_cited(aws: Any) -> None:
    (citation,) = cited(ask(aws, document(source={"content": PIECES}), QUESTION))
    assert citation["location"] == {"documentChunk": {"documentIndex": 0, "start": 1, "end": 2}}


def test_a_search_result_is_cited(aws: Any) -> None:
    (citation,) = cited(ask(aws, result(), QUESTION))
    place = {"searchResultIndex": 0, "start": 1, "end": 2}
    assert citation["location"] == {"searchResultLocation": place}
    assert citation["source"] == "https://lake.example/house"


def test_what_a_tool_has_found_is_cited(aws: Any) -> None:
    use = {"toolUse": {"toolUseId": "t1", "name": "find", "input": {}}}
    given = {"toolResult": {"toolUseId": "t1", "content": [result()]}}
    turns = (("user", QUESTION), ("assistant", use), ("user", given))
    messages = [{"role": role, "content": [block]} for role, block in turns]
    reply = ask(aws, messages=messages, toolConfig=TOOLS)
    said, first, second = reply["output"]["message"]["content"]
    assert said == {"text": "find says: "}
    assert first["citationsContent"]["content"] == [{"text": "The lake house opens in May.\n"}]
    assert second["citationsContent"]["content"] == [{"text": ANSWER}]


def test_an_answer_that_takes_nothing_from_a_document_is_a_text(aws: Any) -> None:
    reply = ask(aws, document(), {"text": "What is 1+1?"})
    assert reply["output"]["message"]["content"] == [{"text": "1 + 1 = 2."}]


def test_a_document_that_is_not_to_be_cited_is_not(aws: Any) -> None:
    reply = ask(aws, document(cited=False), QUESTION)
    assert reply["output"]["message"]["content"] == [{"text": ANSWER}]


def test_an_answer_with_citations_can_be_sent_back(aws: Any) -> None:
    first = ask(aws, document(), QUESTION)
    messages = [
        {"role": "user", "content": [document(), QUESTION]},
        first["output"]["message"],
        {"role": "user", "content": [{"text": "Say that again."}]},
    ]
    again = ask(aws, messages=messages)
    assert again["usage"]["inputTokens"] > first["usage"]["inputTokens"]
    (block,) = again["output"]["message"]["content"]
    assert block["citationsContent"]["content"] == [{"text": ANSWER}]


def test_a_stream_tells_the_words_and_then_where_they_stand(aws: Any) -> None:
    messages = [{"role": "user", "content": [document(), QUESTION]}]
    events = list(
        aws.client("bedrock-runtime").converse_stream(modelId=MODEL, messages=messages)["stream"]
    )
    deltas = [e["contentBlockDelta"]["delta"] for e in events if "contentBlockDelta" in e]
    assert "".join(delta.get("text", "") for delta in deltas) == ANSWER
    assert [deltas[-1]["citation"]] == cited(ask(aws, document(), QUESTION))
    assert sum("contentBlockStop" in event for event in events) == 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            (document(format="csv", source={"bytes": b"a,b"}), QUESTION),
            "Unsupported document format. Only txt and pdf formats are supported when citations are"
            " enabled",
        ),
        (
            (document("a"), document("b", cited=False), QUESTION),
            "The model returned the following errors: Citations must be enabled for all documents"
            " of a request or for none.",
        ),
        (
            (result(), result(cited=False), QUESTION),
            "The model returned the following errors: Citations must be enabled for all search"
            " results of a request or for none.",
        ),
    ],
)
def test_sources_that_do_not_fit_are_refused(
    aws: Any, content: tuple[dict[str, Any], ...], message: str
) -> None:
    assert refused(ask, aws, *content) == (400, "ValidationException", message)


def test_a_document_that_a_tool_gives_back_cannot_be_cited(aws: Any) -> None:
    use = {"toolUse": {"toolUseId": "t1", "name": "find", "input": {}}}
    given = {"toolResult": {"toolUseId": "t1", "content": [document()]}}
    turns = (("user", QUESTION), ("assistant", use), ("user", given))
    messages = [{"role": role, "content": [block]} for role, block in turns]
    told = "Citations are not supported in tool result documents."
    answer = refused(ask, aws, messages=messages, toolConfig=TOOLS)
    assert answer == (400, "ValidationException", told)


def test_an_answer_that_follows_a_schema_is_not_cited(aws: Any) -> None:
    structure = {"jsonSchema": {"schema": '{"type": "object"}'}}
    schema = {"textFormat": {"type": "json_schema", "structure": structure}}
    _, _, message = refused(ask, aws, document(), QUESTION, outputConfig=schema)
    assert "Citations cannot be combined" in message


@pytest.mark.parametrize(
    ("block", "message"),
    [
        (document(), "This model doesn't support citations."),
        (
            result(cited=False),
            "This model doesn't support the searchResult field for user messages. Remove"
            " searchResult and try again.",
        ),
    ],
)
def test_models_of_other_vendors_say_that_they_do_not_cite(
    aws: Any, block: dict[str, Any], message: str
) -> None:
    answer = refused(ask, aws, block, QUESTION, modelId="us.amazon.nova-lite-v1:0")
    assert answer == (400, "ValidationException", message)
