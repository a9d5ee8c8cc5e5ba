"""Inference profiles, as the control plane tells of them.

Source: facts amazon-bedrock 3.1. Chosen here: a well-formed profile that is not known is 404, with
a text of our own (unverified); createdAt and updatedAt are left out, because the sheet has none.
"""

from __future__ import annotations

import re
from typing import Any

from runthrough.emulator.aws.catalogue import Profile
from runthrough.emulator.aws.control.pages import page_of
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import Refused, Reply, json_reply
from runthrough.emulator.aws.state import Aws, Call

_TYPES = ("SYSTEM_DEFINED", "APPLICATION")
_PROFILE_ID = re.compile(
    r"(arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(?P<region>|[0-9a-z-]{0,20}):(?P<account>|\d{12}):"
    r"(?P<kind>inference-profile|application-inference-profile)/)?(?P<id>[a-zA-Z0-9-:.]+)"
)


def list_profiles(aws: Aws, call: Call) -> Reply:
    """Answer ListInferenceProfiles, page by page. The account has no application profiles.

    Raises:
        Refused: a bad page size, type or token.
    """
    kind = call.query.get("type", call.query.get("typeEquals", "SYSTEM_DEFINED"))
    if kind not in _TYPES:
        rule = f"Member must satisfy enum value set: [{', '.join(_TYPES)}]"
        raise broken_rule(kind, "typeEquals", rule)
    alive = [
        _describe_profile(profile, call.region, aws.account.account_id)
        for profile in aws.catalogue.profiles(call.region)
        if kind == "SYSTEM_DEFINED" and not profile.model.is_dead(call.now)
    ]
    return json_reply(page_of(alive, call.query, name="inferenceProfileSummaries"))


def get_profile(aws: Aws, call: Call) -> Reply:
    """Answer GetInferenceProfile for an id or an ARN.

    Raises:
        Refused: 400 the identifier is malformed; 404 there is no such profile here.
    """
    identifier, owner = call.parameters["profileId"], aws.account.account_id
    match = _PROFILE_ID.fullmatch(identifier)
    if match is None:
        rule = f"Member must satisfy regular expression pattern: {_PROFILE_ID.pattern}"
        raise broken_rule(identifier, "inferenceProfileIdentifier", rule)
    here = match["kind"] is None or (
        match["kind"] == "inference-profile"
        and (match["region"], match["account"]) == (call.region, owner)
    )
    profile = aws.catalogue.profile(match["id"], call.region) if here else None
    if profile is None or profile.model.is_dead(call.now):
        raise Refused(
            404,
            "ResourceNotFoundException",
            f"The inference profile {identifier} was not found in {call.region}.",
        )
    return json_reply(_describe_profile(profile, call.region, owner))


def _describe_profile(profile: Profile, region: str, account_id: str) -> dict[str, Any]:
    brand = f"{profile.model.vendor} {profile.model.name}"
    places = profile.geography.regions
    where = "all commercial regions" if profile.prefix == "global" else _enumerate(places)
    return {
        "inferenceProfileName": f"{profile.geography.name} {brand}",
        "description": f"Routes requests to {brand} in {where}.",
        "inferenceProfileArn": (
            f"arn:aws:bedrock:{region}:{account_id}:inference-profile/{profile.id}"
        ),
        "models": [{"modelArn": arn} for arn in profile.model_arns(region)],
        "inferenceProfileId": profile.id,
        "status": "ACTIVE",
        "type": "SYSTEM_DEFINED",
    }


def _enumerate(names: tuple[str, ...]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}"
