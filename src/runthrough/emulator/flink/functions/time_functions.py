"""Functions of date and time.

Source: facts/flink-sql-ai.md 6.3. TIMESTAMP_LTZ is a moment; what has fields (hour, text) is
taken from it in the session's time zone.
"""

from __future__ import annotations

import re

from runthrough.emulator.flink.bind.casts import parsed_moment, truncated
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.to_text import moment_text
from runthrough.emulator.flink.bind.type_rules import (
    is_character,
    is_numeric,
    is_timestamp,
)
from runthrough.emulator.flink.functions.base import (
    TEXT,
    WHOLE,
    Call,
    Function,
    checked,
    table,
    typed_null,
)
from runthrough.emulator.flink.functions.time_fields import FIELD_FUNCTIONS, local
from runthrough.emulator.flink.types import (
    BIGINT,
    DATE,
    STRING,
    FlinkType,
    timestamp,
    timestamp_ltz,
)
from runthrough.emulator.flink.zones import icu_zone

NOW = "date_trunc('milliseconds', current_timestamp)"


# -- now -------------------------------------------------------------------------------------------


def _current_timestamp(call: Call) -> Expr:
    return call.result(NOW, timestamp_ltz(3))


def _local_timestamp(call: Call) -> Expr:
    return call.result(f"timezone({quote_text(call.zone)}, {NOW})", timestamp(3))


def _current_date(call: Call) -> Expr:
    return call.result(f"CAST(timezone({quote_text(call.zone)}, {NOW}) AS DATE)", DATE)


def _local_time(call: Call) -> Expr:
    clock = f"date_trunc('second', timezone({quote_text(call.zone)}, current_timestamp))"
    return call.result(f"CAST({clock} AS TIME)", FlinkType("TIME", precision=0))


def _unix_timestamp(call: Call) -> Expr:
    if not call.arguments:
        return call.result("(epoch_ms(current_timestamp) // 1000)", BIGINT)
    if not all(is_character(a.type) for a in call.arguments):
        forms = (
            "'UNIX_TIMESTAMP()'\n'UNIX_TIMESTAMP(<CHARACTER>)'\n'UNIX_TIMESTAMP(<CHARACTER>, …)'"
        )
        raise call.cannot_apply(forms)
    pattern = call.arguments[1].sql if len(call.arguments) == 2 else "'yyyy-MM-dd HH:mm:ss'"
    text, zone = call.arguments[0].sql, quote_text(call.zone)
    return call.result(f"flink_unix_seconds({text}, {pattern}, {zone})", BIGINT)


# -- from numbers and text -------------------------------------------------------------------------


def _to_timestamp_ltz(call: Call) -> Expr:
    first = typed_null(call.arguments[0], BIGINT)
    if is_numeric(first.type) and len(call.arguments) <= 2:
        return _from_epoch(call, first)
    if is_character(first.type):
        zone = _zone(call)
        moment = _parsed(first, call.arguments[1:2])
        return call.result(f"timezone({zone}, {moment})", timestamp_ltz(3), nullable=True)
    raise call.invalid_input(
        "numeric NUMERIC [, precision INT]",
        "string STRING [, format STRING [, timezone STRING]]",
    )


def _zone(call: Call) -> str:
    if len(call.arguments) < 3:
        return quote_text(call.zone)
    name = call.arguments[2].constant
    return quote_text(icu_zone(name)) if isinstance(name, str) else call.arguments[2].sql


def _from_epoch(call: Call, number: Expr) -> Expr:
    precision = 3
    if len(call.arguments) == 2:
        constant = call.arguments[1].constant
        if isinstance(constant, bool) or not isinstance(constant, int):
            raise call.invalid_input("numeric NUMERIC [, precision INT]")
        precision = constant
    if not 0 <= precision <= 9:
        raise call.invalid_input("numeric NUMERIC [, precision INT]")
    whole = f"CAST({number.sql} AS BIGINT)"
    if number.type.root == "DECIMAL":
        whole = f"CAST(trunc({number.sql}) AS BIGINT)"
    if number.type.root in ("FLOAT", "DOUBLE"):
        # Java makes milliseconds of it and cuts the rest off.
        micros = f"CAST(trunc({number.sql} * {float(10 ** (3 - precision))}) AS BIGINT) * 1000"
    elif precision <= 6:
        micros = f"{whole} * {10 ** (6 - precision)}"
    else:
        # DuckDB keeps microseconds.
        micros = f"{whole} // {10 ** (precision - 6)}"
    sql = f"make_timestamptz({micros})"
    return call.result(sql, timestamp_ltz(max(precision, 3)), nullable=True)


def _to_timestamp(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT), "'TO_TIMESTAMP(<CHARACTER>)'")
    moment = truncated(_parsed(arguments[0], call.arguments[1:2]), 3)
    return call.result(moment, timestamp(3), nullable=True)


def _to_date(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT), "'TO_DATE(<CHARACTER>)'")
    if len(arguments) == 1:
        return call.result(f"flink_date({arguments[0].sql}, true)", DATE, nullable=True)
    moment = _parsed(arguments[0], call.arguments[1:2])
    return call.result(f"CAST({moment} AS DATE)", DATE, nullable=True)


def _parsed(text: Expr, pattern: tuple[Expr, ...]) -> str:
    """Return DuckDB text for the TIMESTAMP a text says, NULL where it says none."""
    if not pattern:
        return parsed_moment(text.sql)
    slow = f"flink_parsed({text.sql}, {pattern[0].sql})"
    if (quick := _strftime(pattern[0])) is None:
        return slow
    return f"coalesce(try_strptime({text.sql}, {quote_text(quick)}), {slow})"


def _convert_tz(call: Call) -> Expr:
    parts = checked(call, (TEXT, TEXT, TEXT), "'CONVERT_TZ(<CHARACTER>, <CHARACTER>, <CHARACTER>)'")
    sql = f"flink_convert_tz({', '.join(part.sql for part in parts)})"
    return call.result(sql, STRING, nullable=True)


# -- to text ---------------------------------------------------------------------------------------

_FIELDS = {
    "yyyy": "%Y", "uuuu": "%Y", "yy": "%y", "MMMM": "%B", "MMM": "%b", "MM": "%m", "M": "%-m",
    "dd": "%d", "d": "%-d", "HH": "%H", "H": "%-H", "hh": "%I", "h": "%-I", "mm": "%M",
    "m": "%-M", "ss": "%S", "s": "%-S", "SSSSSS": "%f", "SSS": "%g", "a": "%p", "EEEE": "%A",
    "EEE": "%a", "E": "%a", "DDD": "%j",
}  # fmt: skip


def _strftime(pattern: Expr) -> str | None:
    """Return a Java date pattern as DuckDB writes it; None for one that DuckDB cannot."""
    if not isinstance(pattern.constant, str):
        return None
    result = ""
    for quoted, letters, other in _pieces(pattern.constant):
        if quoted:
            literal = quoted[1:-1].replace("''", "'") or "'"
            result += literal.replace("%", "%%")
        elif letters:
            if letters not in _FIELDS:
                return None
            result += _FIELDS[letters]
        elif other in "{}#[]'":
            return None
        else:
            result += other.replace("%", "%%")
    return result


def _pieces(pattern: str) -> list[tuple[str, str, str]]:
    found = re.finditer(r"('(?:[^']|'')*')|(([A-Za-z])\3*)|(.)", pattern, re.DOTALL)
    return [(m[1] or "", m[2] or "", m[4] or "") for m in found]


def _date_format(call: Call) -> Expr:
    value = typed_null(call.arguments[0], timestamp(3))
    if is_character(value.type):
        # A text without a clock is no TIMESTAMP here.
        moment = f"CASE WHEN contains({value.sql}, ' ') THEN {parsed_moment(value.sql)} END"
    elif is_timestamp(value.type):
        moment = local(value, call.zone)
    else:
        raise call.cannot_apply(
            "'DATE_FORMAT(<TIMESTAMP>, <CHARACTER>)'\n'DATE_FORMAT(<CHARACTER>, <CHARACTER>)'"
        )
    return call.result(_formatted(moment, call.arguments[1]), STRING, nullable=True)


def _formatted(moment: str, pattern: Expr) -> str:
    quick = _strftime(pattern)
    if quick is None:
        return f"flink_date_format({moment}, {pattern.sql})"
    return f"strftime({moment}, {quote_text(quick)})"


def _from_unixtime(call: Call) -> Expr:
    forms = "'FROM_UNIXTIME(<INTEGER>)'\n'FROM_UNIXTIME(<INTEGER>, <CHARACTER>)'"
    arguments = checked(call, (WHOLE, TEXT), forms)
    moment = f"make_timestamptz(CAST({arguments[0].sql} AS BIGINT) * 1000000)"
    clock = f"timezone({quote_text(call.zone)}, {moment})"
    if len(arguments) == 1:
        return call.result(moment_text(clock, 0), STRING, nullable=True)
    return call.result(_formatted(clock, call.arguments[1]), STRING, nullable=True)


TIME_FUNCTIONS = table(
    [
        *FIELD_FUNCTIONS,
        Function("LOCALTIME", "LOCALTIME", (0, 0), _local_time, False),
        Function("CURRENT_TIME", "CURRENT_TIME", (0, 0), _local_time, False),
        Function(
            "CURRENT_ROW_TIMESTAMP", "CURRENT_ROW_TIMESTAMP()", (0, 0), _current_timestamp, False
        ),
        Function("CONVERT_TZ", "CONVERT_TZ(s, zone, zone)", (3, 3), _convert_tz),
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
    ]
)
