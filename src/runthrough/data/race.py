"""The race: eight made-up racers, their positions and the heat of their cars, second by second.

Facts workshop-labs E.3 and G (E09, E14): one message a racer a second, and in each second the
positions are 1 to N, each once; one temperature a team a second, around 90 degrees but for a few
injected ones that are far too hot or too cold. The racers drive under aliases of our own invention;
other numbers are ours too.

Engines stay within a degree and a half of their mean unless an anomaly is injected, and none is
injected before second 25, when a model that needs 16 values has long seen enough.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType

from runthrough.data.draw import Draw
from runthrough.data.river_hotels import Dataset, Row, millis
from runthrough.data.schemas import MILLIS, Topic
from runthrough.data.stream import Event

LAB = "race"
SEED = 42
BASE = datetime(2026, 6, 7, 14, 0, tzinfo=UTC)
"""When the lights of the race of seed 42 go out; see `start_of`."""
_HOURS = 10_000
SECONDS = 60
SECOND = 1_000  # milliseconds

POSITIONS = "race-positions"
METRICS = "race-car-metrics"

HOT, COLD = "hot", "cold"
TOO_HOT = (1_280, 1_450)  # tenths of a degree Celsius
TOO_COLD = (400, 550)
MEAN = (870, 930)
WOBBLE = 15
FIRST_ANOMALY, LAST_ANOMALY = 25, 55
ANOMALIES = ((0, HOT), (1, COLD), (2, HOT), (2, COLD))
"""Team by its place in `TEAMS`, and what befalls it; the fourth team has a quiet race."""


@dataclass(frozen=True)
class Racer:
    """One who races, under an alias."""

    name: str
    team: str


TEAMS = ("Basalt", "Cirrus", "Dynamo", "Meridian")
RACERS = (
    Racer("Copper Comet", "Basalt"),
    Racer("Iron Thistle", "Basalt"),
    Racer("Night Heron", "Cirrus"),
    Racer("Silver Gust", "Cirrus"),
    Racer("Blue Static", "Dynamo"),
    Racer("Quick Marten", "Dynamo"),
    Racer("Paper Tiger", "Meridian"),
    Racer("Wild Bramble", "Meridian"),
)

TOPICS: tuple[Topic, ...] = (
    Topic(
        POSITIONS,
        key_field="racer",
        time_field="happened_at",
        partitions=1,
        record="RacePosition",
        fields=(
            ("race_id", "string"),
            ("racer", "string"),
            ("team", "string"),
            ("position", "int"),
            ("race_second", "int"),
            ("happened_at", MILLIS),
        ),
    ),
    Topic(
        METRICS,
        key_field="team",
        time_field="happened_at",
        partitions=1,
        record="CarMetric",
        fields=(
            ("race_id", "string"),
            ("team", "string"),
            ("engine_temperature", "double"),
            ("race_second", "int"),
            ("happened_at", MILLIS),
        ),
    ),
)


@dataclass(frozen=True)
class Anomaly:
    """A temperature that was injected.

    Attributes:
        second: of the race, from 0.
        temperature: degrees Celsius.
        kind: `hot` or `cold`.
    """

    team: str
    second: int
    temperature: float
    kind: str


def generate(seed: int = SEED, scale: int = 1, base: datetime | None = None) -> Dataset:
    """Generate one race.

    Args:
        seed: any whole number; another seed gives another race.
        scale: the race lasts 60 seconds times this.
        base: when it starts, with a time zone; `start_of` the seed if None.

    Raises:
        ValueError: the scale is below 1, or the base instant has no time zone.
    """
    if scale < 1:
        raise ValueError(f"the scale must be 1 or more, not {scale}")
    base = start_of(seed) if base is None else base
    start, seconds = millis(base), SECONDS * scale
    rows = {
        POSITIONS: tuple(_positions(Draw(seed, "positions"), race_id(seed), start, seconds)),
        METRICS: tuple(_metrics(seed, start, seconds)),
    }
    return Dataset(seed, scale, base, MappingProxyType(rows), LAB)


def start_of(seed: int) -> datetime:
    """Return when the race of a seed starts: an hour after that of the seed before.

    Races of one and the same minute could not be run one after the other: to a statement with a
    watermark, every row of the second one would be late, and late rows are dropped. Below 42, and
    after 10,000 hours, the hours begin again.
    """
    return BASE + timedelta(hours=(seed - SEED) % _HOURS)


def race_id(seed: int) -> str:
    """Return the id of the race of a seed."""
    return f"race-{seed}"


def anomalies(seed: int = SEED) -> tuple[Anomaly, ...]:
    """Return what is injected into the race of a seed, in the order of time."""
    draw = Draw(seed, "anomalies")
    # Apart from each other, so that a model has settled again when the next one comes.
    places = draw.shuffled(range(len(ANOMALIES)))
    apart = (LAST_ANOMALY - FIRST_ANOMALY) // len(ANOMALIES)
    found = []
    for place, (team, kind) in zip(places, ANOMALIES, strict=True):
        low, high = TOO_HOT if kind == HOT else TOO_COLD
        second = FIRST_ANOMALY + place * apart + draw.between(0, 2)
        found.append(Anomaly(TEAMS[team], second, draw.between(low, high) / 10, kind))
    return tuple(sorted(found, key=lambda anomaly: anomaly.second))


def in_time(race: Dataset) -> Iterator[Event]:
    """Yield a race's rows as they happen: each second the positions, then the temperatures."""
    yield from heapq.merge(
        *(
            [Event(topic, row, int(row["happened_at"])) for row in race.rows[topic]]
            for topic in race.rows
        ),
        key=lambda event: event.at,
    )


def _positions(draw: Draw, race: str, start: int, seconds: int) -> Iterator[Row]:
    """Yield who is where: a grid drawn by lot, then each second one or two overtake the next."""
    order = list(draw.shuffled(RACERS))
    for second in range(seconds):
        for position, racer in enumerate(order, start=1):
            yield {
                "race_id": race,
                "racer": racer.name,
                "team": racer.team,
                "position": position,
                "race_second": second,
                "happened_at": start + second * SECOND,
            }
        for _ in range(draw.between(1, 2)):
            ahead = draw.between(0, len(order) - 2)
            order[ahead], order[ahead + 1] = order[ahead + 1], order[ahead]


def _metrics(seed: int, start: int, seconds: int) -> Iterator[Row]:
    injected = {(a.team, a.second): a.temperature for a in anomalies(seed)}
    draws = {team: Draw(seed, f"heat of {team}") for team in TEAMS}
    means = {team: draws[team].between(*MEAN) for team in TEAMS}
    for second in range(seconds):
        for team in TEAMS:
            usual = (means[team] + draws[team].between(-WOBBLE, WOBBLE)) / 10
            yield {
                "race_id": race_id(seed),
                "team": team,
                "engine_temperature": injected.get((team, second), usual),
                "race_second": second,
                "happened_at": start + second * SECOND,
            }
