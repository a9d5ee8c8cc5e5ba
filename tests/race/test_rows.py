"""What rows say, and which rows say nothing that can be shown."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import pytest

from runthrough.race.rows import (
    MAX_MESSAGE,
    RowError,
    read_anomaly,
    read_comment,
    read_position,
)

POSITION = {
    "race_id": "race-1",
    "racer": "Night Heron",
    "team": "Cirrus",
    "position": 3,
    "race_second": 7,
    "happened_at": datetime(2026, 6, 7, 14, 0, 7, tzinfo=UTC),
}
ANOMALY: dict[str, Any] = {"team": "Cirrus", "engine_temperature": 131.5}


def test_a_position_of_the_generator_is_read() -> None:
    found = read_position(POSITION)
    assert (found.racer, found.team, found.position, found.second) == (
        "Night Heron",
        "Cirrus",
        3,
        7,
    )
    assert found.at == 1_780_840_807_000


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"position": 0}, "position is 0"),
        ({"position": True}, "position is missing"),
        ({"position": "1"}, "position is missing"),
        ({"position": -1}, "position is missing"),
        ({"race_second": None}, "race_second is missing"),
        ({"race_second": 2**40}, "race_second is missing"),
        ({"racer": " "}, "racer is missing"),
        ({"racer": 5}, "racer is missing"),
        ({"race_id": None}, "race_id is missing"),
    ],
)
def test_a_position_that_is_none_is_refused_by_its_field(
    change: dict[str, Any], words: str
) -> None:
    with pytest.raises(RowError, match=words):
        read_position(POSITION | change)


def test_a_comment_names_its_racer_in_a_column_or_in_its_id() -> None:
    said = {"message": "What a move!", "type": "highlight"}
    assert read_comment(said | {"racer": "Paper Tiger"}).racer == "Paper Tiger"
    assert read_comment(said | {"id": "comment-1780840807-Paper_Tiger"}).racer == "Paper Tiger"
    assert read_comment(said | {"id": "c-17"}).racer == ""


def test_a_comment_names_its_race_in_a_column_or_in_its_id() -> None:
    said = {"message": "What a move!"}
    assert read_comment(said | {"race_id": "race-7"}).race_id == "race-7"
    found = read_comment(said | {"id": "race-42-31-Paper_Tiger"})
    assert (found.race_id, found.racer) == ("race-42", "Paper Tiger")
    assert read_comment(said | {"id": "comment-1780840807-Paper_Tiger"}).race_id is None


@pytest.mark.parametrize(
    ("given", "category"),
    [
        ("highlight", "highlight"),
        ("warning", "warning"),
        ("info", "info"),
        ("<b>", "info"),
        (7, "info"),
    ],
)
def test_an_unknown_category_counts_as_info(given: Any, category: str) -> None:
    assert read_comment({"message": "x", "type": given}).category == category


def test_a_long_comment_is_cut_and_stays_on_one_line() -> None:
    found = read_comment({"message": "a\n\r\n b\u2028" + "x" * 900})
    assert found.message.startswith("a b x")
    assert len(found.message) == MAX_MESSAGE
    assert found.message.endswith("…")


def test_a_comment_without_words_is_refused() -> None:
    with pytest.raises(RowError, match="message is missing"):
        read_comment({"id": "comment-1-X", "message": None})


@pytest.mark.parametrize(
    ("temperature", "bounds", "kind"),
    [
        (131.5, (86.0, 93.0), "hot"),
        (51.0, (86.0, 93.0), "cold"),
        (90.0, (86.0, 93.0), "odd"),
        (131.5, None, "hot"),
        (51.0, None, "cold"),
        (90.0, None, "odd"),
    ],
)
def test_an_anomaly_is_hot_or_cold_by_its_bounds(
    temperature: float, bounds: tuple[float, float] | None, kind: str
) -> None:
    more = {} if bounds is None else {"lower_bound": bounds[0], "upper_bound": bounds[1]}
    found = read_anomaly({"team": "Cirrus", "engine_temperature": temperature} | more)
    assert found is not None
    assert (found.kind, found.lower) == (kind, bounds and bounds[0])


@pytest.mark.parametrize("is_anomaly", [False, None])
def test_a_row_that_says_it_is_no_anomaly_is_none(is_anomaly: bool | None) -> None:
    assert read_anomaly(ANOMALY | {"is_anomaly": is_anomaly}) is None


@pytest.mark.parametrize("temperature", [math.nan, math.inf, None, "hot", True])
def test_a_temperature_that_is_no_number_is_refused(temperature: Any) -> None:
    with pytest.raises(RowError, match="engine_temperature"):
        read_anomaly(ANOMALY | {"engine_temperature": temperature})
