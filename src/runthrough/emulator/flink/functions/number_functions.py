"""Functions of numbers, and those that choose between values.

Source: facts/flink-sql-ai.md 6.2.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.casts import wrapped
from runthrough.emulator.flink.bind.composites import in_type
from runthrough.emulator.flink.bind.expression import Expr, combine, quote_text
from runthrough.emulator.flink.bind.operators import comparable, compute
from runthrough.emulator.flink.bind.type_rules import common, is_character, is_integer
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
from runthrough.emulator.flink.functions.time_fields import round_to
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import (
    DOUBLE,
    INT,
    STRING,
    FlinkType,
    decimal,
    duckdb_type,
    summary,
)

MIXED = "Illegal mixing of types in CASE or COALESCE statement"


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
        return round_to(call, str(unit))
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
    forms = "'MOD(<EXACT_NUMERIC>, <EXACT_NUMERIC>)'"
    first, second = checked(call, (NUMBER, NUMBER), forms)
    if {"FLOAT", "DOUBLE"} & {first.type.root, second.type.root}:
        raise call.cannot_apply(forms)
    found = compute("%", first, second)
    return combine(found.sql, found.type, call.text(), first, second)


def _truncate(call: Call) -> Expr:
    arguments = checked(call, (NUMBER, WHOLE), "'TRUNCATE(<NUMERIC>, <INTEGER>)'")
    value = arguments[0]
    digits = arguments[1].constant if len(arguments) == 2 else 0
    if isinstance(digits, bool) or not isinstance(digits, int):
        raise not_emulated("TRUNCATE with a computed number of digits")
    kind = duckdb_type(value.type)
    if value.type.root in ("FLOAT", "DOUBLE"):
        exact = f"TRY_CAST(CAST({value.sql} AS VARCHAR) AS DECIMAL(38, 15))"
        cut = f"coalesce(CAST(trunc({exact}, {digits}) AS {kind}), trunc({value.sql}, {digits}))"
        return call.result(cut, value.type)
    result = value.type
    if value.type.root == "DECIMAL":
        result = _rounded(value.type.precision or 38, value.type.scale or 0, digits)
    return call.result(f"CAST(trunc({value.sql}, {digits}) AS {duckdb_type(result)})", result)


def _type_of(call: Call) -> Expr:
    shown = summary(call.arguments[0].type)
    return call.result(quote_text(shown), STRING, nullable=True)


def _rand(call: Call) -> Expr:
    if not call.arguments:
        return call.result("random()", DOUBLE, nullable=False)
    seed = checked(call, (WHOLE,), "'RAND(<INTEGER>)'")[0]
    return call.result(f"flink_random({seed.sql})", DOUBLE)


def _rand_integer(call: Call) -> Expr:
    numbers = checked(call, (WHOLE, WHOLE), "'RAND_INTEGER(<INTEGER>, <INTEGER>)'")
    chance = "random()" if len(numbers) == 1 else f"flink_random({numbers[0].sql})"
    return call.result(f"CAST(floor({chance} * {numbers[-1].sql}) AS INTEGER)", INT)


def _log(call: Call) -> Expr:
    numbers = checked(call, (NUMBER, NUMBER), "'LOG(<NUMERIC>, <NUMERIC>)'")
    logs = [_LN.format(n.sql) for n in numbers]
    sql = logs[0] if len(logs) == 1 else f"({logs[1]} / {logs[0]})"
    return call.result(sql, DOUBLE)


def _hex(call: Call) -> Expr:
    value = call.arguments[0]
    if is_integer(value.type):
        return call.result(f"{call.name.lower()}(CAST({value.sql} AS BIGINT))", STRING)
    if call.name == "HEX" and is_character(value.type):
        return call.result(f"hex(encode({value.sql}))", STRING)
    raise call.cannot_apply(f"'{call.name}(<INTEGER>)'")


def _uuid(call: Call) -> Expr:
    return call.result("CAST(uuid() AS VARCHAR)", STRING, nullable=False)


# -- choices ---------------------------------------------------------------------------------------


def _coalesce(call: Call) -> Expr:
    shared = common([a.type for a in call.arguments])
    if shared is None:
        raise call.invalid_input("<COMMON> …")
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
    shared = common([first.type, second.type])
    if condition.type.root not in ("BOOLEAN", "NULL") or shared is None:
        raise call.cannot_apply("'IF(<ANY_TYPE>, <NUMERIC_TYPE>, <NUMERIC_TYPE>)'")
    a, b = in_type(first, shared, call.zone), in_type(second, shared, call.zone)
    sql = f"CASE WHEN {condition.sql} THEN {a} ELSE {b} END"
    nullable = any(a.type.nullable for a in call.arguments)
    return call.result(sql, shared, nullable=nullable)


def _extreme(call: Call) -> Expr:
    shared = common([a.type for a in call.arguments])
    if shared is None or shared.root in ("ARRAY", "MAP", "ROW"):
        raise call.invalid_input("<COMPARABLE> …")
    values = [in_type(a, shared, call.zone) for a in call.arguments]
    # NULL if any is NULL; DuckDB would leave NULLs out.
    missing = " OR ".join(f"{value} IS NULL" for value in values)
    sql = f"CASE WHEN {missing} THEN NULL ELSE {call.name.lower()}({', '.join(values)}) END"
    return call.result(sql, shared)


_LN = "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE ln(CAST({0} AS DOUBLE)) END"


def _double(name: str, sql: str) -> Function:
    return simple(name, (NUMBER,), DOUBLE, sql.replace("{0}", "CAST({0} AS DOUBLE)"))


def _abs(call: Call) -> Expr:
    value = checked(call, (NUMBER,), "'ABS(<NUMERIC>)'")[0]
    if not is_integer(value.type):
        return call.result(f"abs({value.sql})", value.type)
    # The least integer has no positive one beside it: Java leaves it as it is.
    return call.result(wrapped(f"abs(CAST({value.sql} AS HUGEINT))", value.type), value.type)


NUMBER_FUNCTIONS = table(
    [
        Function("ABS", "ABS(x)", (1, 1), _abs),
        Function("SIGN", "SIGN(x)", (1, 1), _sign),
        Function("ROUND", "ROUND(x [, digits])", (1, 2), _round),
        Function("FLOOR", "FLOOR(x) or FLOOR(t TO unit)", (1, 1), _floor_or_ceil),
        Function("CEIL", "CEIL(x)", (1, 1), _floor_or_ceil),
        Function("CEILING", "CEILING(x)", (1, 1), _floor_or_ceil),
        Function("MOD", "MOD(x, y)", (2, 2), _mod),
        simple("POWER", (NUMBER, NUMBER), DOUBLE, "pow(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"),
        _double("SQRT", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE sqrt({0}) END"),
        _double("EXP", "exp({0})"),
        _double("LN", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE ln({0}) END"),
        _double("LOG10", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE log10({0}) END"),
        _double("LOG2", "CASE WHEN {0} < 0 THEN CAST('nan' AS DOUBLE) ELSE log2({0}) END"),
        Function("LOG", "LOG([base,] x)", (1, 2), _log),
        _double("SIN", "sin({0})"),
        _double("COS", "cos({0})"),
        _double("TAN", "tan({0})"),
        _double("COT", "cot({0})"),
        _double("ASIN", "asin({0})"),
        _double("ACOS", "acos({0})"),
        _double("ATAN", "atan({0})"),
        simple(
            "ATAN2", (NUMBER, NUMBER), DOUBLE, "atan2(CAST({0} AS DOUBLE), CAST({1} AS DOUBLE))"
        ),
        _double("SINH", "sinh({0})"),
        _double("COSH", "cosh({0})"),
        _double("TANH", "tanh({0})"),
        _double("DEGREES", "degrees({0})"),
        _double("RADIANS", "radians({0})"),
        simple("PI", (), DOUBLE, "pi()", nullable=False),
        simple("E", (), DOUBLE, "CAST(2.718281828459045 AS DOUBLE)", nullable=False),
        Function("TRUNCATE", "TRUNCATE(x [, digits])", (1, 2), _truncate),
        Function("HEX", "HEX(n) or HEX(s)", (1, 1), _hex),
        Function("BIN", "BIN(n)", (1, 1), _hex),
        Function("RAND", "RAND([seed])", (0, 1), _rand, False),
        Function("RAND_INTEGER", "RAND_INTEGER([seed,] bound)", (1, 2), _rand_integer, False),
        Function("TYPEOF", "TYPEOF(x [, serializable])", (1, 2), _type_of),
        Function("UUID", "UUID()", (0, 0), _uuid, False),
        Function("COALESCE", "COALESCE(x, …)", (1, MANY), _coalesce),
        Function("IFNULL", "IFNULL(x, y)", (2, 2), _coalesce),
        Function("NULLIF", "NULLIF(x, y)", (2, 2), _null_if),
        Function("IF", "IF(condition, x, y)", (3, 3), _if),
        Function("GREATEST", "GREATEST(x, …)", (1, MANY), _extreme),
        Function("LEAST", "LEAST(x, …)", (1, MANY), _extreme),
    ]
)
