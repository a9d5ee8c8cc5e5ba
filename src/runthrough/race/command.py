"""What `runthrough race` does: it serves the board, runs a race, and stays for what comes after."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import MappingProxyType

from runthrough.data import race
from runthrough.data.race_producing import produce_race
from runthrough.data.records import registry_client
from runthrough.data.river_hotels import Dataset
from runthrough.data.stream import Event
from runthrough.race.board import Board
from runthrough.race.server import Page, serve_page
from runthrough.race.watch import Topics, watching
from runthrough.settings import Settings

COMMENTS = "race-commentary"
ANOMALIES = "race-anomalies"
ARRIVAL_SECONDS = 15.0
"""How long the last second of a race may take from the broker to the board."""


@dataclass(frozen=True)
class Show:
    """A board that is being served."""

    settings: Settings
    board: Board
    url: str


@dataclass(frozen=True)
class Finish:
    """How a race ended.

    Attributes:
        sent: rows that were sent; 0 where all of it was in the topics before.
        took: seconds, from the first of them to the last one's place on the board.
        arrived: whether the board shows the last second.
    """

    race_id: str
    winner: str
    sent: int
    took: float
    arrived: bool


@contextmanager
def open_show(
    settings: Settings,
    *,
    port: int,
    seed: int | None,
    seconds: int | None,
    comments: str = COMMENTS,
    anomalies: str = ANOMALIES,
) -> Iterator[Show]:
    """Serve the board of a race, and watch its topics, while the block lasts.

    Args:
        settings: where Kafka and the Schema Registry are.
        port: of this machine, 0 = any free one.
        seed: of the race to show; None shows whichever begins last.
        seconds: how long it lasts; None if that is not known.
        comments: the topic of the comments.
        anomalies: the topic of the anomalies.

    Raises:
        SettingsError: a setting is missing.
        RunthroughError: the port is taken.
    """
    settings.require("KAFKA_BOOTSTRAP_SERVERS", "SCHEMA_REGISTRY_REST_ENDPOINT")
    board = Board(race_id=None if seed is None else race.race_id(seed), total=seconds)
    topics = Topics(race.POSITIONS, comments, anomalies)
    with (
        serve_page(Page(board), port=port) as url,
        registry_client(settings) as registry,
        watching(settings.kafka_login(), registry, topics=topics, board=board),
    ):
        yield Show(settings, board, url)


def run_race(
    show: Show, *, seed: int, seconds: int, speed: float, told: Callable[[Event], None]
) -> Finish:
    """Send a race second by second, and wait until the board shows its end.

    Args:
        show: the board, and where to send.
        seed: of the race.
        seconds: how long it lasts, by its own clock.
        speed: 10 runs it in a tenth of that.
        told: called with each row that was sent.

    Raises:
        SettingsError: a setting is missing.
        ServiceError: a service refused or did not answer.
    """
    dataset = race_of(seed, seconds)
    began = time.monotonic()
    sent = produce_race(show.settings, dataset, rate=speed, told=told)
    arrived = _wait_for(show.board, seconds - 1)
    took = time.monotonic() - began
    last = dataset.rows[race.POSITIONS][-len(race.RACERS)]
    return Finish(race.race_id(seed), str(last["racer"]), sent, took, arrived)


def race_of(seed: int, seconds: int) -> Dataset:
    """Return the first seconds of the race of a seed."""
    whole = race.generate(seed, scale=math.ceil(seconds / race.SECONDS))
    rows = {
        topic: tuple(row for row in of_topic if int(row["race_second"]) < seconds)
        for topic, of_topic in whole.rows.items()
    }
    return replace(whole, rows=MappingProxyType(rows))


def _wait_for(board: Board, second: int) -> bool:
    news = threading.Event()
    leave = board.listen(news.set)
    limit = time.monotonic() + ARRIVAL_SECONDS
    try:
        while (shown := board.second) is None or shown < second:
            if time.monotonic() > limit:
                return False
            news.wait(0.5)
            news.clear()
        return True
    finally:
        leave()
