"""CREATE VIEW and ALTER VIEW as text (facts/flink-sql-ai.md 1.6)."""

from __future__ import annotations

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.refusals import Span, span_of
from runthrough.emulator.flink.parse.syntax import (
    AlterViewStatement,
    CreateViewStatement,
    ViewQuery,
)
from runthrough.emulator.flink.parse.tables import TableReader


class ViewReader(TableReader):
    """Reads statements about views."""

    def create_view(self) -> CreateViewStatement:
        """Read what follows CREATE VIEW."""
        if_not_exists = self.if_not_exists()
        name = self.name()
        columns: tuple[tuple[str, Span], ...] = ()
        if self.at_symbol(TokenType.L_PAREN):
            names = self.wrapped(lambda: self.list_of(self.identifier))
            columns = tuple((part.name, span_of(part) or Span(0, 0)) for part in names)
        comment = self.string() if self.accept("COMMENT") else None
        self.expect("AS")
        return CreateViewStatement(name, self.body(), columns, comment, if_not_exists)

    def alter_view(self) -> AlterViewStatement:
        """Read what follows ALTER VIEW."""
        name = self.name()
        if self.expect_one("AS", "RENAME") == "AS":
            return AlterViewStatement(name, query=self.body())
        self.expect("TO")
        return AlterViewStatement(name, new_name=self.name())

    def body(self) -> ViewQuery:
        """Read a query, and keep its text."""
        first = self.token
        query = self.query()
        last = self.tokens[self.index - 1]
        start = first.start if first is not None else 0
        return ViewQuery(query, self.sql[start : last.end + 1])
