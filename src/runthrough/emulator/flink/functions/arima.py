"""ARIMA models of short series: estimated by statsmodels, forecast by their recursion.

Orders that are not given are chosen by AIC among a few. Everything here is a pure function of its
arguments. Source: facts/flink-sql-ai.md 4.2 (p, d, q, enableStl); how Confluent Cloud estimates is
not documented, so numbers differ from the live target's.

scipy and statsmodels take a second of a processor to import: that is done where a model first needs
them. One of all orders 0, a mean and its noise, never does.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from statistics import NormalDist
from threading import Lock

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

CANDIDATES = ((0, 0), (1, 0), (0, 1), (1, 1), (2, 1))
"""Pairs of p and q that are tried where neither is given."""

MOST_DIFFERENCES = 2
CALMER = 0.5
"""What differences must leave of the variance to be worth it."""

SEASONAL_CORRELATION = 0.3
"""How like itself a series must be one period later for the period to count."""

_LARGEST = 0.999
"""How large the inverse of a root may be."""

_QUIET = Lock()
"""Held while warnings are silent, which Python can only be for all threads at once."""

_SMALLEST_SIGMA = 1e-6
"""Relative to the values: a series without any noise still has rounding errors."""


@dataclass(frozen=True)
class Order:
    """The orders of a model; None = to be chosen.

    Attributes:
        drift: whether a model of differences may go up or down on the whole.
    """

    p: int | None = None
    d: int | None = None
    q: int | None = None
    drift: bool = True


@dataclass(frozen=True)
class Arima:
    """An estimated model.

    Attributes:
        ar, ma: the coefficients. mean: of the differenced series. sigma: of the noise.
        period: of the season that was taken out, 0 without one.
    """

    ar: tuple[float, ...]
    d: int
    ma: tuple[float, ...]
    mean: float
    sigma: float
    aic: float
    period: int = 0

    @property
    def order(self) -> Order:
        """The orders that were given or chosen."""
        return Order(len(self.ar), self.d, len(self.ma))


@dataclass(frozen=True)
class Forecast:
    """Expected values of the next steps and half the width of their interval."""

    expected: tuple[float, ...]
    margin: tuple[float, ...]


def estimate(history: list[float], order: Order, *, seasonal: bool) -> Arima:
    """Return the model of a series of at least two values."""
    series = np.asarray(history, dtype=float)
    period = find_period(series) if seasonal else 0
    if period:
        series = series - _season(series, period)
    d = _differences(series) if order.d is None else order.d
    d = min(d, len(series) - 1)
    differenced = np.diff(series, d)
    ps = sorted({p for p, _ in CANDIDATES}) if order.p is None else [order.p]
    qs = sorted({q for _, q in CANDIDATES}) if order.q is None else [order.q]
    pairs = [(p, q) for p in ps for q in qs]
    if order.p is None and order.q is None:
        pairs = list(CANDIDATES)
    drift = d == 0 or (order.drift and d == 1 and _drifts(differenced))
    found = [_estimated(differenced, p, d, q, drift) for p, q in pairs]
    best = min(found, key=lambda model: model.aic)
    return Arima(best.ar, d, best.ma, best.mean, best.sigma, best.aic, period)


def forecast(model: Arima, history: list[float], steps: int, confidence: float) -> Forecast:
    """Return what a model expects after a history; `confidence` in percent."""
    series = np.asarray(history, dtype=float)
    season = np.zeros(steps)
    if model.period and len(series) >= 2 * model.period:
        seasonal = _season(series, model.period)
        series = series - seasonal
        last = seasonal[-model.period :]
        season = np.array([last[step % model.period] for step in range(steps)])
    levels = [series]
    for _ in range(min(model.d, len(series) - 1)):
        levels.append(np.diff(levels[-1]))
    ahead = _ahead(model, levels[-1] - model.mean, steps) + model.mean
    for level in reversed(levels[:-1]):
        ahead = level[-1] + np.cumsum(ahead)
    width = NormalDist().inv_cdf(0.5 + confidence / 200)
    deviation = model.sigma * np.sqrt(np.cumsum(_weights(model, steps) ** 2))
    expected = tuple(float(x) for x in ahead + season)
    return Forecast(expected, tuple(float(x) for x in width * deviation))


def find_period(series: Values) -> int:
    """Return after how many steps a series is most like itself; 0 if it never is."""
    count = len(series)
    steps = np.arange(count)
    flat = series - np.polyval(np.polyfit(steps, series, 1), steps) if count > 2 else series
    total = float(flat @ flat)
    if count < 6 or total <= (1e-9 * (1 + float(np.abs(series).max()))) ** 2 * count:
        return 0
    likeness = [float(flat[lag:] @ flat[:-lag]) / total for lag in range(1, count // 2 + 1)]
    peaks = [
        (likeness[n], n + 1)
        for n in range(1, len(likeness) - 1)
        if likeness[n - 1] < likeness[n] >= likeness[n + 1]
    ]
    best, period = max(peaks, default=(0.0, 0))
    return period if best > SEASONAL_CORRELATION else 0


def _season(series: Values, period: int) -> Values:
    from statsmodels.tsa.seasonal import STL

    found: Values = np.asarray(STL(series, period=period).fit().seasonal, dtype=float)
    return found


def _differences(series: Values) -> int:
    """Return how often a series should be differenced: as long as that calms it down."""
    best = 0
    for d in range(1, min(MOST_DIFFERENCES, len(series) - 2) + 1):
        if np.var(np.diff(series, d)) < CALMER * np.var(np.diff(series, best)):
            best = d
        else:
            break
    return best


def _drifts(differenced: Values) -> bool:
    """Whether a series goes up or down on the whole, beyond what chance would do."""
    chance = float(np.std(differenced)) / np.sqrt(len(differenced))
    return bool(abs(float(differenced.mean())) > 2 * chance)


def _estimated(differenced: Values, p: int, d: int, q: int, drift: bool) -> Arima:
    mean = float(differenced.mean()) if drift else 0.0
    centred = differenced - mean
    ar, ma = _coefficients(centred, p, q)
    noise = _filtered([1.0, *(-c for c in ar)], [1.0, *ma], centred)
    count = len(noise)
    smallest = _SMALLEST_SIGMA * (1 + float(np.abs(differenced).max()))
    sigma = max(float(np.sqrt(noise @ noise / count)), smallest)
    parameters = p + q + 1 + drift
    aic = count * (float(np.log(2 * np.pi * sigma**2)) + 1) + 2 * parameters
    return Arima(ar, d, ma, mean, sigma, aic)


def _coefficients(centred: Values, p: int, q: int) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the coefficients; zeros where the series is too short or too flat for them."""
    flat = tuple([0.0] * p), tuple([0.0] * q)
    if p + q == 0 or len(centred) < 2 * (p + q) + 3 or np.allclose(centred, centred[0]):
        return flat
    from statsmodels.tsa.arima.estimators.hannan_rissanen import hannan_rissanen

    # Short and odd series make the estimator complain and still give numbers.
    with _QUIET, warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            found, _ = hannan_rissanen(centred, p, q, demean=False)
        except (ValueError, np.linalg.LinAlgError):
            return flat
        ar, ma = _tamed(-found.ar_params), _tamed(found.ma_params)
    return tuple(-c for c in ar), ma


def _tamed(coefficients: Values) -> tuple[float, ...]:
    """Return 1 + c1 B + c2 B² … without roots inside the unit circle, or on it.

    Such a root would let the series explode, or need an endless past. Its mirror image outside
    explains the same correlations.
    """
    polynomial = np.concatenate([[1.0], np.asarray(coefficients, dtype=float)])
    if not np.all(np.isfinite(polynomial)):
        return tuple([0.0] * len(coefficients))
    inverse = np.roots(polynomial)
    size = np.abs(inverse)
    inverse = np.where(size > 1, inverse / np.maximum(size, 1e-12) ** 2, inverse)
    size = np.abs(inverse)
    inverse = np.where(size > _LARGEST, inverse * _LARGEST / np.maximum(size, 1e-12), inverse)
    tame = np.real(np.poly(inverse)) if len(inverse) else np.array([1.0])
    found = [float(c) for c in tame[1:]]
    return tuple(found + [0.0] * (len(coefficients) - len(found)))


def _ahead(model: Arima, centred: Values, steps: int) -> Values:
    noise = list(_filtered([1.0, *(-c for c in model.ar)], [1.0, *model.ma], centred))
    values = list(centred)
    for _ in range(steps):
        after = sum(c * v for c, v in zip(model.ar, reversed(values), strict=False))
        after += sum(c * e for c, e in zip(model.ma, reversed(noise), strict=False))
        values.append(after)
        noise.append(0.0)
    return np.asarray(values[len(centred) :], dtype=float)


def _weights(model: Arima, steps: int) -> Values:
    """Return how much the noise of one step weighs in the steps after it."""
    polynomial: Values = np.array([1.0, *(-c for c in model.ar)])
    for _ in range(model.d):
        polynomial = np.convolve(polynomial, [1.0, -1.0])
    impulse = np.zeros(steps)
    impulse[0] = 1.0
    return _filtered([1.0, *model.ma], list(polynomial), impulse)


def _filtered(numerator: list[float], denominator: list[float], values: Values) -> Values:
    """Return values sent through a filter whose polynomials both begin with 1."""
    if len(numerator) == len(denominator) == 1:
        return values
    from scipy.signal import lfilter

    found: Values = np.asarray(lfilter(numerator, denominator, values), dtype=float)
    return found
