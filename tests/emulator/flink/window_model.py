"""Flink's windows in plain Python: one row after another, as its operators work (facts 5.7).

Written apart from the emulator's SQL, to be compared with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

Window = tuple[int, int]


@dataclass(frozen=True)
class Row:
    """A row: its time and key, and the watermark before it (ms; None while there is none)."""

    time: int
    key: str
    watermark: int | None


@dataclass(frozen=True)
class Windows:
    """TUMBLE, HOP, CUMULATE or SESSION with its sizes in ms."""

    kind: str
    size: int
    slide: int = 0
    offset: int = 0

    def call(self, table: str) -> str:
        """Return the function as SQL."""

        def interval(ms: int) -> str:
            return f"INTERVAL '{ms / 1000:.3f}' SECOND(9, 3)"

        parts = [f"TABLE {table}", "DESCRIPTOR($rowtime)"]
        if self.slide:
            parts.append(interval(self.slide))
        parts.append(interval(self.size))
        if self.offset:
            parts.append(interval(self.offset))
        if self.kind == "SESSION":
            parts[0] += " PARTITION BY k"
        return f"{self.kind}({', '.join(parts)})"

    def of(self, time: int) -> Iterator[Window]:
        """Return the windows of a moment."""
        if self.kind == "TUMBLE":
            start = time - (time - self.offset) % self.size
            yield start, start + self.size
        elif self.kind == "HOP":
            start = time - (time - self.offset) % self.slide
            while start > time - self.size:
                yield start, start + self.size
                start -= self.slide
        else:
            start = time - (time - self.offset) % self.size
            end = start + self.slide
            while end <= start + self.size:
                if end > time:
                    yield start, end
                end += self.slide


Result = tuple[int, int, str, tuple[int, ...]]


def results(windows: Windows, rows: Sequence[Row], now: int | None) -> list[Result]:
    """Return (start, end, key, numbers of the rows) of each window that is over, sorted."""
    simulate = _sessions if windows.kind == "SESSION" else _aligned
    return sorted(simulate(windows, rows, now))


def _over(end: int, watermark: int | None) -> bool:
    return watermark is not None and end - 1 <= watermark


def _aligned(windows: Windows, rows: Sequence[Row], now: int | None) -> Iterator[Result]:
    held: dict[tuple[Window, str], list[int]] = {}
    for number, row in enumerate(rows):
        for window in windows.of(row.time):
            if not _over(window[1], row.watermark):
                held.setdefault((window, row.key), []).append(number)
    for (window, key), numbers in held.items():
        if _over(window[1], now):
            yield *window, key, tuple(numbers)


def _sessions(windows: Windows, rows: Sequence[Row], now: int | None) -> Iterator[Result]:
    active: list[tuple[int, int, str, list[int]]] = []
    for number, row in enumerate(rows):
        for over in [one for one in active if _over(one[1], row.watermark)]:
            active.remove(over)
            yield over[0], over[1], over[2], tuple(over[3])
        start, end, members = row.time, row.time + windows.size, [number]
        touched = [s for s in active if s[2] == row.key and s[0] <= end and s[1] >= start]
        if not touched and _over(end, row.watermark):
            continue
        for session in touched:
            active.remove(session)
            start, end = min(start, session[0]), max(end, session[1])
            members = session[3] + members
        active.append((start, end, row.key, sorted(members)))
    for start, end, key, members in active:
        if _over(end, now):
            yield start, end, key, tuple(members)
