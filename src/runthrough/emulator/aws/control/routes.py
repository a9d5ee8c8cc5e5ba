"""The operations of the control plane `bedrock` (facts amazon-bedrock 3.1)."""

from __future__ import annotations

from runthrough.emulator.aws.control.models import get_model, list_models
from runthrough.emulator.aws.control.profiles import get_profile, list_profiles
from runthrough.emulator.aws.operation import Operation

OPERATIONS = (
    Operation("ListFoundationModels", "GET", "/foundation-models", list_models),
    Operation("GetFoundationModel", "GET", "/foundation-models/{modelId}", get_model),
    Operation("ListInferenceProfiles", "GET", "/inference-profiles", list_profiles),
    Operation("GetInferenceProfile", "GET", "/inference-profiles/{profileId}", get_profile),
    Operation("CreateInferenceProfile", "POST", "/inference-profiles"),
    Operation("DeleteInferenceProfile", "DELETE", "/inference-profiles/{profileId}"),
)
