"""FROM ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(c) [, MAP[…]]): the form of Apache Flink 2.

Sources: facts/flink-sql-ai.md 4.1 (the form and its named arguments), 5.2 row 44, 5.4 (E6).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlglot import exp

from runthrough.emulator.flink.bind.call_options import Kind, read_options
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr, column
from runthrough.emulator.flink.bind.model_calls import find_model, fit, outputs
from runthrough.emulator.flink.bind.relations import ModelCall, Relation
from runthrough.emulator.flink.bind.scope import Range, Scope
from runthrough.emulator.flink.parse.refusals import not_emulated

TABLE_FORM = True
"""Whether this form is taken. Confluent Cloud's docs do not have it, Apache Flink has no other:
what Confluent Cloud says to it is unverified, and False here would refuse it."""

FORM = (
    "ML_PREDICT(INPUT => {TABLE, ROW SEMANTIC TABLE}, MODEL => {MODEL}, ARGS => DESCRIPTOR, "
    "CONFIG => MAP<STRING, STRING>)"
)
_NAMES = ("INPUT", "MODEL", "ARGS", "CONFIG")
_CONFIG: dict[str, Kind] = {
    "async": "boolean",
    "max-concurrent-operations": "count",
    "output-mode": "text",
    "timeout": "text",
}
_SECONDS = {"ms": 0.001, "s": 1, "sec": 1, "second": 1, "min": 60, "m": 60, "minute": 60, "h": 3600}


def is_table_form(item: exp.Expr) -> bool:
    """Return whether an item of FROM is ML_PREDICT over a table argument."""
    call = item.this
    if not isinstance(item, exp.TableFromRows) or str(call.this).upper() != "ML_PREDICT":
        return False
    return any(
        isinstance(argument, exp.Kwarg) or argument.meta.get("argument")
        for argument in call.expressions
    )


def bind_table_form(
    context: Context, call: exp.Anonymous, table: Callable[[exp.Table], Relation]
) -> ModelCall:
    """Return the bound call; `table` binds the table argument.

    Raises:
        SqlError: an argument is missing, unknown or of a wrong kind.
    """
    if not TABLE_FORM:
        raise not_emulated("ML_PREDICT(TABLE …, MODEL …, DESCRIPTOR(…))")
    given = _by_name(context, call)
    source, model_node, args = given.get("INPUT"), given.get("MODEL"), given.get("ARGS")
    if (
        source is None
        or source.meta.get("argument") != "TABLE"
        or model_node is None
        or model_node.meta.get("argument") != "MODEL"
        or not isinstance(args, exp.Anonymous)
        or str(args.this).upper() != "DESCRIPTOR"
    ):
        raise _no_match(context, call)
    if not isinstance(source, exp.Table):
        raise _no_match(context, call)
    left = table(source)
    model = find_model(context, call, model_node)
    values = _described(context, args, left)
    options = _config(context, given.get("CONFIG"))
    return ModelCall(
        left,
        "ML_PREDICT",
        model,
        fit(context, call, model, values),
        outputs(context, model),
        keep_unmatched=False,
        options=options,
        table_form=True,
    )


def _by_name(context: Context, call: exp.Anonymous) -> dict[str, exp.Expr]:
    given: dict[str, exp.Expr] = {}
    for position, argument in enumerate(call.expressions):
        if isinstance(argument, exp.Kwarg):
            name, value = argument.this.name.upper(), argument.expression
        elif position < len(_NAMES):
            name, value = _NAMES[position], argument
        else:
            raise _no_match(context, call)
        if name not in _NAMES or name in given:
            raise _no_match(context, call)
        given[name] = value
    return given


def _no_match(context: Context, call: exp.Anonymous) -> Exception:
    return context.refuse(
        call,
        f"No match found for function signature {call.this} with these arguments. "
        f"Supported signatures are:\n{FORM}",
    )


def _described(context: Context, descriptor: exp.Anonymous, left: Relation) -> list[Expr]:
    scope = Scope((Range((), left.fields),))
    values = []
    for node in descriptor.expressions:
        if not isinstance(node, exp.Column) or len(node.parts) != 1:
            raise context.refuse(node, "DESCRIPTOR takes names of columns")
        found, _ = scope.find((node.name,))
        values.append(column(found.id, found.type))
    return values


def _config(context: Context, node: exp.Expr | None) -> dict[str, str]:
    """Return CONFIG in the words of the other form's option map."""
    if node is None:
        return {}
    if not isinstance(node, exp.Map):
        raise context.refuse(node, "CONFIG must be a MAP of literals")
    written = read_options(context, node, "ML_PREDICT", _CONFIG)
    options = {}
    if "async" in written:
        options["async_enabled"] = written["async"]
    if "max-concurrent-operations" in written:
        options["max_parallelism"] = written["max-concurrent-operations"]
    if "timeout" in written:
        found = re.fullmatch(r"(\d+)\s*([a-z]+?)s?", written["timeout"].lower())
        if found is None or found[2] not in _SECONDS:
            raise context.refuse(node, f"'{written['timeout']}' is no duration such as '30 s'")
        options["client_timeout"] = f"{int(found[1]) * _SECONDS[found[2]]:g}"
    return options
