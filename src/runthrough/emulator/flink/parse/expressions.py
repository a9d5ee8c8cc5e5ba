"""Expressions of Flink SQL: the operators and their precedence.

Precedence follows Calcite's table: OR, AND, NOT, IS, comparison, IN/BETWEEN/LIKE, + and -,
then * / % ||, sign, then access with `[ ]` and `.`. Sources: facts/flink-sql-ai.md 6.2, 6.4.
"""

from __future__ import annotations

from functools import reduce

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.primaries import PrimaryReader
from runthrough.emulator.flink.parse.refusals import invalid, not_emulated, span_of
from runthrough.emulator.flink.plan import SqlError

COMPARISONS: dict[TokenType, type[exp.Binary]] = {
    TokenType.EQ: exp.EQ,
    TokenType.NEQ: exp.NEQ,
    TokenType.LT: exp.LT,
    TokenType.LTE: exp.LTE,
    TokenType.GT: exp.GT,
    TokenType.GTE: exp.GTE,
}
SUMS: dict[TokenType, type[exp.Binary]] = {TokenType.PLUS: exp.Add, TokenType.DASH: exp.Sub}
PRODUCTS: dict[TokenType, type[exp.Binary]] = {
    TokenType.STAR: exp.Mul,
    TokenType.SLASH: exp.Div,
    TokenType.MOD: exp.Mod,
    TokenType.DPIPE: exp.DPipe,
}


class ExpressionReader(PrimaryReader):
    """Reads expressions."""

    def expression(self) -> exp.Expr:
        """Read a whole expression."""
        start = self.index
        left = self._conjunction()
        while self.accept("OR"):
            left = self.mark(exp.Or(this=left, expression=self._conjunction()), start)
        return left

    def _conjunction(self) -> exp.Expr:
        start = self.index
        left = self._negation()
        while self.accept("AND"):
            left = self.mark(exp.And(this=left, expression=self._negation()), start)
        return left

    def _negation(self) -> exp.Expr:
        start = self.index
        if self.accept("NOT"):
            return self.mark(exp.Not(this=self._negation()), start)
        return self._is()

    def _is(self) -> exp.Expr:
        start = self.index
        left = self._comparison()
        while self.accept("IS"):
            negated = self.accept("NOT")
            if self.accept("DISTINCT", "FROM"):
                kind = exp.NullSafeEQ if negated else exp.NullSafeNEQ
                left = self.mark(kind(this=left, expression=self._comparison()), start)
                continue
            if self.accept("JSON"):
                shape = "VALUE"
                if self.at_word("VALUE", "OBJECT", "ARRAY", "SCALAR"):
                    shape = self.next_token().text.upper()
                left = self.mark(exp.Is(this=left, expression=exp.Var(this=f"JSON {shape}")), start)
                if negated:
                    left = self.mark(exp.Not(this=left), start)
                continue
            if not self.at_word("NULL", "TRUE", "FALSE", "UNKNOWN"):
                raise self.unexpected('"NULL"', '"TRUE"', '"FALSE"', '"UNKNOWN"', '"DISTINCT"')
            word = self.next_token().text.upper()
            left = self.mark(exp.Is(this=left, expression=exp.Var(this=word)), start)
            if negated:
                left = self.mark(exp.Not(this=left), start)
        return left

    def _comparison(self) -> exp.Expr:
        start = self.index
        left = self._range()
        while self.token is not None and self.token.token_type in COMPARISONS:
            kind = COMPARISONS[self.next_token().token_type]
            if self.at_word("ALL", "ANY", "SOME"):
                left = self._quantified(kind, left, start)
                continue
            left = self.mark(kind(this=left, expression=self._range()), start)
        if self.at_symbol(TokenType.EXCLAMATION):
            raise SqlError(
                "SQL parse failed. Bang equal '!=' is not allowed under the current SQL "
                "conformance level"
            )
        return left

    def _quantified(self, kind: type[exp.Binary], left: exp.Expr, start: int) -> exp.Expr:
        """Read = ANY (…), which is IN, and <> ALL (…), which is NOT IN; others of a list."""
        every = self.next_token().text.upper() == "ALL"
        if (kind, every) not in ((exp.EQ, False), (exp.NEQ, True)):
            return self._compared_with_each(kind, left, start, every=every)
        node = self._in(left, start)
        return self.mark(exp.Not(this=node), start) if every else node

    def _compared_with_each(
        self, kind: type[exp.Binary], left: exp.Expr, start: int, *, every: bool
    ) -> exp.Expr:
        """Read (a, b): > ANY is one comparison or the other, > ALL one and the other."""
        self.expect_symbol(TokenType.L_PAREN, "(")
        if self.at_query():
            raise not_emulated("comparisons of a subquery other than = ANY and <> ALL")
        items = self.list_of(self.expression)
        self.expect_symbol(TokenType.R_PAREN, ")")
        joined: type[exp.Binary] = exp.And if every else exp.Or
        parts = [self.mark(kind(this=left.copy(), expression=item), start) for item in items]
        return reduce(lambda a, b: self.mark(joined(this=a, expression=b), start), parts)

    def _range(self) -> exp.Expr:
        start = self.index
        left = self.operand()
        if self.accept("ILIKE"):
            self.operand()
            span = span_of(self.mark(exp.Var(this="ILIKE"), start))
            raise invalid(self.sql, span, "No match found for function signature ILIKE")
        while True:
            negated = self.at_word("NOT")
            if not self.at_word("IN", "BETWEEN", "LIKE", "SIMILAR", ahead=int(negated)):
                return left
            self.index += int(negated)
            left = self._range_tail(left, start)
            if negated:
                left = self.mark(exp.Not(this=left), start)

    def _range_tail(self, left: exp.Expr, start: int) -> exp.Expr:
        if self.accept("IN"):
            return self._in(left, start)
        if self.accept("BETWEEN"):
            symmetric = self.accept("SYMMETRIC")
            if not symmetric:
                self.accept("ASYMMETRIC")
            low = self.operand()
            self.expect("AND")
            between = exp.Between(this=left, low=low, high=self.operand(), symmetric=symmetric)
            return self.mark(between, start)
        similar = self.accept("SIMILAR", "TO")
        if not similar:
            self.expect("LIKE")
        pattern = self.operand()
        like = exp.SimilarTo if similar else exp.Like
        node: exp.Expr = self.mark(like(this=left, expression=pattern), start)
        if self.accept("ESCAPE"):
            node = self.mark(exp.Escape(this=node, expression=self.operand()), start)
        return node

    def _in(self, left: exp.Expr, start: int) -> exp.Expr:
        self.expect_symbol(TokenType.L_PAREN, "(")
        if self.at_query():
            node = exp.In(this=left, query=self.query())
        else:
            node = exp.In(this=left, expressions=self.list_of(self.expression))
        self.expect_symbol(TokenType.R_PAREN, ")")
        return self.mark(node, start)

    def operand(self) -> exp.Expr:
        """Read what may stand beside a comparison."""
        start = self.index
        left = self._product()
        while self.token is not None and self.token.token_type in SUMS:
            kind = SUMS[self.next_token().token_type]
            left = self.mark(kind(this=left, expression=self._product()), start)
        return left

    def _product(self) -> exp.Expr:
        start = self.index
        left = self._signed()
        while self.token is not None and self.token.token_type in PRODUCTS:
            kind = PRODUCTS[self.next_token().token_type]
            left = self.mark(kind(this=left, expression=self._signed()), start)
        return left

    def _signed(self) -> exp.Expr:
        start = self.index
        if self.accept_symbol(TokenType.DASH):
            return self.mark(exp.Neg(this=self._signed()), start)
        if self.accept_symbol(TokenType.PLUS):
            return self.mark(exp.Paren(this=self._signed()), start)
        return self._access()

    def _access(self) -> exp.Expr:
        start = self.index
        node = self.primary()
        while True:
            if self.accept_symbol(TokenType.L_BRACKET):
                index = self.expression()
                self.expect_symbol(TokenType.R_BRACKET, "]")
                node = self.mark(exp.Bracket(this=node, expressions=[index]), start)
            elif self.at_symbol(TokenType.DOT) and not isinstance(node, exp.Literal):
                self.index += 1
                if self.at_symbol(TokenType.STAR):
                    raise not_emulated("fields of a row by .*")
                node = self.mark(exp.Dot(this=node, expression=self.identifier()), start)
            else:
                return node
