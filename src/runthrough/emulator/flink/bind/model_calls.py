"""Calls of models in FROM: LATERAL TABLE(ML_PREDICT('model', argument, … [, MAP[…]])).

Source: facts/flink-sql-ai.md 4.1. Refusals of wrong arguments are worded like Flink's; those
of unknown options are ours (the docs give no text).
"""

from __future__ import annotations

from sqlglot import exp

from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.relations import Field, ModelCall, Relation
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.type_rules import family, implicit, is_character, plain
from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.functions.table import ELSEWHERE, MODEL_FUNCTIONS, SCALARS
from runthrough.emulator.flink.parse.refusals import not_emulated

OPTIONS = ("async_enabled", "client_timeout", "max_parallelism", "retry_count", "debug")
"""Keys of a call's option map."""


def bind_model_call(
    context: Context, call: exp.Anonymous, scope: Scope, left: Relation, keep_unmatched: bool
) -> ModelCall:
    """Return a bound call of a table function.

    Raises:
        SqlError: unknown function, model or option, arguments that do not fit the signature.
    """
    name = str(call.this).upper()
    if name not in MODEL_FUNCTIONS:
        raise _unknown(context, call, name, scope)
    arguments = list(call.expressions)
    options: dict[str, str] = {}
    if len(arguments) > 1 and isinstance(arguments[-1], exp.Map):
        options = _options(context, arguments.pop(), name)
    model = _model(context, call, arguments[0] if arguments else None)
    if name == "AI_COMPLETE" and not _one_text(model):
        raise context.refuse(
            call, f"AI_COMPLETE needs a model with one STRING output; '{model.name}' has others"
        )
    bound = _arguments(context, call, model, arguments[1:], scope)
    outputs = tuple(Field(context.ids.new(), c.name, c.type.or_null()) for c in model.outputs)
    return ModelCall(left, name, model, bound, outputs, keep_unmatched, options)


def _unknown(context: Context, call: exp.Anonymous, name: str, scope: Scope) -> Exception:
    if name in ELSEWHERE:
        return not_emulated(f"table function {name}")
    binder = context.expressions(scope)
    kinds = [f"<{family(binder.bind(argument).type)}>" for argument in call.expressions]
    if name in SCALARS:
        return context.refuse(call, f"Function '{name}' is no table function")
    text = f"No match found for function signature {call.this}({', '.join(kinds)})"
    return context.refuse(call, text)


def _model(context: Context, call: exp.Anonymous, node: exp.Expr | None) -> Model:
    if node is None:
        raise context.refuse(call, f"No match found for function signature {call.this}()")
    if isinstance(node, exp.Literal) and node.is_string:
        written = str(node.this)
        candidates = [(written,), tuple(part.strip("`") for part in written.split("."))]
    elif isinstance(node, exp.Column):
        written = node.name
        candidates = [tuple(part.name for part in node.parts)]
    else:
        raise context.refuse(node, f"The model of {call.this} must be a name or a string literal")
    for parts in candidates:
        if len(parts) <= 3:
            model = context.catalog.model(parts, context.session)
            if model is not None:
                return model
    raise context.refuse(node, f"Object '{written}' not found")


def _one_text(model: Model) -> bool:
    return len(model.outputs) == 1 and is_character(model.outputs[0].type)


def _arguments(
    context: Context, call: exp.Anonymous, model: Model, nodes: list[exp.Expr], scope: Scope
) -> tuple[Expr, ...]:
    binder = context.expressions(scope)
    bound = [binder.bind(node) for node in nodes]
    fits = len(bound) == len(model.inputs) and all(
        implicit(value.type, column.type) for value, column in zip(bound, model.inputs, strict=True)
    )
    if not fits:
        given = ", ".join(f"<{plain(value.type)}>" for value in bound)
        wanted = ", ".join(f"<{plain(column.type)}>" for column in model.inputs)
        raise context.refuse(
            call,
            f"Cannot apply '{call.this}' to arguments of type '{call.this}(<MODEL>, {given})'. "
            f"Supported form(s): '{call.this}(<MODEL>, {wanted})'",
        )
    zone = context.session.time_zone
    pairs = zip(bound, model.inputs, strict=True)
    return tuple(cast(value, column.type.or_null(), zone) for value, column in pairs)


def _options(context: Context, node: exp.Map, function: str) -> dict[str, str]:
    keys, values = node.args["keys"].expressions, node.args["values"].expressions
    if len(keys) != len(values):
        raise context.refuse(node, "Map requires an even number of arguments")
    options = {}
    for key, value in zip(keys, values, strict=True):
        if not (isinstance(key, exp.Literal) and key.is_string):
            raise context.refuse(
                key, f"The options of {function} must have string literals as keys"
            )
        if str(key.this) not in OPTIONS:
            raise context.refuse(
                key,
                f"Unsupported option '{key.this}' of {function}. "
                f"Supported options: {', '.join(OPTIONS)}",
            )
        options[str(key.this)] = _option_text(context, value, function)
    return options


def _option_text(context: Context, node: exp.Expr, function: str) -> str:
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Boolean):
        return "true" if node.this else "false"
    raise context.refuse(node, f"The options of {function} must be literals")
