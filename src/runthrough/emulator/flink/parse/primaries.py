"""What expressions are made of: literals, names, calls and forms with words of their own.

The trees are sqlglot's nodes that know where they stand. Every call is an `exp.Anonymous` whose
`this` is the name as written. Sources: facts/flink-sql-ai.md 6.2-6.4.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

from sqlglot import exp
from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.base import STRINGS
from runthrough.emulator.flink.parse.json_calls import JsonCallReader
from runthrough.emulator.flink.parse.over import OverReader
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.parse.reserved import BARE_FUNCTIONS, CALLABLE, RESERVED
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import FlinkType, describe

UNITS = ("SECOND", "MINUTE", "HOUR", "DAY", "WEEK", "MONTH", "QUARTER", "YEAR")
MORE_UNITS = ("EPOCH", "DOW", "ISODOW", "DOY", "ISOYEAR", "CENTURY", "DECADE", "MILLENNIUM")
SMALL_UNITS = ("MILLISECOND", "MICROSECOND", "NANOSECOND")
_SPECIAL = """
CASE CAST TRY_CAST EXTRACT TRIM SUBSTRING POSITION OVERLAY INTERVAL ARRAY MAP ROW EXISTS
JSON_OBJECT JSON_VALUE JSON_QUERY JSON_EXISTS JSON_ARRAY JSON_OBJECTAGG JSON_ARRAYAGG NOT NULL
TRUE FALSE UNKNOWN DATE TIME TIMESTAMP
"""
KEYWORD_CALLS = frozenset(
    {
        "EXTRACT",
        "TRIM",
        "SUBSTRING",
        "POSITION",
        "OVERLAY",
        "JSON_OBJECT",
        "JSON_VALUE",
        "JSON_QUERY",
        "JSON_EXISTS",
        "JSON_ARRAY",
        "JSON_OBJECTAGG",
        "JSON_ARRAYAGG",
    }
)
"""Functions whose arguments have words between them."""
SPECIAL = frozenset(_SPECIAL.split())
"""Words that begin a form of their own."""


class PrimaryReader(JsonCallReader, OverReader, ABC):
    """Reads the smallest expressions."""

    # -- what other readers say ----------------------------------------------------------------

    @abstractmethod
    def operand(self) -> exp.Expr:
        """Read what may stand beside a comparison. The reader of operators says how."""

    def at_query(self) -> bool:
        """Return whether a query begins here, possibly in further parentheses."""
        ahead = 0
        while self.at_symbol(TokenType.L_PAREN, ahead=ahead):
            ahead += 1
        if self.at_word("TABLE", ahead=ahead):
            return not self.at_symbol(TokenType.L_PAREN, ahead=ahead + 1)
        return self.at_word("SELECT", "WITH", "VALUES", ahead=ahead)

    @abstractmethod
    def query(self) -> exp.Expr:
        """Read a query. The reader of queries says how."""

    # -- primaries ---------------------------------------------------------------------------

    def primary(self) -> exp.Expr:
        """Read one of the smallest expressions."""
        start = self.index
        token = self.token
        if token is None:
            raise self.unexpected("<IDENTIFIER>", "<QUOTED_STRING>", '"("')
        if token.token_type in STRINGS:
            return self.mark(exp.Literal(this=self.string(), is_string=True), start)
        if token.token_type is TokenType.NUMBER:
            return self._number()
        if token.token_type is TokenType.DOT and self.at_symbol(TokenType.NUMBER, ahead=1):
            self.index += 2
            digits = self.tokens[start + 1].text
            return self.mark(exp.Literal(this=f".{digits}", is_string=False), start)
        if token.token_type is TokenType.HEX_STRING:
            self.index += 1
            return self.mark(exp.HexString(this=token.text), start)
        if token.token_type is TokenType.L_PAREN:
            return self._parenthesised()
        if token.token_type is TokenType.PLACEHOLDER:
            raise SqlError("SQL validation failed. Dynamic parameters (?) are not supported.")
        if token.token_type is TokenType.VAR and token.text.upper() in SPECIAL:
            special = self._special(token.text.upper(), start)
            if special is not None:
                return self.mark(special, start)
        return self._name_or_call(start)

    def _number(self) -> exp.Expr:
        start = self.index
        token = self.next_token()
        try:
            float(token.text)
        except ValueError:
            self.index = start
            raise self.unexpected() from None
        return self.mark(exp.Literal(this=token.text, is_string=False), start)

    def _parenthesised(self) -> exp.Expr:
        start = self.index
        self.expect_symbol(TokenType.L_PAREN, "(")
        if self.at_query():
            inside: exp.Expr = exp.Subquery(this=self.query())
        else:
            items = self.list_of(self.expression)
            inside = exp.Tuple(expressions=items) if len(items) > 1 else exp.Paren(this=items[0])
        self.expect_symbol(TokenType.R_PAREN, ")")
        # (t1 - t2) DAY: the difference of two moments as an interval.
        units = self.at_word("YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND")
        if units and isinstance(inside, exp.Paren) and isinstance(inside.this, exp.Sub):
            inside.meta["unit"] = self.next_token().text.upper()
        return self.mark(inside, start)

    def _special(self, word: str, start: int) -> exp.Expr | None:
        """Read what begins with a word of its own syntax; None if it is a plain call after all."""
        called = self.at_symbol(TokenType.L_PAREN, ahead=1)
        literal = self.at_symbol(*STRINGS, ahead=1)
        match word:
            case "NULL":
                self.index += 1
                return exp.Null()
            case "TRUE" | "FALSE":
                self.index += 1
                return exp.Boolean(this=word == "TRUE")
            case "UNKNOWN":
                self.index += 1
                node = exp.Cast(this=exp.Null(), to=_named(FlinkType("BOOLEAN")))
                node.meta["type"] = FlinkType("BOOLEAN")
                return node
            case "DATE" | "TIME" | "TIMESTAMP" if literal:
                self.index += 1
                return exp.Introducer(
                    this=exp.Var(this=word), expression=exp.Literal.string(self.string())
                )
            case "CASE":
                return self._case()
            case "INTERVAL":
                return self._interval()
            case "CAST" | "TRY_CAST" if called:
                self.index += 1
                return self.wrapped(lambda: self._cast(word))
            case "EXISTS" if called:
                self.index += 1
                return exp.Exists(this=self.wrapped(self.query))
            case "ARRAY" | "MAP" if self.at_symbol(TokenType.L_BRACKET, ahead=1):
                self.index += 1
                return self._collection(word)
            case "ROW" if called:
                self.index += 1
                items = self.wrapped(lambda: self.list_of(self.expression))
                return exp.Struct(expressions=items)
            case _ if called and word in KEYWORD_CALLS:
                self.index += 1
                return self._keyword_call(word)
            case _:
                return None

    def _case(self) -> exp.Expr:
        self.expect("CASE")
        operand = None if self.at_word("WHEN") else self.expression()
        branches: list[exp.If] = []
        while not branches or self.at_word("WHEN"):
            self.expect("WHEN")
            condition = self.expression()
            self.expect("THEN")
            branches.append(exp.If(this=condition, true=self.expression()))
        default = self.expression() if self.accept("ELSE") else None
        self.expect("END")
        return exp.Case(this=operand, ifs=branches, default=default)

    def _interval(self) -> exp.Expr:
        self.expect("INTERVAL")
        negative = self.accept_symbol(TokenType.DASH)
        if not negative:
            self.accept_symbol(TokenType.PLUS)
        text = self.next_token().text if self.at_symbol(TokenType.NUMBER) else self.string()
        unit = self._interval_unit()
        if self.accept("TO"):
            unit += " TO " + self._interval_unit()
        literal = exp.Literal.string(("-" if negative else "") + text)
        return exp.Interval(this=literal, unit=exp.Var(this=unit))

    def _interval_unit(self) -> str:
        known = UNITS + tuple(f"{unit}S" for unit in UNITS)
        if not self.at_word(*known):
            raise self.unexpected(*(f'"{unit}"' for unit in UNITS))
        unit = self.next_token().text.upper().removesuffix("S")
        if self.accept_symbol(TokenType.L_PAREN):
            unit += f"({self.whole_number()}"
            if self.accept_symbol(TokenType.COMMA):
                unit += f", {self.whole_number()}"
            unit += ")"
            self.expect_symbol(TokenType.R_PAREN, ")")
        return unit

    def _cast(self, word: str) -> exp.Expr:
        operand = self.expression()
        self.expect("AS")
        target = self.type()
        kind = exp.TryCast if word == "TRY_CAST" else exp.Cast
        node = kind(this=operand, to=_named(target))
        node.meta["type"] = target
        return node

    def _collection(self, word: str) -> exp.Expr:
        self.expect_symbol(TokenType.L_BRACKET, "[")
        items = [] if self.at_symbol(TokenType.R_BRACKET) else self.list_of(self.expression)
        self.expect_symbol(TokenType.R_BRACKET, "]")
        if word == "ARRAY":
            return exp.Array(expressions=items)
        keys, values = exp.Array(expressions=items[::2]), exp.Array(expressions=items[1::2])
        return exp.Map(keys=keys, values=values)

    def _keyword_call(self, word: str) -> exp.Expr:
        start = self.index - 1
        self.expect_symbol(TokenType.L_PAREN, "(")
        node = exp.Anonymous(this=word)
        match word:
            case "EXTRACT":
                unit = self.unit_word()
                self.expect("FROM")
                node.set("expressions", [unit, self.expression()])
            case "TRIM":
                node.set("expressions", self._trim_arguments())
            case "SUBSTRING":
                node.set("expressions", self._substring_arguments())
            case "POSITION":
                needle = self.operand()
                self.expect("IN")
                node.set("expressions", [needle, self.operand()])
            case "OVERLAY":
                node.set("expressions", self._overlay_arguments())
            case "JSON_OBJECT":
                self.json_object(node)
            case "JSON_VALUE" | "JSON_QUERY" | "JSON_EXISTS":
                self.json_path(node)
            case "JSON_ARRAY":
                self.json_array(node)
            case "JSON_OBJECTAGG":
                self.json_pairs(node, 1)
            case "JSON_ARRAYAGG":
                self.json_array_aggregate(node)
        self.expect_symbol(TokenType.R_PAREN, ")")
        if word.endswith("AGG"):
            return self._call_tail(node, start)
        return node

    def unit_word(self) -> exp.Var:
        """Read the name of a unit of time."""
        if not self.at_word(*UNITS, *MORE_UNITS, *SMALL_UNITS):
            raise self.unexpected(*(f'"{unit}"' for unit in UNITS))
        start = self.index
        return self.mark(exp.Var(this=self.next_token().text.upper()), start)

    def _trim_arguments(self) -> list[exp.Expr]:
        mode, explicit = "BOTH", self.at_word("BOTH", "LEADING", "TRAILING")
        if explicit:
            mode = self.next_token().text.upper()
        space = exp.Literal.string(" ")
        if explicit and self.accept("FROM"):
            return [exp.Var(this=mode), space, self.expression()]
        first = self.expression()
        if self.accept("FROM"):
            return [exp.Var(this=mode), first, self.expression()]
        if explicit:
            raise self.unexpected('"FROM"')
        return [exp.Var(this=mode), space, first]

    def _substring_arguments(self) -> list[exp.Expr]:
        arguments = [self.expression()]
        if self.accept("FROM"):
            arguments.append(self.expression())
            if self.accept("FOR"):
                arguments.append(self.expression())
            return arguments
        while self.accept_symbol(TokenType.COMMA):
            arguments.append(self.expression())
        return arguments

    def _overlay_arguments(self) -> list[exp.Expr]:
        arguments = [self.expression()]
        self.expect("PLACING")
        arguments.append(self.expression())
        self.expect("FROM")
        arguments.append(self.expression())
        if self.accept("FOR"):
            arguments.append(self.expression())
        return arguments

    # -- names and calls ---------------------------------------------------------------------

    def _name_or_call(self, start: int) -> exp.Expr:
        token = self.token
        if token is not None and self.at_symbol(TokenType.L_PAREN, ahead=1):
            word = token.text.upper()
            quoted = token.token_type is TokenType.IDENTIFIER
            plain = token.token_type is TokenType.VAR and word not in RESERVED
            if quoted or plain or word in CALLABLE:
                return self._call(start)
        if self.at_word(*BARE_FUNCTIONS):
            name = self.next_token().text
            if self.accept_symbol(TokenType.L_PAREN):
                self.expect_symbol(TokenType.R_PAREN, ")")
            return self.mark(exp.Anonymous(this=name, expressions=[]), start)
        return self._column(start)

    def _column(self, start: int) -> exp.Expr:
        parts = [self.identifier()]
        while len(parts) < 4 and self.at_symbol(TokenType.DOT):
            self.index += 1
            parts.append(self.identifier())
        names = dict(zip(("this", "table", "db", "catalog"), reversed(parts), strict=False))
        return self.mark(exp.Column(**names), start)

    def _call(self, start: int) -> exp.Expr:
        name = self.next_token().text
        self.expect_symbol(TokenType.L_PAREN, "(")
        node = exp.Anonymous(this=name)
        if self.accept("DISTINCT"):
            node.meta["distinct"] = True
        else:
            self.accept("ALL")
        if self.at_symbol(TokenType.STAR):
            star = self.index
            self.index += 1
            node.set("expressions", [self.mark(exp.Star(), star)])
        elif not self.at_symbol(TokenType.R_PAREN):
            node.set("expressions", self._arguments(name.upper()))
        if self.at_word("IGNORE", "RESPECT") and self.at_word("NULLS", ahead=1):
            node.meta["nulls"] = self.next_token().text.upper()
            self.index += 1
        if self.accept("ORDER", "BY"):
            self.passed_over_order(name.upper())
        self.expect_symbol(TokenType.R_PAREN, ")")
        self.mark(node, start)
        return self._call_tail(node, start)

    def _arguments(self, name: str) -> list[exp.Expr]:
        if name in ("TIMESTAMPADD", "TIMESTAMPDIFF"):
            unit = self.unit_word()
            self.expect_symbol(TokenType.COMMA, ",")
            return [unit, *self.list_of(self.expression)]
        arguments = self.list_of(self._argument)
        if name in ("FLOOR", "CEIL", "CEILING") and self.accept("TO"):
            arguments.append(self.unit_word())
        return arguments

    def _argument(self) -> exp.Expr:
        """Read an argument: an expression, `name => …`, `TABLE t` or `MODEL m`."""
        start = self.index
        if self.at_symbol(TokenType.FARROW, ahead=1):
            name = self._any_word()
            self.index += 1
            return self.mark(exp.Kwarg(this=name, expression=self._object_argument()), start)
        return self._object_argument()

    def _object_argument(self) -> exp.Expr:
        start = self.index
        named = self.at_symbol(TokenType.IDENTIFIER, TokenType.VAR, ahead=1)
        if not (named and self.at_word("TABLE", "MODEL")):
            return self.expression()
        kind = self.next_token().text.upper()
        names = dict(zip(("this", "db", "catalog"), reversed(self.path()), strict=False))
        node = self.mark(exp.Table(**names), start)
        node.meta["argument"] = kind
        return node

    def _call_tail(self, node: exp.Anonymous, start: int) -> exp.Expr:
        if self.at_words("WITHIN", "GROUP"):
            raise not_emulated("WITHIN GROUP")
        result: exp.Expr = node
        if self.at_word("FILTER") and self.at_symbol(TokenType.L_PAREN, ahead=1):
            self.index += 2
            self.expect("WHERE")
            condition = self.expression()
            self.expect_symbol(TokenType.R_PAREN, ")")
            result = exp.Filter(this=node, expression=exp.Where(this=condition))
            self.mark(result, start)
        return self.over(result, start) if self.at_word("OVER") else result


def _named(t: FlinkType) -> exp.DataType:
    return exp.DataType(this=exp.DataType.Type.USERDEFINED, kind=describe(t))
