"""UNNEST in FROM: a row for each element of an array, map or multiset.

Source: facts/flink-sql-ai.md 6.4 (CROSS drops rows without elements, LEFT keeps them) and 5.2,
row 40. Columns of a row type become columns; those of a map are `KEY` and `VALUE`; a plain element
is `EXPR$0` until an alias names it; WITH ORDINALITY adds `ORDINALITY`, from 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr, quote
from runthrough.emulator.flink.bind.fields import Field
from runthrough.emulator.flink.bind.type_rules import plain
from runthrough.emulator.flink.types import INT, FlinkType

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.context import Context
    from runthrough.emulator.flink.bind.relations import Relation
    from runthrough.emulator.flink.bind.scope import Scope


@dataclass(frozen=True)
class Unnest:
    """The input's rows, each once for every element of a collection.

    Attributes:
        value: the collection, over the input.
        outputs: the columns added; they end `fields`. With ordinality the last one is the number.
        element: the id of the element in DuckDB, `number` that of its place.
        order: one id: the arrival of the row, then the place of the element.
        keep_unmatched: LEFT JOIN … ON TRUE.
    """

    input: Relation
    value: Expr
    outputs: tuple[Field, ...]
    ordinality: bool
    keep_unmatched: bool
    element: str
    number: str
    order: tuple[str, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        """The input's columns, then the outputs."""
        return self.input.fields + self.outputs

    @property
    def wm(self) -> tuple[str, ...]:
        """The ids of the watermarks that were there when the row came."""
        return self.input.wm


def bind_unnest(
    context: Context, node: exp.Unnest, scope: Scope, left: Relation, keep_unmatched: bool
) -> Unnest:
    """Return a bound UNNEST. Raises SqlError where its argument is no collection."""
    value = context.expressions(scope).bind(node.expressions[0])
    columns = _columns(value.type)
    if columns is None:
        given = f"UNNEST(<{plain(value.type)}>)"
        forms = ("UNNEST(<MULTISET>)", "UNNEST(<ARRAY>)", "UNNEST(<MAP>)")
        # Flink prints its forms twice, in quotes and without.
        listed = "\n".join([*(f"'{form}'" for form in forms), *forms])
        message = f"Cannot apply 'UNNEST' to arguments of type '{given}'. "
        raise context.refuse(node, f"{message}Supported form(s): {listed}")
    ordinality = bool(node.args.get("offset"))
    if ordinality:
        columns = (*columns, ("ORDINALITY", INT.not_null()))
    ids = context.ids
    outputs = tuple(
        Field(ids.new(), name, t.or_null() if keep_unmatched else t) for name, t in columns
    )
    element, number, order = ids.new("u"), ids.new("u"), ids.new("s")
    return Unnest(left, value, outputs, ordinality, keep_unmatched, element, number, (order,))


def _columns(t: FlinkType) -> tuple[tuple[str, FlinkType], ...] | None:
    if t.root == "MAP" and t.key and t.value:
        return (("KEY", t.key), ("VALUE", t.value))
    if t.root not in ("ARRAY", "MULTISET") or t.element is None:
        return None
    if t.element.root == "ROW":
        nullable = t.element.nullable
        return tuple((name, f.with_null(f.nullable or nullable)) for name, f in t.element.fields)
    return (("EXPR$0", t.element),)


def render_unnest(node: Unnest, inner: str, newest: str) -> str:
    """Return the SELECT of an UNNEST.

    Args:
        node: the operator.
        inner: the SELECT of its input.
        newest: DuckDB text for when the last part of an input row came.
    """
    value = node.value.sql
    if node.value.type.root == "MULTISET":
        items = f"map_entries({value})"
        each = "lambda e: list_transform(range(e.value), lambda n: e.key)"
        items = f"flatten(list_transform({items}, {each}))"
    elif node.value.type.root == "MAP":
        items = f"map_entries({value})"
    else:
        items = value
    element, number = quote(node.element), quote(node.number)
    places = f"range(1, len({items}) + 1)"
    if node.keep_unmatched:
        empty = f"coalesce(len({items}), 0) = 0"
        places = f"CASE WHEN {empty} THEN [NULL] ELSE {places} END"
        items = f"CASE WHEN {empty} THEN [NULL] ELSE {items} END"
    rows = f"SELECT *, unnest({items}) AS {element}, unnest({places}) AS {number} FROM ({inner})"
    # A fraction orders the elements of one row and keeps the rows in the order of arrival.
    place = f"{newest} + coalesce({number}, 0) * 1e-6 AS {quote(node.order[0])}"
    return f"SELECT *, {_outputs(node)}, {place} FROM ({rows})"


def _outputs(node: Unnest) -> str:
    element = quote(node.element)
    outputs = list(node.outputs)
    columns = []
    if node.ordinality:
        columns.append(f"CAST({quote(node.number)} AS INTEGER) AS {quote(outputs.pop().id)}")
    t = node.value.type
    if t.root == "MAP":
        parts = [f"{element}.key", f"{element}.value"]
    elif t.element is not None and t.element.root == "ROW":
        names = ["'" + name.replace("'", "''") + "'" for name, _ in t.element.fields]
        parts = [f"struct_extract({element}, {name})" for name in names]
    else:
        parts = [element]
    columns += [f"{sql} AS {quote(f.id)}" for sql, f in zip(parts, outputs, strict=True)]
    return ", ".join(columns)
