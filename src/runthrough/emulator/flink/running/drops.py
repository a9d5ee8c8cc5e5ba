"""What there is to be dropped when a DROP has its turn.

Another statement may have dropped it after this one was planned.
"""

from __future__ import annotations

from runthrough.emulator.broker import Broker
from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.plan import Drop, SqlError
from runthrough.emulator.flink.running.objects import Objects


def is_taken(objects: Objects, broker: Broker, path: tuple[str, str, str]) -> bool:
    """Return whether there is a table or view of that path, or a topic that would be one."""
    if objects.view(path, Session()) is not None:
        return True
    topic = objects.topic_of(path)
    if topic is None:
        return False
    return broker.has_topic(topic) or objects.has_external(topic)


def is_there(objects: Objects, broker: Broker, command: Drop) -> bool:
    """Return whether what is to be dropped is there."""
    match command.object:
        case "MODEL":
            return objects.models_kept.has(command.path)
        case "CONNECTION":
            return objects.connections.get(command.path[2]) is not None
        case "VIEW":
            return objects.view(command.path, Session()) is not None
        case _:
            return is_taken(objects, broker, command.path)


def absent(command: Drop) -> str:
    """Return what is said where there is nothing to drop.

    Raises:
        SqlError: the statement does not say IF EXISTS.
    """
    if command.exists and not command.if_exists:
        written = ".".join(part for part in command.path if part)
        raise SqlError(f"{command.object.title()} with identifier '{written}' does not exist.")
    return f"{command.object.capitalize()} '{command.path[2]}' does not exist; nothing was done."
