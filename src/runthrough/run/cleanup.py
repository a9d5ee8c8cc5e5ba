"""How each kind of thing a run creates is deleted again, by the client that can."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from runthrough.clients.flink import Flink
from runthrough.clients.kafka import Kafka
from runthrough.clients.registry import Registry
from runthrough.clients.tableflow import Tableflow
from runthrough.run.ledger import Ledger


class Clients(Protocol):
    """Where clients come from; built when first asked for."""

    def flink(self) -> Flink:
        """Return the client of the Flink gateway."""
        ...

    def kafka(self) -> Kafka:
        """Return the client of the Kafka cluster."""
        ...

    def registry(self) -> Registry:
        """Return the client of the Schema Registry."""
        ...

    def tableflow(self) -> Tableflow:
        """Return the client of Tableflow."""
        ...


def register_deleters(ledger: Ledger, clients: Clients) -> None:
    """Tell the ledger how to delete each kind of thing that a step creates."""
    deleters: dict[str, Callable[[str], None]] = {
        "statement": lambda name: clients.flink().delete(name),
        "table": lambda name: clients.flink().drop("table", name),
        "view": lambda name: clients.flink().drop("view", name),
        "model": lambda name: clients.flink().drop("model", name),
        "connection": lambda name: clients.flink().delete_connection(name),
        "topic": lambda name: clients.kafka().delete_topic(name),
        "tableflow topic": lambda name: clients.tableflow().turn_off(name),
        "subject": lambda name: clients.registry().delete(name),
    }
    for kind, deleter in deleters.items():
        ledger.deletes(kind, deleter)
