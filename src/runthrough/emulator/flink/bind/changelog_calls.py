"""TO_CHANGELOG and FROM_CHANGELOG: changes as rows, and rows as changes.

Sources: facts/flink-sql-ai.md 5.2 (rows 48, 49), 5.7 (columns, names of the kinds, op_mapping).
TO_CHANGELOG over anything but a table or rows that never change is not emulated.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import quote, quote_text
from runthrough.emulator.flink.bind.fields import Field, Timeless
from runthrough.emulator.flink.catalog import Mode, Table, relation_names
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import BOOLEAN, STRING

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.context import Context
    from runthrough.emulator.flink.bind.relations import Relation

FUNCTIONS = ("TO_CHANGELOG", "FROM_CHANGELOG")
KINDS = ("INSERT", "UPDATE_BEFORE", "UPDATE_AFTER", "DELETE")
GONE = "__gone"
"""The column that tells a deletion among all records of a table."""
_ADDS = ("INSERT", "UPDATE_AFTER")
_NAMES = ("INPUT", "OP", "OP_MAPPING")


@dataclass(frozen=True)
class ToChangelog(Timeless):
    """Every change of the input as a row that is only ever inserted.

    Attributes:
        relation: the source of all records of a table; '' where the input never changes.
        mode: of that table.
        names: kind of change → what the first column says; the others are left out.
        fields: the kind, then the input's visible columns.
    """

    input: Relation
    relation: str
    mode: Mode
    key: tuple[str, ...]
    names: Mapping[str, str]
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    order: tuple[str, ...]


@dataclass(frozen=True)
class FromChangelog(Timeless):
    """Rows that say what kind of change they are, as the rows that are left of them.

    Attributes:
        op: id of the input's column that says the kind.
        names: what it says → the kind.
        fields: the input's other visible columns.
    """

    input: Relation
    op: str
    names: Mapping[str, str]
    fields: tuple[Field, ...]
    columns: tuple[str, ...]
    order: tuple[str, ...]


def is_changelog_call(item: exp.Expr) -> bool:
    """Return whether an item of FROM is one of the two functions."""
    call = item.this
    return isinstance(call, exp.Anonymous) and str(call.this).upper() in FUNCTIONS


def bind_changelog_call(
    context: Context, call: exp.Anonymous, bind: Callable[[exp.Table], Relation]
) -> ToChangelog | FromChangelog:
    """Return a bound call; `bind` gives the rows of its table argument.

    Raises:
        SqlError: an argument is missing, unknown or of a wrong kind; the wording is ours.
    """
    name = str(call.this).upper()
    given = _arguments(call)
    table = given.get("INPUT")
    if not isinstance(table, exp.Table):
        raise context.refuse(call, f"{name} needs 'input => TABLE …'")
    rows = bind(table)
    op = _op_name(context, given.get("OP"))
    mapping = _mapping(context, given.get("OP_MAPPING"))
    if name == "TO_CHANGELOG":
        return _to_changelog(context, rows, op, mapping)
    return _from_changelog(context, call, rows, op, mapping)


def _arguments(call: exp.Anonymous) -> dict[str, exp.Expr]:
    given: dict[str, exp.Expr] = {}
    for place, argument in enumerate(call.expressions):
        if isinstance(argument, exp.Kwarg):
            name, value = argument.this.name.upper(), argument.expression
        else:
            name, value = _NAMES[min(place, len(_NAMES) - 1)], argument
        if name not in _NAMES or name in given:
            raise not_emulated(f"the argument {name} of {str(call.this).upper()}")
        given[name] = value
    return given


def _op_name(context: Context, node: exp.Expr | None) -> str:
    if node is None:
        return "op"
    named = node.expressions if isinstance(node, exp.Anonymous) else []
    if len(named) != 1 or not isinstance(named[0], exp.Column):
        raise context.refuse(node, "The op column must be given as DESCRIPTOR(name)")
    return str(named[0].name)


def _mapping(context: Context, node: exp.Expr | None) -> dict[str, str] | None:
    """Return what a MAP of literals says; a key may list several names."""
    if node is None:
        return None
    if not isinstance(node, exp.Map):
        raise context.refuse(node, "op_mapping must be a MAP of string literals")
    keys, values = node.args["keys"].expressions, node.args["values"].expressions
    literals = [*keys, *values]
    if not all(isinstance(n, exp.Literal) and n.is_string for n in literals):
        raise context.refuse(node, "op_mapping must be a MAP of string literals")
    return {
        part.strip(): str(value.this)
        for key, value in zip(keys, values, strict=True)
        for part in str(key.this).split(",")
    }


def _to_changelog(
    context: Context, rows: Relation, op: str, mapping: dict[str, str] | None
) -> ToChangelog:
    from runthrough.emulator.flink.bind.relations import Scan  # which lists these operators

    names = mapping or {kind: kind for kind in KINDS}
    shown = [f for f in rows.fields if not f.hidden]
    kind = Field(context.ids.new(), op, STRING)
    fields = (kind, *(Field(context.ids.new(), f.name, f.type) for f in shown))
    order = (context.ids.new("s"),)
    if not isinstance(rows, Scan):
        columns = tuple(f.id for f in shown)
        return ToChangelog(rows, "", "append", (), names, fields, columns, order)
    table: Table = rows.table
    spelled = relation_names(table)
    source = context.versions(table, rows.relation)
    gone = Field(context.ids.new(), GONE, BOOLEAN, hidden=True)
    records = replace(
        rows,
        relation=source.relation,
        fields=(*rows.fields[:-1], gone, rows.fields[-1]),
        versions=True,
    )
    return ToChangelog(
        records,
        source.relation,
        table.mode,
        tuple(spelled[name] for name in table.primary_key),
        names,
        fields,
        tuple(spelled[f.name] for f in shown),
        order,
    )


def _from_changelog(
    context: Context,
    call: exp.Anonymous,
    rows: Relation,
    op: str,
    mapping: dict[str, str] | None,
) -> FromChangelog:
    shown = [f for f in rows.fields if not f.hidden]
    kinds = [f for f in shown if f.name == op]
    if not kinds:
        raise context.refuse(call, f"Column '{op}' not found in the input of FROM_CHANGELOG")
    others = [f for f in shown if f is not kinds[0]]
    names = mapping or {kind: kind for kind in KINDS}
    fields = tuple(Field(context.ids.new(), f.name, f.type) for f in others)
    order = (context.ids.new("s"),)
    columns = tuple(f.id for f in others)
    return FromChangelog(rows, kinds[0].id, names, fields, columns, order)


# -- DuckDB text -----------------------------------------------------------------------------------


def render_to_changelog(node: ToChangelog, inner: str, newest: str) -> str:
    """Return the SELECT of TO_CHANGELOG; `inner` and `newest` are used for unchanging input."""
    columns = [quote(name) for name in node.columns]
    if not node.relation:
        changes = f"SELECT 'INSERT' AS __kind, {', '.join(columns)}, {newest} AS __n FROM ({inner})"
    elif node.mode == "upsert":
        changes = _changes_by_key(node, columns)
    else:
        kinds = ", ".join(quote_text(kind) for kind in KINDS)
        kind = "'INSERT'" if node.mode == "append" else f"list_extract([{kinds}], __op + 1)"
        changes = (
            f"SELECT {kind} AS __kind, {', '.join(columns)}, __seq AS __n "
            f"FROM {quote(node.relation)}"
        )
    named = " ".join(
        f"WHEN {quote_text(kind)} THEN {quote_text(name)}" for kind, name in node.names.items()
    )
    listed = ", ".join(quote_text(kind) for kind in node.names)
    made = [f"CASE __kind {named} END AS {quote(node.fields[0].id)}"]
    made += [f"{name} AS {quote(f.id)}" for name, f in zip(columns, node.fields[1:], strict=True)]
    made.append(f"__n AS {quote(node.order[0])}")
    return f"SELECT {', '.join(made)} FROM ({changes}) WHERE __kind IN ({listed})"


def _changes_by_key(node: ToChangelog, columns: list[str]) -> str:
    """Return the changes of an upsert table: each record against the one it replaces."""
    before = [f"lag({c}) OVER w AS {quote(f'__before{n}')}" for n, c in enumerate(columns)]
    keys = ", ".join(quote(name) for name in node.key)
    versions = (
        f"(SELECT *, lag(__gone, 1, true) OVER w AS __new, {', '.join(before)} "
        f"FROM {quote(node.relation)} WINDOW w AS (PARTITION BY {keys} ORDER BY __seq))"
    )
    old = ", ".join(f"{quote(f'__before{n}')} AS {c}" for n, c in enumerate(columns))
    return (
        "SELECT CASE WHEN __gone THEN 'DELETE' ELSE 'UPDATE_BEFORE' END AS __kind, "
        f"{old}, __seq - 0.5 AS __n FROM {versions} WHERE NOT __new UNION ALL "
        "SELECT CASE WHEN __new THEN 'INSERT' ELSE 'UPDATE_AFTER' END AS __kind, "
        f"{', '.join(columns)}, CAST(__seq AS DOUBLE) AS __n FROM {versions} WHERE NOT __gone"
    )


def render_from_changelog(node: FromChangelog, inner: str, newest: str) -> str:
    """Return the SELECT of FROM_CHANGELOG: what is left after every row that takes one back."""
    columns = [quote(name) for name in node.columns]
    op = quote(node.op)
    known = " ".join(
        f"WHEN {op} = {quote_text(said)} THEN {str(kind in _ADDS).lower()}"
        for said, kind in node.names.items()
    )
    unknown = f"error('FROM_CHANGELOG: unknown op ' || coalesce({op}, 'NULL'))"
    same = ", ".join(columns) or "1"
    rows = (
        f"SELECT *, {newest} AS __n, CASE {known} ELSE CAST({unknown} AS BOOLEAN) END AS __adds "
        f"FROM ({inner})"
    )
    ranked = (
        f"SELECT *, row_number() OVER (PARTITION BY {same}, __adds ORDER BY __n DESC) AS __rank, "
        f"sum(CASE WHEN __adds THEN 1 ELSE -1 END) OVER (PARTITION BY {same}) AS __left "
        f"FROM ({rows})"
    )
    made = [f"{name} AS {quote(f.id)}" for name, f in zip(columns, node.fields, strict=True)]
    made.append(f"__n AS {quote(node.order[0])}")
    return f"SELECT {', '.join(made)} FROM ({ranked}) WHERE __adds AND __rank <= __left"
