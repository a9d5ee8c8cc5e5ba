from __future__ import annotations

import json
from typing import Any

import pytest

MODEL = "us.anthropic.claude-sonnet-4-6"
BODY = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 9,
        "messages": [{"role": "user", "content": "Hi"}],
    }
)


def test_latency_and_tier_come_back_from_both_operations(aws: Any) -> None:
    client = aws.client("bedrock-runtime")
    asked = {"performanceConfigLatency": "optimized", "serviceTier": "flex"}
    whole = client.invoke_model(modelId=MODEL, body=BODY, **asked)
    stream = client.invoke_model_with_response_stream(modelId=MODEL, body=BODY, **asked)
    for answer in (whole, stream):
        assert {name: answer[name] for name in asked} == asked
        answer["body"].close()


def test_what_was_not_asked_for_does_not_come_back(aws: Any) -> None:
    answer = aws.client("bedrock-runtime").invoke_model(modelId=MODEL, body=BODY)
    assert "serviceTier" not in answer
    assert "performanceConfigLatency" not in answer


@pytest.mark.parametrize("operation", ["invoke", "invoke-with-response-stream"])
@pytest.mark.parametrize(
    ("header", "value", "message"),
    [
        ("performanceconfig-latency", "fast", "Value 'fast' at 'performanceConfigLatency'"),
        ("service-tier", "best", "Value 'best' at 'serviceTier'"),
        ("request-metadata", "{", "does not hold a JSON object"),
        ("request-metadata", "[]", "does not hold a JSON object"),
        ("request-metadata", '{"a": "' + "b" * 8500 + '"}', "less than or equal to 8500"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    aws: Any, operation: str, header: str, value: str, message: str
) -> None:
    headers = {f"x-amzn-bedrock-{header}": value}
    path = f"/model/{MODEL}/{operation}"
    response = aws.send("POST", path, body=BODY.encode(), headers=headers)
    assert response.status_code == 400
    assert message in response.json()["message"]
