"""Preprocessing for models: scalers, encoders, buckets, chunks of text.

Source: facts/flink-sql-ai.md 4.5. Arguments and results that the facts do not name are ours: the
standard scaler's are value, mean and deviation, the robust scaler's value, median and the first
and third quartile; a range of nothing scales to 0; the bucket of NULL is `bin_NULL`.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.type_rules import common, is_character, is_integer, is_numeric
from runthrough.emulator.flink.functions.base import (
    ANY,
    LIST,
    NUMBER,
    TEXT,
    WHOLE,
    Call,
    Function,
    Kind,
    checked,
    table,
)
from runthrough.emulator.flink.types import BOOLEAN, DOUBLE, INT, STRING, array

FLAG = Kind("BOOLEAN", lambda t: t.root == "BOOLEAN", BOOLEAN)


def _scaler(name: str, count: int, shift: str, size: str, *, flags: int = 0) -> Function:
    """Return a function (value - shift) / size over numbers; flags switch either step off."""

    def bind(call: Call) -> Expr:
        kinds = (NUMBER,) * count + (FLAG,) * flags
        arguments = checked(call, kinds, f"'{name}({', '.join(['<NUMERIC>'] * count)})'")
        numbers = [f"CAST({a.sql} AS DOUBLE)" for a in arguments[:count]]
        away, by = shift.format(*numbers), size.format(*numbers)
        switches = [a.sql for a in arguments[count:]]
        if switches:
            away = f"CASE WHEN {switches[0]} THEN {away} ELSE 0 END"
        if len(switches) > 1:
            by = f"CASE WHEN {switches[1]} THEN {by} ELSE 1 END"
        scaled = f"CASE WHEN ({by}) = 0 THEN 0 ELSE ({numbers[0]} - ({away})) / ({by}) END"
        missing = " OR ".join(f"{number} IS NULL" for number in numbers)
        sql = f"CASE WHEN {missing} THEN NULL ELSE CAST({scaled} AS DOUBLE) END"
        return call.result(sql, DOUBLE)

    return Function(name, f"{name}(value, …)", (count, count + flags), bind)


def _bucketize(call: Call) -> Expr:
    value, points = call.arguments[:2]
    element = points.type.element
    if not is_numeric(value.type) or element is None or not is_numeric(element):
        raise call.invalid_input("value NUMERIC, points ARRAY<NUMERIC> [, names ARRAY<STRING>]")
    number, limits = f"CAST({value.sql} AS DOUBLE)", f"CAST({points.sql} AS DOUBLE[])"
    place = f"len(list_filter({limits}, lambda _p: _p <= {number})) + 1"
    if len(call.arguments) == 3:
        names = checked(call, (NUMBER, LIST, LIST), "'ML_BUCKETIZE(…)'")[2]
        chosen = f"CASE WHEN {number} IS NULL THEN 1 ELSE {place} + 1 END"
        bucket = f"list_extract({names.sql}, {chosen})"
    else:
        bucket = f"CASE WHEN {number} IS NULL THEN 'bin_NULL' ELSE 'bin_' || ({place}) END"
    ascending = f"list_sort(list_distinct({limits})) = {limits}"
    sql = f"CASE WHEN {ascending} THEN {bucket} ELSE error('{_NOT_ASCENDING}') END"
    return call.result(sql, STRING, nullable=len(call.arguments) == 3)


_NOT_ASCENDING = "ML_BUCKETIZE needs split points in ascending order."


def _category(call: Call) -> tuple[str, str]:
    """Return the value and the categories in one type."""
    value, known = call.arguments[:2]
    if known.type.element is None or common([value.type, known.type.element]) is None:
        raise call.invalid_input("value ANY, categories ARRAY<ANY>")
    return value.sql, known.sql


def _label(call: Call) -> Expr:
    value, known = _category(call)
    flags = checked(call, (ANY, LIST, FLAG), "'ML_LABEL_ENCODER(…)'")
    place = f"coalesce(list_position({known}, {value}), 0)"
    if len(flags) == 3:
        place = f"({place} - CASE WHEN {flags[2].sql} THEN 1 ELSE 0 END)"
    return call.result(f"CAST({place} AS INTEGER)", INT, nullable=False)


def _one_hot(call: Call) -> Expr:
    value, known = _category(call)
    drop, unknown = "true", "ERROR"
    for argument in call.arguments[2:]:
        if argument.type.root == "BOOLEAN":
            drop = argument.sql
        elif isinstance(argument.constant, str) and argument.constant.upper() in _UNKNOWN:
            unknown = argument.constant.upper()
        else:
            raise call.invalid_input(
                "value ANY, categories ARRAY<ANY> [, dropLast BOOLEAN] [, 'ERROR'|'IGNORE'|'KEEP']"
            )
    place = f"list_position({known}, {value})"
    size = f"len({known})"
    if unknown == "KEEP":
        place, size = f"coalesce({place}, {size} + 1)", f"({size} + 1)"
    width = f"({size} - CASE WHEN {drop} THEN 1 ELSE 0 END)"
    mark = f"CASE WHEN coalesce(_n = {place}, false) THEN 1 ELSE 0 END"
    row = f"list_transform(range(1, {width} + 1), lambda _n: {mark})"
    if unknown == "ERROR":
        failure = f"error('ML_ONE_HOT_ENCODER met a value of no category: ' || {value})"
        row = f"CASE WHEN {value} IS NOT NULL AND {place} IS NULL THEN {failure} ELSE {row} END"
    return call.result(f"CAST({row} AS INTEGER[])", array(INT.not_null()))


_UNKNOWN = ("ERROR", "IGNORE", "KEEP")


def _ngrams(call: Call) -> Expr:
    arguments = checked(call, (LIST, WHOLE, TEXT), "'ML_NGRAMS(<ARRAY>, <INTEGER>, <CHARACTER>)'")
    element = arguments[0].type.element
    if element is None or not is_character(element):
        raise call.invalid_input("words ARRAY<STRING> [, n INT [, separator STRING]]")
    size = f"CAST({arguments[1].sql} AS BIGINT)" if len(arguments) > 1 else "2"
    separator = arguments[2].sql if len(arguments) > 2 else "' '"
    return call.result(f"flink_ngrams({arguments[0].sql}, {size}, {separator})", array(STRING))


# -- text splitters --------------------------------------------------------------------------------


def _sizes(call: Call) -> list[str]:
    text, size, overlap = call.arguments[:3]
    if not (is_character(text.type) and is_integer(size.type) and is_integer(overlap.type)):
        raise call.invalid_input("text STRING, chunkSize INT, chunkOverlap INT, …")
    return [text.sql, f"CAST({size.sql} AS BIGINT)", f"CAST({overlap.sql} AS BIGINT)"]


def _options(call: Call, given: tuple[Expr, ...]) -> str:
    """Return isRegex, trim, keep and START or END as a list of texts."""
    defaults = ["'false'", "'true'", "'false'", "'START'"]
    for place, argument in enumerate(given):
        wanted = "BOOLEAN" if place < 3 else "CHARACTER"
        if argument.type.root != wanted and not (place == 3 and is_character(argument.type)):
            raise call.invalid_input(
                "…, isRegex BOOLEAN [, trim BOOLEAN [, keepSeparator BOOLEAN [, 'START'|'END']]]"
            )
        defaults[place] = f"CAST({argument.sql} AS VARCHAR)"
    return f"[{', '.join(defaults)}]"


def _by_separator(call: Call) -> Expr:
    separator = checked(call, (TEXT, WHOLE, WHOLE, TEXT), "'ML_CHARACTER_TEXT_SPLITTER(…)'")[3]
    parts = [*_sizes(call), f"[{separator.sql}]", _options(call, call.arguments[4:])]
    return call.result(f"flink_split_text({', '.join(parts)})", array(STRING))


def _recursive(call: Call) -> Expr:
    separators = "CAST([] AS VARCHAR[])"
    given = call.arguments[3:]
    if given and given[0].type.root == "ARRAY":
        separators, given = given[0].sql, given[1:]
    parts = [*_sizes(call), separators, _options(call, given)]
    return call.result(f"flink_split_recursively({', '.join(parts)})", array(STRING))


def _by_format(call: Call) -> Expr:
    name = checked(call, (TEXT, WHOLE, WHOLE, TEXT), "'ML_FILE_FORMAT_TEXT_SPLITTER(…)'")[3]
    parts = [*_sizes(call), name.sql]
    return call.result(f"flink_split_format({', '.join(parts)})", array(STRING))


ML_FUNCTIONS = table(
    [
        Function("ML_BUCKETIZE", "ML_BUCKETIZE(v, points [, names])", (2, 3), _bucketize),
        Function("ML_LABEL_ENCODER", "ML_LABEL_ENCODER(v, labels [, zeroBased])", (2, 3), _label),
        Function(
            "ML_ONE_HOT_ENCODER", "ML_ONE_HOT_ENCODER(v, labels [, dropLast, …])", (2, 4), _one_hot
        ),
        Function("ML_NGRAMS", "ML_NGRAMS(words [, n [, separator]])", (1, 3), _ngrams),
        _scaler("ML_MIN_MAX_SCALER", 3, "{1}", "{2} - {1}"),
        _scaler("ML_MAX_ABS_SCALER", 2, "0", "abs({1})"),
        _scaler("ML_NORMALIZER", 2, "0", "{1}"),
        _scaler("ML_STANDARD_SCALER", 3, "{1}", "{2}", flags=2),
        _scaler("ML_ROBUST_SCALER", 4, "{1}", "{3} - {2}", flags=2),
        Function(
            "ML_CHARACTER_TEXT_SPLITTER",
            "ML_CHARACTER_TEXT_SPLITTER(text, size, overlap, sep, isRegex, …)",
            (5, 8),
            _by_separator,
        ),
        Function(
            "ML_RECURSIVE_TEXT_SPLITTER",
            "ML_RECURSIVE_TEXT_SPLITTER(text, size, overlap [, seps, …])",
            (3, 8),
            _recursive,
        ),
        Function(
            "ML_FILE_FORMAT_TEXT_SPLITTER",
            "ML_FILE_FORMAT_TEXT_SPLITTER(text, size, overlap, format)",
            (4, 4),
            _by_format,
        ),
    ]
)
