"""ALTER MODEL and ALTER CONNECTION as text. Source: facts/flink-sql-ai.md 1.7, 1.8."""

from __future__ import annotations

from runthrough.emulator.flink.parse.syntax import AlterConnectionStatement, AlterModelStatement
from runthrough.emulator.flink.parse.tables import TableReader


class ObjectReader(TableReader):
    """Reads changes of models and connections."""

    def alter_model(self) -> AlterModelStatement:
        """Read what follows ALTER MODEL."""
        if_exists = self.accept("IF", "EXISTS")
        name = self.name()
        action = self.expect_one("RENAME", "SET", "RESET")
        if action == "SET":
            return AlterModelStatement(name, set_options=self.options(), if_exists=if_exists)
        if action == "RESET":
            return AlterModelStatement(name, reset_options=self.keys(), if_exists=if_exists)
        self.expect("TO")
        return AlterModelStatement(name, new_name=self.name(), if_exists=if_exists)

    def alter_connection(self) -> AlterConnectionStatement:
        """Read what follows ALTER CONNECTION."""
        if_exists = self.accept("IF", "EXISTS")
        name = self.name()
        self.expect("SET")
        return AlterConnectionStatement(name, self.options(), if_exists)
