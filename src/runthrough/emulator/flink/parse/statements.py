"""Statements of every kind as text: the one place that decides what a text is.

Sources: facts/flink-sql-ai.md 1.2 (kinds), 1.6-1.10 (grammar).
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.dialect import tokenize
from runthrough.emulator.flink.parse.materialized import MaterializedReader
from runthrough.emulator.flink.parse.objects import ObjectReader
from runthrough.emulator.flink.parse.refusals import not_emulated, not_in_dialect, refused_kind
from runthrough.emulator.flink.parse.session_lines import (
    SessionLine,
    SessionLineReader,
    may_have_session_lines,
    sent_alone,
)
from runthrough.emulator.flink.parse.statement_sets import StatementSetReader
from runthrough.emulator.flink.parse.syntax import (
    ColumnDefinition,
    CreateConnectionStatement,
    CreateModelStatement,
    CreateTableStatement,
    DescribeStatement,
    DropStatement,
    ExplainStatement,
    InsertStatement,
    QueryStatement,
    ShowStatement,
    Statement,
)
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.statement_kinds import REFUSED

_SHOWN = ("CATALOGS", "DATABASES", "TABLES", "VIEWS", "MODELS", "CONNECTIONS", "FUNCTIONS", "JOBS")


def parse_statement(sql: str) -> Statement:
    """Return the one statement of a text, without the session's lines before it.

    Raises:
        SqlError: the text is no statement, or one that the dialect or the emulator lacks.
    """
    reader = StatementReader(tokenize(sql), sql)
    reader.session_lines()
    statement = reader.statement()
    reader.expect_end()
    return statement


def session_lines(sql: str) -> tuple[SessionLine, ...]:
    """Return the lines before the statement of a text. Raises SqlError as `parse_statement`."""
    if not may_have_session_lines(sql):
        return ()
    return StatementReader(tokenize(sql), sql).session_lines()


def parse_query(text: str) -> exp.Expr:
    """Return the query of a view, whose text was read before.

    Raises:
        SqlError: the text is no query.
    """
    reader = StatementReader(tokenize(text), text)
    query = reader.query()
    reader.expect_end()
    return query


class StatementReader(MaterializedReader, StatementSetReader, SessionLineReader, ObjectReader):
    """Reads statements."""

    def statement(self) -> Statement:
        """Read one statement."""
        if self.at_word("SELECT", "WITH", "VALUES", "TABLE") or self.at_symbol(TokenType.L_PAREN):
            return QueryStatement(self.query())
        self._refuse_early()
        if (found := self.statement_set()) is not None:
            return found
        if self.accept("CREATE"):
            return self._create()
        if self.accept("INSERT"):
            return self.insert()
        if self.accept("ALTER"):
            return self._alter()
        if self.accept("DROP"):
            return self._drop()
        if self.accept("SHOW"):
            return self._show()
        if self.accept("DESCRIBE") or self.accept("DESC"):
            return self._describe()
        if self.accept("EXPLAIN"):
            return self._explain()
        raise self.unexpected(
            '"SELECT"', '"CREATE"', '"INSERT"', '"ALTER"', '"DROP"', '"SHOW"', '"DESCRIBE"',
            '"EXPLAIN"', '"WITH"', '"VALUES"',
        )  # fmt: skip

    def _refuse_early(self) -> None:
        if self.at_word("SET", "RESET", "USE"):
            raise sent_alone(self.next_token().text.upper())
        self.refuse_upsert()
        if self.at_words("INSERT", "OVERWRITE"):
            return  # whose refusal says where it stands
        for kind in REFUSED:
            if self._at_kind(kind.words):
                raise refused_kind(kind)

    def _at_kind(self, words: tuple[str, ...]) -> bool:
        if words[0] != "DESCRIBE":
            return self.at_words(*words)
        # `DESCRIBE agent` alone describes a table of that name.
        named = self.at_symbol(TokenType.VAR, TokenType.IDENTIFIER, ahead=2)
        return self.at_word("DESCRIBE", "DESC") and self.at_word(words[1], ahead=1) and named

    # -- CREATE --------------------------------------------------------------------------------

    def _create(self) -> Statement:
        or_alter = self.accept("OR", "ALTER")
        if or_alter or self.at_word("MATERIALIZED"):
            self.expect("MATERIALIZED", "TABLE")
            return self.create_materialized(or_alter=or_alter)
        replace = self.accept("OR", "REPLACE")
        if replace and not self.at_word("CONNECTION"):
            if self.at_word("TEMPORARY"):
                raise not_in_dialect("Creating TEMPORARY objects")
            raise self.unexpected('"CONNECTION"')
        if self.accept("VIEW"):
            return self.create_view()
        if self.accept("TABLE"):
            return self.create_table()
        if self.accept("CONNECTION"):
            return self._create_connection(replace)
        if self.accept("MODEL"):
            return self._create_model()
        raise self.unexpected('"TABLE"', '"MODEL"', '"CONNECTION"', '"VIEW"', '"FUNCTION"')

    def _create_connection(self, replace: bool) -> CreateConnectionStatement:
        if_not_exists = self.if_not_exists()
        name = self.name()
        comment = self.string() if self.accept("COMMENT") else None
        self.expect("WITH")
        return CreateConnectionStatement(name, self.options(), comment, if_not_exists, replace)

    def _create_model(self) -> CreateModelStatement:
        if_not_exists = self.if_not_exists()
        name = self.name()
        inputs = self._signature() if self.accept("INPUT") else ()
        outputs = self._signature() if self.accept("OUTPUT") else ()
        comment = self.string() if self.accept("COMMENT") else None
        self.expect("WITH")
        if self.at_symbol(TokenType.L_PAREN) and self.at_symbol(TokenType.R_PAREN, ahead=1):
            raise SqlError("SQL validation failed. Model property list can not be empty.")
        return CreateModelStatement(name, inputs, outputs, self.options(), comment, if_not_exists)

    def _signature(self) -> tuple[ColumnDefinition, ...]:
        return tuple(self.wrapped(lambda: self.list_of(self._model_column)))

    def _model_column(self) -> ColumnDefinition:
        start = self.index
        name = self.identifier().name
        span = self.span_from(start)
        column_type = self.type()
        comment = self.string() if self.accept("COMMENT") else None
        return ColumnDefinition(name, span, column_type, comment=comment)

    # -- ALTER, DROP ---------------------------------------------------------------------------

    def _alter(self) -> Statement:
        if self.accept("TABLE"):
            return self.alter_table()
        if self.accept("MATERIALIZED", "TABLE"):
            return self.alter_materialized()
        if self.accept("VIEW"):
            return self.alter_view()
        if self.accept("MODEL"):
            return self.alter_model()
        if self.accept("CONNECTION"):
            return self.alter_connection()
        raise self.unexpected('"TABLE"', '"MODEL"', '"CONNECTION"', '"VIEW"')

    def _drop(self) -> DropStatement:
        if self.accept("MATERIALIZED"):
            kind = "MATERIALIZED " + self.expect_one("TABLE")
        else:
            kind = self.expect_one("TABLE", "MODEL", "CONNECTION", "VIEW")
        if_exists = self.accept("IF", "EXISTS")
        return DropStatement(kind, self.name(), if_exists)

    # -- SHOW, DESCRIBE, EXPLAIN ---------------------------------------------------------------

    def _show(self) -> Statement:
        if self.accept("CREATE"):
            return self._show_create()
        if self.accept("CURRENT"):
            if not self.at_word("CATALOG", "DATABASE"):
                raise self.unexpected('"CATALOG"', '"DATABASE"')
            return ShowStatement("CURRENT " + self.next_token().text.upper())
        if self.accept("MATERIALIZED"):
            self.expect("TABLES")
            return self._listed("MATERIALIZED TABLES")
        user = self.accept("USER")
        if not self.at_word(*(("FUNCTIONS",) if user else _SHOWN)):
            raise self.unexpected(*(f'"{word}"' for word in (*_SHOWN, "CREATE", "CURRENT")))
        return self._listed(("USER " if user else "") + self.next_token().text.upper())

    def _listed(self, kind: str) -> ShowStatement:
        """Read what may follow the things that SHOW lists: their database, a pattern."""
        source = None
        if self.accept("FROM") or self.accept("IN"):
            source = self.name()
        negated = self.at_words("NOT", "LIKE") and self.accept("NOT")
        like = self.string() if self.accept("LIKE") else None
        return ShowStatement(kind, like, negated, source)

    def _show_create(self) -> DescribeStatement:
        if self.accept("MATERIALIZED", "TABLE"):
            return DescribeStatement("MATERIALIZED TABLE", self.name(), create=True)
        if not self.at_word("TABLE", "MODEL", "VIEW"):
            raise self.unexpected('"TABLE"', '"MODEL"', '"VIEW"')
        kind = self.next_token().text.upper()
        return DescribeStatement(kind, self.name(), create=True)

    def _describe(self) -> DescribeStatement:
        for kind in ("MODEL", "CONNECTION"):
            # `DESCRIBE model` alone describes a table of that name.
            if self.at_word(kind) and self.index + 1 < len(self.tokens):
                if self.at_symbol(TokenType.SEMICOLON, TokenType.DOT, ahead=1):
                    continue
                self.index += 1
                return DescribeStatement(kind, self.name())
        self.accept("TABLE")
        extended = self.accept("EXTENDED")
        return DescribeStatement("TABLE", self.name(), extended)

    def _explain(self) -> ExplainStatement:
        if self.accept("PLAN"):
            self.expect("FOR")
        elif self.at_word("ESTIMATED_COST", "CHANGELOG_MODE", "JSON_EXECUTION_PLAN"):
            raise not_emulated(f"EXPLAIN {self.next_token().text.upper()}")
        if (found := self.explained_set()) is not None:
            return ExplainStatement(found)
        inner = self.statement()
        if isinstance(inner, CreateTableStatement) and inner.query is not None:
            return ExplainStatement(inner)
        if isinstance(inner, QueryStatement | InsertStatement):
            return ExplainStatement(inner)
        raise SqlError("SQL validation failed. EXPLAIN supports SELECT, INSERT and CREATE TABLE AS")
