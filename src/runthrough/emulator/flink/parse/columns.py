"""Names, options, and the columns, keys and watermarks of tables as text.

Source: facts/flink-sql-ai.md 1.3 (grammar).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.queries import QueryReader
from runthrough.emulator.flink.parse.refusals import Span, span_of
from runthrough.emulator.flink.parse.syntax import (
    ColumnDefinition,
    KeyDefinition,
    Name,
    WatermarkDefinition,
)
from runthrough.emulator.flink.plan import SqlError

Definition = ColumnDefinition | KeyDefinition | WatermarkDefinition


class ColumnReader(QueryReader):
    """Reads what the definitions of tables are made of."""

    def name(self) -> Name:
        """Read a name of one to three parts."""
        start = self.index
        parts = tuple(part.name for part in self.path())
        return Name(parts, self.span_from(start))

    def span_from(self, start: int) -> Span:
        """Return what has been read since token number `start`."""
        return Span(self.tokens[start].start, self.tokens[self.index - 1].end)

    def options(self) -> Mapping[str, str]:
        """Read ('key' = 'value', …); the last value of a key wins."""
        return dict(self.wrapped(lambda: self.list_of(self._option)))

    def _option(self) -> tuple[str, str]:
        key = self.string()
        self.expect_symbol(TokenType.EQ, "=")
        return key, self.string()

    def keys(self) -> tuple[str, ...]:
        """Read ('key', …)."""
        return tuple(self.wrapped(lambda: self.list_of(self.string)))

    def if_not_exists(self) -> bool:
        """Read IF NOT EXISTS if it is here."""
        return self.accept("IF", "NOT", "EXISTS")

    # -- columns, keys, watermark ---------------------------------------------------------------

    def definitions(
        self,
    ) -> tuple[tuple[ColumnDefinition, ...], KeyDefinition | None, WatermarkDefinition | None]:
        """Read (column, …, key, watermark), or names alone: (a, b)."""
        items: list[Definition] = []
        items += self.wrapped(self._names if self._at_name_alone() else self._definition_list)
        columns = tuple(item for item in items if isinstance(item, ColumnDefinition))
        keys = [item for item in items if isinstance(item, KeyDefinition)]
        keys += [c.key for c in columns if c.key is not None]
        if len(keys) > 1:
            raise SqlError("Duplicate primary key definition")
        watermarks = [item for item in items if isinstance(item, WatermarkDefinition)]
        if len(watermarks) > 1:
            raise SqlError(
                "SQL parse failed. Multiple WATERMARK declarations are not supported yet."
            )
        return columns, keys[0] if keys else None, watermarks[0] if watermarks else None

    def _definition_list(self) -> list[Definition]:
        return self.list_of(self.definition)

    def _at_name_alone(self) -> bool:
        named = self.at_symbol(TokenType.IDENTIFIER, TokenType.VAR, ahead=1)
        return named and self.at_symbol(TokenType.COMMA, TokenType.R_PAREN, ahead=2)

    def _names(self) -> list[Definition]:
        return list(self.list_of(self._name_alone))

    def _name_alone(self) -> ColumnDefinition:
        start = self.index
        name = self.identifier().name
        return ColumnDefinition(name, self.span_from(start), None)

    def definition(self) -> Definition:
        """Read a column, a key or a watermark."""
        if self.at_word("WATERMARK"):
            return self.watermark()
        if self.at_word("CONSTRAINT", "PRIMARY", "UNIQUE"):
            return self._key_definition()
        return self._column_definition()

    def watermark(self) -> WatermarkDefinition:
        """Read WATERMARK FOR column AS expression."""
        self.expect("WATERMARK", "FOR")
        start = self.index
        names = [self.identifier().name]
        while self.accept_symbol(TokenType.DOT):
            names.append(self.identifier().name)
        span = self.span_from(start)
        self.expect("AS")
        return WatermarkDefinition(".".join(names), span, self._column_expression())

    def _column_expression(self) -> exp.Expr:
        expression = self.expression()
        if any(isinstance(node, exp.Query | exp.Exists) for node in expression.walk()):
            raise SqlError("SQL parse failed. Query expression encountered in illegal context")
        return expression

    def _key_definition(self) -> KeyDefinition:
        constraint = self.identifier().name if self.accept("CONSTRAINT") else None
        if self.at_word("UNIQUE"):
            raise SqlError("UNIQUE constraint is not supported yet")
        self.expect("PRIMARY", "KEY")
        names = self.wrapped(lambda: self.list_of(self.identifier))
        self._not_enforced()
        spans = tuple(span_of(name) or Span(0, 0) for name in names)
        return KeyDefinition(tuple(name.name for name in names), spans, constraint)

    def _column_definition(self) -> ColumnDefinition:
        start = self.index
        name = self.identifier().name
        span = self.span_from(start)
        if self.accept("AS"):
            expression = self._column_expression()
            return ColumnDefinition(
                name, span, None, comment=self._comment(), expression=expression
            )
        column_type = self.type(of_column=True)
        if self.accept("METADATA"):
            key = self.string() if self.accept("FROM") else None
            virtual = self.accept("VIRTUAL")
            return ColumnDefinition(
                name,
                span,
                column_type,
                comment=self._comment(),
                metadata=True,
                metadata_key=key,
                virtual=virtual,
            )
        if self.at_word("UNIQUE"):
            raise SqlError("UNIQUE constraint is not supported yet")
        own_key = self._inline_key(name, span)
        return ColumnDefinition(name, span, column_type, own_key, self._comment())

    def _inline_key(self, name: str, span: Span) -> KeyDefinition | None:
        constraint = self.identifier().name if self.accept("CONSTRAINT") else None
        if constraint is None and not self.at_word("PRIMARY"):
            return None
        self.expect("PRIMARY", "KEY")
        self._not_enforced()
        return KeyDefinition((name,), (span,), constraint)

    def _comment(self) -> str | None:
        return self.string() if self.accept("COMMENT") else None

    def _not_enforced(self) -> None:
        if self.accept("NOT", "ENFORCED"):
            return
        if self.token is not None and not self.at_symbol(TokenType.COMMA, TokenType.R_PAREN):
            self.expect("NOT", "ENFORCED")
        raise SqlError(
            "Flink doesn't support ENFORCED mode for PRIMARY KEY "
            "constraint. ENFORCED/NOT ENFORCED controls if the constraint checks are performed on "
            "the incoming/outgoing data. Flink does not own the data therefore the only supported "
            "mode is the NOT ENFORCED mode"
        )
