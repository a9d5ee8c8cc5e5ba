"""From the model id of a call to a model that answers, or to the refusal AWS gives first.

The order is that of facts amazon-bedrock 2.11: pattern, known in this region, end of life (or lost,
for a legacy model the account has not used), profile needed. Ids of kinds that this account has
none of (custom and imported models, prompts, routers) are unknown ids.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from runthrough.emulator.aws.catalogue import Catalogue, Model, Route
from runthrough.emulator.aws.control.application_profiles import ApplicationProfiles
from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.gates.patterns import wildcard
from runthrough.emulator.aws.replies import Refused, invalid
from runthrough.emulator.world import ProvisionedModel

_ARN = re.compile(
    r"arn:aws:bedrock:(?P<region>[a-z0-9-]*):(?P<account>\d*):"
    r"(?P<kind>foundation-model|inference-profile|application-inference-profile|provisioned-model)"
    r"/(?P<id>.+)"
)
_MAX_ID = 2048
_LEGACY = (
    "Access denied. This Model is marked by provider as Legacy and you have not been actively using"
    " the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock"
)
_NOT_READY = "Model is not ready for inference. Wait and try your request again."
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


@dataclass(frozen=True)
class Target:
    """What an id stands for."""

    model: Model
    route: Route


class ModelIds:
    """The ids that this account can call models by.

    Args:
        catalogue: the models that exist.
        account_id: the account whose profiles may be named by ARN.
        application: the application inference profiles of the account.
        provisioned: the throughput it has bought.
        inactive: patterns of models that it has not used of late.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        *,
        account_id: str,
        application: ApplicationProfiles | None = None,
        provisioned: Iterable[ProvisionedModel] = (),
        inactive: tuple[str, ...] = (),
    ) -> None:
        self._catalogue = catalogue
        self._account_id = account_id
        self._application = application
        self._provisioned = {(p.region, p.id): p for p in provisioned}
        self._pattern = re.compile(MODEL_ID_PATTERN)
        self._known: dict[tuple[str, str], Target] = {}
        self._is_inactive = wildcard(inactive).fullmatch if inactive else None

    def open(self, model_id: str, *, region: str, now: datetime) -> Target:
        """Return what an id stands for.

        Raises:
            Refused: the id does not fit the pattern, is not known here, is of a model that is dead
                or that this account has lost, or needs an inference profile.
        """
        target = self.find(model_id, region=region)
        self._check_life(target.model, now)
        if target.route == "on-demand" and region not in target.model.on_demand:
            raise invalid(
                f"Invocation of model ID {model_id} with on-demand throughput isn\u2019t supported."
                " Retry your request with the ID or ARN of an inference profile that contains this"
                " model."
            )
        return target

    def find(self, model_id: str, *, region: str) -> Target:
        """Return what an id stands for, whether it can be called or not.

        Raises:
            Refused: the id does not fit the pattern or is not known here.
        """
        known = self._known.get((model_id, region))
        if known is not None:
            return known
        self._check_pattern(model_id)
        kind, name = self._from_arn(model_id, region)
        if kind == "provisioned-model":
            return self._find_provisioned(name, region)
        if kind == "application-inference-profile":
            return self._find_application(model_id, region)
        found = self._find_in_catalogue(kind, name, region)
        self._known[model_id, region] = found  # the catalogue never changes; what it has is finite
        return found

    def arns(self, model_id: str, *, region: str) -> tuple[str, ...]:
        """Return the ARNs a call by this id is about, for IAM: the profile's, then the models'.

        An id that is not known here is taken for a foundation model's.
        """
        application = self._application and self._application.get(model_id, region)
        if application:
            return (application.arn, *application.model_arns)
        prefix = f"arn:aws:bedrock:{region}:{self._account_id}:inference-profile/"
        profile = self._catalogue.profile(model_id.removeprefix(prefix), region)
        if profile is not None:
            return (prefix + profile.id, *profile.model_arns(region))
        if model_id.startswith("arn:"):
            return (model_id,)
        return (f"arn:aws:bedrock:{region}::foundation-model/{model_id}",)

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

    def _check_life(self, model: Model, now: datetime) -> None:
        if model.is_dead(now):
            raise dead_model()
        if self._is_inactive and self._is_inactive(model.id) and model.status(now) == "LEGACY":
            raise Refused(404, "ResourceNotFoundException", _LEGACY)

    def _from_arn(self, model_id: str, region: str) -> tuple[str, str]:
        """Return the kind and the name in an ARN of this region and account, or "" and the id."""
        if not model_id.startswith("arn:"):
            return "", model_id
        arn = _ARN.fullmatch(model_id)
        owner = "" if arn and arn["kind"] == "foundation-model" else self._account_id
        if arn is None or arn["region"] != region or arn["account"] != owner:
            raise unknown_model()
        return arn["kind"], arn["id"]

    def _find_in_catalogue(self, kind: str, name: str, region: str) -> Target:
        profile = self._catalogue.profile(name, region) if kind != "foundation-model" else None
        if profile is not None:
            return Target(profile.model, profile.route)
        model = self._catalogue.model(name, region) if kind != "inference-profile" else None
        if model is None:
            raise unknown_model()
        return Target(model, "on-demand")

    def _find_application(self, arn: str, region: str) -> Target:
        profile = self._application and self._application.get(arn, region)
        if not profile:
            raise unknown_model()
        return Target(profile.model, profile.route)

    def _find_provisioned(self, name: str, region: str) -> Target:
        bought = self._provisioned.get((region, name))
        model = bought and self._catalogue.model(bought.model, region)
        if not bought or not model:
            raise unknown_model()
        if bought.status not in {"InService", "Updating"}:
            raise Refused(429, "ModelNotReadyException", _NOT_READY)
        return Target(model, "provisioned")


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
