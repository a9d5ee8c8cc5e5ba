"""One line of the list of what is emulated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["emulated", "refused as on the cloud", "not emulated"]


@dataclass(frozen=True)
class Listed:
    """One thing a service has, and what becomes of it here.

    Attributes:
        group: the heading it stands under.
        name: as a reader would look for it; unique within its group.
        form: how it is written; empty where the name says all.
        state: whether the emulator does it, refuses it as Confluent Cloud refuses it, or has to
            say "not emulated" where the live target would do it.
        note: a remark for readers; may be empty.
    """

    group: str
    name: str
    form: str
    state: State
    note: str = ""


def state_of(emulated: bool) -> State:
    """Return the state of what the services have."""
    return "emulated" if emulated else "not emulated"
