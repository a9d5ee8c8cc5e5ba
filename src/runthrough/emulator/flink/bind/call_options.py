"""The option map that ends a call of a model or of a search: MAP['client_timeout', 60, …].

Source: facts/flink-sql-ai.md 4.1 (keys, defaults; values may be of several types in one map, and
the map may be empty). What wrong keys and values are answered is not known: the wording is ours.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from sqlglot import exp

from runthrough.emulator.flink.bind.context import Context

Kind = Literal["boolean", "seconds", "count", "text"]

MODEL_OPTIONS: Mapping[str, Kind] = {
    "async_enabled": "boolean",
    "client_timeout": "seconds",
    "max_parallelism": "count",
    "retry_count": "count",
    "debug": "boolean",
}
"""Keys of ML_PREDICT, AI_COMPLETE and AI_EMBEDDING."""

SEARCH_OPTIONS: Mapping[str, Kind] = {**MODEL_OPTIONS, "retry_error_list": "text"}
"""Keys of the search functions."""

_LEAST = {"max_parallelism": 1, "client_timeout": 1}


def read_options(
    context: Context, node: exp.Map, function: str, known: Mapping[str, Kind]
) -> dict[str, str]:
    """Return a call's options as text: `true`, `60`, ….

    Raises:
        SqlError: an unknown key, a key or value that is no literal, a value of a wrong kind.
    """
    keys, values = node.args["keys"].expressions, node.args["values"].expressions
    if len(keys) != len(values):
        raise context.refuse(node, "Map requires an even number of arguments")
    options = {}
    for key, value in zip(keys, values, strict=True):
        if not (isinstance(key, exp.Literal) and key.is_string):
            raise context.refuse(
                key, f"The options of {function} must have string literals as keys"
            )
        name = str(key.this)
        if name not in known:
            raise context.refuse(
                key,
                f"Unsupported option '{name}' of {function}. Supported options: {', '.join(known)}",
            )
        options[name] = _checked(context, name, value, function, known[name])
    return options


def _checked(context: Context, name: str, node: exp.Expr, function: str, kind: Kind) -> str:
    text = _literal(context, node, function)
    if kind == "boolean":
        good, wanted = text.lower() in ("true", "false"), "true or false"
        text = text.lower()
    elif kind == "text":
        good, wanted = True, "a text"
    else:
        least = _LEAST.get(name, 0)
        good = text.isascii() and text.isdigit() and int(text) >= least
        wanted = f"a whole number of at least {least}"
    if not good:
        raise context.refuse(
            node, f"The option '{name}' of {function} must be {wanted}, not '{text}'"
        )
    return text


def _literal(context: Context, node: exp.Expr, function: str) -> str:
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    raise context.refuse(node, f"The options of {function} must be literals")
