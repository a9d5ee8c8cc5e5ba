"""Inference profiles: AWS's own, and those the account makes itself.

Source: facts amazon-bedrock 3.1. Chosen here: a well-formed profile that is not known is 404, with
a text of our own (unverified); createdAt and updatedAt of AWS's profiles are left out, because the
sheet has none; a list without a type holds AWS's own; a profile is made of a model that can be
called by its plain id here, or of one of AWS's profiles.
"""

from __future__ import annotations

from typing import Any

from runthrough.emulator.aws.catalogue import Model, Profile, Route
from runthrough.emulator.aws.control.application_profiles import ApplicationProfile
from runthrough.emulator.aws.control.bodies import choice, read_body, stamp, tags, text
from runthrough.emulator.aws.control.pages import page_of
from runthrough.emulator.aws.control.patterns import (
    PROFILE_DESCRIPTION,
    PROFILE_ID,
    PROFILE_NAME,
    PROFILE_SOURCE,
    REQUEST_TOKEN,
)
from runthrough.emulator.aws.gates.model_ids import dead_model
from runthrough.emulator.aws.replies import Refused, Reply, invalid, json_reply
from runthrough.emulator.aws.state import Aws, Call

_TYPES = ("SYSTEM_DEFINED", "APPLICATION")


def list_profiles(aws: Aws, call: Call) -> Reply:
    """Answer ListInferenceProfiles, page by page.

    Raises:
        Refused: a bad page size, type or token.
    """
    kind = call.query.get("type", call.query.get("typeEquals", "SYSTEM_DEFINED"))
    if choice(kind, "typeEquals", _TYPES) == "APPLICATION":
        found = [_describe_own(profile) for profile in aws.application_profiles.list(call.region)]
    else:
        found = [
            _describe_profile(profile, call.region, aws.account.account_id)
            for profile in aws.catalogue.profiles(call.region)
            if not profile.model.is_dead(call.now)
        ]
    return json_reply(page_of(found, call.query, name="inferenceProfileSummaries"))


def get_profile(aws: Aws, call: Call) -> Reply:
    """Answer GetInferenceProfile for an id or an ARN.

    Raises:
        Refused: 400 the identifier is malformed; 404 there is no such profile here.
    """
    found = _find(aws, call)
    if isinstance(found, ApplicationProfile):
        return json_reply(_describe_own(found))
    return json_reply(_describe_profile(found, call.region, aws.account.account_id))


def create_profile(aws: Aws, call: Call) -> Reply:
    """Answer CreateInferenceProfile: a profile of the account's own, ready at once.

    Raises:
        Refused: 400 a member is missing or malformed, or the name is taken (ConflictException); 404
            what it is to be copied from is not known here, or dead.
    """
    body = read_body(call)
    name = text(
        body.get("inferenceProfileName"), "inferenceProfileName", most=64, pattern=PROFILE_NAME
    )
    description, token = body.get("description"), body.get("clientRequestToken")
    if description is not None:
        text(description, "description", most=200, pattern=PROFILE_DESCRIPTION)
    if token is not None:
        text(token, "clientRequestToken", most=256, pattern=REQUEST_TOKEN)
    labels = tags(body["tags"]) if body.get("tags") is not None else {}
    model, route, arns = _read_source(aws, call, body.get("modelSource"))
    made = aws.application_profiles.create(
        region=call.region,
        name=name,
        description=description or "",
        model=model,
        route=route,
        model_arns=arns,
        now=call.now,
        token=token,
    )
    if made is None:
        raise Refused(
            400, "ConflictException", f"There is an inference profile named {name} already."
        )
    if aws.tags.of(made.arn) is None:
        aws.tags.begin(made.arn, labels)
    return json_reply({"inferenceProfileArn": made.arn, "status": "ACTIVE"}, status=201)


def delete_profile(aws: Aws, call: Call) -> Reply:
    """Answer DeleteInferenceProfile.

    Raises:
        Refused: 400 the identifier is malformed or AWS's own profile; 404 there is none.
    """
    found = _find(aws, call)
    if not isinstance(found, ApplicationProfile):
        raise invalid("A system-defined inference profile cannot be deleted.")
    aws.application_profiles.delete(found)
    aws.tags.end(found.arn)
    return json_reply({})


def _find(aws: Aws, call: Call) -> Profile | ApplicationProfile:
    """Return the profile a path names, by its id or its ARN in this region and account."""
    identifier = text(
        call.parameters["profileId"], "inferenceProfileIdentifier", most=2048, pattern=PROFILE_ID
    )
    prefix = f"arn:aws:bedrock:{call.region}:{aws.account.account_id}:inference-profile/"
    profile = aws.catalogue.profile(identifier.removeprefix(prefix), call.region)
    if profile is not None and not profile.model.is_dead(call.now):
        return profile
    own = aws.application_profiles
    found = own.get(identifier, call.region) or own.by_id(identifier, call.region)
    if found is None:
        raise _unknown(f"The inference profile {identifier} was not found in {call.region}.")
    return found


def _read_source(aws: Aws, call: Call, source: Any) -> tuple[Model, Route, tuple[str, ...]]:
    """Return what a profile is copied from: the model, how it is called, and where that goes."""
    given = source.get("copyFrom") if isinstance(source, dict) else None
    arn = text(given, "modelSource.copyFrom", most=2048, pattern=PROFILE_SOURCE)
    prefix = f"arn:aws:bedrock:{call.region}:"
    own = f"{prefix}{aws.account.account_id}:inference-profile/"
    if arn.startswith(own):
        profile = aws.catalogue.profile(arn.removeprefix(own), call.region)
        if profile is not None:
            _check_alive(profile.model, call)
            return profile.model, profile.route, profile.model_arns(call.region)
    plain = f"{prefix}:foundation-model/"
    model = aws.catalogue.model(arn.removeprefix(plain), call.region)
    if model is None or not arn.startswith(plain):
        raise _unknown(f"The model source {arn} was not found in {call.region}.")
    _check_alive(model, call)
    if call.region not in model.on_demand:
        raise invalid(
            f"{model.id} cannot be called on demand in {call.region}: copy from one of its "
            "system-defined inference profiles."
        )
    return model, "on-demand", (model.arn(call.region),)


def _check_alive(model: Model, call: Call) -> None:
    if model.is_dead(call.now):
        raise dead_model()


def _unknown(message: str) -> Refused:
    return Refused(404, "ResourceNotFoundException", message)


def _describe_own(profile: ApplicationProfile) -> dict[str, Any]:
    described = {
        "inferenceProfileName": profile.name,
        "createdAt": stamp(profile.created),
        "updatedAt": stamp(profile.created),
        "inferenceProfileArn": profile.arn,
        "models": [{"modelArn": arn} for arn in profile.model_arns],
        "inferenceProfileId": profile.id,
        "status": "ACTIVE",
        "type": "APPLICATION",
    }
    return described | ({"description": profile.description} if profile.description else {})


def _describe_profile(profile: Profile, region: str, account_id: str) -> dict[str, Any]:
    brand = f"{profile.model.vendor} {profile.model.name}"
    places = profile.destinations
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
