"""Intervals as texts.

Source: facts/confluent-cloud-api.md 2.6: `+1-06` for months, `+0 04:00:00.000` for the rest.
"""

from __future__ import annotations

import datetime as dt

from runthrough.emulator.flink.encoding import encode
from runthrough.emulator.flink.types import FlinkType


def months(value: dt.timedelta) -> str:
    """CAST of an interval of years and months; DuckDB's client counts a month as 30 days."""
    return str(encode(value, FlinkType("INTERVAL_YEAR_MONTH")))


def day_time(value: dt.timedelta) -> str:
    """CAST of an interval of days and less."""
    return str(encode(value, FlinkType("INTERVAL_DAY_TIME")))
