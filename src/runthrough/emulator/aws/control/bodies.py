"""Reading the requests of the control plane: members, lengths, patterns, times.

Complaints have AWS's form (`1 validation error detected: …`); a body that is not a JSON object, or
a member of the wrong type, is refused in words of our own, because facts amazon-bedrock has none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from runthrough.emulator.aws.control.patterns import TAG
from runthrough.emulator.aws.fields import broken_rule, missing, read_object
from runthrough.emulator.aws.replies import invalid
from runthrough.emulator.aws.state import Call

_STAMP = "%Y-%m-%dT%H:%M:%SZ"
MAX_TAGS = 200


def read_body(call: Call) -> dict[str, Any]:
    """Return the JSON object of a request; nothing sent is an empty one. Raises Refused."""
    return read_object(call.request.body) if call.request.body else {}


def text(
    value: Any, place: str, *, least: int = 1, most: int, pattern: re.Pattern[str] | None = None
) -> str:
    """Return a text that keeps the rules of the API's description.

    Raises:
        Refused: 400, with the first rule it breaks.
    """
    if value is None:
        raise missing(place)
    if not isinstance(value, str):
        raise invalid(f"The value at '{place}' is not a string.")
    if len(value) > most:
        raise broken_rule(value, place, f"Member must have length less than or equal to {most}")
    if len(value) < least:
        raise broken_rule(value, place, f"Member must have length greater than or equal to {least}")
    if pattern is not None and pattern.fullmatch(value) is None:
        rule = f"Member must satisfy regular expression pattern: {pattern.pattern}"
        raise broken_rule(value, place, rule)
    return value


def choice(value: str, place: str, choices: Sequence[str]) -> str:
    """Return a value that has to be one of these. Raises Refused where it is not."""
    if value not in choices:
        raise broken_rule(
            value, place, f"Member must satisfy enum value set: [{', '.join(choices)}]"
        )
    return value


def tags(value: Any, place: str = "tags") -> dict[str, str]:
    """Return the tags of a request; the last of two with one key counts. Raises Refused."""
    if not isinstance(value, list):
        raise invalid(f"The value at '{place}' is not a list.")
    if len(value) > MAX_TAGS:
        raise broken_rule(value, place, f"Member must have length less than or equal to {MAX_TAGS}")
    found = {}
    for number, tag in enumerate(value, 1):
        where = f"{place}.{number}.member"
        if not isinstance(tag, dict):
            raise invalid(f"The value at '{where}' is not an object.")
        key = tag_key(tag.get("key"), f"{where}.key")
        found[key] = text(tag.get("value"), f"{where}.value", least=0, most=256, pattern=TAG)
    return found


def tag_key(value: Any, place: str) -> str:
    """Return the key of a tag. Raises Refused where it cannot be one."""
    return text(value, place, most=128, pattern=TAG)


def time_of(query: Mapping[str, str], name: str) -> datetime | None:
    """Return a time of a query, UTC. Raises Refused where it is none."""
    written = query.get(name)
    if written is None:
        return None
    try:
        read = datetime.fromisoformat(written)
    except ValueError:
        raise invalid(f"{name} is not a time: {written[:40]}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def stamp(when: datetime) -> str:
    """Write a time as the control plane does."""
    return when.astimezone(UTC).strftime(_STAMP)
