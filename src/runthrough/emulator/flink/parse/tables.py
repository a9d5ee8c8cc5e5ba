"""CREATE TABLE and INSERT as text.

Sources: facts/flink-sql-ai.md 1.3 (grammar), 1.4 (CTAS), 1.5 (INSERT).
"""

from __future__ import annotations

from dataclasses import replace

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.alterations import AlterationReader
from runthrough.emulator.flink.parse.refusals import Span, not_emulated, position, span_of
from runthrough.emulator.flink.parse.syntax import (
    ColumnDefinition,
    CreateTableStatement,
    InsertStatement,
    KeyDefinition,
    LikeClause,
    Name,
    WatermarkDefinition,
)
from runthrough.emulator.flink.plan import SqlError

LIKE_FEATURES = (
    "ALL",
    "CONSTRAINTS",
    "DISTRIBUTION",
    "GENERATED",
    "METADATA",
    "OPTIONS",
    "PARTITIONS",
    "WATERMARKS",
)
_STRATEGIES = ("EXCLUDING", "INCLUDING", "OVERWRITING")
_OVERWRITABLE = ("GENERATED", "METADATA", "OPTIONS", "WATERMARKS")


class TableReader(AlterationReader):
    """Reads statements about tables."""

    def create_table(self) -> CreateTableStatement:
        """Read what follows CREATE TABLE."""
        if_not_exists = self.if_not_exists()
        made = self.table_head(self.name(), if_not_exists=if_not_exists)
        like = self._like() if self.accept("LIKE") else None
        query = self.query() if like is None and self.accept("AS") else None
        return replace(made, like=like, query=query)

    def table_head(self, name: Name, *, if_not_exists: bool = False) -> CreateTableStatement:
        """Read the columns, comment, distribution and options of a table."""
        columns: tuple[ColumnDefinition, ...] = ()
        key: KeyDefinition | None = None
        watermark: WatermarkDefinition | None = None
        if self.at_symbol(TokenType.L_PAREN):
            columns, key, watermark = self.definitions()
        comment = self.string() if self.accept("COMMENT") else None
        distributed_by, buckets = self._distribution()
        if self.accept("PARTITIONED", "BY"):
            distributed_by = self._partitioned_by(distributed_by)
        options = self.options() if self.accept("WITH") else {}
        return CreateTableStatement(
            name=name,
            columns=columns,
            key=key,
            watermark=watermark,
            distributed_by=distributed_by,
            buckets=buckets,
            comment=comment,
            options=options,
            if_not_exists=if_not_exists,
        )

    def _distribution(self) -> tuple[tuple[str, ...] | None, int | None]:
        if not self.accept("DISTRIBUTED"):
            return None, None
        columns: tuple[str, ...] = ()
        if not self.at_word("BY", "INTO"):
            raise self.unexpected('"BY"', '"INTO"')
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
            raise SqlError(
                f"Invalid bucket count '{buckets}'. The number of buckets "
                "for a distributed table must be at least 1."
            )
        return columns, buckets

    def _partitioned_by(self, distributed_by: tuple[str, ...] | None) -> tuple[str, ...]:
        """Read the columns of PARTITIONED BY, the older spelling of DISTRIBUTED BY (facts 1.3)."""
        names = self.wrapped(lambda: self.list_of(self.identifier))
        if distributed_by is not None:
            raise SqlError(
                "SQL validation failed. PARTITIONED BY is the older spelling of DISTRIBUTED BY: a "
                "table has one of them."
            )
        return tuple(name.name for name in names)

    def _like(self) -> LikeClause:
        source = self.name()
        options: list[tuple[str, str]] = []
        if self.accept_symbol(TokenType.L_PAREN):
            while not options or not self.at_symbol(TokenType.R_PAREN):
                options.append((self.expect_one(*_STRATEGIES), self.expect_one(*LIKE_FEATURES)))
            self.expect_symbol(TokenType.R_PAREN, ")")
        features = [feature for _, feature in options]
        if len(set(features)) < len(features):
            raise SqlError("Each like option feature can be declared only once.")
        for strategy, feature in options:
            if strategy == "OVERWRITING" and feature not in _OVERWRITABLE:
                raise SqlError(f"Illegal merging strategy 'OVERWRITING' for '{feature}' option.")
        return LikeClause(source, {feature: strategy for strategy, feature in options})

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
