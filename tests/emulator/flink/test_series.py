"""Detection of anomalies and forecasts over a list of values (facts/flink-sql-ai.md 4.2)."""

from __future__ import annotations

import json
import math
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from runthrough.emulator.flink.functions.arima import Order, estimate, forecast
from runthrough.emulator.flink.functions.series import (
    DETECTED,
    FORECAST,
    Detector,
    Forecaster,
    Partitions,
    RobustDetector,
)
from runthrough.emulator.flink.functions.series_options import (
    RobustOptions,
    SeriesOptionError,
    SeriesOptions,
    read_arima_options,
    read_model_options,
    read_robust_options,
)

START = datetime(2026, 1, 1, tzinfo=UTC)


def moments(count: int, seconds: int = 10) -> list[datetime]:
    return [START + timedelta(seconds=seconds * n) for n in range(count)]


def noisy(count: int, level: float = 90.0) -> list[float]:
    chance = random.Random(7)
    return [level + chance.gauss(0, 1) for _ in range(count)]


def detected(values: list[Any], **options: Any) -> list[dict[str, Any]]:
    detector = Detector(SeriesOptions(**options))
    return [detector.step(row) for row in zip(values, moments(len(values)), strict=True)]


# -- models ----------------------------------------------------------------------------------------


def test_the_coefficient_of_an_autoregressive_series_is_found() -> None:
    chance, values = random.Random(1), [0.0]
    for _ in range(400):
        values.append(0.7 * values[-1] + chance.gauss(0, 1))
    model = estimate(values, Order(1, 0, 0), seasonal=False)
    assert model.ar == pytest.approx((0.7,), abs=0.1)
    assert model.sigma == pytest.approx(1.0, abs=0.1)
    one = forecast(model, values, 1, 95.0)
    assert one.expected[0] == pytest.approx(0.7 * values[-1], abs=0.3)
    assert one.margin[0] == pytest.approx(1.96 * model.sigma, abs=0.01)


def test_a_straight_line_goes_on() -> None:
    line = [3.0 * n + 2 for n in range(40)]
    found = forecast(estimate(line, Order(), seasonal=False), line, 3, 99.0)
    assert found.expected == pytest.approx((122.0, 125.0, 128.0), abs=0.1)


def test_a_season_is_found_and_goes_on() -> None:
    wave = [10 * math.sin(2 * math.pi * n / 12) + 50 for n in range(60)]
    model = estimate(wave, Order(), seasonal=True)
    assert model.period == 12
    found = forecast(model, wave, 12, 95.0)
    awaited = [10 * math.sin(2 * math.pi * n / 12) + 50 for n in range(60, 72)]
    assert found.expected == pytest.approx(awaited, abs=1.0)
    assert estimate(noisy(60), Order(), seasonal=True).period == 0


def test_the_interval_widens_with_the_horizon_and_with_confidence() -> None:
    values = noisy(60)
    model = estimate(values, Order(1, 1, 1), seasonal=False)
    margins = forecast(model, values, 5, 95.0).margin
    assert list(margins) == sorted(margins)
    assert forecast(model, values, 1, 99.9).margin[0] > margins[0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40),
    st.sampled_from([Order(), Order(1, 1, 1), Order(2, 2, 2), Order(0, 0, 0), Order(q=1)]),
    st.booleans(),
)
def test_any_series_has_a_finite_forecast(
    values: list[float], order: Order, seasonal: bool
) -> None:
    model = estimate(values, order, seasonal=seasonal)
    found = forecast(model, values, 3, 99.0)
    assert all(map(math.isfinite, (*found.expected, *found.margin)))
    assert all(margin > 0 for margin in found.margin)
    assert estimate(values, order, seasonal=seasonal) == model


# -- detection -------------------------------------------------------------------------------------


def test_nothing_is_told_before_there_are_enough_values() -> None:
    rows = detected(noisy(30), least=16, most=128, p=1, d=1, q=1)
    assert [row["is_anomaly"] is None for row in rows] == [True] * 16 + [False] * 14
    assert all(row["forecast_value"] is None and row["rmse"] is None for row in rows[:16])
    assert [tuple(row) for row in rows] == [DETECTED] * 30
    assert [row["timestamp"] for row in rows] == moments(30)
    assert [row["actual_value"] for row in rows] == noisy(30)
    assert all(row["aic"] is not None and row["rmse"] >= 0 for row in rows[16:])


@pytest.mark.parametrize("options", [{}, {"p": 1, "d": 1, "q": 1}, {"p": 1, "d": 0, "q": 1}])
@pytest.mark.parametrize("peak", [140.0, 40.0])
def test_a_value_far_off_is_an_anomaly_up_and_down(options: dict[str, int], peak: float) -> None:
    values = noisy(60)
    values[50] = peak
    rows = detected(values, least=20, most=50, confidence=99.99, **options)
    row = rows[50]
    assert row["is_anomaly"] is True
    assert not row["lower_bound"] <= peak <= row["upper_bound"]
    assert row["lower_bound"] < row["forecast_value"] < row["upper_bound"]
    assert sum(bool(r["is_anomaly"]) for r in rows[:50]) == 0


def test_a_lower_confidence_finds_more() -> None:
    few = detected(noisy(200), least=20, most=60, confidence=99.9)
    many = detected(noisy(200), least=20, most=60, confidence=90.0)
    assert sum(bool(r["is_anomaly"]) for r in many) > sum(bool(r["is_anomaly"]) for r in few)


def test_a_constant_series_is_no_anomaly_and_any_change_is() -> None:
    rows = detected([5.0] * 40 + [5.5], least=10, most=50)
    assert [row["is_anomaly"] for row in rows[10:40]] == [False] * 30
    assert rows[40]["is_anomaly"] is True


def test_a_null_value_is_passed_over() -> None:
    values: list[float | None] = [*noisy(20)]
    values[18] = None
    rows = detected(values, least=10, most=50)
    assert (rows[18]["actual_value"], rows[18]["is_anomaly"]) == (None, None)
    assert rows[18]["forecast_value"] is not None
    assert rows[19]["is_anomaly"] is not None


@settings(max_examples=10, deadline=None)
@given(st.lists(st.floats(0, 100), min_size=12, max_size=40), st.integers(1, 40))
def test_what_was_told_once_never_changes(values: list[float], cut: int) -> None:
    options = {"least": 8, "most": 20, "p": 1, "d": 0, "q": 1}
    assert detected(values, **options)[:cut] == detected(values[:cut], **options)


# -- forecasts -------------------------------------------------------------------------------------


def test_a_forecast_has_one_row_a_step() -> None:
    forecaster = Forecaster(SeriesOptions(least=8, most=60, horizon=3))
    values = [2.0 * n for n in range(20)]
    found = [forecaster.step(row) for row in zip(values, moments(20), strict=True)]
    assert [len(steps) for steps in found] == [0] * 7 + [3] * 13
    assert [tuple(step) for step in found[-1]] == [FORECAST] * 3
    assert [step["forecast_value"] for step in found[-1]] == pytest.approx([40, 42, 44], abs=0.1)
    assert [step["timestamp"] for step in found[-1]] == moments(23)[20:]
    assert found[7][0]["rmse"] is None
    assert found[-1][0]["rmse"] < 0.1


# -- robust ----------------------------------------------------------------------------------------


def robust(values: list[Any], **options: Any) -> list[bool | None]:
    detector = RobustDetector(RobustOptions(**options))
    return [detector.step((value, START))["is_anomaly"] for value in values]


def test_the_robust_detection_looks_at_medians() -> None:
    values = [10.0, 11.0, 9.0, 10.5, 9.5, 10.0, 30.0, 10.0]
    assert robust(values, window=5) == [None] * 5 + [False, True, False]
    assert robust(values, window=5, threshold=1000.0)[6] is False


def test_one_odd_value_makes_a_row_odd() -> None:
    rows = [{"f0": 10.0 + n % 3, "f1": 5.0 + n % 2} for n in range(10)]
    assert robust([*rows, {"f0": 11.0, "f1": 50.0}], window=8)[-1] is True
    assert robust([*rows, {"f0": 11.0, "f1": None}], window=8)[-1] is None


def test_imputed_outliers_do_not_become_usual() -> None:
    values = [10.0, 11.0, 9.0, 10.5, 9.5] + [30.0] * 6
    assert robust(values, window=5)[-1] is False
    assert robust(values, window=5, impute=True)[5:] == [True] * 6


# -- partitions ------------------------------------------------------------------------------------


def test_a_partition_that_grows_is_not_computed_again() -> None:
    steps: list[Any] = []

    class Counting:
        def step(self, row: tuple[Any, ...]) -> int:
            steps.append(row)
            return len(steps)

    partitions = Partitions(lambda _: Counting())
    rows = [(n,) for n in range(20)]
    assert partitions.compute(rows[:10]) == list(range(1, 11))
    assert partitions.compute(rows) == list(range(1, 21))
    assert len(steps) == 20
    changed = [*rows[:15], (99,), *rows[16:]]
    assert len(partitions.compute(changed)) == 20
    assert len(steps) == 40
    assert partitions.compute([]) == []


# -- options ---------------------------------------------------------------------------------------


def test_every_key_is_read() -> None:
    text = json.dumps({
        "p": 1, "d": 0, "q": 1, "minTrainingSize": 16, "maxTrainingSize": 50, "horizon": 5,
        "confidencePercentage": 99.5, "enableStl": True, "evalWindowSize": 20,
    })  # fmt: skip
    assert read_arima_options(text) == SeriesOptions(1, 0, 1, 16, 50, 99.5, True, 5, 20)
    assert read_arima_options(None) == SeriesOptions()
    assert SeriesOptions().confidence == 99.0
    model = read_model_options('{"minContextSize": 8, "maxContextSize": 9, "horizon": 2}')
    assert (model.least, model.most, model.horizon, model.seasonal) == (8, 9, 2, True)
    assert read_robust_options('{"window":30,"threshold":2.5,"imputeOutliers":true}') == (
        RobustOptions(30, 2.5, True)
    )


def test_one_size_given_moves_a_default_that_does_not_fit() -> None:
    assert read_arima_options('{"maxTrainingSize": 50}').least == 50
    assert read_arima_options('{"minTrainingSize": 1000}').most == 1000


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[1]", "must be a JSON object"),
        ("{", "must be a JSON object"),
        ('{"minTraining": 1}', "unknown configuration key 'minTraining'. Known keys: p, d, q, "),
        ('{"p": -1}', "'p' must be a whole number between 0 and 10, not -1"),
        ('{"d": 1.5}', "'d' must be a whole number"),
        ('{"q": "1"}', "'q' must be a whole number between 0 and 10, not \"1\""),
        ('{"horizon": 0}', "'horizon' must be a whole number between 1 and 1000"),
        ('{"confidencePercentage": 100}', "strictly between 0 and 100, not 100"),
        ('{"enableStl": "yes"}', "'enableStl' must be TRUE or FALSE"),
        ('{"minTrainingSize": 1}', "'minTrainingSize' must be"),
        ('{"minTrainingSize": 20, "maxTrainingSize": 10}', "(10) must not be less than"),
        ('{"minContextSize": 20}', "unknown configuration key 'minContextSize'"),
    ],
)
def test_wrong_configurations(text: str, message: str) -> None:
    with pytest.raises(SeriesOptionError) as caught:
        read_arima_options(text)
    assert message in str(caught.value)


def test_wrong_robust_configurations() -> None:
    with pytest.raises(SeriesOptionError, match="'threshold' must be a number above 0, not 0"):
        read_robust_options('{"threshold": 0}')
    with pytest.raises(SeriesOptionError, match="unknown configuration key 'p'"):
        read_robust_options('{"p": 1}')
