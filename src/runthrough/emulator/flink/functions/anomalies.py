"""ML_DETECT_ANOMALIES, ML_FORECAST and their kin as functions over windows.

Each takes (value, time, JSON) and sees the rows of its partition in order. Source:
facts/flink-sql-ai.md 4.2. AI_DETECT_ANOMALIES and AI_FORECAST call a foundation model on Confluent
Cloud; here the same ARIMA stands in, with orders and season chosen by itself. Of the row that
ML_DETECT_ANOMALIES_ROBUST gives only `is_anomaly` is known.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.type_rules import is_character, is_numeric, is_timestamp, plain
from runthrough.emulator.flink.functions.ordered_base import OrderedFunction
from runthrough.emulator.flink.functions.series import (
    DETECTED,
    FORECAST,
    Detector,
    Forecaster,
    Partitions,
    RobustDetector,
    Step,
)
from runthrough.emulator.flink.functions.series_options import (
    SeriesOptionError,
    read_arima_options,
    read_model_options,
    read_robust_options,
)
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BOOLEAN, DOUBLE, FlinkType, array

Read = Callable[[str | None], Any]


def _row(names: Sequence[str], time: FlinkType) -> FlinkType:
    known = {"timestamp": time.or_null(), "is_anomaly": BOOLEAN}
    return FlinkType("ROW", fields=tuple((name, known.get(name, DOUBLE)) for name in names))


def _detection(time: FlinkType) -> FlinkType:
    return _row(DETECTED, time)


def _forecast(time: FlinkType) -> FlinkType:
    return array(_row(FORECAST, time))


def _robust(time: FlinkType) -> FlinkType:
    return _row(("is_anomaly",), time)


def _is_row_of_numbers(t: FlinkType) -> bool:
    return t.root == "ROW" and bool(t.fields) and all(is_numeric(f) for _, f in t.fields)


def _function(
    name: str,
    read: Read,
    begin: Callable[[Any], Step],
    result: Callable[[FlinkType], FlinkType],
    *,
    rows: bool = False,
) -> OrderedFunction:
    """Return a function; `rows`: the value may also be a row of numbers."""
    form = f"{name}(<NUMERIC>, <TIMESTAMP>, <CHARACTER>)"

    def check(arguments: tuple[Expr, ...]) -> FlinkType:
        value, time, *more = arguments
        fits = is_numeric(value.type) or (rows and _is_row_of_numbers(value.type))
        if not fits or not is_timestamp(time.type) or not all(is_character(m.type) for m in more):
            given = ", ".join(f"<{plain(a.type)}>" for a in arguments)
            raise Refused(
                f"Cannot apply '{name}' to arguments of type '{name}({given})'. "
                f"Supported form(s): '{form}'"
            )
        if more and (text := _constant(more[0])) is not None:
            try:
                read(text)
            except SeriesOptionError as e:
                raise Refused(f"{name}: {e}") from e
        return result(time.type)

    def first(row: tuple[Any, ...]) -> Step:
        try:
            return begin(read(row[2] if len(row) > 2 else None))
        except SeriesOptionError as e:
            raise SqlError(f"{name}: {e}") from e

    return OrderedFunction(name, form, (2, 3), check, Partitions(first).compute)


def _constant(text: Expr) -> str | None:
    """Return the text of an expression without columns, so that it is checked at once."""
    if isinstance(text.constant, str):
        return text.constant
    if text.columns:
        return None
    with duckdb.connect() as connection:
        try:
            [(value,)] = connection.execute(f"SELECT {text.sql}").fetchall()
        except duckdb.Error:
            return None  # it needs what only the engine's database has; the first row will tell
    return str(value)


SERIES_FUNCTIONS = (
    _function("ML_DETECT_ANOMALIES", read_arima_options, Detector, _detection),
    _function("AI_DETECT_ANOMALIES", read_model_options, Detector, _detection),
    _function("ML_FORECAST", read_arima_options, Forecaster, _forecast),
    _function("AI_FORECAST", read_model_options, Forecaster, _forecast),
    _function(
        "ML_DETECT_ANOMALIES_ROBUST", read_robust_options, RobustDetector, _robust, rows=True
    ),
)
"""Every function over a series."""
