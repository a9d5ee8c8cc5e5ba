"""Reading tokens: words, symbols, names and literals, and the shape of a parse error.

The word a parser stops at is the one Flink names too, since both grammars look one token ahead
(facts/flink-sql-ai.md 6.5).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TypeVar

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from runthrough.emulator.flink.parse.refusals import (
    Span,
    end_position,
    parse_failed,
    position,
    wrong_keyword,
)
from runthrough.emulator.flink.parse.reserved import RESERVED
from runthrough.emulator.flink.plan import SqlError

Node = TypeVar("Node", bound=exp.Expr)
Item = TypeVar("Item")

STRINGS = frozenset({TokenType.STRING, TokenType.BYTE_STRING, TokenType.UNICODE_STRING})
IDENTIFIER = "<IDENTIFIER>"
QUOTED = "<BACK_QUOTED_IDENTIFIER>"


class Reader:
    """A place in a list of tokens, and what may be read there."""

    def __init__(self, tokens: list[Token], sql: str) -> None:
        self.tokens = tokens
        self.sql = sql
        self.index = 0

    # -- looking -----------------------------------------------------------------------------

    @property
    def token(self) -> Token | None:
        """The token to read next; None at the end."""
        return self.tokens[self.index] if self.index < len(self.tokens) else None

    def at_symbol(self, *kinds: TokenType, ahead: int = 0) -> bool:
        """Return whether the token (or the one `ahead` of it) is of one of these kinds."""
        index = self.index + ahead
        return index < len(self.tokens) and self.tokens[index].token_type in kinds

    def at_word(self, *words: str, ahead: int = 0) -> bool:
        """Return whether the token is one of these words, unquoted, in any case."""
        index = self.index + ahead
        if index >= len(self.tokens) or self.tokens[index].token_type is not TokenType.VAR:
            return False
        return self.tokens[index].text.upper() in words

    def at_words(self, *words: str) -> bool:
        """Return whether these words follow one another here."""
        return all(self.at_word(word, ahead=i) for i, word in enumerate(words))

    # -- taking ------------------------------------------------------------------------------

    def accept(self, *words: str) -> bool:
        """Take these words if they follow one another here."""
        if not self.at_words(*words):
            return False
        self.index += len(words)
        return True

    def expect(self, *words: str) -> None:
        """Take these words. Raises SqlError at the first other one."""
        for word in words:
            if not self.accept(word):
                raise self.unexpected(f'"{word}"')

    def expect_one(self, *words: str) -> str:
        """Take one of these words and return it. Raises SqlError at any other."""
        if not self.at_word(*words):
            raise self.unexpected(*(f'"{word}"' for word in words))
        return self.next_token().text.upper()

    def accept_symbol(self, kind: TokenType) -> bool:
        """Take a symbol if it is here."""
        if not self.at_symbol(kind):
            return False
        self.index += 1
        return True

    def expect_symbol(self, kind: TokenType, text: str) -> None:
        """Take a symbol. Raises SqlError at anything else."""
        if not self.accept_symbol(kind):
            raise self.unexpected(f'"{text}"')

    def next_token(self, *expecting: str) -> Token:
        """Take whatever token is here. Raises SqlError at the end of the text."""
        token = self.token
        if token is None:
            raise self.unexpected(*expecting)
        self.index += 1
        return token

    def unexpected(self, *expecting: str) -> SqlError:
        """Return the refusal of the token that is here."""
        token = self.token
        if token is None:
            return parse_failed("<EOF>", end_position(self.sql), expecting)
        text = self.sql[token.start : token.end + 1]
        at = position(self.sql, token.start)
        named = not expecting or '"SELECT"' in expecting
        named = named or any(not item.startswith('"') for item in expecting)
        if named and token.token_type is TokenType.VAR and text in RESERVED:
            # Flink says it another way of a reserved word in capitals where a name may stand.
            return wrong_keyword(text, at, expecting)
        return parse_failed(text, at, expecting)

    def expect_end(self) -> None:
        """Take one optional semicolon; nothing else may follow."""
        self.accept_symbol(TokenType.SEMICOLON)
        if self.token is not None:
            raise self.unexpected("<EOF>")

    # -- pieces ------------------------------------------------------------------------------

    def list_of(self, item: Callable[[], Item]) -> list[Item]:
        """Read one or more items with commas between them."""
        items = [item()]
        while self.accept_symbol(TokenType.COMMA):
            items.append(item())
        return items

    def wrapped(self, inside: Callable[[], Item]) -> Item:
        """Read something in parentheses."""
        self.expect_symbol(TokenType.L_PAREN, "(")
        result = inside()
        self.expect_symbol(TokenType.R_PAREN, ")")
        return result

    def at_name(self) -> bool:
        """Return whether a name is here: backticked, or a word that is not reserved."""
        if self.at_symbol(TokenType.IDENTIFIER):
            return True
        token = self.token
        if token is None or token.token_type is not TokenType.VAR:
            return False
        return token.text.upper() not in RESERVED

    def identifier(self) -> exp.Identifier:
        """Read one name."""
        if not self.at_name():
            raise self.unexpected(QUOTED, IDENTIFIER)
        start = self.index
        token = self.next_token()
        quoted = token.token_type is TokenType.IDENTIFIER
        return self.mark(exp.Identifier(this=token.text, quoted=quoted), start)

    def path(self) -> list[exp.Identifier]:
        """Read a name of up to three parts."""
        parts = [self.identifier()]
        while len(parts) < 3 and self.accept_symbol(TokenType.DOT):
            inside = parts[-1].name.upper() == "INFORMATION_SCHEMA"
            # TABLES is reserved, but clients write INFORMATION_SCHEMA.TABLES without backticks.
            parts.append(self._any_word() if inside else self.identifier())
        return parts

    def _any_word(self) -> exp.Identifier:
        if not self.at_symbol(TokenType.VAR):
            return self.identifier()
        start = self.index
        return self.mark(exp.Identifier(this=self.next_token().text, quoted=False), start)

    def string(self) -> str:
        """Read a string literal and return its value."""
        if not self.at_symbol(*STRINGS):
            raise self.unexpected("<QUOTED_STRING>")
        return string_value(self.next_token(), self.sql)

    def whole_number(self) -> int:
        """Read an unsigned integer literal."""
        token = self.token
        if token is None or token.token_type is not TokenType.NUMBER or not token.text.isdigit():
            raise self.unexpected("<UNSIGNED_INTEGER_LITERAL>")
        self.index += 1
        return int(token.text)

    def mark(self, node: Node, start: int) -> Node:
        """Write down where a node stands: from token number `start` to the last one taken."""
        # Nothing taken at the end of the text: the node stands where the text ends.
        start = min(start, len(self.tokens) - 1)
        last = self.tokens[max(self.index - 1, start)]
        node.meta["span"] = Span(self.tokens[start].start, last.end)
        return node


def string_value(token: Token, sql: str) -> str:
    r"""Return what a string literal means: `''` is one quote, E'' knows `\n`, U&'' code points."""
    raw = sql[token.start : token.end + 1]
    body = raw[raw.index("'") + 1 : -1].replace("''", "'")
    if token.token_type is TokenType.BYTE_STRING:
        return re.sub(r"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), body, flags=re.DOTALL)
    if token.token_type is TokenType.UNICODE_STRING:
        text = re.sub(r"\\(\\|[0-9A-Fa-f]{4})", _code_point, body)
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return body


_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f"}


def _code_point(match: re.Match[str]) -> str:
    return "\\" if match[1] == "\\" else chr(int(match[1], 16))
