"""What a function is to the planner: a name, what it takes, what it gives, how DuckDB does it.

The tables themselves are in `*_functions.py`, joined in `table.py`. Sources:
facts/flink-sql-ai.md 6.2 (semantics), 6.2 and 6.4 (wording of refusals).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from runthrough.emulator.flink.bind.expression import Expr, combine
from runthrough.emulator.flink.bind.type_rules import (
    BINARIES,
    is_character,
    is_integer,
    is_numeric,
    is_timestamp,
    plain,
)
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError
from runthrough.emulator.flink.types import (
    BYTES,
    DOUBLE,
    INT,
    STRING,
    FlinkType,
    duckdb_type,
    summary,
    timestamp,
)


@dataclass(frozen=True)
class Kind:
    """A kind of argument: how it is called, which types are of it, and what NULL becomes."""

    name: str
    accepts: Callable[[FlinkType], bool]
    default: FlinkType


TEXT = Kind("CHARACTER", is_character, STRING)
NUMBER = Kind("NUMERIC", is_numeric, DOUBLE)
WHOLE = Kind("INTEGER", is_integer, INT)
DAY = Kind("DATETIME", lambda t: is_timestamp(t) or t.root == "DATE", timestamp(3))
LIST = Kind("ARRAY", lambda t: t.root == "ARRAY", FlinkType("ARRAY", element=STRING))
BINARY = Kind("BINARY", lambda t: t.root in BINARIES, BYTES)
ANY = Kind("ANY", lambda t: True, STRING)


@dataclass(frozen=True)
class Call:
    """A call to be bound.

    Attributes:
        name: in upper case. written: as the statement has it.
        zone: the session's time zone.
        words: what the parser noted beside the arguments (units, ON EMPTY …).
    """

    name: str
    written: str
    arguments: tuple[Expr, ...]
    zone: str
    words: Mapping[str, Any] = field(default_factory=dict)

    def cannot_apply(self, forms: str) -> Refused:
        """Return the refusal of arguments of wrong types."""
        types = ", ".join(f"<{plain(a.type)}>" for a in self.arguments)
        return Refused(
            f"Cannot apply '{self.name}' to arguments of type '{self.name}({types})'. "
            f"Supported form(s): {forms}"
        )

    def refused(self, shape: str, forms: str) -> Refused:
        """Return the refusal of arguments that are shown in a way of their own."""
        return Refused(
            f"Cannot apply '{self.name}' to arguments of type '{shape}'. Supported form(s): {forms}"
        )

    def invalid_input(self, *signatures: str) -> Refused:
        """Return the refusal of functions that list their signatures (facts 6.3)."""
        types = ", ".join(summary(a.type) for a in self.arguments)
        expected = "\n".join(f"{self.name}({signature})" for signature in signatures)
        return UnplacedError(
            f"SQL validation failed. Invalid function call:\n{self.name}({types})\n"
            f"Invalid input arguments. Expected signatures are:\n{expected}"
        )

    def text(self) -> str:
        """Return the call as a plan prints it."""
        return f"{self.name}({', '.join(a.text for a in self.arguments)})"

    def result(self, sql: str, t: FlinkType, *, nullable: bool | None = None) -> Expr:
        """Return the bound call; by default nullable if an argument is."""
        if nullable is None:
            nullable = any(a.type.nullable for a in self.arguments)
        return combine(sql, t.with_null(nullable), self.text(), *self.arguments)


@dataclass(frozen=True)
class Function:
    """One scalar function.

    Attributes:
        name: in upper case.
        forms: its arguments in words, for the published list.
        counts: the numbers of arguments it takes, least and most.
        bind: gives the bound call. Raises Refused.
        deterministic: False if two calls with the same arguments may differ.
    """

    name: str
    forms: str
    counts: tuple[int, int]
    bind: Callable[[Call], Expr]
    deterministic: bool = True


Result = FlinkType | Callable[[tuple[FlinkType, ...]], FlinkType]

MANY = 1000
"""The most arguments of a function that takes any number."""


def simple(
    name: str,
    kinds: tuple[Kind, ...],
    result: Result,
    sql: str | Mapping[int, str],
    *,
    least: int | None = None,
    nullable: bool | None = None,
) -> Function:
    """Return a function whose DuckDB text is a template over its arguments.

    Args:
        name: in upper case.
        kinds: of the arguments, optional ones last.
        result: the type, or how to find it from the arguments' types.
        sql: the template with {0}, {1}, …; one per number of arguments if they differ.
        least: how many arguments are required; all by default.
        nullable: whether the result can be NULL; by default if an argument can.
    """
    fewest = len(kinds) if least is None else least
    forms = f"{name}({', '.join(f'<{kind.name}>' for kind in kinds)})"

    def bind(call: Call) -> Expr:
        arguments = checked(call, kinds, f"'{forms}'")
        template = sql if isinstance(sql, str) else sql[len(arguments)]
        types = tuple(a.type for a in arguments)
        found = result if isinstance(result, FlinkType) else result(types)
        text = template.format(*(a.sql for a in arguments))
        return call.result(text, found, nullable=nullable)

    return Function(name, forms, (fewest, len(kinds)), bind)


def checked(call: Call, kinds: tuple[Kind, ...], forms: str) -> tuple[Expr, ...]:
    """Return the arguments with NULL literals typed. Raises Refused at a wrong type."""
    for argument, kind in zip(call.arguments, kinds, strict=False):
        if argument.type.root != "NULL" and not kind.accepts(argument.type):
            raise call.cannot_apply(forms)
    pairs = zip(call.arguments, kinds, strict=False)
    return tuple(typed_null(argument, kind.default) for argument, kind in pairs)


def typed_null(value: Expr, t: FlinkType) -> Expr:
    """Return the value, or a NULL of a type in place of the NULL literal."""
    if value.type.root != "NULL":
        return value
    return Expr(f"CAST(NULL AS {duckdb_type(t)})", t.or_null(), value.text)


def same(position: int) -> Callable[[tuple[FlinkType, ...]], FlinkType]:
    """Return a result rule: the type of one argument."""
    return lambda types: types[position]


def varying(types: tuple[FlinkType, ...]) -> FlinkType:
    """Result rule of text functions: VARCHAR of the first argument's length."""
    return FlinkType("VARCHAR", length=types[0].length)


def table(functions: list[Function]) -> dict[str, Function]:
    """Return functions by name."""
    return {function.name: function for function in functions}
