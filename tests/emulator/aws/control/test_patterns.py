from __future__ import annotations

import re

import pytest

from runthrough.emulator.aws.control import patterns
from tests.emulator.aws.shapes import service


@pytest.mark.parametrize(
    ("ours", "shape"),
    [
        (patterns.BASE_MODEL_ID, "BedrockModelId"),
        (patterns.PROVIDER, "Provider"),
        (patterns.PROFILE_ID, "InferenceProfileIdentifier"),
        (patterns.PROFILE_SOURCE, "InferenceProfileModelSourceArn"),
        (patterns.PROFILE_NAME, "InferenceProfileName"),
        (patterns.PROFILE_DESCRIPTION, "InferenceProfileDescription"),
        (patterns.REQUEST_TOKEN, "IdempotencyToken"),
        (patterns.TAG, "TagKey"),
        (patterns.TAG, "TagValue"),
        (patterns.GUARDRAIL_NAME, "GuardrailName"),
        (patterns.PROVISIONED_ID, "ProvisionedModelId"),
        (patterns.PROVISIONED_NAME, "ProvisionedModelName"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_pattern_is_the_one_aws_publishes(ours: re.Pattern[str], shape: str) -> None:
    assert ours.pattern == service("bedrock")["shapes"][shape]["pattern"]
