"""SELECT ML_EVALUATE(`m$all`, label, argument, …) FROM t: a model measured on labelled rows.

Source: facts/flink-sql-ai.md 4.1: an aggregate over the whole input that gives a map of metrics,
one row for each version with `$all`. What stands beside the call in SELECT, and GROUP BY, are not
documented: they are refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr
from runthrough.emulator.flink.bind.fields import Field, Timeless
from runthrough.emulator.flink.bind.type_rules import is_character, is_numeric
from runthrough.emulator.flink.catalog import Model
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.types import DOUBLE, STRING, FlinkType, describe

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.context import Context
    from runthrough.emulator.flink.bind.relations import Relation
    from runthrough.emulator.flink.bind.scope import Scope

NAME = "ML_EVALUATE"
TASKS = ("classification", "clustering", "embedding", "regression", "text_generation")
METRICS = FlinkType("MAP", key=STRING.not_null(), value=DOUBLE)
ALL_VERSIONS = "$all"
LAST_VERSION = 99
"""The highest number of a version that is looked for; a model has ten at a time."""


@dataclass(frozen=True)
class Evaluate(Timeless):
    """The metrics of one version over all its answers, as one row.

    Attributes:
        input: calls the model.
        label: the right answer. arguments: the values given to the model. answers: its outputs.
        made: the map. order: the id of when the last row came.
        batch: the one row exists even without input.
    """

    input: Relation
    model: Model
    label: Expr
    arguments: tuple[Expr, ...]
    answers: tuple[Field, ...]
    made: Field
    order: tuple[str, ...]
    batch: bool

    @property
    def fields(self) -> tuple[Field, ...]:
        """The map."""
        return (self.made,)

    @property
    def task(self) -> str:
        """What the model is for, in lower case."""
        return self.model.options.get("task", "").lower()


def evaluation_call(select: exp.Select) -> exp.Anonymous | None:
    """Return the call of ML_EVALUATE in a SELECT list; None if there is none.

    Raises:
        SqlError: there is more than the call alone.
    """
    items = [item.this if isinstance(item, exp.Alias) else item for item in select.expressions]
    if not any(_is_call(item) for item in items):
        return None
    more = [name for name in ("group", "having", "distinct", "order") if select.args.get(name)]
    if len(items) > 1 or more:
        raise not_emulated(f"{NAME} beside other columns, GROUP BY, HAVING, DISTINCT or ORDER BY")
    call = items[0]
    return call if isinstance(call, exp.Anonymous) else None


def _is_call(item: exp.Expr) -> bool:
    return isinstance(item, exp.Anonymous) and str(item.this).upper() == NAME


def bind_evaluation(
    context: Context, call: exp.Anonymous, scope: Scope, rows: Relation, name: str
) -> Relation:
    """Return one row of metrics for each version that the call names; `name` is the column's.

    Raises:
        SqlError: an unknown model, arguments that do not fit, a task without metrics.
    """
    nodes = list(call.expressions)
    versions = _versions(context, call, nodes[0] if nodes else None)
    binder = context.expressions(scope)
    values = [binder.bind(node) for node in nodes[1:]]
    if not values:
        raise context.refuse(call, f"No match found for function signature {call.this}(<MODEL>)")
    label, arguments = values[0], values[1:]
    found = [_measured(context, call, model, rows, label, arguments, name) for model in versions]
    return _united(context, found, name)


def _versions(context: Context, call: exp.Anonymous, node: exp.Expr | None) -> list[Model]:
    from runthrough.emulator.flink.bind.model_calls import find_model

    name = node.name if node is not None else ""
    if not name.endswith(ALL_VERSIONS):
        return [find_model(context, call, node)]
    base = name.removesuffix(ALL_VERSIONS)
    default = find_model(context, call, exp.Literal.string(base))
    found = {default.version: default}
    for number in range(1, LAST_VERSION + 1):
        model = context.catalog.model((*default.path[:2], f"{base}${number}"), context.session)
        if model is not None:
            found[model.version] = model
    return [found[version] for version in sorted(found)]


def _measured(
    context: Context,
    call: exp.Anonymous,
    model: Model,
    rows: Relation,
    label: Expr,
    arguments: list[Expr],
    name: str,
) -> Evaluate:
    from runthrough.emulator.flink.bind.model_calls import fit, outputs
    from runthrough.emulator.flink.bind.relations import ModelCall

    values = fit(context, call, model, arguments)
    answers = outputs(context, model)
    asked = ModelCall(rows, NAME, model, values, answers, keep_unmatched=False)
    made = Field(context.ids.new(), name, METRICS)
    order = (context.ids.new("s"),)
    batch = context.session.snapshot
    found = Evaluate(asked, model, label, values, answers, made, order, batch)
    _check(context, call, found)
    return found


def _check(context: Context, call: exp.Anonymous, found: Evaluate) -> None:
    if found.task not in TASKS:
        raise context.refuse(
            call,
            f"{NAME} needs a model whose 'task' is one of {', '.join(TASKS)}; that of "
            f"'{found.model.name}' is '{found.task}'",
        )
    answer = found.answers[0].type
    fits = len(found.answers) == 1
    match found.task:
        case "regression":
            fits = fits and is_numeric(answer) and is_numeric(found.label.type)
        case "embedding":
            fits = fits and _is_vector(answer) and _is_vector(found.label.type)
        case "clustering":
            fits = fits and all(is_numeric(a.type) or _is_vector(a.type) for a in found.arguments)
        case "text_generation":
            fits = fits and is_character(answer) and is_character(found.label.type)
    if not fits:
        raise context.refuse(
            call,
            f"{NAME} cannot measure a {found.task} with label {describe(found.label.type)} and "
            f"answer {', '.join(describe(f.type) for f in found.answers)}",
        )


def _is_vector(t: FlinkType) -> bool:
    return t.element is not None and is_numeric(t.element)


def _united(context: Context, found: list[Evaluate], name: str) -> Relation:
    from runthrough.emulator.flink.bind.relations import SetOperation

    made: Relation = found[0]
    for other in found[1:]:
        fields = (Field(context.ids.new(), name, METRICS),)
        order = (context.ids.new("s"),)
        made = SetOperation("UNION", True, made, other, fields, order)
    return made
