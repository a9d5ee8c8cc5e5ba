"""Functions of JSON.

Source: facts/flink-sql-ai.md 6.2: keys of JSON_OBJECT in alphabetical order and without blanks;
a path of JSON_VALUE without `lax` is strict: what is missing is an error, hence NULL. Paths are
read in `json_paths.py`: DuckDB takes texts for JSON that Flink does not (`{"a":1,}`).
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.casts import convert
from runthrough.emulator.flink.bind.composites import in_type
from runthrough.emulator.flink.bind.expression import Expr, quote_text
from runthrough.emulator.flink.bind.type_rules import is_character, is_integer
from runthrough.emulator.flink.functions import json_paths
from runthrough.emulator.flink.functions.base import (
    MANY,
    TEXT,
    Call,
    Function,
    checked,
    simple,
    table,
)
from runthrough.emulator.flink.parse.refusals import Refused, UnplacedError, not_emulated
from runthrough.emulator.flink.types import (
    BOOLEAN,
    STRING,
    FlinkType,
    array,
    describe,
    summary,
)

# -- to JSON ---------------------------------------------------------------------------------------


def json_text(value: Expr, zone: str) -> str:
    """Return DuckDB text for a value as JSON, NULL for NULL.

    Raises:
        Refused: Flink does not turn values of this type into JSON.
    """
    return value.sql if value.json else _json(value.sql, value.type, zone)


def _json(sql: str, t: FlinkType, zone: str) -> str:
    match t.root:
        case "CHAR" | "VARCHAR":
            return f"CAST(to_json({sql}) AS VARCHAR)"
        case "BOOLEAN" | "DECIMAL" | "NULL":
            return f"CAST({sql} AS VARCHAR)"
        case "FLOAT" | "DOUBLE":
            return f"flink_json_number(CAST({sql} AS DOUBLE))"
        case _ if is_integer(t):
            return f"CAST({sql} AS VARCHAR)"
        case "TIMESTAMP":
            return f"('\"' || {_iso(sql)} || '\"')"
        case "TIMESTAMP_LTZ":
            moment = f"timezone('UTC', {sql})"
            return f"('\"' || {_iso(moment)} || 'Z\"')"
        case "BINARY" | "VARBINARY":
            return f"('\"' || to_base64({sql}) || '\"')"
        case "ARRAY" if t.element:
            return _list(sql, f"coalesce({_json('_e', t.element, zone)}, 'null')")
        case "MAP" if t.key and t.value and is_character(t.key):
            entry = (
                f"to_json(_e.key) || ':' || coalesce({_json('_e.value', t.value, zone)}, 'null')"
            )
            entries = f"list_transform(list_sort(map_entries({sql})), lambda _e: {entry})"
            inside = f"coalesce(array_to_string({entries}, ','), '')"
            return f"CASE WHEN {sql} IS NOT NULL THEN '{{' || {inside} || '}}' END"
        case "ROW":
            return _row(sql, t, zone)
        case _:
            raise UnplacedError(
                f"Type '{summary(t)}' is not scalar or cannot be converted into JSON."
            )


def _iso(sql: str) -> str:
    text = f"strftime({sql}, '%Y-%m-%dT%H:%M:%S.%f')"
    return f"rtrim(rtrim({text}, '0'), '.')"


def _list(sql: str, item: str) -> str:
    inside = f"coalesce(array_to_string(list_transform({sql}, lambda _e: {item}), ','), '')"
    return f"CASE WHEN {sql} IS NOT NULL THEN '[' || {inside} || ']' END"


def _row(sql: str, t: FlinkType, zone: str) -> str:
    parts = [
        f"{quote_text(json_paths.text_of(name) + ':')} || "
        f"coalesce({_json(f'struct_extract(_r, {quote_text(name)})', f, zone)}, 'null')"
        for name, f in sorted(t.fields, key=lambda field: field[0])
    ]
    body = f"CASE WHEN _r IS NOT NULL THEN '{{' || {' || chr(44) || '.join(parts)} || '}}' END"
    return f"list_transform([{sql}], lambda _r: {body})[1]"


def made_json(call: Call, sql: str, t: FlinkType, *, nullable: bool | None = None) -> Expr:
    """Return a call that makes JSON, which stays JSON inside other such calls."""
    bound = call.result(sql, t, nullable=nullable)
    return Expr(bound.sql, bound.type, bound.text, bound.columns, bound.volatile, json=True)


def _json_object(call: Call) -> Expr:
    keys, values = call.arguments[::2], call.arguments[1::2]
    pairs: dict[str, str] = {}
    for key, item in zip(keys, values, strict=True):
        if key.type.root != "NULL" and not is_character(key.type):
            raise Refused("Expected a character type")
        if not isinstance(key.constant, str):
            raise not_emulated("JSON_OBJECT with a computed key")
        pairs[key.constant] = json_text(item, call.zone)
    entries = []
    for name, value in sorted(pairs.items()):
        if not call.words.get("absent"):
            value = f"coalesce({value}, 'null')"
        entries.append(f"{quote_text(json_paths.text_of(name) + ':')} || {value}")
    sql = f"'{{' || {_joined(entries)} || '}}'"
    return made_json(call, sql, STRING, nullable=False)


def _joined(entries: list[str]) -> str:
    """Return DuckDB text for entries with commas between them, those that are NULL left out."""
    if not entries:
        return "''"
    return f"concat_ws(',', {', '.join(entries)})"


def _json_array(call: Call) -> Expr:
    values = [json_text(value, call.zone) for value in call.arguments]
    if not call.words.get("absent", True):
        values = [f"coalesce({value}, 'null')" for value in values]
    return made_json(call, f"'[' || {_joined(values)} || ']'", STRING, nullable=False)


def _json_string(call: Call) -> Expr:
    return call.result(json_text(call.arguments[0], call.zone), STRING)


# -- from JSON -------------------------------------------------------------------------------------


def _path(call: Call) -> Expr:
    path = call.arguments[1]
    if isinstance(path.constant, str) and "?(" in path.constant:
        raise not_emulated(f"filters in a path of {call.name}")
    return path


def _json_value(call: Call) -> Expr:
    document, _ = checked(call, (TEXT, TEXT), "'JSON_VALUE(<CHARACTER>, <CHARACTER>)'")
    path = _path(call)
    returning: FlinkType = call.words.get("returning", STRING)
    if returning.root not in ("VARCHAR", "BOOLEAN", "INTEGER", "DOUBLE"):
        raise UnplacedError(
            f"Unsupported type '{describe(returning)}' for RETURNING in JSON_VALUE()."
        )
    answer = f"flink_json_value({document.sql}, {path.sql}, '{returning.root}')"
    value = convert("_a[2:]", STRING, returning, call.zone, attempt=True)
    empty = _default(call, "on_empty", returning, "Empty result of JSON_VALUE function")
    error = _default(call, "on_error", returning, None)
    return call.result(_answered(answer, value, empty, error), returning, nullable=True)


def _answered(answer: str, value: str, empty: str, error: str) -> str:
    """Return DuckDB text that looks at an answer of `json_paths`, which a lambda names."""
    body = f"CASE left(_a, 1) WHEN 'v' THEN {value} WHEN 'e' THEN {empty} WHEN 'x' THEN {error} END"
    return f"list_transform([{answer}], lambda _a: {body})[1]"


def _default(call: Call, clause: str, returning: FlinkType, empty: str | None) -> str:
    """Return DuckDB text for what ON EMPTY or ON ERROR asks for; NULL by default."""
    word, value = call.words.get(clause, ("NULL", None))
    if word == "ERROR":
        return f"error('{empty} is not allowed')" if empty else "error(_a[2:])"
    return "NULL" if value is None else in_type(value, returning, call.zone)


_INSTEAD = {"NULL": "NULL", "EMPTY ARRAY": "'[]'", "EMPTY OBJECT": "'{}'"}


def _json_query(call: Call) -> Expr:
    document, _ = checked(call, (TEXT, TEXT), "'JSON_QUERY(<CHARACTER>, <CHARACTER>)'")
    path = _path(call)
    returning: FlinkType = call.words.get("returning", STRING)
    texts = returning.root == "ARRAY"
    if returning.element is not None and not is_character(returning.element):
        raise UnplacedError(
            f"SQL validation failed. Unsupported array element type '{returning.element.root}' "
            "for RETURNING ARRAY in JSON_QUERY()."
        )
    if not (texts or is_character(returning)):
        raise UnplacedError(
            f"Unsupported type '{describe(returning)}' for RETURNING in JSON_QUERY()."
        )
    answer = f"flink_json_query({document.sql}, {path.sql}, '{call.words.get('wrapper', '')}')"
    instead = []
    for clause, what in (("on_empty", "Empty result of JSON_QUERY function"), ("on_error", None)):
        word = call.words.get(clause, ("NULL", None))[0]
        if word == "ERROR":
            instead.append(_default(call, clause, STRING, what))
        else:
            instead.append(_INSTEAD[word])
    sql = _answered(answer, "_a[2:]", *instead)
    if texts:
        sql = f"flink_json_items({sql})"
    return call.result(sql, array(STRING) if texts else returning, nullable=True)


def _json_exists(call: Call) -> Expr:
    document, _ = checked(call, (TEXT, TEXT), "'JSON_EXISTS(<CHARACTER>, <CHARACTER>)'")
    path = _path(call)
    words = {"TRUE": "true", "UNKNOWN": "NULL", "ERROR": "error(_a[2:])"}
    error = words.get(call.words.get("on_error", ("FALSE", None))[0], "false")
    answer = f"flink_json_exists({document.sql}, {path.sql})"
    return call.result(_answered(answer, "true", "false", error), BOOLEAN, nullable=True)


def is_json(value: Expr, kind: str) -> Expr:
    """Return `value IS JSON kind`; NULL is no JSON. Raises Refused unless it is text."""
    if not is_character(value.type):
        raise Refused(
            f"Cannot apply 'IS JSON {kind}' to arguments of type '<{value.type.root}> IS JSON "
            f"{kind}'. Supported form(s): '<CHARACTER> IS JSON {kind}'"
        )
    call = Call(f"IS JSON {kind}", "IS JSON", (value,), "UTC")
    sql = f"coalesce(flink_is_json({value.sql}, '{kind}'), false)"
    return call.result(sql, BOOLEAN, nullable=False)


def _raw_json(call: Call) -> Expr:
    text = checked(call, (TEXT,), "'JSON(<CHARACTER>)'")[0]
    return made_json(call, f"flink_json_text({text.sql})", STRING)


JSON_FUNCTIONS = table(
    [
        Function("JSON_OBJECT", "JSON_OBJECT(['k' VALUE v, …])", (0, MANY), _json_object),
        Function("JSON_ARRAY", "JSON_ARRAY([v, …])", (0, MANY), _json_array),
        Function("JSON_VALUE", "JSON_VALUE(j, path …)", (2, 2), _json_value),
        Function("JSON_QUERY", "JSON_QUERY(j, path …)", (2, 2), _json_query),
        Function("JSON_EXISTS", "JSON_EXISTS(j, path …)", (2, 2), _json_exists),
        Function("JSON_STRING", "JSON_STRING(x)", (1, 1), _json_string),
        Function("JSON", "JSON(j) inside JSON_OBJECT or JSON_ARRAY", (1, 1), _raw_json),
        simple("JSON_QUOTE", (TEXT,), STRING, "flink_json_quote({0})"),
        simple("JSON_UNQUOTE", (TEXT,), STRING, "flink_json_unquote({0})"),
    ]
)
