"""ApplyGuardrail: a guardrail on texts, without a model.

Source: facts amazon-bedrock 2.10; members as botocore's description of the service has them. From
memory (unverified): texts whose only qualifiers are `grounding_source` or `query` are not looked at
by a word policy, and outputScope FULL adds nothing for one. Images are counted and not looked at.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.fields import broken_rule, member_list, read_object
from runthrough.emulator.aws.guardrails.guard import action_reason
from runthrough.emulator.aws.guardrails.store import check_form, not_there
from runthrough.emulator.aws.guardrails.words import assess
from runthrough.emulator.aws.replies import Reply, json_reply
from runthrough.emulator.aws.runtime.converse_fields import (
    choice,
    member_place,
    object_at,
    one_member,
    required_choice,
    required_list,
    required_text,
)
from runthrough.emulator.aws.runtime.converse_media import read_guarded_image
from runthrough.emulator.aws.state import Aws, Call

_QUALIFIERS = ("grounding_source", "query", "guard_content")


def apply_guardrail(aws: Aws, call: Call) -> Reply:
    """Answer ApplyGuardrail.

    Raises:
        Refused: the request does not fit, or there is no such guardrail.
    """
    identifier = call.parameters["guardrailIdentifier"]
    version = call.parameters["guardrailVersion"]
    check_form(identifier, version)
    body = read_object(call.request.body)
    source = required_choice(body, "source", "", ("INPUT", "OUTPUT"))
    choice(body, "outputScope", "", ("INTERVENTIONS", "FULL"))
    blocks = [
        _read(one, f"content.{at}") for at, one in enumerate(required_list(body, "content", ""))
    ]
    found = aws.guardrails.find(identifier, version, call.region)
    if found is None:
        raise not_there(404)
    texts = [text for text, guarded in blocks if guarded]
    total = sum(len(text) for text, _ in blocks)
    assessment = assess(found.policy, texts, total=total)
    policy = found.policy
    said = policy.blocked_input if source == "INPUT" else policy.blocked_output
    coverage: dict[str, Any] = assessment.coverage
    images = len(blocks) - sum(1 for one in body["content"] if one.get("text") is not None)
    if images:
        coverage["images"] = {"guarded": 0, "total": images}
    return json_reply(
        {
            "usage": assessment.usage,
            "action": "GUARDRAIL_INTERVENED" if assessment.blocked else "NONE",
            "actionReason": action_reason(intervened=assessment.blocked),
            "outputs": [{"text": said}] if assessment.blocked else [],
            "assessments": [assessment.write() | found.details],
            "guardrailCoverage": coverage,
        }
    )


def _read(value: Any, place: str) -> tuple[str, bool]:
    """Return a block's text, and whether a word policy looks at it."""
    kind, inner = one_member(value, place, ("text", "image"), "GuardrailContentBlock")
    if kind == "image":
        read_guarded_image(inner, f"{place}.image")
        return "", False
    block = object_at(inner, f"{place}.text")
    qualifiers = member_list(block, "qualifiers", f"{place}.text.qualifiers") or []
    for at, one in enumerate(qualifiers):
        if one not in _QUALIFIERS:
            rule = f"Member must satisfy enum value set: [{', '.join(_QUALIFIERS)}]"
            raise broken_rule(one, member_place(f"{place}.text.qualifiers.{at}"), rule)
    guarded = not qualifiers or "guard_content" in qualifiers
    return required_text(block, "text", f"{place}.text"), guarded
