"""Citations in Anthropic's own body: where the answer's words stand in what was sent."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.aws import refusals

MODEL = "us.anthropic.claude-sonnet-4-6"
TEXT = "The lake house opens in May. Breakfast is served from seven to ten. Dogs are welcome."
ANSWER = "Breakfast is served from seven to ten."
QUESTION = {"type": "text", "text": "When is breakfast served?"}
PIECES = [
    {"type": "text", "text": "The lake house opens in May."},
    {"type": "text", "text": ANSWER},
]
WHOLE = {"type": "text", "media_type": "text/plain", "data": TEXT}
CITED = {"citations": {"enabled": True}}


def document(**changes: Any) -> dict[str, Any]:
    return {"type": "document", "source": WHOLE, "title": "House", **CITED, **changes}


def result(**changes: Any) -> dict[str, Any]:
    place = {"source": "https://lake.example/house", "title": "The house"}
    return {"type": "search_result", **place, "content": PIECES, **CITED, **changes}


def body(*content: dict[str, Any], **changes: Any) -> str:
    messages = [{"role": "user", "content": list(content)}]
    asked = {"anthropic_version": "bedrock-2023-05-31", "max_tokens": 200, "messages": messages}
    return json.dumps(asked | changes)


def invoke(aws: Any, *content: dict[str, Any], **changes: Any) -> list[dict[str, Any]]:
    """Return the blocks of the answer."""
    client = aws.client("bedrock-runtime")
    answer = client.invoke_model(modelId=MODEL, body=body(*content, **changes))
    blocks: list[dict[str, Any]] = json.loads(answer["body"].read())["content"]
    return blocks


@pytest.mark.parametrize(
    ("block", "citation"),
    [
        (
            document(),
            {
                "type": "char_location",
                "document_index": 0,
                "document_title": "House",
                "start_char_index": TEXT.index(ANSWER),
                "end_char_index": TEXT.index(ANSWER) + len(ANSWER),
            },
        ),
        (
            document(source={"type": "content", "content": PIECES}, title=None),
            {
                "type": "content_block_location",
                "document_index": 0,
                "document_title": None,
                "start_block_index": 1,
                "end_block_index": 2,
            },
        ),
        (
            result(),
            {
                "type": "search_result_location",
                "source": "https://lake.example/house",
                "title": "The house",
                "search_result_index": 0,
                "start_block_index": 1,
                "end_block_index": 2,
            },
        ),
    ],
)
def test_the_place_is_told(aws: Any, block: dict[str, Any], citation: dict[str, Any]) -> None:
    told = {**citation, "cited_text": ANSWER}
    assert invoke(aws, block, QUESTION) == [{"type": "text", "text": ANSWER, "citations": [told]}]


def test_a_stream_tells_the_words_and_then_where_they_stand(aws: Any) -> None:
    stream = aws.client("bedrock-runtime").invoke_model_with_response_stream(
        modelId=MODEL, body=body(document(), QUESTION)
    )
    events = [json.loads(event["chunk"]["bytes"]) for event in stream["body"]]
    deltas = [event["delta"] for event in events if event["type"] == "content_block_delta"]
    assert "".join(delta.get("text", "") for delta in deltas) == ANSWER
    assert deltas[-1]["type"] == "citations_delta"
    assert [deltas[-1]["citation"]] == invoke(aws, document(), QUESTION)[0]["citations"]


def test_an_answer_with_citations_can_be_sent_back(aws: Any) -> None:
    turns = [
        {"role": "user", "content": [document(), QUESTION]},
        {"role": "assistant", "content": invoke(aws, document(), QUESTION)},
        {"role": "user", "content": "Say that again."},
    ]
    assert invoke(aws, messages=turns)[0]["text"] == ANSWER


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            (document(), document(citations=None)),
            "Citations must be enabled for all documents of a request or for none.",
        ),
        (
            (document(citations={"enabled": "yes"}),),
            "messages.0.content.0.document.citations.enabled: Input should be a valid boolean",
        ),
        (
            (result(content="words"),),
            "messages.0.content.0.search_result.content: Input should be a valid list",
        ),
        (
            (result(content=[{"type": "image"}]),),
            "messages.0.content.0.search_result.content.0.type: Input should be 'text'",
        ),
        (
            ({**QUESTION, "citations": [{}]},),
            "messages.0.content.0.text.citations.0.type: Field required",
        ),
    ],
)
def test_what_does_not_fit_is_refused(
    aws: Any, content: tuple[dict[str, Any], ...], message: str
) -> None:
    told = refusals.refused(invoke, aws, *content, QUESTION)
    assert told == (400, "ValidationException", message)
