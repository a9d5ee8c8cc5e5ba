"""Reading Anthropic's bodies: the vendor's own complaints, `messages.0.content: Field required`.

Source: facts amazon-bedrock 2.11, 4.1. The forms are the vendor's as public issues quote them; a
place is a path with dots, numbers counted from 0.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from runthrough.emulator.aws.fields import is_integer
from runthrough.emulator.aws.replies import Refused, invalid


def wrong(place: str, complaint: str) -> Refused:
    """Return the vendor's refusal of what stands at a place."""
    return invalid(f"{place}: {complaint}")


def object_at(value: Any, place: str) -> dict[str, Any]:
    """Return a value that has to be an object. Raises Refused where it is not."""
    if isinstance(value, dict):
        return value
    raise wrong(place, "Input should be a valid dictionary")


def need(parent: Mapping[str, Any], name: str, place: str) -> Any:
    """Return a member that has to be there. Raises Refused where it is not."""
    if name not in parent:
        raise wrong(f"{place}.{name}", "Field required")
    return parent[name]


def need_text(parent: Mapping[str, Any], name: str, place: str) -> str:
    """Return a text that has to be there. Raises Refused where it is not."""
    value = need(parent, name, place)
    if isinstance(value, str):
        return value
    raise wrong(f"{place}.{name}", "Input should be a valid string")


def need_object(parent: Mapping[str, Any], name: str, place: str) -> dict[str, Any]:
    """Return an object that has to be there. Raises Refused where it is not."""
    return object_at(need(parent, name, place), f"{place}.{name}")


def text_or(parent: Mapping[str, Any], name: str, place: str, default: str = "") -> str:
    """Return an optional text. Raises Refused where it is no text."""
    return default if parent.get(name) is None else need_text(parent, name, place)


def flag_or(parent: Mapping[str, Any], name: str, place: str) -> bool:
    """Return an optional flag, false where it is not there. Raises Refused where it is no flag."""
    value = parent.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    raise wrong(f"{place}.{name}", "Input should be a valid boolean")


def list_at(value: Any, place: str) -> list[Any]:
    """Return a value that has to be a list. Raises Refused where it is not."""
    if isinstance(value, list):
        return value
    raise wrong(place, "Input should be a valid list")


def need_whole(parent: Mapping[str, Any], name: str, place: str) -> int:
    """Return a whole number that has to be there. Raises Refused where it is not."""
    value = need(parent, name, place)
    if is_integer(value):
        return int(value)
    raise wrong(f"{place}.{name}", "Input should be a valid integer")


def need_choice(parent: Mapping[str, Any], name: str, place: str, choices: Collection[str]) -> str:
    """Return a text that is one of these. Raises Refused where it is not."""
    value = need(parent, name, place)
    if isinstance(value, str) and value in choices:
        return value
    named = [f"'{one}'" for one in choices]
    last = f" or {named[-1]}" if len(named) > 1 else named[-1]
    raise wrong(f"{place}.{name}", f"Input should be {', '.join(named[:-1])}{last}")


def known_only(parent: Mapping[str, Any], names: Collection[str], place: str) -> None:
    """Refuse members that the vendor does not know. Raises Refused."""
    for name in parent:
        if name not in names:
            raise wrong(f"{place}.{name}", "Extra inputs are not permitted")
