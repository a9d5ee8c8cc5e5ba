"""The names of topics that members know by their ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from runthrough.emulator.broker.coordinator.messages import GroupView, MemberView

Names = Mapping[bytes, str]


def with_names(views: list[GroupView], ask: Callable[[], Names]) -> list[GroupView]:
    """Return groups whose members' topics have names; a topic that is gone is left out.

    Args:
        views: the groups.
        ask: tells the names of all topics by their ids; asked only where somebody needs one.
    """
    if not any(member.assigned_ids for view in views for member in view.members):
        return views
    names = ask()
    return [
        replace(view, members=tuple(_named(member, names) for member in view.members))
        for view in views
    ]


def _named(member: MemberView, names: Names) -> MemberView:
    if not member.assigned_ids:
        return member
    places = sorted((names[topic], n) for topic, n in member.assigned_ids if topic in names)
    return replace(member, assigned=tuple(places))
