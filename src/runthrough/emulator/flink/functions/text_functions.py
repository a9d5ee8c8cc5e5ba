"""Functions of text.

Source: facts/flink-sql-ai.md 6.2. Patterns are in `regex_functions.py`.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.casts import convert
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.type_rules import BINARIES, common, is_character, is_integer
from runthrough.emulator.flink.functions.base import (
    BINARY,
    MANY,
    TEXT,
    WHOLE,
    Call,
    Function,
    checked,
    same,
    simple,
    table,
    typed_null,
    varying,
)
from runthrough.emulator.flink.types import (
    BOOLEAN,
    BYTES,
    INT,
    MAX_LENGTH,
    STRING,
    FlinkType,
    array,
)


def _concat(call: Call) -> Expr:
    if not all(is_character(a.type) or a.type.root == "NULL" for a in call.arguments):
        raise call.cannot_apply("'CONCAT(<CHARACTER>)'")
    arguments = [typed_null(a, STRING) for a in call.arguments]
    sql = "(" + " || ".join(f"CAST({a.sql} AS VARCHAR)" for a in arguments) + ")"
    return call.result(sql, STRING)


def _concat_ws(call: Call) -> Expr:
    arguments = checked(call, (TEXT,) * len(call.arguments), "'CONCAT_WS(<CHARACTER>)'")
    if len(arguments) == 1:
        return call.result(f"left({arguments[0].sql}, 0)", STRING)
    sql = f"concat_ws({', '.join(a.sql for a in arguments)})"
    return call.result(sql, STRING)


def _trim(call: Call) -> Expr:
    forms = "'TRIM([BOTH|LEADING|TRAILING] <STRING1> FROM <STRING2>)'"
    characters, text = checked(call, (TEXT, TEXT), forms)
    name = {"BOTH": "trim", "LEADING": "ltrim", "TRAILING": "rtrim"}[call.words["mode"]]
    return call.result(f"{name}({text.sql}, {characters.sql})", varying((text.type,)))


def _substring(call: Call) -> Expr:
    arguments = checked(call, (TEXT, WHOLE, WHOLE), f"'{call.name}(<CHARACTER>, <INTEGER>)'")
    text, start = arguments[0].sql, arguments[1].sql
    result = varying((arguments[0].type,))
    nullable = True
    if _is_positive(arguments[1]) and all(_is_positive(a) for a in arguments[2:]):
        numbers = ", ".join(a.sql for a in arguments[1:])
        return call.result(f"substring({text}, {numbers})", result, nullable=nullable)
    length = arguments[2].sql if len(arguments) == 3 else f"length({text})"
    # A start of 0 means 1; one before the text gives '', a negative length NULL.
    sql = (
        f"CASE WHEN {length} < 0 THEN NULL WHEN -({start}) > length({text}) THEN '' "
        f"WHEN {start} = 0 THEN substring({text}, 1, {length}) "
        f"ELSE substring({text}, {start}, {length}) END"
    )
    return call.result(sql, result, nullable=nullable)


def _is_positive(value: Expr) -> bool:
    return isinstance(value.constant, int) and value.constant > 0


# -- more --------------------------------------------------------------------------------------


def _position(call: Call) -> Expr:
    """INSTR(s, x [, start [, nth]]), LOCATE(x, s [, start]), POSITION(x IN s)."""
    kinds = (TEXT, TEXT, WHOLE, WHOLE)
    arguments = checked(call, kinds, f"'{call.name}(<CHARACTER>, <CHARACTER>)'")
    text, needle = arguments[:2] if call.name == "INSTR" else arguments[1::-1]
    if len(arguments) == 2:
        return call.result(f"CAST(instr({text.sql}, {needle.sql}) AS INTEGER)", INT)
    numbers = [f"CAST({a.sql} AS BIGINT)" for a in arguments[2:]] + ["1"]
    sql = f"flink_instr({text.sql}, {needle.sql}, {numbers[0]}, {numbers[1]})"
    return call.result(f"CAST({sql} AS INTEGER)", INT)


def _replace(call: Call) -> Expr:
    text, search, new = checked(call, (TEXT, TEXT, TEXT), "'REPLACE(<STRING>, <STRING>, <STRING>)'")
    parts = f"{text.sql}, {search.sql}, {new.sql}"
    # DuckDB leaves a text alone where nothing is searched for.
    plain = isinstance(search.constant, str) and search.constant != ""
    return call.result(f"replace({parts})" if plain else f"flink_replace({parts})", STRING)


def _split_index(call: Call) -> Expr:
    forms = "'SPLIT_INDEX(<CHARACTER>, <CHARACTER>, <INTEGER>)'"
    text, separator, index = call.arguments
    if is_integer(separator.type):
        # The separator may be given as the number of a character.
        mark = f"chr(CAST({separator.sql} AS INTEGER))"
        text, index = checked(
            Call(call.name, call.written, (text, index), call.zone), (TEXT, WHOLE), forms
        )
    else:
        text, separator, index = checked(call, (TEXT, TEXT, WHOLE), forms)
        mark = separator.sql
    sql = (
        f"CASE WHEN {index.sql} < 0 OR {text.sql} = '' THEN NULL "
        f"ELSE string_split({text.sql}, {mark})[{index.sql} + 1] END"
    )
    return call.result(sql, STRING, nullable=True)


def _overlay(call: Call) -> Expr:
    kinds = (TEXT, TEXT, WHOLE, WHOLE)
    arguments = checked(call, kinds, "'OVERLAY(<STRING> PLACING <STRING> FROM <INTEGER>)'")
    text, part = arguments[:2]
    numbers = [f"CAST({a.sql} AS BIGINT)" for a in arguments[2:]] + ["-1"]
    sql = f"flink_overlay({text.sql}, {part.sql}, {numbers[0]}, {numbers[1]})"
    length = min((text.type.length or 0) + (part.type.length or 0), MAX_LENGTH)
    return call.result(sql, FlinkType("VARCHAR", length=length))


def _digest(bits: int) -> Function:
    """Return SHA224 and its kin: CHAR of a digit for every four bits."""
    native = {256: "sha256({0})", 160: "sha1({0})", 128: "md5({0})"}
    sql = native.get(bits, f"flink_sha({{0}}, {bits})")
    name = {160: "SHA1", 128: "MD5"}.get(bits, f"SHA{bits}")
    return simple(name, (TEXT,), FlinkType("CHAR", length=bits // 4), sql)


def _sha2(call: Call) -> Expr:
    text, bits = checked(call, (TEXT, WHOLE), "'SHA2(<CHARACTER>, <INTEGER>)'")
    sql = f"flink_sha({text.sql}, CAST({bits.sql} AS BIGINT))"
    return call.result(sql, FlinkType("VARCHAR", length=128))


def _ascii(call: Call) -> Expr:
    text = checked(call, (TEXT,), "'ASCII(<CHARACTER>)'")[0]
    # The first byte, which Java holds to be signed.
    byte = f"CAST('0x0' || left(hex(encode({text.sql})), 2) AS INTEGER)"
    sql = f"CASE WHEN {text.sql} = '' THEN 0 ELSE (({byte}) + 128) % 256 - 128 END"
    return call.result(sql, INT)


def _chr(call: Call) -> Expr:
    number = checked(call, (WHOLE,), "'CHR(<INTEGER>)'")[0].sql
    byte = f"chr(CAST({number} % 256 AS INTEGER))"
    return call.result(f"CASE WHEN {number} < 0 THEN '' ELSE {byte} END", STRING, nullable=True)


def _printf(call: Call) -> Expr:
    pattern = typed_null(call.arguments[0], STRING)
    if not is_character(pattern.type):
        raise call.invalid_input("format STRING, obj ANY …")
    kinds, values = "", []
    for value in call.arguments[1:]:
        kinds += _printed_as(value.type)
        values.append(convert(value.sql, value.type, STRING, call.zone, attempt=False))
    listed = f"CAST([{', '.join(values)}] AS VARCHAR[])"
    sql = f"flink_printf({pattern.sql}, '{kinds}', {listed})"
    return call.result(sql, STRING, nullable=True)


def _printed_as(t: FlinkType) -> str:
    """Return PRINTF's letter for a type (see java_text.py)."""
    if is_integer(t):
        return "i"
    return {"DECIMAL": "n", "FLOAT": "f", "DOUBLE": "f", "BOOLEAN": "b"}.get(t.root, "s")


def _elt(call: Call) -> Expr:
    index, *values = call.arguments
    shared = common([v.type for v in values])
    if shared is None or not (is_character(shared) or shared.root in BINARIES):
        raise call.invalid_input("index INT, expr STRING …")
    index = checked(Call(call.name, call.written, (index,), call.zone), (WHOLE,), "'ELT(…)'")[0]
    listed = ", ".join(v.sql for v in values)
    sql = f"CASE WHEN {index.sql} > 0 THEN list_extract([{listed}], {index.sql}) END"
    return call.result(sql, shared, nullable=True)


def _parse_url(call: Call) -> Expr:
    arguments = checked(call, (TEXT, TEXT, TEXT), "'PARSE_URL(<CHARACTER>, <CHARACTER>)'")
    url, part = arguments[0].sql, arguments[1].sql
    sql = f"flink_parse_url({url}, {part})"
    if len(arguments) == 3:
        sql = f"CASE WHEN {part} = 'QUERY' THEN flink_url_query({url}, {arguments[2].sql}) END"
    return call.result(sql, STRING, nullable=True)


_SPLIT = "CASE WHEN {0} = '' THEN [] ELSE flink_split({0}, {1}) END"
_PAD = "CASE WHEN {1} < 0 OR {2} = '' THEN NULL ELSE %s({0}, CAST({1} AS INTEGER), {2}) END"

TEXT_FUNCTIONS = table(
    [
        Function("CONCAT", "CONCAT(<CHARACTER>, …)", (1, MANY), _concat),
        Function("CONCAT_WS", "CONCAT_WS(<CHARACTER>, …)", (1, MANY), _concat_ws),
        Function("TRIM", "TRIM([[BOTH|LEADING|TRAILING] x FROM] s)", (2, 2), _trim),
        Function("SUBSTRING", "SUBSTRING(s, start [, length])", (2, 3), _substring),
        Function("SUBSTR", "SUBSTR(s, start [, length])", (2, 3), _substring),
        Function("INSTR", "INSTR(s, x [, start [, nth]])", (2, 4), _position),
        Function("LOCATE", "LOCATE(x, s [, start])", (2, 3), _position),
        Function("POSITION", "POSITION(x IN s)", (2, 2), _position),
        Function("REPLACE", "REPLACE(s, old, new)", (3, 3), _replace),
        Function("SPLIT_INDEX", "SPLIT_INDEX(s, sep, n)", (3, 3), _split_index),
        Function("OVERLAY", "OVERLAY(s PLACING x FROM n [FOR m])", (3, 4), _overlay),
        Function("SHA2", "SHA2(s, bits)", (2, 2), _sha2),
        Function("ASCII", "ASCII(s)", (1, 1), _ascii),
        Function("CHR", "CHR(n)", (1, 1), _chr),
        Function("PRINTF", "PRINTF(format, x, …)", (1, MANY), _printf),
        Function("ELT", "ELT(n, s, …)", (2, MANY), _elt),
        Function("PARSE_URL", "PARSE_URL(url, part [, key])", (2, 3), _parse_url),
        *(_digest(bits) for bits in (128, 160, 224, 256, 384, 512)),
        simple("INITCAP", (TEXT,), same(0), "flink_initcap({0})"),
        simple("TRANSLATE", (TEXT, TEXT, TEXT), STRING, "flink_translate({0}, {1}, {2})"),
        simple("TO_BASE64", (TEXT,), STRING, "to_base64(encode({0}))"),
        simple("FROM_BASE64", (TEXT,), STRING, "flink_from_base64({0})"),
        simple("ENCODE", (TEXT, TEXT), BYTES, "flink_encode({0}, {1})"),
        simple("DECODE", (BINARY, TEXT), STRING, "flink_decode({0}, {1})"),
        simple("UNHEX", (TEXT,), BYTES, "flink_unhex({0})", nullable=True),
        simple("URL_ENCODE", (TEXT,), STRING, "flink_url_encode({0})", nullable=True),
        simple("URL_DECODE", (TEXT,), STRING, "flink_url_decode({0})", nullable=True),
        simple("UPPER", (TEXT,), same(0), "upper(replace({0}, 'ß', 'SS'))"),
        simple("LOWER", (TEXT,), same(0), "lower({0})"),
        simple("LTRIM", (TEXT, TEXT), varying, {1: "ltrim({0}, ' ')", 2: "ltrim({0}, {1})"},
               least=1),
        simple("RTRIM", (TEXT, TEXT), varying, {1: "rtrim({0}, ' ')", 2: "rtrim({0}, {1})"},
               least=1),
        simple("BTRIM", (TEXT, TEXT), STRING, {1: "trim({0}, ' ')", 2: "trim({0}, {1})"},
               least=1),
        simple("CHAR_LENGTH", (TEXT,), INT, "CAST(length({0}) AS INTEGER)"),
        simple("CHARACTER_LENGTH", (TEXT,), INT, "CAST(length({0}) AS INTEGER)"),
        simple("SPLIT", (TEXT, TEXT), array(STRING), _SPLIT),
        simple("LPAD", (TEXT, WHOLE, TEXT), STRING, _PAD % "lpad"),
        simple("RPAD", (TEXT, WHOLE, TEXT), STRING, _PAD % "rpad"),
        simple("LEFT", (TEXT, WHOLE), varying,
               "CASE WHEN {1} <= 0 THEN left({0}, 0) ELSE left({0}, {1}) END", nullable=True),
        simple("RIGHT", (TEXT, WHOLE), varying,
               "CASE WHEN {1} <= 0 THEN left({0}, 0) ELSE right({0}, {1}) END", nullable=True),
        simple("REPEAT", (TEXT, WHOLE), STRING, "repeat({0}, {1})"),
        simple("REVERSE", (TEXT,), STRING, "reverse({0})", nullable=True),
        simple("STARTSWITH", (TEXT, TEXT), BOOLEAN, "starts_with({0}, {1})"),
        simple("ENDSWITH", (TEXT, TEXT), BOOLEAN, "ends_with({0}, {1})"),
    ]
)  # fmt: skip
