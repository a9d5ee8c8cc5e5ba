"""Parts of dates and clocks, rounding to a unit, and moving by units.

Source: facts/flink-sql-ai.md 6.3. TIMESTAMP_LTZ is a moment; what has fields (hour, day) is taken
from it in the session's time zone. Weeks are ISO's in EXTRACT and begin on Sunday in FLOOR.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.type_rules import is_interval, is_timestamp, plain
from runthrough.emulator.flink.functions.base import DAY, WHOLE, Call, Function, checked, typed_null
from runthrough.emulator.flink.parse.refusals import UnplacedError, not_emulated
from runthrough.emulator.flink.types import BIGINT, DATE, INT, FlinkType, timestamp

_UNITS = {
    "YEAR": "year", "QUARTER": "quarter", "MONTH": "month", "WEEK": "week", "DAY": "day",
    "DOY": "dayofyear", "HOUR": "hour", "MINUTE": "minute", "SECOND": "second", "ISODOW": "isodow",
    "ISOYEAR": "isoyear", "CENTURY": "century", "DECADE": "decade", "MILLENNIUM": "millennium",
}  # fmt: skip
_OF_A_SECOND = {"MILLISECOND": 1_000, "MICROSECOND": 1_000_000, "NANOSECOND": 1_000_000_000}
_MICROS = {"DAY": 86_400_000_000, "HOUR": 3_600_000_000, "MINUTE": 60_000_000, "SECOND": 1_000_000}
_WITHIN = {"HOUR": 24, "MINUTE": 60, "SECOND": 60}
_MIDNIGHT = "DATE '1970-01-01'"


def local(value: Expr, zone: str) -> str:
    """Return DuckDB text for a value's date and clock, in the session's zone if it is LTZ."""
    if value.type.root == "TIMESTAMP_LTZ":
        return f"timezone({quote_text(zone)}, {value.sql})"
    return value.sql


# -- fields ----------------------------------------------------------------------------------------


def field_of(call: Call, unit: str, value: Expr) -> Expr:
    """Return one field of a date or time, as BIGINT; days of the week begin with Sunday = 1."""
    if is_interval(value.type):
        return call.result(f"CAST({_part_of_interval(call, unit, value)} AS BIGINT)", BIGINT)
    if not (DAY.accepts(value.type) or value.type.root == "TIME"):
        raise Call("EXTRACT", "EXTRACT", call.arguments, call.zone).refused(
            f"EXTRACT(<INTERVAL {unit}> FROM <{plain(value.type)}>)",
            "'EXTRACT(<DATETIME_INTERVAL> FROM <DATETIME_INTERVAL>)'\n"
            "'EXTRACT(<DATETIME_INTERVAL> FROM <DATETIME>)'",
        )
    if value.type.root == "TIME" and unit not in (*_WITHIN, *_OF_A_SECOND):
        raise UnplacedError(f"unit {unit} can not be applied to time variable")
    moment = local(value, call.zone)
    match unit:
        case "DOW":
            sql = f"(dayofweek({moment}) + 1)"
        case "EPOCH":
            instant = f"CAST({value.sql} AS TIMESTAMP)" if value.type.root == "DATE" else value.sql
            sql = f"(epoch_ms({instant}) // 1000)"
        case "HOUR" | "MINUTE" | "SECOND" if value.type.root == "DATE":
            sql = f"CASE WHEN {moment} IS NOT NULL THEN 0 END"
        case "MILLISECOND" | "MICROSECOND" | "NANOSECOND":
            micros = f"(microsecond({moment}) % 1000000)"
            size = _OF_A_SECOND[unit]
            sql = f"{micros} * 1000" if size > 1_000_000 else f"{micros} // {1_000_000 // size}"
        case _ if unit in _UNITS:
            sql = f"{_UNITS[unit]}({moment})"
        case _:
            raise not_emulated(f"EXTRACT({unit} FROM …)")
    return call.result(f"CAST({sql} AS BIGINT)", BIGINT)


def _part_of_interval(call: Call, unit: str, value: Expr) -> str:
    """Return one part of an interval; each part has the interval's sign."""
    if value.type.root == "INTERVAL_YEAR_MONTH" and unit in ("YEAR", "MONTH"):
        return f"date_part('{unit.lower()}', {value.sql})"
    if value.type.root == "INTERVAL_DAY_TIME" and unit in _MICROS:
        whole = f"trunc(epoch_us({value.sql}) / {_MICROS[unit]})"
        return f"fmod({whole}, {_WITHIN[unit]})" if unit in _WITHIN else whole
    raise not_emulated(f"{call.name}({unit} FROM an interval)")


def _extract(call: Call) -> Expr:
    return field_of(call, call.words["unit"], typed_null(call.arguments[0], timestamp(3)))


def _field(name: str, unit: str) -> Function:
    def bind(call: Call) -> Expr:
        return field_of(call, unit, typed_null(call.arguments[0], timestamp(3)))

    return Function(name, f"{name}(<DATETIME>)", (1, 1), bind)


# -- differences and sums --------------------------------------------------------------------------

_STEPS = ("microsecond", "millisecond", "second", "minute", "hour", "day", "week", "month",
          "quarter", "year")  # fmt: skip


def _step(call: Call) -> str:
    unit = str(call.words["unit"]).lower()
    if unit not in _STEPS:
        raise not_emulated(f"{call.name}({unit.upper()}, …)")
    return unit


def _difference(call: Call) -> Expr:
    first, second = checked(call, (DAY, DAY), "'TIMESTAMPDIFF(<ANY>, <DATETIME>, <DATETIME>)'")
    unit = _step(call)
    a, b = (f"CAST({local(m, call.zone)} AS TIMESTAMP)" for m in (first, second))
    return call.result(f"CAST(date_sub('{unit}', {a}, {b}) AS INTEGER)", INT)


def _addition(call: Call) -> Expr:
    unit = _step(call)
    number = checked(call, (WHOLE,), _ADD_FORMS)[0]
    value = typed_null(call.arguments[1], timestamp(3))
    if not (DAY.accepts(value.type) or value.type.root == "TIME"):
        types = f"<INTERVAL {unit.upper()}>, <{plain(number.type)}>, <{plain(value.type)}>"
        raise call.refused(f"TIMESTAMPADD({types})", _ADD_FORMS)
    count = f"CAST({number.sql} AS INTEGER)"
    moved = _by(unit, count)
    result = value.type
    if value.type.root == "DATE":
        days = unit in ("day", "week", "month", "quarter", "year")
        result = DATE if days else timestamp(6)
    elif is_timestamp(value.type) and unit in ("millisecond", "microsecond"):
        least = 3 if unit == "millisecond" else 6
        result = FlinkType(value.type.root, precision=max(value.type.precision or 0, least))
    if value.type.root == "TIMESTAMP_LTZ":
        sql = f"timezone({quote_text(call.zone)}, {local(value, call.zone)} + {moved})"
        sql = sql if unit in ("month", "quarter", "year") else f"({value.sql} + {moved})"
    else:
        sql = f"({value.sql} + {moved})"
    return call.result(f"CAST({sql} AS DATE)" if result == DATE else sql, result)


_ADD_FORMS = "'TIMESTAMPADD(<ANY>, <INTEGER>, <DATETIME>)'"


def _by(unit: str, count: str) -> str:
    """Return DuckDB text for so many of a unit as an interval."""
    if unit == "quarter":
        return f"to_months({count} * 3)"
    return f"to_{unit}s({count})"


# -- rounding --------------------------------------------------------------------------------------

_ROUNDED = ("MILLENNIUM", "CENTURY", "DECADE", "YEAR", "QUARTER", "MONTH", "WEEK", "DAY", "HOUR",
            "MINUTE", "SECOND", "MILLISECOND")  # fmt: skip
_ONE_MORE = {
    "MILLENNIUM": "to_years(1000)", "CENTURY": "to_years(100)", "DECADE": "to_years(10)",
    "QUARTER": "to_months(3)", "MILLISECOND": "to_milliseconds(1)",
}  # fmt: skip


def round_to(call: Call, unit: str) -> Expr:
    """Return FLOOR(value TO unit) or CEIL(value TO unit).

    Raises:
        SqlError: no such unit, or the value is no date or time.
    """
    value = call.arguments[0]
    root = value.type.root
    if unit not in _ROUNDED or root not in ("TIMESTAMP", "TIMESTAMP_LTZ", "DATE", "TIME"):
        raise not_emulated(f"{call.name}({root} TO {unit})")
    moment = f"({_MIDNIGHT} + {value.sql})" if root == "TIME" else local(value, call.zone)
    if root == "DATE":
        moment = f"CAST({moment} AS TIMESTAMP)"
    floor = _floored(moment, unit)
    sql = floor
    if call.name != "FLOOR":
        more = _ONE_MORE.get(unit, f"to_{unit.lower()}s(1)")
        sql = f"CASE WHEN {floor} = {moment} THEN {moment} ELSE {floor} + {more} END"
    match root:
        case "DATE":
            sql = f"CAST({sql} AS DATE)"
        case "TIME":
            sql = f"CAST({sql} AS TIME)"
        case "TIMESTAMP_LTZ":
            sql = f"timezone({quote_text(call.zone)}, {sql})"
    return call.result(sql, value.type)


def _floored(moment: str, unit: str) -> str:
    if unit == "WEEK":
        return f"(date_trunc('week', {moment} + to_days(1)) - to_days(1))"
    word = "milliseconds" if unit == "MILLISECOND" else unit.lower()
    return f"date_trunc('{word}', {moment})"


FIELD_FUNCTIONS = [
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
