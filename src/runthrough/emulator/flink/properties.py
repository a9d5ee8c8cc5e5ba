"""Statement properties: which there are, and the session they make.

Sources: facts/confluent-cloud-api.md 2.8, facts/flink-sql-ai.md 1.10. A property whose only
honest answer would be another result than the one we compute is refused by name; one that cannot
change a result is accepted.
"""

from __future__ import annotations

import re
import zoneinfo
from collections.abc import Mapping
from functools import cache

from runthrough.emulator.flink.catalog import Session
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError

CATALOG = "sql.current-catalog"
DATABASE = "sql.current-database"
SNAPSHOT = "sql.snapshot.mode"
TIME_ZONE = "sql.local-time-zone"
DRY_RUN = "sql.dry-run"
INLINE_RESULT = "sql.inline-result"
STATE_TTL = "sql.state-ttl"
SECRET_PREFIX = "sql.secrets."

_PARALLELISM = "sql.tables.scan.source-operator-parallelism"
_DRIFT = "sql.tables.scan.watermark-alignment.max-allowed-drift"

_DURATIONS = frozenset({STATE_TTL, _DRIFT})
_DURATION = re.compile(
    r"[0-9]{1,18}\s*(|d|days?|h|hours?|m|min|minutes?|s|sec|seconds?|secs?"
    r"|ms|millis?|milliseconds?|µs|micros?|microseconds?|ns|nanos?|nanoseconds?)"
)
"""A number and one of Flink's labels of units; without one it is milliseconds."""

_CHOICES: Mapping[str, tuple[str, ...]] = {
    SNAPSHOT: ("now", "off"),
    "sql.snapshot.write-mode": ("default", "fast-write"),
    DRY_RUN: ("true", "false"),
    INLINE_RESULT: ("true", "false"),
    "sql.tables.scan.startup.mode": (
        "earliest-offset",
        "latest-offset",
        "timestamp",
        "specific-offsets",
    ),
    "sql.tables.scan.bounded.mode": (
        "unbounded",
        "latest-offset",
        "timestamp",
        "specific-offsets",
    ),
}

_EMULATED: Mapping[str, frozenset[str]] = {
    "sql.tables.scan.startup.mode": frozenset({"earliest-offset", "latest-offset", "timestamp"}),
    "sql.tables.scan.bounded.mode": frozenset({"unbounded", "latest-offset", "timestamp"}),
}

_WITHOUT_EFFECT = frozenset(
    {
        "sql.snapshot.write-mode",
        STATE_TTL,
        _PARALLELISM,
        _DRIFT,
    }
)
"""Accepted: they govern throughput and how long state is kept, and the engine
computes every result on all records."""

_ENGINES = frozenset(
    {
        "sql.tables.initial-offset-from",
        "sql.tables.scan.idle-timeout",
        "sql.tables.scan.startup.timestamp-millis",
        "sql.tables.scan.bounded.timestamp-millis",
    }
)
"""Taken as they are: the engine says what is wrong with their values."""

_NOT_EMULATED = frozenset({"sql.tables.scan.startup.specific-offsets"})

KNOWN = frozenset(
    {CATALOG, DATABASE, TIME_ZONE, *_CHOICES, *_WITHOUT_EFFECT, *_ENGINES, *_NOT_EMULATED}
)


class PropertyError(SqlError):
    """A property the statement fails over; the text becomes `status.detail`."""


def session(properties: Mapping[str, str]) -> Session:
    """Return the session a statement's properties make.

    Raises:
        PropertyError: a property that does not exist, has a wrong value, or is not emulated.
    """
    _refuse_unknown(properties)
    for name, value in properties.items():
        _check(name, value)
    return Session(
        catalog=properties.get(CATALOG) or None,
        database=properties.get(DATABASE) or None,
        snapshot=properties.get(SNAPSHOT) == "now",
        time_zone=_zone(properties.get(TIME_ZONE, "UTC")),
        properties=dict(properties),
    )


def visible(properties: Mapping[str, str]) -> dict[str, str]:
    """Return the properties as an answer may show them: `sql.secrets.*` are masked."""
    return {
        name: "******" if name.startswith(SECRET_PREFIX) else value
        for name, value in properties.items()
    }


def _refuse_unknown(properties: Mapping[str, str]) -> None:
    unknown = sorted(
        name for name in properties if name not in KNOWN and not name.startswith(SECRET_PREFIX)
    )
    if unknown:
        raise PropertyError(
            "Unsupported configuration options found.\n\nUnsupported options:\n\n"
            + "\n".join(unknown)
            + "\n\nSupported options:\n\n"
            + "\n".join(sorted(KNOWN))
        )


def _not_emulated(what: str) -> PropertyError:
    return PropertyError(str(not_emulated(what)))


def _check(name: str, value: str) -> None:
    if name.startswith(SECRET_PREFIX) or name in _NOT_EMULATED:
        raise _not_emulated(f"the property '{name}'")
    if name in _DURATIONS and not _DURATION.fullmatch(value.strip().lower()):
        raise PropertyError(f"Could not parse value '{value}' for key '{name}'.")
    if name == _PARALLELISM and not re.fullmatch(r"-?[0-9]{1,9}", value.strip()):
        raise PropertyError(f"Could not parse value '{value}' for key '{name}'.")
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        raise PropertyError(
            f"Invalid value '{value}' for the option '{name}'. Expected one of: "
            + ", ".join(choices)
        )
    if value not in _EMULATED.get(name, {value}):
        raise _not_emulated(f"the property '{name}' = '{value}'")


@cache
def _zones() -> frozenset[str]:
    """Return the TZDB ids; to gather them is to walk a directory of files."""
    return frozenset(zoneinfo.available_timezones())


def _zone(written: str) -> str:
    """Return a time zone as a TZDB id; `GMT+02:00`, which the CLI sends, is `Etc/GMT-2` there."""
    offset = re.fullmatch(r"GMT([+-])(0\d|1[0-8]):([0-5]\d)", written)
    if offset is None and written in _zones():
        return written
    if offset is None:
        raise PropertyError(
            f"Invalid value '{written}' for the option '{TIME_ZONE}'. Expected a TZDB time zone id"
            " such as 'America/Los_Angeles' or an offset such as 'GMT-03:00'."
        )
    sign, hours, minutes = offset.groups()
    zone = f"Etc/GMT{'-' if sign == '+' else '+'}{int(hours)}"
    if minutes != "00" or zone not in _zones():
        raise _not_emulated(f"the property '{TIME_ZONE}' = '{written}' (a TZDB id is)")
    return zone
