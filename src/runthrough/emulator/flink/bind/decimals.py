"""Exact division of decimals in DuckDB, which divides them as doubles.

Flink divides exactly and rounds half up to the scale of the result (facts/flink-sql-ai.md 6.2:
5/2.0 is 2.500000; AVG of DECIMAL is DECIMAL(38, max(s, 6))). Done here with whole numbers.
"""

from __future__ import annotations

DIVISION_BY_ZERO = "error('Division by zero')"


def unscaled(sql: str, scale: int) -> str:
    """Return DuckDB text for the digits of a decimal of this scale as a HUGEINT: 1.50 → 150."""
    if scale == 0:
        return f"CAST({sql} AS HUGEINT)"
    return f"CAST(replace(CAST({sql} AS VARCHAR), '.', '') AS HUGEINT)"


def rescaled(sql: str, precision: int, scale: int) -> str:
    """Return DuckDB text for the DECIMAL whose digits a HUGEINT holds: 150 → 1.50."""
    if scale == 0:
        return f"CAST({sql} AS DECIMAL({precision}, 0))"
    unit = "0." + "0" * (scale - 1) + "1"
    product = f"CAST({sql} AS DECIMAL(38, 0)) * CAST('{unit}' AS DECIMAL({scale}, {scale}))"
    return f"CAST({product} AS DECIMAL({precision}, {scale}))"


def divided(numerator: str, denominator: str) -> str:
    """Return DuckDB text for the quotient of two HUGEINTs, rounded half away from zero."""
    sign = f"(CASE WHEN ({numerator} < 0) <> ({denominator} < 0) THEN -1 ELSE 1 END)"
    twice = f"2 * abs({denominator})"
    return f"{sign} * ((2 * abs({numerator}) + abs({denominator})) // ({twice}))"


def quotient(left: str, right: str, scales: tuple[int, int], precision: int, scale: int) -> str:
    """Return DuckDB text for left / right, both decimals, as DECIMAL(precision, scale)."""
    s1, s2 = scales
    numerator, denominator = unscaled(left, s1), unscaled(right, s2)
    shift = scale - s1 + s2
    if shift >= 0:
        numerator = f"({numerator} * CAST('{10**shift}' AS HUGEINT))"
    else:
        denominator = f"({denominator} * CAST('{10**-shift}' AS HUGEINT))"
    exact = rescaled(divided(numerator, denominator), precision, scale)
    return f"CASE WHEN {right} = 0 THEN {DIVISION_BY_ZERO} ELSE {exact} END"


def mean(total: str, count: str, scale: int, precision: int, result_scale: int) -> str:
    """Return DuckDB text for a sum of decimals divided by a count; NULL for a count of 0."""
    shift = 10 ** (result_scale - scale)
    sign = f"(CASE WHEN {total} < 0 THEN -1 ELSE 1 END)"
    size = f"abs({unscaled(total, scale)}) * {shift}"
    rounded = f"{sign} * ((2 * {size} + {count}) // (2 * {count}))"
    return f"CASE WHEN {count} = 0 THEN NULL ELSE {rescaled(rounded, precision, result_scale)} END"
