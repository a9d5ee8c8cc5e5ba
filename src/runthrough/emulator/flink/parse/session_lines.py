"""SET, RESET and USE in front of a statement, as text.

Such lines are the client's (facts/flink-sql-ai.md 1.2, 1.10); one submission may have them before
its one statement (facts 1.5). The CLI's texts are used where facts 1.10 has them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.base import STRINGS
from runthrough.emulator.flink.parse.tables import TableReader
from runthrough.emulator.flink.plan import SqlError

_BEGINS = re.compile(
    r"(?:\s|--[^\n]*+|/\*(?>.*?\*/))*+(?:SET|RESET|USE)\b", re.DOTALL | re.IGNORECASE
)


@dataclass(frozen=True)
class SessionLine:
    """One line.

    Attributes:
        key: of a property; '' for RESET of all. USE gives the names of catalog and database.
        value: None for RESET.
    """

    what: Literal["SET", "RESET", "CATALOG", "DATABASE"]
    key: str = ""
    value: str | None = None


def may_have_session_lines(sql: str) -> bool:
    """Return whether a text begins with SET, RESET or USE; comments may come before."""
    return _BEGINS.match(sql) is not None


class SessionLineReader(TableReader):
    """Reads the lines in front of a statement."""

    def session_lines(self) -> tuple[SessionLine, ...]:
        """Read lines up to the statement.

        Raises:
            SqlError: a line is not well formed, or no statement follows.
        """
        lines: list[SessionLine] = []
        while self.at_word("SET", "RESET", "USE"):
            word = self.next_token().text.upper()
            if not self._statement_follows():
                raise sent_alone(word)
            lines += self._line(word)
            self.expect_symbol(TokenType.SEMICOLON, ";")
        return tuple(lines)

    def _statement_follows(self) -> bool:
        """Return whether anything stands behind the semicolon of this line."""
        kinds = [token.token_type for token in self.tokens[self.index :]]
        if TokenType.SEMICOLON not in kinds:
            return False
        return kinds.index(TokenType.SEMICOLON) + 1 < len(kinds)

    def _line(self, word: str) -> list[SessionLine]:
        match word:
            case "SET":
                return [self._set()]
            case "RESET":
                if self.at_symbol(TokenType.SEMICOLON):
                    return [SessionLine("RESET")]
                return [SessionLine("RESET", self._quoted())]
            case _:
                if self.accept("CATALOG"):
                    return [SessionLine("CATALOG", value=self.identifier().name)]
                names = [SessionLine("DATABASE", value=part.name) for part in self.path()]
                if len(names) > 2:
                    raise SqlError("SQL validation failed. USE takes a database's name.")
                if len(names) == 2:
                    names[0] = SessionLine("CATALOG", value=names[0].value)
                return names

    def _set(self) -> SessionLine:
        if self.at_symbol(TokenType.SEMICOLON):
            raise sent_alone("SET")
        key = self._quoted()
        if not self.accept_symbol(TokenType.EQ):
            raise SqlError('missing "="')
        value = self._quoted()
        if key.startswith("client."):
            raise SqlError(
                f"The property '{key}' is the client's own and cannot be submitted: it is never "
                "sent to the server."
            )
        if key in ("sql.current-catalog", "sql.current-database"):
            raise SqlError("cannot set a catalog or a database with SET command")
        return SessionLine("SET", key, value)

    def _quoted(self) -> str:
        if not self.at_symbol(*STRINGS):
            raise SqlError("key and value must be enclosed by single quotes (')")
        return self.string()


def sent_alone(word: str) -> SqlError:
    """Return the refusal of a line that is no part of a statement's submission; wording ours."""
    return SqlError(
        f"{word} is a statement of the client and cannot be submitted: the workspace, the "
        "SQL shell and the drivers keep such settings themselves and send them as the "
        "statement's properties."
    )
