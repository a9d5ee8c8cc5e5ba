"""Making, changing and deleting guardrails of a word policy.

Members and bounds as botocore's description of the service has them. Policies other than a list of
words are not emulated (501), nor are words that are only looked for and not stopped. The texts of
the refusals that AWS's own form does not give are ours, and so is the rule that there has to be a
policy.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from runthrough.emulator.aws.control.bodies import read_body, stamp, tags, text
from runthrough.emulator.aws.control.guardrails import not_found
from runthrough.emulator.aws.control.patterns import GUARDRAIL_NAME, REQUEST_TOKEN
from runthrough.emulator.aws.fields import broken_rule, member_list, member_object
from runthrough.emulator.aws.guardrails.store import DRAFT, Found, Version, check_form
from runthrough.emulator.aws.replies import Refused, Reply, invalid, json_reply, not_emulated
from runthrough.emulator.aws.state import Aws, Call
from runthrough.emulator.world import WordPolicy

_WORDS = "wordPolicyConfig"
_NOT_EMULATED = (
    "topicPolicyConfig",
    "contentPolicyConfig",
    "sensitiveInformationPolicyConfig",
    "contextualGroundingPolicyConfig",
    "automatedReasoningPolicyConfig",
    "crossRegionConfig",
    "kmsKeyId",
)
_MOST_WORDS = 10_000
_NUMBER = re.compile(r"[1-9][0-9]{0,7}")


def create_guardrail(aws: Aws, call: Call) -> Reply:
    """Answer CreateGuardrail.

    Raises:
        Refused: 400 a member is missing or malformed, or the name is taken (ConflictException);
            501 it asks for a policy that is not emulated.
    """
    body = read_body(call)
    draft = _read_draft(body, call)
    token = body.get("clientRequestToken")
    if token is not None:
        text(token, "clientRequestToken", most=256, pattern=REQUEST_TOKEN)
    labels = tags(body["tags"]) if body.get("tags") is not None else {}
    made = aws.guardrails.create(draft, region=call.region, token=token)
    if made is None:
        raise _name_taken(draft.name)
    if aws.tags.of(made.arn) is None:
        aws.tags.begin(made.arn, labels)
    return json_reply(
        {**_named(made), "version": DRAFT, "createdAt": stamp(made.content.created)}, status=202
    )


def update_guardrail(aws: Aws, call: Call) -> Reply:
    """Answer UpdateGuardrail: another DRAFT; versions with a number stay as they are.

    Raises:
        Refused: as `create_guardrail`; 404 there is no such guardrail.
    """
    found = _find(aws, call, DRAFT)
    draft = _read_draft(read_body(call), call)
    if not aws.guardrails.update(found, draft, region=call.region):
        raise _name_taken(draft.name)
    return json_reply(
        {**_named(found), "version": DRAFT, "updatedAt": stamp(draft.updated)}, status=202
    )


def create_version(aws: Aws, call: Call) -> Reply:
    """Answer CreateGuardrailVersion: the DRAFT as it is, under the next number.

    Raises:
        Refused: 400 a member is malformed; 404 there is no such guardrail.
    """
    found = _find(aws, call, DRAFT)
    body = read_body(call)
    token = body.get("clientRequestToken")
    if token is not None:
        text(token, "clientRequestToken", most=256, pattern=REQUEST_TOKEN)
    number = aws.guardrails.number(found, description=_description(body), now=call.now)
    if number is None:
        raise not_found(found.id, call)
    return json_reply({"guardrailId": found.id, "version": number}, status=202)


def delete_guardrail(aws: Aws, call: Call) -> Reply:
    """Answer DeleteGuardrail: the version that is named, else the whole guardrail.

    Raises:
        Refused: 400 the version is no number; 404 there is no such guardrail or version.
    """
    version = call.query.get("guardrailVersion")
    if version is not None and not _NUMBER.fullmatch(version):
        rule = f"Member must satisfy regular expression pattern: {_NUMBER.pattern}"
        raise broken_rule(version, "guardrailVersion", rule)
    found = _find(aws, call, version or DRAFT)
    aws.guardrails.delete(found)
    if found.version == DRAFT:
        aws.tags.end(found.arn)
    return json_reply({}, status=202)


def _find(aws: Aws, call: Call, version: str) -> Found:
    identifier = call.parameters["guardrailIdentifier"]
    check_form(identifier, version)
    found = aws.guardrails.find(identifier, version, call.region)
    if found is None:
        raise not_found(identifier, call)
    return found


def _read_draft(body: Mapping[str, Any], call: Call) -> Version:
    name = text(body.get("name"), "name", most=50, pattern=GUARDRAIL_NAME)
    given = text(body.get("blockedInputMessaging"), "blockedInputMessaging", most=500)
    told = text(body.get("blockedOutputsMessaging"), "blockedOutputsMessaging", most=500)
    for member in _NOT_EMULATED:
        if body.get(member) is not None:
            raise not_emulated(f"The member {member!r} of {call.operation}")
    words = _read_words(body, call)
    if not words:
        raise invalid("A guardrail needs at least one policy.")
    policy = WordPolicy(words=words, blocked_input=given, blocked_output=told)
    return Version(name, _description(body), policy, call.now, call.now)


def _description(body: Mapping[str, Any]) -> str:
    value = body.get("description")
    return "" if value is None else text(value, "description", most=200)


def _read_words(body: Mapping[str, Any], call: Call) -> tuple[str, ...]:
    policy = member_object(body, _WORDS, _WORDS) or {}
    if policy.get("managedWordListsConfig"):
        raise not_emulated(f"The member 'managedWordListsConfig' of {call.operation}")
    place = f"{_WORDS}.wordsConfig"
    listed = member_list(policy, "wordsConfig", place) or []
    if len(listed) > _MOST_WORDS:
        rule = f"Member must have length less than or equal to {_MOST_WORDS}"
        raise broken_rule(len(listed), place, rule)
    return tuple(
        _read_word(word, f"{place}.{number}.member", call) for number, word in enumerate(listed, 1)
    )


def _read_word(word: Any, place: str, call: Call) -> str:
    if not isinstance(word, dict):
        raise invalid(f"The value at '{place}' is not an object.")
    found = text(word.get("text"), f"{place}.text", most=100)
    if not found.strip():
        raise invalid(f"The value at '{place}.text' is blank.")
    for member, stops in (
        ("inputAction", "BLOCK"),
        ("outputAction", "BLOCK"),
        ("inputEnabled", True),
        ("outputEnabled", True),
    ):
        value = word.get(member)
        if value is None or value is stops or value == stops:
            continue
        if value != ("NONE" if stops == "BLOCK" else False):
            raise invalid(f"The value at '{place}.{member}' is none of those it may have.")
        raise not_emulated(f"A word that is not stopped ({place}.{member}) of {call.operation}")
    return found


def _named(found: Found) -> dict[str, Any]:
    return {"guardrailId": found.id, "guardrailArn": found.arn}


def _name_taken(name: str) -> Refused:
    return Refused(400, "ConflictException", f"There is a guardrail named {name} already.")
