"""Detection of anomalies and forecasts, one value of a series after the other.

What a value is told depends on the values before it alone, so that it never changes when more
come. A model is trained again every REFIT_EVERY values, on the last `most` of them; in between it
keeps its coefficients and reads the new values. Its orders, where they are not given, are chosen
again when there are twice as many values. Source: facts/flink-sql-ai.md 4.2.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections import OrderedDict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any, Protocol

from runthrough.emulator.flink.functions.series_options import RobustOptions, SeriesOptions

if TYPE_CHECKING:
    from runthrough.emulator.flink.functions.arima import Arima

REFIT_EVERY = 5
"""After how many values a model is trained again: a choice between speed and attention."""

MAD_SCALE = 0.6745
"""Makes the median absolute deviation comparable to a standard deviation."""

Row = dict[str, Any]


class Step(Protocol):
    """Whoever takes the rows of a series in their order."""

    def step(self, row: tuple[Any, ...]) -> Any:
        """Take the next row; return its result."""
        ...


class _Trained:
    """A series with the model that fits its past."""

    def __init__(self, options: SeriesOptions) -> None:
        self.options = options
        self.history: deque[float] = deque(maxlen=options.most)
        self._model: Arima | None = None
        self._seen = self._trained_at = self._chosen_at = 0
        self._errors: deque[float] = deque(maxlen=options.errors)

    @property
    def ready(self) -> bool:
        """Whether there are enough values for a forecast."""
        return len(self.history) >= self.options.least

    @property
    def model(self) -> Arima:
        """The model of the values so far."""
        from runthrough.emulator.flink.functions import arima  # slow to import

        if self._model is None or self._seen - self._trained_at >= REFIT_EVERY:
            o = self.options
            order = arima.Order(o.p, o.d, o.q, drift=o.d is None)
            if self._model is not None and self._seen < 2 * self._chosen_at:
                order = replace(self._model.order, drift=o.d is None)
            else:
                self._chosen_at = self._seen
            self._model = arima.estimate(list(self.history), order, seasonal=o.seasonal)
            self._trained_at = self._seen
        return self._model

    def ahead(self, steps: int) -> list[tuple[float, float, float]]:
        """Return expected value, lower and upper bound of each of the next steps."""
        from runthrough.emulator.flink.functions import arima  # slow to import

        found = arima.forecast(self.model, list(self.history), steps, self.options.confidence)
        pairs = zip(found.expected, found.margin, strict=True)
        return [(value, value - margin, value + margin) for value, margin in pairs]

    def add(self, value: float, expected: float | None) -> None:
        """Take a value, and what was expected in its place."""
        if expected is not None:
            self._errors.append(value - expected)
        self.history.append(value)
        self._seen += 1

    @property
    def rmse(self) -> float | None:
        """The error of the last forecasts; None before the first."""
        if not self._errors:
            return None
        return math.sqrt(sum(e * e for e in self._errors) / len(self._errors))


class Detector:
    """Tells of each value whether it lies outside of what was expected."""

    def __init__(self, options: SeriesOptions) -> None:
        self._series = _Trained(options)

    def step(self, row: tuple[Any, ...]) -> Row:
        """Take (value, time); a NULL value is expected like others, and learned nothing from."""
        value, moment = _number(row[0]), row[1]
        result: Row = {"timestamp": moment, "actual_value": value}
        expected: float | None = None
        if self._series.ready:
            [(expected, low, high)] = self._series.ahead(1)
            result |= {"forecast_value": expected, "lower_bound": low, "upper_bound": high}
            result["aic"] = self._series.model.aic
            if value is not None:
                result["is_anomaly"] = not low <= value <= high
        if value is not None:
            self._series.add(value, expected)
        if expected is not None:
            result["rmse"] = self._series.rmse
        return {name: result.get(name) for name in DETECTED}


class Forecaster:
    """Tells after each value what comes next."""

    def __init__(self, options: SeriesOptions) -> None:
        self._series = _Trained(options)
        self._moments: deque[datetime] = deque(maxlen=_GAPS + 1)

    def step(self, row: tuple[Any, ...]) -> list[Row]:
        """Take (value, time); return one row a step of the horizon, none in warm-up."""
        value, moment = _number(row[0]), row[1]
        expected = self._series.ahead(1)[0][0] if self._series.ready else None
        if value is not None:
            self._series.add(value, expected)
        if moment is not None:
            self._moments.append(moment)
        if not self._series.ready:
            return []
        pace = _pace(self._moments)
        last = self._moments[-1] if self._moments else None
        steps = self._series.ahead(self._series.options.horizon)
        aic, rmse = self._series.model.aic, self._series.rmse
        return [
            {
                "timestamp": None if last is None else last + pace * (n + 1),
                "forecast_value": value,
                "lower_bound": low,
                "upper_bound": high,
                "rmse": rmse,
                "aic": aic,
            }
            for n, (value, low, high) in enumerate(steps)
        ]


class RobustDetector:
    """Tells of each value (or row of values) whether it is far from the median of those before.

    A row counts as one if any of its values does: a choice, the docs do not say how they combine.
    """

    def __init__(self, options: RobustOptions) -> None:
        self._options = options
        self._past: deque[tuple[float, ...]] = deque(maxlen=options.window)

    def step(self, row: tuple[Any, ...]) -> Row:
        """Take (value or row of values, time)."""
        given = row[0].values() if isinstance(row[0], dict) else [row[0]]
        values = [_number(item) for item in given]
        if any(item is None for item in values):
            return {"is_anomaly": None}
        known = tuple(item for item in values if item is not None)
        if len(self._past) < self._options.window:
            self._past.append(known)
            return {"is_anomaly": None}
        middles = [statistics.median(column) for column in zip(*self._past, strict=True)]
        scores = [
            _score(value, middle, [one[n] for one in self._past])
            for n, (value, middle) in enumerate(zip(known, middles, strict=True))
        ]
        anomaly = max(scores) > self._options.threshold
        self._past.append(tuple(middles) if anomaly and self._options.impute else known)
        return {"is_anomaly": anomaly}


DETECTED = (
    "timestamp", "actual_value", "forecast_value", "lower_bound", "upper_bound", "is_anomaly",
    "rmse", "aic",
)  # fmt: skip
"""The fields of a detection, in their order (`r[6]` is is_anomaly)."""

FORECAST = ("timestamp", "forecast_value", "lower_bound", "upper_bound", "rmse", "aic")
"""The fields of each step of a forecast."""

_GAPS = 10


def _number(value: Any) -> float | None:
    number = None if value is None else float(value)
    return number if number is not None and math.isfinite(number) else None


def _pace(moments: deque[datetime]) -> timedelta:
    """Return the usual time between two values."""
    known = list(moments)
    gaps = sorted(b - a for a, b in itertools.pairwise(known))
    return gaps[len(gaps) // 2] if gaps else timedelta()


def _score(value: float, middle: float, past: list[float]) -> float:
    spread = statistics.median(abs(one - middle) for one in past)
    distance = abs(value - middle)
    if spread == 0:
        return 0.0 if distance == 0 else math.inf
    return MAD_SCALE * distance / spread


# -- whole partitions ------------------------------------------------------------------------------

_FIRST_ROWS = 8


@dataclass
class _Known:
    rows: list[tuple[Any, ...]]
    results: list[Any]
    state: Step


class Partitions:
    """Computes partitions that grow: rows seen before are not computed again.

    A partition is recognised by its first rows; if the rows after them are others than before, it
    is computed from its beginning.

    Args:
        begin: makes what takes the rows, from the first of them.
        kept: how many rows are remembered over all partitions.
    """

    def __init__(self, begin: Callable[[tuple[Any, ...]], Step], *, kept: int = 200_000) -> None:
        self._begin, self._kept = begin, kept
        self._known: OrderedDict[Any, _Known] = OrderedDict()
        self._lock = Lock()

    def compute(self, rows: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Return one result for each row."""
        if not rows:
            return []
        key = repr(rows[:_FIRST_ROWS])
        with self._lock:  # a partition is with one thread at a time
            known = self._known.pop(key, None)
        seen = len(known.rows) if known else 0
        if known is None or seen > len(rows) or known.rows != list(rows[:seen]):
            known, seen = _Known([], [], self._begin(rows[0])), 0
        for row in rows[seen:]:
            known.results.append(known.state.step(row))
            known.rows.append(row)
        with self._lock:
            self._known[key] = known
            size = sum(len(one.rows) for one in self._known.values())
            while size > self._kept:
                _, oldest = self._known.popitem(last=False)
                size -= len(oldest.rows)
        return list(known.results)
