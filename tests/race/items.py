"""Positions, comments and anomalies as a board takes them."""

from __future__ import annotations

from typing import Any

from runthrough.race.rows import Anomaly, Comment, Position


def position(racer: str, place: int, second: int, race_id: str = "race-1") -> Position:
    return Position(race_id, racer, f"team of {racer}", place, second, 1_000_000 + second * 1_000)


def second_of(second: int, *racers: str, race_id: str = "race-1") -> list[Position]:
    """Return where the racers are in a second, the first one leading."""
    return [position(racer, place, second, race_id) for place, racer in enumerate(racers, 1)]


def comment(racer: str, message: str, category: str = "info", **more: Any) -> Comment:
    values = {"race_id": None, "second": None, "at": None} | more
    return Comment(racer=racer, message=message, category=category, **values)


def anomaly(team: str, temperature: float, **more: Any) -> Anomaly:
    values = {"race_id": None, "lower": None, "upper": None, "second": None, "at": None} | more
    return Anomaly(team=team, temperature=temperature, kind="hot", **values)
