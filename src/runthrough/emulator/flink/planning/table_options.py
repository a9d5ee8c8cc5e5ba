"""The WITH options of tables: which keys there are, which values they take, and the mode.

Sources: facts/flink-sql-ai.md 1.3 (keys, defaults, durations), 5.5. A wrong value is refused in
the words of Flink's options; that the value is checked when the statement is planned is a choice.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from runthrough.emulator.flink.catalog import Mode
from runthrough.emulator.flink.generating.rows import CONNECTOR, generated_options
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.planning.external_options import CONNECTORS, external_options

MODE = "changelog.mode"
MODES: tuple[Mode, ...] = ("append", "upsert", "retract")
RETENTION, COMPACTION = "kafka.retention.time", "kafka.compaction.time"
RETENTION_SIZE, MESSAGE_SIZE = "kafka.retention.size", "kafka.max-message-size"
CLEANUP = "kafka.cleanup-policy"

DEFAULTS = {
    "connector": "confluent",
    CLEANUP: "delete",
    COMPACTION: "0 ms",
    "kafka.consumer.isolation-level": "read-committed",
    MESSAGE_SIZE: "2097164 bytes",
    "kafka.producer.compression.type": "none",
    RETENTION_SIZE: "0 bytes",
    RETENTION: "7 d",
    "scan.startup.mode": "earliest-offset",
    "scan.bounded.mode": "unbounded",
    "value.format": "avro-registry",
    "value.fields-include": "except-key",
    "key.fields-prefix": "",
    "error-handling.mode": "fail",
    "error-handling.log.target": "error_log",
}
"""Defaults; an option that has its default is not kept."""

FORMATS = tuple(
    f"{form}{kind}-registry" for kind in ("", "-debezium") for form in ("avro", "json", "proto")
)
"""Formats with a schema; `raw` and those of other connectors are checked elsewhere."""

_MILLISECONDS = {
    **dict.fromkeys(("", "ms", "milli", "millis", "millisecond", "milliseconds"), 1),
    **dict.fromkeys(("s", "sec", "second", "seconds"), 1000),
    **dict.fromkeys(("m", "min", "minute", "minutes"), 60_000),
    **dict.fromkeys(("h", "hour", "hours"), 3_600_000),
    **dict.fromkeys(("d", "day", "days"), 86_400_000),
}
_BYTES = {
    **dict.fromkeys(("", "b", "byte", "bytes"), 1),
    **dict.fromkeys(("k", "kb", "kibibytes"), 1024),
    **dict.fromkeys(("m", "mb", "mebibytes"), 1024**2),
    **dict.fromkeys(("g", "gb", "gibibytes"), 1024**3),
    **dict.fromkeys(("t", "tb", "tebibytes"), 1024**4),
}
_LARGEST = 2**63 - 1
_DURATION_NAMES = (("d", 86_400_000), ("h", 3_600_000), ("min", 60_000), ("s", 1000), ("ms", 1))
_SIZE_NAMES = (("tb", 1024**4), ("gb", 1024**3), ("mb", 1024**2), ("kb", 1024), ("bytes", 1))


class _BadValue(Exception):
    """Why a value is none of its option."""


def milliseconds(written: str) -> int:
    """Return the milliseconds of `7 d`, `1 HOURS`, `60000`. Raises ValueError."""
    return _amount(written, _MILLISECONDS)


def size_in_bytes(written: str) -> int:
    """Return the bytes of `8 mb` or `2097164 bytes`. Raises ValueError."""
    return _amount(written, _BYTES)


def _amount(written: str, units: Mapping[str, int]) -> int:
    found = re.fullmatch(r"(\d+)\s*([A-Za-z]*)", written.strip())
    if found is None:
        raise ValueError(f"'{written}' is not a number with a unit")
    unit = found[2].lower()
    if unit not in units:
        raise ValueError(f"'{found[2]}' is not one of the units {', '.join(u for u in units if u)}")
    amount = int(found[1]) * units[unit]
    if amount > _LARGEST:
        raise ValueError(f"'{written}' is too large")
    return amount


def duration_text(ms: int) -> str:
    """Return a duration in its largest whole unit, as Flink prints it: `7 d`, `90 min`."""
    return _in_unit(ms, _DURATION_NAMES, "ms")


def size_text(size: int) -> str:
    """Return a size in its largest whole unit, as Flink prints it: `8 mb`, `2097164 bytes`."""
    return _in_unit(size, _SIZE_NAMES, "bytes")


def _in_unit(amount: int, names: Iterable[tuple[str, int]], smallest: str) -> str:
    if amount == 0:
        return f"0 {smallest}"
    return next(f"{amount // size} {name}" for name, size in names if amount % size == 0)


# -- the keys --------------------------------------------------------------------------------------


def _duration(written: str) -> str:
    try:
        return duration_text(milliseconds(written))
    except ValueError as e:
        raise _BadValue(str(e)) from e


def _size(written: str) -> str:
    try:
        return size_text(size_in_bytes(written))
    except ValueError as e:
        raise _BadValue(str(e)) from e


def _text(written: str) -> str:
    return written


def _long(written: str) -> str:
    if not re.fullmatch(r"-?\d{1,19}", written.strip()):
        raise _BadValue("it is not a whole number")
    return written.strip()


def _one_of(*known: str) -> Callable[[str], str]:
    def check(written: str) -> str:
        for value in known:
            if written.lower() == value:
                return value
        raise _BadValue(f"Expected one of: [[{', '.join(known)}]]")

    return check


_CHECKS: dict[str, Callable[[str], str]] = {
    MODE: _one_of(*MODES),
    "connector": _text,
    CLEANUP: _one_of("delete", "compact", "delete-compact"),
    COMPACTION: _duration,
    "kafka.consumer.isolation-level": _one_of("read-committed", "read-uncommitted"),
    MESSAGE_SIZE: _size,
    "kafka.message-timestamp-type": _one_of("create-time", "log-append-time"),
    "kafka.producer.compression.type": _one_of("none", "gzip", "snappy", "lz4", "zstd"),
    RETENTION_SIZE: _size,
    RETENTION: _duration,
    "scan.startup.mode": _one_of(
        "earliest-offset", "latest-offset", "timestamp", "specific-offsets"
    ),
    "scan.startup.specific-offsets": _text,
    "scan.startup.timestamp-millis": _long,
    "scan.bounded.mode": _one_of("unbounded", "latest-offset", "timestamp", "specific-offsets"),
    "scan.bounded.specific-offsets": _text,
    "scan.bounded.timestamp-millis": _long,
    "key.format": _text,
    "key.format.schema-context": _text,
    "key.fields-prefix": _text,
    "value.format": _text,
    "value.format.schema-context": _text,
    "value.fields-include": _one_of("all", "except-key"),
    "error-handling.mode": _one_of("fail", "ignore", "log"),
    "error-handling.log.target": _text,
}
KEYS = frozenset(_CHECKS)
_NEEDED = {
    ("scan.startup.mode", "timestamp"): "scan.startup.timestamp-millis",
    ("scan.startup.mode", "specific-offsets"): "scan.startup.specific-offsets",
    ("scan.bounded.mode", "timestamp"): "scan.bounded.timestamp-millis",
    ("scan.bounded.mode", "specific-offsets"): "scan.bounded.specific-offsets",
}


def mode_of(options: Mapping[str, str]) -> Mode | None:
    """Return the changelog mode that options ask for. Raises SqlError at an unknown one."""
    written = options.get(MODE)
    if written is None:
        return None
    checked = _checked(MODE, written)
    return next(mode for mode in MODES if mode == checked)


def kept(options: Mapping[str, str]) -> dict[str, str]:
    """Return the options that differ from the defaults, in their usual spelling, without the mode.

    Raises:
        SqlError: an unknown key, a wrong value, or one the emulator does not honour.
    """
    connector = options.get("connector", "confluent")
    if connector.lower() in CONNECTORS:
        return external_options(connector.lower(), options)
    if connector.lower() == CONNECTOR:
        return generated_options(options)
    if connector != "confluent":
        known = ", ".join(sorted(["confluent", CONNECTOR, *CONNECTORS]))
        raise SqlError(f"Unsupported connector '{connector}'; supported are: {known}.")
    if "kafka.partitions" in options:
        raise SqlError(
            "The 'kafka.partitions' option is not supported anymore. "
            "Use the DISTRIBUTED INTO n BUCKETS clause instead."
        )
    check_keys(options)
    found = {key: _checked(key, value) for key, value in options.items() if key != MODE}
    return {key: value for key, value in found.items() if DEFAULTS.get(key) != value}


def check_together(options: Mapping[str, str]) -> None:
    """Raise SqlError if an option lacks another one that it needs."""
    for (key, value), needed in _NEEDED.items():
        if options.get(key) == value and needed not in options:
            raise SqlError(f"'{needed}' is required in '{value}' of '{key}' but missing.")


def _checked(key: str, value: str) -> str:
    try:
        return _CHECKS[key](value)
    except _BadValue as e:
        raise SqlError(f"Could not parse value '{value}' for key '{key}'. {e}") from e


def check_keys(options: Iterable[str]) -> None:
    """Raise SqlError, in Flink's words, if there are keys that no table has."""
    unknown = sorted(key for key in options if key not in KEYS)
    if unknown:
        raise SqlError(
            "Unsupported options found for 'confluent'.\n\nUnsupported options:\n\n"
            + "\n".join(unknown)
            + "\n\nSupported options:\n\n"
            + "\n".join(sorted(KEYS))
        )
