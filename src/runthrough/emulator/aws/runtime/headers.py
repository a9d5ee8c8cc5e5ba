"""The headers of InvokeModel and its stream that are neither body nor guardrail.

Source: facts amazon-bedrock 2.2.
"""

from __future__ import annotations

import json

from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.state import Call

_CHOICES = {
    "X-Amzn-Bedrock-Trace": ("trace", ("ENABLED", "DISABLED", "ENABLED_FULL")),
    "X-Amzn-Bedrock-PerformanceConfig-Latency": (
        "performanceConfigLatency",
        ("standard", "optimized"),
    ),
    "X-Amzn-Bedrock-Service-Tier": ("serviceTier", ("priority", "default", "flex", "reserved")),
}
_ECHOED = ("X-Amzn-Bedrock-PerformanceConfig-Latency", "X-Amzn-Bedrock-Service-Tier")
_METADATA = "X-Amzn-Bedrock-Request-Metadata"
_MAX_METADATA = 8500


def check_headers(call: Call) -> dict[str, str]:
    """Return the headers that the answer repeats.

    Raises:
        Refused: a header does not hold what it may.
    """
    echoed = {}
    for name, (member, choices) in _CHOICES.items():
        value = call.request.header(name.lower())
        if value is None:
            continue
        if value not in choices:
            rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
            raise broken_rule(value, member, rule)
        if name in _ECHOED:
            echoed[name] = value
    _check_metadata(call.request.header(_METADATA.lower()))
    return echoed


def _check_metadata(text: str | None) -> None:
    if text is None:
        return
    if len(text) > _MAX_METADATA:
        rule = f"Member must have length less than or equal to {_MAX_METADATA}"
        raise broken_rule(text, "requestMetadata", rule)
    try:
        held = json.loads(text)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict):
        raise invalid(f"The header {_METADATA} does not hold a JSON object.")
