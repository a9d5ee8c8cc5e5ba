"""The settings topics have on Confluent Cloud: their defaults and the values they may take.

Sources: facts/confluent-cloud-api.md 3.6 (what a setting looks like), facts/flink-sql-ai.md 1.3
(message size, retention); names, defaults and limits of the others are those of Apache Kafka's and
Confluent Cloud's public lists of topic settings. The words of a refusal are Kafka's own, except
that of a setting the cloud does not let anybody change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runthrough.emulator.broker import TopicError
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.kafka_rest.parts import bad_request

MAX_LONG = 2**63 - 1
MAX_INT = 2**31 - 1
DAY_MS = 86_400_000


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        default: what the cloud sets where a topic says nothing else.
        problem: what is wrong with a value, or None.
        fixed: nobody may change it.
    """

    default: str
    problem: Callable[[str], str | None]
    fixed: bool = False


def _whole(low: int, high: int, kind: str) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        digits = text.removeprefix("-")
        if not (digits.isascii() and digits.isdigit()) or len(digits) > 20:
            return f"Not a number of type {kind}"
        if int(text) < low:
            return f"Value must be at least {low}"
        return f"Value must be no more than {high}" if int(text) > high else None

    return problem


def _long(low: int = 0, high: int = MAX_LONG) -> Callable[[str], str | None]:
    return _whole(low, high, "LONG")


def _integer(low: int = 0, high: int = MAX_INT) -> Callable[[str], str | None]:
    return _whole(low, high, "INT")


def _one_of(*values: str) -> Callable[[str], str | None]:
    def problem(text: str) -> str | None:
        return None if text in values else f"String must be one of: {', '.join(values)}"

    return problem


def _policies(text: str) -> str | None:
    parts = {part.strip() for part in text.split(",")}
    return None if parts <= {"compact", "delete"} else "String must be one of: compact, delete"


def _ratio(text: str) -> str | None:
    try:
        value = float(text)
    except ValueError:
        return "Not a number of type DOUBLE"
    return None if 0 <= value <= 1 else "Value must be between 0 and 1"


_TRUTH = _one_of("true", "false")
_COMPRESSION = _one_of("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer")

SETTINGS: Mapping[str, Setting] = {
    "cleanup.policy": Setting("delete", _policies),
    "compression.type": Setting("producer", _COMPRESSION),
    "delete.retention.ms": Setting(str(DAY_MS), _long()),
    "file.delete.delay.ms": Setting("60000", _long(), fixed=True),
    "flush.messages": Setting(str(MAX_LONG), _long(1), fixed=True),
    "flush.ms": Setting(str(MAX_LONG), _long(), fixed=True),
    "index.interval.bytes": Setting("4096", _integer(), fixed=True),
    "max.compaction.lag.ms": Setting(str(MAX_LONG), _long(1)),
    "max.message.bytes": Setting("2097164", _integer(0, 8_388_608)),
    "message.timestamp.after.max.ms": Setting(str(MAX_LONG), _long()),
    "message.timestamp.before.max.ms": Setting(str(MAX_LONG), _long()),
    "message.timestamp.type": Setting("CreateTime", _one_of("CreateTime", "LogAppendTime")),
    "min.cleanable.dirty.ratio": Setting("0.5", _ratio, fixed=True),
    "min.compaction.lag.ms": Setting("0", _long()),
    "min.insync.replicas": Setting("2", _integer(1, 2)),
    "preallocate": Setting("false", _TRUTH, fixed=True),
    "retention.bytes": Setting("-1", _long(-1)),
    "retention.ms": Setting(str(7 * DAY_MS), _long(-1)),
    "segment.bytes": Setting("104857600", _integer(52_428_800, 1_073_741_824)),
    "segment.index.bytes": Setting("10485760", _integer(4), fixed=True),
    "segment.jitter.ms": Setting("0", _long(), fixed=True),
    "segment.ms": Setting(str(7 * DAY_MS), _long(600_000)),
    "unclean.leader.election.enable": Setting("false", _TRUTH, fixed=True),
}
"""By name. Those that drop or compact records have no effect: the emulator keeps them all."""


def check_setting(name: str, value: str) -> str:
    """Return the value a setting is given, if it may be.

    Raises:
        Refusal: 400 (40002), there is no such setting, or not with this value.
    """
    setting = changeable(name)
    if (problem := setting.problem(value)) is not None:
        text = f"Invalid value {value} for configuration {name}: {problem}"
        raise bad_request(text, TopicError.INVALID_CONFIG)
    return value


def changeable(name: str) -> Setting:
    """Return a setting that may be changed. Raises Refusal (400, 40002) for any other."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise bad_request(f"Unknown topic config name: {name}", TopicError.INVALID_CONFIG)
    if setting.fixed:
        raise _fixed(name)
    return setting


def _fixed(name: str) -> Refusal:
    text = f"Config property '{name}' cannot be altered."
    return bad_request(text, TopicError.INVALID_CONFIG)
