"""Reading the members of Converse's blocks: unions, choices, patterns, base64.

Source: facts amazon-bedrock 2.4, 2.11. AWS counts from 1 and says `member` in its own complaints
(`messages.1.member.content`) and from 0 in Converse's sentences (`messages.0.content`): a place is
passed around in the second form.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from runthrough.emulator.aws.fields import (
    broken_rule,
    broken_rules,
    malformed,
    member_text,
    missing,
    wrong_type,
)
from runthrough.emulator.aws.media import decode
from runthrough.emulator.aws.replies import invalid

_INDEX = re.compile(r"\.(\d+)(?=\.|\Z)")


def member_place(place: str) -> str:
    """Return a place as AWS's own complaints write it."""
    return _INDEX.sub(lambda m: f".{int(m[1]) + 1}.member", place)


def inside(place: str, name: str) -> str:
    """Return the place of a member; the request itself is the place ""."""
    return f"{place}.{name}" if place else name


def _pointer(place: str) -> str:
    return f"/{place.replace('.', '/')}"


def object_at(value: Any, place: str) -> dict[str, Any]:
    """Return a value that has to be an object. Raises Refused where it is not."""
    if isinstance(value, dict):
        return value
    raise malformed(wrong_type(_pointer(place), "JSONObject", value))


def required_object(parent: Mapping[str, Any], name: str, place: str) -> dict[str, Any]:
    """Return a member that has to be there and to be an object. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None:
        raise missing(member_place(inside(place, name)))
    return object_at(value, inside(place, name))


def required_list(parent: Mapping[str, Any], name: str, place: str) -> list[Any]:
    """Return a member that has to be there and to be a list. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None:
        raise missing(member_place(inside(place, name)))
    if isinstance(value, list):
        return value
    raise malformed(wrong_type(_pointer(inside(place, name)), "JSONArray", value))


def required_text(parent: Mapping[str, Any], name: str, place: str) -> str:
    """Return a member that has to be there and to be a string. Raises Refused where it is not."""
    value = member_text(parent, name, inside(place, name))
    if value is None:
        raise missing(member_place(inside(place, name)))
    return value


def one_member(
    block: Any, place: str, known: Collection[str], what: str = "ContentBlock"
) -> tuple[str, Any]:
    """Return the one member a union sets, and its value; members not known count for nothing.

    Raises:
        Refused: it sets none, which the service says in these words (a public capture), or
            several; the text about several is ours.
    """
    members = object_at(block, place)
    kinds = [name for name, value in members.items() if value is not None and name in known]
    if not kinds:
        keys = ", ".join(known)
        raise invalid(f"The {what} object at {place} must set one of the following keys: {keys}.")
    if len(kinds) > 1:
        raise invalid(f"The {what} object at {place} must set exactly one member.")
    return kinds[0], members[kinds[0]]


def choice(
    parent: Mapping[str, Any], name: str, place: str, choices: Collection[str]
) -> str | None:
    """Return an optional member that is one of these. Raises Refused where it is not."""
    value = parent.get(name)
    if value is None or (isinstance(value, str) and value in choices):
        return value
    rule = f"Member must satisfy enum value set: [{', '.join(choices)}]"
    raise broken_rule(value, member_place(inside(place, name)), rule)


def required_choice(
    parent: Mapping[str, Any], name: str, place: str, choices: Collection[str]
) -> str:
    """Return a member that has to be there and to be one of these. Raises Refused otherwise."""
    value = choice(parent, name, place, choices)
    if value is None:
        raise missing(member_place(inside(place, name)))
    return value


def matched_text(
    parent: Mapping[str, Any], name: str, place: str, pattern: re.Pattern[str], longest: int
) -> str:
    """Return a required text of 1 to `longest` characters that fits a pattern.

    Raises:
        Refused: it breaks one of these rules or several; then all are named, as in public captures.
    """
    value, where = required_text(parent, name, place), member_place(inside(place, name))
    rules = []
    if not pattern.fullmatch(value):
        rules.append(f"Member must satisfy regular expression pattern: {pattern.pattern}")
    if len(value) < 1:
        rules.append("Member must have length greater than or equal to 1")
    if len(value) > longest:
        rules.append(f"Member must have length less than or equal to {longest}")
    if rules:
        raise broken_rules(value, where, *rules)
    return value


def blob(parent: Mapping[str, Any], name: str, place: str) -> bytes:
    """Return the bytes a required member holds in base64. Raises Refused where it does not."""
    data = decode(required_text(parent, name, place))
    if data is None:
        raise malformed()
    if not data:
        rule = "Member must have length greater than or equal to 1"
        raise broken_rule("", member_place(inside(place, name)), rule)
    return data


def flag(parent: Mapping[str, Any], name: str, place: str) -> bool | None:
    """Return an optional member that is true or false. Raises Refused where it is neither."""
    value = parent.get(name)
    if value is None or isinstance(value, bool):
        return value
    raise malformed(wrong_type(_pointer(inside(place, name)), "Boolean", value))
