"""Searches in external tables: LATERAL TABLE(VECTOR_SEARCH_AGG(t, DESCRIPTOR(c), q.vector, 5)).

Source: facts/flink-sql-ai.md 4.3: the arguments, which connectors each search has, one row for
each input with the one column `search_results`. Wordings of refusals are ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from runthrough.emulator.flink.bind.call_options import SEARCH_OPTIONS, read_options
from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.fields import Field
from runthrough.emulator.flink.bind.relations import ModelCall, Relation
from runthrough.emulator.flink.bind.scope import Scope, did_you_mean
from runthrough.emulator.flink.bind.type_rules import (
    implicit,
    is_character,
    is_integer,
    is_numeric,
    plain,
)
from runthrough.emulator.flink.catalog import Column, Model, Table
from runthrough.emulator.flink.parse.refusals import Refused
from runthrough.emulator.flink.plan import SearchTarget
from runthrough.emulator.flink.types import DOUBLE, INT, STRING, FlinkType, array, describe

RESULTS = "search_results"
SCORE = "score"
KAFKA = "confluent"
"""The connector of tables that are topics: those cannot be searched."""


@dataclass(frozen=True)
class Search:
    """One search function: what it looks for, and in which external tables."""

    kind: Literal["KEY", "TEXT", "VECTOR"]
    connectors: tuple[str, ...]

    @property
    def limited(self) -> bool:
        """Whether it takes a limit and gives scores."""
        return self.kind != "KEY"


SEARCHES: Mapping[str, Search] = {
    "KEY_SEARCH_AGG": Search("KEY", ("confluent-jdbc", "couchbase", "mongodb", "rest")),
    "TEXT_SEARCH_AGG": Search("TEXT", ("mongodb", "couchbase", "elastic")),
    "VECTOR_SEARCH_AGG": Search(
        "VECTOR", ("mongodb", "pinecone", "elastic", "couchbase", "cosmosdb", "s3vectors")
    ),
}
"""Search functions by name."""

GONE: Mapping[str, str] = {
    "FEDERATED_SEARCH": "KEY_SEARCH_AGG, TEXT_SEARCH_AGG or VECTOR_SEARCH_AGG",
    "VECTOR_SEARCH": "VECTOR_SEARCH_AGG",
}
"""Old names and their successors."""


def bind_search_call(
    context: Context, call: exp.Anonymous, scope: Scope, left: Relation, keep_unmatched: bool
) -> ModelCall:
    """Return a bound search.

    Raises:
        SqlError: no external table of a connector that has this search, no such column, values
            of other types, an unknown option.
    """
    name = str(call.this).upper()
    search = SEARCHES[name]
    nodes = list(call.expressions)
    options: dict[str, str] = {}
    if nodes and isinstance(nodes[-1], exp.Map):
        options = read_options(context, nodes.pop(), name, SEARCH_OPTIONS)
    if len(nodes) != (4 if search.limited else 3):
        raise _no_match(context, call, search)
    table = _table(context, call, nodes[0], search)
    wanted = _column(context, call, nodes[1], table, search)
    binder = context.expressions(scope)
    value = binder.bind(nodes[2])
    arguments = [_value(context, nodes[2], value, wanted, search)]
    if search.limited:
        arguments.append(_limit(context, nodes[3], binder.bind(nodes[3])))
    model = _as_model(table, wanted, search)
    outputs = (Field(context.ids.new(), RESULTS, model.outputs[0].type),)
    target = SearchTarget(table, wanted.name, search.kind)
    return ModelCall(
        left, name, model, tuple(arguments), outputs, keep_unmatched, options, target=target
    )


def refuse_old_name(name: str) -> Refused:
    """Return the refusal of a function that is gone, with what took its place."""
    return Refused(f"{name} is not there any more: use {GONE[name]}")


def _no_match(context: Context, call: exp.Anonymous, search: Search) -> Exception:
    limit = ", <INTEGER>" if search.limited else ""
    what = {"KEY": "<ANY>", "TEXT": "<CHARACTER>", "VECTOR": "<ARRAY<FLOAT>>"}[search.kind]
    form = f"{call.this}(<TABLE>, DESCRIPTOR(<COLUMN>), {what}{limit} [, MAP])"
    return context.refuse(
        call, f"No match found for function signature {call.this}. Supported form(s): '{form}'"
    )


def _table(context: Context, call: exp.Anonymous, node: exp.Expr, search: Search) -> Table:
    if isinstance(node, exp.Literal) and node.is_string:
        parts = tuple(part.strip("`") for part in str(node.this).split("."))
    elif isinstance(node, exp.Column | exp.Table):
        parts = tuple(part.name for part in node.parts)
    else:
        raise context.refuse(node, f"The table of {call.this} must be a name or a string literal")
    table = context.catalog.table(parts, context.session) if len(parts) <= 3 else None
    if table is None:
        hint = did_you_mean(parts[-1], context.catalog.tables(context.session))
        raise context.refuse(node, f"Object '{parts[-1]}' not found{hint}")
    connector = table.options.get("connector", KAFKA).lower()
    if connector not in search.connectors:
        raise context.refuse(
            node,
            f"{call.this} cannot search table '{table.name}' of connector '{connector}'. "
            f"It searches external tables of {', '.join(search.connectors)}",
        )
    return table


def _column(
    context: Context, call: exp.Anonymous, node: exp.Expr, table: Table, search: Search
) -> Column:
    described = isinstance(node, exp.Anonymous) and str(node.this).upper() == "DESCRIPTOR"
    names = node.expressions if described else []
    if len(names) != 1 or not isinstance(names[0], exp.Column):
        raise context.refuse(node, f"{call.this} needs DESCRIPTOR(column) with one column")
    name = names[0].name
    known = {column.name: column for column in table.columns}
    if name not in known:
        hint = did_you_mean(name, known)
        raise context.refuse(names[0], f"Column '{name}' not found in table '{table.name}'{hint}")
    column = known[name]
    text = search.kind == "TEXT" and not is_character(column.type)
    vector = search.kind == "VECTOR" and not _is_vector(column.type)
    if text or vector:
        raise context.refuse(
            names[0],
            f"{call.this} cannot search column '{name}' of type {describe(column.type)}",
        )
    return column


def _is_vector(t: FlinkType) -> bool:
    return t.element is not None and is_numeric(t.element)


def _value(context: Context, node: exp.Expr, value: Expr, column: Column, search: Search) -> Expr:
    fits = {
        "KEY": implicit(value.type, column.type),
        "TEXT": is_character(value.type) or value.type.root == "NULL",
        "VECTOR": _is_vector(value.type) or value.type.root == "NULL",
    }[search.kind]
    if not fits:
        raise context.refuse(
            node,
            f"A value of type {plain(value.type)} cannot be searched for in column "
            f"'{column.name}' of type {describe(column.type)}",
        )
    t = STRING if search.kind == "TEXT" else column.type
    return cast(value, t.or_null(), context.session.time_zone)


def _limit(context: Context, node: exp.Expr, value: Expr) -> Expr:
    if not is_integer(value.type) or (isinstance(value.constant, int) and value.constant < 1):
        raise context.refuse(node, "The limit of a search must be a whole number of at least 1")
    return cast(value, INT, context.session.time_zone)


def _as_model(table: Table, column: Column, search: Search) -> Model:
    """Return the signature of a search: what goes in, and the array that comes out."""
    fields = [(c.name, c.type.or_null()) for c in table.columns if c.kind == "physical"]
    if search.limited:
        fields.append((SCORE, DOUBLE))
    results = array(FlinkType("ROW", fields=tuple(fields)))
    value = STRING if search.kind == "TEXT" else column.type.or_null()
    inputs = [Column("value", value)] + ([Column("limit", INT)] if search.limited else [])
    return Model(table.path, tuple(inputs), (Column(RESULTS, results),), {})
