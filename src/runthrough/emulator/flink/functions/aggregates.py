"""Aggregate functions: result types, and DuckDB text that keeps arrival order.

Source: facts/flink-sql-ai.md 6.2: AVG of whole numbers truncates, AVG of DECIMAL is exact;
ARRAY_AGG keeps NULLs; LISTAGG, FIRST_VALUE and LAST_VALUE leave them out.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind import decimals
from runthrough.emulator.flink.bind.casts import wrapped
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.type_rules import (
    COUNT,
    average,
    is_character,
    is_integer,
    is_numeric,
    total,
)
from runthrough.emulator.flink.functions.aggregate_calls import Aggregate, AggregateCall
from runthrough.emulator.flink.functions.statistics import STATISTICS
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError
from runthrough.emulator.flink.types import STRING, array, duckdb_type


def _count(call: AggregateCall) -> Expr:
    if call.star:
        return call.result(call.over_rows("count(*)"), COUNT)
    if len(call.arguments) > 1:
        if call.distinct:
            raise UnplacedError("We now only support the count of one field.")
        known = (f"{argument.sql} IS NOT NULL" for argument in call.arguments)
        return call.result(call.over_rows("count(*)", *known), COUNT)
    word = "DISTINCT " if call.distinct else ""
    return call.result(call.over_rows(f"count({word}{call.arguments[0].sql})"), COUNT)


def _number(call: AggregateCall) -> tuple[Expr, str]:
    value = call.arguments[0]
    if not is_numeric(value.type):
        raise call.wrong_type("<NUMERIC>")
    return value, ("DISTINCT " if call.distinct else "") + value.sql


def _sum(call: AggregateCall) -> Expr:
    value, inside = _number(call)
    # Over NOT NULL columns it is nullable without GROUP BY alone: tests/oracle, generator.
    result = total(value.type).with_null(call.nullable())
    added = call.over_rows(f"sum({inside})")
    if is_integer(result):
        return call.result(wrapped(added, result), result)
    return call.result(f"CAST({added} AS {duckdb_type(result)})", result)


def _avg(call: AggregateCall) -> Expr:
    value, inside = _number(call)
    result = average(value.type).with_null(call.nullable())
    kind = duckdb_type(result)
    rows, added = call.over_rows(f"count({inside})"), call.over_rows(f"sum({inside})")
    if value.type.root == "DECIMAL":
        scale = value.type.scale or 0
        sql = decimals.mean(added, rows, scale, result.precision or 38, result.scale or 6)
    elif is_integer(value.type):
        sql = f"CASE WHEN {rows} = 0 THEN NULL ELSE CAST({added} // {rows} AS {kind}) END"
    else:
        sql = f"CAST({call.over_rows(f'avg({inside})')} AS {kind})"
    return call.result(sql, result)


def _extreme(call: AggregateCall) -> Expr:
    value = call.arguments[0]
    if value.type.root in ("ARRAY", "MAP", "ROW", "MULTISET"):
        raise call.wrong_type("<COMPARABLE_TYPE>")
    sql = call.over_rows(f"{call.name.lower()}({value.sql})")
    return call.result(sql, value.type.with_null(call.nullable()))


def _array_agg(call: AggregateCall) -> Expr:
    value = call.arguments[0]
    known = (f"{value.sql} IS NOT NULL",) if call.words.get("nulls") == "IGNORE" else ()
    items = call.over_rows(f"list({value.sql} ORDER BY {call.order})", *known)
    if call.distinct:
        items = first_of_each(items)
    return call.result(items, array(value.type).with_null(call.nullable()))


def first_of_each(items: str) -> str:
    """Return DuckDB text for a list without what came before in it, in its order.

    The list is handed to a lambda because DuckDB cannot take an aggregate into one.
    """
    known = "list_filter(_l, lambda _e, _i: list_position(_l, _e) = _i)"
    return f"list_transform([{items}], lambda _l: {known})[1]"


def _listagg(call: AggregateCall) -> Expr:
    value = call.arguments[0]
    if not is_character(value.type):
        raise call.wrong_type("<CHARACTER>")
    separator = ","
    if len(call.arguments) == 2:
        constant = call.arguments[1].constant
        if not isinstance(constant, str):
            raise Refused("Argument to function 'LISTAGG' must be a literal")
        separator = constant
    items = call.over_rows(f"list({value.sql} ORDER BY {call.order})", f"{value.sql} IS NOT NULL")
    if call.distinct:
        items = first_of_each(items)
    sql = f"array_to_string({items}, {quote_text(separator)})"
    return call.result(sql, STRING)


def _first_or_last(call: AggregateCall) -> Expr:
    value = call.arguments[0]
    first = call.name == "FIRST_VALUE"
    if call.window:  # DuckDB's first() takes no FILTER there
        one = f"{'min_by' if first else 'max_by'}({value.sql}, {call.order})"
    else:
        one = f"{'first' if first else 'last'}({value.sql} ORDER BY {call.order})"
    sql = call.over_rows(one, f"{value.sql} IS NOT NULL")
    return call.result(sql, value.type.with_null(call.nullable()))


AGGREGATES = {
    aggregate.name: aggregate
    for aggregate in (
        Aggregate("COUNT", "COUNT(*) or COUNT([DISTINCT] x)", (1, 9), _count),
        Aggregate("SUM", "SUM([DISTINCT] x)", (1, 1), _sum),
        Aggregate("AVG", "AVG([DISTINCT] x)", (1, 1), _avg),
        Aggregate("MIN", "MIN(x)", (1, 1), _extreme),
        Aggregate("MAX", "MAX(x)", (1, 1), _extreme),
        Aggregate("ARRAY_AGG", "ARRAY_AGG([DISTINCT] x)", (1, 1), _array_agg),
        Aggregate("LISTAGG", "LISTAGG([DISTINCT] x [, separator])", (1, 2), _listagg),
        Aggregate("FIRST_VALUE", "FIRST_VALUE(x)", (1, 1), _first_or_last),
        *STATISTICS,
        Aggregate("LAST_VALUE", "LAST_VALUE(x)", (1, 1), _first_or_last),
    )
}

__all__ = ["AGGREGATES", "Aggregate", "AggregateCall"]
