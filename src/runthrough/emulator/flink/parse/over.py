"""OVER, WINDOW and QUALIFY: how a window over rows is written.

Sources: facts/flink-sql-ai.md 5.2 (rows 22-28), 6.4; the grammar is Calcite's: a window has a
name or parentheses with PARTITION BY, ORDER BY and a frame, each of which may be absent.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.base import Reader
from runthrough.emulator.flink.parse.refusals import not_emulated


class OverReader(Reader, ABC):
    """Reads windows over rows."""

    @abstractmethod
    def expression(self) -> exp.Expr:
        """Read a whole expression. The reader of operators says how."""

    def over(self, call: exp.Expr, start: int) -> exp.Window:
        """Read OVER with what follows, for the call before it."""
        self.expect("OVER")
        if self.at_symbol(TokenType.L_PAREN):
            window = self._specification()
        else:
            window = exp.Window(alias=self.identifier())
        window.set("this", call)
        return self.mark(window, start)

    def named_windows(self) -> list[exp.Window]:
        """Read what follows WINDOW: names and their windows; `over` holds the name."""
        return self.list_of(self._named_window)

    def _named_window(self) -> exp.Window:
        start = self.index
        name = self.identifier()
        self.expect("AS")
        window = self._specification()
        window.set("over", name)
        return self.mark(window, start)

    def _specification(self) -> exp.Window:
        self.expect_symbol(TokenType.L_PAREN, "(")
        window = exp.Window()
        if self.at_name():
            window.set("alias", self.identifier())
        if self.accept("PARTITION", "BY"):
            window.set("partition_by", self.list_of(self.expression))
        if self.accept("ORDER", "BY"):
            window.set("order", exp.Order(expressions=self.list_of(self.ordered)))
        if self.at_word("RANGE", "ROWS"):
            window.set("spec", self._frame())
        if self.at_word("ALLOW", "DISALLOW", "EXCLUDE"):
            raise not_emulated("ALLOW PARTIAL, DISALLOW PARTIAL and EXCLUDE in a window")
        self.expect_symbol(TokenType.R_PAREN, ")")
        return window

    def _frame(self) -> exp.WindowSpec:
        start = self.index
        frame = self.mark(exp.WindowSpec(kind=self.next_token().text.upper()), start)
        if self.accept("BETWEEN"):
            self._bound(frame, "start")
            self.expect("AND")
            self._bound(frame, "end")
        else:
            self._bound(frame, "start")
        return frame

    def _bound(self, frame: exp.WindowSpec, place: str) -> None:
        """Read one end of a frame: UNBOUNDED, CURRENT ROW or an expression, and its side."""
        if self.accept("CURRENT", "ROW"):
            frame.set(place, "CURRENT ROW")
            return
        bound = "UNBOUNDED" if self.accept("UNBOUNDED") else self.expression()
        frame.set(place, bound)
        frame.set(f"{place}_side", self.expect_one("PRECEDING", "FOLLOWING"))

    def ordered(self) -> exp.Ordered:
        """Read one item of ORDER BY."""
        start = self.index
        this = self.expression()
        descending = self.accept("DESC")
        if not descending:
            self.accept("ASC")
        nulls_first: bool | None = None
        if self.accept("NULLS"):
            nulls_first = self.accept("FIRST")
            if not nulls_first:
                self.expect("LAST")
        ordered = exp.Ordered(this=this, desc=descending, nulls_first=nulls_first)
        return self.mark(ordered, start)
