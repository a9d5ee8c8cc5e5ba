"""Guardrails as an unmodified boto3 meets them: in every operation that knows them."""

from __future__ import annotations

import json
import struct
from typing import Any
from zlib import compress, crc32

import pytest

from tests.emulator.aws.refusals import refused

MODEL = "us.anthropic.claude-sonnet-4-6"
ID, ARN = "rtguardrail1", "arn:aws:bedrock:us-east-1:111122223333:guardrail/rtguardrail1"
BLOCKED_INPUT = "We talk about our own hotels only."
BLOCKED_OUTPUT = "The answer was about another hotel."
GUARD = {"guardrailIdentifier": ID, "guardrailVersion": "1"}
HEADERS = {
    "x-amzn-bedrock-guardrailidentifier": ID,
    "x-amzn-bedrock-guardrailversion": "DRAFT",
    "x-amzn-bedrock-trace": "ENABLED",
}
ASKS = "Is the Seaview Palace nice?"


def user(*texts: str) -> dict[str, Any]:
    return {"role": "user", "content": [{"text": text} for text in texts]}


def converse(aws: Any, text: str, **arguments: Any) -> Any:
    arguments = {"modelId": MODEL, "messages": [user(text)], "guardrailConfig": GUARD} | arguments
    return aws.client("bedrock-runtime").converse(**arguments)


def body(text: str, **members: Any) -> dict[str, Any]:
    return {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 100,
        "messages": [{"role": "user", "content": text}],
        **members,
    }


def invoke(aws: Any, sent: dict[str, Any], **headers: str) -> Any:
    response = aws.send(
        "POST",
        f"/model/{MODEL}/invoke",
        body=json.dumps(sent).encode(),
        headers=HEADERS | headers,
    )
    assert response.status_code == 200, response.text
    return response.json()


# --- Converse ------------------------------------------------------------------------------------


def test_a_prompt_is_stopped_before_the_model(aws: Any) -> None:
    answer = converse(aws, ASKS)
    assert answer["stopReason"] == "guardrail_intervened"
    assert answer["output"]["message"]["content"] == [{"text": BLOCKED_INPUT}]
    assert set(answer["usage"].values()) == {0}
    assert "trace" not in answer


def test_a_prompt_that_may_pass_is_answered(aws: Any) -> None:
    answer = converse(aws, "What is 1+1?", guardrailConfig=GUARD | {"trace": "enabled"})
    assert answer["stopReason"] == "end_turn"
    assert answer["output"]["message"]["content"] == [{"text": "1 + 1 = 2."}]
    trace = answer["trace"]["guardrail"]
    assert trace["actionReason"] == "No action."
    assert "wordPolicy" not in trace["inputAssessment"][ID]
    assert len(trace["outputAssessments"][ID]) == 1


def test_the_trace_says_what_was_found(aws: Any) -> None:
    answer = converse(aws, ASKS, guardrailConfig=GUARD | {"trace": "enabled"})
    trace = answer["trace"]["guardrail"]
    assert trace["inputAssessment"][ID]["wordPolicy"] == {
        "customWords": [{"match": "Seaview Palace", "action": "BLOCKED", "detected": True}],
        "managedWordLists": [],
    }
    assert trace["inputAssessment"][ID]["appliedGuardrailDetails"] == {
        "guardrailId": ID,
        "guardrailVersion": "1",
        "guardrailArn": ARN,
        "guardrailOrigin": ["REQUEST"],
        "guardrailOwnership": "SELF",
    }
    assert "outputAssessments" not in trace
    assert trace["actionReason"] == "Guardrail blocked."


def test_only_what_is_marked_is_looked_at(aws: Any) -> None:
    marked = {"guardContent": {"text": {"text": "What is 1+1?"}}}
    message = {"role": "user", "content": [{"text": ASKS}, marked]}
    answer = converse(aws, "", messages=[message], guardrailConfig=GUARD | {"trace": "enabled"})
    assert answer["stopReason"] == "end_turn"
    coverage = answer["trace"]["guardrail"]["inputAssessment"][ID]["invocationMetrics"]
    assert coverage["guardrailCoverage"]["textCharacters"] == {
        "guarded": len("What is 1+1?"),
        "total": len("What is 1+1?") + len(ASKS),
    }
    marked["guardContent"]["text"]["text"] = ASKS
    assert converse(aws, "", messages=[message])["stopReason"] == "guardrail_intervened"


def test_an_answer_is_stopped_behind_the_model(aws: Any) -> None:
    """What is not marked is not looked at, and holds the word that the answer repeats."""
    marked = {"guardContent": {"text": {"text": "What is my name?"}}}
    told = [user("My name is Seaview Palace."), {"role": "assistant", "content": [{"text": "Hi"}]}]
    answer = converse(
        aws,
        "",
        messages=[*told, {"role": "user", "content": [marked]}],
        guardrailConfig={**GUARD, "trace": "enabled"},
    )
    assert answer["stopReason"] == "guardrail_intervened"
    assert answer["output"]["message"]["content"] == [{"text": BLOCKED_OUTPUT}]
    assert answer["usage"]["outputTokens"] > 0
    trace = answer["trace"]["guardrail"]
    assert "wordPolicy" not in trace["inputAssessment"][ID]
    assert trace["outputAssessments"][ID][0]["wordPolicy"]["customWords"][0]["action"] == "BLOCKED"
    assert "Seaview Palace" in trace["modelOutput"][0]


def test_a_stream_is_stopped_as_well(aws: Any) -> None:
    answer = aws.client("bedrock-runtime").converse_stream(
        modelId=MODEL,
        messages=[user(ASKS)],
        guardrailConfig={**GUARD, "trace": "enabled", "streamProcessingMode": "async"},
    )
    events = list(answer["stream"])
    deltas = [e["contentBlockDelta"]["delta"]["text"] for e in events if "contentBlockDelta" in e]
    assert "".join(deltas) == BLOCKED_INPUT
    told = {name: value for event in events for name, value in event.items()}
    assert told["messageStop"]["stopReason"] == "guardrail_intervened"
    assessment = told["metadata"]["trace"]["guardrail"]["inputAssessment"][ID]
    assert assessment["wordPolicy"]["customWords"][0]["match"] == "Seaview Palace"


def test_a_guardrail_is_named_by_its_arn_too(aws: Any) -> None:
    answer = converse(aws, ASKS, guardrailConfig=GUARD | {"guardrailIdentifier": ARN})
    assert answer["stopReason"] == "guardrail_intervened"


def test_an_empty_configuration_is_none(aws: Any) -> None:
    assert converse(aws, ASKS, guardrailConfig={})["stopReason"] == "end_turn"


NOT_THERE = "The guardrail identifier or version provided in the request does not exist."


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"guardrailIdentifier": "nothing0"}, NOT_THERE),
        ({"guardrailVersion": "2"}, NOT_THERE),
        ({"guardrailIdentifier": ARN.replace("us-east-1", "us-west-2")}, NOT_THERE),
        ({"guardrailIdentifier": ARN.replace("1111", "2222")}, NOT_THERE),
        ({"guardrailIdentifier": "Not-This"}, "The provided guardrail identifier is invalid."),
        ({"guardrailVersion": "0"}, "Value '0' at 'guardrailVersion'"),
        ({"guardrailVersion": ""}, "A guardrail needs both its identifier and its version."),
        ({"trace": "loud"}, "Value 'loud' at 'guardrailConfig.trace'"),
    ],
)
def test_a_configuration_that_does_not_fit_is_refused(
    aws: Any, config: dict[str, str], message: str
) -> None:
    status, code, said = refused(converse, aws, "Hello", guardrailConfig=GUARD | config)
    assert (status, code) == (400, "ValidationException")
    assert message in said


# --- InvokeModel ---------------------------------------------------------------------------------


def test_a_vendors_prompt_is_stopped(aws: Any) -> None:
    answer = invoke(aws, body(ASKS))
    assert answer["content"] == [{"type": "text", "text": BLOCKED_INPUT}]
    assert answer["usage"]["input_tokens"] == answer["usage"]["output_tokens"] == 0
    assert answer["amazon-bedrock-guardrailAction"] == "INTERVENED"
    trace = answer["amazon-bedrock-trace"]["guardrail"]
    assert trace["input"][ID]["wordPolicy"]["customWords"][0]["match"] == "Seaview Palace"


def test_a_vendors_answer_says_that_nothing_was_found(aws: Any) -> None:
    answer = invoke(aws, body("What is 1+1?"), **{"x-amzn-bedrock-trace": "DISABLED"})
    assert answer["content"] == [{"type": "text", "text": "1 + 1 = 2."}]
    assert answer["amazon-bedrock-guardrailAction"] == "NONE"
    assert "amazon-bedrock-trace" not in answer


def test_boto3s_own_arguments_are_these_headers(aws: Any) -> None:
    answer = aws.client("bedrock-runtime").invoke_model(
        modelId=MODEL, body=json.dumps(body(ASKS)), guardrailIdentifier=ID, guardrailVersion="1"
    )
    assert json.loads(answer["body"].read())["amazon-bedrock-guardrailAction"] == "INTERVENED"


def test_the_last_chunk_of_a_stream_says_it(aws: Any) -> None:
    answer = aws.client("bedrock-runtime").invoke_model_with_response_stream(
        modelId=MODEL,
        body=json.dumps(body(ASKS)),
        guardrailIdentifier=ID,
        guardrailVersion="1",
        trace="ENABLED",
    )
    *before, last = [json.loads(one["chunk"]["bytes"]) for one in answer["body"]]
    assert last["amazon-bedrock-guardrailAction"] == "INTERVENED"
    assert "amazon-bedrock-invocationMetrics" in last
    assert last["amazon-bedrock-trace"]["guardrail"]["input"][ID]["wordPolicy"]
    text = "".join(one["delta"]["text"] for one in before if "text" in one.get("delta", {}))
    assert text == BLOCKED_INPUT


TAG = "amazon-bedrock-guardrails-guardContent_x7"


def test_only_what_is_tagged_is_looked_at_and_the_model_sees_no_tags(aws: Any) -> None:
    config = {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x7"}}
    tagged = f"Remember: Seaview Palace. <{TAG}>What is 1+1?</{TAG}>"
    answer = invoke(aws, body(tagged, **config))
    assert answer["amazon-bedrock-guardrailAction"] == "NONE"
    stopped = invoke(aws, body(f"Hello. <{TAG}>{ASKS}</{TAG}>", **config))
    assert stopped["amazon-bedrock-guardrailAction"] == "INTERVENED"
    sum_ = invoke(aws, body(f"<{TAG}>What is 1+1?</{TAG}>", **config))
    assert sum_["content"][0]["text"] == "1 + 1 = 2."


def test_tags_that_are_not_closed_are_text_however_many(aws: Any) -> None:
    config = {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x7"}}
    answer = invoke(aws, body(f"{ASKS} " + f"<{TAG}>" * 20_000, **config))
    assert answer["amazon-bedrock-guardrailAction"] == "INTERVENED"


def test_there_may_be_many_tags(aws: Any) -> None:
    config = {"amazon-bedrock-guardrailConfig": {"tagSuffix": "x7"}}
    answer = invoke(aws, body(f"{ASKS} <{TAG}>a</{TAG}>" * 2_000, **config))
    assert answer["amazon-bedrock-guardrailAction"] == "NONE"
    guarded = answer["amazon-bedrock-trace"]["guardrail"]["input"][ID]["invocationMetrics"]
    assert guarded["guardrailCoverage"]["textCharacters"]["guarded"] == 2_000


@pytest.mark.parametrize(
    ("headers", "members", "message"),
    [
        (
            {"x-amzn-bedrock-guardrailidentifier": "", "x-amzn-bedrock-guardrailversion": ""},
            {"amazon-bedrock-guardrailConfig": {}},
            "no header names a guardrail",
        ),
        ({"x-amzn-bedrock-guardrailversion": ""}, {}, "needs both its identifier and its version"),
        ({"content-type": "text/plain"}, {}, "needs the content type application/json"),
        (
            {},
            {"amazon-bedrock-guardrailConfig": {"tagSuffix": "a b"}},
            "Value 'a b' at 'amazon-bedrock-guardrailConfig.tagSuffix'",
        ),
        (
            {},
            {"amazon-bedrock-guardrailConfig": {"streamProcessingMode": "later"}},
            "Value 'later' at 'amazon-bedrock-guardrailConfig.streamProcessingMode'",
        ),
        ({}, {"amazon-bedrock-guardrailConfig": "x7"}, "expected type: JSONObject, found: String"),
        ({"x-amzn-bedrock-trace": "LOUD"}, {}, "Value 'LOUD' at 'trace'"),
    ],
)
def test_headers_and_members_that_do_not_fit_are_refused(
    aws: Any, headers: dict[str, str], members: dict[str, Any], message: str
) -> None:
    response = aws.send(
        "POST",
        f"/model/{MODEL}/invoke",
        body=json.dumps(body("Hello", **members)).encode(),
        headers=HEADERS | headers,
    )
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_an_embedding_model_has_no_guardrail_here(aws: Any) -> None:
    said = refused(
        aws.client("bedrock-runtime").invoke_model,
        modelId="amazon.titan-embed-text-v2:0",
        body=json.dumps({"inputText": "a"}),
        guardrailIdentifier=ID,
        guardrailVersion="1",
    )
    assert said[0] == 501
    assert "A guardrail in front of amazon.titan-embed-text-v2:0 is not emulated" in said[2]


# --- ApplyGuardrail ------------------------------------------------------------------------------


def apply(aws: Any, *texts: str, source: str = "INPUT", **arguments: Any) -> Any:
    given = {
        "guardrailIdentifier": ID,
        "guardrailVersion": "DRAFT",
        "source": source,
        "content": [{"text": {"text": text}} for text in texts],
    }
    return aws.client("bedrock-runtime").apply_guardrail(**given | arguments)


@pytest.mark.parametrize(("source", "said"), [("INPUT", BLOCKED_INPUT), ("OUTPUT", BLOCKED_OUTPUT)])
def test_a_text_is_judged_without_a_model(aws: Any, source: str, said: str) -> None:
    answer = apply(aws, "hello", ASKS, source=source)
    assert (answer["action"], answer["actionReason"]) == (
        "GUARDRAIL_INTERVENED",
        "Guardrail blocked.",
    )
    assert answer["outputs"] == [{"text": said}]
    (assessment,) = answer["assessments"]
    assert assessment["wordPolicy"]["customWords"][0]["match"] == "Seaview Palace"
    assert answer["usage"]["wordPolicyUnits"] == 1
    length = len("hello" + ASKS)
    assert answer["guardrailCoverage"]["textCharacters"] == {"guarded": length, "total": length}


def test_a_text_that_may_pass_has_no_output(aws: Any) -> None:
    answer = apply(aws, "hello", outputScope="FULL")
    assert (answer["action"], answer["outputs"]) == ("NONE", [])


def test_a_source_to_compare_with_is_not_looked_at(aws: Any) -> None:
    content = [
        {"text": {"text": ASKS, "qualifiers": ["grounding_source"]}},
        {"text": {"text": "hello"}},
    ]
    answer = apply(aws, content=content)
    assert answer["action"] == "NONE"
    assert answer["guardrailCoverage"]["textCharacters"]["guarded"] == len("hello")
    content[0]["text"]["qualifiers"] = ["query", "guard_content"]  # type: ignore[index]
    assert apply(aws, content=content)["action"] == "GUARDRAIL_INTERVENED"


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", crc32(kind + data))


def test_a_picture_is_counted_and_not_looked_at(aws: Any) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0))
    pixels = chunk(b"IDAT", compress(b"\x00\x00"))
    png = b"\x89PNG\r\n\x1a\n" + head + pixels + chunk(b"IEND", b"")
    content = [{"image": {"format": "png", "source": {"bytes": png}}}]
    answer = apply(aws, content=content)
    assert answer["action"] == "NONE"
    assert answer["guardrailCoverage"]["images"] == {"guarded": 0, "total": 1}


def test_a_guardrail_that_is_not_there_is_not_found(aws: Any) -> None:
    assert refused(apply, aws, "hello", guardrailIdentifier="nothing0") == (
        404,
        "ResourceNotFoundException",
        NOT_THERE,
    )
    assert refused(apply, aws, "hello", guardrailVersion="7")[0] == 404


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        ({}, "Value null at 'source'"),
        ({"source": "BOTH"}, "Value 'BOTH' at 'source'"),
        ({"source": "INPUT"}, "Value null at 'content'"),
        ({"source": "INPUT", "content": {}}, "expected type: JSONArray"),
        ({"source": "INPUT", "content": [{}]}, "must set one of the following keys"),
        ({"source": "INPUT", "content": [{"text": {}}]}, "Value null at 'content.1.member.text"),
        (
            {"source": "INPUT", "content": [{"text": {"text": "a", "qualifiers": ["b"]}}]},
            "Value 'b' at 'content.1.member.text.qualifiers.1.member'",
        ),
        ({"source": "INPUT", "content": [], "outputScope": "ALL"}, "Value 'ALL' at 'outputScope'"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    aws: Any, sent: dict[str, Any], message: str
) -> None:
    path = f"/guardrail/{ID}/version/DRAFT/apply"
    response = aws.send("POST", path, body=json.dumps(sent).encode())
    assert response.status_code == 400
    assert message in response.json()["message"]


def test_guardrail_checks_say_that_they_are_not_emulated(aws: Any) -> None:
    response = aws.send("POST", "/guardrail-checks/invoke", body=b"{}")
    assert response.status_code == 501
    assert "InvokeGuardrailChecks is not emulated" in response.json()["message"]
