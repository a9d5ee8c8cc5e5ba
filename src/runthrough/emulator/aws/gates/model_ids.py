"""From the model id of a call to a model that answers, or to the refusal AWS gives first.

The order is that of facts amazon-bedrock 2.11: pattern, known in this region, end of life, profile
needed. Ids of kinds that this account has none of (application profiles, provisioned and custom
models, prompts, routers) are unknown ids.
"""

from __future__ import annotations

import re
from datetime import datetime

from runthrough.emulator.aws.catalogue import Catalogue, Model
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import Refused, invalid

_ARN = re.compile(
    r"arn:aws:bedrock:(?P<region>[a-z0-9-]*):(?P<account>\d*):"
    r"(?P<kind>foundation-model|inference-profile)/(?P<id>.+)"
)
_MAX_ID = 2048
_NAME = "[a-z0-9-]{1,63}"
_MODEL = f"{_NAME}[.]{{1}}{_NAME}([.:]?{_NAME})"
_ACCOUNT = "[0-9]{12}"
_PARTITION = "arn:aws(-[^:]+)?:bedrock:"

MODEL_ID_PATTERN = "|".join(
    (
        f"({_PARTITION}[a-z0-9-]{{1,20}}:(({_ACCOUNT}:custom-model/{_NAME}[.]{{1}}{_NAME}/[a-z0-9]{{12}})",
        f"(:foundation-model/{_MODEL})",
        f"({_ACCOUNT}:imported-model/[a-z0-9]{{12}})",
        f"({_ACCOUNT}:provisioned-model/[a-z0-9]{{12}})",
        f"({_ACCOUNT}:custom-model-deployment/[a-z0-9]{{12}})",
        f"({_ACCOUNT}:(inference-profile",
        "application-inference-profile)/[a-zA-Z0-9-:.]+)))",
        f"({_MODEL})",
        "(([0-9a-zA-Z][_-]?)+)",
        "([a-zA-Z0-9-:.]+)$",
        f"(^({_PARTITION}[a-z0-9-]{{1,20}}:{_ACCOUNT}:prompt/[0-9a-zA-Z]{{10}}(?::[0-9]{{1,5}})?))$",
        f"(^arn:aws:sagemaker:[a-z0-9-]+:{_ACCOUNT}:endpoint/[a-zA-Z0-9-]+$)",
        f"(^{_PARTITION}([0-9a-z-]{{1,20}}):({_ACCOUNT}):(default-)?prompt-router/[a-zA-Z0-9-:.]+$)",
    )
)
"""The pattern AWS publishes for the model id of a call, which its refusal quotes; a test compares
it with botocore's description of the service."""


class ModelIds:
    """The ids that this account can call models by.

    Args:
        catalogue: the models that exist.
        account_id: the account whose profiles may be named by ARN.
    """

    def __init__(self, catalogue: Catalogue, *, account_id: str) -> None:
        self._catalogue = catalogue
        self._account_id = account_id
        self._pattern = re.compile(MODEL_ID_PATTERN)

    def open(self, model_id: str, *, region: str, now: datetime) -> Model:
        """Return the model behind an id.

        Raises:
            Refused: the id does not fit the pattern, is not known here, is of a dead model, or
                needs an inference profile.
        """
        self._check_pattern(model_id)
        plain = self._from_arn(model_id, region)
        profile = self._catalogue.profile(plain, region)
        model = self._catalogue.model(plain, region) if profile is None else profile.model
        if model is None:
            raise unknown_model()
        if model.is_dead(now):
            raise dead_model()
        if profile is None and region not in model.on_demand:
            raise invalid(
                f"Invocation of model ID {model_id} with on-demand throughput isn\u2019t supported."
                " Retry your request with the ID or ARN of an inference profile that contains this"
                " model."
            )
        return model

    def _check_pattern(self, model_id: str) -> None:
        if len(model_id) > _MAX_ID:
            raise broken_rule(
                model_id, "modelId", f"Member must have length less than or equal to {_MAX_ID}"
            )
        if self._pattern.fullmatch(model_id) is None:
            raise broken_rule(
                model_id,
                "modelId",
                f"Member must satisfy regular expression pattern: {self._pattern.pattern}",
            )

    def _from_arn(self, model_id: str, region: str) -> str:
        """Return the plain id of an ARN that is of this region and account."""
        if not model_id.startswith("arn:"):
            return model_id
        arn = _ARN.fullmatch(model_id)
        owner = "" if arn and arn["kind"] == "foundation-model" else self._account_id
        if arn is None or arn["region"] != region or arn["account"] != owner:
            raise unknown_model()
        is_profile = self._catalogue.profile(arn["id"], region) is not None
        if is_profile != (arn["kind"] == "inference-profile"):
            raise unknown_model()
        return arn["id"]


def unknown_model() -> Refused:
    """Return the refusal of an id that this region does not know."""
    return invalid("The provided model identifier is invalid.")


def dead_model() -> Refused:
    """Return the refusal of a model whose life has ended."""
    return Refused(
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation"
        " for more details.",
    )
