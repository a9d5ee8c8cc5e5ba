"""A scalar expression after binding: its type, its DuckDB text, and how a plan prints it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import FlinkType

Constant = str | int | Decimal | float | bool

MAX_SQL = 250_000
"""The longest DuckDB text of one expression: nested calls may double it at every level."""


@dataclass(frozen=True)
class Expr:
    """A bound expression.

    Attributes:
        sql: DuckDB text. Columns are named by ids that are unique in the statement.
        type: the Flink type with nullability.
        text: as a node of a plan prints it, with column ids between NUL characters.
        columns: the ids used.
        volatile: names of the non-deterministic functions inside.
        column: the id, if the expression is nothing but a column.
        constant: the value, if it is a literal other than NULL.
        items: the constants in an ARRAY of literals.
        json: made by JSON_OBJECT: inside another one it stays JSON.
        equal: pairs of columns that must be equal where this condition is true.
        duration: of an INTERVAL literal of days and times: its length in microseconds.
        conjuncts: the parts that AND joins, if it is an AND.
        strict: columns of which each one's NULL makes the value NULL, as far as Flink's planner
            can tell: through arithmetic, comparison and casts, not through functions.
        rejects: columns of which each one's NULL keeps a condition from being true.
        denies: columns of which each one's NULL keeps a condition from being false.
    """

    sql: str
    type: FlinkType
    text: str
    columns: frozenset[str] = frozenset()
    volatile: tuple[str, ...] = ()
    column: str | None = None
    constant: Constant | None = None
    items: tuple[Constant | None, ...] = ()
    json: bool = False
    equal: tuple[tuple[str, str], ...] = ()
    duration: int | None = None
    conjuncts: tuple[Expr, ...] = ()
    strict: frozenset[str] = frozenset()
    rejects: frozenset[str] = frozenset()
    denies: frozenset[str] = frozenset()

    def typed(self, t: FlinkType) -> Expr:
        """Return the same value under another type; for changes that cost DuckDB nothing."""
        return replace(self, type=t)


def combine(sql: str, t: FlinkType, text: str, *parts: Expr, volatile: str = "") -> Expr:
    """Return an expression made of others; `volatile` names a function that adds chance.

    Raises:
        SqlError: the expression has grown beyond what DuckDB should be asked to read.
    """
    if len(sql) > MAX_SQL:
        raise not_emulated("expressions as deeply nested as this one")
    columns = frozenset[str]().union(*(part.columns for part in parts))
    names = [name for part in parts for name in part.volatile]
    if volatile:
        names.append(volatile)
    return Expr(sql, t, text, columns, tuple(dict.fromkeys(names)))


def column(identity: str, t: FlinkType) -> Expr:
    """Return a reference to a column."""
    own = frozenset({identity})
    text = f"\0{identity}\0"
    made = Expr(quote(identity), t, text, own, column=identity)
    return replace(made, strict=own, rejects=own, denies=own)


def strictly(value: Expr, *parts: Expr) -> Expr:
    """Return a value that is NULL whenever one of the parts it is made of is."""
    strict = frozenset[str]().union(*(part.strict for part in parts))
    return replace(value, strict=strict, rejects=strict, denies=strict)


def quote(name: str) -> str:
    """Return an identifier for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def quote_text(value: str) -> str:
    """Return a string literal for DuckDB."""
    pieces = ["'" + piece.replace("'", "''") + "'" for piece in value.split("\0")]
    return pieces[0] if len(pieces) == 1 else "(" + " || chr(0) || ".join(pieces) + ")"


def shown(text: str, names: Mapping[str, str]) -> str:
    """Return a plan text with the names that its node gives to the columns."""
    return re.sub("\0(.*?)\0", lambda m: names.get(m[1], m[1]), text)
