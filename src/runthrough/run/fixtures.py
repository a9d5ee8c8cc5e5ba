"""What step definitions may ask for by name.

`values`, `fill` and `show_rows` belong to one scenario and are given by its scope (`stage.py`).
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runthrough.clients.aws import Identity
from runthrough.clients.bedrock import Bedrock
from runthrough.clients.confluent import ControlPlane
from runthrough.clients.emulator import EmulatorDoor
from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.clients.tableflow import Tableflow
from runthrough.run.ledger import Ledger
from runthrough.run.options import RUN
from runthrough.run.session import Run
from runthrough.settings import Settings


@pytest.fixture(scope="session")
def labs_run(request: pytest.FixtureRequest) -> Run:
    """The run these scenarios belong to."""
    return request.config.stash[RUN]


@pytest.fixture(scope="session")
def settings(labs_run: Run) -> Settings:
    """The settings of the target."""
    return labs_run.settings


@pytest.fixture(scope="session")
def ledger(labs_run: Run) -> Ledger:
    """Where a step writes down what it is about to create."""
    return labs_run.ledger


@pytest.fixture(scope="session")
def run_id(labs_run: Run) -> str:
    """Eight characters that tell this run from others."""
    return labs_run.run_id


@pytest.fixture(scope="session")
def confluent(labs_run: Run) -> ControlPlane:
    """The control plane of Confluent Cloud."""
    return labs_run.clients.confluent()


@pytest.fixture(scope="session")
def flink(labs_run: Run) -> Flink:
    """The Flink gateway."""
    return labs_run.clients.flink()


@pytest.fixture(scope="session")
def kafka(labs_run: Run) -> Kafka:
    """The Kafka cluster."""
    return labs_run.clients.kafka()


@pytest.fixture(scope="session")
def registry(labs_run: Run) -> Registry:
    """The Schema Registry."""
    return labs_run.clients.registry()


@pytest.fixture(scope="session")
def tableflow(labs_run: Run) -> Tableflow:
    """Tableflow of the cluster."""
    return labs_run.clients.tableflow()


@pytest.fixture(scope="session")
def bedrock(labs_run: Run) -> Bedrock:
    """Amazon Bedrock."""
    return labs_run.clients.bedrock()


@pytest.fixture(scope="session")
def identity(labs_run: Run) -> Identity:
    """Who the AWS credentials belong to."""
    return labs_run.clients.identity()


@pytest.fixture
def emulator_door(labs_run: Run) -> Iterator[EmulatorDoor]:
    """The emulator's own door; what a scenario has go wrong there is put right at its end."""
    door = labs_run.clients.emulator_door()
    yield door
    door.put_right()
