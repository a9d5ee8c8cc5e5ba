"""A table's `kafka.*` options and its topic's settings, each from the other.

Source: facts/flink-sql-ai.md 1.3: 0 stands for no limit, which is -1 to Kafka.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.table_options import (
    CLEANUP,
    COMPACTION,
    DEFAULTS,
    MESSAGE_SIZE,
    RETENTION,
    RETENTION_SIZE,
    duration_text,
    milliseconds,
    size_in_bytes,
    size_text,
)

_TIMESTAMP_TYPES = {"create-time": "CreateTime", "log-append-time": "LogAppendTime"}
_NAMES = {
    CLEANUP: "cleanup.policy",
    COMPACTION: "max.compaction.lag.ms",
    MESSAGE_SIZE: "max.message.bytes",
    "kafka.message-timestamp-type": "message.timestamp.type",
    "kafka.producer.compression.type": "compression.type",
    RETENTION_SIZE: "retention.bytes",
    RETENTION: "retention.ms",
}
_TO_TOPIC: dict[str, Callable[[str], str]] = {
    CLEANUP: lambda text: text.replace("-", ","),
    COMPACTION: lambda text: str(milliseconds(text)),
    MESSAGE_SIZE: lambda text: str(size_in_bytes(text)),
    "kafka.message-timestamp-type": lambda text: _TIMESTAMP_TYPES.get(text, text),
    RETENTION_SIZE: lambda text: str(size_in_bytes(text) or -1),
    RETENTION: lambda text: str(milliseconds(text) or -1),
}
_TO_TABLE: dict[str, Callable[[str], str]] = {
    CLEANUP: lambda text: "delete-compact" if "," in text else text,
    COMPACTION: lambda text: duration_text(int(text)),
    MESSAGE_SIZE: lambda text: size_text(int(text)),
    "kafka.message-timestamp-type": lambda text: {
        theirs: ours for ours, theirs in _TIMESTAMP_TYPES.items()
    }.get(text, text),
    RETENTION_SIZE: lambda text: size_text(max(int(text), 0)),
    RETENTION: lambda text: duration_text(max(int(text), 0)),
}


def topic_settings(options: Mapping[str, str]) -> dict[str, str]:
    """Return the settings that options make; without those that keep their defaults.

    Raises:
        SqlError: naming an option whose value is none.
    """
    settings = {}
    for option, setting in _NAMES.items():
        if (written := options.get(option)) is None:
            continue
        try:
            settings[setting] = _TO_TOPIC.get(option, str)(written)
        except ValueError as e:
            raise SqlError(f"Could not parse value '{written}' for key '{option}'.") from e
    return settings


def table_options(settings: Mapping[str, str]) -> dict[str, str]:
    """Return the options that a topic's settings are; a value no option can have is left out."""
    options = {}
    for option, setting in _NAMES.items():
        if (written := settings.get(setting)) is None:
            continue
        try:
            value = _TO_TABLE.get(option, str)(written)
        except ValueError:
            continue
        if DEFAULTS.get(option) != value:
            options[option] = value
    return options


def with_settings(options: Mapping[str, str], settings: Mapping[str, str]) -> dict[str, str]:
    """Return a table's options, those of its topic's settings made anew from these."""
    others = {name: value for name, value in options.items() if name not in _NAMES}
    return {**others, **table_options(settings)}


SETTINGS = tuple(_NAMES.values())
"""The settings that tables have options for."""
