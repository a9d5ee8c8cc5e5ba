"""Whatever JSON a client sends, the control plane answers it or refuses it: it never breaks."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MANY = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ARN = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-opus-5"
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=6,
)
texts = st.sampled_from(["", "name", "a.b", ARN, "anthropic.claude-opus-5", "ZZZZ"])
MEMBERS = (
    *("inferenceProfileName", "modelSource", "tags", "description", "clientRequestToken"),
    *("offerToken", "modelId", "formData", "resourceARN", "tagKeys"),
    *("name", "blockedInputMessaging", "blockedOutputsMessaging", "wordPolicyConfig"),
)
bodies = st.dictionaries(
    st.sampled_from(MEMBERS),
    json_values
    | texts
    | st.fixed_dictionaries({"copyFrom": texts | json_values})
    | st.fixed_dictionaries(
        {"wordsConfig": json_values | st.lists(st.fixed_dictionaries({"text": json_values}))}
    )
    | st.lists(st.fixed_dictionaries({"key": texts | json_values, "value": texts})),
    max_size=6,
)
PATHS = (
    "/inference-profiles",
    "/create-foundation-model-agreement",
    "/delete-foundation-model-agreement",
    "/use-case-for-model-access",
    "/listTagsForResource",
    "/tagResource",
    "/untagResource",
    "/guardrails",
    "/guardrails/rtguardrail1",
)


@MANY
@given(path=st.sampled_from(PATHS), body=bodies | json_values)
def test_a_post_is_answered_or_refused(aws: Any, path: str, body: Any) -> None:
    response = aws.send("POST", path, body=json.dumps(body).encode())
    assert response.status_code in (200, 201, 202, 400, 404), response.text
    assert isinstance(response.json(), dict)


@pytest.mark.parametrize(
    "path",
    [
        "/foundation-models/{}",
        "/inference-profiles/{}",
        "/foundation-model-availability/{}",
        "/list-foundation-model-agreement-offers/{}",
        "/provisioned-model-throughput/{}",
    ],
)
@MANY
@given(name=st.text(min_size=1, max_size=30) | st.from_regex(r"[a-z]{2,6}\.[a-z0-9:-]{1,30}"))
def test_a_name_is_answered_or_refused(aws: Any, path: str, name: str) -> None:
    response = aws.send("GET", path.format(quote(name, safe="")))
    assert response.status_code in (200, 400, 404), response.text


@MANY
@given(
    body=bodies | json_values, operation=st.sampled_from(["ListServiceQuotas", "GetServiceQuota"])
)
def test_service_quotas_answer_or_refuse(aws: Any, body: Any, operation: str) -> None:
    headers = {"X-Amz-Target": f"ServiceQuotasV20190624.{operation}"}
    given_body = json.dumps(body).encode()
    response = aws.send("POST", "/", body=given_body, headers=headers, service="servicequotas")
    assert response.status_code in (200, 400), response.text
