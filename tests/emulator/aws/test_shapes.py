"""The judge can say no."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.emulator.aws.shapes import violations

RIGHT: dict[str, Any] = {
    "modelId": "anthropic.claude-sonnet-4-6",
    "agreementAvailability": {"status": "AVAILABLE"},
    "authorizationStatus": "AUTHORIZED",
    "entitlementAvailability": "AVAILABLE",
    "regionAvailability": "AVAILABLE",
}


def judged(body: dict[str, Any], status: int = 200) -> list[str]:
    operation = "GetFoundationModelAvailability"
    return violations("bedrock", operation, status, json.dumps(body).encode())


def test_a_right_answer_passes() -> None:
    assert judged(RIGHT) == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"modelId": 3}, "is no string"),
        ({"modelId": "a b"}, "does not fit"),
        ({"modelId": "a" * 200}, "is above 140"),
        ({"authorizationStatus": "MAYBE"}, "is none of"),
        ({"agreementAvailability": {}}, ".agreementAvailability.status is missing"),
        ({"more": 1}, ".more is not in the description"),
    ],
)
def test_a_wrong_answer_is_found(change: dict[str, Any], said: str) -> None:
    found = judged(RIGHT | change)
    assert found
    assert said in found[0]


def test_a_wrong_status_is_found() -> None:
    assert judged(RIGHT, 201) == ["status 201, not 200"]
