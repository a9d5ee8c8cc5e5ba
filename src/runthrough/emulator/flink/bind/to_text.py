"""CAST to text, as Flink prints every type.

Source: facts/flink-sql-ai.md 6.2: doubles as Java prints them, ARRAY '[1, 2]', MAP '{a=1}',
ROW '(1, x)', NULL inside of them as NULL, BYTES as UTF-8.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import quote_text
from runthrough.emulator.flink.types import MAX_LENGTH, FlinkType


def shortened(sql: str, target: FlinkType) -> str:
    """Return a text cut, and for CHAR filled with blanks, to the length of its type."""
    if target.length is None or target.length == MAX_LENGTH:
        return sql
    cut = f"left({sql}, {target.length})"
    return cut if target.root == "VARCHAR" else f"rpad({cut}, {target.length}, ' ')"


def to_text(sql: str, source: FlinkType, zone: str) -> str:
    """Return DuckDB text that prints a value; LTZ in the session's zone."""
    match source.root:
        case "CHAR" | "VARCHAR":
            return sql
        case "BOOLEAN":
            return f"upper(CAST({sql} AS VARCHAR))"
        case "FLOAT" | "DOUBLE":
            return _double(sql)
        case "TIMESTAMP":
            return moment_text(sql, source.precision or 0)
        case "TIMESTAMP_LTZ":
            return moment_text(f"timezone({quote_text(zone)}, {sql})", source.precision or 0)
        case "TIME" if source.precision:
            return (
                f"left(strftime(DATE '1970-01-01' + {sql}, '%H:%M:%S.%f'), {9 + source.precision})"
            )
        case "BINARY" | "VARBINARY":
            return f"flink_decode({sql}, 'UTF-8')"
        case "INTERVAL_YEAR_MONTH":
            return f"flink_months({sql})"
        case "INTERVAL_DAY_TIME":
            return f"flink_day_time({sql})"
        case "ARRAY" if source.element:
            return _joined(sql, _item("_e", source.element, zone), "[]")
        case "MAP" if source.key and source.value:
            key = _item("_e.key", source.key, zone)
            entry = f"{key} || '=' || {_item('_e.value', source.value, zone)}"
            return _joined(f"map_entries({sql})", entry, "{}")
        case "MULTISET" if source.element:
            entry = f"{_item('_e.key', source.element, zone)} || '=' || CAST(_e.value AS VARCHAR)"
            return _joined(f"map_entries({sql})", entry, "{}")
        case "ROW":
            return _row(sql, source, zone)
        case _:
            return f"CAST({sql} AS VARCHAR)"


def _item(sql: str, t: FlinkType, zone: str) -> str:
    return f"coalesce({to_text(sql, t, zone)}, 'NULL')"


def _joined(items: str, item: str, brackets: str) -> str:
    """Return DuckDB text for a list's items as texts in brackets, NULL for no list."""
    # What is joined out of nothing would be NULL.
    joined = f"coalesce(array_to_string(list_transform({items}, lambda _e: {item}), ', '), '')"
    return f"CASE WHEN {items} IS NOT NULL THEN '{brackets[0]}' || {joined} || '{brackets[1]}' END"


def _row(sql: str, source: FlinkType, zone: str) -> str:
    """Return DuckDB text for a row in parentheses; a lambda names it, so it is written once."""
    parts = [_item(f"struct_extract(_r, {quote_text(name)})", t, zone) for name, t in source.fields]
    inside = " || ', ' || ".join(parts) or "''"
    body = f"CASE WHEN _r IS NOT NULL THEN '(' || {inside} || ')' END"
    return f"list_transform([{sql}], lambda _r: {body})[1]"


def moment_text(sql: str, precision: int) -> str:
    """Return DuckDB text that prints a TIMESTAMP with so many digits of a second."""
    if precision == 0:
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    text = f"strftime({sql}, '%Y-%m-%d %H:%M:%S.%f')"
    if precision > 6:
        return f"rpad({text}, {20 + precision}, '0')"
    return text if precision == 6 else f"left({text}, {20 + precision})"


def _double(sql: str) -> str:
    """Return DuckDB text that prints a double as Java does: 100.0, 1.0E10, 1.5E-7."""
    text = f"CAST({sql} AS VARCHAR)"
    size = f"abs({sql})"
    sign = f"CASE WHEN {sql} < 0 THEN '-' ELSE '' END"
    bare = f"ltrim({text}, '-')"
    # DuckDB writes 1e+20 from 1e15 on and 1.5e-07 below 1e-4: take its digits and its exponent …
    mantissa = f"split_part({bare}, 'e', 1)"
    powered = (
        f"{mantissa} || CASE WHEN contains({mantissa}, '.') THEN '' ELSE '.0' END || 'E' || "
        f"CAST(CAST(split_part({bare}, 'e', 2) AS INTEGER) AS VARCHAR)"
    )
    # … and between, the digits before and after the point.
    whole = f"split_part({bare}, '.', 1)"
    digits = f"rtrim(replace({bare}, '.', ''), '0')"
    large = (
        f"left({digits}, 1) || '.' || CASE WHEN length({digits}) > 1 THEN {digits}[2:] "
        f"ELSE '0' END || 'E' || CAST(length({whole}) - 1 AS VARCHAR)"
    )
    fraction = f"split_part({bare}, '.', 2)"
    small_digits = f"ltrim({fraction}, '0')"
    small = (
        f"left({small_digits}, 1) || '.' || CASE WHEN length({small_digits}) > 1 THEN "
        f"{small_digits}[2:] ELSE '0' END || 'E-' || "
        f"CAST(length({fraction}) - length({small_digits}) + 1 AS VARCHAR)"
    )
    return (
        f"CASE WHEN isnan({sql}) THEN 'NaN' WHEN isinf({sql}) THEN {sign} || 'Infinity' "
        f"WHEN {size} = 0 OR ({size} >= 1e-3 AND {size} < 1e7) THEN {text} "
        f"WHEN contains({text}, 'e') THEN {sign} || {powered} "
        f"WHEN {size} >= 1e7 THEN {sign} || {large} ELSE {sign} || {small} END"
    )
