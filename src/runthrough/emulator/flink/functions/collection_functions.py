"""Functions of arrays, maps and multisets.

Source: facts/flink-sql-ai.md 6.2 (arrays count from 1, NULL elements are kept).
"""

from __future__ import annotations

from collections.abc import Callable

from runthrough.emulator.flink.bind.composites import in_type, map_from_lists
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.type_rules import common, is_character, is_integer
from runthrough.emulator.flink.functions.base import (
    LIST,
    MANY,
    TEXT,
    Call,
    Function,
    Kind,
    checked,
    table,
    typed_null,
)
from runthrough.emulator.flink.types import BOOLEAN, INT, STRING, FlinkType, array

PAIRS = Kind("MAP", lambda t: t.root == "MAP", FlinkType("MAP", key=STRING, value=STRING))
_SIZED = ("ARRAY", "MAP", "MULTISET")


def _cardinality(call: Call) -> Expr:
    value = call.arguments[0]
    if value.type.root not in _SIZED:
        raise call.cannot_apply(
            "'CARDINALITY(<MULTISET>)'\n'CARDINALITY(<ARRAY>)'\n'CARDINALITY(<MAP>)'"
        )
    if value.type.root == "MULTISET":
        # Every element counts as often as it is in the set.
        sql = f"CAST(coalesce(list_sum(map_values({value.sql})), 0) AS INTEGER)"
        return call.result(f"CASE WHEN {value.sql} IS NOT NULL THEN {sql} END", INT)
    function = "len" if value.type.root == "ARRAY" else "cardinality"
    return call.result(f"CAST({function}({value.sql}) AS INTEGER)", INT)


def _element(call: Call) -> Expr:
    value = checked(call, (LIST,), "'ELEMENT(<ARRAY>)'")[0]
    sql = (
        f"CASE WHEN len({value.sql}) > 1 THEN error('Array has more than one element.') "
        f"ELSE list_extract({value.sql}, 1) END"
    )
    element = _element_type(value)
    return call.result(sql, element, nullable=element.nullable or value.type.nullable)


def _element_type(value: Expr) -> FlinkType:
    return value.type.element or STRING


# -- arrays and an element -------------------------------------------------------------------------


def _array_and_element(call: Call, signature: str) -> tuple[Expr, str, bool]:
    """Return the array, the element's DuckDB text in the array's type, and if it can be NULL."""
    values, item = call.arguments[:2]
    if values.type.root != "ARRAY":
        raise call.invalid_input(signature)
    element = _element_type(values)
    item = typed_null(item, element)
    both_text = is_character(element) and is_character(item.type)
    shared = common([element, item.type])
    if shared is None or (not both_text and shared.root != element.root):
        raise call.invalid_input(signature)
    return values, in_type(item, element.or_null(), call.zone), item.type.nullable


def _contains(call: Call) -> Expr:
    values, item, _ = _array_and_element(call, "haystack ARRAY, needle ANY")
    sql = (
        f"CASE WHEN {values.sql} IS NOT NULL "
        f"THEN coalesce(list_position({values.sql}, {item}), 0) > 0 END"
    )
    return call.result(sql, BOOLEAN, nullable=values.type.nullable)


def _position_of(call: Call) -> Expr:
    values, item, nullable = _array_and_element(call, "haystack ARRAY, needle ANY")
    sql = f"CASE WHEN {item} IS NOT NULL THEN coalesce(list_position({values.sql}, {item}), 0) END"
    sql = f"CASE WHEN {values.sql} IS NOT NULL THEN {sql} END"
    return call.result(sql, INT, nullable=nullable or values.type.nullable)


def _add(call: Call) -> Expr:
    values, item, nullable = _array_and_element(call, "array ARRAY, element ANY")
    new = f"list_append({values.sql}, {item})"
    if call.name == "ARRAY_PREPEND":
        new = f"list_prepend({item}, {values.sql})"
    element = _element_type(values)
    result = array(element.with_null(element.nullable or nullable))
    # DuckDB makes a list of a NULL.
    sql = f"CASE WHEN {values.sql} IS NOT NULL THEN {new} END"
    # Flink's result is nullable with its element.
    return call.result(sql, result, nullable=nullable or values.type.nullable)


def _remove(call: Call) -> Expr:
    values, item, _ = _array_and_element(call, "haystack ARRAY, needle ANY")
    sql = f"list_filter({values.sql}, lambda _e: _e IS DISTINCT FROM {item})"
    return call.result(sql, values.type, nullable=values.type.nullable)


# -- arrays and arrays -----------------------------------------------------------------------------


def _distinct(items: str) -> str:
    """Return DuckDB text for a list without what came before in it."""
    return f"list_filter({items}, lambda _e, _i: list_position({items}, _e) = _i)"


def _arrays(call: Call) -> tuple[list[str], FlinkType]:
    shared = common([a.type for a in call.arguments])
    if shared is None or shared.root != "ARRAY":
        raise call.invalid_input("array ARRAY, array ARRAY …")
    return [in_type(a, shared, call.zone) for a in call.arguments], shared


def _concatenated(call: Call) -> Expr:
    lists, shared = _arrays(call)
    missing = " OR ".join(f"{one} IS NULL" for one in lists)
    joined = f"list_concat({', '.join(lists)})" if len(lists) > 1 else lists[0]
    return call.result(f"CASE WHEN {missing} THEN NULL ELSE {joined} END", shared)


def _sets(combined: Callable[[str, str], str]) -> Callable[[Call], Expr]:
    def bind(call: Call) -> Expr:
        lists, shared = _arrays(call)
        one, other = lists
        sql = combined(one, other)
        return call.result(
            f"CASE WHEN {one} IS NOT NULL AND {other} IS NOT NULL THEN {sql} END", shared
        )

    return bind


def _union(one: str, other: str) -> str:
    # The lambda names the joined list, so that it is written once.
    known = "list_filter(_l, lambda _e, _i: list_position(_l, _e) = _i)"
    return f"list_transform([list_concat({one}, {other})], lambda _l: {known})[1]"


def _except(one: str, other: str) -> str:
    inside = f"coalesce(list_position({other}, _e), 0) = 0"
    return f"list_filter({one}, lambda _e, _i: {inside} AND list_position({one}, _e) = _i)"


def _intersect(one: str, other: str) -> str:
    inside = f"coalesce(list_position({other}, _e), 0) > 0"
    return f"list_filter({one}, lambda _e, _i: {inside} AND list_position({one}, _e) = _i)"


def _slice(call: Call) -> Expr:
    values, *bounds = call.arguments
    if values.type.root != "ARRAY" or not all(is_integer(b.type) for b in bounds):
        raise call.invalid_input("array ARRAY, start INT [, end INT]")
    size = f"len({values.sql})"
    first, last = bounds[0].sql, bounds[1].sql if len(bounds) == 2 else size
    start = f"greatest(CASE WHEN {first} < 0 THEN {size} + {first} + 1 ELSE {first} END, 1)"
    end = f"CASE WHEN {last} < 0 THEN {size} + {last} + 1 ELSE {last} END"
    sql = f"list_slice({values.sql}, {start}, {end})"
    return call.result(sql, values.type)


def _sort(call: Call) -> Expr:
    values, *flags = call.arguments
    if values.type.root != "ARRAY" or not all(f.type.root == "BOOLEAN" for f in flags):
        raise call.invalid_input("array ARRAY [, ascending BOOLEAN [, nullFirst BOOLEAN]]")
    ascending = flags[0].sql if flags else "true"
    first = flags[1].sql if len(flags) == 2 else ascending
    order = [f"CASE WHEN {ascending} THEN 'ASC' ELSE 'DESC' END"]
    order.append(f"CASE WHEN {first} THEN 'NULLS FIRST' ELSE 'NULLS LAST' END")
    return call.result(f"list_sort({values.sql}, {', '.join(order)})", values.type)


def _best(call: Call) -> Expr:
    values = checked(call, (LIST,), f"'{call.name}(<ARRAY>)'")[0]
    function = "list_max" if call.name == "ARRAY_MAX" else "list_min"
    return call.result(f"{function}({values.sql})", _element_type(values), nullable=True)


def _array_join(call: Call) -> Expr:
    arguments = checked(call, (LIST, TEXT, TEXT), "'ARRAY_JOIN(<ARRAY>, <CHARACTER>)'")
    items = arguments[0]
    if items.type.element is None or not is_character(items.type.element):
        raise call.invalid_input("array ARRAY<STRING>, delimiter STRING [, nullText STRING]")
    listed = items.sql
    if len(arguments) == 3:
        listed = f"list_transform({items.sql}, lambda _e: coalesce(_e, {arguments[2].sql}))"
    # DuckDB gives NULL where nothing is left to join, Flink ''.
    sql = (
        f"CASE WHEN {items.sql} IS NULL OR {arguments[1].sql} IS NULL THEN NULL "
        f"ELSE coalesce(array_to_string({listed}, {arguments[1].sql}), '') END"
    )
    return call.result(sql, STRING)


# -- maps ------------------------------------------------------------------------------------------


def _parts(value: Expr) -> tuple[FlinkType, FlinkType]:
    return value.type.key or STRING, value.type.value or STRING


def _keys(call: Call) -> Expr:
    value = checked(call, (PAIRS,), "'MAP_KEYS(<MAP>)'")[0]
    return call.result(f"map_keys({value.sql})", array(_parts(value)[0]))


def _values(call: Call) -> Expr:
    value = checked(call, (PAIRS,), "'MAP_VALUES(<MAP>)'")[0]
    return call.result(f"map_values({value.sql})", array(_parts(value)[1]))


def _entries(call: Call) -> Expr:
    value = checked(call, (PAIRS,), "'MAP_ENTRIES(<MAP>)'")[0]
    key, item = _parts(value)
    return call.result(
        f"map_entries({value.sql})", array(FlinkType("ROW", fields=(("key", key), ("value", item))))
    )


def _from_arrays(call: Call) -> Expr:
    keys, values = checked(call, (LIST, LIST), "'MAP_FROM_ARRAYS(<ARRAY>, <ARRAY>)'")
    message = (
        "'Invalid function MAP_FROM_ARRAYS call:' || chr(10) || 'The length of the keys array ' "
        f"|| len({keys.sql}) || ' is not equal to the length of the values array ' "
        f"|| len({values.sql})"
    )
    result = FlinkType("MAP", key=_element_type(keys), value=_element_type(values))
    sql = (
        f"CASE WHEN {keys.sql} IS NULL OR {values.sql} IS NULL THEN NULL "
        f"WHEN len({keys.sql}) <> len({values.sql}) THEN error({message}) "
        f"ELSE {map_from_lists(keys.sql, values.sql)} END"
    )
    return call.result(sql, result)


def _map_union(call: Call) -> Expr:
    shared = common([a.type for a in call.arguments])
    if shared is None or shared.root != "MAP":
        raise call.invalid_input("map MAP, map MAP …")
    maps = [in_type(a, shared, call.zone) for a in call.arguments]
    missing = " OR ".join(f"{one} IS NULL" for one in maps)
    sql = f"CASE WHEN {missing} THEN NULL ELSE map_concat({', '.join(maps)}) END"
    return call.result(sql, shared)


def _str_to_map(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT, TEXT), "'STR_TO_MAP(<CHARACTER>)'")
    separators = [a.sql for a in arguments[1:]] or ["','", "'='"]
    result = FlinkType("MAP", key=STRING, value=STRING)
    pairs = f"flink_pairs({arguments[0].sql}, {separators[0]}, {separators[1]})"
    keys = f"list_extract({pairs}, 1)"
    values = f"list_extract({pairs}, 2)"
    return call.result(map_from_lists(keys, values), result, nullable=True)


def _keep(function: str) -> Callable[[Call], Expr]:
    def bind(call: Call) -> Expr:
        value = checked(call, (LIST,), f"'{call.name}(<ARRAY>)'")[0]
        return call.result(function.format(value.sql), value.type)

    return bind


COLLECTION_FUNCTIONS = table(
    [
        Function("CARDINALITY", "CARDINALITY(a)", (1, 1), _cardinality),
        Function("ELEMENT", "ELEMENT(a)", (1, 1), _element),
        Function("ARRAY_CONTAINS", "ARRAY_CONTAINS(a, x)", (2, 2), _contains),
        Function("ARRAY_POSITION", "ARRAY_POSITION(a, x)", (2, 2), _position_of),
        Function("ARRAY_APPEND", "ARRAY_APPEND(a, x)", (2, 2), _add),
        Function("ARRAY_PREPEND", "ARRAY_PREPEND(a, x)", (2, 2), _add),
        Function("ARRAY_REMOVE", "ARRAY_REMOVE(a, x)", (2, 2), _remove),
        Function("ARRAY_CONCAT", "ARRAY_CONCAT(a, …)", (1, MANY), _concatenated),
        Function("ARRAY_UNION", "ARRAY_UNION(a, b)", (2, 2), _sets(_union)),
        Function("ARRAY_EXCEPT", "ARRAY_EXCEPT(a, b)", (2, 2), _sets(_except)),
        Function("ARRAY_INTERSECT", "ARRAY_INTERSECT(a, b)", (2, 2), _sets(_intersect)),
        Function("ARRAY_DISTINCT", "ARRAY_DISTINCT(a)", (1, 1), _keep(_distinct("{0}"))),
        Function("ARRAY_REVERSE", "ARRAY_REVERSE(a)", (1, 1), _keep("list_reverse({0})")),
        Function("ARRAY_SLICE", "ARRAY_SLICE(a, start [, end])", (2, 3), _slice),
        Function("ARRAY_SORT", "ARRAY_SORT(a [, ascending [, nullFirst]])", (1, 3), _sort),
        Function("ARRAY_MAX", "ARRAY_MAX(a)", (1, 1), _best),
        Function("ARRAY_MIN", "ARRAY_MIN(a)", (1, 1), _best),
        Function("ARRAY_JOIN", "ARRAY_JOIN(a, sep [, nullText])", (2, 3), _array_join),
        Function("MAP_KEYS", "MAP_KEYS(m)", (1, 1), _keys),
        Function("MAP_VALUES", "MAP_VALUES(m)", (1, 1), _values),
        Function("MAP_ENTRIES", "MAP_ENTRIES(m)", (1, 1), _entries),
        Function("MAP_FROM_ARRAYS", "MAP_FROM_ARRAYS(keys, values)", (2, 2), _from_arrays),
        Function("MAP_UNION", "MAP_UNION(m, …)", (1, MANY), _map_union),
        Function("STR_TO_MAP", "STR_TO_MAP(s [, sep, sep])", (1, 3), _str_to_map),
    ]
)
