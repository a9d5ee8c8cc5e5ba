"""Values as a person reads them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from runthrough.run.words import say_value


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        (True, "TRUE"),
        (3, "3"),
        (2.5, "2.5"),
        (Decimal("1E+2"), "100"),
        (Decimal("4.50"), "4.50"),
        (datetime(2026, 1, 15, 10), "2026-01-15 10:00:00.000"),
        (datetime(2026, 1, 15, 10, 0, 0, 123456), "2026-01-15 10:00:00.123456"),
        (datetime(2026, 1, 15, 10, tzinfo=timezone(timedelta(hours=2))), "2026-01-15 08:00:00.000"),
        (date(2026, 1, 15), "2026-01-15"),
        (b"\x00\xff", "x'00ff'"),
        (["a", None, Decimal("1.0")], '["a", null, "1.0"]'),
        ({"at": datetime(2026, 1, 15, tzinfo=UTC)}, '{"at": "2026-01-15 00:00:00.000"}'),
        ({None: 1}, '{"NULL": 1}'),
    ],
)
def test_a_value_is_said_as_a_person_reads_it(value: object, text: str | None) -> None:
    assert say_value(value) == text
