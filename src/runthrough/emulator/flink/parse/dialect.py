"""Flink SQL as a dialect of sqlglot: its tokens, and its parser for queries.

sqlglot's own grammar forgives on purpose (`SELECT a, FROM t`, clauses in any order, `::`). An
emulator must refuse what Flink refuses, so the dialect brings its own grammar (`parse/`) over
sqlglot's tokens, and builds sqlglot's expression tree: `sqlglot.parse_one(text, dialect=Flink)`.

Sources: facts/flink-sql-ai.md 1.1 (quoting, comments, literals) and 6.5 (parse errors).
"""

from __future__ import annotations

import re
from typing import ClassVar

import sqlglot
from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, NormalizationStrategy
from sqlglot.errors import TokenError
from sqlglot.tokenizer_core import Token, TokenType

from runthrough.emulator.flink.parse.queries import QueryReader
from runthrough.emulator.flink.parse.refusals import Position, not_emulated, parse_failed, position
from runthrough.emulator.flink.plan import SqlError

MAX_TOKENS = 250_000
"""The most words and symbols of a statement; the longest text of facts 1.1 could have millions."""

_ROUGH = re.compile(r"'[^']*'|`[^`]*`|--[^\n]*|/\*.*?\*/|\w+|[^\w\s]", re.DOTALL)


class Flink(Dialect):
    """The dialect. Words are not told apart by the tokenizer: reserved.py and the parser do."""

    NORMALIZATION_STRATEGY = NormalizationStrategy.CASE_SENSITIVE
    NULL_ORDERING = "nulls_are_small"
    INDEX_OFFSET = 1
    TYPED_DIVISION = True

    class Tokenizer(sqlglot.Tokenizer):
        """Backtick identifiers, `''` inside strings, no backslash escapes, no hints."""

        IDENTIFIERS: ClassVar[list[str | tuple[str, str]]] = ["`"]
        QUOTES: ClassVar[list[tuple[str, str] | str]] = ["'"]
        STRING_ESCAPES: ClassVar[list[str]] = ["'"]
        HEX_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("x'", "'"), ("X'", "'")]
        UNICODE_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("U&'", "'"), ("u&'", "'")]
        BYTE_STRINGS: ClassVar[list[str | tuple[str, str]]] = [("E'", "'"), ("e'", "'")]
        COMMENTS: ClassVar[list[str | tuple[str, str]]] = ["--", ("/*", "*/")]
        NESTED_COMMENTS = False
        HINT_START = ""
        KEYWORDS: ClassVar[dict[str, TokenType]] = {
            "||": TokenType.DPIPE,
            ">=": TokenType.GTE,
            "<=": TokenType.LTE,
            "<>": TokenType.NEQ,
            "!=": TokenType.EXCLAMATION,
            "=>": TokenType.FARROW,
        }

    class Parser(sqlglot.Parser):
        """Queries alone; statements are read by `statements.py`."""

        def parse(self, raw_tokens: list[Token], sql: str) -> list[exp.Expr | None]:
            """Return the one query of the text."""
            return [QueryReader(checked(raw_tokens, sql), sql).whole_query()]


def tokenize(sql: str) -> list[Token]:
    """Return the tokens of a text.

    Raises:
        SqlError: an unclosed string, identifier or comment, or a character Flink does not know;
            or more words than can be read in bounded time.
    """
    if _is_longer_than(sql, MAX_TOKENS):
        raise not_emulated(f"statements of more than {MAX_TOKENS} words and symbols")
    try:
        tokens = Flink().tokenize(sql)
    except TokenError as error:
        raise _lexical_error(sql, str(error)) from error
    return checked(tokens, sql)


def _is_longer_than(sql: str, limit: int) -> bool:
    if len(sql) <= limit:
        return False
    return any(number >= limit for number, _ in enumerate(_ROUGH.finditer(sql)))


def checked(tokens: list[Token], sql: str) -> list[Token]:
    """Return the tokens, and the hints between them, if nothing else is there but comments."""
    end, found = 0, list[Token]()
    for token in tokens:
        found += _gap(sql, end, token.start)
        _check_token(sql, token)
        found.append(token)
        end = token.end + 1
    return found + _gap(sql, end, len(sql))


_WORD = re.compile(r"[^\W\d][\w$]*|\$[\w$]*")


def _check_token(sql: str, token: Token) -> None:
    bad_word = token.token_type is TokenType.VAR and not _WORD.fullmatch(token.text)
    if bad_word or token.token_type is TokenType.UNKNOWN:
        known = _WORD.match(token.text)
        offset = token.start + (known.end() if known else 0)
        raise parse_failed(sql[offset], position(sql, offset))


def _gap(sql: str, start: int, end: int) -> list[Token]:
    """Read what the tokenizer skipped: it takes more for a comment than Flink does.

    A hint becomes a token of its own, so that one in a place where none may be is refused.
    """
    hints = list[Token]()
    while start < end:
        if sql[start].isspace():
            start += 1
        elif sql.startswith("--", start):
            start = _line_end(sql, start, end)
        elif sql.startswith("/*", start):
            close = sql.find("*/", start + 2)
            if close < 0:
                raise _lexical(position(sql, start), sql[start:])
            if sql.startswith("/*+", start):
                inside = sql[start + 3 : close]
                hints.append(Token(TokenType.HINT, inside, start=start, end=close + 1))
            start = close + 2
        else:
            raise parse_failed(sql[start], position(sql, start))
    return hints


def _line_end(sql: str, start: int, end: int) -> int:
    found = [i for i in (sql.find("\n", start), sql.find("\r", start)) if i >= 0]
    return min([*found, end])


def _lexical_error(sql: str, why: str) -> SqlError:
    """Find the quote that is never closed; sqlglot tells only that there is one."""
    closed = r"--[^\n\r]*|/\*.*?\*/|'(?:[^']|'')*'|`(?:[^`]|``)*`|."
    pattern = re.compile(closed, re.DOTALL)
    for match in pattern.finditer(sql):
        unclosed_comment = len(match.group()) == 1 and sql.startswith("/*", match.start())
        if match.group() in ("'", "`") or unclosed_comment:
            return _lexical(position(sql, match.start()), sql[match.start() :])
    return SqlError(f"SQL parse failed. {why}")


def _lexical(at: Position, text: str) -> SqlError:
    shown = text if len(text) <= 40 else text[:40] + "…"
    return SqlError(
        f"SQL parse failed. Lexical error at line {at.line}, column {at.column}.  "
        f'Encountered: <EOF> after : "{shown}"'
    )
