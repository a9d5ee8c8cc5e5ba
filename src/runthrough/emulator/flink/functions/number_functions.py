"""Functions of numbers, and those that choose between values.

Source: facts/flink-sql-ai.md 6.2.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.casts import convert
from runthrough.emulator.flink.bind.expression import Expr, combine
from runthrough.emulator.flink.bind.operators import comparable, compute
from runthrough.emulator.flink.bind.type_rules import common, is_numeric
from runthrough.emulator.flink.functions.base import (
    MANY,
    NUMBER,
    WHOLE,
    Call,
    Function,
    checked,
    simple,
    table,
    typed_null,
)
from runthrough.emulator.flink.functions.time_functions import floor_to
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.types import DOUBLE, STRING, FlinkType, decimal, duckdb_type

MIXED = "Illegal mixing of types in CASE or COALESCE statement"


def in_type(value: Expr, t: FlinkType, zone: str) -> str:
    """Return the DuckDB text of a value in a wider type."""
    if value.type.with_null(True) == t.with_null(True):
        return value.sql
    return convert(value.sql, value.type, t, zone, attempt=False)


# -- numbers ---------------------------------------------------------------------------------------


def _round(call: Call) -> Expr:
    arguments = checked(call, (NUMBER, WHOLE), f"'{call.name}(<NUMERIC>, <INTEGER>)'")
    value = arguments[0]
    digits = arguments[1].constant if len(arguments) == 2 else 0
    if isinstance(digits, bool) or not isinstance(digits, int):
        raise not_emulated(f"{call.name} with a computed number of digits")
    if value.type.root == "DECIMAL":
        result = _rounded(value.type.precision or 38, value.type.scale or 0, digits)
        sql = f"CAST(round({value.sql}, {digits}) AS {duckdb_type(result)})"
        return call.result(sql, result)
    if value.type.root in ("FLOAT", "DOUBLE"):
        # Java rounds the shortest decimal text of the double, DuckDB the double: 1.005.
        exact = f"TRY_CAST(CAST({value.sql} AS VARCHAR) AS DECIMAL(38, 15))"
        kind = duckdb_type(value.type)
        sql = f"coalesce(CAST(round({exact}, {digits}) AS {kind}), round({value.sql}, {digits}))"
        return call.result(sql, value.type)
    return call.result(f"round({value.sql}, {digits})", value.type)


def _rounded(precision: int, scale: int, digits: int) -> FlinkType:
    if digits >= scale:
        return decimal(precision, scale)
    if digits < 0:
        return decimal(min(38, 1 + precision - scale), 0)
    return decimal(min(38, 1 + precision - scale + digits), digits)


def _floor_or_ceil(call: Call) -> Expr:
    if unit := call.words.get("unit"):
        if call.name != "FLOOR":
            raise not_emulated(f"{call.name}(… TO {unit})")
        return floor_to(call, str(unit))
    value = checked(call, (NUMBER,), f"'{call.name}(<NUMERIC>)'")[0]
    name = "floor" if call.name == "FLOOR" else "ceil"
    result = value.type
    if value.type.root == "DECIMAL":
        result = decimal(value.type.precision or 38, 0)
    return call.result(f"CAST({name}({value.sql}) AS {duckdb_type(result)})", result)


def _sign(call: Call) -> Expr:
    value = checked(call, (NUMBER,), "'SIGN(<NUMERIC>)'")[0]
    return call.result(f"CAST(sign({value.sql}) AS {duckdb_type(value.type)})", value.type)


def _mod(call: Call) -> Expr:
    first, second = checked(call, (NUMBER, NUMBER), "'MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)'")
    found = compute("%", first, second)
    return combine(found.sql, found.type, call.text(), first, second)


def _rand(call: Call) -> Expr:
    return call.result("random()", DOUBLE, nullable=False)


def _uuid(call: Call) -> Expr:
    return call.result("CAST(uuid() AS VARCHAR)", STRING, nullable=False)


# -- choices ---------------------------------------------------------------------------------------


def _coalesce(call: Call) -> Expr:
    shared = common([a.type for a in call.arguments])
    if shared is None:
        raise Refused(MIXED)
    values = ", ".join(in_type(a, shared, call.zone) for a in call.arguments)
    nullable = all(a.type.nullable for a in call.arguments)
    return call.result(f"coalesce({values})", shared, nullable=nullable)


def _null_if(call: Call) -> Expr:
    first, second = call.arguments
    a, b = comparable("=", first, second, call.zone)
    value = typed_null(first, STRING)
    sql = f"CASE WHEN {a} = {b} THEN NULL ELSE {value.sql} END"
    return call.result(sql, value.type, nullable=True)


def _if(call: Call) -> Expr:
    condition, first, second = call.arguments
    if condition.type.root not in ("BOOLEAN", "NULL"):
        raise call.cannot_apply("'IF(<BOOLEAN>, <ANY>, <ANY>)'")
    shared = common([first.type, second.type])
    if shared is None:
        raise Refused(MIXED)
    a, b = in_type(first, shared, call.zone), in_type(second, shared, call.zone)
    sql = f"CASE WHEN {condition.sql} THEN {a} ELSE {b} END"
    nullable = first.type.nullable or second.type.nullable
    return call.result(sql, shared, nullable=nullable)


def _extreme(call: Call) -> Expr:
    shared = common([a.type for a in call.arguments])
    if shared is None or shared.root in ("ARRAY", "MAP", "ROW"):
        raise Refused(MIXED)
    values = [in_type(a, shared, call.zone) for a in call.arguments]
    # NULL if any is NULL; DuckDB would leave NULLs out.
    missing = " OR ".join(f"{value} IS NULL" for value in values)
    sql = f"CASE WHEN {missing} THEN NULL ELSE {call.name.lower()}({', '.join(values)}) END"
    return call.result(sql, shared)


def _double(name: str, sql: str) -> Function:
    return simple(name, (NUMBER,), DOUBLE, sql.replace("{0}", "CAST({0} AS DOUBLE)"))


def _absolute(types: tuple[FlinkType, ...]) -> FlinkType:
    return types[0] if is_numeric(types[0]) else DOUBLE


NUMBER_FUNCTIONS = table(
    [
        simple("ABS", (NUMBER,), _absolute, "abs({0})"),
        Function("SIGN", "SIGN(x)", (1, 1), _sign),
        Function("ROUND", "ROUND(x [, digits])", (1, 2), _round),
        Function("FLOOR", "FLOOR(x) or FLOOR(t TO unit)", (1, 1), _floor_or_ceil),
        Function("CEIL", "CEIL(x)", (1, 1), _floor_or_ceil),
        Function("CEILING", "CEILING(x)", (1, 1), _floor_or_ceil),
        Function("MOD", "MOD(x, y)", (2, 2), _mod),
        simple("POWER", (NUMBER, NUMBER), DOUBLE, "pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
        _double("SQRT", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt({0}) END"),
        _double("EXP", "exp({0})"),
        _double("SIN", "sin({0})"),
        _double("COS", "cos({0})"),
        _double("TAN", "tan({0})"),
        Function("RAND", "RAND()", (0, 0), _rand, False),
        Function("UUID", "UUID()", (0, 0), _uuid, False),
        Function("COALESCE", "COALESCE(x, …)", (1, MANY), _coalesce),
        Function("IFNULL", "IFNULL(x, y)", (2, 2), _coalesce),
        Function("NULLIF", "NULLIF(x, y)", (2, 2), _null_if),
        Function("IF", "IF(condition, x, y)", (3, 3), _if),
        Function("GREATEST", "GREATEST(x, …)", (1, MANY), _extreme),
        Function("LEAST", "LEAST(x, …)", (1, MANY), _extreme),
    ]
)
