"""The WITH options of tables: which keys there are, and the changelog mode among them.

Source: facts/flink-sql-ai.md 1.3 (keys and defaults), 5.5. What the values of the other keys
mean is for who creates the topic to check.
"""

from __future__ import annotations

from collections.abc import Mapping

from runthrough.emulator.flink.catalog import Mode
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError

MODE = "changelog.mode"
MODES: tuple[Mode, ...] = ("append", "upsert", "retract")

DEFAULTS = {
    "connector": "confluent",
    "kafka.cleanup-policy": "delete",
    "kafka.consumer.isolation-level": "read-committed",
    "kafka.producer.compression.type": "none",
    "scan.startup.mode": "earliest-offset",
    "scan.bounded.mode": "unbounded",
    "value.format": "avro-registry",
    "value.fields-include": "except-key",
    "key.fields-prefix": "",
    "error-handling.mode": "fail",
    "error-handling.log.target": "error_log",
}
"""Defaults whose spelling has no variants; such values are not kept."""

KEYS = frozenset(
    {
        MODE,
        *DEFAULTS,
        "key.format",
        "key.format.schema-context",
        "value.format.schema-context",
        "kafka.retention.time",
        "kafka.retention.size",
        "kafka.max-message-size",
        "kafka.compaction.time",
        "kafka.message-timestamp-type",
        "scan.startup.timestamp-millis",
        "scan.bounded.timestamp-millis",
    }
)


def mode_of(options: Mapping[str, str]) -> Mode | None:
    """Return the changelog mode that options ask for. Raises SqlError at an unknown one."""
    written = options.get(MODE)
    if written is None:
        return None
    for mode in MODES:
        if written.lower() == mode:
            return mode
    raise SqlError(
        f"Could not parse value '{written}' for key '{MODE}'. "
        f"Expected one of: [[{', '.join(MODES)}]]"
    )


def kept(options: Mapping[str, str]) -> dict[str, str]:
    """Return the options that differ from the defaults, without the mode.

    Raises:
        SqlError: unknown keys, or one the emulator does not honour.
    """
    connector = options.get("connector", "confluent")
    if connector != "confluent":
        raise not_emulated(f"the connector '{connector}'")
    if "kafka.partitions" in options:
        raise SqlError(
            "The 'kafka.partitions' option is not supported anymore. "
            "Use the DISTRIBUTED INTO n BUCKETS clause instead."
        )
    check_keys(options)
    return {
        key: value for key, value in options.items() if key != MODE and DEFAULTS.get(key) != value
    }


def check_keys(options: Mapping[str, str] | tuple[str, ...]) -> None:
    """Raise SqlError, in Flink's words, if there are keys that no table has."""
    unknown = sorted(key for key in options if key not in KEYS)
    if unknown:
        raise SqlError(
            "Unsupported options found for 'confluent'.\n\nUnsupported options:\n\n"
            + "\n".join(unknown)
            + "\n\nSupported options:\n\n"
            + "\n".join(sorted(KEYS))
        )
