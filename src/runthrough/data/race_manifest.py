"""What a lab may expect of one race: counts, places and the injected anomalies.

Facts workshop-labs E.3, E.5 and G (E09-E15).
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from runthrough.data.manifest import write_whole
from runthrough.data.race import LAB, POSITIONS, RACERS, SECONDS, Anomaly, anomalies, race_id
from runthrough.data.river_hotels import Dataset


@dataclass(frozen=True)
class RaceManifest:
    """Expected counts of one race.

    Attributes:
        race_id: of its rows.
        seconds: how long it lasts.
        racers: names, in the order of the start numbers.
        topics: topic → number of records.
        categories: of the comments by position: 1 highlight, 2 and 3 warning, others info.
        result: names in the order of the last second, the winner first.
        anomalies: what was injected, in the order of time.
    """

    lab: str
    seed: int
    scale: int
    race_id: str
    seconds: int
    racers: tuple[str, ...]
    topics: Mapping[str, int]
    categories: Mapping[str, int]
    result: tuple[str, ...]
    anomalies: tuple[Anomaly, ...]

    @classmethod
    def from_dataset(cls, race: Dataset) -> RaceManifest:
        """Count the rows of a race."""
        positions, seconds = race.rows[POSITIONS], SECONDS * race.scale
        last = [row for row in positions if row["race_second"] == seconds - 1]
        return cls(
            lab=LAB,
            seed=race.seed,
            scale=race.scale,
            race_id=race_id(race.seed),
            seconds=seconds,
            racers=tuple(racer.name for racer in RACERS),
            topics={topic: len(rows) for topic, rows in race.rows.items()},
            categories=dict(Counter(category(int(row["position"])) for row in positions)),
            result=tuple(str(row["racer"]) for row in sorted(last, key=lambda r: r["position"])),
            anomalies=anomalies(race.seed),
        )

    def write(self, path: Path) -> None:
        """Write the manifest to a file, whole or not at all."""
        write_whole(path, self.to_json())

    def to_json(self) -> str:
        """Return the manifest as JSON, the same bytes for the same counts."""
        return json.dumps(asdict(self), indent=2) + "\n"


def category(position: int) -> str:
    """Return the category of a comment on a position (facts E.5)."""
    if position == 1:
        return "highlight"
    return "warning" if position <= 3 else "info"
