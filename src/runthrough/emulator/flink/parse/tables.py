"""CREATE TABLE, INSERT and ALTER TABLE as text.

Sources: facts/flink-sql-ai.md 1.3 (grammar), 1.4 (CTAS), 1.5 (INSERT), 1.6 (ALTER).
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.queries import QueryReader
from runthrough.emulator.flink.parse.refusals import Span, not_emulated, position, span_of
from runthrough.emulator.flink.parse.syntax import (
    AlterTableStatement,
    ColumnDefinition,
    CreateTableStatement,
    InsertStatement,
    KeyDefinition,
    Name,
    WatermarkDefinition,
)
from runthrough.emulator.flink.plan import SqlError


class TableReader(QueryReader):
    """Reads statements about tables."""

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

    # -- CREATE TABLE --------------------------------------------------------------------------

    def create_table(self) -> CreateTableStatement:
        """Read what follows CREATE TABLE."""
        if_not_exists = self.if_not_exists()
        name = self.name()
        columns: tuple[ColumnDefinition, ...] = ()
        key: KeyDefinition | None = None
        watermark: WatermarkDefinition | None = None
        if self.at_symbol(TokenType.L_PAREN):
            columns, key, watermark = self._definitions()
        comment = self.string() if self.accept("COMMENT") else None
        distributed_by, buckets = self._distribution()
        if self.at_words("PARTITIONED", "BY"):
            raise not_emulated("PARTITIONED BY (the older spelling of DISTRIBUTED BY)")
        options = self.options() if self.accept("WITH") else {}
        if self.at_word("LIKE"):
            raise not_emulated("CREATE TABLE … LIKE")
        query = self.query() if self.accept("AS") else None
        return CreateTableStatement(
            name=name,
            columns=columns,
            key=key,
            watermark=watermark,
            distributed_by=distributed_by,
            buckets=buckets,
            comment=comment,
            options=options,
            query=query,
            if_not_exists=if_not_exists,
        )

    def _definitions(
        self,
    ) -> tuple[tuple[ColumnDefinition, ...], KeyDefinition | None, WatermarkDefinition | None]:
        items = self.wrapped(lambda: self.list_of(self._definition))
        columns = tuple(item for item in items if isinstance(item, ColumnDefinition))
        keys = [item for item in items if isinstance(item, KeyDefinition)]
        keys += [KeyDefinition((c.name,), (c.span,)) for c in columns if c.primary_key]
        if len(keys) > 1:
            raise SqlError("SQL parse failed. Duplicate primary key definition")
        watermarks = [item for item in items if isinstance(item, WatermarkDefinition)]
        if len(watermarks) > 1:
            raise SqlError(
                "SQL parse failed. Multiple WATERMARK declarations are not supported yet."
            )
        return columns, keys[0] if keys else None, watermarks[0] if watermarks else None

    def _definition(self) -> ColumnDefinition | KeyDefinition | WatermarkDefinition:
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
            raise SqlError("SQL validation failed. UNIQUE constraint is not supported yet")
        self.expect("PRIMARY", "KEY")
        names = self.wrapped(lambda: self.list_of(self.identifier))
        self._not_enforced()
        spans = tuple(span_of(name) or Span(0, 0) for name in names)
        return KeyDefinition(tuple(name.name for name in names), spans, constraint)

    def _column_definition(self) -> ColumnDefinition:
        start = self.index
        name = self.identifier().name
        span = self.span_from(start)
        if self.at_symbol(TokenType.COMMA, TokenType.R_PAREN):
            return ColumnDefinition(name, span, None)
        if self.accept("AS"):
            expression = self._column_expression()
            return ColumnDefinition(
                name, span, None, comment=self._comment(), expression=expression
            )
        column_type = self.type()
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
            raise SqlError("SQL validation failed. UNIQUE constraint is not supported yet")
        primary_key = self.accept("PRIMARY", "KEY")
        if primary_key:
            self._not_enforced()
        return ColumnDefinition(name, span, column_type, primary_key, self._comment())

    def _comment(self) -> str | None:
        return self.string() if self.accept("COMMENT") else None

    def _not_enforced(self) -> None:
        if self.accept("NOT", "ENFORCED"):
            return
        if self.token is not None and not self.at_symbol(TokenType.COMMA, TokenType.R_PAREN):
            self.expect("NOT", "ENFORCED")
        raise SqlError(
            "SQL validation failed. Flink doesn't support ENFORCED mode for PRIMARY KEY "
            "constraint. ENFORCED/NOT ENFORCED controls if the constraint checks are performed on "
            "the incoming/outgoing data. Flink does not own the data therefore the only supported "
            "mode is the NOT ENFORCED mode"
        )

    def _distribution(self) -> tuple[tuple[str, ...] | None, int | None]:
        if not self.accept("DISTRIBUTED"):
            return None, None
        columns: tuple[str, ...] = ()
        if self.accept("BY"):
            if self.accept("RANGE"):
                raise not_emulated("DISTRIBUTED BY RANGE")
            self.accept("HASH")
            names = self.wrapped(lambda: self.list_of(self.identifier))
            columns = tuple(name.name for name in names)
            if not self.at_word("INTO"):
                return columns, None
        self.expect("INTO")
        buckets = self.whole_number()
        self.expect("BUCKETS")
        if buckets < 1:
            raise SqlError("SQL validation failed. Bucket count must be a positive integer.")
        return columns, buckets

    # -- INSERT --------------------------------------------------------------------------------

    def insert(self) -> InsertStatement:
        """Read what follows INSERT."""
        if self.at_word("OVERWRITE"):
            at = position(self.sql, self.tokens[self.index].start)
            raise SqlError(
                "INSERT OVERWRITE is not supported in Confluent's Flink SQL dialect "
                f"(line {at.line}, column {at.column})."
            )
        self.expect("INTO")
        name = self.name()
        columns = None
        if self.at_symbol(TokenType.L_PAREN) and not self.at_query():
            names = self.wrapped(lambda: self.list_of(self.identifier))
            columns = tuple((part.name, span_of(part) or Span(0, 0)) for part in names)
        return InsertStatement(name, columns, self.query())

    # -- ALTER TABLE ---------------------------------------------------------------------------

    def alter_table(self) -> AlterTableStatement:
        """Read what follows ALTER TABLE."""
        self.accept("IF", "EXISTS")
        name = self.name()
        if self.accept("SET"):
            return AlterTableStatement(name, set_options=self.options())
        if self.accept("RESET"):
            return AlterTableStatement(name, reset_options=self.keys())
        for word in ("ADD", "MODIFY", "DROP", "RENAME"):
            if self.at_word(word):
                raise not_emulated(f"ALTER TABLE … {word}")
        raise self.unexpected('"SET"', '"RESET"', '"ADD"', '"MODIFY"', '"DROP"')
