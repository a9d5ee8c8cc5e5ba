"""Literals: their types and their DuckDB text.

Source: facts/flink-sql-ai.md 6.2 (1.5 is DECIMAL(2, 1), 1e3 DOUBLE, 'abc' CHAR(3)), 6.3.
"""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.types import (
    BIGINT,
    BOOLEAN,
    DATE,
    DOUBLE,
    INT,
    NULL,
    FlinkType,
    decimal,
    timestamp,
)


def null() -> Expr:
    """Return the NULL literal, of no type yet."""
    return Expr("NULL", NULL, "null:NULL")


def text(value: str) -> Expr:
    """Return a string literal: CHAR of its length."""
    t = FlinkType("CHAR", False, length=len(value))
    return Expr(quote_text(value), t, f"'{value}'", constant=value)


def literal(node: exp.Expr) -> Expr:
    """Return a bound literal."""
    match node:
        case exp.Null():
            return null()
        case exp.Boolean():
            word = "true" if node.this else "false"
            return Expr(word, BOOLEAN.not_null(), word, constant=bool(node.this))
        case exp.HexString():
            return _binary(str(node.this))
        case exp.Introducer():
            return _moment(node.this.name, node.expression.name)
        case exp.Literal() if node.is_string:
            return text(str(node.this))
        case _:
            return number(str(node.this))


def number(written: str) -> Expr:
    """Return a number literal: INT or BIGINT if it fits, DECIMAL if exact, DOUBLE with an e."""
    if "e" in written.lower():
        value = float(written)
        return Expr(f"CAST('{value!r}' AS DOUBLE)", DOUBLE.not_null(), written, constant=value)
    exact = Decimal(written)
    digits, exponent = exact.as_tuple().digits, exact.as_tuple().exponent
    scale = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    # A 0 before the point is a digit: 0.1 is DECIMAL(2, 1), .1 is DECIMAL(1, 1).
    precision = max(len(digits), scale + int(written.startswith("0")), 1)
    if "." not in written and exact >= 2**63:
        raise Refused(f"Numeric literal '{written}' out of range")
    if scale == 0:
        t = INT if exact < 2**31 else BIGINT
        kind = "INTEGER" if exact < 2**31 else "BIGINT"
        return Expr(f"CAST({int(exact)} AS {kind})", t.not_null(), written, constant=int(exact))
    if precision > 38:
        raise Refused(f"Numeric literal '{written}' out of range")
    t = decimal(precision, scale)
    sql = f"CAST('{written}' AS DECIMAL({precision}, {scale}))"
    return Expr(sql, t.not_null(), written, constant=exact)


def _binary(digits: str) -> Expr:
    if len(digits) % 2 or not re.fullmatch(r"[0-9A-Fa-f]*", digits):
        raise Refused("Binary literal string must contain an even number of hexits")
    t = FlinkType("BINARY", False, length=len(digits) // 2)
    return Expr(f"unhex('{digits}')", t, f"X'{digits}'")


_SHAPES = {
    "DATE": r"\d{4}-\d{1,2}-\d{1,2}",
    "TIME": r"\d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?",
    "TIMESTAMP": r"\d{4}-\d{1,2}-\d{1,2}( \d{1,2}:\d{1,2}:\d{1,2}(\.\d+)?)?",
}
_FORMATS = {
    "DATE": "yyyy-MM-dd",
    "TIME": "HH:mm:ss",
    "TIMESTAMP": "yyyy-MM-dd HH:mm:ss",
}


def _moment(word: str, written: str) -> Expr:
    if not re.fullmatch(_SHAPES[word], written) or not _exists(word, written):
        raise Refused(f"Illegal {word} literal '{written}': not in format '{_FORMATS[word]}'")
    fraction = min(len(written.partition(".")[2]), 9)
    t = {
        "DATE": DATE,
        "TIME": FlinkType("TIME", precision=fraction),
        "TIMESTAMP": timestamp(fraction),
    }[word]
    # DuckDB keeps six digits of a second.
    kept = re.sub(r"(\.\d{6})\d+", r"\1", written)
    return Expr(f"{word} {quote_text(kept)}", t.not_null(), f"{word} '{written}'")


def _exists(word: str, written: str) -> bool:
    """Return whether a day and time of that name exist."""
    day, _, clock = written.partition(" ") if word != "TIME" else ("2000-1-1", "", written)
    try:
        dt.date(*(int(part) for part in day.split("-")))
        hour, minute, second = (int(n) for n in (clock.partition(".")[0] or "0:0:0").split(":"))
        dt.time(hour, minute, second)
    except ValueError:
        return False
    return True


# -- intervals -------------------------------------------------------------------------------------

_SECONDS = {"DAY": 86400, "HOUR": 3600, "MINUTE": 60, "SECOND": 1, "WEEK": 604800}
_MONTHS = {"YEAR": 12, "QUARTER": 3, "MONTH": 1}


def interval(node: exp.Interval) -> Expr:
    """Return INTERVAL '5' MINUTE and its kin."""
    written, unit = node.this.name, node.args["unit"].name
    first, _, last = unit.partition(" TO ")
    field, precision = _unit(first)
    shown = f"INTERVAL '{written}' {unit}"
    if last:
        return _range(written, field, _unit(last)[0], shown)
    sign = -1 if written.startswith("-") else 1
    digits = written.lstrip("+-").strip()
    if not re.fullmatch(r"\d+(\.\d+)?", digits) or ("." in digits and field != "SECOND"):
        raise Refused(f"Illegal interval literal format '{written}' for INTERVAL {unit}")
    whole = digits.partition(".")[0]
    if len(whole.lstrip("0")) > precision:
        raise Refused(
            f"Interval field value {whole} exceeds precision of {field}({precision}) field"
        )
    return interval_of(field, Decimal(digits) * sign, shown)


def _unit(text_of_unit: str) -> tuple[str, int]:
    name, _, rest = text_of_unit.partition("(")
    return name.strip(), int(rest.rstrip(")").split(",")[0]) if rest else 2


def interval_of(field: str, amount: Decimal, shown: str) -> Expr:
    """Return so many of a unit as an interval."""
    if field in _MONTHS:
        months = int(amount * _MONTHS[field])
        t = FlinkType("INTERVAL_YEAR_MONTH", False)
        return Expr(f"to_months({months})", t, shown)
    micros = int(amount * _SECONDS[field] * 1_000_000)
    t = FlinkType("INTERVAL_DAY_TIME", False)
    return Expr(f"to_microseconds(CAST({micros} AS BIGINT))", t, shown, duration=micros)


def _range(written: str, first: str, last: str, shown: str) -> Expr:
    sign = -1 if written.startswith("-") else 1
    body = written.lstrip("+-")
    wrong = Refused(f"Illegal interval literal format '{written}' for INTERVAL {first} TO {last}")
    if (first, last) == ("YEAR", "MONTH"):
        match = re.fullmatch(r"(\d+)-(\d+)", body)
        if match is None or int(match[2]) > 11:
            raise wrong
        return interval_of("MONTH", Decimal(sign * (int(match[1]) * 12 + int(match[2]))), shown)
    order = ["DAY", "HOUR", "MINUTE", "SECOND"]
    if first not in order or last not in order or order.index(first) >= order.index(last):
        raise not_emulated(f"intervals {first} TO {last}")
    units = order[order.index(first) : order.index(last) + 1]
    parts = re.split(r"[ :]", body)
    if len(parts) != len(units) or not all(re.fullmatch(r"\d+(\.\d+)?", p) for p in parts):
        raise wrong
    most = {"HOUR": 23, "MINUTE": 59, "SECOND": 59}
    if any(int(Decimal(p)) > most[u] for p, u in list(zip(parts, units, strict=True))[1:]):
        raise wrong
    seconds = sum(Decimal(p) * _SECONDS[u] for p, u in zip(parts, units, strict=True))
    return interval_of("SECOND", sign * Decimal(seconds), shown)
