"""Operators: which types they take, what they give, and how DuckDB computes it as Flink would.

Source: facts/flink-sql-ai.md 6.2, 6.3. Whole numbers that overflow wrap around, as Java's do.
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind import decimals
from runthrough.emulator.flink.bind.casts import convert, truncated, wrapped
from runthrough.emulator.flink.bind.expression import Expr, combine, strictly
from runthrough.emulator.flink.bind.type_rules import (
    arithmetic,
    as_decimal,
    common,
    family,
    is_character,
    is_interval,
    is_numeric,
    is_timestamp,
    plain,
)
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError
from runthrough.emulator.flink.types import BOOLEAN, MAX_LENGTH, FlinkType, duckdb_type, summary

_SUPPORTED = {
    "+": ("NUMERIC", "DATETIME_INTERVAL", "DATETIME", "INTERVAL_DATETIME"),
    "-": ("NUMERIC", "DATETIME_INTERVAL", "DATETIME"),
    "*": ("NUMERIC", "DATETIME_INTERVAL", "INTERVAL_NUMERIC"),
    "/": ("NUMERIC", "DATETIME_INTERVAL"),
    "%": ("EXACT_NUMERIC",),
}


def compute(operator: str, left: Expr, right: Expr) -> Expr:
    """Return `left operator right` for + - * / %.

    Raises:
        Refused: the types do not fit.
    """
    text = f"({left.text} {operator} {right.text})"
    if moved := _moved_in_time(operator, left, right, text):
        return moved
    if operator == "*" and is_interval(right.type) and is_numeric(left.type):
        left, right = right, left
    if operator == "*" and is_interval(left.type) and is_numeric(right.type):
        result = left.type.with_null(left.type.nullable or right.type.nullable)
        times = f"CAST({right.sql} AS BIGINT)"
        return combine(f"({left.sql} * {times})", result, text, left, right)
    left, right = _typed_null(left, right.type), _typed_null(right, left.type)
    approximate = {"FLOAT", "DOUBLE"} & {left.type.root, right.type.root}
    numbers = is_numeric(left.type) and is_numeric(right.type)
    if not numbers or (operator == "%" and approximate):
        raise _cannot_apply(operator, left, right)
    result = arithmetic(operator, left.type, right.type)
    result = result.with_null(left.type.nullable or right.type.nullable)
    bound = combine(_arithmetic_sql(operator, left, right, result), result, text, left, right)
    return strictly(bound, left, right)


def _arithmetic_sql(operator: str, left: Expr, right: Expr, result: FlinkType) -> str:
    kind = duckdb_type(result)
    if result.root in ("DOUBLE", "FLOAT"):
        return f"(CAST({left.sql} AS {kind}) {operator} CAST({right.sql} AS {kind}))"
    if result.root != "DECIMAL":
        wide = duckdb_type(arithmetic("+", left.type, right.type))
        if operator not in ("/", "%"):
            room = "HUGEINT" if result.root == "BIGINT" else "BIGINT"
            a, b = f"CAST({left.sql} AS {room})", f"CAST({right.sql} AS {room})"
            return wrapped(f"{a} {operator} {b}", result, room)
        a, b = f"CAST({left.sql} AS {wide})", f"CAST({right.sql} AS {wide})"
        divide = "//" if operator == "/" else "%"
        return (
            f"CASE WHEN {right.sql} = 0 THEN {decimals.DIVISION_BY_ZERO} "
            f"ELSE CAST({a} {divide} {b} AS {kind}) END"
        )
    return _decimal_sql(operator, left, right, result)


def _decimal_sql(operator: str, left: Expr, right: Expr, result: FlinkType) -> str:
    (p1, s1), (p2, s2) = as_decimal(left.type), as_decimal(right.type)
    precision, scale = result.precision or 38, result.scale or 0
    if operator == "/":
        a = f"CAST({left.sql} AS DECIMAL({p1}, {s1}))"
        b = f"CAST({right.sql} AS DECIMAL({p2}, {s2}))"
        return decimals.quotient(a, b, (s1, s2), precision, scale)
    wide = max(s1, s2)
    if operator == "*":
        a, b = f"CAST({left.sql} AS DECIMAL(38, {s1}))", f"CAST({right.sql} AS DECIMAL(38, {s2}))"
    else:
        a = f"CAST({left.sql} AS DECIMAL(38, {wide}))"
        b = f"CAST({right.sql} AS DECIMAL(38, {wide}))"
    exact = f"TRY_CAST({a} {operator} {b} AS {duckdb_type(result)})"
    if operator == "%":
        return f"CASE WHEN {right.sql} = 0 THEN {decimals.DIVISION_BY_ZERO} ELSE {exact} END"
    return exact


def _moved_in_time(operator: str, left: Expr, right: Expr, text: str) -> Expr | None:
    nullable = left.type.nullable or right.type.nullable
    if operator == "+" and is_interval(left.type) and not is_interval(right.type):
        left, right = right, left
    if operator not in ("+", "-") or not is_interval(right.type):
        return None
    if is_timestamp(left.type) or left.type.root in ("DATE", "TIME"):
        result = left.type.with_null(nullable)
        sql = f"CAST({left.sql} {operator} {right.sql} AS {duckdb_type(result)})"
        if is_timestamp(result) and is_interval(right.type):
            # TIMESTAMP(0) + half a second stays where it is.
            sql = truncated(sql, result.precision or 0)
        return combine(sql, result, text, left, right)
    if left.type.root == right.type.root:
        result = left.type.with_null(nullable)
        return combine(f"({left.sql} {operator} {right.sql})", result, text, left, right)
    return None


def difference(left: Expr, right: Expr, unit: str) -> Expr:
    """Return (left - right) UNIT: an interval. Raises Refused unless both are moments."""
    for value in (left, right):
        if not (is_timestamp(value.type) or value.type.root in ("DATE", "TIME")):
            raise cannot_apply("-", left, right, "'<DATETIME> - <DATETIME>'")
    nullable = left.type.nullable or right.type.nullable
    text = f"-({left.text}, {right.text})"
    a, b = (f"CAST({value.sql} AS TIMESTAMP)" for value in (left, right))
    if unit in ("YEAR", "MONTH"):
        months = f"to_months(CAST(date_sub('month', {b}, {a}) AS INTEGER))"
        return combine(months, FlinkType("INTERVAL_YEAR_MONTH", nullable), text, left, right)
    span = f"to_microseconds(epoch_us({a}) - epoch_us({b}))"
    return combine(span, FlinkType("INTERVAL_DAY_TIME", nullable), text, left, right)


def _cannot_apply(operator: str, left: Expr, right: Expr) -> Refused:
    forms = _SUPPORTED[operator]
    shapes = {
        "NUMERIC": ("NUMERIC", "NUMERIC"),
        "EXACT_NUMERIC": ("EXACT_NUMERIC", "EXACT_NUMERIC"),
        "DATETIME_INTERVAL": ("DATETIME_INTERVAL", "DATETIME_INTERVAL"),
        "INTERVAL_DATETIME": ("DATETIME_INTERVAL", "DATETIME"),
        "DATETIME": ("DATETIME", "DATETIME_INTERVAL"),
        "INTERVAL_NUMERIC": ("DATETIME_INTERVAL", "NUMERIC"),
    }
    lines = "\n".join(f"'<{shapes[f][0]}> {operator} <{shapes[f][1]}>'" for f in forms)
    return cannot_apply(operator, left, right, lines)


def cannot_apply(operator: str, left: Expr, right: Expr, forms: str) -> Refused:
    """Return the refusal of an operator between two types."""
    types = f"<{plain(left.type)}> {operator} <{plain(right.type)}>"
    return Refused(
        f"Cannot apply '{operator}' to arguments of type '{types}'. Supported form(s): {forms}"
    )


def _typed_null(value: Expr, other: FlinkType) -> Expr:
    if value.type.root != "NULL" or other.root == "NULL":
        return value
    sql = f"CAST(NULL AS {duckdb_type(other)})"
    return Expr(sql, other.or_null(), value.text)


def negate(value: Expr) -> Expr:
    """Return -value. Raises Refused unless it is a number or an interval."""
    if not (is_numeric(value.type) or is_interval(value.type)):
        raise Refused(
            f"Cannot apply '-' to arguments of type '-<{plain(value.type)}>'. "
            "Supported form(s): '-<NUMERIC>'\n'-<DATETIME_INTERVAL>'"
        )
    return strictly(combine(f"(-{value.sql})", value.type, f"-({value.text})", value), value)


def concat(left: Expr, right: Expr) -> Expr:
    """Return left || right: NULL if one is. Raises Refused unless both are text."""
    for value in (left, right):
        if not (is_character(value.type) or value.type.root == "NULL"):
            raise cannot_apply("||", left, right, "'<STRING> || <STRING>'")
    result = joined_text([left.type, right.type])
    sql = f"(CAST({left.sql} AS VARCHAR) || CAST({right.sql} AS VARCHAR))"
    return combine(sql, result, f"({left.text} || {right.text})", left, right)


def joined_text(types: list[FlinkType]) -> FlinkType:
    """Return the type of texts put together."""
    nullable = any(t.nullable for t in types)
    length = min(sum(t.length or 0 for t in types), MAX_LENGTH)
    fixed = all(t.root == "CHAR" for t in types)
    return FlinkType("CHAR" if fixed else "VARCHAR", nullable, length=length)


# -- comparison ------------------------------------------------------------------------------------


def compare(operator: str, left: Expr, right: Expr, zone: str) -> Expr:
    """Return `left operator right` for = <> < <= > >=.

    Raises:
        Refused: the types cannot be compared; `=` between text and number above all.
    """
    text = f"({left.text} {operator} {right.text})"
    result = BOOLEAN.with_null(left.type.nullable or right.type.nullable)
    a, b = comparable(operator, left, right, zone)
    bound = strictly(combine(f"({a} {operator} {b})", result, text, left, right), left, right)
    if operator == "=" and left.column and right.column:
        return replace(bound, equal=((left.column, right.column),))
    return bound


def comparable(operator: str, left: Expr, right: Expr, zone: str) -> tuple[str, str]:
    """Return the DuckDB texts of two values in one type, ready to be compared."""
    shared = common([left.type, right.type])
    roots = {left.type.root, right.type.root}
    if roots == {"TIMESTAMP", "TIMESTAMP_LTZ"}:
        precision = max(left.type.precision or 0, right.type.precision or 0)
        shared = FlinkType("TIMESTAMP_LTZ", precision=precision)
    if roots == {"DATE", "TIMESTAMP"}:
        forms = f"'<COMPARABLE_TYPE> {operator} <COMPARABLE_TYPE>'"
        raise cannot_apply(operator, left, right, forms)
    if shared is not None:
        if operator not in ("=", "<>") and shared.root in ("ARRAY", "MAP", "ROW", "MULTISET"):
            raise UnplacedError(f"Comparable type expected, but was '{summary(left.type)}'.")
        if is_numeric(shared) or shared.root == "NULL":
            return left.sql, right.sql
        a = convert(left.sql, left.type, shared, zone, attempt=False)
        b = convert(right.sql, right.type, shared, zone, attempt=False)
        if shared.root == "MAP":
            # DuckDB's maps differ if their entries come in another order.
            return f"list_sort(map_entries({a}))", f"list_sort(map_entries({b}))"
        return a, b
    for one, other in ((left, right), (right, left)):
        if not is_character(one.type):
            continue
        if is_numeric(other.type) and operator not in ("=", "<>"):
            # '5' < 10 compares numbers, though 1 = '1' is refused.
            number = convert(one.sql, one.type, other.type, zone, attempt=False)
            return (number, other.sql) if one is left else (other.sql, number)
        timely = is_timestamp(other.type) or other.type.root in ("DATE", "TIME")
        if timely and (operator not in ("=", "<>") or one.constant is not None):
            moment = convert(one.sql, one.type, other.type, zone, attempt=False)
            return (moment, other.sql) if one is left else (other.sql, moment)
        raise UnplacedError(
            f"implicit type conversion between {left.type.root} and {right.type.root} "
            "is not supported now"
        )
    forms = f"'<COMPARABLE_TYPE> {operator} <COMPARABLE_TYPE>'"
    raise cannot_apply(operator, left, right, forms)


def logical(operator: str, left: Expr, right: Expr) -> Expr:
    """Return left AND right, or left OR right. Raises Refused unless both are BOOLEAN."""
    for value in (left, right):
        if value.type.root not in ("BOOLEAN", "NULL"):
            forms = f"'<BOOLEAN> {operator} <BOOLEAN>'"
            raise cannot_apply(operator, left, right, forms)
    result = BOOLEAN.with_null(left.type.nullable or right.type.nullable)
    sql = f"({left.sql} {operator} {right.sql})"
    bound = combine(sql, result, f"{operator}({left.text}, {right.text})", left, right)
    either, both = left.rejects | right.rejects, left.rejects & right.rejects
    if operator == "AND" and (left.constant is False or right.constant is False):
        bound = replace(bound, constant=False)
    if operator == "OR":
        return replace(bound, rejects=both, denies=left.denies | right.denies)
    parts = (*(left.conjuncts or (left,)), *(right.conjuncts or (right,)))
    bound = replace(bound, rejects=either, denies=left.denies & right.denies)
    return replace(bound, equal=left.equal + right.equal, conjuncts=parts)


def invert(value: Expr) -> Expr:
    """Return NOT value. Raises Refused unless it is BOOLEAN."""
    if value.type.root not in ("BOOLEAN", "NULL"):
        raise Refused(
            f"Cannot apply 'NOT' to arguments of type 'NOT<{plain(value.type)}>'. "
            "Supported form(s): 'NOT<BOOLEAN>'"
        )
    result = BOOLEAN.with_null(value.type.nullable)
    bound = combine(f"(NOT {value.sql})", result, f"NOT({value.text})", value)
    return replace(bound, strict=value.strict, rejects=value.denies, denies=value.rejects)


def matches(kind: str, value: Expr, pattern: Expr, escape: Expr | None) -> Expr:
    """Return value LIKE pattern. Raises Refused unless both are text."""
    for part in (value, pattern):
        if not (is_character(part.type) or part.type.root == "NULL"):
            raise cannot_apply(kind, value, pattern, f"'<STRING> {kind} <STRING>'")
    result = BOOLEAN.with_null(value.type.nullable or pattern.type.nullable)
    tail = f" ESCAPE {escape.sql}" if escape else ""
    text = f"{kind}({value.text}, {pattern.text})"
    bound = combine(f"({value.sql} {kind} {pattern.sql}{tail})", result, text, value, pattern)
    return strictly(bound, value, pattern)


def families(values: list[Expr]) -> str:
    """Return `<CHARACTER>, <NUMERIC>`: arguments as `No match found` prints them."""
    return ", ".join(f"<{family(value.type)}>" for value in values)
