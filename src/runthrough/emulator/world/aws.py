"""The AWS account of a world: keys, roles, and what it has of Bedrock."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import Field, SecretStr, ValidationError, field_validator

from runthrough.emulator.mistakes import say
from runthrough.emulator.world.access import IamStatement, ModelAccess, QuotaValue
from runthrough.emulator.world.parts import Duration, Part
from runthrough.errors import EmulatorError


class AwsKey(Part):
    """A pair of AWS keys; with a session token and a lifetime it is temporary.

    Attributes:
        lifetime: how long after the emulator's start the keys work; None = for ever.
    """

    access_key_id: str
    secret_access_key: SecretStr
    session_token: SecretStr | None = None
    lifetime: Duration | None = None
    arn: str


class BedrockKey(Part):
    """A long-term API key of Bedrock, which clients send as a bearer token.

    Attributes:
        id: what it is called here; clients never send it.
        arn: the IAM user behind it.
        lifetime: how long after the emulator's start it works; None = for ever.
    """

    id: str
    secret: SecretStr
    arn: str
    lifetime: Duration | None = None


class AwsRole(Part):
    """A role that can be assumed.

    Attributes:
        trusts: the ARNs that may assume it; `*` in them stands for anything.
        max_session: the longest a session of it may last.
        external_id: what has to be given along; None = nothing.
    """

    name: str
    trusts: tuple[str, ...]
    max_session: Duration = timedelta(hours=1)
    external_id: str | None = None


class ProvisionedModel(Part):
    """Throughput that the account has bought.

    Attributes:
        id: 12 letters and digits, the end of its ARN.
        model: the plain id of a foundation model.
    """

    id: str = Field(pattern=r"^[a-z0-9]{12}$")
    name: str = Field(pattern=r"^([0-9a-zA-Z][_-]?)+$", max_length=63)
    model: str
    region: str
    units: int = Field(default=1, ge=1)
    status: Literal["Creating", "InService", "Updating", "Failed"] = "InService"
    commitment: Literal["OneMonth", "SixMonths"] | None = None
    failure: str = Field(default="", max_length=2048)

    def arn(self, account_id: str) -> str:
        """Return its ARN in an account."""
        return f"arn:aws:bedrock:{self.region}:{account_id}:provisioned-model/{self.id}"


class WordPolicy(Part):
    """What one version of a guardrail stops, and what it says instead.

    Attributes:
        words: words and phrases; small and capital letters are the same.
        blocked_input: the answer where a prompt holds one of them.
        blocked_output: the answer where the model's answer does.
    """

    words: tuple[Annotated[str, Field(max_length=100, pattern=r"\S")], ...] = ()
    blocked_input: str = Field(min_length=1, max_length=500)
    blocked_output: str = Field(min_length=1, max_length=500)


GuardrailVersion = Annotated[str, Field(pattern=r"^([1-9][0-9]{0,7}|DRAFT)$")]


class Guardrail(Part):
    """A guardrail of Bedrock; it is there in every region of the account.

    Attributes:
        versions: `DRAFT` has to be there, numbered ones may.
    """

    id: str = Field(pattern=r"^[a-z0-9]{1,64}$")
    name: str = Field(pattern=r"^[0-9a-zA-Z_-]{1,50}$")
    description: str = Field(default="", max_length=200)
    versions: Mapping[GuardrailVersion, WordPolicy]

    @field_validator("versions")
    @classmethod
    def _check_versions(cls, given: Mapping[str, WordPolicy]) -> Mapping[str, WordPolicy]:
        if "DRAFT" not in given:
            raise ValueError("a guardrail has a version DRAFT")
        return given


class AwsAccount(Part):
    """The AWS account the labs call Bedrock with.

    Attributes:
        bedrock_regions: regions whose Bedrock endpoint this account may use.
        closed_regions: regions that a policy of its organization denies: as the place a call is
            made in, and as a place that an inference profile may route it to.
        model_id: the inference profile `runthrough emulate` exports as BEDROCK_MODEL_ID.
        iam: what its users and roles may do; None = everything.
        quotas: what differs from AWS's default quotas.
        s3_endpoint: where Tableflow finds the buckets of this account; None = the setting
            AWS_ENDPOINT_URL_S3 says it. The emulator has no S3 of its own.
        guardrails: those of Bedrock that the account has.
    """

    account_id: str
    bedrock_regions: tuple[str, ...]
    closed_regions: tuple[str, ...] = ()
    model_id: str
    keys: tuple[AwsKey, ...] = Field(min_length=1)
    iam: tuple[IamStatement, ...] | None = None
    access: ModelAccess = ModelAccess()
    quotas: tuple[QuotaValue, ...] = ()
    provisioned_models: tuple[ProvisionedModel, ...] = ()
    roles: tuple[AwsRole, ...] = ()
    bedrock_keys: tuple[BedrockKey, ...] = ()
    s3_endpoint: str | None = None
    guardrails: tuple[Guardrail, ...] = ()

    def with_members(self, more: Mapping[str, Any]) -> AwsAccount:
        """Return this account with other members; maps are merged, all else is replaced.

        Raises:
            EmulatorError: the members make no account; says which and why.
        """
        try:
            return AwsAccount.model_validate(_merged(self.model_dump(), more))
        except ValidationError as e:
            raise EmulatorError(f"this makes no AWS account: {say(e, AwsAccount)}") from None


def _merged(known: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(known)
    for name, value in more.items():
        both = isinstance(value, Mapping) and isinstance(merged.get(name), Mapping)
        merged[name] = _merged(merged[name], value) if both else value
    return merged
