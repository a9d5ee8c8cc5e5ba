"""Expressions of computed columns and watermarks, as SHOW CREATE TABLE prints them.

Apache Flink 2.3 prints names in backticks, its words in capitals and one blank between tokens:
`upper(v) || 'x'` becomes ``UPPER(`v`) || 'x'``. A function that is Flink's own rather than the SQL
standard's is printed as it was written, in backticks: `` `to_timestamp_ltz`(`id`, 3) ``.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from runthrough.emulator.flink.parse.dialect import tokenize
from runthrough.emulator.flink.parse.expressions import ExpressionReader
from runthrough.emulator.flink.parse.queries import QueryReader
from runthrough.emulator.flink.parse.refusals import span_of
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType, describe, quote_name

_STANDARD = """
ABS ACOS ARRAY ASCII ASIN ATAN ATAN2 AVG CARDINALITY CAST CEIL CEILING CHARACTER_LENGTH CHAR_LENGTH
CHR COALESCE CONCAT CONCAT_WS CONVERT_TZ COS COSH COT COUNT CURRENT_DATE CURRENT_TIME
CURRENT_TIMESTAMP DATE_FORMAT DAYOFMONTH DAYOFWEEK DAYOFYEAR DECODE DEGREES ELEMENT ENCODE EXP
EXTRACT FLOOR FROM_BASE64 FROM_UNIXTIME GREATEST HASH_CODE HEX HOUR IF INITCAP INSTR IS_ALPHA
IS_DECIMAL IS_DIGIT JSON_ARRAY JSON_EXISTS JSON_OBJECT JSON_QUERY JSON_VALUE LEAST LEFT LN LOCALTIME
LOCALTIMESTAMP LOCATE LOG LOG10 LOG2 LOWER LPAD LTRIM MAX MD5 MIN MINUTE MOD MONTH NOW NULLIF
OCTET_LENGTH OVERLAY PARSE_URL PI POSITION POWER PROCTIME QUARTER RADIANS RAND RAND_INTEGER
REGEXP REGEXP_EXTRACT REGEXP_REPLACE REPEAT REPLACE REVERSE RIGHT ROUND ROW RPAD RTRIM SECOND SHA1
SHA2 SHA224 SHA256 SHA384 SHA512 SIGN SIN SINH SPLIT_INDEX SQRT STR_TO_MAP SUBSTR SUBSTRING SUM TAN
TANH TIMESTAMPADD TIMESTAMPDIFF TO_BASE64 TO_DATE TO_TIMESTAMP TRIM TRUNCATE TRY_CAST UNIX_TIMESTAMP
UPPER UUID WEEK YEAR
"""
_BARE = frozenset(_STANDARD.split())
_TIGHT = frozenset({TokenType.COMMA, TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.DOT})
_OPENING = frozenset({TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.DOT})


def canonical(expression: exp.Expr, sql: str) -> str:
    """Return an expression as SHOW CREATE TABLE prints it.

    Args:
        expression: as parsed from `sql`, with its spans.
        sql: the submitted text.
    """
    while isinstance(expression, exp.Paren):
        expression = expression.this
    span = span_of(expression)
    if span is None:
        raise ValueError("an expression that was not written")
    written = sql[span.start : span.end + 1]
    if any(_has_fields(node) for node in expression.walk()):
        # The names of fields stand among the words of a type, which nothing here tells apart.
        return written
    tokens = tokenize(written)
    names = _name_offsets(expression, span.start)
    text = _joined(tokens, [_printed(tokens, i, written, names) for i in range(len(tokens))])
    # Words that are neither names nor Flink's may have been touched: then it stays as it was.
    try:
        return text if _plain(read_expression(text)) == _plain(expression) else written
    except SqlError:
        return written


def _has_fields(node: exp.Expr) -> bool:
    t = node.meta.get("type")
    return isinstance(t, FlinkType) and "ROW<" in describe(t)


def _plain(expression: exp.Expr) -> exp.Expr:
    """Return a tree without what does not change its meaning: quotes, the case of functions."""
    copied = expression.copy()
    for node in copied.walk():
        if isinstance(node, exp.Identifier):
            node.set("quoted", False)
        elif isinstance(node, exp.Anonymous | exp.Literal) and not node.is_string:
            node.set("this", str(node.this).upper())
    return copied


def read_expression(text: str) -> exp.Expr:
    """Return the one expression of a text. Raises SqlError."""
    reader: ExpressionReader = QueryReader(tokenize(text), text)
    expression = reader.expression()
    reader.expect_end()
    return expression


def _name_offsets(expression: exp.Expr, start: int) -> frozenset[int]:
    spans = [span_of(node) for node in expression.find_all(exp.Identifier)]
    return frozenset(span.start - start for span in spans if span is not None)


def _printed(tokens: list[Token], index: int, sql: str, names: frozenset[int]) -> str:
    token = tokens[index]
    called = index + 1 < len(tokens) and tokens[index + 1].token_type is TokenType.L_PAREN
    if token.token_type is TokenType.IDENTIFIER or token.start in names:
        return quote_name(token.text)
    if token.token_type in (TokenType.NUMBER, TokenType.HEX_STRING):
        return sql[token.start : token.end + 1].upper()
    if token.token_type is TokenType.L_PAREN and _trims_blanks(tokens, index):
        return "(BOTH ' ' FROM "
    if token.token_type is not TokenType.VAR:
        return sql[token.start : token.end + 1]
    word = token.text.upper()
    if word == "BETWEEN" and tokens[index + 1].text.upper() not in ("SYMMETRIC", "ASYMMETRIC"):
        return "BETWEEN ASYMMETRIC"
    typed = index > 0 and tokens[index - 1].text.upper() == "AS"
    if called and not typed and word not in _BARE:
        return quote_name(token.text) if word not in _CONNECTING else word
    return "INTEGER" if typed and word == "INT" else word


def _trims_blanks(tokens: list[Token], index: int) -> bool:
    """Return whether a parenthesis opens TRIM(x), which Flink prints in full."""
    if not index or tokens[index - 1].text.upper() != "TRIM":
        return False
    words = {token.text.upper() for token in tokens[index + 1 :][:3]}
    return not words & {"BOTH", "LEADING", "TRAILING", "FROM"}


_CONNECTING = frozenset(
    {"AND", "OR", "NOT", "IN", "BETWEEN", "LIKE", "WHEN", "THEN", "ELSE", "CASE", "FROM", "FOR",
     "VALUE", "KEY", "IS", "ESCAPE", "TO", "INTERVAL", "CHAR", "VARCHAR", "DECIMAL", "TIMESTAMP",
     "TIMESTAMP_LTZ", "BINARY", "VARBINARY", "TIME", "SECOND", "DAY"}
)  # fmt: skip


def _joined(tokens: list[Token], texts: list[str]) -> str:
    result = ""
    for index, text in enumerate(texts):
        if index and _apart(tokens, index, texts):
            result += " "
        result += text
    return result


def _apart(tokens: list[Token], index: int, texts: list[str]) -> bool:
    before, now = tokens[index - 1], tokens[index]
    if now.token_type in _TIGHT or before.token_type in _OPENING:
        return False
    if now.token_type is TokenType.L_BRACKET:
        return False
    if now.token_type is TokenType.L_PAREN:
        # A call's parenthesis is tight, one after an operator or a connecting word is not.
        word = before.token_type in (TokenType.VAR, TokenType.IDENTIFIER)
        return not word or texts[index - 1] in _CONNECTING - _TYPES
    return True


_TYPES = frozenset(
    {"CHAR", "VARCHAR", "DECIMAL", "TIMESTAMP", "TIMESTAMP_LTZ", "BINARY", "VARBINARY", "TIME"}
)
