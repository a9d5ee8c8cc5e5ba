"""Queries of Flink SQL: SELECT, VALUES, set operations, FROM and its joins.

Clauses come in their one order, lists have no empty places. What Flink knows and the emulator
does not yet is refused where it stands. Sources: facts/flink-sql-ai.md 4.1, 5.2, 6.4.
"""

from __future__ import annotations

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.hints import check_query_hints, table_options
from runthrough.emulator.flink.parse.refusals import invalid, not_emulated, span_of
from runthrough.emulator.flink.parse.windows import WindowReader
from runthrough.emulator.flink.plan import SqlError

CALLED_BARE = frozenset({"ML_PREDICT", "TO_CHANGELOG", "FROM_CHANGELOG"})
"""Table functions that FROM calls without TABLE( … ) around them, as Flink 2 allows."""


class QueryReader(WindowReader):
    """Reads queries."""

    def whole_query(self) -> exp.Expr:
        """Read a query that is the whole text."""
        query = self.query()
        self.expect_end()
        return query

    def query(self) -> exp.Expr:
        """Read a query with its WITH, ORDER BY and LIMIT."""
        start = self.index
        ctes = self._with() if self.at_word("WITH") else None
        body = self._set_operation()
        if isinstance(body, exp.Values) or (ctes and _has_tail(body)):
            body = self.mark(exp.Subquery(this=body), start)
        if ctes:
            body.set("with_", ctes)
        self._tail(body)
        return body

    def _with(self) -> exp.With:
        self.expect("WITH")
        if self.at_word("RECURSIVE"):
            raise not_emulated("WITH RECURSIVE")
        return exp.With(expressions=self.list_of(self._cte))

    def _cte(self) -> exp.CTE:
        start = self.index
        name = self.identifier()
        columns = self._column_names() if self.at_symbol(TokenType.L_PAREN) else []
        self.expect("AS")
        alias = exp.TableAlias(this=name, columns=columns)
        return self.mark(exp.CTE(this=self.wrapped(self.query), alias=alias), start)

    def _column_names(self) -> list[exp.Identifier]:
        return self.wrapped(lambda: self.list_of(self.identifier))

    # -- set operations ------------------------------------------------------------------------

    def _set_operation(self) -> exp.Expr:
        start = self.index
        left = self._intersection()
        while self.at_word("UNION", "EXCEPT", "MINUS"):
            kind = exp.Union if self.next_token().text.upper() == "UNION" else exp.Except
            distinct = self._distinct()
            right = self._intersection()
            left = self.mark(kind(this=left, expression=right, distinct=distinct), start)
        return left

    def _intersection(self) -> exp.Expr:
        start = self.index
        left = self._query_primary()
        while self.accept("INTERSECT"):
            distinct = self._distinct()
            right = self._query_primary()
            left = self.mark(exp.Intersect(this=left, expression=right, distinct=distinct), start)
        return left

    def _distinct(self) -> bool:
        if self.accept("ALL"):
            return False
        self.accept("DISTINCT")
        return True

    def _query_primary(self) -> exp.Expr:
        start = self.index
        if self.at_symbol(TokenType.L_PAREN):
            return self.mark(exp.Subquery(this=self.wrapped(self.query)), start)
        if self.accept("VALUES"):
            return self.mark(exp.Values(expressions=self.list_of(self._values_row)), start)
        if self.accept("TABLE"):
            every = exp.Select(expressions=[self.mark(exp.Star(), start)])
            every.set("from_", exp.From(this=self.plain_table(self.index)))
            return self.mark(every, start)
        return self._select()

    def _values_row(self) -> exp.Tuple:
        start = self.index
        if self.accept("ROW") or self.at_symbol(TokenType.L_PAREN):
            items = self.wrapped(lambda: self.list_of(self.expression))
        else:
            items = [self.expression()]
        return self.mark(exp.Tuple(expressions=items), start)

    def _tail(self, query: exp.Expr) -> None:
        if self.accept("ORDER", "BY"):
            query.set("order", exp.Order(expressions=self.list_of(self.ordered)))
        while self.at_word("LIMIT", "OFFSET", "FETCH"):
            clause = self.next_token().text.upper()
            if clause == "OFFSET":
                start = self.index
                number = self.mark(exp.Literal.number(self.whole_number()), start)
                if self.at_word("ROW", "ROWS"):
                    self.index += 1
                _set_once(query, "offset", exp.Offset(expression=number), self)
                continue
            if clause == "FETCH":
                self.expect_one("FIRST", "NEXT")
            start = self.index
            number = self.mark(exp.Literal.number(self.whole_number()), start)
            if clause == "FETCH":
                self.expect_one("ROW", "ROWS")
                self.expect("ONLY")
            _set_once(query, "limit", exp.Limit(expression=number), self)

    # -- SELECT --------------------------------------------------------------------------------

    def _select(self) -> exp.Select:
        start = self.index
        if not self.at_word("SELECT"):
            raise self.unexpected('"SELECT"', '"VALUES"', '"WITH"', '"("')
        self.index += 1
        select = exp.Select()
        if self.at_symbol(TokenType.HINT):
            check_query_hints(self.next_token(), self.sql)
        if self.accept("DISTINCT"):
            select.set("distinct", exp.Distinct())
        else:
            self.accept("ALL")
        select.set("expressions", self.list_of(self._select_item))
        if self.accept("FROM"):
            self._from(select)
            if self.accept("WHERE"):
                select.set("where", exp.Where(this=self.expression()))
            if self.accept("GROUP", "BY"):
                select.set("group", exp.Group(expressions=self.list_of(self._group_item)))
            if self.accept("HAVING"):
                select.set("having", exp.Having(this=self.expression()))
            if self.accept("WINDOW"):
                select.set("windows", self.named_windows())
            if self.accept("QUALIFY"):
                select.set("qualify", exp.Qualify(this=self.expression()))
        return self.mark(select, start)

    def _select_item(self) -> exp.Expr:
        start = self.index
        if self.accept_symbol(TokenType.STAR):
            return self.mark(exp.Star(), start)
        if star := self._qualified_star():
            return star
        item = self.expression()
        if self.accept("AS") or self.at_name():
            return self.mark(exp.Alias(this=item, alias=self.identifier()), start)
        return item

    def _qualified_star(self) -> exp.Expr | None:
        start = self.index
        parts: list[exp.Identifier] = []
        while self.at_name() and self.at_symbol(TokenType.DOT, ahead=1):
            parts.append(self.identifier())
            self.index += 1
            if self.accept_symbol(TokenType.STAR):
                names = zip(("table", "db", "catalog"), reversed(parts), strict=False)
                return self.mark(exp.Column(this=exp.Star(), **dict(names)), start)
        self.index = start
        return None

    def _group_item(self) -> exp.Expr:
        start = self.index
        if self.at_word("ROLLUP", "CUBE") and self.at_symbol(TokenType.L_PAREN, ahead=1):
            kind = exp.Rollup if self.next_token().text.upper() == "ROLLUP" else exp.Cube
            return self.mark(kind(expressions=self._group_items()), start)
        if self.accept("GROUPING", "SETS"):
            return self.mark(exp.GroupingSets(expressions=self._group_items()), start)
        if self.at_symbol(TokenType.L_PAREN) and self.at_symbol(TokenType.R_PAREN, ahead=1):
            self.index += 2
            return self.mark(exp.Tuple(expressions=[]), start)
        return self.expression()

    def _group_items(self) -> list[exp.Expr]:
        return self.wrapped(lambda: self.list_of(self._group_item))

    # -- FROM ----------------------------------------------------------------------------------

    def _from(self, select: exp.Select) -> None:
        select.set("from_", exp.From(this=self._table_item()))
        joins: list[exp.Join] = []
        while (join := self._join()) is not None:
            joins.append(join)
        select.set("joins", joins)

    def _join(self) -> exp.Join | None:
        start = self.index
        if self.accept_symbol(TokenType.COMMA):
            return self.mark(exp.Join(this=self._table_item(), kind="COMMA"), start)
        natural = self.accept("NATURAL")
        if not natural and self.accept("CROSS"):
            self.expect("JOIN")
            return self.mark(exp.Join(this=self._table_item(), kind="CROSS"), start)
        side = self._join_side()
        if side is None:
            if natural:
                raise self.unexpected('"JOIN"')
            return None
        item = self._table_item()
        join = exp.Join(this=item, kind=side)
        join.meta["natural"] = natural
        if self.accept("USING"):
            join.set("using", self._column_names())
        elif self.accept("ON"):
            join.set("on", self.expression())
        self.mark(join, start)
        if not natural and join.args.get("on") is None and not join.args.get("using"):
            message = (
                "INNER, LEFT, RIGHT or FULL join requires a condition "
                "(NATURAL keyword or ON or USING clause)"
            )
            raise invalid(self.sql, span_of(join), message)
        return join

    def _join_side(self) -> str | None:
        if self.accept("JOIN") or self.at_word("INNER"):
            if self.accept("INNER"):
                self.expect("JOIN")
            return "INNER"
        for side in ("LEFT", "RIGHT", "FULL"):
            if self.accept(side):
                self.accept("OUTER")
                self.expect("JOIN")
                return side
        return None

    def _table_item(self) -> exp.Expr:
        start = self.index
        item = self._bare_item(start)
        if self.at_words("FOR", "SYSTEM_TIME") and not isinstance(item, exp.Table):
            raise self.unexpected()
        if self.accept("FOR", "SYSTEM_TIME", "AS", "OF"):
            item.set("version", exp.Version(expression=self.expression()))
        if self.at_word("TABLESAMPLE"):
            raise SqlError(
                "Cannot generate a valid execution plan for the given query: "
                "TABLESAMPLE is not supported in streaming mode."
            )
        explicit = self.accept("AS")
        if explicit or self.at_name():
            alias = exp.TableAlias(this=self.identifier())
            if self.at_symbol(TokenType.L_PAREN):
                alias.set("columns", self._column_names())
            item.set("alias", alias)
        if self.at_word("MATCH_RECOGNIZE"):
            raise not_emulated("MATCH_RECOGNIZE")
        return self.mark(item, start)

    def _bare_item(self, start: int) -> exp.Expr:
        if self.accept("UNNEST"):
            unnest = exp.Unnest(expressions=[self.wrapped(self.expression)])
            unnest.set("offset", self.accept("WITH", "ORDINALITY"))
            return self.mark(unnest, start)
        if self.accept("LATERAL"):
            if self.at_symbol(TokenType.L_PAREN):
                return exp.Lateral(this=exp.Subquery(this=self.wrapped(self.query)))
            if not self.at_word("TABLE"):
                raise self.unexpected('"TABLE"', '"("')
            return exp.Lateral(this=self._table_function())
        if self.at_window_function():
            return self.window_function()
        if self.at_word("TABLE"):
            return self._table_function_item()
        if self.at_symbol(TokenType.L_PAREN):
            if self.at_query():
                return exp.Subquery(this=self.wrapped(self.query))
            return self.wrapped(self._joined)
        if self.at_word(*CALLED_BARE) and self.at_symbol(TokenType.L_PAREN, ahead=1):
            return exp.TableFromRows(this=self.primary())
        return self.plain_table(start)

    def _joined(self) -> exp.Expr:
        """Read joins in parentheses: a FROM of their own, whose tables keep their names."""
        start = self.index
        select = exp.Select(expressions=[self.mark(exp.Star(), start)])
        self._from(select)
        if not select.args["joins"]:
            alone: exp.Expr = select.args["from_"].this
            return alone
        group = exp.Paren(this=select)
        return self.mark(group, start)

    def plain_table(self, start: int) -> exp.Table:
        """Read the name of a table, which began at token number `start`, with its hint."""
        path = self.path()
        if self.at_symbol(TokenType.L_PAREN):
            raise not_emulated(f"table function {path[-1].name.upper()} without LATERAL TABLE")
        names = dict(zip(("this", "db", "catalog"), reversed(path), strict=False))
        table = self.mark(exp.Table(**names), start)
        if self.at_symbol(TokenType.HINT):
            table.meta["options"] = table_options(self.next_token(), self.sql)
        return table

    def _table_function_item(self) -> exp.Expr:
        start = self.index
        self.expect("TABLE")
        self.expect_symbol(TokenType.L_PAREN, "(")
        if self.at_window_function():
            call = self.window_function()
            self.expect_symbol(TokenType.R_PAREN, ")")
            return call
        self.index = start
        return exp.TableFromRows(this=self._table_function())

    def _table_function(self) -> exp.Expr:
        self.expect("TABLE")
        self.expect_symbol(TokenType.L_PAREN, "(")
        if self.at_word("UNNEST"):
            raise self.unexpected()
        call = self.primary()
        if not isinstance(call, exp.Anonymous):
            raise invalid(self.sql, span_of(call), "A table function call is expected here")
        self.expect_symbol(TokenType.R_PAREN, ")")
        return call


def _has_tail(query: exp.Expr) -> bool:
    return any(query.args.get(part) is not None for part in ("with_", "order", "limit", "offset"))


def _set_once(query: exp.Expr, name: str, clause: exp.Expr, reader: QueryReader) -> None:
    if query.args.get(name) is not None:
        reader.index -= 2
        raise reader.unexpected("<EOF>")
    query.set(name, clause)
