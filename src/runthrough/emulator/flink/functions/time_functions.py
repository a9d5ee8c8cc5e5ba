"""Functions of date and time.

Source: facts/flink-sql-ai.md 6.3. TIMESTAMP_LTZ is a moment; what has fields (hour, text) is
taken from it in the session's time zone.
"""

from __future__ import annotations

import re

from runthrough.emulator.flink.bind.casts import truncated
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.to_text import moment_text
from runthrough.emulator.flink.bind.type_rules import (
    is_character,
    is_integer,
    is_numeric,
    is_timestamp,
)
from runthrough.emulator.flink.functions.base import (
    DAY,
    MOMENT,
    NUMBER,
    TEXT,
    WHOLE,
    Call,
    Function,
    checked,
    table,
    typed_null,
)
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import (
    BIGINT,
    DATE,
    INT,
    STRING,
    FlinkType,
    timestamp,
    timestamp_ltz,
)

NOW = "date_trunc('milliseconds', current_timestamp)"
_MOMENT = r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\.[0-9]+)?)?)?"


def _local(value: Expr, zone: str) -> str:
    """Return DuckDB text for a value's date and clock, in the session's zone if it is LTZ."""
    if value.type.root == "TIMESTAMP_LTZ":
        return f"timezone({quote_text(zone)}, {value.sql})"
    return value.sql


# -- now -------------------------------------------------------------------------------------------


def _current_timestamp(call: Call) -> Expr:
    return call.result(NOW, timestamp_ltz(3))


def _local_timestamp(call: Call) -> Expr:
    return call.result(f"timezone({quote_text(call.zone)}, {NOW})", timestamp(3))


def _current_date(call: Call) -> Expr:
    return call.result(f"CAST(timezone({quote_text(call.zone)}, {NOW}) AS DATE)", DATE)


def _unix_timestamp(call: Call) -> Expr:
    if not call.arguments:
        return call.result("(epoch_ms(current_timestamp) // 1000)", BIGINT)
    if not all(is_character(a.type) for a in call.arguments):
        raise call.cannot_apply("'UNIX_TIMESTAMP(<CHARACTER>)'\n'UNIX_TIMESTAMP(<CHARACTER>, …)'")
    moment = _parsed(call, call.arguments[0], call.arguments[1:2])
    seconds = f"(epoch_ms(timezone({quote_text(call.zone)}, {moment})) // 1000)"
    return call.result(seconds, BIGINT, nullable=True)


# -- from numbers and text -------------------------------------------------------------------------


def _to_timestamp_ltz(call: Call) -> Expr:
    first = typed_null(call.arguments[0], BIGINT)
    if is_numeric(first.type) and len(call.arguments) <= 2:
        return _from_epoch(call, first)
    if is_character(first.type):
        zone = call.arguments[2].sql if len(call.arguments) == 3 else quote_text(call.zone)
        moment = _parsed(call, first, call.arguments[1:2])
        return call.result(f"timezone({zone}, {moment})", timestamp_ltz(3), nullable=True)
    raise call.invalid_input(
        "numeric NUMERIC [, precision INT]",
        "string STRING [, format STRING [, timezone STRING]]",
    )


def _from_epoch(call: Call, number: Expr) -> Expr:
    precision = 3
    if len(call.arguments) == 2:
        constant = call.arguments[1].constant
        if isinstance(constant, bool) or not isinstance(constant, int):
            raise call.invalid_input("numeric NUMERIC [, precision INT]")
        precision = constant
    if precision not in (0, 3, 6):
        raise not_emulated(f"TO_TIMESTAMP_LTZ with precision {precision}")
    factor = {0: 1_000_000, 3: 1_000, 6: 1}[precision]
    if is_integer(number.type):
        micros = f"CAST({number.sql} AS BIGINT) * {factor}"
    else:
        micros = f"CAST(trunc({number.sql} * {factor}) AS BIGINT)"
    sql = f"make_timestamptz({micros})"
    return call.result(sql, timestamp_ltz(max(precision, 3)))


def _to_timestamp(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT), "'TO_TIMESTAMP(<CHARACTER>)'")
    moment = truncated(_parsed(call, arguments[0], call.arguments[1:2]), 3)
    return call.result(moment, timestamp(3), nullable=True)


def _to_date(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT), "'TO_DATE(<CHARACTER>)'")
    if len(arguments) == 1:
        return call.result(f"TRY_CAST({arguments[0].sql} AS DATE)", DATE, nullable=True)
    moment = _parsed(call, arguments[0], call.arguments[1:2])
    return call.result(f"CAST({moment} AS DATE)", DATE, nullable=True)


def _parsed(call: Call, text: Expr, pattern: tuple[Expr, ...]) -> str:
    """Return DuckDB text for the TIMESTAMP a text says, NULL where it says none."""
    if pattern:
        return f"try_strptime({text.sql}, {quote_text(_strftime(call, pattern[0]))})"
    return (
        f"CASE WHEN regexp_full_match({text.sql}, '{_MOMENT}') "
        f"THEN TRY_CAST({text.sql} AS TIMESTAMP) END"
    )


# -- to text ---------------------------------------------------------------------------------------

_FIELDS = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M",
    "m": "%-M", "ss": "%S", "s": "%-S", "SSSSSS": "%f", "SSS": "%g", "a": "%p", "EEEE": "%A",
    "EEE": "%a", "E": "%a", "DDD": "%j",
}  # fmt: skip


def _strftime(call: Call, pattern: Expr) -> str:
    """Return a Java date pattern as DuckDB writes it."""
    if not isinstance(pattern.constant, str):
        raise not_emulated(f"{call.name} with a computed pattern")
    result = ""
    for quoted, letters, other in _pieces(pattern.constant):
        if quoted:
            literal = quoted[1:-1].replace("''", "'") or "'"
            result += literal.replace("%", "%%")
        elif letters:
            if letters not in _FIELDS:
                raise not_emulated(f"the pattern letters '{letters}' in {call.name}")
            result += _FIELDS[letters]
        else:
            result += other.replace("%", "%%")
    return result


def _pieces(pattern: str) -> list[tuple[str, str, str]]:
    found = re.finditer(r"('(?:[^']|'')*')|(([A-Za-z])\3*)|(.)", pattern, re.DOTALL)
    return [(m[1] or "", m[2] or "", m[4] or "") for m in found]


def _date_format(call: Call) -> Expr:
    value = typed_null(call.arguments[0], timestamp(3))
    if is_character(value.type):
        moment = _parsed(call, value, ())
    elif is_timestamp(value.type):
        moment = _local(value, call.zone)
    else:
        raise call.cannot_apply("'DATE_FORMAT(<TIMESTAMP>, <CHARACTER>)'")
    pattern = quote_text(_strftime(call, call.arguments[1]))
    return call.result(f"strftime({moment}, {pattern})", STRING, nullable=True)


def _from_unixtime(call: Call) -> Expr:
    arguments = checked(call, (NUMBER, TEXT), "'FROM_UNIXTIME(<NUMERIC>)'")
    moment = f"make_timestamptz(CAST({arguments[0].sql} AS BIGINT) * 1000000)"
    local = f"timezone({quote_text(call.zone)}, {moment})"
    if len(arguments) == 1:
        return call.result(moment_text(local, 0), STRING)
    pattern = quote_text(_strftime(call, call.arguments[1]))
    return call.result(f"strftime({local}, {pattern})", STRING)


# -- fields ----------------------------------------------------------------------------------------

_UNITS = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day",
    "DOY": "dayofyear", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second", "ISODOW": "isodow",
    "ISOYEAR": "isoyear",
}  # fmt: skip


def field_of(call: Call, unit: str, value: Expr) -> Expr:
    """Return one field of a date or time, as BIGINT; days of the week begin with Sunday = 1."""
    if not DAY.accepts(value.type):
        raise call.cannot_apply(f"'{call.name}(<DATETIME>)'")
    local = _local(value, call.zone)
    match unit:
        case "DOW":
            sql = f"(dayofweek({local}) + 1)"
        case "EPOCH":
            moment = f"CAST({value.sql} AS TIMESTAMP)" if value.type.root == "DATE" else value.sql
            sql = f"(epoch_ms({moment}) // 1000)"
        case "MILLISECOND":
            sql = f"(millisecond({local}) % 1000)"
        case _ if unit in _UNITS:
            sql = f"{_UNITS[unit]}({local})"
        case _:
            raise not_emulated(f"EXTRACT({unit} FROM …)")
    return call.result(f"CAST({sql} AS BIGINT)", BIGINT)


def _extract(call: Call) -> Expr:
    return field_of(call, call.words["unit"], typed_null(call.arguments[0], timestamp(3)))


def _field(name: str, unit: str) -> Function:
    def bind(call: Call) -> Expr:
        return field_of(call, unit, typed_null(call.arguments[0], timestamp(3)))

    return Function(name, f"{name}(<DATETIME>)", (1, 1), bind)


def _difference(call: Call) -> Expr:
    first, second = checked(call, (DAY, DAY), "'TIMESTAMPDIFF(<ANY>, <DATETIME>, <DATETIME>)'")
    unit = _duration_unit(call)
    a, b = _local(first, call.zone), _local(second, call.zone)
    return call.result(f"CAST(date_sub('{unit}', {a}, {b}) AS INTEGER)", INT)


def _addition(call: Call) -> Expr:
    number, value = checked(call, (WHOLE, MOMENT), "'TIMESTAMPADD(<ANY>, <INTEGER>, <DATETIME>)'")
    unit = _duration_unit(call)
    sql = f"({value.sql} + to_{unit}s(CAST({number.sql} AS INTEGER)))"
    return call.result(sql, value.type)


def _duration_unit(call: Call) -> str:
    unit = str(call.words["unit"]).lower()
    if unit not in ("second", "minute", "hour", "day", "week", "month", "year"):
        raise not_emulated(f"{call.name}({unit.upper()}, …)")
    return unit


def floor_to(call: Call, unit: str) -> Expr:
    """Return FLOOR(value TO unit)."""
    value = call.arguments[0]
    if not is_timestamp(value.type) or unit not in (*_UNITS, "MILLISECOND"):
        raise not_emulated(f"{call.name}({value.type.root} TO {unit})")
    word = "milliseconds" if unit == "MILLISECOND" else unit.lower()
    floor = f"date_trunc('{word}', {_local(value, call.zone)})"
    if value.type.root == "TIMESTAMP_LTZ":
        floor = f"timezone({quote_text(call.zone)}, {floor})"
    return call.result(floor, FlinkType(value.type.root, precision=value.type.precision))


TIME_FUNCTIONS = table(
    [
        Function("CURRENT_TIMESTAMP", "CURRENT_TIMESTAMP", (0, 0), _current_timestamp, False),
        Function("NOW", "NOW()", (0, 0), _current_timestamp, False),
        Function("LOCALTIMESTAMP", "LOCALTIMESTAMP", (0, 0), _local_timestamp, False),
        Function("CURRENT_DATE", "CURRENT_DATE", (0, 0), _current_date, False),
        Function(
            "UNIX_TIMESTAMP", "UNIX_TIMESTAMP([s [, format]])", (0, 2), _unix_timestamp, False
        ),
        Function("TO_TIMESTAMP_LTZ", "TO_TIMESTAMP_LTZ(x [, …])", (1, 3), _to_timestamp_ltz),
        Function("TO_TIMESTAMP", "TO_TIMESTAMP(s [, format])", (1, 2), _to_timestamp),
        Function("TO_DATE", "TO_DATE(s [, format])", (1, 2), _to_date),
        Function("DATE_FORMAT", "DATE_FORMAT(t, format)", (2, 2), _date_format),
        Function("FROM_UNIXTIME", "FROM_UNIXTIME(n [, format])", (1, 2), _from_unixtime),
        Function("EXTRACT", "EXTRACT(unit FROM t)", (1, 1), _extract),
        Function("TIMESTAMPDIFF", "TIMESTAMPDIFF(unit, t1, t2)", (2, 2), _difference),
        Function("TIMESTAMPADD", "TIMESTAMPADD(unit, n, t)", (2, 2), _addition),
        _field("YEAR", "YEAR"),
        _field("QUARTER", "QUARTER"),
        _field("MONTH", "MONTH"),
        _field("WEEK", "WEEK"),
        _field("DAYOFMONTH", "DAY"),
        _field("DAYOFYEAR", "DOY"),
        _field("DAYOFWEEK", "DOW"),
        _field("HOUR", "HOUR"),
        _field("MINUTE", "MINUTE"),
        _field("SECOND", "SECOND"),
    ]
)
