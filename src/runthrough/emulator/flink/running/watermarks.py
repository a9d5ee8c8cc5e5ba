"""Watermarks: how far a source's time has come, record by record and partition by partition.

A record is measured against the watermark that was there before it, so the tracker walks over the
records in the order of arrival, once, and writes that watermark beside each of them. Sources:
facts/flink-sql-ai.md 1.3 (default strategy, idleness) and Flink's StatusWatermarkValve (the
smallest over the partitions that are not idle; once all of them are idle, the largest).
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from runthrough.emulator.flink.plan import SqlError

INPUT_ENDED = 9223372036854775807
"""The watermark of an input that has ended, as Flink's Watermark.MAX_WATERMARK."""

IDLE_TIMEOUT = "sql.tables.scan.idle-timeout"

_DAY = 86_400_000
_UNITS = {
    **dict.fromkeys(("", "ms", "milli", "millis", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1_000),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), _DAY),
}


@dataclass(frozen=True)
class WatermarkSettings:
    """The default strategy and the idleness of partitions; all times in ms.

    Attributes:
        least, most: bounds of the out-of-orderness that is allowed for.
        window: how many of a partition's last records it is measured on.
        quantile: the part of them that is in time.
        warm_up: (number of a partition's record, extra margin up to it), rising.
        idle_first, idle_most: a partition without records is idle after so long; the first at a
            statement's start, rising to the second.
        idle_growth: what is added for each ms of the statement's age. That it is linear, and its
            slope (5 minutes after 95 minutes), are ours; facts 1.3 give both ends alone.
    """

    least: int = 50
    most: int = 7 * _DAY
    window: int = 5_000
    quantile: float = 0.95
    warm_up: tuple[tuple[int, int], ...] = (
        (250, 7 * _DAY),
        (500, 30_000),
        (750, 10_000),
        (1_000, 1_000),
    )
    idle_first: int = 15_000
    idle_most: int = 300_000
    idle_growth: float = 0.05


CONFLUENTS_WATERMARKS = WatermarkSettings()


@dataclass(frozen=True)
class Arrival:
    """One record as the tracker sees it.

    Attributes:
        proposed: ms since 1970: what a declared watermark expression gives for the record, or
            for the default strategy the record's own time; None where that is NULL.
    """

    number: int
    partition: int
    proposed: int | None


def idle_timeout(written: str | None) -> int | None:
    """Return `sql.tables.scan.idle-timeout` in ms; None = progressive, 0 = never idle.

    Raises:
        SqlError: it is not a duration.
    """
    if written is None:
        return None
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", written.strip())
    if found is None or found[2].lower() not in _UNITS:
        raise SqlError(f"Could not parse value '{written}' for key '{IDLE_TIMEOUT}'.")
    return int(found[1]) * _UNITS[found[2].lower()]


@dataclass
class _Partition:
    """One partition: its watermark, when it last had a record, and what the default measures."""

    active_at: int
    mark: int | None = None
    idle: bool = False
    count: int = 0
    newest: int | None = None
    lags: deque[int] = field(default_factory=deque)
    ranked: list[int] = field(default_factory=list)


class Tracker:
    """The watermark of one source of one statement."""

    def __init__(
        self,
        partitions: Iterable[int],
        *,
        now: int,
        declared: bool,
        settings: WatermarkSettings,
        timeout: int | None = None,
    ) -> None:
        """Begin to track.

        Args:
            partitions: those that exist; one that never has a record holds back until it is idle.
            now: the engine's time in ms, at which the statement begins to read.
            declared: what records propose is a declared watermark; else their time.
            settings: of the default strategy and of idleness.
            timeout: see `idle_timeout`.
        """
        self._settings, self._declared, self._timeout = settings, declared, timeout
        self._began = now
        self._partitions = {p: _Partition(now) for p in partitions}
        self.current: int | None = None

    def take(self, arrivals: Sequence[Arrival], now: int) -> list[tuple[int, int | None]]:
        """Walk over records that came; return for each its number and the watermark before it."""
        self.pass_time(now)
        before = []
        for record in arrivals:
            before.append((record.number, self.current))
            place = self._partitions.setdefault(record.partition, _Partition(now))
            place.active_at, place.idle = now, False
            if record.proposed is not None and self._raise(place, record.proposed):
                self._combine()
        return before

    def pass_time(self, now: int) -> bool:
        """Let partitions fall idle by the clock; return whether the watermark has moved."""
        timeout = self._idle_after(now)
        if timeout is None:
            return False
        for place in self._partitions.values():
            place.idle = place.idle or now - place.active_at >= timeout
        last = self.current
        self._combine()
        return self.current != last

    def waits(self) -> bool:
        """Return whether time alone may move the watermark: a partition is not idle yet."""
        if self._timeout == 0 or all(p.mark is None for p in self._partitions.values()):
            return False
        return any(not place.idle for place in self._partitions.values())

    def _idle_after(self, now: int) -> int | None:
        if self._timeout is not None:
            return self._timeout or None
        s = self._settings
        return min(s.idle_most, s.idle_first + int((now - self._began) * s.idle_growth))

    def _raise(self, place: _Partition, proposed: int) -> bool:
        if not self._declared:
            proposed = self._default(place, proposed)
        if place.mark is not None and proposed <= place.mark:
            return False
        place.mark = proposed
        return True

    def _default(self, place: _Partition, time: int) -> int:
        """Return the newest time less the usual delay, and less what is added in the warm-up."""
        s = self._settings
        place.count += 1
        place.newest = time if place.newest is None else max(place.newest, time)
        lag = place.newest - time
        place.lags.append(lag)
        insort(place.ranked, lag)
        if len(place.lags) > s.window:
            del place.ranked[bisect_left(place.ranked, place.lags.popleft())]
        usual = place.ranked[math.ceil(s.quantile * len(place.ranked)) - 1]
        margin = next((extra for upto, extra in s.warm_up if place.count <= upto), 0)
        return place.newest - min(max(usual, s.least), s.most) - margin

    def _combine(self) -> None:
        marks = [p.mark for p in self._partitions.values() if not p.idle]
        known = [m for m in marks if m is not None]
        if not marks:
            known = [p.mark for p in self._partitions.values() if p.mark is not None]
            combined = max(known, default=None)
        else:
            combined = min(known) if len(known) == len(marks) else None
        if combined is not None and (self.current is None or combined > self.current):
            self.current = combined
