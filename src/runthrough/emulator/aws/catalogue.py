"""The models of Bedrock, their profiles and their ends, as `catalogue.yaml` lists them.

Sources: facts amazon-bedrock 2.3 (forms of a model id), 3.1 (shapes), 4.13, 4.14, 5.1.
"""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, time
from functools import cached_property
from importlib import resources
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Route = Literal["on-demand", "cross-region", "global", "provisioned"]
"""How a call reaches its model, which decides the quota it falls under (facts 5.2)."""

_LEGACY_MONTHS = 6
_EXTENDED_AFTER = 3

Feature = Literal[
    "system",
    "tools",
    "tool_choice",
    "streaming_tools",
    "stops",
    "images",
    "documents",
    "video",
]
ALL_FEATURES: tuple[Feature, ...] = (
    "system",
    "tools",
    "tool_choice",
    "streaming_tools",
    "stops",
    "images",
    "documents",
)
"""What Claude 3 and later have."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Geography(_Part):
    """Where profiles of one prefix may be called from, and where they route to.

    Attributes:
        regions: where they may be called from.
        destinations: where they route to, at most five (facts 3.1); () = the same regions.
    """

    name: str
    regions: tuple[str, ...]
    destinations: tuple[str, ...] = ()


class Model(_Part):
    """One foundation model.

    Attributes:
        id: the plain id, without a profile's prefix.
        name: at most 20 characters, as in the service's answers.
        api: the shape of its InvokeModel body.
        context: tokens that input and output may hold together.
        max_output: tokens an answer may have.
        profiles: the prefixes it has inference profiles for.
        on_demand: the regions in which the plain id may be called.
        sampling: whether temperature and top_p may be given: both, one of them, none.
        prefill: whether the last turn may be the assistant's.
        features: what a request may use; see `catalogue.yaml`.
        thinking: how it may be told to think: not at all, with a budget, adaptively, or both.
        cache_minimum: tokens the beginning of a prompt needs to be kept; 0 = it keeps none.
        destinations: by prefix, where its profiles route to, where that is not the geography's.
        legacy: the day from which its status is LEGACY; where only its end is known, half a year
            before that, which is the least AWS promises.
        end_of_life: the first day on which it is gone.
        launched: the day its life began.
    """

    id: str
    name: str = Field(max_length=20)
    vendor: str
    api: str
    context: int = 0
    max_output: int = 0
    profiles: tuple[str, ...] = ()
    on_demand: tuple[str, ...] = ()
    sampling: Literal["both", "one-of", "none"] = "both"
    prefill: bool = True
    input: tuple[str, ...] = ("TEXT", "IMAGE")
    output: tuple[str, ...] = ("TEXT",)
    streaming: bool = True
    features: tuple[Feature, ...] = ALL_FEATURES
    thinking: Literal["none", "budget", "adaptive", "both"] = "none"
    cache_minimum: int = Field(default=0, ge=0)
    destinations: dict[str, tuple[str, ...]] = {}
    launched: date | None = None
    legacy: date | None = None
    end_of_life: date | None = None

    @model_validator(mode="after")
    def _check_life(self) -> Model:
        days = [day for day in (self.launched, self.legacy, self.end_of_life) if day is not None]
        if days != sorted(days):
            raise ValueError(f"the life of {self.id} runs backwards")
        return self

    @property
    def legacy_from(self) -> date | None:
        """The day from which it is LEGACY, None where its end is not known (facts 4.13)."""
        if self.legacy is None and self.end_of_life is not None:
            return add_months(self.end_of_life, -_LEGACY_MONTHS)
        return self.legacy

    @property
    def extended_access_from(self) -> date | None:
        """The day from which only public extended access is left (facts 4.13: the earliest)."""
        legacy = self.legacy_from
        return None if legacy is None else add_months(legacy, _EXTENDED_AFTER)

    def is_dead(self, now: datetime) -> bool:
        """Whether the model has reached its end at that time."""
        return self.end_of_life is not None and now >= midnight(self.end_of_life)

    def status(self, now: datetime) -> str:
        """Return ACTIVE or LEGACY."""
        legacy = self.legacy_from
        return "LEGACY" if legacy is not None and now >= midnight(legacy) else "ACTIVE"

    def arn(self, region: str) -> str:
        """Return the model's ARN in a region; its account is empty (facts 3.1)."""
        return f"arn:aws:bedrock:{region}::foundation-model/{self.id}"

    @property
    def brand(self) -> str:
        """The vendor's own name of the model, without `anthropic.` and version: `claude-opus-5`."""
        return self.id.partition(".")[2].partition(":")[0].removesuffix("-v1")


class Profile(_Part):
    """A system-defined inference profile: one model, called through one geography."""

    prefix: str
    geography: Geography
    model: Model

    @property
    def id(self) -> str:
        """The id callers use, such as `us.anthropic.claude-sonnet-4-6`."""
        return f"{self.prefix}.{self.model.id}"

    def model_arns(self, region: str) -> tuple[str, ...]:
        """Return the ARNs a call from this region may be sent to.

        A global profile names the model of its own region and the one without a region (facts
        5.1 and open point 11: unverified).
        """
        if self.prefix == "global":
            return (self.model.arn(region), self.model.arn(""))
        return tuple(self.model.arn(place) for place in self.destinations)

    @property
    def destinations(self) -> tuple[str, ...]:
        """The regions a call may be sent to."""
        own = self.model.destinations.get(self.prefix)
        return own or self.geography.destinations or self.geography.regions

    @property
    def route(self) -> Route:
        """How a call by this profile reaches the model."""
        return "global" if self.prefix == "global" else "cross-region"


class Catalogue(_Part):
    """Everything Bedrock offers, in every region.

    Attributes:
        form_vendors: those who want a use-case form first.
        vendors_without_agreement: those who have no Marketplace product (facts 3.2).
    """

    geographies: dict[str, Geography]
    form_vendors: frozenset[str]
    vendors_without_agreement: frozenset[str]
    models: tuple[Model, ...]

    @cached_property
    def regions(self) -> frozenset[str]:
        """Every region that has Bedrock."""
        named = {region for place in self.geographies.values() for region in place.regions}
        return frozenset(named | {region for model in self.models for region in model.on_demand})

    @cached_property
    def _models_by_id(self) -> dict[str, Model]:
        return {model.id: model for model in self.models}

    @cached_property
    def _profiles_by_id(self) -> dict[str, Profile]:
        profiles = (
            Profile(prefix=prefix, geography=self.geographies[prefix], model=model)
            for model in self.models
            for prefix in model.profiles
        )
        return {profile.id: profile for profile in profiles}

    def model(self, model_id: str, region: str) -> Model | None:
        """Return the model with this plain id if the region knows it, dead or alive."""
        model = self._models_by_id.get(model_id)
        return model if model is not None and self._is_known(model, region) else None

    def profile(self, profile_id: str, region: str) -> Profile | None:
        """Return the profile with this id if it can be called from the region, dead or alive."""
        profile = self._profiles_by_id.get(profile_id)
        return profile if profile is not None and region in profile.geography.regions else None

    def profiles(self, region: str) -> tuple[Profile, ...]:
        """Return every profile that can be called from the region, dead or alive."""
        return tuple(
            profile
            for profile in self._profiles_by_id.values()
            if region in profile.geography.regions
        )

    def in_region(self, region: str) -> tuple[Model, ...]:
        """Return every model the region knows, dead or alive."""
        return tuple(model for model in self.models if self._is_known(model, region))

    def _is_known(self, model: Model, region: str) -> bool:
        return region in model.on_demand or any(
            region in self.geographies[prefix].regions for prefix in model.profiles
        )


def add_months(day: date, months: int) -> date:
    """Return the same day so many months on; the last of a month that is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def midnight(day: date) -> datetime:
    """Return the first moment of a day, UTC."""
    return datetime.combine(day, time(), UTC)


def read_catalogue() -> Catalogue:
    """Read the catalogue that is shipped with the emulator."""
    text = (resources.files(__package__) / "catalogue.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it is built
    return Catalogue.model_validate(yaml.load(text, Loader=loader))
