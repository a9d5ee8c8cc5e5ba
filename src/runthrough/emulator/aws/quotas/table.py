"""The quotas of Bedrock: their names, codes and values, and what a call by a route may take.

Source: facts amazon-bedrock 5.2; `quotas.yaml` says which figures are ours. Chosen here:

- a model has quotas for the routes it can be called by, and one for a day;
- the daily quota of plain ids and geographic profiles is one pot, and twice as large for the
  latter ("doubled for cross-region calls"); its default is half the cross-region tokens a minute,
  or the on-demand ones, times 1,440; that of a global profile is its own, 1,440 times its minute;
- a code the sheet does not know is `L-` and eight signs made from the quota's name;
- the quotas of the one-million-token context window are not emulated: the sheet has codes for them
  and no values.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from runthrough.emulator.aws.catalogue import Catalogue, Model, Route
from runthrough.emulator.aws.gates.patterns import last_fit, wildcard
from runthrough.emulator.world import QuotaValue
from runthrough.errors import EmulatorError

_MINUTES_A_DAY = 1440
LARGEST = 10_000_000_000
"""The largest value the API can write."""


def _figure(value: Any) -> Any:
    return {"value": value} if isinstance(value, int | float) else value


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Figure(_Part):
    """A code and a value, as far as they are known."""

    code: str | None = None
    value: float | None = None


_Known = Annotated[_Figure, BeforeValidator(_figure)]


class _Way(_Part):
    """The figures of one way to call a model."""

    rpm: _Known | Literal["none"] = _Figure()
    tpm: _Known = _Figure()
    tpd: _Known = _Figure()


class _Figures(_Part):
    """What the data file knows of one model."""

    on_demand: _Way = _Way()
    cross_region: _Way = _Way()
    global_: _Way = Field(default=_Way(), alias="global")
    daily: _Figure = _Figure()


class _File(_Part):
    """`quotas.yaml`."""

    otherwise: _Figures
    burndown: dict[str, int]
    models: dict[str, _Figures]


@dataclass(frozen=True)
class Quota:
    """One quota.

    Attributes:
        default: AWS's value.
        value: what the account has.
    """

    code: str
    name: str
    default: float
    value: float
    adjustable: bool = True


@dataclass(frozen=True)
class Limits:
    """What calls to one model by one route may take together; None = there is no such quota."""

    requests_a_minute: float | None
    tokens_a_minute: float
    tokens_a_day: float


class QuotaTable:
    """All quotas of an account, the same in each region.

    Args:
        catalogue: the models.
        overrides: what the account has that is not AWS's default.
        on_hold: whether AWS has put the account on hold, which leaves it nothing (facts 2.11).

    Raises:
        EmulatorError: an override fits no quota.
    """

    def __init__(
        self, catalogue: Catalogue, overrides: Iterable[QuotaValue] = (), *, on_hold: bool = False
    ) -> None:
        known = _read_figures()
        brands = _brands(catalogue)
        made = {model.id: _quotas_of(model, brands[model.id], known) for model in catalogue.models}
        self._burndown = {
            model.id: last_fit(known.burndown.items(), model.id) or 1 for model in catalogue.models
        }
        given = tuple((override, wildcard((override.quota,)).fullmatch) for override in overrides)
        _check(given, [q for quotas in made.values() for q in quotas.values()])
        applied = {
            model_id: {kind: _apply(quota, given, on_hold) for kind, quota in quotas.items()}
            for model_id, quotas in made.items()
        }
        self.quotas = tuple(quota for quotas in applied.values() for quota in quotas.values())
        self._by_code = {quota.code: quota for quota in self.quotas}
        self._limits = {
            (model_id, route): limits
            for model_id, quotas in applied.items()
            for route, limits in _limits_of(quotas).items()
        }

    def get(self, code: str) -> Quota | None:
        """Return the quota of a code, or None."""
        return self._by_code.get(code)

    def limits(self, model: Model, route: Route) -> Limits | None:
        """Return what calls to a model by a route may take, None where nothing bounds them."""
        return self._limits.get((model.id, route))

    def burndown(self, model: Model) -> int:
        """Return how many tokens of a quota an output token takes."""
        return self._burndown[model.id]


_Override = tuple[QuotaValue, Callable[[str], object]]
_PREFIXES = {
    "on_demand": "On-demand model inference",
    "cross_region": "Cross-region model inference",
    "global": "Global cross-region model inference",
}
_MEASURES = {"rpm": "requests per minute", "tpm": "tokens per minute", "tpd": "tokens per day"}


def _brands(catalogue: Catalogue) -> dict[str, str]:
    """Return how quotas call the models: two of one name go by their ids."""
    names = {model.id: f"{model.vendor} {model.name}" for model in catalogue.models}
    often = Counter(names.values())
    return {
        model.id: names[model.id] if often[names[model.id]] == 1 else f"{model.vendor} {model.id}"
        for model in catalogue.models
    }


def _quotas_of(model: Model, brand: str, known: _File) -> dict[str, Quota]:
    """Return a model's quotas by their kind, such as `cross_region.tpm` or `daily`."""
    figures, otherwise = known.models.get(model.id, _Figures()), known.otherwise
    made: dict[str, Quota] = {}
    for way, (given, usual) in {
        "on_demand": (figures.on_demand, otherwise.on_demand),
        "cross_region": (figures.cross_region, otherwise.cross_region),
        "global": (figures.global_, otherwise.global_),
    }.items():
        if way not in _ways(model):
            continue
        if given.rpm != "none" and usual.rpm != "none":
            made[f"{way}.rpm"] = _make(_name(way, "rpm", brand), given.rpm, usual.rpm.value)
        made[f"{way}.tpm"] = _make(_name(way, "tpm", brand), given.tpm, usual.tpm.value)
        if way == "global":
            a_day = made["global.tpm"].default * _MINUTES_A_DAY
            made["global.tpd"] = replace(
                _make(_name(way, "tpd", brand), given.tpd, a_day), adjustable=False
            )
    if "cross_region.tpm" in made:
        a_minute = made["cross_region.tpm"].default / 2
    elif "on_demand.tpm" in made:
        a_minute = made["on_demand.tpm"].default
    else:
        return made
    name = f"Model invocation max tokens per day for {brand} (doubled for cross-region calls)"
    made["daily"] = replace(_make(name, figures.daily, a_minute * _MINUTES_A_DAY), adjustable=False)
    return made


def _ways(model: Model) -> set[str]:
    ways = {"global" if prefix == "global" else "cross_region" for prefix in model.profiles}
    return ways | ({"on_demand"} if model.on_demand else set())


def _name(way: str, measure: str, brand: str) -> str:
    return f"{_PREFIXES[way]} {_MEASURES[measure]} for {brand}"


def _make(name: str, given: _Figure, usual: float | None) -> Quota:
    code = given.code or f"L-{hashlib.sha256(name.encode()).hexdigest()[:8].upper()}"
    value = given.value if given.value is not None else usual
    if value is None:
        raise EmulatorError(f"quotas.yaml has no value for {name}")
    return Quota(code, name, min(value, LARGEST), min(value, LARGEST))


def _apply(quota: Quota, overrides: Sequence[_Override], on_hold: bool) -> Quota:
    if on_hold:
        return replace(quota, value=0)
    for override, fits in reversed(overrides):
        if fits(quota.name) or fits(quota.code):
            return replace(quota, value=override.value)
    return quota


def _check(overrides: Iterable[_Override], quotas: Sequence[Quota]) -> None:
    for override, fits in overrides:
        if not any(fits(quota.name) or fits(quota.code) for quota in quotas):
            raise EmulatorError(f"aws.quotas: no quota has the name or code {override.quota!r}")


def _limits_of(quotas: Mapping[str, Quota]) -> dict[Route, Limits]:
    routes: dict[Route, tuple[str, str, int]] = {
        "on-demand": ("on_demand", "daily", 1),
        "cross-region": ("cross_region", "daily", 2),
        "global": ("global", "global.tpd", 1),
    }
    return {
        route: Limits(
            quotas[f"{way}.rpm"].value if f"{way}.rpm" in quotas else None,
            quotas[f"{way}.tpm"].value,
            quotas[daily].value * times,
        )
        for route, (way, daily, times) in routes.items()
        if f"{way}.tpm" in quotas
    }


def _read_figures() -> _File:
    text = (resources.files(__package__) / "quotas.yaml").read_text(encoding="utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # ten times as fast where it is built
    return _File.model_validate(yaml.load(text, Loader=loader))
