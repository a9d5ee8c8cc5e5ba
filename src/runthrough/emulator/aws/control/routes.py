"""The operations of the control plane `bedrock` (facts amazon-bedrock 3.1)."""

from __future__ import annotations

from runthrough.emulator.aws.control.access import (
    create_agreement,
    delete_agreement,
    get_availability,
    get_use_case,
    list_offers,
    put_use_case,
)
from runthrough.emulator.aws.control.guardrail_writes import (
    create_guardrail,
    create_version,
    delete_guardrail,
    update_guardrail,
)
from runthrough.emulator.aws.control.guardrails import get_guardrail, list_guardrails
from runthrough.emulator.aws.control.models import get_model, list_models
from runthrough.emulator.aws.control.profiles import (
    create_profile,
    delete_profile,
    get_profile,
    list_profiles,
)
from runthrough.emulator.aws.control.provisioned import get_provisioned, list_provisioned
from runthrough.emulator.aws.control.tags import (
    get_logging,
    list_tags,
    tag_resource,
    untag_resource,
)
from runthrough.emulator.aws.operation import Operation

_PROFILE = "/inference-profiles/{profileId}"
_AVAILABILITY = "/foundation-model-availability/{modelId}"
_OFFERS = "/list-foundation-model-agreement-offers/{modelId}"
_AGREE = "/create-foundation-model-agreement"
_END = "/delete-foundation-model-agreement"
_FORM = "/use-case-for-model-access"
_BOUGHT = "/provisioned-model-throughput/{provisionedModelId}"
_LOGGING = "/logging/modelinvocations"

_GUARDRAIL = "/guardrails/{guardrailIdentifier}"
OPERATIONS = (
    Operation("ListFoundationModels", "GET", "/foundation-models", list_models),
    Operation("GetFoundationModel", "GET", "/foundation-models/{modelId}", get_model),
    Operation("ListInferenceProfiles", "GET", "/inference-profiles", list_profiles),
    Operation("GetInferenceProfile", "GET", _PROFILE, get_profile),
    Operation("CreateInferenceProfile", "POST", "/inference-profiles", create_profile),
    Operation("DeleteInferenceProfile", "DELETE", _PROFILE, delete_profile),
    Operation("GetFoundationModelAvailability", "GET", _AVAILABILITY, get_availability),
    Operation("ListFoundationModelAgreementOffers", "GET", _OFFERS, list_offers),
    Operation("CreateFoundationModelAgreement", "POST", _AGREE, create_agreement),
    Operation("DeleteFoundationModelAgreement", "POST", _END, delete_agreement),
    Operation("PutUseCaseForModelAccess", "POST", _FORM, put_use_case),
    Operation("GetUseCaseForModelAccess", "GET", _FORM, get_use_case),
    Operation(
        "ListProvisionedModelThroughputs", "GET", "/provisioned-model-throughputs", list_provisioned
    ),
    Operation("GetProvisionedModelThroughput", "GET", _BOUGHT, get_provisioned),
    Operation("GetModelInvocationLoggingConfiguration", "GET", _LOGGING, get_logging),
    Operation("ListTagsForResource", "POST", "/listTagsForResource", list_tags),
    Operation("TagResource", "POST", "/tagResource", tag_resource),
    Operation("UntagResource", "POST", "/untagResource", untag_resource),
    Operation("ListGuardrails", "GET", "/guardrails", list_guardrails),
    Operation("GetGuardrail", "GET", _GUARDRAIL, get_guardrail),
    Operation("CreateGuardrail", "POST", "/guardrails", create_guardrail, note="policies of words"),
    Operation("CreateGuardrailVersion", "POST", _GUARDRAIL, create_version),
    Operation("UpdateGuardrail", "PUT", _GUARDRAIL, update_guardrail, note="policies of words"),
    Operation("DeleteGuardrail", "DELETE", _GUARDRAIL, delete_guardrail),
)
