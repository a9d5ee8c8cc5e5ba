"""Whatever JSON a client sends, the model routes answer it or refuse it: they never break."""

from __future__ import annotations

import json
from typing import Any

import httpx
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
