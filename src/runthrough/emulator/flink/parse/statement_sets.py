"""Statement sets as text: several INSERTs that are one statement.

Sources: facts/flink-sql-ai.md 1.2 (both spellings), 1.5. What is refused, and with which words, is
Apache Flink 2.3's.
"""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.refusals import end_position, parse_failed, position
from runthrough.emulator.flink.parse.syntax import InsertStatement, StatementSetStatement
from runthrough.emulator.flink.parse.tables import TableReader
from runthrough.emulator.flink.plan import SqlError

_UPSERT = (
    "SQL validation failed. UPSERT INTO statement is not supported. Please use INSERT INTO instead."
)


class StatementSetReader(TableReader):
    """Reads statement sets, and tables as before."""

    def statement_set(self) -> StatementSetStatement | None:
        """Read a set in either spelling; None where none begins here. Raises SqlError."""
        if self.accept("EXECUTE", "STATEMENT"):
            self.expect("SET", "BEGIN")
        elif self.accept("BEGIN", "STATEMENT"):
            self.expect("SET")
            self.expect_symbol(TokenType.SEMICOLON, ";")
        else:
            return None
        return self._inserts()

    def explained_set(self) -> StatementSetStatement | None:
        """Read [EXECUTE] STATEMENT SET BEGIN …; END, as it stands behind EXPLAIN.

        Raises:
            SqlError: it is not written so.
        """
        if self.at_words("EXECUTE", "STATEMENT"):
            self.accept("EXECUTE")
        if not self.accept("STATEMENT"):
            return None
        self.expect("SET", "BEGIN")
        return self._inserts()

    def refuse_upsert(self) -> None:
        """Raise SqlError if UPSERT INTO is here (facts 1.5)."""
        if self.at_words("UPSERT", "INTO"):
            raise SqlError(_UPSERT)

    def _inserts(self) -> StatementSetStatement:
        inserts: list[InsertStatement] = []
        while not inserts or not self.accept("END"):
            self.refuse_upsert()
            if not self.accept("INSERT"):
                raise self._not_an_insert('"END"' if inserts else "")
            inserts.append(self.insert())
            self.expect_symbol(TokenType.SEMICOLON, ";")
        return StatementSetStatement(tuple(inserts))

    def _not_an_insert(self, end: str) -> SqlError:
        # No name may stand here: then Flink's message is this one also for reserved words.
        expecting = tuple(word for word in (end, '"INSERT"', '"UPSERT"') if word)
        token = self.token
        if token is None:
            return parse_failed("<EOF>", end_position(self.sql), expecting)
        text = self.sql[token.start : token.end + 1]
        return parse_failed(text, position(self.sql, token.start), expecting)
