"""Functions of text.

Source: facts/flink-sql-ai.md 6.2. Patterns are Java's in Flink and RE2's in DuckDB: what RE2
lacks (look-around, back references) is refused, never answered wrongly.
"""

from __future__ import annotations

import re

from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.operators import joined_text
from runthrough.emulator.flink.bind.type_rules import is_character
from runthrough.emulator.flink.functions.base import (
    ANY,
    LIST,
    MANY,
    TEXT,
    WHOLE,
    Call,
    Function,
    checked,
    same,
    simple,
    table,
    typed_null,
    varying,
)
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import BOOLEAN, INT, STRING, array


def _concat(call: Call) -> Expr:
    if not all(is_character(a.type) or a.type.root == "NULL" for a in call.arguments):
        raise call.cannot_apply("'CONCAT(<CHARACTER>)'")
    arguments = [typed_null(a, STRING) for a in call.arguments]
    sql = "(" + " || ".join(f"CAST({a.sql} AS VARCHAR)" for a in arguments) + ")"
    return call.result(sql, joined_text([a.type for a in arguments]))


def _concat_ws(call: Call) -> Expr:
    arguments = checked(call, (TEXT,) * len(call.arguments), "'CONCAT_WS(<CHARACTER>)'")
    sql = f"concat_ws({', '.join(a.sql for a in arguments)})"
    return call.result(sql, STRING, nullable=arguments[0].type.nullable)


def _trim(call: Call) -> Expr:
    forms = "'TRIM([BOTH|LEADING|TRAILING] <STRING1> FROM <STRING2>)'"
    characters, text = checked(call, (TEXT, TEXT), forms)
    name = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[call.words["mode"]]
    return call.result(f"{name}({text.sql}, {characters.sql})", varying((text.type,)))


def _substring(call: Call) -> Expr:
    arguments = checked(call, (TEXT, WHOLE, WHOLE), f"'{call.name}(<CHARACTER>, <INTEGER>)'")
    text, start = arguments[0].sql, arguments[1].sql
    result = varying((arguments[0].type,))
    nullable = None if len(arguments) == 2 else True
    if _is_positive(arguments[1]) and all(_is_positive(a) for a in arguments[2:]):
        numbers = ", ".join(a.sql for a in arguments[1:])
        return call.result(f"substring({text}, {numbers})", result, nullable=nullable)
    length = arguments[2].sql if len(arguments) == 3 else f"length({text})"
    # A start of 0 means 1; one before the text gives '', a negative length NULL.
    sql = (
        f"CASE WHEN {length} < 0 THEN NULL WHEN -({start}) > length({text}) THEN '' "
        f"WHEN {start} = 0 THEN substring({text}, 1, {length}) "
        f"ELSE substring({text}, {start}, {length}) END"
    )
    return call.result(sql, result, nullable=nullable)


def _is_positive(value: Expr) -> bool:
    return isinstance(value.constant, int) and value.constant > 0


def _array_join(call: Call) -> Expr:
    arguments = checked(call, (LIST, TEXT, TEXT), "'ARRAY_JOIN(<ARRAY>, <CHARACTER>)'")
    items = arguments[0]
    if items.type.element is None or not is_character(items.type.element):
        raise call.invalid_input("array ARRAY<STRING>, delimiter STRING [, nullText STRING]")
    listed = items.sql
    if len(arguments) == 3:
        listed = f"list_transform({items.sql}, lambda _e: coalesce(_e, {arguments[2].sql}))"
    # DuckDB gives NULL where nothing is left to join, Flink ''.
    sql = (
        f"CASE WHEN {items.sql} IS NULL OR {arguments[1].sql} IS NULL THEN NULL "
        f"ELSE coalesce(array_to_string({listed}, {arguments[1].sql}), '') END"
    )
    return call.result(sql, STRING)


# -- patterns --------------------------------------------------------------------------------------

_JAVA_ONLY = re.compile(r"\(\?(=|!|<=|<!|>)|\\[1-9]|[*+?}]\+|\\[GZ]|\[[^\]]*&&")


def _pattern(call: Call, position: int) -> str | None:
    """Return the DuckDB text of a pattern; None if the pattern is broken (Flink gives NULL)."""
    pattern = call.arguments[position]
    if not isinstance(pattern.constant, str):
        return pattern.sql
    if _JAVA_ONLY.search(pattern.constant):
        raise not_emulated(f"look-around and back references in {call.name}")
    try:
        re.compile(pattern.constant)
    except re.error:
        return None
    return pattern.sql


def _regexp_extract(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT, WHOLE), "'REGEXP_EXTRACT(<CHARACTER>, <CHARACTER>)'")
    pattern = _pattern(call, 1)
    if pattern is None:
        return call.result("CAST(NULL AS VARCHAR)", STRING, nullable=True)
    group = arguments[2].constant if len(arguments) == 3 else 0
    if not isinstance(group, int):
        raise not_emulated("REGEXP_EXTRACT with a computed group")
    text = arguments[0].sql
    sql = (
        f"CASE WHEN regexp_matches({text}, {pattern}) "
        f"THEN regexp_extract({text}, {pattern}, {group}) END"
    )
    return call.result(sql, STRING, nullable=True)


def _regexp_replace(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT, TEXT), "'REGEXP_REPLACE(<CHARACTER>, …)'")
    pattern = _pattern(call, 1)
    if pattern is None:
        return call.result("CAST(NULL AS VARCHAR)", STRING, nullable=True)
    replacement = arguments[2]
    if not isinstance(replacement.constant, str):
        raise not_emulated("REGEXP_REPLACE with a computed replacement")
    escaped = replacement.constant.replace("\\", "\\\\")
    text = quote_text(re.sub(r"\$(\d)", r"\\\1", escaped))
    sql = f"regexp_replace({arguments[0].sql}, {pattern}, {text}, 'g')"
    return call.result(sql, STRING, nullable=True)


def _regexp(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT), "'REGEXP(<CHARACTER>, <CHARACTER>)'")
    pattern = _pattern(call, 1)
    if pattern is None:
        return call.result("false", BOOLEAN)
    return call.result(f"regexp_matches({arguments[0].sql}, {pattern})", BOOLEAN)


_PAD = "CASE WHEN {1} < 0 OR {2} = '' THEN NULL ELSE %s({0}, CAST({1} AS INTEGER), {2}) END"

TEXT_FUNCTIONS = table(
    [
        Function("CONCAT", "CONCAT(<CHARACTER>, …)", (1, MANY), _concat),
        Function("CONCAT_WS", "CONCAT_WS(<CHARACTER>, …)", (2, MANY), _concat_ws),
        Function("TRIM", "TRIM([[BOTH|LEADING|TRAILING] x FROM] s)", (2, 2), _trim),
        Function("SUBSTRING", "SUBSTRING(s, start [, length])", (2, 3), _substring),
        Function("SUBSTR", "SUBSTR(s, start [, length])", (2, 3), _substring),
        Function("ARRAY_JOIN", "ARRAY_JOIN(a, sep [, nullText])", (2, 3), _array_join),
        Function("REGEXP_EXTRACT", "REGEXP_EXTRACT(s, re [, n])", (2, 3), _regexp_extract),
        Function("REGEXP_REPLACE", "REGEXP_REPLACE(s, re, text)", (3, 3), _regexp_replace),
        Function("REGEXP", "REGEXP(s, re)", (2, 2), _regexp),
        simple("UPPER", (TEXT,), same(0), "upper({0})"),
        simple("LOWER", (TEXT,), same(0), "lower({0})"),
        simple("LTRIM", (TEXT, TEXT), varying, {1: "ltrim({0}, ' ')", 2: "ltrim({0}, {1})"},
               least=1),
        simple("RTRIM", (TEXT, TEXT), varying, {1: "rtrim({0}, ' ')", 2: "rtrim({0}, {1})"},
               least=1),
        simple("BTRIM", (TEXT, TEXT), varying, {1: "trim({0}, ' ')", 2: "trim({0}, {1})"},
               least=1),
        simple("REPLACE", (TEXT, TEXT, TEXT), STRING, "replace({0}, {1}, {2})"),
        simple("CHAR_LENGTH", (TEXT,), INT, "CAST(length({0}) AS INTEGER)"),
        simple("CHARACTER_LENGTH", (TEXT,), INT, "CAST(length({0}) AS INTEGER)"),
        simple("SPLIT_INDEX", (TEXT, TEXT, WHOLE), STRING,
               "CASE WHEN {2} < 0 OR {0} = '' THEN NULL ELSE string_split({0}, {1})[{2} + 1] END",
               nullable=True),
        simple("SPLIT", (TEXT, TEXT), array(STRING), "string_split({0}, {1})"),
        simple("LPAD", (TEXT, WHOLE, TEXT), STRING, _PAD % "lpad", nullable=True),
        simple("RPAD", (TEXT, WHOLE, TEXT), STRING, _PAD % "rpad", nullable=True),
        simple("LEFT", (TEXT, WHOLE), STRING,
               "CASE WHEN {1} <= 0 THEN left({0}, 0) ELSE left({0}, {1}) END"),
        simple("RIGHT", (TEXT, WHOLE), STRING,
               "CASE WHEN {1} <= 0 THEN left({0}, 0) ELSE right({0}, {1}) END"),
        simple("REPEAT", (TEXT, WHOLE), STRING, "repeat({0}, {1})"),
        simple("REVERSE", (TEXT,), STRING, "reverse({0})"),
        simple("POSITION", (TEXT, TEXT), INT, "CAST(instr({1}, {0}) AS INTEGER)"),
        simple("LOCATE", (TEXT, TEXT), INT, "CAST(instr({1}, {0}) AS INTEGER)"),
        simple("INSTR", (TEXT, TEXT), INT, "CAST(instr({0}, {1}) AS INTEGER)"),
        simple("STARTSWITH", (TEXT, TEXT), BOOLEAN, "starts_with({0}, {1})"),
        simple("ENDSWITH", (TEXT, TEXT), BOOLEAN, "ends_with({0}, {1})"),
        simple("MD5", (TEXT,), STRING, "md5({0})"),
        simple("SHA256", (TEXT,), STRING, "sha256({0})"),
        simple("CARDINALITY", (LIST,), INT, "CAST(len({0}) AS INTEGER)"),
        simple("ARRAY_CONTAINS", (LIST, ANY), BOOLEAN, "list_contains({0}, {1})"),
    ]
)  # fmt: skip
