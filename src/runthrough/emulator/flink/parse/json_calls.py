"""JSON functions, whose arguments have clauses of their own, and ORDER BY inside an aggregate.

Source: facts/flink-sql-ai.md 6.2.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.type_names import TypeReader

MANY_PAIRS = 1000


class JsonCallReader(TypeReader, ABC):
    """Reads what stands between the parentheses of a JSON function."""

    @abstractmethod
    def expression(self) -> exp.Expr:
        """Read a whole expression. The reader of operators says how."""

    @abstractmethod
    def operand(self) -> exp.Expr:
        """Read what may stand beside a comparison. The reader of operators says how."""

    def json_object(self, node: exp.Anonymous) -> None:
        """Read the pairs of JSON_OBJECT."""
        self.json_pairs(node, MANY_PAIRS)

    def json_pairs(self, node: exp.Anonymous, most: int) -> None:
        """Read `[KEY] k VALUE v` or `k: v`, up to so many, then what NULL becomes."""
        pairs: list[exp.Expr] = []
        while not self.at_symbol(TokenType.R_PAREN) and not self._at_null_clause():
            self.accept("KEY")
            pairs.append(self.operand())
            if not self.accept_symbol(TokenType.COLON):
                self.expect("VALUE")
            pairs.append(self.expression())
            if len(pairs) >= 2 * most or not self.accept_symbol(TokenType.COMMA):
                break
        node.set("expressions", pairs)
        self._null_clause(node)

    def json_array(self, node: exp.Anonymous) -> None:
        """Read the values of JSON_ARRAY."""
        empty = self.at_symbol(TokenType.R_PAREN) or self._at_null_clause()
        node.set("expressions", [] if empty else self.list_of(self.expression))
        self._null_clause(node)

    def json_array_aggregate(self, node: exp.Anonymous) -> None:
        """Read the value of JSON_ARRAYAGG."""
        node.set("expressions", [self.expression()])
        if self.accept("ORDER", "BY"):
            self.passed_over_order("JSON_ARRAYAGG")
        self._null_clause(node)

    def _at_null_clause(self) -> bool:
        return self.at_words("NULL", "ON", "NULL") or self.at_words("ABSENT", "ON", "NULL")

    def _null_clause(self, node: exp.Anonymous) -> None:
        """Read NULL ON NULL or ABSENT ON NULL; which is noted where it is written."""
        if self._at_null_clause():
            node.meta["absent"] = self.next_token().text.upper() == "ABSENT"
            self.index += 2

    def json_path(self, node: exp.Anonymous) -> None:
        """Read document, path, RETURNING, wrapper and what to do ON EMPTY and ON ERROR."""
        document = self.expression()
        self.expect_symbol(TokenType.COMMA, ",")
        node.set("expressions", [document, self.expression()])
        if self.accept("RETURNING"):
            node.meta["returning"] = self.type()
        if self.accept("WITHOUT"):
            self.accept("ARRAY")
            self.expect("WRAPPER")
        elif self.accept("WITH"):
            conditional = self.accept("CONDITIONAL")
            if not conditional:
                self.accept("UNCONDITIONAL")
            self.accept("ARRAY")
            self.expect("WRAPPER")
            node.meta["wrapper"] = "CONDITIONAL" if conditional else "UNCONDITIONAL"
        while self.at_word("NULL", "ERROR", "DEFAULT", "EMPTY", "TRUE", "FALSE", "UNKNOWN"):
            word = self.next_token().text.upper()
            default = self.expression() if word == "DEFAULT" else None
            if word == "EMPTY":
                word += " " + self.expect_one("ARRAY", "OBJECT")
            self.expect("ON")
            if not self.at_word("EMPTY", "ERROR"):
                raise self.unexpected('"EMPTY"', '"ERROR"')
            node.meta["on_" + self.next_token().text.lower()] = (word, default)

    def passed_over_order(self, name: str) -> None:
        """Read ORDER BY inside an aggregate: rows of a stream stay as they come (facts 6.2)."""
        if name not in ("ARRAY_AGG", "JSON_ARRAYAGG"):
            raise not_emulated(f"ORDER BY inside {name}")
        self.list_of(self._sort_key)

    def _sort_key(self) -> None:
        self.expression()
        if self.at_word("ASC", "DESC"):
            self.index += 1
        if self.accept("NULLS"):
            self.expect_one("FIRST", "LAST")
