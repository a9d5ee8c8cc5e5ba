"""Guardrails, as the control plane tells of them: ListGuardrails and GetGuardrail.

Source: facts amazon-bedrock 3.1; members as botocore's description of the service has them. All of
them are READY at once, and those of the world as old as the emulator's start: a world file has no
place for their dates. The text for one that is not there is ours.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.control.bodies import stamp
from runthrough.emulator.aws.control.pages import page_of
from runthrough.emulator.aws.guardrails.store import DRAFT, Found, check_form
from runthrough.emulator.aws.replies import Refused, Reply, json_reply
from runthrough.emulator.aws.state import Aws, Call


def list_guardrails(aws: Aws, call: Call) -> Reply:
    """Answer ListGuardrails: the DRAFT of each, or all versions of the one that is named.

    Raises:
        Refused: a bad page size or token, or there is no such guardrail.
    """
    named = call.query.get("guardrailIdentifier")
    if named is None:
        found = aws.guardrails.drafts(call.region)
    else:
        check_form(named, DRAFT)
        found = aws.guardrails.versions(named, call.region)
        if not found:
            raise not_found(named, call)
    entries = [_describe(one, "") for one in found]
    return json_reply(page_of(entries, call.query, name="guardrails"))


def get_guardrail(aws: Aws, call: Call) -> Reply:
    """Answer GetGuardrail: the version that is named, else DRAFT.

    Raises:
        Refused: the identifier or version is malformed, or there is no such guardrail.
    """
    identifier = call.parameters["guardrailIdentifier"]
    version = call.query.get("guardrailVersion", DRAFT)
    check_form(identifier, version)
    found = aws.guardrails.find(identifier, version, call.region)
    if found is None:
        raise not_found(identifier, call)
    policy = found.policy
    words = [
        {"text": word, "inputAction": "BLOCK", "outputAction": "BLOCK"} for word in policy.words
    ]
    more: dict[str, Any] = {"wordPolicy": {"words": words}} if words else {}
    return json_reply(
        {
            **_describe(found, "guardrail"),
            **more,
            "blockedInputMessaging": policy.blocked_input,
            "blockedOutputsMessaging": policy.blocked_output,
        }
    )


def _describe(found: Found, prefix: str) -> dict[str, Any]:
    """Return what both operations tell; they name id and ARN differently."""
    content = found.content
    described = {"description": content.description} if content.description else {}
    return {
        f"{prefix}Id" if prefix else "id": found.id,
        f"{prefix}Arn" if prefix else "arn": found.arn,
        "status": "READY",
        "name": content.name,
        **described,
        "version": found.version,
        "createdAt": stamp(content.created),
        "updatedAt": stamp(content.updated),
    }


def not_found(identifier: str, call: Call) -> Refused:
    """Return the refusal of a guardrail or version that is not there."""
    said = f"The guardrail {identifier} was not found in {call.region}."
    return Refused(404, "ResourceNotFoundException", said)
