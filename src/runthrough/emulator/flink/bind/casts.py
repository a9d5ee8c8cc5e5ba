"""CAST and TRY_CAST: what may become what, and how DuckDB does it as Flink would.

Source: facts/flink-sql-ai.md 6.2, 6.3. Where Flink stops the job, DuckDB's `error` stops the
statement with Flink's text.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr, combine, quote_text
from runthrough.emulator.flink.bind.type_rules import (
    BINARIES,
    INTEGERS,
    is_character,
    is_integer,
    is_numeric,
    is_timestamp,
    plain,
)
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.types import (
    MAX_LENGTH,
    FlinkType,
    describe,
    duckdb_type,
)

_BITS = {"TINYINT": 8, "SMALLINT": 16, "INTEGER": 32, "BIGINT": 64}


def cast(value: Expr, target: FlinkType, zone: str, *, attempt: bool = False) -> Expr:
    """Return a value cast to a type; `attempt` is TRY_CAST: NULL instead of failure.

    Args:
        value: what to cast.
        target: the type; its own nullability is not looked at.
        zone: the session's time zone.
        attempt: whether this is TRY_CAST.

    Raises:
        Refused: Flink has no such cast.
    """
    source = value.type
    result = target.with_null(attempt or source.nullable)
    if source.with_null(True) == target.with_null(True):
        return value if not attempt else value.typed(result)
    sql = convert(value.sql, source, target, zone, attempt)
    name = "TRY_CAST" if attempt else "CAST"
    cast_text = f"{name}({value.text} AS {describe(target)})"
    return combine(sql, result, cast_text, value)


def convert(sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool) -> str:
    """Return DuckDB text that turns a value of one type into one of another."""
    if source.root == "NULL":
        return f"CAST({sql} AS {duckdb_type(target)})"
    if is_character(target):
        return _shorten(_to_text(sql, source, zone), target)
    if is_numeric(target):
        return _to_number(sql, source, target, attempt)
    match target.root:
        case "BOOLEAN":
            return _to_boolean(sql, source, target, attempt)
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return _to_timestamp(sql, source, target, zone, attempt)
        case "DATE" | "TIME":
            return _to_date_or_time(sql, source, target, zone, attempt)
        case "BINARY" | "VARBINARY" if is_character(source):
            return f"encode({sql})"
        case "BINARY" | "VARBINARY" if source.root in BINARIES:
            return sql
        case "ARRAY" if source.root == "ARRAY" and source.element and target.element:
            inner = convert("_e", source.element, target.element, zone, attempt)
            return f"list_transform({sql}, lambda _e: {inner})"
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME" if source.root == target.root:
            return sql
        case "MAP" | "ROW" | "MULTISET" if source.root == target.root:
            raise not_emulated(f"CAST of a {source.root} to another {target.root}")
    raise _refused(source, target)


def _refused(source: FlinkType, target: FlinkType) -> Refused:
    source_time = is_timestamp(source) or source.root in ("DATE", "TIME")
    if is_numeric(source) and is_timestamp(target):
        return Refused(
            "The cast from NUMERIC type to TIMESTAMP type is not allowed. It's recommended to use "
            "TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) instead, note the numeric is in seconds."
        )
    if source_time and is_numeric(target):
        return Refused(
            "The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to use "
            "UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead."
        )
    return Refused(
        f"Cast function cannot convert value of type {plain(source)} to type {plain(target)}"
    )


# -- to numbers ----------------------------------------------------------------------------------


def _to_number(sql: str, source: FlinkType, target: FlinkType, attempt: bool) -> str:
    kind = duckdb_type(target)
    if is_character(source):
        return _text_to_number(sql, target, attempt)
    if source.root == "BOOLEAN":
        return f"CAST({sql} AS {kind})"
    if not is_numeric(source):
        raise _refused(source, target)
    if target.root == "DECIMAL":
        # Flink gives NULL, not an error, where the digits do not fit.
        return f"TRY_CAST({sql} AS {kind})"
    if target.root in ("FLOAT", "DOUBLE"):
        return f"CAST({sql} AS {kind})"
    if is_integer(source):
        if INTEGERS.index(source.root) <= INTEGERS.index(target.root):
            return f"CAST({sql} AS {kind})"
        return wrapped(sql, target)
    if source.root == "DECIMAL":
        return wrapped(f"trunc({sql})", target)
    return _saturated(sql, target)


def wrapped(sql: str, target: FlinkType, wide: str = "HUGEINT") -> str:
    """Return an integer cut to fewer bits, as Java cuts it: 3000000000 becomes -1294967296.

    Args:
        sql: the integer.
        target: an integer type.
        wide: the DuckDB type that holds the integer and, once more, half of the target's range.
    """
    bits = _BITS[target.root]
    half, mask = 2 ** (bits - 1), 2**bits - 1
    if wide == "HUGEINT":
        # A literal beyond BIGINT would be a double.
        middle, ones = (f"CAST('{number}' AS HUGEINT)" for number in (half, mask))
    else:
        middle, ones = str(half), str(mask)
    shifted = f"(CAST({sql} AS {wide}) + {middle}) & {ones}"
    return f"CAST(({shifted}) - {middle} AS {duckdb_type(target)})"


def _saturated(sql: str, target: FlinkType) -> str:
    """Return a double as a whole number as Java makes it: NaN is 0, too much is the most."""
    wide = "BIGINT" if target.root == "BIGINT" else "INTEGER"
    low, high = -(2 ** (_BITS[wide] - 1)), 2 ** (_BITS[wide] - 1) - 1
    whole = (
        f"CASE WHEN isnan({sql}) THEN 0 WHEN {sql} >= {high} THEN {high} "
        f"WHEN {sql} <= {low} THEN {low} ELSE CAST(trunc({sql}) AS {wide}) END"
    )
    if target.root in ("TINYINT", "SMALLINT"):
        return wrapped(whole, target)
    return f"CAST({whole} AS {wide})"


def _text_to_number(sql: str, target: FlinkType, attempt: bool) -> str:
    kind = duckdb_type(target)
    if not is_integer(target):
        value = f"TRY_CAST(trim({sql}) AS {kind})"
        return value if attempt else _or_fail(sql, value, "Invalid character found.")
    # '12.7' is 12 in Flink, 13 in DuckDB.
    whole = f"regexp_replace(split_part(trim({sql}), '.', 1), '^([+-]?)$', '\\10')"
    value = f"TRY_CAST({whole} AS {kind})"
    good = f"regexp_full_match(trim({sql}), '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)')"
    if attempt:
        return f"CASE WHEN {good} THEN {value} END"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN NOT {good} "
        f"THEN {_input_error(sql, 'Invalid character found.')} "
        f"ELSE {_or_fail(sql, value, 'Overflow.')} END"
    )


def _or_fail(sql: str, value: str, why: str) -> str:
    """Return DuckDB text that stops the statement where a text has no value."""
    failure = _input_error(sql, why)
    return f"CASE WHEN {sql} IS NOT NULL AND {value} IS NULL THEN {failure} ELSE {value} END"


def _input_error(sql: str, why: str) -> str:
    return f"error('For input string: ''' || {sql} || '''. {why}')"


def _to_boolean(sql: str, source: FlinkType, target: FlinkType, attempt: bool) -> str:
    if is_numeric(source):
        return f"({sql} <> 0)"
    if not is_character(source):
        raise _refused(source, target)
    word = f"lower(trim({sql}))"
    failure = "NULL" if attempt else f"error('Cannot parse ''' || {sql} || ''' as BOOLEAN.')"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {word} IN ('t', 'true', 'y', 'yes', '1') "
        f"THEN true WHEN {word} IN ('f', 'false', 'n', 'no', '0') THEN false ELSE {failure} END"
    )


# -- to times ------------------------------------------------------------------------------------

_CLOCK = "( [0-9]{1,2}:[0-9]{1,2}(:[0-9]{1,2}(\\.[0-9]+)?)?)?"
_MOMENT = f"[0-9]{{4}}-[0-9]{{1,2}}-[0-9]{{1,2}}{_CLOCK}"


def _to_timestamp(sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool) -> str:
    local = target.root == "TIMESTAMP_LTZ"
    if is_character(source):
        moment = truncated(_text_to_moment(sql, attempt), target.precision or 0)
    elif source.root == "DATE":
        moment = f"CAST({sql} AS TIMESTAMP)"
    elif is_timestamp(source):
        cut = truncated(sql, target.precision or 0)
        if source.root == target.root:
            return cut
        return f"timezone({quote_text(zone)}, {cut})"
    else:
        raise _refused(source, target)
    return f"timezone({quote_text(zone)}, {moment})" if local else moment


def _text_to_moment(sql: str, attempt: bool) -> str:
    failure = "NULL"
    if not attempt:
        message = f"'Text ''' || {sql} || ''' could not be parsed, unparsed text found at index 10'"
        failure = f"error({message})"
    value = f"TRY_CAST({sql} AS TIMESTAMP)"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN regexp_full_match({sql}, '{_MOMENT}') "
        f"AND {value} IS NOT NULL THEN {value} ELSE {failure} END"
    )


def truncated(sql: str, precision: int) -> str:
    """Return a moment cut to 0 to 6 digits of a second."""
    if precision >= 6:
        return sql
    unit = {0: "second", 3: "milliseconds"}.get(precision)
    if unit is None:
        raise not_emulated(f"timestamps of precision {precision}")
    return f"date_trunc('{unit}', {sql})"


def _to_date_or_time(
    sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool
) -> str:
    if is_character(source):
        value = f"TRY_CAST({sql} AS {target.root})"
        return value if attempt else _or_unparsable(sql, value)
    if source.root == "TIMESTAMP_LTZ":
        return f"CAST(timezone({quote_text(zone)}, {sql}) AS {target.root})"
    if source.root in ("TIMESTAMP", target.root):
        return f"CAST({sql} AS {target.root})"
    raise _refused(source, target)


def _or_unparsable(sql: str, value: str) -> str:
    failure = f"error('Text ''' || {sql} || ''' could not be parsed')"
    return f"CASE WHEN {sql} IS NOT NULL AND {value} IS NULL THEN {failure} ELSE {value} END"


# -- to text -------------------------------------------------------------------------------------


def _shorten(sql: str, target: FlinkType) -> str:
    if target.length is None or target.length == MAX_LENGTH:
        return sql
    cut = f"left({sql}, {target.length})"
    return cut if target.root == "VARCHAR" else f"rpad({cut}, {target.length}, ' ')"


def _to_text(sql: str, source: FlinkType, zone: str) -> str:
    match source.root:
        case "CHAR" | "VARCHAR":
            return sql
        case "BOOLEAN":
            return f"upper(CAST({sql} AS VARCHAR))"
        case "FLOAT" | "DOUBLE":
            return _double_to_text(sql)
        case "TIMESTAMP":
            return moment_text(sql, source.precision or 0)
        case "TIMESTAMP_LTZ":
            return moment_text(f"timezone({quote_text(zone)}, {sql})", source.precision or 0)
        case "BINARY" | "VARBINARY":
            return f"decode({sql})"
        case "ARRAY" if source.element:
            item = f"coalesce({_to_text('_e', source.element, zone)}, 'NULL')"
            items = f"array_to_string(list_transform({sql}, lambda _e: {item}), ', ')"
            return (
                f"CASE WHEN {sql} IS NULL THEN NULL WHEN len({sql}) = 0 THEN '[]' "
                f"ELSE '[' || {items} || ']' END"
            )
        case "MAP" | "ROW" | "MULTISET" | "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME":
            raise not_emulated(f"CAST of {describe(source)} to STRING")
        case _:
            return f"CAST({sql} AS VARCHAR)"


def moment_text(sql: str, precision: int) -> str:
    """Return DuckDB text that prints a TIMESTAMP with so many digits of a second."""
    if precision == 0:
        return f"strftime({sql}, '%Y-%m-%d %H:%M:%S')"
    text = f"strftime({sql}, '%Y-%m-%d %H:%M:%S.%f')"
    if precision > 6:
        return f"rpad({text}, {20 + precision}, '0')"
    return text if precision == 6 else f"left({text}, {20 + precision})"


def _double_to_text(sql: str) -> str:
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
