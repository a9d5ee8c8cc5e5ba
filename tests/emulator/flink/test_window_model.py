"""The emulator's windows against a model of Flink's in plain Python, over random rows."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.emulator.flink.planner_catalog import MemoryCatalog, Time, query_of, rows_of, table
from tests.emulator.flink.window_model import Row, Windows, results

CATALOG = MemoryCatalog().add(table("a", "id INT NOT NULL; k STRING"))
EPOCH = dt.datetime(1970, 1, 1)

KINDS = [
    Windows("TUMBLE", 10),
    Windows("TUMBLE", 10, offset=-4),
    Windows("HOP", 12, slide=4),
    Windows("HOP", 12, slide=6, offset=1),
    Windows("CUMULATE", 12, slide=4),
    Windows("CUMULATE", 12, slide=4, offset=2),
    Windows("SESSION", 5),
]
IDS = [f"{w.kind}-{w.size}-{w.slide}-{w.offset}" for w in KINDS]

EXAMPLES = 8
"""Few, because each asks DuckDB anew; several keys in one history make up for it."""

MOMENTS = st.integers(-15, 60)


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[Row], int]:
    """Return rows with watermarks that never go back, and a later watermark to look at."""
    drawn = draw(st.lists(st.tuples(MOMENTS, st.sampled_from("xyz"), MOMENTS), max_size=24))
    marks = sorted(mark for _, _, mark in drawn)
    nothing_yet = draw(st.integers(0, len(drawn)))
    rows = [
        Row(time, key, None if number < nothing_yet else mark)
        for number, ((time, key, _), mark) in enumerate(zip(drawn, marks, strict=True))
    ]
    last = marks[-1] if marks else -20
    return rows, draw(st.integers(last, 80))


def counted(windows: Windows, rows: list[Row], now: int | None) -> list[tuple[object, ...]]:
    """Return the emulator's windows, as the model returns its own."""
    found = rows_of(
        CATALOG,
        f"SELECT window_start, window_end, k, ARRAY_AGG(id) FROM TABLE({windows.call('a')}) "
        "GROUP BY window_start, window_end, k",
        {"a": [(number, row.key) for number, row in enumerate(rows)]},
        times={"a": [Time(row.time, row.watermark) for row in rows]},
        watermarks={"a": now},
    )
    return sorted((_ms(start), _ms(end), key, tuple(sorted(ids))) for start, end, key, ids in found)


def _ms(moment: dt.datetime) -> int:
    return round((moment - EPOCH).total_seconds() * 1000)


@pytest.mark.parametrize("windows", KINDS, ids=IDS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories())
def test_windows_are_those_of_the_model(windows: Windows, history: tuple[list[Row], int]) -> None:
    rows, now = history
    assert counted(windows, rows, now) == results(windows, rows, now)


@pytest.mark.parametrize("windows", KINDS, ids=IDS)
@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(), size=st.integers(0, 24))
def test_what_has_come_out_stays(
    windows: Windows, history: tuple[list[Row], int], size: int
) -> None:
    """More rows and a later watermark add results, and change none."""
    rows, now = history
    then = rows[size].watermark if size < len(rows) else now
    earlier = counted(windows, rows[:size], then)
    later = counted(windows, rows, now)
    assert [one for one in later if one in earlier] == earlier


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories())
def test_rows_of_sessions_come_out_when_the_session_is_over(
    history: tuple[list[Row], int],
) -> None:
    rows, now = history
    windows = Windows("SESSION", 5)
    found = rows_of(
        CATALOG,
        f"SELECT id, window_start, window_end FROM TABLE({windows.call('a')})",
        {"a": [(number, row.key) for number, row in enumerate(rows)]},
        times={"a": [Time(row.time, row.watermark) for row in rows]},
        watermarks={"a": now},
    )
    expected = [
        (number, start, end)
        for start, end, _, numbers in results(windows, rows, now)
        for number in numbers
    ]
    assert [(i, _ms(start), _ms(end)) for i, start, end in found] == sorted(expected)


def test_the_windows_of_the_model_are_asked_for_as_sql() -> None:
    query = query_of(CATALOG, f"SELECT * FROM {Windows('HOP', 12, slide=4).call('a')}")
    assert "HOP(time_col=[$rowtime], size=[12 ms], slide=[4 ms])" in query.explain[1]
