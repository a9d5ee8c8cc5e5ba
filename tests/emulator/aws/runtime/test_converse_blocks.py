"""Every kind of block that Converse takes, and what is refused of each (facts 2.4, 2.6, 2.11)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.emulator.aws.pictures import gif, jpeg, png, webp

MODEL = "us.anthropic.claude-sonnet-4-6"
PREFIX = "The model returned the following errors: "
NAME_RULE = (
    "The document file name can only contain alphanumeric characters, whitespace characters,"
    " hyphens, parentheses, and square brackets. The name can't contain more than one consecutive"
    " whitespace character. Check that the file name conforms to these restrictions and retry your"
    " request."
)


def image(data: bytes, kind: str = "png") -> dict[str, Any]:
    return {"image": {"format": kind, "source": {"bytes": data}}}


def document(name: str = "notes", **changes: Any) -> dict[str, Any]:
    source = {"source": {"bytes": b"The inn was clean."}}
    return {"document": {"format": "txt", "name": name, **source, **changes}}


def ask(aws: Any, *content: dict[str, Any], **arguments: Any) -> Any:
    messages = [{"role": "user", "content": list(content)}]
    return aws.client("bedrock-runtime").converse(
        **{"modelId": MODEL, "messages": messages, **arguments}
    )


def refused(aws: Any, *content: dict[str, Any], **arguments: Any) -> tuple[int, str]:
    with pytest.raises(ClientError) as caught:
        ask(aws, *content, **arguments)
    error = caught.value.response
    return error["ResponseMetadata"]["HTTPStatusCode"], error["Error"]["Message"]


TEXT = {"text": "What is 1+1?"}


@pytest.mark.parametrize(
    "block",
    [
        image(png()),
        image(jpeg(), "jpeg"),
        image(gif(), "gif"),
        image(webp(), "webp"),
        document(),
        document("a (b) [c]-d 1"),
        document("a_b"),
        document(source={"text": "words"}),
        document(source={"content": [{"text": "one"}, {"text": "two"}]}, context="a guest book"),
        document(format="pdf", source={"bytes": b"%PDF-1.7"}),
        {"guardContent": {"text": {"text": "Hi", "qualifiers": ["query"]}}},
        {"guardContent": {"image": {"format": "png", "source": {"bytes": png()}}}},
        {"cachePoint": {"type": "default", "ttl": "1h"}},
    ],
)
def test_a_block_that_fits_is_taken_and_counted(aws: Any, block: dict[str, Any]) -> None:
    alone, with_block = ask(aws, TEXT), ask(aws, TEXT, block)
    assert with_block["stopReason"] == "end_turn"
    more = with_block["usage"]["inputTokens"] - alone["usage"]["inputTokens"]
    assert more > 0 or "cachePoint" in block


def test_a_document_is_read(aws: Any) -> None:
    reviews = document(source={"text": "The room was clean. ||| The staff was friendly."})
    answer = ask(aws, {"text": "Summarize these reviews, which are separated by |||."}, reviews)
    text = answer["output"]["message"]["content"][0]["text"]
    assert "clean" in text
    assert "friendly" in text


def test_what_a_guardrail_is_to_look_at_is_read(aws: Any) -> None:
    answer = ask(aws, {"guardContent": {"text": {"text": "What is 2+3?"}}})
    assert answer["output"]["message"]["content"] == [{"text": "2 + 3 = 5."}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ((image(b"x"),), f"{PREFIX}Could not process image"),
        (
            (image(png(), "bmp"),),
            "1 validation error detected: Value 'bmp' at "
            "'messages.1.member.content.1.member.image.format' failed to satisfy constraint: "
            "Member must satisfy enum value set: [png, jpeg, gif, webp]",
        ),
        (
            (image(png(), "jpeg"),),
            f"{PREFIX}messages.0.content.0.image.source.bytes: The image was specified using the "
            "image/jpeg media type, but the image appears to be a image/png image",
        ),
        (
            (image(png(8001, 2)),),
            f"{PREFIX}messages.0.content.0.image.source.bytes: At least one of the image "
            "dimensions exceed max allowed size: 8000 pixels",
        ),
        ((image(png()),) * 21, f"{PREFIX}too many images and documents: 21 + 0 > 20"),
        ((document(),), "A text block must be included when using documents."),
        ((TEXT, document("report.pdf")), NAME_RULE),
        ((TEXT, document("two  blanks")), NAME_RULE),
        ((TEXT, document("naïve")), NAME_RULE),
        (
            (TEXT, document("x" * 201)),
            f"1 validation error detected: Value '{'x' * 201}' at "
            "'messages.1.member.content.2.member.document.name' failed to satisfy constraint: "
            "Member must have length less than or equal to 200",
        ),
        (
            (TEXT, *(document(f"d{at}") for at in range(6))),
            "You can't include more than 5 documents in a request.",
        ),
        (
            (TEXT, document(), document(source={"text": "The inn was loud."})),
            "Messages can't contain duplicate document names. Rename the document and retry your "
            "request.",
        ),
        (
            ({"guardContent": {"text": {"text": "x", "qualifiers": ["q"]}}},),
            "1 validation error detected: Value 'q' at 'messages.1.member.content.1.member."
            "guardContent.text.qualifiers.1.member' failed to satisfy constraint: Member must "
            "satisfy enum value set: [grounding_source, query, guard_content]",
        ),
        (
            ({"reasoningContent": {"reasoningText": {"text": "x"}}},),
            "The ContentBlock object at messages.0.content.0 sets the field reasoningContent, "
            "which a message of the role user cannot hold.",
        ),
    ],
)
def test_a_block_that_does_not_fit_is_refused(
    aws: Any, content: tuple[dict[str, Any], ...], message: str
) -> None:
    assert refused(aws, *content) == (400, message)


def test_a_picture_above_the_limit_is_refused(aws: Any) -> None:
    status, message = refused(aws, image(png() + bytes(3_932_160)))
    assert status == 400
    assert message.startswith(f"{PREFIX}messages.0.content.0.image.source.bytes: image exceeds")


def test_a_document_above_the_limit_is_refused(aws: Any) -> None:
    status, message = refused(aws, TEXT, document(source={"bytes": bytes(4_718_593)}))
    assert status == 400
    assert "Member must have length less than or equal to 4718592" in message


def test_the_assistant_sends_no_pictures(aws: Any) -> None:
    messages = [
        {"role": "user", "content": [TEXT]},
        {"role": "assistant", "content": [image(png())]},
        {"role": "user", "content": [TEXT]},
    ]
    status, message = refused(aws, messages=messages)
    assert status == 400
    assert message.startswith(
        "The ContentBlock object at messages.1.content.0 sets the field image,"
    )


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("video", {"format": "mp4", "source": {"bytes": b"x"}}),
        ("audio", {"format": "mp3", "source": {"bytes": b"x"}}),
    ],
)
def test_a_model_that_cannot_watch_or_listen_says_so(aws: Any, member: str, value: Any) -> None:
    status, message = refused(aws, TEXT, {member: value})
    assert status == 400
    assert member in message
    assert message.startswith("This model doesn't support")


@pytest.mark.parametrize(
    ("block", "message"),
    [
        ({"text": "x", "image": {}}, "must set exactly one member"),
        ({}, "object at messages.0.content.0 must set one of the following keys: text, image, "),
        ({"nonsense": 1}, "must set one of the following keys: text, image, toolUse, toolResult, "),
        ({"text": 5}, "#/messages/0/content/0/text: expected type: String, found: Integer"),
        ({"image": {"format": "png", "source": {"bytes": "no base64"}}}, "Malformed input request"),
        ({"image": {"format": "png", "source": {}}}, "must set one of the following keys"),
        ({"image": {"source": {"bytes": "aGk="}}}, "content.1.member.image.format' failed"),
    ],
)
def test_what_boto3_would_not_send_is_refused_all_the_same(
    aws: Any, block: dict[str, Any], message: str
) -> None:
    body = json.dumps({"messages": [{"role": "user", "content": [block]}]}).encode()
    response = aws.send("POST", f"/model/{MODEL}/converse", body=body)
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_fields_of_the_answer_are_found_by_nested_pointers(aws: Any) -> None:
    pointers = ["/usage/input_tokens", "/content/0/type", "/usage/nothing", "/content/7", "/a~1b"]
    answer = ask(aws, TEXT, additionalModelResponseFieldPaths=pointers)
    assert answer["additionalModelResponseFields"] == {
        "usage": {"input_tokens": answer["usage"]["inputTokens"]},
        "content": {"0": {"type": "text"}},
    }


@pytest.mark.parametrize("pointer", ["usage", "/a~2b", "/a~"])
def test_what_is_no_pointer_is_refused(aws: Any, pointer: str) -> None:
    status, message = refused(aws, TEXT, additionalModelResponseFieldPaths=[pointer])
    assert (status, message) == (
        400,
        "The value at additionalModelResponseFieldPaths.0 is not a valid JSON pointer.",
    )


def test_an_answer_follows_the_schema_it_is_given(aws: Any) -> None:
    schema = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
    text_format = {
        "type": "json_schema",
        "structure": {"jsonSchema": {"schema": json.dumps(schema), "name": "place"}},
    }
    answer = ask(aws, {"text": "I live in Rome."}, outputConfig={"textFormat": text_format})
    assert json.loads(answer["output"]["message"]["content"][0]["text"]) == {"city": "Rome"}
    text_format["structure"] = {"jsonSchema": {"schema": "no schema"}}
    status, message = refused(aws, TEXT, outputConfig={"textFormat": text_format})
    assert status == 400
    assert "is not a JSON Schema" in message


def test_prompt_variables_need_a_prompt(aws: Any) -> None:
    status, message = refused(aws, TEXT, promptVariables={"a": {"text": "b"}})
    assert status == 400
    assert "promptVariables" in message


def test_an_answer_that_is_begun_goes_on(aws: Any) -> None:
    messages = [
        {"role": "user", "content": [TEXT]},
        {"role": "assistant", "content": [{"text": "1 + 1 ="}]},
    ]
    model_id = "us.anthropic.claude-haiku-4-5-20251001-v1:0"
    answer = ask(aws, modelId=model_id, messages=messages)
    assert answer["output"]["message"]["content"] == [{"text": "2."}]
    messages[1]["content"] = [{"text": "1 + 1 = "}]
    assert refused(aws, modelId=model_id, messages=messages) == (
        400,
        f"{PREFIX}messages: final assistant content cannot end with trailing whitespace",
    )


OPUS = "us.anthropic.claude-opus-4-8"
FRENCH = {"role": "system", "content": [{"text": "Answer in French."}]}


def test_newer_models_take_instructions_in_the_middle(aws: Any) -> None:
    use = {"toolUse": {"toolUseId": "t1", "name": "find", "input": {}}}
    tools = {"tools": [{"toolSpec": {"name": "find", "inputSchema": {"json": {"type": "object"}}}}]}
    hello = {"role": "user", "content": [{"text": "Hello!"}]}
    asked = {"modelId": OPUS, "toolConfig": tools}
    answer = ask(aws, **asked, messages=[hello, FRENCH])
    assert answer["output"]["message"]["content"][0]["text"].startswith("Bonjour")
    turns = [hello, FRENCH, {"role": "assistant", "content": [use]}, hello]
    told = refused(aws, **asked, messages=turns)
    assert told == (
        400,
        "Expected toolResult blocks at messages.3.content for the following Ids: t1",
    )


@pytest.mark.parametrize(
    ("turns", "message"),
    [
        (
            [FRENCH, {"role": "user", "content": [TEXT]}],
            f"{PREFIX}messages.0: a message of the role system has to follow one of the user",
        ),
        (
            [{"role": "user", "content": [TEXT]}, FRENCH, {"role": "user", "content": [TEXT]}],
            "A conversation must alternate between user and assistant roles. Make sure the"
            " conversation alternates between user and assistant roles and try again.",
        ),
        (
            [
                {"role": "user", "content": [TEXT]},
                {"role": "system", "content": [image(png())]},
            ],
            "The ContentBlock object at messages.1.content.0 sets the field image, which a message"
            " of the role system cannot hold.",
        ),
    ],
)
def test_instructions_at_a_wrong_place_are_refused(aws: Any, turns: Any, message: str) -> None:
    assert refused(aws, modelId=OPUS, messages=turns) == (400, message)


def change(kind: str, name: str = "get_weather") -> dict[str, Any]:
    return {"role": "system", "content": [{kind: {"tool": {"name": name}}}]}


WEATHER = {
    "name": "get_weather",
    "inputSchema": {"json": {"type": "object", "properties": {"city": {"type": "string"}}}},
}
ASKING = {"role": "user", "content": [{"text": "What is the weather in Rome?"}]}
SAID = {"role": "assistant", "content": [{"text": "Good."}]}


@pytest.mark.parametrize(
    ("turns", "stop"),
    [
        ([ASKING], "tool_use"),
        ([ASKING, change("toolRemoval")], "end_turn"),
        ([ASKING, change("toolRemoval"), SAID, ASKING, change("toolAddition")], "tool_use"),
    ],
)
def test_tools_are_taken_away_and_given_back(aws: Any, turns: Any, stop: str) -> None:
    tools = {"tools": [{"toolSpec": WEATHER}]}
    assert ask(aws, modelId=OPUS, toolConfig=tools, messages=turns)["stopReason"] == stop


@pytest.mark.parametrize(
    ("turns", "choice", "message"),
    [
        (
            [ASKING, change("toolRemoval", "other")],
            {"auto": {}},
            "The tool other of a toolRemoval block is not defined in toolConfig.tools.",
        ),
        (
            [ASKING, change("toolRemoval")],
            {"tool": {"name": "get_weather"}},
            "The tool get_weather at toolConfig.toolChoice.tool.name has been removed.",
        ),
        (
            [{"role": "user", "content": [TEXT, change("toolRemoval")["content"][0]]}],
            {"auto": {}},
            "The ContentBlock object at messages.0.content.1 sets the field toolRemoval, which a"
            " message of the role user cannot hold.",
        ),
    ],
)
def test_a_change_of_tools_that_does_not_fit_is_refused(
    aws: Any, turns: Any, choice: Any, message: str
) -> None:
    tools = {"tools": [{"toolSpec": WEATHER}], "toolChoice": choice}
    assert refused(aws, modelId=OPUS, toolConfig=tools, messages=turns) == (400, message)
