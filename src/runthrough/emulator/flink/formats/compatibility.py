"""May readers of one schema read what was written by another?

Source: facts/confluent-cloud-api.md 3.7; what the levels mean is Confluent's documentation of
schema evolution: BACKWARD = the new schema reads what the old one wrote, FORWARD the other way
round, FULL both.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.flink.formats.avro_compatibility import avro_problems
from runthrough.emulator.flink.formats.json_compatibility import NotComparableError, json_problems
from runthrough.emulator.flink.formats.protobuf_compatibility import protobuf_problems
from runthrough.emulator.flink.formats.schema_texts import NotEmulatedError


@dataclass(frozen=True)
class Compared:
    """A schema to compare, with the (name, text) of all it refers to, those without needs first."""

    text: str
    referred: tuple[tuple[str, str], ...] = ()


def differences(new: Compared, old: Compared, kind: str, level: str) -> list[str]:
    """Return what stands in the way of a level; empty = nothing.

    Raises:
        NotEmulatedError: it cannot be told.
    """
    pairs = []
    if not level.startswith("FORWARD"):
        pairs.append((new, old))
    if not level.startswith("BACKWARD"):
        pairs.append((old, new))
    problems: list[str] = []
    for reader, writer in pairs:
        for problem in _problems(reader, writer, kind):
            if problem not in problems:
                problems.append(problem)
    return problems


def _problems(reader: Compared, writer: Compared, kind: str) -> list[str]:
    if kind == "AVRO":
        return avro_problems(_plain(reader), _plain(writer))
    if kind == "PROTOBUF":
        return protobuf_problems(reader.text, writer.text)
    try:
        return json_problems(_plain(reader), _plain(writer))
    except NotComparableError as e:
        raise NotEmulatedError(f"comparing JSON schemas with {e}") from e


def _plain(schema: Compared) -> tuple[Any, dict[str, Any]]:
    return json.loads(schema.text), {name: json.loads(text) for name, text in schema.referred}
