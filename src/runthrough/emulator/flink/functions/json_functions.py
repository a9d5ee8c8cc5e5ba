"""Functions of JSON.

Source: facts/flink-sql-ai.md 6.2: keys of JSON_OBJECT in alphabetical order and without blanks;
a path of JSON_VALUE without `lax` is strict: what is missing is an error, hence NULL.
"""

from __future__ import annotations

import re

from runthrough.emulator.flink.bind.casts import convert
from runthrough.emulator.flink.bind.composites import in_type
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.type_rules import is_character, is_numeric
from runthrough.emulator.flink.functions.base import MANY, TEXT, Call, Function, checked, table
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.types import STRING, FlinkType, describe

_PATH = re.compile(r"\$(\.[A-Za-z_][\w-]*|\.\"[^\"]+\"|\['[^'\]]+'\]|\[\d+\])*")


def _json_object(call: Call) -> Expr:
    keys, values = call.arguments[::2], call.arguments[1::2]
    pairs: dict[str, Expr] = {}
    for key, value in zip(keys, values, strict=True):
        if not isinstance(key.constant, str):
            raise call.invalid_input("[[KEY] key VALUE value]* [{NULL|ABSENT} ON NULL]")
        pairs[key.constant] = value
    if call.words.get("absent"):
        sql = _without_nulls(pairs)
    else:
        parts = [f"{quote_text(key)}, {_json_value_of(pairs[key])}" for key in sorted(pairs)]
        sql = f"json_object({', '.join(parts)})"
    bound = call.result(f"CAST({sql} AS VARCHAR)", STRING, nullable=False)
    return Expr(
        bound.sql, bound.type, bound.text, bound.columns, bound.volatile, json=True
    )  # fmt: skip


def _without_nulls(pairs: dict[str, Expr]) -> str:
    """Return DuckDB text for an object that leaves out what is NULL."""
    entries = [
        f"CASE WHEN {pairs[key].sql} IS NULL THEN NULL ELSE CAST(to_json({quote_text(key)}) AS "
        f"VARCHAR) || ':' || CAST(to_json({_json_value_of(pairs[key])}) AS VARCHAR) END"
        for key in sorted(pairs)
    ]
    return f"'{{' || coalesce(array_to_string([{', '.join(entries)}], ','), '') || '}}'"


def _json_value_of(value: Expr) -> str:
    if value.json:
        return f"CAST({value.sql} AS JSON)"
    t = value.type
    if is_character(t) or is_numeric(t) or t.root in ("BOOLEAN", "NULL"):
        return value.sql
    raise not_emulated(f"{describe(t)} inside JSON_OBJECT")


def _json_value(call: Call) -> Expr:
    document, path = checked(call, (TEXT, TEXT), "'JSON_VALUE(<CHARACTER>, <CHARACTER>)'")
    if not isinstance(path.constant, str):
        raise not_emulated("JSON_VALUE with a computed path")
    lax, steps = _path(path.constant)
    returning: FlinkType = call.words.get("returning", STRING)
    if returning.root not in ("VARCHAR", "BOOLEAN", "INTEGER", "DOUBLE"):
        raise Refused("Illegal type for RETURNING of JSON_VALUE: " + describe(returning))
    valid, kind = f"json_valid({document.sql})", f"json_type({document.sql}, {steps})"
    scalar = f"json_extract_string({document.sql}, {steps})"
    value = scalar
    if returning.root != "VARCHAR":
        value = convert(scalar, STRING, returning, call.zone, attempt=True)
    on_empty = _default(call, "on_empty", returning)
    on_error = _default(call, "on_error", returning)
    missing = on_empty if lax else on_error
    sql = (
        f"CASE WHEN {document.sql} IS NULL THEN NULL WHEN NOT {valid} THEN {on_error} "
        f"WHEN {kind} IS NULL THEN {missing} WHEN {kind} IN ('OBJECT', 'ARRAY') THEN {on_error} "
        f"ELSE {value} END"
    )
    return call.result(sql, returning, nullable=True)


def _path(text: str) -> tuple[bool, str]:
    lax = text.startswith("lax ")
    steps = text.removeprefix("lax ").removeprefix("strict ").strip()
    if not _PATH.fullmatch(steps):
        raise not_emulated(f"the JSON path '{text}'")
    # DuckDB reads $.a and $."a", not $['a'].
    return lax, quote_text(re.sub(r"\['([^'\]]+)'\]", r'."\1"', steps))


def _default(call: Call, clause: str, returning: FlinkType) -> str:
    word, value = call.words.get(clause, ("NULL", None))
    if word == "ERROR":
        what = "empty" if clause == "on_empty" else "an error"
        return f"error('Result of JSON_VALUE is {what} and ERROR ON … was asked for')"
    if value is None:
        return "NULL"
    return in_type(value, returning, call.zone)


JSON_FUNCTIONS = table(
    [
        Function("JSON_OBJECT", "JSON_OBJECT(['k' VALUE v, …])", (0, MANY), _json_object),
        Function("JSON_VALUE", "JSON_VALUE(j, path …)", (2, 2), _json_value),
    ]
)
