"""JSON as Flink reads and writes it: documents, paths, texts; row by row.

Source: facts/flink-sql-ai.md 6.2. A path without a mode is strict: what is missing is an error.
A result is handed over as one text: `v` and the value, `e` for nothing found, `x` and why not.
"""

from __future__ import annotations

import json
import re
from decimal import Decimal
from functools import lru_cache
from typing import Any

from runthrough.emulator.flink.encoding import java_double

Step = tuple[str, Any]
"""What to take from a value: ('name', text), ('index', n), ('all', None), ('deep', name) ….."""

_STEP = re.compile(
    r"\.\.(?P<deep>[^.\[\]()\s]+)"
    r"|\.?\[\s*(?P<quoted>'(?:[^'\\]|\\.)*'(?:\s*,\s*'(?:[^'\\]|\\.)*')*"
    r'|"(?:[^"\\]|\\.)*")\s*\]'
    r"|\.?\[\s*(?P<indexes>-?\d+(?:\s*,\s*-?\d+)*)\s*\]"
    r"|\.?\[\s*(?P<slice>-?\d*\s*:\s*-?\d*)\s*\]"
    r"|\.?\[\s*(?P<all>\*)\s*\]|\.(?P<star>\*)"
    r"|\.(?P<call>length|size)\(\)"
    r"|\.(?P<name>[^.\[\]()]+)"
)


class PathError(ValueError):
    """A path that is none, or that finds nothing in a strict mode."""


@lru_cache(maxsize=512)
def steps(path: str) -> tuple[bool, tuple[Step, ...]]:
    """Return whether a path is lax, and its steps.

    Raises:
        PathError: it is no path.
        ValueError: it filters (`?(…)`), which is not emulated.
    """
    found = re.fullmatch(r"\s*(?:(lax|strict)\s+)?(.*?)\s*", path, re.DOTALL)
    lax, text = (found[1] == "lax", found[2]) if found else (False, path)
    if "?(" in text:
        raise ValueError("not emulated: filters in a JSON path")
    if text and not text.startswith("$"):
        text = "$." + text
    if not text:
        raise PathError("json can not be null or empty")
    at, result = 1, []
    while at < len(text):
        step = _STEP.match(text, at)
        if step is None:
            raise PathError(f"Illegal character at position {at} in the JSON path {text}")
        result.append(_step(step))
        at = step.end()
    return lax, tuple(result)


def _step(found: re.Match[str]) -> Step:
    kind, value = next((k, v) for k, v in found.groupdict().items() if v is not None)
    match kind:
        case "quoted":
            names = re.findall(r"'((?:[^'\\]|\\.)*)'|\"((?:[^\"\\]|\\.)*)\"", value)
            texts = [re.sub(r"\\(.)", r"\1", a or b) for a, b in names]
            return ("name", texts[0]) if len(texts) == 1 else ("names", texts)
        case "indexes":
            numbers = [int(n) for n in value.split(",")]
            return ("index", numbers[0]) if len(numbers) == 1 else ("indexes", numbers)
        case "slice":
            low, high = (int(n) if n.strip() else None for n in value.split(":"))
            return "slice", slice(low, high)
        case "all" | "star":
            return "all", None
        case _:
            return kind, value


# -- reading ---------------------------------------------------------------------------------------


def _no_constant(text: str) -> Any:
    raise ValueError(f"Unrecognized token '{text}'")


_DECODER = json.JSONDecoder(parse_float=Decimal, parse_constant=_no_constant)


def document(text: str) -> Any:
    """Return the value a text begins with, not to be changed. Raises ValueError for none.

    A query often takes several values out of one document: small ones are remembered.
    """
    return _remembered(text) if len(text) <= _SMALL else _decoded(text)


_SMALL = 4_000


@lru_cache(maxsize=4096)
def _remembered(text: str) -> Any:
    return _decoded(text)


def _decoded(text: str) -> Any:
    start = len(text) - len(text.lstrip(" \t\r\n"))
    try:
        return _DECODER.raw_decode(text, start)[0]
    except (ValueError, RecursionError) as error:
        token = re.match(r"[A-Za-z_]\w*", text[start:])
        if token is None:
            raise ValueError(f"This text is no JSON: {error}") from error
        raise ValueError(
            f"Unrecognized token '{token[0]}': was expecting (JSON String, Number, Array, Object "
            "or token 'null', 'true' or 'false')"
        ) from error


_NOTHING = object()


def evaluate(text: str, path: str) -> tuple[bool, Any]:
    """Return whether the path is lax, and what it finds; None where it finds nothing.

    Raises:
        PathError: strict, and nothing is there or the text is no JSON.
    """
    lax, parts = steps(path)
    try:
        value = document(text)
    except ValueError as error:
        if lax:
            return True, None
        raise PathError(str(error)) from error
    found = _walk(value, parts)
    if found is not _NOTHING:
        return lax, found
    if lax:
        return True, None
    shown = "".join(f"['{v}']" if k == "name" else f"[{v}]" for k, v in parts)
    raise PathError(f"No results for path: ${shown}")


def _walk(value: Any, parts: tuple[Step, ...]) -> Any:
    for place, (kind, wanted) in enumerate(parts):
        rest = parts[place + 1 :]
        if kind in ("all", "indexes", "names", "slice", "deep"):
            return _many(_several(value, kind, wanted), rest)
        value = _one(value, kind, wanted)
        if value is _NOTHING:
            return _NOTHING
    return value


def _many(values: list[Any], rest: tuple[Step, ...]) -> list[Any]:
    """Return what the rest of a path finds in several values, in one list."""
    flat = any(kind in ("all", "indexes", "names", "slice", "deep") for kind, _ in rest)
    found = [_walk(value, rest) for value in values]
    found = [value for value in found if value is not _NOTHING]
    return [item for part in found for item in part] if flat else found


def _one(value: Any, kind: str, wanted: Any) -> Any:
    if kind == "name" and isinstance(value, dict):
        return value.get(wanted, _NOTHING)
    if kind == "index" and isinstance(value, list) and -len(value) <= wanted < len(value):
        return value[wanted]
    if kind == "call" and isinstance(value, list | dict):
        return len(value)
    return _NOTHING


def _several(value: Any, kind: str, wanted: Any) -> list[Any]:
    match kind, value:
        case "all", dict():
            return list(value.values())
        case "all", list():
            return list(value)
        case "names", dict():
            return [value[name] for name in wanted if name in value]
        case "indexes", list():
            return [value[n] for n in wanted if -len(value) <= n < len(value)]
        case "slice", list():
            return list(value[wanted])
        case "deep", list() | dict():
            return _deep(value, wanted)
        case _:
            return []


def _deep(value: Any, name: str) -> list[Any]:
    found = [value[name]] if isinstance(value, dict) and name in value else []
    inside = value.values() if isinstance(value, dict) else value
    for part in inside:
        if isinstance(part, list | dict):
            found += _deep(part, name)
    return found


# -- writing ---------------------------------------------------------------------------------------


def written(value: Any) -> str:
    """Return a value as JSON text: keys in alphabetical order, no blanks, numbers as they were."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case str():
            return text_of(value)
        case list():
            return "[" + ",".join(written(item) for item in value) + "]"
        case dict():
            pairs = (f"{text_of(key)}:{written(value[key])}" for key in sorted(value))
            return "{" + ",".join(pairs) + "}"
        case _:
            return str(value)


def text_of(text: str) -> str:
    """Return a text as a JSON string."""
    return json.dumps(text, ensure_ascii=False)


def rewritten(text: str) -> str:
    """JSON(text): the text's value in the form of `written`. Raises ValueError: it is no JSON."""
    return written(document(text))


def number(value: float) -> str:
    """Return a double as JSON_OBJECT writes it: 1.5, 1.0E+10."""
    if value != value or value in (float("inf"), float("-inf")):
        return f'"{java_double(value)}"'
    return str(Decimal(java_double(value)))


def quoted(text: str) -> str:
    """JSON_QUOTE: a JSON string in ASCII alone, with / escaped."""
    return json.dumps(text).replace("/", "\\/")


def unquoted(text: str) -> str:
    """JSON_UNQUOTE: what a JSON string says; any other text as it is."""
    if len(text) > 1 and text[0] == text[-1] == '"':
        try:
            value = json.loads(text)
        except ValueError:
            return text
        return value if isinstance(value, str) else text
    return text


def joined_object(keys: list[str], values: list[str]) -> str:
    """JSON_OBJECTAGG: an object of keys and JSON texts. Raises ValueError for a repeated key."""
    pairs: dict[str, str] = {}
    for key, value in zip(keys, values, strict=True):
        if key in pairs:
            raise ValueError(
                f"Key '{key}' is already present. Duplicate keys are not allowed in "
                "JSON_OBJECTAGG. Please ensure that keys are unique."
            )
        pairs[key] = value
    return "{" + ",".join(f"{text_of(key)}:{pairs[key]}" for key in sorted(pairs)) + "}"


# -- what the functions answer ---------------------------------------------------------------------

_JAVA = {
    "INTEGER": "java.lang.Integer",
    "BOOLEAN": "java.lang.Boolean",
    "DOUBLE": "java.math.BigDecimal",
}


def value(text: str, path: str, returning: str) -> str:
    """JSON_VALUE: one scalar. Raises ValueError: it is of another type than asked for."""
    try:
        lax, found = evaluate(text, path)
    except PathError as error:
        return f"x{error}"
    if found is None or (lax and isinstance(found, list | dict)):
        return "e"
    if isinstance(found, list | dict):
        return "xStrict jsonpath mode requires scalar value"
    _check(found, returning)
    return "v" + (found if isinstance(found, str) else written(found))


def _check(found: Any, returning: str) -> None:
    """Raise ValueError where Java cannot cast what the document holds."""
    if isinstance(found, bool):
        actual = "java.lang.Boolean"
    elif isinstance(found, int):
        actual = "java.lang.Integer" if abs(found) < 2**31 else "java.lang.Long"
    else:
        actual = "java.lang.String" if isinstance(found, str) else "java.math.BigDecimal"
    wanted = _JAVA.get(returning, actual)
    if actual != wanted:
        raise ValueError(
            f"class {actual} cannot be cast to class {wanted} ({actual} and {wanted} are in "
            "module java.base of loader 'bootstrap')"
        )


def query(text: str, path: str, wrapper: str) -> str:
    """JSON_QUERY: an object or array, possibly put into an array first."""
    try:
        lax, found = evaluate(text, path)
    except PathError as error:
        return f"x{error}"
    if found is None:
        return "e"
    if wrapper == "UNCONDITIONAL" or (wrapper == "CONDITIONAL" and not isinstance(found, list)):
        found = [found]
    if not isinstance(found, list | dict):
        return "e" if lax else "xStrict jsonpath mode requires array or object value"
    return "v" + written(found)


def items(text: str) -> list[str | None] | None:
    """Return a JSON array as texts, NULL for anything else; null stays NULL."""
    found = document(text)
    if not isinstance(found, list):
        return None
    return [i if i is None or isinstance(i, str) else written(i) for i in found]


def exists(text: str, path: str) -> str:
    """JSON_EXISTS: whether a path finds anything but null."""
    try:
        return "v" if evaluate(text, path)[1] is not None else "e"
    except PathError as error:
        return f"x{error}"


def is_json(text: str, kind: str) -> bool:
    """IS JSON [VALUE | OBJECT | ARRAY | SCALAR]."""
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return False
    match kind:
        case "OBJECT":
            return isinstance(found, dict)
        case "ARRAY":
            return isinstance(found, list)
        case "SCALAR":
            return not isinstance(found, list | dict)
        case _:
            return True
