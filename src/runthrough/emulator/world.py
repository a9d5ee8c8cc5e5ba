"""The world: everything the emulator pretends exists before the first request.

A world is a YAML file (shipped ones live in `worlds/`), read safely and checked whole, so that a
misspelt key is an error with its place and not a surprise at the third request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import yaml
from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
    field_validator,
)

from runthrough.emulator.mistakes import say
from runthrough.errors import EmulatorError

Clock = Callable[[], datetime]
"""Where the emulator asks for the time; tests put their own in."""

OPENAI_KEY = "runthrough-emulator"
"""The OpenAI key of a world that names none; it opens nothing anywhere else."""

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def utc_now() -> datetime:
    """Return the time of the machine, in UTC."""
    return datetime.now(UTC)


def _duration(value: object) -> object:
    match = re.fullmatch(r"(\d+)\s*([smhd])", value) if isinstance(value, str) else None
    if match is None:
        raise ValueError("a duration is a number and s, m, h or d, such as '12h'")
    return timedelta(**{_UNITS[match[2]]: int(match[1])})


Duration = Annotated[timedelta, BeforeValidator(_duration)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Organization(_Part):
    """The Confluent Cloud organization."""

    id: str
    name: str


class Environment(_Part):
    """One environment, which Flink calls a catalog."""

    id: str
    name: str
    package: Literal["ESSENTIALS", "ADVANCED"] = "ESSENTIALS"


class Cluster(_Part):
    """One Kafka cluster, which Flink calls a database."""

    id: str
    name: str
    kind: Literal["Basic", "Standard", "Dedicated", "Enterprise", "Freight"] = "Basic"
    availability: Literal["SINGLE_ZONE", "MULTI_ZONE", "LOW", "HIGH"] = "LOW"


class SchemaRegistry(_Part):
    """The environment's Schema Registry cluster."""

    id: str


class ComputePool(_Part):
    """One Flink compute pool."""

    id: str
    name: str
    max_cfu: int = 5


class Principal(_Part):
    """A user or service account.

    Attributes:
        password: what a user logs in with at the CLI; None = this user cannot log in.
    """

    id: str
    kind: Literal["User", "ServiceAccount"]
    name: str
    email: str = ""
    password: SecretStr | None = None


class ConfluentKey(_Part):
    """An API key of Confluent Cloud; `scope` is the kind of service it opens.

    Attributes:
        resource: the cluster, registry or Flink region (`aws.us-east-1`) it opens; "" = the one
            of this world.
        environment: where that is; "" = the world's.
    """

    id: str
    secret: SecretStr
    scope: Literal["cloud", "global", "flink", "kafka", "schema-registry", "tableflow"]
    owner: str
    resource: str = ""
    environment: str = ""


class RoleBinding(_Part):
    """A role of a principal on everything a CRN pattern covers."""

    id: str
    principal: str
    role_name: str
    crn_pattern: str


class AwsKey(_Part):
    """A pair of AWS keys; with a session token and a lifetime it is temporary.

    Attributes:
        lifetime: how long after the emulator's start the keys work; None = for ever.
    """

    access_key_id: str
    secret_access_key: SecretStr
    session_token: SecretStr | None = None
    lifetime: Duration | None = None
    arn: str


class BedrockKey(_Part):
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


class AwsRole(_Part):
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


class IamStatement(_Part):
    """One statement of the account's identity-based policies; `*` and `?` are wildcards.

    Attributes:
        principals: whom it is about: key ids or ARNs of users and role sessions.
        actions: such as `bedrock:Invoke*`.
        resources: ARNs; a call by an inference profile needs the profile's and those of the model
            in every region the profile routes to (facts amazon-bedrock 6.3).
    """

    effect: Literal["Allow", "Deny"]
    principals: tuple[str, ...] = Field(default=("*",), min_length=1)
    actions: tuple[str, ...] = Field(min_length=1)
    resources: tuple[str, ...] = Field(default=("*",), min_length=1)

    @field_validator("actions")
    @classmethod
    def _check_actions(cls, actions: tuple[str, ...]) -> tuple[str, ...]:
        for action in actions:
            if not re.fullmatch(r"\*|[a-z0-9-]+:[A-Za-z*?]+", action):
                raise ValueError(f"{action!r} is not an action such as 'bedrock:Invoke*'")
        return actions

    @field_validator("resources")
    @classmethod
    def _check_resources(cls, resources: tuple[str, ...]) -> tuple[str, ...]:
        for resource in resources:
            if resource != "*" and not resource.startswith("arn:"):
                raise ValueError(f"{resource!r} is neither '*' nor an ARN")
        return resources


class ModelAccess(_Part):
    """How far the account has come with access to models (facts amazon-bedrock 3.2).

    Attributes:
        standing: `hold` = AWS has put the account on hold; `barred` = it may not use Bedrock.
        use_case_form: Anthropic's form; `inherited` = the organization's management account did.
        form_takes: how long after it was handed in the form counts.
        agreements: by model id (`*` and `?` are wildcards, the last one that fits counts): whether
            the Marketplace agreement is there; `denied` = AWS has withdrawn the model. Vendors
            without a Marketplace product need none.
        agreement_takes: how long a new agreement is PENDING by the world's clock; None = as
            `agreement_reads` says.
        agreement_reads: how many looks (reads of availability, or calls) see it PENDING.
        payment: whether the account has a valid payment method.
        inactive_models: models (wildcards as above) the account has not used of late: it loses
            them as soon as they are LEGACY.
    """

    standing: Literal["good", "hold", "barred"] = "good"
    use_case_form: Literal["submitted", "missing", "inherited"] = "submitted"
    form_takes: Duration = timedelta()
    agreements: dict[str, Literal["available", "pending", "none", "denied"]] = Field(
        default_factory=dict
    )
    agreement_takes: Duration | None = None
    agreement_reads: int = Field(default=1, ge=0)
    payment: Literal["valid", "invalid"] = "valid"
    inactive_models: tuple[str, ...] = ()


class QuotaValue(_Part):
    """What the account has of a quota, where that is not AWS's default.

    Attributes:
        quota: its code, or its name; `*` and `?` are wildcards. The last one that fits counts.
    """

    quota: str = Field(min_length=1)
    value: float = Field(ge=0, le=10_000_000_000, allow_inf_nan=False)


class ProvisionedModel(_Part):
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


class WordPolicy(_Part):
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


class Guardrail(_Part):
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


class AwsAccount(_Part):
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


class OpenAiKey(_Part):
    """An API key of OpenAI."""

    secret: SecretStr = Field(min_length=1)


def _known_openai_key() -> tuple[OpenAiKey, ...]:
    return (OpenAiKey(secret=SecretStr(OPENAI_KEY)),)


class OpenAiAccount(_Part):
    """The OpenAI organization the labs call, and what it may use of it.

    Attributes:
        organization: the id that headers and refusals name.
        keys: what opens it; a world that names none has OPENAI_KEY.
        requests_per_minute: of each model; None = any number.
        tokens_per_minute: of each model; None = any number.
        quota_tokens: how many tokens are paid for, until a reset; None = any number.
    """

    organization: str = "org-runthrough"
    keys: tuple[OpenAiKey, ...] = Field(default_factory=_known_openai_key, min_length=1)
    requests_per_minute: int | None = Field(default=None, ge=1)
    tokens_per_minute: int | None = Field(default=None, ge=1)
    quota_tokens: int | None = Field(default=None, ge=0)


class Propagation(_Part):
    """How often something new is refused before it works, in the pace `instant`.

    Attributes:
        keys: uses of a new API key that are answered 401.
        role_bindings: uses of a new role that are answered 403.
    """

    keys: int = Field(default=0, ge=0)
    role_bindings: int = Field(default=0, ge=0)


class World(_Part):
    """A whole world file.

    Attributes:
        role_bindings: None = users administer the organization, service accounts the environment.
        storage: the folder of Tableflow's own tables; None = one that goes with the emulator.
    """

    organization: Organization
    cloud: str
    region: str
    regions: tuple[str, ...]
    environment: Environment
    cluster: Cluster
    schema_registry: SchemaRegistry
    compute_pool: ComputePool
    principals: tuple[Principal, ...] = Field(min_length=1)
    keys: tuple[ConfluentKey, ...]
    role_bindings: tuple[RoleBinding, ...] | None = None
    propagation: Propagation = Propagation()
    aws: AwsAccount
    openai: OpenAiAccount = Field(default_factory=OpenAiAccount)
    storage: Path | None = None

    def key(self, scope: str) -> ConfluentKey:
        """Return the first key of that scope. Raises EmulatorError where the world has none."""
        for key in self.keys:
            if key.scope == scope:
                return key
        raise EmulatorError(f"this world has no API key of scope {scope!r}")


def read_world(source: str | Path = "default") -> World:
    """Read a shipped world by its name, or a world file by its path.

    Raises:
        EmulatorError: no such world, not YAML, or a key or value that does not fit, by place.
    """
    path = Path(source)
    shipped = resources.files("runthrough.emulator") / "worlds" / f"{source}.yaml"
    if path.suffix not in {".yaml", ".yml"} and shipped.is_file():
        text, name = shipped.read_text(encoding="utf-8"), str(source)
    elif path.is_file():
        text, name = path.read_text(encoding="utf-8"), str(path)
    else:
        raise EmulatorError(f"there is no world {str(source)!r}: neither a shipped one nor a file")
    try:
        return World.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as e:
        raise EmulatorError(f"{name} is not YAML: {e}") from e
    except ValidationError as e:
        raise EmulatorError(f"{name} is not a world: {say(e, World, text)}") from None
