"""The read side of Bedrock's control plane: models and inference profiles.

Source: facts amazon-bedrock 3.1. Chosen here: a plain model that is not known is the same refusal
as in a call (400); a well-formed profile that is not known is 404, with a text of our own
(unverified); createdAt and updatedAt of a profile are left out, because the sheet has none.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from runthrough.emulator.aws.catalogue import Catalogue, Model, Profile, midnight
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.gates import dead_model, unknown_model
from runthrough.emulator.aws.replies import Refused, invalid

_FILTERS = {
    "byCustomizationType": ("FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"),
    "byOutputModality": ("TEXT", "IMAGE", "EMBEDDING"),
    "byInferenceType": ("ON_DEMAND", "PROVISIONED"),
}
_TYPES = ("SYSTEM_DEFINED", "APPLICATION")
_PROFILE_ID = re.compile(
    r"(arn:aws(|-us-gov|-cn|-iso|-iso-b):bedrock:(?P<region>|[0-9a-z-]{0,20}):(?P<account>|\d{12}):"
    r"(?P<kind>inference-profile|application-inference-profile)/)?(?P<id>[a-zA-Z0-9-:.]+)"
)


def list_models(
    catalogue: Catalogue, query: Mapping[str, str], *, region: str, now: datetime
) -> dict[str, Any]:
    """Answer ListFoundationModels: every model of the region that is alive, in one page."""
    for name, choices in _FILTERS.items():
        if name in query and query[name] not in choices:
            rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
            raise broken_rule(query[name], name, rule)
    models = [
        _describe_model(model, region, now)
        for model in catalogue.in_region(region)
        if not model.is_dead(now)
    ]
    return {"modelSummaries": [model for model in models if _fits(model, query)]}


def get_model(catalogue: Catalogue, model_id: str, *, region: str, now: datetime) -> dict[str, Any]:
    """Answer GetFoundationModel for a plain id or a model's ARN.

    Raises:
        Refused: 400 the region does not know it; 404 it has reached its end.
    """
    prefix = f"arn:aws:bedrock:{region}::foundation-model/"
    model = catalogue.model(model_id.removeprefix(prefix), region)
    if model is None:
        raise unknown_model()
    if model.is_dead(now):
        raise dead_model()
    return {"modelDetails": _describe_model(model, region, now)}


def list_profiles(
    catalogue: Catalogue,
    query: Mapping[str, str],
    *,
    region: str,
    account_id: str,
    now: datetime,
) -> dict[str, Any]:
    """Answer ListInferenceProfiles, page by page. The account has no application profiles.

    Raises:
        Refused: a bad page size, type or token.
    """
    kind = query.get("type", query.get("typeEquals", "SYSTEM_DEFINED"))
    if kind not in _TYPES:
        rule = f"Member must satisfy enum value set: [{', '.join(_TYPES)}]"
        raise broken_rule(kind, "typeEquals", rule)
    size = _read_page_size(query.get("maxResults"))
    start = _read_token(query.get("nextToken"))
    alive = [
        _describe_profile(profile, region, account_id)
        for profile in catalogue.profiles(region)
        if kind == "SYSTEM_DEFINED" and not profile.model.is_dead(now)
    ]
    page: dict[str, Any] = {"inferenceProfileSummaries": alive[start : start + size]}
    if start + size < len(alive):
        page["nextToken"] = base64.urlsafe_b64encode(f"from {start + size}".encode()).decode()
    return page


def get_profile(
    catalogue: Catalogue, identifier: str, *, region: str, account_id: str, now: datetime
) -> dict[str, Any]:
    """Answer GetInferenceProfile for an id or an ARN.

    Raises:
        Refused: 400 the identifier is malformed; 404 there is no such profile here.
    """
    match = _PROFILE_ID.fullmatch(identifier)
    if match is None:
        rule = f"Member must satisfy regular expression pattern: {_PROFILE_ID.pattern}"
        raise broken_rule(identifier, "inferenceProfileIdentifier", rule)
    here = match["kind"] is None or (
        match["kind"] == "inference-profile"
        and (match["region"], match["account"]) == (region, account_id)
    )
    profile = catalogue.profile(match["id"], region) if here else None
    if profile is None or profile.model.is_dead(now):
        raise Refused(
            404,
            "ResourceNotFoundException",
            f"The inference profile {identifier} was not found in {region}.",
        )
    return _describe_profile(profile, region, account_id)


def _describe_model(model: Model, region: str, now: datetime) -> dict[str, Any]:
    types = ["ON_DEMAND"] if region in model.on_demand else []
    types += ["INFERENCE_PROFILE"] if model.profiles else []
    life: dict[str, Any] = {"status": model.status(now)}
    if model.legacy is not None:
        life["legacyTime"] = _stamp(model.legacy)
    if model.end_of_life is not None:
        life["endOfLifeTime"] = _stamp(model.end_of_life)
    return {
        "modelArn": model.arn(region),
        "modelId": model.id,
        "modelName": model.name,
        "providerName": model.vendor,
        "inputModalities": list(model.input),
        "outputModalities": list(model.output),
        "responseStreamingSupported": model.streaming,
        "customizationsSupported": [],
        "inferenceTypesSupported": types,
        "modelLifecycle": life,
    }


def _fits(model: dict[str, Any], query: Mapping[str, str]) -> bool:
    vendor = query.get("byProvider", model["providerName"])
    return (
        vendor.lower() == model["providerName"].lower()
        and query.get("byOutputModality", "") in ["", *model["outputModalities"]]
        and query.get("byInferenceType", "") in ["", *model["inferenceTypesSupported"]]
        and "byCustomizationType" not in query
    )


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


def _stamp(day: date) -> str:
    return midnight(day).strftime("%Y-%m-%dT%H:%M:%SZ")


def _read_page_size(text: str | None) -> int:
    if text is None:
        return 1000
    if not re.fullmatch(r"-?\d{1,9}", text):
        raise invalid(f"maxResults is not a number: {text[:40]}")
    if not 1 <= int(text) <= 1000:
        bound = "greater than or equal to 1" if int(text) < 1 else "less than or equal to 1000"
        raise broken_rule(text, "maxResults", f"Member must have value {bound}")
    return int(text)


def _read_token(token: str | None) -> int:
    if token is None:
        return 0
    try:
        text = base64.urlsafe_b64decode(token).decode()
    except (binascii.Error, ValueError):
        text = ""
    match = re.fullmatch(r"from (\d{1,9})", text)
    if match is None:
        raise invalid("The provided next token is invalid.")
    return int(match[1])
