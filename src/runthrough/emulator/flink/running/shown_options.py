"""What a table's options and key are where they are shown.

Source: facts/flink-sql-ai.md 1.3 (defaults of the WITH options, names of keys).
"""

from __future__ import annotations

from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.formats.formats import key_format, key_part, value_format
from runthrough.emulator.flink.planning.external_options import has_topic
from runthrough.emulator.flink.planning.table_options import DEFAULTS

_ALWAYS_SHOWN = (
    "connector",
    "kafka.cleanup-policy",
    "kafka.compaction.time",
    "kafka.max-message-size",
    "kafka.retention.size",
    "kafka.retention.time",
    "scan.bounded.mode",
    "scan.startup.mode",
)


def shown_options(table: Table) -> dict[str, str]:
    """Return the options of a table, with the defaults that are always shown of a topic."""
    if not has_topic(table):
        return dict(table.options)
    shown = {
        **{option: DEFAULTS[option] for option in _ALWAYS_SHOWN},
        "value.format": value_format(table),
        **table.options,
        "changelog.mode": table.mode,
    }
    if key_part(table):
        shown["key.format"] = key_format(table)
    return shown


def key_name(table: Table) -> str:
    """Return the name of a table's primary key: the given one, or one made of its columns."""
    return table.key_name or "PK_" + "_".join(table.primary_key)
