"""Amazon Bedrock: ask a model, and ask whether it is still alive.

Source: facts amazon-bedrock 2.4, 2.5 (Converse), 4.1 (InvokeModel), 3.1 (control plane).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from runthrough.clients.aws import client_config, make_session, translated
from runthrough.errors import ServiceError
from runthrough.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_bedrock import BedrockClient
    from mypy_boto3_bedrock_runtime import BedrockRuntimeClient

_PREFIXES = frozenset({"us", "us-gov", "eu", "apac", "au", "jp", "ca", "global"})


@dataclass(frozen=True)
class Reply:
    """What a model answered, and what it took."""

    text: str
    stop_reason: str
    input_tokens: int
    output_tokens: int


@dataclass(frozen=True)
class ModelStatus:
    """What the control plane says of a model.

    Attributes:
        base_id: the plain model behind an inference profile; the id itself where it is plain.
        lifecycle: ACTIVE, LEGACY, or whatever the service says.
        end_of_life: when it ends; None where the service names no date.
    """

    model_id: str
    base_id: str
    name: str
    lifecycle: str
    end_of_life: datetime | None


@dataclass(frozen=True)
class ModelAccess:
    """Whether this account may call a model: what the control plane says, member by member.

    Attributes:
        agreement: AVAILABLE, PENDING, NOT_AVAILABLE or ERROR, or whatever the service says.
        problem: what is wrong with the agreement, if the service tells.
    """

    agreement: str
    authorization: str
    entitlement: str
    region: str
    problem: str = ""


class Bedrock:
    """Both planes of Bedrock, through boto3."""

    def __init__(
        self, runtime: BedrockRuntimeClient, control: BedrockClient, *, settings: Settings
    ) -> None:
        self._runtime = runtime
        self._control = control
        self._settings = settings

    @classmethod
    def from_settings(cls, settings: Settings) -> Bedrock:
        """Make the clients. Raises SettingsError where the settings do not suffice."""
        session, config = make_session(settings), client_config()
        runtime = session.client(
            "bedrock-runtime",
            endpoint_url=settings.AWS_ENDPOINT_URL_BEDROCK_RUNTIME,
            config=config,
        )
        control = session.client(
            "bedrock", endpoint_url=settings.AWS_ENDPOINT_URL_BEDROCK, config=config
        )
        return cls(runtime, control, settings=settings)

    def close(self) -> None:
        """Close the connections."""
        self._runtime.close()
        self._control.close()

    def converse(
        self,
        text: str,
        *,
        system: str | None = None,
        model_id: str | None = None,
        max_tokens: int = 512,
    ) -> Reply:
        """Say one thing to a model and return its answer.

        Args:
            text: what the user says.
            system: instructions, if any.
            model_id: a model or inference profile; the setting BEDROCK_MODEL_ID where it is None.
            max_tokens: how long the answer may be.

        Raises:
            ServiceError: the service refused or did not answer.
        """
        with translated(self._settings):
            answer = self._runtime.converse(
                modelId=self._model_id(model_id),
                messages=[{"role": "user", "content": [{"text": text}]}],
                system=[] if system is None else [{"text": system}],
                inferenceConfig={"maxTokens": max_tokens},
            )
        blocks = answer["output"].get("message", {}).get("content", [])
        return Reply(
            text="".join(block.get("text", "") for block in blocks),
            stop_reason=answer["stopReason"],
            input_tokens=answer["usage"]["inputTokens"],
            output_tokens=answer["usage"]["outputTokens"],
        )

    def invoke(self, body: Mapping[str, Any], model_id: str | None = None) -> dict[str, Any]:
        """Send a vendor's body to a model and return the vendor's answer.

        Raises:
            ServiceError: the service refused, did not answer, or answered no JSON object.
        """
        named = self._model_id(model_id)
        with translated(self._settings):
            answer = self._runtime.invoke_model(modelId=named, body=json.dumps(body))
            content = answer["body"].read()
        try:
            read = json.loads(content)
        except ValueError as e:
            raise ServiceError(f"{named} answered something that is not JSON") from e
        if not isinstance(read, dict):
            raise ServiceError(f"{named} answered {type(read).__name__}, not an object")
        return read

    def model_status(self, model_id: str | None = None) -> ModelStatus:
        """Ask the control plane about a model, or about the model behind an inference profile.

        Raises:
            ServiceError: status 404 where the model has reached its end or the profile is not known
                in this region, 400 where the id is not one.
        """
        named = self._model_id(model_id)
        base_id = self._base_id(named)
        with translated(self._settings):
            details = self._control.get_foundation_model(modelIdentifier=base_id)["modelDetails"]
        life = details.get("modelLifecycle")
        return ModelStatus(
            model_id=named,
            base_id=base_id,
            name=details.get("modelName", ""),
            lifecycle="" if life is None else life["status"],
            end_of_life=None if life is None else life.get("endOfLifeTime"),
        )

    def model_access(self, base_id: str) -> ModelAccess:
        """Ask whether the account may call a model, by its plain id. Raises ServiceError."""
        with translated(self._settings):
            answer = self._control.get_foundation_model_availability(modelId=base_id)
        agreement = answer["agreementAvailability"]
        return ModelAccess(
            agreement=agreement["status"],
            authorization=answer["authorizationStatus"],
            entitlement=answer["entitlementAvailability"],
            region=answer["regionAvailability"],
            problem=agreement.get("errorMessage", ""),
        )

    def has_use_case_form(self) -> bool:
        """Whether this account has handed in the use-case form itself. Raises ServiceError."""
        try:
            with translated(self._settings):
                self._control.get_use_case_for_model_access()
        except ServiceError as e:
            if e.status == 404:
                return False
            raise
        return True

    def _base_id(self, model_id: str) -> str:
        is_profile = ":inference-profile/" in model_id or model_id.partition(".")[0] in _PREFIXES
        if not is_profile:
            return model_id
        with translated(self._settings):
            profile = self._control.get_inference_profile(inferenceProfileIdentifier=model_id)
        return profile["models"][0].get("modelArn", "").rpartition("/")[2]

    def _model_id(self, model_id: str | None) -> str:
        return model_id or self._settings.text("BEDROCK_MODEL_ID")
