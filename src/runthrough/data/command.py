"""What `runthrough data` and the steps call."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

from runthrough.data import race, river_hotels
from runthrough.data.manifest import Manifest
from runthrough.data.produce import Progress, produce_dataset, stream_dataset
from runthrough.data.race_manifest import RaceManifest
from runthrough.data.race_producing import produce_race
from runthrough.data.river_hotels import SEED, generate
from runthrough.data.stream import Event, stream_rows
from runthrough.data.write import write_dataset, write_files
from runthrough.settings import Settings

RACE = race.LAB
RACE_TOPICS = tuple(topic.name for topic in race.TOPICS)
LABS = (river_hotels.LAB, RACE)


def generate_to(directory: Path, seed: int = SEED, scale: int = 1) -> Manifest:
    """Write the data of lab2 into a folder: NDJSON files and `manifest.json`.

    Raises:
        ValueError: the scale is below 1.
        RunthroughError: the folder cannot be written.
    """
    return write_dataset(generate(seed, scale), directory)


def generate_race_to(directory: Path, seed: int = SEED, scale: int = 1) -> RaceManifest:
    """Write a race into a folder: NDJSON files and `manifest.json`.

    Raises:
        ValueError: the scale is below 1.
        RunthroughError: the folder cannot be written.
    """
    dataset = race.generate(seed, scale)
    manifest = RaceManifest.from_dataset(dataset)
    write_files(dataset, directory, manifest)
    return manifest


def produce(
    settings: Settings,
    seed: int = SEED,
    scale: int = 1,
    progress: Callable[[Progress], None] | None = None,
) -> Manifest:
    """Send the data of lab2 to the settings' cluster and return what is to be expected there.

    Topics that already hold it are left as they are.

    Raises:
        ValueError: the scale is below 1.
        SettingsError: a setting is missing.
        ServiceError: a service refused or did not answer, or a topic holds other records.
    """
    dataset = generate(seed, scale)
    produce_dataset(settings, dataset, progress=progress)
    return Manifest.from_dataset(dataset)


def run_race(
    settings: Settings,
    seed: int = SEED,
    scale: int = 1,
    rate: float | None = None,
    told: Callable[[Event], None] = lambda event: None,
) -> RaceManifest:
    """Send a race to the settings' cluster and return what is to be expected there.

    Args:
        settings: where the services are.
        seed: of the race; another seed is another race beside this one.
        scale: the race lasts 60 seconds times this.
        rate: 6 runs it in a sixth of its time; None sends it at once.
        told: called with each row that was sent.

    Raises:
        ValueError: the scale is below 1, or the rate not above 0.
        SettingsError: a setting is missing.
        ServiceError: a service refused or did not answer.
    """
    dataset = race.generate(seed, scale)
    produce_race(settings, dataset, rate=rate, told=told)
    return RaceManifest.from_dataset(dataset)


def stream(
    settings: Settings,
    seed: int = SEED,
    scale: int = 1,
    rate: float = 1.0,
    count: int | None = None,
    told: Callable[[Event], None] = lambda event: None,
) -> None:
    """Produce the data of lab2, then go on with what happens after it, at its own pace.

    Args:
        settings: where the services are.
        seed: of the data.
        scale: of the history.
        rate: 2 means twice as many events in the same time.
        count: how many events to consider at most; None goes on until it is broken off.
        told: called with each event that was sent.

    Raises:
        ValueError: the scale is below 1, or the rate not above 0.
        SettingsError: a setting is missing.
        ServiceError: a service refused or did not answer, or a topic holds other records.
    """
    dataset = generate(seed, scale)
    produce_dataset(settings, dataset)
    events = islice(stream_rows(dataset, seed=seed, rate=rate), count)
    stream_dataset(settings, dataset, events, told=told)


def expected(seed: int = SEED, scale: int = 1) -> Manifest:
    """Return the manifest of a generation without writing or sending anything."""
    return Manifest.from_dataset(generate(seed, scale))
