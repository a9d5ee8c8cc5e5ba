"""Answers of the operations without a model's body, judged by the published shapes."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.emulator.aws.shapes import violations

MODEL = "anthropic.claude-sonnet-4-6"
GUARDRAIL = "/guardrails/rtguardrail1"
APPLY = "/guardrail/rtguardrail1/version/DRAFT/apply"
JOB = {
    "modelId": "twelvelabs.marengo-embed-3-0-v1:0",
    "modelInput": {"inputType": "text", "text": {"inputText": "a room"}},
    "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://answers/x"}},
    "clientRequestToken": "as-published",
}
BODY = {
    "anthropic_version": "bedrock-2023-05-31",
    "max_tokens": 9,
    "messages": [{"role": "user", "content": "Hi"}],
}
ENCODED = base64.b64encode(json.dumps(BODY).encode()).decode()


@pytest.mark.parametrize(
    ("service", "operation", "method", "path", "body"),
    [
        (
            "bedrock-runtime",
            "CountTokens",
            "POST",
            f"/model/{MODEL}/count-tokens",
            {"input": {"invokeModel": {"body": ENCODED}}},
        ),
        ("bedrock", "ListGuardrails", "GET", "/guardrails", None),
        ("bedrock", "GetGuardrail", "GET", GUARDRAIL, None),
        *(
            (
                "bedrock-runtime",
                "ApplyGuardrail",
                "POST",
                APPLY,
                {"source": "INPUT", "content": [{"text": {"text": text}}]},
            )
            for text in ("hello", "the Seaview Palace")
        ),
        ("bedrock-runtime", "StartAsyncInvoke", "POST", "/async-invoke", JOB),
        ("bedrock-runtime", "ListAsyncInvokes", "GET", "/async-invoke", None),
    ],
)
def test_an_answer_has_the_published_form(
    aws: Any, service: str, operation: str, method: str, path: str, body: Any
) -> None:
    sent = b"" if body is None else json.dumps(body).encode()
    response = aws.send(method, path, body=sent)
    assert violations(service, operation, response.status_code, response.content) == []


def test_a_job_has_the_published_form(aws: Any) -> None:
    arn = aws.send("POST", "/async-invoke", body=json.dumps(JOB).encode()).json()["invocationArn"]
    encoded = arn.replace(":", "%3A").replace("/", "%2F")
    response = aws.send("GET", f"/async-invoke/{encoded}")
    found = violations("bedrock-runtime", "GetAsyncInvoke", response.status_code, response.content)
    assert found == []
