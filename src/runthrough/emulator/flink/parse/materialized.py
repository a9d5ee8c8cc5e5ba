"""Materialized tables as text (facts/flink-sql-ai.md 1.9)."""

from __future__ import annotations

from dataclasses import replace

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.syntax import (
    AlterMaterializedStatement,
    CreateMaterializedStatement,
    Name,
)
from runthrough.emulator.flink.parse.views import ViewReader

START_MODES = tuple(
    resume + mode
    for resume in ("", "RESUME_OR_")
    for mode in ("FROM_BEGINNING", "FROM_NOW", "FROM_TIMESTAMP")
)
_CHANGES = ("SET", "RESET", "ADD", "MODIFY", "DROP", "RENAME")


class MaterializedReader(ViewReader):
    """Reads statements about materialized tables."""

    def create_materialized(self, *, or_alter: bool) -> CreateMaterializedStatement:
        """Read what follows CREATE [OR ALTER] MATERIALIZED TABLE."""
        if_not_exists = self.if_not_exists()
        made = self._materialized(self.name(), if_not_exists=if_not_exists)
        return replace(made, or_alter=or_alter)

    def alter_materialized(self) -> AlterMaterializedStatement:
        """Read what follows ALTER MATERIALIZED TABLE."""
        start = self.index
        name = self.name()
        if self.accept("SUSPEND"):
            return AlterMaterializedStatement(name, "SUSPEND")
        if self.accept("RESUME"):
            return AlterMaterializedStatement(name, "RESUME")
        if self.at_word(*_CHANGES):
            self.index = start
            return AlterMaterializedStatement(name, self.alter_table())
        return AlterMaterializedStatement(name, self._materialized(name))

    def _materialized(
        self, name: Name, *, if_not_exists: bool = False
    ) -> CreateMaterializedStatement:
        head = self.table_head(name, if_not_exists=if_not_exists)
        start = self._start_mode() if self.accept("START_MODE") else None
        self.expect("AS")
        body = self.body()
        return CreateMaterializedStatement(replace(head, query=body.query), body.text, start)

    def _start_mode(self) -> tuple[str, exp.Expr | None, str | None]:
        """Read `= FROM_NOW(INTERVAL '1' DAY)` and its like; the argument also as text."""
        self.expect_symbol(TokenType.EQ, "=")
        word = self.expect_one(*START_MODES)
        needed = word.endswith("TIMESTAMP")
        if not needed and not (word.endswith("NOW") and self.at_symbol(TokenType.L_PAREN)):
            return word, None, None
        self.expect_symbol(TokenType.L_PAREN, "(")
        first = self.index
        argument = self.expression()
        text = self.sql[self.tokens[first].start : self.tokens[self.index - 1].end + 1]
        self.expect_symbol(TokenType.R_PAREN, ")")
        return word, argument, text
