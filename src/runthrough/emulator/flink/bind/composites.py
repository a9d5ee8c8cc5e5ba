"""ARRAY, MAP and ROW values: how they are made and how their parts are reached.

Source: facts/flink-sql-ai.md 6.2 (arrays count from 1), 6.4 (rows), 4.1 (errors of MAP).
"""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.bind.casts import convert
from runthrough.emulator.flink.bind.expression import Expr, combine, quote_text
from runthrough.emulator.flink.bind.type_rules import common, is_character, is_integer, plain
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError
from runthrough.emulator.flink.types import FlinkType, array, duckdb_type

MIXED = "Parameters must be of the same type"


def array_of(items: list[Expr], zone: str) -> Expr:
    """Return ARRAY[…]. Raises Refused: nothing in it, or types that do not meet."""
    if not items:
        raise Refused("Require at least 1 argument")
    shared = common([item.type for item in items])
    if shared is None or shared.root == "NULL":
        raise Refused(MIXED)
    values = ", ".join(in_type(item, shared, zone) for item in items)
    text = f"ARRAY({', '.join(item.text for item in items)})"
    made = combine(f"[{values}]", array(shared).not_null(), text, *items)
    return replace(made, items=tuple(item.constant for item in items))


def map_of(keys: list[Expr], values: list[Expr], zone: str) -> Expr:
    """Return MAP[…]; of equal keys the last one counts.

    Raises:
        Refused: no pair, an odd number of parts, or types that do not meet.
    """
    if not keys:
        raise Refused("Map requires at least 2 arguments")
    if len(keys) != len(values):
        raise Refused("Map requires an even number of arguments")
    key, value = common([k.type for k in keys]), common([v.type for v in values])
    if key is None or value is None:
        raise Refused(MIXED)
    parts = [part for pair in zip(keys, values, strict=True) for part in pair]
    text = f"MAP({', '.join(part.text for part in parts)})"
    constants = [k.constant for k in keys]
    shown = [
        (in_type(k, key, zone), in_type(v, value, zone)) for k, v in zip(keys, values, strict=True)
    ]
    result = FlinkType("MAP", False, key=key, value=value)
    if all(constant is not None for constant in constants):
        last = dict(zip(constants, shown, strict=True))
        shown = list(last.values())
    listed = [f"[{', '.join(part[i] for part in shown)}]" for i in (0, 1)]
    if all(constant is not None for constant in constants):
        sql = f"map({listed[0]}, {listed[1]})"
    else:
        sql = map_from_lists(*listed)
    return combine(f"CAST({sql} AS {duckdb_type(result)})", result, text, *parts)


def map_from_lists(keys: str, values: str) -> str:
    """Return DuckDB text for a map from two lists; of equal keys the last one counts."""
    # Lambdas name the lists, so that each is written once.
    chosen = (
        "map_from_entries(list_filter(list_zip(_k, _v), lambda _e, _i: "
        "len(_k) + 1 - list_position(list_reverse(_k), _e[1]) = _i))"
    )
    inner = f"list_transform([{values}], lambda _v: {chosen})[1]"
    return f"list_transform([{keys}], lambda _k: {inner})[1]"


def row_of(items: list[Expr]) -> Expr:
    """Return ROW(…), whose fields are called EXPR$0, EXPR$1, …."""
    fields = tuple((f"EXPR${n}", item.type) for n, item in enumerate(items))
    parts = ", ".join(
        f"{quote_text(name)}: {typed(item)}" for (name, _), item in zip(fields, items, strict=True)
    )
    text = f"ROW({', '.join(item.text for item in items)})"
    return combine(f"{{{parts}}}", FlinkType("ROW", False, fields=fields), text, *items)


def typed(value: Expr) -> str:
    """Return a value's DuckDB text with its type said, so that a struct has Flink's types."""
    return f"CAST({value.sql} AS {duckdb_type(value.type)})"


def in_type(value: Expr, t: FlinkType, zone: str) -> str:
    """Return the DuckDB text of a value in a wider type."""
    return convert(value.sql, value.type, t, zone, attempt=False)


# -- parts -----------------------------------------------------------------------------------------


def field_of(value: Expr, name: str) -> Expr:
    """Return a field of a row. Raises Refused: it is no row, or has no such field."""
    for field_name, field_type in value.type.fields if value.type.root == "ROW" else ():
        if field_name == name:
            result = field_type.with_null(field_type.nullable or value.type.nullable)
            sql = f"struct_extract({value.sql}, {quote_text(name)})"
            return combine(sql, result, f"{value.text}.{name}", value)
    raise Refused(f"Column '{name}' not found in any table")


def item_of(value: Expr, index: Expr, zone: str) -> Expr:
    """Return value[index] of an array, a map or a row.

    Raises:
        Refused: the value has no parts, or the index does not fit.
    """
    text = f"{value.text}[{index.text}]"
    match value.type.root:
        case "ARRAY" if value.type.element and is_integer(index.type):
            if isinstance(index.constant, int) and index.constant < 1:
                raise UnplacedError(
                    f"Array element access needs an index starting at 1 but was {index.constant}."
                )
            # DuckDB counts negative ones from the end.
            sql = f"list_extract({value.sql}, {index.sql})"
            if index.constant is None:
                sql = f"CASE WHEN {index.sql} > 0 THEN {sql} END"
            return combine(sql, value.type.element.or_null(), text, value, index)
        case "MAP" if value.type.value and value.type.key and _fits(index.type, value.type.key):
            sql = f"({value.sql})[{in_type(index, value.type.key, zone)}]"
            return combine(sql, value.type.value.or_null(), text, value, index)
        case "ROW" if isinstance(index.constant, str):
            return field_of(value, index.constant)
        case "ROW" if isinstance(index.constant, int):
            if not 1 <= index.constant <= len(value.type.fields):
                raise UnplacedError(
                    f"Cannot infer type of field at position {index.constant} within ROW type: "
                    f"{plain(value.type)}"
                )
            return field_of(value, value.type.fields[index.constant - 1][0])
        case _:
            raise Refused(
                f"Cannot apply 'ITEM' to arguments of type 'ITEM(<{plain(value.type)}>, "
                f"<{plain(index.type)}>)'. Supported form(s): <ARRAY>[<INTEGER>]\n"
                "<MAP>[<ANY>]\n<ROW>[<CHARACTER>|<INTEGER>]\n<VARIANT>[<CHARACTER>|<INTEGER>]"
            )


def _fits(index: FlinkType, key: FlinkType) -> bool:
    return (is_character(index) and is_character(key)) or common([index, key]) is not None
