"""REGEXP and its kin.

Patterns are Java's (facts/flink-sql-ai.md 6.2). DuckDB's own RE2 answers the few that mean the
same to both and is faster; all others go to Python (`java_regex.py`).
"""

from __future__ import annotations

import re

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.functions.base import TEXT, WHOLE, Call, Function, checked, table
from runthrough.emulator.flink.functions.java_patterns import (
    BadPatternError,
    UntranslatableError,
    compiled,
)
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import BOOLEAN, INT, STRING, array

_SAME_TO_RE2 = re.compile(
    r"\^?(?:[A-Za-z0-9 _,:;=@#%<>!'\"/~`-]|\\[.\\|()\[\]{}^$*+?dw-]"
    r"|\[\^?(?:[A-Za-z0-9 _.,:;=@#%]|\\[dw])(?:[A-Za-z0-9 _.,:;=@#%]|[a-z]-[a-z]|\\[dw])*\]"
    r"|\((?:\?:)?|\)|\||(?:[*+?]|\{\d{1,3}(?:,\d{0,3})?\})\??(?![*+?{]))*"
)


def _check(call: Call, pattern: Expr) -> bool:
    """Return whether a pattern that is a literal is a good one; others are met at run time."""
    if not isinstance(pattern.constant, str):
        return True
    try:
        compiled(pattern.constant)
    except BadPatternError:
        return False
    except UntranslatableError as error:
        raise not_emulated(f"{error} in {call.name}") from error
    return True


def _same(pattern: Expr) -> bool:
    """Return whether RE2 understands a pattern as Java does."""
    return isinstance(pattern.constant, str) and bool(_SAME_TO_RE2.fullmatch(pattern.constant))


def _regexp(call: Call) -> Expr:
    text, pattern = checked(call, (TEXT, TEXT), "'REGEXP(<CHARACTER>, <CHARACTER>)'")
    good = _check(call, pattern) and pattern.constant != ""
    if good and _same(pattern):
        return call.result(f"regexp_matches({text.sql}, {pattern.sql})", BOOLEAN)
    return call.result(f"flink_regexp({text.sql}, {pattern.sql})", BOOLEAN)


def _extract(call: Call) -> Expr:
    forms = f"'{call.name}(<CHARACTER>, <CHARACTER>)'"
    arguments = checked(call, (TEXT, TEXT, WHOLE), forms)
    text, pattern = arguments[:2]
    group = arguments[2].sql if len(arguments) == 3 else "0"
    good = _check(call, pattern)
    if good and _same(pattern) and _has_group(pattern, arguments[2:]):
        sql = (
            f"CASE WHEN regexp_matches({text.sql}, {pattern.sql}) "
            f"THEN regexp_extract({text.sql}, {pattern.sql}, {group}) END"
        )
    else:
        sql = f"flink_regexp_extract({text.sql}, {pattern.sql}, CAST({group} AS BIGINT))"
    return call.result(sql, STRING, nullable=True)


def _has_group(pattern: Expr, group: tuple[Expr, ...]) -> bool:
    """Return whether a pattern surely sets a group in every match."""
    if not group:
        return True
    number = group[0].constant
    text = str(pattern.constant)
    optional = "|" in text or re.search(r"\)[*?{]", text) is not None
    groups = compiled(text).groups
    return isinstance(number, int) and 0 <= number <= groups and not optional


def _extract_all(call: Call) -> Expr:
    forms = "'REGEXP_EXTRACT_ALL(<CHARACTER>, <CHARACTER>)'"
    arguments = checked(call, (TEXT, TEXT, WHOLE), forms)
    _check(call, arguments[1])
    group = arguments[2].sql if len(arguments) == 3 else "1"
    parts = f"{arguments[0].sql}, {arguments[1].sql}, CAST({group} AS BIGINT)"
    return call.result(f"flink_regexp_extract_all({parts})", array(STRING), nullable=True)


def _replace(call: Call) -> Expr:
    forms = "'REGEXP_REPLACE(<CHARACTER>, <CHARACTER>, <CHARACTER>)'"
    text, pattern, new = checked(call, (TEXT, TEXT, TEXT), forms)
    good = _check(call, pattern)
    plain = isinstance(new.constant, str) and not re.search(r"[\\$]", new.constant)
    parts = f"{text.sql}, {pattern.sql}, {new.sql}"
    if good and plain and _same(pattern) and not compiled(str(pattern.constant)).match(""):
        return call.result(f"regexp_replace({parts}, 'g')", STRING, nullable=True)
    return call.result(f"flink_regexp_replace({parts})", STRING, nullable=True)


def _counting(name: str, function: str) -> Function:
    def bind(call: Call) -> Expr:
        text, pattern = checked(call, (TEXT, TEXT), f"'{name}(<CHARACTER>, <CHARACTER>)'")
        _check(call, pattern)
        sql = f"CAST({function}({text.sql}, {pattern.sql}) AS INTEGER)"
        return call.result(sql, INT, nullable=True)

    return Function(name, f"{name}(s, re)", (2, 2), bind)


REGEX_FUNCTIONS = table(
    [
        Function("REGEXP", "REGEXP(s, re)", (2, 2), _regexp),
        Function("REGEXP_EXTRACT", "REGEXP_EXTRACT(s, re [, n])", (2, 3), _extract),
        Function("REGEXP_SUBSTR", "REGEXP_SUBSTR(s, re)", (2, 2), _extract),
        Function("REGEXP_EXTRACT_ALL", "REGEXP_EXTRACT_ALL(s, re [, n])", (2, 3), _extract_all),
        Function("REGEXP_REPLACE", "REGEXP_REPLACE(s, re, text)", (3, 3), _replace),
        _counting("REGEXP_COUNT", "flink_regexp_count"),
        _counting("REGEXP_INSTR", "flink_regexp_instr"),
    ]
)
