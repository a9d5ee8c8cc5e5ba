"""Lines about topics, their schemas and the data the labs start from."""

from __future__ import annotations

import pytest
from pytest_bdd import parsers, then, when

from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.data.command import RACE_TOPICS, expected, produce, run_race
from runthrough.data.manifest import Manifest
from runthrough.run.ledger import Ledger
from runthrough.settings import Settings


@pytest.fixture(scope="session")
def manifest(request: pytest.FixtureRequest) -> Manifest:
    """What the generator promises for the seed and scale of this run."""
    option = request.config.getoption
    return expected(seed=option("--seed"), scale=option("--scale"))


@when(parsers.re(r"I load the data of (?P<what>River Hotels|the race)"))
def load_data(
    settings: Settings, kafka: Kafka, ledger: Ledger, manifest: Manifest, what: str
) -> None:
    is_race = what == "the race"
    ledger.changes("loading data")
    there = kafka.topics()
    for topic in RACE_TOPICS if is_race else manifest.topics:
        if topic not in there:
            ledger.created("subject", f"{topic}-key")
            ledger.created("subject", f"{topic}-value")
            ledger.created("topic", topic)
    send = run_race if is_race else produce
    send(settings, seed=manifest.seed, scale=manifest.scale)


@then("every topic holds as many records as were generated")
def count_records(kafka: Kafka, manifest: Manifest) -> None:
    there = kafka.topics()
    counts = {topic: kafka.count(topic) if topic in there else 0 for topic in manifest.topics}
    wrong = {t: n for t, n in counts.items() if n != manifest.topics[t]}
    expected = {topic: manifest.topics[topic] for topic in wrong}
    assert not wrong, f"the topics hold {wrong} instead of {expected}"


@then(parsers.parse('the topic "{topic}" has {count:d} partitions'))
def count_partitions(kafka: Kafka, topic: str, count: int) -> None:
    partitions = kafka.partitions(topic)
    assert partitions == count, f"topic {topic!r} has {partitions} partitions"


@then(parsers.parse('the values of "{topic}" have the fields:'))
def see_fields(registry: Registry, topic: str, datatable: list[list[str]]) -> None:
    fields = registry.latest(f"{topic}-value").fields
    missing = [name for name in datatable[0] if name not in fields]
    assert not missing, f"the schema of {topic!r} has no {missing}, only {list(fields)}"
