"""How the random sequences of requests are run that are compared with a plain model."""

from __future__ import annotations

import itertools

from hypothesis import HealthCheck, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

PREFIXES = itertools.count()
"""Every run has names of its own: the emulator is shared by the tests of a module."""


def run(machine: type[RuleBasedStateMachine], *, examples: int = 15, steps: int = 20) -> None:
    """Run a machine's rules in random order, so many times."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
