"""Lines that have something go wrong, for scenarios that are for the emulator alone."""

from __future__ import annotations

from typing import Any

import yaml
from pytest_bdd import given

from runthrough.clients.emulator import EmulatorDoor
from runthrough.errors import StepError
from runthrough.run.ledger import Ledger


@given("this fault:")
def add_fault(emulator_door: EmulatorDoor, ledger: Ledger, docstring: str) -> None:
    ledger.changes("having requests fail")
    emulator_door.add_fault(_read(docstring))


@given("this AWS account:")
def change_account(emulator_door: EmulatorDoor, ledger: Ledger, docstring: str) -> None:
    ledger.changes("changing the AWS account")
    emulator_door.change_account(_read(docstring))


def _read(text: str) -> dict[str, Any]:
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError as e:
        raise StepError(f"this is not YAML: {e}") from e
    if not isinstance(value, dict):
        raise StepError("this is no map of names and values")
    return value
