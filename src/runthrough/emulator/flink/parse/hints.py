"""Hints: `/*+ OPTIONS('k'='v') */` behind a table's name, `/*+ STATE_TTL('t'='1d') */` in SELECT.

Source: facts/flink-sql-ai.md 1.10. Confluent documents these two; other names are refused as
Flink refuses hints nobody registered.
"""

from __future__ import annotations

import re

from sqlglot.tokenizer_core import Token

from runthrough.emulator.flink.parse.refusals import parse_failed, position
from runthrough.emulator.flink.plan import SqlError

_STRING = r"'(?:[^']|'')*'"
_PAIR = rf"{_STRING}\s*=\s*{_STRING}"
_HINT = re.compile(rf"\s*(\w+)\s*\(\s*({_PAIR}(?:\s*,\s*{_PAIR})*)?\s*\)\s*(,|$)")
_PAIRS = re.compile(rf"({_STRING})\s*=\s*({_STRING})")


def table_options(token: Token, sql: str) -> dict[str, str]:
    """Return what OPTIONS sets for one use of a table. Raises SqlError at any other hint."""
    options: dict[str, str] = {}
    for name, pairs in _hints(token, sql):
        if name != "OPTIONS":
            raise _unknown(name)
        options |= pairs
    return options


def check_query_hints(token: Token, sql: str) -> None:
    """Accept STATE_TTL, which changes no result here. Raises SqlError at any other hint."""
    for name, _ in _hints(token, sql):
        if name != "STATE_TTL":
            raise _unknown(name)


def _hints(token: Token, sql: str) -> list[tuple[str, dict[str, str]]]:
    found, at = [], 0
    while True:
        match = _HINT.match(token.text, at)
        if match is None:
            raise parse_failed("/*+", position(sql, token.start), ("<HINT_NAME> ( 'k' = 'v' )",))
        pairs = {_value(key): _value(value) for key, value in _PAIRS.findall(match[2] or "")}
        found.append((match[1].upper(), pairs))
        at = match.end()
        if match[3] != ",":
            return found


def _value(literal: str) -> str:
    return literal[1:-1].replace("''", "'")


def _unknown(name: str) -> SqlError:
    return SqlError(f"Hint: {name} should be registered in the HintStrategyTable")
