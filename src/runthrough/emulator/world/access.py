"""What an AWS account may do and how far it has come: policies, access to models, quotas."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Literal

from pydantic import Field, field_validator

from runthrough.emulator.world.parts import Duration, Part


class IamStatement(Part):
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


class ModelAccess(Part):
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


class QuotaValue(Part):
    """What the account has of a quota, where that is not AWS's default.

    Attributes:
        quota: its code, or its name; `*` and `?` are wildcards. The last one that fits counts.
    """

    quota: str = Field(min_length=1)
    value: float = Field(ge=0, le=10_000_000_000, allow_inf_nan=False)
