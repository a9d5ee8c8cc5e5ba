"""Window functions of FROM: `TUMBLE(TABLE t, DESCRIPTOR(c), INTERVAL '1' MINUTE)` and its kin.

They may stand alone or inside `TABLE( … )`, with arguments by place or by name. Source:
facts/flink-sql-ai.md 6.4 (windows).
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.expressions import ExpressionReader

WINDOW_FUNCTIONS = frozenset({"TUMBLE", "HOP", "CUMULATE", "SESSION"})


@dataclass(frozen=True)
class TableArgument:
    """`TABLE t [PARTITION BY (k, …)]` or a query in parentheses, as an argument.

    Attributes:
        item: an `exp.Table` or an `exp.Subquery`.
        partition: the columns of PARTITION BY.
        ordered: whether ORDER BY follows, which Flink reads and then refuses.
    """

    item: exp.Expr
    partition: tuple[exp.Identifier, ...]
    ordered: bool = False


@dataclass(frozen=True)
class Descriptor:
    """`DESCRIPTOR(c, …)`: names of columns, as an argument."""

    columns: tuple[exp.Identifier, ...]


@dataclass(frozen=True)
class Argument:
    """One argument of a window function: its name, if written (`SIZE => …`), and its value.

    Attributes:
        value: a table, a descriptor or an expression.
        node: where it stands in the text.
    """

    name: str | None
    value: TableArgument | Descriptor | exp.Expr
    node: exp.Expr


class WindowReader(ExpressionReader):
    """Reads window functions."""

    @abstractmethod
    def plain_table(self, start: int) -> exp.Table:
        """Read the name of a table. The reader of FROM says how."""

    def at_window_function(self) -> bool:
        """Return whether a window function begins here."""
        return self.at_word(*WINDOW_FUNCTIONS) and self.at_symbol(TokenType.L_PAREN, ahead=1)

    def window_function(self) -> exp.Anonymous:
        """Read a call: an `exp.Anonymous` whose `meta["arguments"]` are `Argument`s.

        `meta["call"]` stands where the call does, without the TABLE( ) and the alias around it.
        """
        start = self.index
        node = exp.Anonymous(this=self.next_token().text.upper())
        node.meta["arguments"] = tuple(self.wrapped(lambda: self.list_of(self._window_argument)))
        node.meta["call"] = self.mark(exp.Var(this=node.this), start)
        return self.mark(node, start)

    def _window_argument(self) -> Argument:
        start = self.index
        name = None
        if self.at_symbol(TokenType.FARROW, ahead=1):
            name = self.next_token().text.upper()
            self.index += 1
        value = self._window_value()
        return Argument(name, value, self.mark(exp.Var(this=name or ""), start))

    def _window_value(self) -> TableArgument | Descriptor | exp.Expr:
        if self.accept("TABLE"):
            return self._table_argument(self.plain_table(self.index))
        if self.at_symbol(TokenType.L_PAREN) and self.at_query():
            return self._table_argument(self._subquery())
        if self.at_word("DESCRIPTOR") and self.at_symbol(TokenType.L_PAREN, ahead=1):
            self.index += 1
            return Descriptor(tuple(self.wrapped(lambda: self.list_of(self.identifier))))
        return self.expression()

    def _subquery(self) -> exp.Expr:
        start = self.index
        return self.mark(exp.Subquery(this=self.wrapped(self.query)), start)

    def _table_argument(self, item: exp.Expr) -> TableArgument:
        columns: list[exp.Identifier] = []
        if self.accept("PARTITION", "BY"):
            if self.at_symbol(TokenType.L_PAREN):
                columns = self.wrapped(lambda: self.list_of(self.identifier))
            else:
                columns = [self.identifier()]
        ordered = self.accept("ORDER", "BY")
        if ordered and self.at_symbol(TokenType.L_PAREN):
            self.wrapped(lambda: self.list_of(self._sorted_by))
        elif ordered:
            self._sorted_by()
        return TableArgument(item, tuple(columns), ordered)

    def _sorted_by(self) -> None:
        self.identifier()
        if self.at_word("ASC", "DESC"):
            self.index += 1
