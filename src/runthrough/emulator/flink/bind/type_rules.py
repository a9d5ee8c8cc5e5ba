"""What type comes out when values of several types meet.

Sources: facts/flink-sql-ai.md 6.2; Flink's documented rules for decimal results.
"""

from __future__ import annotations

from collections.abc import Sequence

from runthrough.emulator.flink.types import BIGINT, DOUBLE, NULL, FlinkType, decimal

INTEGERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT")
NUMERICS = (*INTEGERS, "DECIMAL", "FLOAT", "DOUBLE")
CHARACTERS = ("CHAR", "VARCHAR")
BINARIES = ("BINARY", "VARBINARY")
TIMESTAMPS = ("TIMESTAMP", "TIMESTAMP_LTZ")
INTERVALS = ("INTERVAL_YEAR_MONTH", "INTERVAL_DAY_TIME")
DIGITS = {"TINYINT": 3, "SMALLINT": 5, "INTEGER": 10, "BIGINT": 19}
MAX_PRECISION = 38
LEAST_DIVISION_SCALE = 6


def is_numeric(t: FlinkType) -> bool:
    """Return whether a type is a number."""
    return t.root in NUMERICS


def is_integer(t: FlinkType) -> bool:
    """Return whether a type is a whole number (DECIMAL is not)."""
    return t.root in INTEGERS


def is_character(t: FlinkType) -> bool:
    """Return whether a type is text."""
    return t.root in CHARACTERS


def is_timestamp(t: FlinkType) -> bool:
    """Return whether a type is a point in time with date and clock."""
    return t.root in TIMESTAMPS


def is_interval(t: FlinkType) -> bool:
    """Return whether a type is a length of time."""
    return t.root in INTERVALS


def family(t: FlinkType) -> str:
    """Return the family a type belongs to, as `No match found` prints it."""
    if is_numeric(t):
        return "NUMERIC"
    if is_character(t):
        return "CHARACTER"
    if t.root in BINARIES:
        return "BINARY"
    if t.root == "TIMESTAMP_LTZ":
        return "TIMESTAMP_WITH_LOCAL_TIME_ZONE"
    return t.root


def plain(t: FlinkType) -> str:
    """Return a type as Calcite's messages print it: `INTEGER`, `CHAR(1)`, `VARCHAR(2147483647)`."""
    match t.root:
        case "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY":
            return f"{t.root}({t.length})"
        case "DECIMAL":
            return f"DECIMAL({t.precision}, {t.scale})"
        case "TIME" | "TIMESTAMP":
            return f"{t.root}({t.precision})"
        case "TIMESTAMP_LTZ":
            return f"TIMESTAMP_WITH_LOCAL_TIME_ZONE({t.precision})"
        case "INTERVAL_YEAR_MONTH":
            return "INTERVAL YEAR TO MONTH"
        case "INTERVAL_DAY_TIME":
            return "INTERVAL DAY TO SECOND"
        case "ARRAY" | "MULTISET" if t.element:
            return f"{plain(t.element)} {t.root}"
        case "MAP" if t.key and t.value:
            return f"({plain(t.key)}, {plain(t.value)}) MAP"
        case "ROW":
            return (
                "RecordType:peek_no_expand("
                + ", ".join(f"{plain(f)} {n}" for n, f in t.fields)
                + ")"
            )
        case _:
            return t.root


def as_decimal(t: FlinkType) -> tuple[int, int]:
    """Return precision and scale of an exact number seen as DECIMAL."""
    if t.root == "DECIMAL":
        return t.precision or 10, t.scale or 0
    return DIGITS[t.root], 0


def fitted(precision: int, scale: int) -> FlinkType:
    """Return DECIMAL(precision, scale), giving up scale, down to 6, where 38 digits are passed."""
    if precision <= MAX_PRECISION:
        return decimal(precision, scale)
    digits = precision - scale
    return decimal(MAX_PRECISION, max(MAX_PRECISION - digits, min(scale, LEAST_DIVISION_SCALE)))


def arithmetic(operator: str, left: FlinkType, right: FlinkType) -> FlinkType:
    """Return the type of `left operator right` for two numbers; nullability is the caller's."""
    roots = (left.root, right.root)
    if "DOUBLE" in roots or "FLOAT" in roots:
        single = all(t.root == "FLOAT" or is_integer(t) for t in (left, right))
        return FlinkType("FLOAT") if single else DOUBLE
    if is_integer(left) and is_integer(right):
        if operator == "%":
            return FlinkType(right.root)
        return FlinkType(max(roots, key=INTEGERS.index))
    p1, s1 = as_decimal(left)
    p2, s2 = as_decimal(right)
    match operator:
        case "+" | "-":
            scale = max(s1, s2)
            return fitted(max(p1 - s1, p2 - s2) + scale + 1, scale)
        case "*":
            return fitted(p1 + p2 + 1, s1 + s2)
        case "/":
            scale = max(LEAST_DIVISION_SCALE, s1 + p2 + 1)
            return fitted(p1 - s1 + s2 + scale, scale)
        case _:
            scale = max(s1, s2)
            return fitted(min(p1 - s1, p2 - s2) + scale, scale)


def average(t: FlinkType) -> FlinkType:
    """Return the type of AVG: that of its argument, DECIMAL(38, max(s, 6)) for decimals."""
    if t.root == "DECIMAL":
        return decimal(MAX_PRECISION, max(LEAST_DIVISION_SCALE, t.scale or 0))
    return FlinkType(t.root)


def total(t: FlinkType) -> FlinkType:
    """Return the type of SUM: that of its argument, DECIMAL(38, s) for decimals."""
    if t.root == "DECIMAL":
        return decimal(MAX_PRECISION, t.scale or 0)
    return FlinkType(t.root)


def common(types: Sequence[FlinkType]) -> FlinkType | None:
    """Return the least type that holds values of all; None if there is none.

    The result is nullable if one of them is. Used by CASE, COALESCE, ARRAY, VALUES, UNION.
    """
    nullable = any(t.nullable for t in types)
    result: FlinkType | None = None
    for t in types:
        if t.root == "NULL":
            continue
        merged = t if result is None else _merge(result, t)
        if merged is None:
            return None
        result = merged
    return (result or NULL).with_null(nullable or result is None)


def _merge(left: FlinkType, right: FlinkType) -> FlinkType | None:
    if left.or_null() == right.or_null():
        return left
    if is_numeric(left) and is_numeric(right):
        return _merge_numbers(left, right)
    if is_character(left) and is_character(right):
        return FlinkType("VARCHAR", length=max(left.length or 1, right.length or 1))
    if left.root in BINARIES and right.root in BINARIES:
        return FlinkType("VARBINARY", length=max(left.length or 1, right.length or 1))
    if is_timestamp(left) and is_timestamp(right) and left.root == right.root:
        return FlinkType(left.root, precision=max(left.precision or 0, right.precision or 0))
    if left.root == "DATE" and right.root == "TIMESTAMP":
        return right
    if left.root == "TIMESTAMP" and right.root == "DATE":
        return left
    if left.root == right.root == "ARRAY" and left.element and right.element:
        element = common([left.element, right.element])
        return FlinkType("ARRAY", element=element) if element else None
    if left.root == right.root == "MAP" and left.key and right.key and left.value and right.value:
        key, value = common([left.key, right.key]), common([left.value, right.value])
        return FlinkType("MAP", key=key, value=value) if key and value else None
    if left.root == right.root == "ROW" and len(left.fields) == len(right.fields):
        pairs = zip(left.fields, right.fields, strict=True)
        merged = [(name, common([a, b])) for (name, a), (_, b) in pairs]
        fields = tuple((name, t) for name, t in merged if t is not None)
        return FlinkType("ROW", fields=fields) if len(fields) == len(merged) else None
    return None


def _merge_numbers(left: FlinkType, right: FlinkType) -> FlinkType:
    roots = (left.root, right.root)
    if "DOUBLE" in roots:
        return DOUBLE
    if "FLOAT" in roots:
        exact = left if right.root == "FLOAT" else right
        return DOUBLE if exact.root in ("DECIMAL", "BIGINT", "INTEGER") else FlinkType("FLOAT")
    if "DECIMAL" in roots:
        p1, s1 = as_decimal(left)
        p2, s2 = as_decimal(right)
        scale = max(s1, s2)
        return decimal(min(max(p1 - s1, p2 - s2) + scale, MAX_PRECISION), scale)
    return FlinkType(max(roots, key=INTEGERS.index))


def implicit(source: FlinkType, target: FlinkType) -> bool:
    """Return whether a value may be written to a column of the target type without CAST."""
    if source.root == "NULL":
        return True
    if is_character(source) and is_character(target):
        return True
    if source.root in BINARIES and target.root in BINARIES:
        return True
    if is_integer(source) and is_integer(target):
        return INTEGERS.index(source.root) <= INTEGERS.index(target.root)
    if is_numeric(source) and is_numeric(target):
        order = ("DECIMAL", "FLOAT", "DOUBLE")
        source_rank = order.index(source.root) if source.root in order else -1
        return target.root in order and source_rank <= order.index(target.root)
    if is_timestamp(source) and is_timestamp(target):
        return True
    if source.root == "DATE":
        return target.root in ("DATE", *TIMESTAMPS)
    if source.root == target.root == "ARRAY" and source.element and target.element:
        return implicit(source.element, target.element)
    if source.root == target.root == "MAP":
        parts = (source.key, source.value, target.key, target.value)
        key, value, target_key, target_value = parts
        if key and value and target_key and target_value:
            return implicit(key, target_key) and implicit(value, target_value)
    if source.root == target.root == "ROW":
        pairs = zip(source.fields, target.fields, strict=False)
        same_size = len(source.fields) == len(target.fields)
        return same_size and all(implicit(a, b) for (_, a), (_, b) in pairs)
    return source.root == target.root


COUNT = BIGINT.not_null()
