"""The tables of every comparison: their rows go to Flink's test connector and to our topics."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Literal

OPS = ("+I", "-U", "+U", "-D")
"""Change kinds in the order of their codes."""


@dataclass(frozen=True)
class WorldTable:
    """A table with its changes in order.

    Attributes:
        columns: (name, type text).
        rows: (op, values); the values are what DuckDB's client takes.
        watermark: (column, expression).
    """

    name: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[tuple[str, tuple[Any, ...]], ...]
    mode: Literal["append", "upsert", "retract"] = "append"
    pk: tuple[str, ...] = ()
    watermark: tuple[str, str] | None = None

    def question(self, place: int = 0, step: int = 1) -> dict[str, Any]:
        """Return the table as the referee reads it.

        Its rows take every `step`-th place from `place` on in the order of all tables' rows.
        """
        mark = self.watermark
        return {
            "name": self.name,
            "columns": [list(column) for column in self.columns],
            "rows": [
                [op, [_json(value) for value in values], place + step * number]
                for number, (op, values) in enumerate(self.rows)
            ],
            "mode": self.mode,
            "pk": list(self.pk),
            "watermark": f"`{mark[0]}` AS {mark[1]}" if mark else None,
        }


def _json(value: Any) -> Any:
    match value:
        case datetime() if value.tzinfo:
            return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
        case datetime():
            return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03d}"
        case date():
            return value.isoformat()
        case Decimal():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case list():
            return [_json(item) for item in value]
        case dict():
            return {str(key): _json(item) for key, item in value.items()}
        case _:
            return value


def at(minute: int, second: int = 0) -> datetime:
    """Return a moment of the tables' hour."""
    return datetime(2024, 1, 1, 12, minute, second, tzinfo=UTC)


def _inserts(rows: Sequence[tuple[Any, ...]]) -> tuple[tuple[str, tuple[Any, ...]], ...]:
    return tuple(("+I", row) for row in rows)


_A = (
    # id, k, v, d, m, rt: in the order of time, but for one row a little late and one too late
    (1, "a", 10, 1.5, Decimal("10.00"), at(0, 0)),
    (2, "b", 20, -2.25, Decimal("20.50"), at(0, 30)),
    (3, "a", 30, 0.0, Decimal("-3.99"), at(1, 0)),
    (4, None, 5, None, Decimal("0.01"), at(1, 20)),
    (5, "b", None, 100.125, None, at(2, 10)),
    (6, "a", 10, 1e10, Decimal("99.99"), at(2, 5)),
    (7, "c", -7, 3.0, Decimal("7.70"), at(5, 0)),
    (8, "c", 20, 2.5, Decimal("8.88"), at(1, 30)),
    (9, "a", 10, 1.5, Decimal("10.00"), at(6, 0)),
)
A = WorldTable(
    "a",
    (
        ("id", "INT"),
        ("k", "STRING"),
        ("v", "INT"),
        ("d", "DOUBLE"),
        ("m", "DECIMAL(10, 2)"),
        ("rt", "TIMESTAMP_LTZ(3)"),
    ),
    _inserts(_A),
    watermark=("rt", "`rt` - INTERVAL '10' SECOND"),
)
B = WorldTable(
    "b",
    (("id", "INT"), ("k", "STRING"), ("w", "INT"), ("rt", "TIMESTAMP_LTZ(3)")),
    _inserts(
        (
            (1, "a", 1, at(0, 10)),
            (2, "b", 2, at(0, 40)),
            (2, "c", 3, at(1, 10)),
            (3, None, None, at(2, 0)),
            (9, "a", 10, at(5, 30)),
            (12, "z", 20, at(7, 0)),
        )
    ),
    watermark=("rt", "`rt` - INTERVAL '10' SECOND"),
)
U = WorldTable(
    "u",
    (("id", "INT NOT NULL"), ("k", "STRING"), ("v", "INT"), ("rt", "TIMESTAMP_LTZ(3)")),
    (
        ("+I", (1, "a", 100, at(0, 0))),
        ("+I", (2, "b", 200, at(0, 20))),
        ("+U", (1, "a", 111, at(1, 0))),
        ("+I", (3, "c", 300, at(1, 30))),
        ("-D", (2, "b", 200, at(2, 0))),
        ("+U", (3, None, 10, at(3, 0))),
        ("+I", (4, "a", None, at(4, 0))),
    ),
    "upsert",
    ("id",),
    watermark=("rt", "`rt` - INTERVAL '10' SECOND"),
)
W = WorldTable(
    "w",
    (("id", "INT NOT NULL"), ("x", "STRING")),
    (
        ("+I", (1, "one")),
        ("+I", (2, "two")),
        ("+U", (2, "zwei")),
        ("+I", (3, "three")),
        ("-D", (3, "three")),
        ("+I", (5, "five")),
    ),
    "upsert",
    ("id",),
)
R = WorldTable(
    "r",
    (("id", "INT"), ("k", "STRING"), ("v", "INT")),
    (
        ("+I", (1, "a", 7)),
        ("+I", (2, "b", 8)),
        ("-U", (1, "a", 7)),
        ("+U", (1, "a", 9)),
        ("-D", (2, "b", 8)),
        ("+I", (3, None, 1)),
        ("+I", (3, None, 1)),
        ("+I", (4, "b", None)),
    ),
    "retract",
)
T = WorldTable(
    "t",
    (
        ("id", "INT NOT NULL"),
        ("s", "STRING"),
        ("n", "BIGINT"),
        ("f", "DOUBLE"),
        ("x", "DECIMAL(12, 3)"),
        ("ok", "BOOLEAN"),
        ("day_", "DATE"),
        ("ts", "TIMESTAMP(3)"),
        ("ltz", "TIMESTAMP_LTZ(3)"),
        ("arr", "ARRAY<INT>"),
        ("words", "ARRAY<STRING>"),
        ("attr", "MAP<STRING, INT>"),
        ("js", "STRING"),
    ),
    _inserts(
        (
            (
                1,
                "Hello, World",
                42,
                3.14159,
                Decimal("12.345"),
                True,
                date(2024, 2, 29),
                datetime(2024, 2, 29, 13, 45, 6, 789000),
                datetime(2024, 2, 29, 13, 45, 6, 789000, tzinfo=UTC),
                [3, 1, 2],
                ["x", "y", "x"],
                {"p": 1},
                '{"a": {"b": 1.5}, "list": ["x", 2], "t": true, "n": null}',
            ),
            (
                2,
                "  grüße ",
                -7,
                -0.5,
                Decimal("-0.005"),
                False,
                date(1999, 12, 31),
                datetime(1999, 12, 31, 23, 59, 59),
                datetime(1999, 12, 31, 23, 59, 59, tzinfo=UTC),
                [],
                ["only"],
                {"p": 2, "q": 3},
                "not json",
            ),
            (3, *[None] * 12),
            (
                4,
                "",
                9007199254740993,
                1e-7,
                Decimal("999999999.999"),
                None,
                date(1970, 1, 1),
                datetime(1970, 1, 1),
                datetime(1970, 1, 1, tzinfo=UTC),
                [7, None],
                [None, "z"],
                {"z": None},
                "[1, 2, 3]",
            ),
        )
    ),
)
TABLES = (A, B, U, W, R, T)
