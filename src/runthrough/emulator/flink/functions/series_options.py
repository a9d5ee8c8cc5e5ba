"""The JSON that configures the detection of anomalies and forecasts.

Source: facts/flink-sql-ai.md 4.2 (the keys, the values seen, 99.0 and 3.0 as defaults). Other
defaults and the ranges were not reachable: they, and the wording of refusals, are ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LARGEST_TRAINING = 10_000
"""The most values a model is trained on."""


class SeriesOptionError(Exception):
    """A configuration that is not taken; says which key and why."""


@dataclass(frozen=True)
class SeriesOptions:
    """What a call asks for.

    Attributes:
        p, d, q: orders of the model; None = chosen automatically.
        least, most: how many values are needed before the first forecast, and kept.
        confidence: of the interval, in percent.
        horizon: how many steps a forecast has.
        errors: over how many forecasts the error is averaged.
    """

    p: int | None = None
    d: int | None = None
    q: int | None = None
    least: int = 128
    most: int = 512
    confidence: float = 99.0
    seasonal: bool = False
    horizon: int = 1
    errors: int = 5


@dataclass(frozen=True)
class RobustOptions:
    """What a call of the robust detection asks for; `window` in rows."""

    window: int = 20
    threshold: float = 3.0
    impute: bool = False


@dataclass(frozen=True)
class _Key:
    name: str
    kind: type
    low: float = 0
    high: float = float("inf")
    open: bool = False


_ORDER = {"p": 10, "d": 2, "q": 10}
_ARIMA = {
    **{key: _Key(key, int, 0, most) for key, most in _ORDER.items()},
    "minTrainingSize": _Key("least", int, 2, LARGEST_TRAINING),
    "maxTrainingSize": _Key("most", int, 2, LARGEST_TRAINING),
    "confidencePercentage": _Key("confidence", float, 0, 100, open=True),
    "enableStl": _Key("seasonal", bool),
    "horizon": _Key("horizon", int, 1, 1000),
    "evalWindowSize": _Key("errors", int, 1, LARGEST_TRAINING),
}
_MODEL = {
    "minContextSize": _Key("least", int, 2, LARGEST_TRAINING),
    "maxContextSize": _Key("most", int, 2, LARGEST_TRAINING),
    "horizon": _ARIMA["horizon"],
    "confidencePercentage": _ARIMA["confidencePercentage"],
}
_ROBUST = {
    "window": _Key("window", int, 2, LARGEST_TRAINING),
    "threshold": _Key("threshold", float, 0, open=True),
    "imputeOutliers": _Key("impute", bool),
}

MODEL_DEFAULTS = SeriesOptions(least=16, seasonal=True)
"""Of AI_DETECT_ANOMALIES and AI_FORECAST: how our stand-in for the foundation model is set."""


def read_arima_options(text: str | None) -> SeriesOptions:
    """Return the options of ML_DETECT_ANOMALIES and ML_FORECAST. Raises SeriesOptionError."""
    return _series(text, _ARIMA, SeriesOptions())


def read_model_options(text: str | None) -> SeriesOptions:
    """Return the options of AI_DETECT_ANOMALIES and AI_FORECAST. Raises SeriesOptionError."""
    return _series(text, _MODEL, MODEL_DEFAULTS)


def read_robust_options(text: str | None) -> RobustOptions:
    """Return the options of ML_DETECT_ANOMALIES_ROBUST. Raises SeriesOptionError."""
    return RobustOptions(**_read(text, _ROBUST))


def _series(text: str | None, keys: Mapping[str, _Key], base: SeriesOptions) -> SeriesOptions:
    given = _read(text, keys)
    found = SeriesOptions(**{**vars(base), **given})
    if found.most < found.least:
        names = {key.name: written for written, key in keys.items()}
        if "most" in given and "least" in given:
            raise SeriesOptionError(
                f"'{names['most']}' ({found.most}) must not be less than '{names['least']}' "
                f"({found.least})"
            )
        # Only one of the two is given, and the other's default does not go with it.
        size = given.get("least", given.get("most"))
        found = SeriesOptions(**{**vars(found), "least": size, "most": size})
    return found


def _read(text: str | None, keys: Mapping[str, _Key]) -> dict[str, Any]:
    if text is None:
        return {}
    try:
        given = json.loads(text)
    except ValueError:
        given = None
    if not isinstance(given, dict):
        raise SeriesOptionError("the configuration must be a JSON object")
    found = {}
    for name, value in given.items():
        key = keys.get(name)
        if key is None:
            raise SeriesOptionError(
                f"unknown configuration key '{name}'. Known keys: {', '.join(keys)}"
            )
        if value is not None:
            found[key.name] = _checked(name, key, value)
    return found


def _checked(name: str, key: _Key, value: Any) -> Any:
    if key.kind is bool:
        if isinstance(value, bool):
            return value
        raise SeriesOptionError(f"'{name}' must be TRUE or FALSE, not {json.dumps(value)}")
    number = isinstance(value, int | float) and not isinstance(value, bool)
    whole = number and (key.kind is float or value == int(value))
    inside = whole and key.low <= value <= key.high
    if inside and key.open:
        inside = key.low < value < key.high
    if inside:
        return int(value) if key.kind is int else float(value)
    what = "a whole number" if key.kind is int else "a number"
    if key.high == float("inf"):
        bounds = f"above {key.low:g}"
    else:
        joined = "between" if not key.open else "strictly between"
        bounds = f"{joined} {key.low:g} and {key.high:g}"
    raise SeriesOptionError(f"'{name}' must be {what} {bounds}, not {json.dumps(value)}")
