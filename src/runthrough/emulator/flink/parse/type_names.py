"""Type names in SQL text, as in CAST, column definitions and model signatures.

Source: facts/flink-sql-ai.md 6.2 (type names; TEXT and LONG are no types).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot.tokenizer_core import TokenType

from runthrough.emulator.flink.parse.base import Reader
from runthrough.emulator.flink.parse.refusals import Span, invalid, not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import MAX_LENGTH, FlinkType

_PLAIN = {
    "BOOLEAN": "BOOLEAN",
    "TINYINT": "TINYINT",
    "SMALLINT": "SMALLINT",
    "INT": "INTEGER",
    "INTEGER": "INTEGER",
    "BIGINT": "BIGINT",
    "FLOAT": "FLOAT",
    "DATE": "DATE",
}
_LENGTHS = {"CHAR": 1, "VARCHAR": MAX_LENGTH, "BINARY": 1, "VARBINARY": MAX_LENGTH}


_MONTHS = ("YEAR", "QUARTER", "MONTH")
_TIMES = ("WEEK", "DAY", "HOUR", "MINUTE", "SECOND")


class TypeReader(Reader):
    """Reads types."""

    def type(self, *, of_column: bool = False) -> FlinkType:
        """Read a type with its nullability; nullable unless NOT NULL is written.

        Args:
            of_column: INT ARRAY is ARRAY<INT> to CREATE TABLE, ARRAY<INT NOT NULL> to CAST.
        """
        result = self._with_nullability(self._base_type())
        while self.at_word("ARRAY", "MULTISET"):
            # The SQL standard's spelling: INT NOT NULL ARRAY.
            root = self.next_token().text.upper()
            element = result if of_column else result.not_null()
            result = self._with_nullability(FlinkType(root, element=element))
        return result

    def _with_nullability(self, t: FlinkType) -> FlinkType:
        if self.accept("NOT"):
            self.expect("NULL")
            return t.not_null()
        self.accept("NULL")
        return t

    def _base_type(self) -> FlinkType:
        token = self.token
        if token is None or token.token_type not in (TokenType.VAR, TokenType.IDENTIFIER):
            raise self.unexpected('"STRING"', '"INT"', '"ARRAY"')
        word = token.text.upper()
        if token.token_type is TokenType.IDENTIFIER:
            word = ""
        self.index += 1
        if word in _PLAIN:
            return FlinkType(_PLAIN[word])
        if word == "INTERVAL":
            return self._interval_type()
        if word == "REAL":
            raise SqlError("Type is not supported: REAL")
        if word == "VARIANT":
            raise not_emulated("the type VARIANT")
        if word in _LENGTHS:
            if word == "BINARY" and self.accept("VARYING"):
                word = "VARBINARY"
            return FlinkType(word, length=self._one_number(_LENGTHS[word], 0, MAX_LENGTH))
        match word:
            case "CHARACTER":
                root = "VARCHAR" if self.accept("VARYING") else "CHAR"
                return FlinkType(root, length=self._one_number(_LENGTHS[root], 0, MAX_LENGTH))
            case "STRING":
                return FlinkType("VARCHAR", length=MAX_LENGTH)
            case "BYTES":
                return FlinkType("VARBINARY", length=MAX_LENGTH)
            case "DOUBLE":
                self.accept("PRECISION")
                return FlinkType("DOUBLE")
            case "DECIMAL" | "DEC" | "NUMERIC":
                return self._decimal()
            case "TIME":
                # Flink's times have milliseconds: more digits are cut without a word.
                precision = self._one_number(0, 0, MAX_LENGTH)
                self.accept("WITHOUT", "TIME", "ZONE")
                return FlinkType("TIME", precision=min(precision, 3))
            case "TIMESTAMP":
                return self._timestamp()
            case "TIMESTAMP_LTZ":
                return FlinkType(
                    "TIMESTAMP_LTZ", precision=min(self._one_number(6, 0, MAX_LENGTH), 9)
                )
            case "ARRAY" | "MULTISET":
                return self._bracketed(lambda: FlinkType(word, element=self.type()))
            case "MAP":
                return self._bracketed(self._map)
            case "ROW":
                return self._row()
            case _:
                span = Span(token.start, token.end)
                raise invalid(self.sql, span, f"Unknown identifier '{token.text}'")

    def _one_number(self, default: int, low: int, high: int) -> int:
        if not self.accept_symbol(TokenType.L_PAREN):
            return default
        number = self._number_between(low, high)
        self.expect_symbol(TokenType.R_PAREN, ")")
        return number

    def _number_between(self, low: int, high: int) -> int:
        start = self.token
        number = self.whole_number()
        if start is not None and not low <= number <= high:
            span = Span(start.start, start.end)
            message = f"Value {number} is not between {low} and {high} (both inclusive)."
            raise invalid(self.sql, span, message)
        return number

    def _decimal(self) -> FlinkType:
        precision, scale = 10, 0
        if self.accept_symbol(TokenType.L_PAREN):
            precision = self.whole_number()
            if self.accept_symbol(TokenType.COMMA):
                scale = self.whole_number()
            self.expect_symbol(TokenType.R_PAREN, ")")
        # More digits than there can be are cut without a word.
        precision = min(precision, 38)
        if precision < 1:
            raise SqlError("Decimal precision must be between 1 and 38 (both inclusive).")
        if scale > precision:
            raise SqlError(
                f"Decimal scale must be between 0 and the precision {precision} (both inclusive)."
            )
        return FlinkType("DECIMAL", precision=precision, scale=scale)

    def _timestamp(self) -> FlinkType:
        precision = min(self._one_number(6, 0, MAX_LENGTH), 9)
        if self.accept("WITH", "LOCAL", "TIME", "ZONE"):
            return FlinkType("TIMESTAMP_LTZ", precision=precision)
        if self.accept("WITH"):
            raise self.unexpected('"LOCAL"')
        self.accept("WITHOUT", "TIME", "ZONE")
        return FlinkType("TIMESTAMP", precision=precision)

    def _interval_type(self) -> FlinkType:
        """Read INTERVAL HOUR, INTERVAL DAY TO SECOND(3) ….

        Raises:
            SqlError: a precision that Flink's intervals do not have.
        """
        first = self._unit(*_MONTHS, *_TIMES)
        days = self._one_number(2, 0, MAX_LENGTH)
        if self.accept("TO"):
            self._unit(*(_MONTHS if first in _MONTHS else _TIMES))
            self._one_number(3, 0, MAX_LENGTH)
        if first == "DAY" and days > 3:
            raise SqlError(f"DAY_INTERVAL_TYPES precision is not supported: {days}")
        return FlinkType("INTERVAL_YEAR_MONTH" if first in _MONTHS else "INTERVAL_DAY_TIME")

    def _unit(self, *words: str) -> str:
        """Take a unit of time, `DAY` or as the driver writes it, `DAYS`; return the singular."""
        if self.at_word(*(f"{word}S" for word in words)):
            return self.next_token().text.upper().removesuffix("S")
        return self.expect_one(*words)

    def _map(self) -> FlinkType:
        key = self.type()
        self.expect_symbol(TokenType.COMMA, ",")
        return FlinkType("MAP", key=key, value=self.type())

    def _row(self) -> FlinkType:
        if self.accept_symbol(TokenType.L_PAREN):
            fields = self.list_of(self._row_field)
            self.expect_symbol(TokenType.R_PAREN, ")")
        else:
            self.expect_symbol(TokenType.LT, "<")
            fields = self.list_of(self._row_field)
            self.expect_symbol(TokenType.GT, ">")
        return FlinkType("ROW", fields=tuple(fields))

    def _row_field(self) -> tuple[str, FlinkType]:
        name = self.identifier().name
        field = self.type()
        if self.at_symbol(TokenType.STRING):
            self.string()
        return name, field

    def _bracketed(self, inside: Callable[[], FlinkType]) -> FlinkType:
        self.expect_symbol(TokenType.LT, "<")
        result = inside()
        self.expect_symbol(TokenType.GT, ">")
        return result
