"""Access to models, as the control plane tells of it and changes it.

Source: facts amazon-bedrock 3.1, 3.2. Chosen here, where the sheet leaves it open: a profile's id
is no model id (400); a vendor without a Marketplace product has no offers; offers carry no prices,
because prices are not emulated; the form must be a JSON object with the members AWS's own page
asks for. The texts of these refusals are ours.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any

from runthrough.emulator.aws.catalogue import Model
from runthrough.emulator.aws.control.bodies import choice, read_body, text
from runthrough.emulator.aws.control.patterns import BASE_MODEL_ID
from runthrough.emulator.aws.fields import broken_rule, missing
from runthrough.emulator.aws.gates.chain import may_subscribe
from runthrough.emulator.aws.gates.model_ids import dead_model, unknown_model
from runthrough.emulator.aws.replies import Refused, Reply, invalid, json_reply
from runthrough.emulator.aws.state import Aws, Call

_FORM_BYTES = (10, 16_384)
_FORM = ("companyName", "companyWebsite", "intendedUsers", "industryOption", "useCases")
_LONGEST = {"otherIndustryOption": 128, "useCases": 8192}
_USERS = ("0", "1", "2")
_NO_FORM = "You have not filled out the request form. Fill out the form before getting access."


def get_availability(aws: Aws, call: Call) -> Reply:
    """Answer GetFoundationModelAvailability; a look at an agreement that is under way.

    Raises:
        Refused: 400 this is no model id; 404 the model has reached its end.
    """
    model = _model(aws, call, call.parameters["modelId"], anywhere=True)
    here = aws.catalogue.model(model.id, call.region) is not None
    status, problem = aws.access.status(model)
    agreement = {"status": status} | ({"errorMessage": problem} if problem else {})
    return json_reply(
        {
            "modelId": model.id,
            "agreementAvailability": agreement,
            "authorizationStatus": "AUTHORIZED" if aws.access.authorized else "NOT_AUTHORIZED",
            "entitlementAvailability": _available(aws.access.entitled(model)),
            "regionAvailability": _available(here),
        }
    )


def list_offers(aws: Aws, call: Call) -> Reply:
    """Answer ListFoundationModelAgreementOffers: one public offer, or none.

    Raises:
        Refused: the model is not known here or dead, or the type of offer is none.
    """
    choice(call.query.get("offerType", "ALL"), "offerType", ("ALL", "PUBLIC"))
    model = _model(aws, call, call.parameters["modelId"])
    offers = [_offer(aws, model)] if aws.access.needs_agreement(model) else []
    return json_reply({"modelId": model.id, "offers": offers})


def create_agreement(aws: Aws, call: Call) -> Reply:
    """Answer CreateFoundationModelAgreement: the agreement begins, and is PENDING for a while.

    Raises:
        Refused: the model or the offer is not known, or what `Access.agree` says.
    """
    body = read_body(call)
    model = _model(aws, call, body.get("modelId"))
    token = text(body.get("offerToken"), "offerToken", most=4096)
    if not aws.access.needs_agreement(model) or token != _offer(aws, model)["offerToken"]:
        raise invalid(f"The offer token is not one of an offer for {model.id}.")
    aws.access.agree(model, may_subscribe=lambda: may_subscribe(aws, call))
    return json_reply({"modelId": model.id}, status=202)


def delete_agreement(aws: Aws, call: Call) -> Reply:
    """Answer DeleteFoundationModelAgreement; the next call to the model begins a new one.

    Raises:
        Refused: the model is not known, or has no agreement.
    """
    aws.access.withdraw(_model(aws, call, read_body(call).get("modelId")))
    return json_reply({}, status=202)


def put_use_case(aws: Aws, call: Call) -> Reply:
    """Answer PutUseCaseForModelAccess: take the form, and open what waits for it.

    Raises:
        Refused: the form is too short, too long or not filled in.
    """
    form = _read_form(read_body(call).get("formData"))
    aws.access.submit(form)
    return json_reply({}, status=201)


def get_use_case(aws: Aws, call: Call) -> Reply:
    """Answer GetUseCaseForModelAccess. Raises Refused (404) where this account has sent no form."""
    form = aws.access.form
    if form is None:
        raise Refused(404, "ResourceNotFoundException", _NO_FORM)
    return json_reply({"formData": base64.b64encode(form).decode()})


def _model(aws: Aws, call: Call, model_id: Any, *, anywhere: bool = False) -> Model:
    named = text(model_id, "modelId", least=0, most=140, pattern=BASE_MODEL_ID)
    model = (
        next((m for m in aws.catalogue.models if m.id == named), None)
        if anywhere
        else aws.catalogue.model(named, call.region)
    )
    if model is None:
        raise unknown_model()
    if model.is_dead(call.now):
        raise dead_model()
    return model


def _offer(aws: Aws, model: Model) -> dict[str, Any]:
    """Return the offer of a model: the same for the same account."""
    digest = hashlib.sha256(f"{aws.account.account_id} {model.id}".encode()).digest()
    return {
        "offerId": f"offer-{digest.hex()[:13]}",
        "offerToken": base64.b64encode(digest).decode(),
        "termDetails": {
            "usageBasedPricingTerm": {"rateCard": []},
            "legalTerm": {},
            "supportTerm": {},
        },
    }


def _available(is_so: bool) -> str:
    return "AVAILABLE" if is_so else "NOT_AVAILABLE"


def _read_form(data: Any) -> bytes:
    if data is None:
        raise missing("formData")
    try:
        form = base64.b64decode(data, validate=True)
    except (binascii.Error, TypeError, ValueError):
        raise invalid("The value at 'formData' is not base64.") from None
    least, most = _FORM_BYTES
    if not least <= len(form) <= most:
        bound = f"greater than or equal to {least}"
        if len(form) > most:
            bound = f"less than or equal to {most}"
        raise broken_rule("", "formData", f"Member must have length {bound}")
    try:
        filled = json.loads(form)
    except (ValueError, RecursionError):
        filled = None
    if not isinstance(filled, dict):
        raise invalid("The form is not a JSON object.")
    for name in _FORM:
        text(filled.get(name), f"formData.{name}", most=_LONGEST.get(name, most))
    choice(filled["intendedUsers"], "formData.intendedUsers", _USERS)
    other = "otherIndustryOption"
    if filled.get(other) is not None:
        text(filled[other], f"formData.{other}", least=0, most=_LONGEST[other])
    return form
