"""CAST and TRY_CAST: what may become what, and how DuckDB does it as Flink would.

Source: facts/flink-sql-ai.md 6.2, 6.3. Where Flink stops the job, DuckDB's `error` stops the
statement with Flink's text.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr, combine, quote_text, strictly
from runthrough.emulator.flink.bind.to_text import shortened, to_text
from runthrough.emulator.flink.bind.type_rules import (
    BINARIES,
    INTEGERS,
    is_character,
    is_integer,
    is_numeric,
    is_timestamp,
    plain,
)
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError, not_emulated
from runthrough.emulator.flink.types import (
    MAX_LENGTH,
    FlinkType,
    describe,
    duckdb_type,
    summary,
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
    bound = combine(sql, result, cast_text, value)
    return bound if attempt else strictly(bound, value)


def convert(sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool) -> str:
    """Return DuckDB text that turns a value of one type into one of another."""
    if source.or_null() == target.or_null():
        return sql
    if source.root == "NULL":
        return f"CAST({sql} AS {duckdb_type(target)})"
    if is_character(target):
        return shortened(to_text(sql, source, zone), target)
    if is_numeric(target):
        return _to_number(sql, source, target, attempt)
    match target.root:
        case "BOOLEAN" if source.root == "BOOLEAN":
            return sql
        case "BOOLEAN":
            return _to_boolean(sql, source, target, attempt)
        case "TIMESTAMP" | "TIMESTAMP_LTZ":
            return _to_timestamp(sql, source, target, zone, attempt)
        case "DATE" | "TIME":
            return _to_date_or_time(sql, source, target, zone, attempt)
        case "BINARY" | "VARBINARY" if is_character(source):
            return _sized(f"encode({sql})", target)
        case "BINARY" | "VARBINARY" if source.root in BINARIES:
            return _sized(sql, target)
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME" if source.root == target.root:
            return sql
        case "INTERVAL_YEAR_MONTH" | "INTERVAL_DAY_TIME" if is_character(source):
            raise UnplacedError(
                f"Unsupported cast from '{summary(source)}' to '{summary(target)}'."
            )
        case "ARRAY" | "MAP" | "ROW" | "MULTISET" if source.root == target.root:
            return _composite(sql, source, target, zone, attempt)
    raise _refused(source, target)


def _sized(sql: str, target: FlinkType) -> str:
    """Return bytes cut, and for BINARY filled with zeros, to the length of the type."""
    if target.length is None or target.length == MAX_LENGTH:
        return sql
    return f"flink_sized({sql}, {target.length}, {str(target.root == 'BINARY').lower()})"


# -- collections and rows --------------------------------------------------------------------------


def _composite(sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool) -> str:
    """Return a collection or row with all of its parts converted.

    Lambdas name what is taken apart, so that it is written once.
    """
    if attempt:
        return _attempted(sql, source, target, zone)

    def part(text: str, a: FlinkType | None, b: FlinkType | None) -> str:
        if a is None or b is None:
            raise _refused(source, target)
        return convert(text, a, b, zone, attempt=False)

    match source.root:
        case "ARRAY":
            item = part("_e", source.element, target.element)
            return f"list_transform({sql}, lambda _e: {item})"
        case "MULTISET":
            key = part("_e.key", source.element, target.element)
            entry = f"{{'key': {key}, 'value': _e.value}}"
        case "MAP":
            key = part("_e.key", source.key, target.key)
            entry = f"{{'key': {key}, 'value': {part('_e.value', source.value, target.value)}}}"
        case _:
            return _row(sql, source, target, zone)
    entries = f"list_transform(map_entries({sql}), lambda _e: {entry})"
    return f"map_from_entries({entries})"


def _row(sql: str, source: FlinkType, target: FlinkType, zone: str) -> str:
    if len(source.fields) != len(target.fields):
        raise _refused(source, target)
    parts = []
    for (old, a), (new, b) in zip(source.fields, target.fields, strict=True):
        value = convert(f"struct_extract(_r, {quote_text(old)})", a, b, zone, attempt=False)
        parts.append(f"{quote_text(new)}: CAST({value} AS {duckdb_type(b)})")
    body = f"CASE WHEN _r IS NOT NULL THEN {{{', '.join(parts)}}} END"
    return f"list_transform([{sql}], lambda _r: {body})[1]"


def _attempted(sql: str, source: FlinkType, target: FlinkType, zone: str) -> str:
    """TRY_CAST of a collection: NULL if one of its items has no value."""
    a, b = source.element, target.element
    if source.root != "ARRAY" or a is None or b is None or a.root in ("ARRAY", "MAP", "ROW"):
        raise not_emulated(f"TRY_CAST of {describe(source)} to {describe(target)}")
    item = convert("_e", a, b, zone, attempt=True)
    lost = f"len(list_filter({sql}, lambda _e: _e IS NOT NULL AND ({item}) IS NULL)) > 0"
    return f"CASE WHEN {lost} THEN NULL ELSE list_transform({sql}, lambda _e: {item}) END"


def _refused(source: FlinkType, target: FlinkType) -> Refused:
    if is_numeric(source) and target.root == "TIMESTAMP":
        return UnplacedError(
            "The cast from NUMERIC type to TIMESTAMP type is not allowed. It's recommended to use "
            "TO_TIMESTAMP(FROM_UNIXTIME(numeric_col)) instead, note the numeric is in seconds."
        )
    if is_numeric(source) and target.root == "TIMESTAMP_LTZ":
        return UnplacedError(
            "The cast from NUMERIC type to TIMESTAMP_LTZ type is not allowed. It's recommended to "
            "use TO_TIMESTAMP_LTZ(numeric_col, precision) instead."
        )
    if source.root == "TIMESTAMP" and is_numeric(target):
        return UnplacedError(
            "The cast from TIMESTAMP type to NUMERIC type is not allowed. It's recommended to use "
            "UNIX_TIMESTAMP(CAST(timestamp_col AS STRING)) instead."
        )
    if source.root == "TIMESTAMP_LTZ" and is_numeric(target):
        return UnplacedError("The cast from TIMESTAMP_LTZ type to NUMERIC type is not allowed.")
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
    if target.root == "DECIMAL":
        value = f"TRY_CAST(trim({sql}) AS {kind})"
        return value if attempt else _or_fail(sql, value, "Overflow.")
    if target.root in ("FLOAT", "DOUBLE"):
        return _text_to_double(sql, kind, attempt)
    # '12.7' is 12 in Flink, 13 in DuckDB.
    whole = f"regexp_replace(split_part(trim({sql}), '.', 1), '^([+-]?)$', '\\10')"
    value = f"TRY_CAST({whole} AS {kind})"
    good = f"regexp_full_match(trim({sql}), '[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)')"
    if attempt:
        return f"CASE WHEN {good} THEN {value} END"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN trim({sql}) = '' "
        f"THEN {_input_error(sql, 'Input is empty.')} WHEN NOT {good} "
        f"THEN {_input_error(sql, 'Invalid character found.')} "
        f"ELSE {_or_fail(sql, value, 'Overflow.')} END"
    )


def _text_to_double(sql: str, kind: str, attempt: bool) -> str:
    """Return text as Java reads it: no underscores, a last d or f is allowed, `inf` is not."""
    bare = f"regexp_replace(trim({sql}), '[dDfF]$', '')"
    digits = "([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?"
    good = f"regexp_full_match({bare}, '[+-]?(NaN|Infinity|{digits})')"
    value = f"TRY_CAST({bare} AS {kind})"
    if attempt:
        return f"CASE WHEN {good} THEN {value} END"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {good} THEN {value} WHEN trim({sql}) = '' "
        f"THEN error('empty String') ELSE error('For input string: \"' || trim({sql}) || '\"') END"
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
    word = f"lower({sql})"
    failure = "NULL" if attempt else f"error('Cannot parse ''' || {sql} || ''' as BOOLEAN.')"
    return (
        f"CASE WHEN {sql} IS NULL THEN NULL WHEN {word} IN ('t', 'true', 'y', 'yes', '1') "
        f"THEN true WHEN {word} IN ('f', 'false', 'n', 'no', '0') THEN false ELSE {failure} END"
    )


# -- to times ------------------------------------------------------------------------------------

_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}( [0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?)?"


def _to_timestamp(sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool) -> str:
    local = target.root == "TIMESTAMP_LTZ"
    if is_character(source):
        moment = truncated(_text_to_moment(sql, attempt), target.precision or 0)
    elif source.root == "DATE":
        moment = f"CAST({sql} AS TIMESTAMP)"
    elif source.root == "TIME":
        moment = f"(DATE '1970-01-01' + {sql})"
    elif is_timestamp(source):
        cut = truncated(sql, target.precision or 0)
        if source.root == target.root:
            return cut
        return f"timezone({quote_text(zone)}, {cut})"
    else:
        raise _refused(source, target)
    return f"timezone({quote_text(zone)}, {moment})" if local else moment


def _text_to_moment(sql: str, attempt: bool) -> str:
    """Return the TIMESTAMP a text says; a day the month has not is its last (Java's SMART)."""
    if attempt:
        return parsed_moment(sql)
    return (
        f"CASE WHEN {sql} IS NOT NULL THEN "
        f"coalesce({parsed_moment(sql)}, CAST(error(flink_no_moment({sql})) AS TIMESTAMP)) END"
    )


def parsed_moment(sql: str) -> str:
    """Return DuckDB text for the TIMESTAMP that a text says, NULL for none.

    DuckDB reads what is written in full, at its own speed; the rest is left to Python.
    """
    full = f"CASE WHEN regexp_full_match({sql}, '{_MOMENT}') THEN TRY_CAST({sql} AS TIMESTAMP) END"
    return f"coalesce({full}, flink_moment({sql}))"


def truncated(sql: str, precision: int) -> str:
    """Return a moment cut to 0 to 6 digits of a second."""
    if precision >= 6:
        return sql
    unit = {0: "second", 3: "milliseconds"}.get(precision)
    if unit is None:
        step = 10 ** (6 - precision)
        return f"make_timestamp(epoch_us({sql}) // {step} * {step})"
    return f"date_trunc('{unit}', {sql})"


def _to_date_or_time(
    sql: str, source: FlinkType, target: FlinkType, zone: str, attempt: bool
) -> str:
    if is_character(source):
        reader = "flink_date" if target.root == "DATE" else "flink_time"
        return _cut_time(f"{reader}({sql}, {str(attempt).lower()})", target)
    if target.root == "TIME" and source.root == "DATE":
        raise _refused(source, target)
    if source.root == "TIMESTAMP_LTZ":
        local = f"timezone({quote_text(zone)}, {sql})"
        return _cut_time(f"CAST({local} AS {target.root})", target)
    if source.root in ("TIMESTAMP", target.root):
        return _cut_time(f"CAST({sql} AS {target.root})", target)
    raise _refused(source, target)


def _cut_time(sql: str, target: FlinkType) -> str:
    """Return a time of day with the digits of a second that its type has."""
    if target.root == "DATE":
        return sql
    step = 10 ** (6 - min(target.precision or 0, 6))
    day = "DATE '1970-01-01'"
    return f"CAST(make_timestamp(epoch_us({day} + {sql}) // {step} * {step}) AS TIME)"
