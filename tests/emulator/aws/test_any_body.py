"""Whatever JSON a client sends, the model routes answer it or refuse it: they never break."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any

import httpx
from botocore.eventstream import EventStreamBuffer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MODEL = "us.anthropic.claude-sonnet-4-6"

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


def shuffled(members: dict[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Return objects that hold some of these members, right or wrong."""
    return st.fixed_dictionaries(
        {}, optional={name: json_values | values for name, values in members.items()}
    )


roles = st.sampled_from(["user", "assistant", "system", "bot"])
blocks = shuffled({"text": st.text(max_size=10), "type": st.just("text"), "image": json_values})
turns = st.lists(
    shuffled({"role": roles, "content": st.lists(blocks, max_size=2) | st.text(max_size=5)}),
    max_size=3,
)
converse_bodies = shuffled(
    {
        "messages": turns,
        "system": st.lists(shuffled({"text": st.text(max_size=10)}), max_size=2),
        "inferenceConfig": shuffled(
            {
                "maxTokens": st.integers(-1, 10**6),
                "temperature": st.floats(-1, 2),
                "topP": st.floats(-1, 2),
                "stopSequences": st.lists(st.text(max_size=3), max_size=2),
            }
        ),
        "additionalModelRequestFields": shuffled({"top_k": st.integers(-1, 600)}),
        "additionalModelResponseFieldPaths": st.lists(st.text(max_size=4), max_size=2),
        "requestMetadata": st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2),
        "performanceConfig": shuffled({"latency": st.text(max_size=3)}),
    }
)
invoke_bodies = shuffled(
    {
        "anthropic_version": st.just("bedrock-2023-05-31"),
        "max_tokens": st.integers(-1, 10**6),
        "messages": turns,
        "system": st.text(max_size=5) | st.lists(blocks, max_size=2),
        "temperature": st.floats(-1, 2),
        "top_p": st.floats(-1, 2),
        "top_k": st.integers(-1, 600),
        "stop_sequences": st.lists(st.text(max_size=3), max_size=2),
        "anthropic_beta": st.lists(st.text(max_size=3), max_size=2),
    }
)
MANY = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def answered(response: httpx.Response) -> None:
    assert response.status_code in (200, 400, 501), response.text
    assert isinstance(response.json(), dict)


@MANY
@given(body=converse_bodies | json_values)
def test_converse_answers_or_refuses_any_json(aws: Any, body: Any) -> None:
    content = json.dumps(body).encode()
    answered(aws.send("POST", f"/model/{MODEL}/converse", body=content))


@MANY
@given(body=invoke_bodies | json_values)
def test_invoke_answers_or_refuses_any_json(aws: Any, body: Any) -> None:
    content = json.dumps(body).encode()
    answered(aws.send("POST", f"/model/{MODEL}/invoke", body=content))


def event_stream(response: httpx.Response) -> None:
    """A stream ends as it should, or never begins."""
    if response.status_code != 200:
        answered(response)
        return
    buffer = EventStreamBuffer()
    buffer.add_data(response.content)
    kinds = [message.headers[":message-type"] for message in buffer]
    assert kinds
    assert set(kinds) == {"event"}


@MANY
@given(body=converse_bodies | json_values)
def test_converse_stream_answers_or_refuses_any_json(aws: Any, body: Any) -> None:
    content = json.dumps(body).encode()
    event_stream(aws.send("POST", f"/model/{MODEL}/converse-stream", body=content))


guards = shuffled(
    {
        "guardrailIdentifier": st.sampled_from(["rtguardrail1", "nothing", "No", ""]),
        "guardrailVersion": st.sampled_from(["1", "DRAFT", "7", "x", ""]),
        "trace": st.sampled_from(["enabled", "enabled_full", "loud"]),
        "streamProcessingMode": st.sampled_from(["sync", "async", "never"]),
    }
)
guarded = st.builds(
    lambda body, guard: {**body, "guardrailConfig": guard}, converse_bodies, guards | json_values
)


@MANY
@given(body=guarded, path=st.sampled_from(["converse", "converse-stream"]))
def test_a_guarded_conversation_answers_or_refuses_any_json(aws: Any, body: Any, path: str) -> None:
    response = aws.send("POST", f"/model/{MODEL}/{path}", body=json.dumps(body).encode())
    event_stream(response) if path == "converse-stream" else answered(response)


guardrail_bodies = shuffled(
    {
        "source": st.sampled_from(["INPUT", "OUTPUT", "BOTH"]),
        "outputScope": st.sampled_from(["FULL", "INTERVENTIONS", "NONE"]),
        "content": st.lists(
            shuffled(
                {
                    "text": shuffled(
                        {
                            "text": st.text(max_size=9),
                            "qualifiers": st.lists(st.sampled_from(["query", "x"]), max_size=2),
                        }
                    ),
                    "image": shuffled({"format": st.just("png"), "source": json_values}),
                }
            ),
            max_size=3,
        ),
    }
)


@MANY
@given(body=guardrail_bodies | json_values)
def test_a_guardrail_answers_or_refuses_any_json(aws: Any, body: Any) -> None:
    content = json.dumps(body).encode()
    answered(aws.send("POST", "/guardrail/rtguardrail1/version/1/apply", body=content))


count_bodies = shuffled(
    {
        "input": shuffled(
            {
                "converse": converse_bodies,
                "invokeModel": shuffled(
                    {
                        "body": invoke_bodies.map(
                            lambda body: b64encode(json.dumps(body).encode()).decode()
                        )
                    }
                ),
            }
        )
    }
)


@MANY
@given(body=count_bodies | json_values)
def test_counting_answers_or_refuses_any_json(aws: Any, body: Any) -> None:
    path = "/model/anthropic.claude-sonnet-4-6/count-tokens"
    answered(aws.send("POST", path, body=json.dumps(body).encode()))


job_bodies = shuffled(
    {
        "modelId": st.sampled_from(["twelvelabs.marengo-embed-3-0-v1:0", MODEL, "x", ""]),
        "modelInput": shuffled(
            {
                "inputType": st.sampled_from(["text", "video", "smell"]),
                "text": shuffled({"inputText": st.text(max_size=9)}),
            }
        ),
        "outputDataConfig": shuffled(
            {
                "s3OutputDataConfig": shuffled(
                    {"s3Uri": st.sampled_from(["s3://bucket/a", "s3://", "bucket"])}
                )
            }
        ),
        "clientRequestToken": st.sampled_from(["one", "two", "a b"]),
        "tags": st.lists(shuffled({"key": st.text(max_size=3), "value": st.text(max_size=3)})),
    }
)


@MANY
@given(body=job_bodies | json_values)
def test_a_job_is_started_or_refused_for_any_json(aws: Any, body: Any) -> None:
    answered(aws.send("POST", "/async-invoke", body=json.dumps(body).encode()))
