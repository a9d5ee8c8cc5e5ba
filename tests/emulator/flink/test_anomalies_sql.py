"""Anomaly detection and forecasts in SQL (facts/flink-sql-ai.md 4.2, 5.4, 7.2)."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from tests.emulator.flink.results import changes
from tests.emulator.flink.sql_bench import Desk, open_desk
from tests.waiting import LIMIT_SECONDS

COUNT, SPIKE = 40, 30
DETECT = (
    "ML_DETECT_ANOMALIES(v, ts, JSON_OBJECT('horizon' VALUE 1, 'confidencePercentage' VALUE 99.9, "
    "'minTrainingSize' VALUE 16, 'enableStl' VALUE FALSE))"
)
WINDOW = "OVER (PARTITION BY k ORDER BY ts RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)"


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    for desk in open_desk():
        desk.run(
            "CREATE TABLE s (k STRING, v DOUBLE, ts TIMESTAMP_LTZ(3), i INT, "
            "WATERMARK FOR ts AS ts - INTERVAL '1' SECOND) DISTRIBUTED INTO 1 BUCKETS"
        )
        chance = random.Random(3)
        rows = [
            f"('{k}', {90 + chance.gauss(0, 1) if i != SPIKE else 140}, "
            f"TO_TIMESTAMP_LTZ({1000 * i}, 3), {i})"
            for i in range(COUNT)
            for k in ("red", "blue")
        ]
        desk.run(f"INSERT INTO s VALUES {', '.join(rows)}")
        yield desk


def test_the_sixth_field_tells_the_spike_of_each_team(desk: Desk) -> None:
    rows = desk.now(
        f"SELECT k, i, r[6], r.actual_value, r.actual_value > r.upper_bound FROM "
        f"(SELECT k, i, {DETECT} {WINDOW} AS r FROM s) WHERE r[6] = TRUE"
    )
    assert sorted(row for row in rows if row[1] == str(SPIKE)) == [
        ["blue", "30", "TRUE", "140.0", "TRUE"],
        ["red", "30", "TRUE", "140.0", "TRUE"],
    ]
    assert {row[1] for row in rows if int(row[1]) < SPIKE} == set()


def test_warm_up_has_no_verdict(desk: Desk) -> None:
    rows = desk.now(
        f"SELECT i, r.is_anomaly IS NULL, r.`timestamp` = ts, r.rmse IS NULL FROM "
        f"(SELECT i, ts, {DETECT} OVER (PARTITION BY k ORDER BY ts) AS r FROM s WHERE k = 'red')"
    )
    told = {int(row[0]): row[1:] for row in rows}
    assert all(told[i] == ["TRUE", "TRUE", "TRUE"] for i in range(16))
    assert all(told[i] == ["FALSE", "TRUE", "FALSE"] for i in range(16, COUNT))


def test_a_stream_gives_what_the_watermark_has_passed(desk: Desk) -> None:
    execution = desk.submit(f"SELECT k, i, ({DETECT} {WINDOW})[6] FROM s")
    rows = [row for _, row in changes(execution, 2 * (COUNT - 2))]
    assert {tuple(row) for row in rows if row[2] == "TRUE"} >= {
        ("red", "30", "TRUE"),
        ("blue", "30", "TRUE"),
    }
    assert all(op == 0 for op, _ in execution.results(0, 1000).rows)
    execution.stop()


def test_a_forecast_is_an_array_of_its_horizon(desk: Desk) -> None:
    rows = desk.now(
        "SELECT i, CARDINALITY(f), f[1].forecast_value, f[2].`timestamp`, f[1].lower_bound < "
        "f[1].upper_bound FROM (SELECT i, ML_FORECAST(v, ts, JSON_OBJECT('p' VALUE 1, 'd' VALUE 0, "
        "'q' VALUE 1, 'horizon' VALUE 2, 'minTrainingSize' VALUE 28)) "
        f"{WINDOW} AS f FROM s WHERE k = 'red') WHERE CARDINALITY(f) >= 1"
    )
    assert [int(row[0]) for row in rows] == list(range(27, COUNT))
    assert rows[0][1] == "2"
    assert 80 < float(rows[0][2]) < 100
    assert rows[0][3] == "1970-01-01 00:00:29.000"
    assert rows[0][4] == "TRUE"


def test_the_foundation_model_has_the_same_row(desk: Desk) -> None:
    rows = desk.now(
        "SELECT r[6] FROM (SELECT i, AI_DETECT_ANOMALIES(v, ts, JSON_OBJECT('minContextSize' VALUE "
        f"16, 'confidencePercentage' VALUE 99.9)) {WINDOW} AS r FROM s WHERE k = 'red') "
        f"WHERE i = {SPIKE}"
    )
    assert rows == [["TRUE"]]
    rows = desk.now(
        "SELECT f[3].forecast_value IS NOT NULL FROM (SELECT i, AI_FORECAST(v, ts, "
        f"JSON_OBJECT('horizon' VALUE 3)) {WINDOW} AS f FROM s WHERE k = 'red') WHERE i = 20"
    )
    assert rows == [["TRUE"]]


def test_the_robust_detection(desk: Desk) -> None:
    rows = desk.now(
        "SELECT i FROM (SELECT i, ML_DETECT_ANOMALIES_ROBUST(v, ts, JSON_OBJECT('window' VALUE 20, "
        f"'threshold' VALUE 9.0, 'imputeOutliers' VALUE TRUE)) {WINDOW} AS r FROM s "
        "WHERE k = 'red') WHERE r.is_anomaly"
    )
    assert rows == [[str(SPIKE)]]


def test_the_configuration_may_come_from_a_column(desk: Desk) -> None:
    inner = (
        f"SELECT *, ML_FORECAST(v, ts, c) {WINDOW} AS f FROM (SELECT *, '{{0}}' || '' AS c FROM s)"
    )
    rows = desk.now(f"SELECT CARDINALITY(f) FROM ({inner.format('{}')}) WHERE i = 9 AND k = 'red'")
    assert rows == [["0"]]


REFUSED = [
    ("ML_DETECT_ANOMALIES(v, ts)", "", "OVER clause is necessary for window functions"),
    ("ML_DETECT_ANOMALIES(k, ts)", WINDOW, "Cannot apply 'ML_DETECT_ANOMALIES' to arguments"),
    ("ML_DETECT_ANOMALIES(v, i)", WINDOW, "Cannot apply 'ML_DETECT_ANOMALIES' to arguments"),
    ("ML_FORECAST(v)", WINDOW, "Invalid number of arguments to function 'ML_FORECAST'"),
    ("ML_FORECAST(v, ts, JSON_OBJECT('horizons' VALUE 1))", WINDOW,
     "ML_FORECAST: unknown configuration key 'horizons'. Known keys: p, d, q, minTrainingSize"),
    ("ML_FORECAST(v, ts, '{\"p\": -1}')", WINDOW, "'p' must be a whole number between 0 and 10"),
    ("AI_FORECAST(v, ts, JSON_OBJECT('p' VALUE 1))", WINDOW, "unknown configuration key 'p'"),
    ("ML_DETECT_ANOMALIES_ROBUST(v, ts, JSON_OBJECT('window' VALUE 0))", WINDOW,
     "'window' must be a whole number between 2 and 10000, not 0"),
    ("ML_FORECAST(v, ts)", "OVER (ORDER BY ts ROWS BETWEEN 3 PRECEDING AND CURRENT ROW)",
     "not emulated: ML_FORECAST over anything but all rows up to the current one"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "window", "message"), REFUSED)
def test_what_is_refused(desk: Desk, call: str, window: str, message: str) -> None:
    assert message in desk.refusal(f"SELECT {call} {window} FROM s")


@pytest.mark.parametrize("order", ["w", "TO_TIMESTAMP_LTZ(c, 3)"])
def test_an_updating_input_is_refused(desk: Desk, order: str) -> None:
    refused = desk.refusal(
        f"SELECT ML_FORECAST(c, {order}) OVER (PARTITION BY k ORDER BY {order}) FROM "
        "(SELECT k, COUNT(*) AS c, MAX(ts) AS w FROM s GROUP BY k)"
    )
    assert refused.startswith(
        "StreamPhysicalOverAggregate doesn't support consuming update changes which is produced "
        "by node GroupAggregate(groupBy=[k], select=["
    )


def test_a_wrong_configuration_in_a_column_fails_the_statement(desk: Desk) -> None:
    execution = desk.submit(
        f"SELECT ML_FORECAST(v, ts, c) {WINDOW} FROM (SELECT *, k || '' AS c FROM s)"
    )
    execution.wait_for_end(LIMIT_SECONDS)
    assert execution.phase == "FAILED"
    assert execution.detail == "ML_FORECAST: the configuration must be a JSON object"
