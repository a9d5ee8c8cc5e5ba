"""The foundation models, as the control plane tells of them.

Source: facts amazon-bedrock 3.1. Chosen here: a plain model that is not known is the same refusal
as in a call (400).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from runthrough.emulator.aws.catalogue import Model, midnight
from runthrough.emulator.aws.control.bodies import choice, stamp, text
from runthrough.emulator.aws.control.patterns import PROVIDER
from runthrough.emulator.aws.gates.model_ids import dead_model, unknown_model
from runthrough.emulator.aws.replies import Reply, json_reply
from runthrough.emulator.aws.state import Aws, Call

_FILTERS = {
    "byCustomizationType": ("FINE_TUNING", "CONTINUED_PRE_TRAINING", "DISTILLATION"),
    "byOutputModality": ("TEXT", "IMAGE", "EMBEDDING"),
    "byInferenceType": ("ON_DEMAND", "PROVISIONED"),
}


def list_models(aws: Aws, call: Call) -> Reply:
    """Answer ListFoundationModels: every model of the region that is alive, in one page.

    Raises:
        Refused: a filter has a value that it cannot have.
    """
    for name, choices in _FILTERS.items():
        if name in call.query:
            choice(call.query[name], name, choices)
    if "byProvider" in call.query:
        text(call.query["byProvider"], "byProvider", least=0, most=63, pattern=PROVIDER)
    models = [
        _describe_model(model, call.region, call.now)
        for model in aws.catalogue.in_region(call.region)
        if not model.is_dead(call.now)
    ]
    return json_reply({"modelSummaries": [model for model in models if _fits(model, call.query)]})


def get_model(aws: Aws, call: Call) -> Reply:
    """Answer GetFoundationModel for a plain id or a model's ARN.

    Raises:
        Refused: 400 the region does not know it; 404 it has reached its end.
    """
    prefix = f"arn:aws:bedrock:{call.region}::foundation-model/"
    model = aws.catalogue.model(call.parameters["modelId"].removeprefix(prefix), call.region)
    if model is None:
        raise unknown_model()
    if model.is_dead(call.now):
        raise dead_model()
    return json_reply({"modelDetails": _describe_model(model, call.region, call.now)})


def _describe_model(model: Model, region: str, now: datetime) -> dict[str, Any]:
    types = ["ON_DEMAND"] if region in model.on_demand else []
    types += ["INFERENCE_PROFILE"] if model.profiles else []
    life: dict[str, Any] = {"status": model.status(now)}
    for name, day in (
        ("startOfLifeTime", model.launched),
        ("legacyTime", model.legacy_from),
        ("publicExtendedAccessTime", model.extended_access_from),
        ("endOfLifeTime", model.end_of_life),
    ):
        if day is not None:
            life[name] = stamp(midnight(day))
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
