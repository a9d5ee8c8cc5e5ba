"""Rows counted by window and key, as the tests of windows give and read them.

Times are small numbers of seconds after 1970 began.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from tests.emulator.flink.planner_catalog import (
    MemoryCatalog,
    Time,
    rows_of,
)

TUMBLE = "TUMBLE(TABLE a, DESCRIPTOR($rowtime), INTERVAL '10' SECOND)"


def at(second: float) -> dt.datetime:
    return dt.datetime(1970, 1, 1) + dt.timedelta(seconds=second)


def counted(
    catalog: MemoryCatalog,
    function: str,
    rows: Sequence[tuple[float, str, float | None]],
    watermark: float | None,
) -> list[tuple[float, float, str, int]]:
    """Count by window and key; rows are (second, key, watermark before it in seconds)."""
    times = [Time(_ms(s) or 0, _ms(w)) for s, _, w in rows]
    found = rows_of(
        catalog,
        f"SELECT window_start, window_end, k, COUNT(*) FROM TABLE({function}) "
        "GROUP BY window_start, window_end, k",
        {"a": [(n, k, n) for n, (_, k, _) in enumerate(rows)]},
        times={"a": times},
        watermarks={"a": _ms(watermark)},
    )
    return [(_seconds(start), _seconds(end), k, count) for start, end, k, count in found]


def _ms(seconds: float | None) -> int | None:
    return None if seconds is None else round(seconds * 1000)


def _seconds(moment: dt.datetime) -> float:
    return (moment - at(0)).total_seconds()


BY_WINDOW = (
    f"SELECT window_start, window_end, k, COUNT(*) AS c FROM TABLE({TUMBLE}) "
    "GROUP BY window_start, window_end, k"
)
