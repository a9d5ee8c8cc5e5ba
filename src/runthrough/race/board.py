"""The board: what a race has come to, and what changed since a reader last asked.

Everything that happens has a number. Who reconnects names the last number they saw and gets what
came after it, or, where that lies too far back, the whole board.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from runthrough.race.rows import Anomaly, Comment, Position

HISTORY = 2_000
"""Changes that are remembered for readers who were away."""
COMMENTS = 40
ANOMALIES = 24
MAX_RACERS = 100
PATIENCE = 3
"""Seconds of the race after which a second counts as told, though a racer is missing in it."""

Item = Position | Comment | Anomaly


@dataclass(frozen=True)
class Source:
    """A topic, as far as it is known.

    Attributes:
        kind: what comes from it: `positions`, `comments` or `anomalies`.
        state: `reading`, `waiting` (it is not there) or `unknown` (no broker told).
    """

    kind: str
    state: str


@dataclass(frozen=True)
class Change:
    """Something that happened.

    Attributes:
        number: 1 for the first.
        kind: `state`, `standings`, `comment`, `anomaly` or `topics`.
        body: what the page needs to know, JSON.
    """

    number: int
    kind: str
    body: Mapping[str, Any]


@dataclass(frozen=True)
class Standing:
    """A racer on the board.

    Attributes:
        gained: places won since the start, lost if below 0.
        held: seconds in this place.
    """

    racer: str
    team: str
    position: int
    gained: int
    held: int


class Board:
    """One race as it is now. Written by the thread that reads topics, read by many.

    The data hold no distances: what lies between racers is places, not seconds.
    """

    def __init__(
        self, *, race_id: str | None = None, total: int | None = None, history: int = HISTORY
    ) -> None:
        """Begin with an empty board.

        Args:
            race_id: the race to show; None shows whichever race begins last.
            total: how many seconds it lasts, if known.
            history: changes to remember.
        """
        self._lock = threading.Lock()
        self._wakers: set[Callable[[], None]] = set()
        self._changes: deque[Change] = deque(maxlen=history)
        self._number = 0
        self._follows = race_id is None
        self._races = set() if race_id is None else {race_id}
        self._total = total
        self._topics: dict[str, Source] = {}
        self._notes: dict[str, str] = {}
        self._begin(race_id)

    def _begin(self, race_id: str | None) -> None:
        self._race_id = race_id
        self._second: int | None = None
        self._start: int | None = None
        self._pending: dict[int, dict[str, Position]] = {}
        self._standings: tuple[Standing, ...] = ()
        self._grid: dict[str, int] = {}
        self._since: dict[str, int] = {}
        self._comments: deque[Comment] = deque(maxlen=COMMENTS)
        self._latest: dict[str, Comment] = {}
        self._comment_count = self._anomaly_count = 0
        self._anomalies: dict[tuple[str, int | None, float], Anomaly] = {}

    @property
    def second(self) -> int | None:
        """The second of the race that is shown, None before the first."""
        with self._lock:
            return self._second

    def take(self, items: Iterable[Item]) -> None:
        """Take what was read at once; positions of one second become one change."""
        with self._lock:
            before = self._number
            for item in items:
                match item:
                    case Position():
                        self._take_position(item)
                    case Comment() if self._is_of_this_race(item.race_id):
                        self._take_comment(item)
                    case Anomaly() if self._is_of_this_race(item.race_id):
                        self._take_anomaly(item)
            self._show_second()
            changed = self._number > before
        if changed:
            self._wake()

    def tell_topics(self, topics: Mapping[str, Source], notes: Mapping[str, str]) -> None:
        """Say which topics are read or waited for, and what cannot be read (topic → words)."""
        with self._lock:
            if (self._topics, self._notes) == (dict(topics), dict(notes)):
                return
            self._topics, self._notes = dict(topics), dict(notes)
            self._add("topics", self._sources())
        self._wake()

    def snapshot(self) -> Change:
        """Return the whole board, with the number of the last change in it."""
        with self._lock:
            return Change(self._number, "state", self._state())

    def after(self, number: int) -> tuple[Change, ...] | None:
        """Return the changes after that number; None where some of them are forgotten."""
        with self._lock:
            if number > self._number:
                return None
            first = self._changes[0].number if self._changes else self._number + 1
            if number < first - 1:
                return None
            return tuple(change for change in self._changes if change.number > number)

    def listen(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Have a function called after each change, from another thread; returns the way out."""
        with self._lock:
            self._wakers.add(wake)

        def leave() -> None:
            with self._lock:
                self._wakers.discard(wake)

        return leave

    def _wake(self) -> None:
        with self._lock:
            wakers = tuple(self._wakers)
        for wake in wakers:
            wake()

    def _is_of_this_race(self, race_id: str | None) -> bool:
        """A row without the id of a race is taken for one of this race."""
        return race_id is None or self._race_id is None or race_id == self._race_id

    def _take_position(self, item: Position) -> None:
        if item.race_id != self._race_id:
            if not self._follows or item.race_id in self._races:
                return
            self._races.add(item.race_id)
            if self._race_id is None:
                self._race_id = item.race_id
            else:
                self._begin(item.race_id)
                self._add("state", self._state())
        if self._second is not None and item.second <= self._second:
            return
        of_second = self._pending.setdefault(item.second, {})
        if len(of_second) < MAX_RACERS:
            of_second[item.racer] = item

    def _take_comment(self, item: Comment) -> None:
        self._comments.append(item)
        self._comment_count += 1
        if item.racer and (item.racer in self._latest or len(self._latest) < MAX_RACERS):
            self._latest[item.racer] = item
        self._add("comment", self._dated(item))

    def _take_anomaly(self, item: Anomaly) -> None:
        # A topic of the upsert kind may say the same twice.
        key = item.team, item.second if item.at is None else item.at, item.temperature
        if key in self._anomalies:
            return
        self._anomalies[key] = item
        self._anomaly_count += 1
        while len(self._anomalies) > ANOMALIES:
            del self._anomalies[next(iter(self._anomalies))]
        self._add("anomaly", self._dated(item))

    def _show_second(self) -> None:
        """Go on to the newest second that is told in full, or was waited for long enough."""
        newest = max(self._pending, default=0)
        # How many race is not known before the first second is over, so the next one must begin.
        last = None if self._total is None else self._total - 1
        moved = False
        for second in sorted(self._pending):
            positions = self._pending[second]
            begins = not self._standings and second == newest and second != last
            told = len(positions) >= len(self._standings) and not begins
            if told or second <= newest - PATIENCE:
                self._stand(second, positions.values())
                moved = True
        if moved:
            shown = self._second or 0
            self._pending = {s: told for s, told in self._pending.items() if s > shown}
            self._add("standings", self._race())

    def _stand(self, second: int, positions: Iterable[Position]) -> None:
        before = {standing.racer: standing.position for standing in self._standings}
        standings = []
        for item in sorted(positions, key=lambda p: (p.position, p.racer)):
            self._start = item.at - item.second * 1_000
            self._grid.setdefault(item.racer, item.position)
            last = before.get(item.racer, item.position)
            if item.racer not in self._since or last != item.position:
                self._since[item.racer] = second
            standings.append(
                Standing(
                    racer=item.racer,
                    team=item.team,
                    position=item.position,
                    gained=self._grid[item.racer] - item.position,
                    held=second - self._since[item.racer],
                )
            )
        self._second, self._standings = second, tuple(standings)

    def _add(self, kind: str, body: Mapping[str, Any]) -> None:
        self._number += 1
        self._changes.append(Change(self._number, kind, body))

    def _state(self) -> dict[str, Any]:
        return (
            self._race()
            | {
                "comments_so_far": self._comment_count,
                "anomalies_so_far": self._anomaly_count,
                "comments": [self._dated(comment) for comment in self._comments],
                "latest": {racer: self._dated(comment) for racer, comment in self._latest.items()},
                "anomalies": [self._dated(anomaly) for anomaly in self._anomalies.values()],
            }
            | self._sources()
        )

    def _sources(self) -> dict[str, Any]:
        return {
            "topics": {topic: asdict(source) for topic, source in self._topics.items()},
            "notes": dict(self._notes),
        }

    def _race(self) -> dict[str, Any]:
        over = self._total is not None and self._second == self._total - 1
        return {
            "race_id": self._race_id,
            "second": self._second,
            "total": self._total,
            "over": over,
            "standings": [asdict(standing) for standing in self._standings],
        }

    def _dated(self, item: Comment | Anomaly) -> dict[str, Any]:
        """Return an item with its second of the race, worked out where the row has an instant."""
        body = asdict(item)
        if item.second is None and item.at is not None and self._start is not None:
            second = (item.at - self._start) // 1_000
            # A pipeline may stamp its rows with the clock on the wall, which is not the race's.
            latest = 3_600 if self._total is None else self._total
            body["second"] = second if 0 <= second <= latest else None
        return body
