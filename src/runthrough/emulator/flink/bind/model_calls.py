"""Calls of models in FROM: LATERAL TABLE(ML_PREDICT('model', argument, … [, MAP[…]])).

Source: facts/flink-sql-ai.md 4.1. Refusals of wrong arguments are worded like Flink's; those
of unknown options are ours (the docs give no text).
"""

from __future__ import annotations

from sqlglot import exp

from runthrough.emulator.flink.bind.call_options import MODEL_OPTIONS, read_options
from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.context import Context
from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.relations import Field, ModelCall, Relation
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.search_calls import (
    GONE,
    SEARCHES,
    bind_search_call,
    refuse_old_name,
)
from runthrough.emulator.flink.bind.type_rules import family, implicit, is_character, plain
from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.functions.table import ELSEWHERE, MODEL_FUNCTIONS, SCALARS
from runthrough.emulator.flink.parse.refusals import not_emulated


def bind_model_call(
    context: Context, call: exp.Anonymous, scope: Scope, left: Relation, keep_unmatched: bool
) -> ModelCall:
    """Return a bound call of a table function.

    Raises:
        SqlError: unknown function, model or option, arguments that do not fit the signature.
    """
    name = str(call.this).upper()
    if name in SEARCHES:
        return bind_search_call(context, call, scope, left, keep_unmatched)
    if name in GONE:
        raise context.refuse(call, str(refuse_old_name(name)))
    if name not in MODEL_FUNCTIONS:
        raise _unknown(context, call, name, scope)
    arguments = list(call.expressions)
    options: dict[str, str] = {}
    if len(arguments) > 1 and isinstance(arguments[-1], exp.Map):
        options = read_options(context, arguments.pop(), name, MODEL_OPTIONS)
    model = find_model(context, call, arguments[0] if arguments else None)
    _check_outputs(context, call, name, model)
    binder = context.expressions(scope)
    bound = fit(context, call, model, [binder.bind(node) for node in arguments[1:]])
    return ModelCall(left, name, model, bound, outputs(context, model), keep_unmatched, options)


def _unknown(context: Context, call: exp.Anonymous, name: str, scope: Scope) -> Exception:
    if name in ELSEWHERE:
        return not_emulated(f"table function {name}")
    binder = context.expressions(scope)
    kinds = [f"<{family(binder.bind(argument).type)}>" for argument in call.expressions]
    if name in SCALARS:
        return context.refuse(call, f"Function '{name}' is no table function")
    text = f"No match found for function signature {call.this}({', '.join(kinds)})"
    return context.refuse(call, text)


def find_model(context: Context, call: exp.Anonymous, node: exp.Expr | None) -> Model:
    """Return the model that a string literal or an identifier names, with `$2` or without.

    Raises:
        SqlError: there is none, or the argument is something else.
    """
    if node is None:
        raise context.refuse(call, f"No match found for function signature {call.this}()")
    if isinstance(node, exp.Literal) and node.is_string:
        written = str(node.this)
        candidates = [(written,), tuple(part.strip("`") for part in written.split("."))]
    elif isinstance(node, exp.Column | exp.Table):
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


def outputs(context: Context, model: Model) -> tuple[Field, ...]:
    """Return the columns a call adds: the model's OUTPUT, nullable (NULL in gives NULL out)."""
    return tuple(Field(context.ids.new(), c.name, c.type.or_null()) for c in model.outputs)


def _check_outputs(context: Context, call: exp.Anonymous, name: str, model: Model) -> None:
    types = [column.type for column in model.outputs]
    if name == "AI_COMPLETE" and not (len(types) == 1 and is_character(types[0])):
        raise context.refuse(
            call, f"AI_COMPLETE needs a model with one STRING output; '{model.name}' has others"
        )
    element = types[0].element if len(types) == 1 else None
    if name == "AI_EMBEDDING" and (element is None or element.root != "FLOAT"):
        raise context.refuse(
            call,
            f"AI_EMBEDDING needs a model with one ARRAY<FLOAT> output; '{model.name}' has others",
        )


def fit(
    context: Context, call: exp.Anonymous, model: Model, values: list[Expr]
) -> tuple[Expr, ...]:
    """Return the values in the types of the model's INPUT, by position.

    Raises:
        SqlError: their number or a type does not fit.
    """
    fits = len(values) == len(model.inputs) and all(
        implicit(value.type, column.type)
        for value, column in zip(values, model.inputs, strict=True)
    )
    if not fits:
        given = ", ".join(f"<{plain(value.type)}>" for value in values)
        wanted = ", ".join(f"<{plain(column.type)}>" for column in model.inputs)
        raise context.refuse(
            call,
            f"Cannot apply '{call.this}' to arguments of type '{call.this}(<MODEL>, {given})'. "
            f"Supported form(s): '{call.this}(<MODEL>, {wanted})'",
        )
    zone = context.session.time_zone
    pairs = zip(values, model.inputs, strict=True)
    return tuple(cast(value, column.type.or_null(), zone) for value, column in pairs)
