"""ALTER TABLE as text.

Source: facts/flink-sql-ai.md 1.6 (grammar); the forms that Confluent Cloud refuses are read as
Apache Flink 2.3 reads them, so that they can be refused in words of their own.
"""

from __future__ import annotations

from typing import Literal

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.columns import ColumnReader, Definition
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.syntax import (
    AlterTableStatement,
    ColumnDefinition,
    DroppedPart,
    TableChange,
)
from runthrough.emulator.flink.plan import SqlError


class AlterationReader(ColumnReader):
    """Reads ALTER TABLE."""

    def alter_table(self) -> AlterTableStatement:
        """Read what follows ALTER TABLE."""
        if_exists = self.accept("IF", "EXISTS")
        name = self.name()
        if self.accept("SET"):
            if self.at_words("LIGHTNING", "MODE"):
                raise not_emulated("ALTER TABLE … SET LIGHTNING MODE")
            return AlterTableStatement(name, self.options(), if_exists=if_exists)
        if self.accept("RESET"):
            return AlterTableStatement(name, reset_options=self._keys(), if_exists=if_exists)
        if self.accept("RENAME"):
            raise self._no_renaming()
        action = self.expect_one("ADD", "MODIFY", "DROP")
        changes = self._dropped() if action == "DROP" else self._defined(action)
        return AlterTableStatement(name, changes=changes, if_exists=if_exists)

    def _keys(self) -> tuple[str, ...]:
        if self.at_symbol(TokenType.L_PAREN) and self.at_symbol(TokenType.R_PAREN, ahead=1):
            raise SqlError("ALTER TABLE RESET does not support empty key")
        return self.keys()

    def _no_renaming(self) -> SqlError:
        """Read the rest of RENAME and return its refusal; the wording is ours."""
        what = "A column" if not self.at_word("TO") else "A table"
        if not self.accept("TO"):
            self.identifier()
            self.expect("TO")
        self.name()
        return SqlError(
            f"{what} cannot be renamed with ALTER TABLE in Confluent's Flink SQL dialect: a table "
            "is a topic, its columns are the fields of the topic's schema."
        )

    def _defined(self, action: Literal["ADD", "MODIFY"] | str) -> tuple[TableChange, ...]:
        word: Literal["ADD", "MODIFY"] = "ADD" if action == "ADD" else "MODIFY"
        if self.at_word("DISTRIBUTION"):
            raise _no_distribution()
        if self.accept_symbol(TokenType.L_PAREN):
            items = self.list_of(self._placed)
            self.expect_symbol(TokenType.R_PAREN, ")")
        else:
            items = [self._placed()]
        return tuple(TableChange(word, item, after) for item, after in items)

    def _placed(self) -> tuple[Definition, str | None]:
        """Read a definition and where it goes: '' for FIRST, the column of AFTER, None for last."""
        item = self.definition()
        after = None
        if isinstance(item, ColumnDefinition):
            if self.accept("FIRST"):
                after = ""
            elif self.accept("AFTER"):
                after = self.identifier().name
        return item, after

    def _dropped(self) -> tuple[TableChange, ...]:
        if self.accept("WATERMARK"):
            return (TableChange("DROP", DroppedPart("WATERMARK")),)
        if self.accept("PRIMARY", "KEY"):
            return (TableChange("DROP", DroppedPart("PRIMARY KEY")),)
        if self.accept("CONSTRAINT"):
            return (TableChange("DROP", DroppedPart("CONSTRAINT", self.identifier().name)),)
        if self.at_word("DISTRIBUTION"):
            raise _no_distribution()
        if self.at_symbol(TokenType.L_PAREN):
            names = self.wrapped(lambda: self.list_of(self.identifier))
        else:
            names = [self.identifier()]
        return tuple(TableChange("DROP", DroppedPart("COLUMN", n.name)) for n in names)


def _no_distribution() -> SqlError:
    return SqlError(
        "The distribution of a table cannot be changed: the topic has its partitions already."
    )
