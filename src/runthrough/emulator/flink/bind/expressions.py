"""From a syntax tree to a bound expression: names resolved, types checked, DuckDB text made.

Sources: facts/flink-sql-ai.md 6.2-6.4. What is refused says where it stands.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from sqlglot import exp

from runthrough.emulator.flink.bind import composites, literals, operators
from runthrough.emulator.flink.bind.casts import cast
from runthrough.emulator.flink.bind.composites import in_type
from runthrough.emulator.flink.bind.current_watermark import CURRENT_WATERMARK, current_watermark
from runthrough.emulator.flink.bind.expression import Expr, column, combine, strictly
from runthrough.emulator.flink.bind.scope import Scope
from runthrough.emulator.flink.bind.type_rules import common
from runthrough.emulator.flink.functions.base import MANY, Call
from runthrough.emulator.flink.functions.json_functions import is_json
from runthrough.emulator.flink.functions.number_functions import MIXED
from runthrough.emulator.flink.functions.ordered import ORDERED
from runthrough.emulator.flink.functions.over import OVER_FUNCTIONS
from runthrough.emulator.flink.functions.table import (
    AGGREGATES,
    ELSEWHERE,
    MANAGED_FUNCTIONS,
    MODEL_FUNCTIONS,
    NULLS_WELCOME,
    REFUSED_ON_CLOUD,
    SCALARS,
    SEARCH_FUNCTIONS,
)
from runthrough.emulator.flink.parse.refusals import (
    Refused,
    UnplacedError,
    invalid,
    not_emulated,
    span_of,
)
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BOOLEAN, INT, FlinkType

_ARITHMETIC: dict[type[exp.Expr], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%",
}  # fmt: skip
_COMPARISON: dict[type[exp.Expr], str] = {
    exp.EQ: "=", exp.NEQ: "<>", exp.LT: "<", exp.LTE: "<=", exp.GT: ">", exp.GTE: ">=",
}  # fmt: skip

Before = Callable[[exp.Expr], Expr | None]


class ExpressionBinder:
    """Binds expressions of one scope.

    Args:
        sql: the submitted text.
        scope: what column names can mean.
        zone: the session's time zone.
        before: asked first for every node; its answer, if any, is taken (GROUP BY uses it).
    """

    def __init__(self, sql: str, scope: Scope, zone: str, before: Before | None = None) -> None:
        self.sql = sql
        self.scope = scope
        self.zone = zone
        self.before = before

    def bind(self, node: exp.Expr) -> Expr:
        """Return the bound expression.

        Raises:
            SqlError: with the place of what is refused.
        """
        if self.before is not None and (found := self.before(node)) is not None:
            return found
        try:
            return self._bind(node)
        except UnplacedError as refusal:
            raise SqlError(str(refusal)) from refusal
        except Refused as refusal:
            raise invalid(self.sql, span_of(node), str(refusal)) from refusal

    def condition(self, node: exp.Expr, clause: str) -> Expr:
        """Return a bound condition. Raises SqlError unless it is BOOLEAN."""
        bound = self.bind(node)
        if bound.type.root not in ("BOOLEAN", "NULL"):
            raise invalid(self.sql, span_of(node), f"{clause} clause must be a condition")
        return bound

    def _bind(self, node: exp.Expr) -> Expr:
        kind = type(node)
        if kind in _ARITHMETIC:
            left, right = self.typed(node.this), self.typed(node.expression)
            return operators.compute(_ARITHMETIC[kind], left, right)
        if kind in _COMPARISON:
            left, right = self.bind(node.this), self.bind(node.expression)
            return operators.compare(_COMPARISON[kind], left, right, self.zone)
        match node:
            case exp.Paren() if node.meta.get("unit"):
                left, right = self.typed(node.this.this), self.typed(node.this.expression)
                return operators.difference(left, right, node.meta["unit"])
            case exp.Paren():
                return self.bind(node.this)
            case exp.Column():
                return self._column(node)
            case exp.Literal() | exp.Boolean() | exp.Null() | exp.HexString() | exp.Introducer():
                return literals.literal(node)
            case exp.Interval():
                return literals.interval(node)
            case exp.And() | exp.Or():
                word = "AND" if isinstance(node, exp.And) else "OR"
                left, right = self.typed(node.this), self.typed(node.expression)
                return operators.logical(word, left, right)
            case exp.Not():
                return operators.invert(self.typed(node.this))
            case exp.Neg():
                return self._negative(node)
            case exp.DPipe():
                return operators.concat(self.typed(node.this), self.typed(node.expression))
            case exp.Is():
                return self._is(node)
            case exp.NullSafeEQ() | exp.NullSafeNEQ():
                return self._distinct_from(node)
            case exp.Between():
                return self._between(node)
            case exp.In():
                return self._in(node)
            case exp.Like() | exp.Escape():
                return self._like(node)
            case exp.Case():
                return self._case(node)
            case exp.Cast() | exp.TryCast():
                return self._cast(node)
            case exp.Bracket():
                value, index = self.bind(node.this), self.bind(node.expressions[0])
                return composites.item_of(value, index, self.zone)
            case exp.Dot():
                return composites.field_of(self.bind(node.this), node.expression.name)
            case exp.Array():
                return composites.array_of(self._all(node.expressions), self.zone)
            case exp.Map():
                keys, values = (self._all(node.args[a].expressions) for a in ("keys", "values"))
                return composites.map_of(keys, values, self.zone)
            case exp.Struct() | exp.Tuple():
                return composites.row_of([self.typed(item) for item in node.expressions])
            case exp.Anonymous():
                return self._call(node)
            case _:
                raise not_emulated(_WHAT.get(kind, f"{kind.__name__} expressions"))

    def _all(self, nodes: list[exp.Expr]) -> list[Expr]:
        return [self.bind(node) for node in nodes]

    def typed(self, node: exp.Expr) -> Expr:
        """Bind what needs a type of its own, which a bare NULL has not.

        Raises:
            SqlError: as `bind`, or it is a NULL, in Flink's words.
        """
        inner = node
        while isinstance(inner, exp.Paren):
            inner = inner.this
        if isinstance(inner, exp.Null):
            raise invalid(self.sql, span_of(inner), "Illegal use of 'NULL'")
        return self.bind(node)

    # -- names ---------------------------------------------------------------------------------

    def _column(self, node: exp.Column) -> Expr:
        parts = tuple(part.name for part in node.parts)
        found, rest = self.scope.find(parts)
        bound = column(found.id, found.type)
        for name in rest:
            bound = composites.field_of(bound, name)
        return bound

    # -- predicates ----------------------------------------------------------------------------

    def _negative(self, node: exp.Neg) -> Expr:
        inner = self.typed(node.this)
        value = operators.negate(inner)
        number = inner.constant
        if number == 2**31 and inner.type.root == "BIGINT":
            # The least INT is written as the negative of what is no INT.
            least = -(2**31)
            return Expr(f"CAST({least} AS INTEGER)", INT.not_null(), str(least), constant=least)
        if isinstance(number, int | Decimal) and not isinstance(number, bool):
            return Expr(value.sql, value.type, f"-{number}", constant=-number)
        return value

    def _is(self, node: exp.Is) -> Expr:
        value, word = self.bind(node.this), node.expression.name
        if word.startswith("JSON "):
            return is_json(value, word.removeprefix("JSON "))
        if word != "NULL" and value.type.root not in ("BOOLEAN", "NULL"):
            raise Refused(
                f"Cannot apply 'IS {word}' to arguments of type '<{value.type.root}> IS {word}'. "
                f"Supported form(s): '<BOOLEAN> IS {word}'"
            )
        test = "NULL" if word == "UNKNOWN" else word
        text = f"{value.text} IS {word}"
        bound = combine(f"({value.sql} IS {test})", BOOLEAN.not_null(), text, value)
        if test == "NULL" and not value.type.nullable:
            return replace(bound, constant=False)
        if test == "NULL":
            return replace(bound, denies=value.strict)
        return replace(bound, rejects=value.strict)

    def _distinct_from(self, node: exp.Expr) -> Expr:
        left, right = self.bind(node.this), self.bind(node.expression)
        a, b = operators.comparable("=", left, right, self.zone)
        word = "IS NOT DISTINCT FROM" if isinstance(node, exp.NullSafeEQ) else "IS DISTINCT FROM"
        text = f"{word}({left.text}, {right.text})"
        return combine(f"({a} {word} {b})", BOOLEAN.not_null(), text, left, right)

    def _between(self, node: exp.Between) -> Expr:
        value, low = self.bind(node.this), self.bind(node.args["low"])
        high = self.bind(node.args["high"])

        def inside(least: Expr, most: Expr) -> Expr:
            above = operators.compare(">=", value, least, self.zone)
            return operators.logical("AND", above, operators.compare("<=", value, most, self.zone))

        if node.args.get("symmetric"):
            return operators.logical("OR", inside(low, high), inside(high, low))
        return inside(low, high)

    def _in(self, node: exp.In) -> Expr:
        if node.args.get("query") is not None:
            raise not_emulated("IN (SELECT …) outside the conjuncts of WHERE")
        value = self.bind(node.this)
        items = [self.bind(item) for item in node.expressions]
        tests = [operators.compare("=", value, item, self.zone) for item in items]
        nullable = any(test.type.nullable for test in tests)
        pairs = [operators.comparable("=", value, item, self.zone) for item in items]
        text = f"IN({value.text}, {', '.join(item.text for item in items)})"
        if len({left for left, _ in pairs}) == 1:
            listed = ", ".join(right for _, right in pairs)
            sql = f"({pairs[0][0]} IN ({listed}))"
        else:
            sql = "(" + " OR ".join(test.sql for test in tests) + ")"
        return strictly(combine(sql, BOOLEAN.with_null(nullable), text, value, *items), value)

    def _like(self, node: exp.Expr) -> Expr:
        escape = None
        if isinstance(node, exp.Escape):
            escape, node = self.bind(node.expression), node.this
            if not isinstance(node, exp.Like):
                raise not_emulated("SIMILAR TO")
        value, pattern = self.bind(node.this), self.bind(node.expression)
        return operators.matches("LIKE", value, pattern, escape)

    # -- values --------------------------------------------------------------------------------

    def _case(self, node: exp.Case) -> Expr:
        conditions, results = [], []
        for branch in node.args["ifs"]:
            condition = branch.this
            if node.this is not None:
                left, right = self.bind(node.this), self.bind(condition)
                conditions.append(operators.compare("=", left, right, self.zone))
            else:
                bound = self.bind(condition)
                if bound.type.root not in ("BOOLEAN", "NULL"):
                    raise Refused("Expected a boolean type")
                conditions.append(bound)
            results.append(self.bind(branch.args["true"]))
        default = node.args.get("default")
        otherwise = self.bind(default) if default is not None else literals.null()
        if all(result.type.root == "NULL" for result in (*results, otherwise)):
            raise Refused("ELSE clause or at least one THEN clause must be non-NULL")
        shared = common([r.type for r in (*results, otherwise)])
        if shared is None:
            raise Refused(MIXED)
        branches = [
            f"WHEN {c.sql} THEN {in_type(r, shared, self.zone)}"
            for c, r in zip(conditions, results, strict=True)
        ]
        sql = f"CASE {' '.join(branches)} ELSE {in_type(otherwise, shared, self.zone)} END"
        pairs = [part for pair in zip(conditions, results, strict=True) for part in pair]
        text = f"CASE({', '.join(p.text for p in (*pairs, otherwise))})"
        return combine(sql, shared, text, *pairs, otherwise)

    def _cast(self, node: exp.Expr) -> Expr:
        target: FlinkType = node.meta["type"]
        attempt = isinstance(node, exp.TryCast)
        made = cast(self.bind(node.this), target, self.zone, attempt=attempt)
        found = self.scope.field(made.column)
        if found is not None and found.time_attribute:
            # A cast makes an ordinary timestamp of it, be it of the same type.
            return replace(made, column=None)
        return made

    # -- calls ---------------------------------------------------------------------------------

    def _call(self, node: exp.Anonymous) -> Expr:
        name = str(node.this).upper()
        if name in AGGREGATES:
            raise Refused(f"Aggregate expression is illegal in this clause: {name}")
        if name == CURRENT_WATERMARK and len(node.expressions) == 1:
            argument = self.bind(node.expressions[0])
            return current_watermark(argument, self.scope.field(argument.column), self.scope.wm)
        function = SCALARS.get(name)
        if function is None:
            raise self._unknown(node, name)
        nodes = list(node.expressions)
        words = {key: value for key, value in node.meta.items() if key != "span"}
        if nodes and isinstance(nodes[0], exp.Var):
            words["mode" if name == "TRIM" else "unit"] = nodes.pop(0).name
        if nodes and isinstance(nodes[-1], exp.Var):
            words["unit"] = nodes.pop().name
        for clause in ("on_empty", "on_error"):
            if clause in words and words[clause][1] is not None:
                words[clause] = (words[clause][0], self.bind(words[clause][1]))
        if any(isinstance(argument, exp.Star) for argument in nodes) or words.get("distinct"):
            raise Refused(f"Unknown form of function '{name}'")
        bind = self.bind if name in NULLS_WELCOME else self.typed
        arguments = tuple(bind(argument) for argument in nodes)
        least, most = function.counts
        if not least <= len(arguments) <= most:
            expecting = str(least) if least == most or most >= MANY else f"{least} to {most}"
            raise Refused(
                f"Invalid number of arguments to function '{name}'. "
                f"Was expecting {expecting} arguments"
            )
        bound = function.bind(Call(name, str(node.this), arguments, self.zone, words))
        if function.deterministic or arguments:
            return bound
        return combine(bound.sql, bound.type, bound.text, bound, volatile=name)

    def _unknown(self, node: exp.Anonymous, name: str) -> Exception:
        if name in REFUSED_ON_CLOUD:
            return SqlError(f"Function '{name}' is not supported in Confluent's Flink SQL dialect.")
        if name == "APPROX_COUNT_DISTINCT":
            return SqlError(
                "APPROX_COUNT_DISTINCT aggregate function does not support yet for streaming."
            )
        if name in MODEL_FUNCTIONS or name in SEARCH_FUNCTIONS:
            return Refused(f"{name} is a table function: use LATERAL TABLE({name}(…)) in FROM")
        if name in OVER_FUNCTIONS or name in ORDERED:
            return Refused("OVER clause is necessary for window functions")
        if name in MANAGED_FUNCTIONS:
            return not_emulated(f"{name} in this place")
        if name in ELSEWHERE:
            return not_emulated(f"function {name}")
        arguments = [self.typed(a) for a in node.expressions if not isinstance(a, exp.Star)]
        families = operators.families(arguments)
        return Refused(f"No match found for function signature {node.this}({families})")


_WHAT: dict[type[exp.Expr], str] = {
    exp.Subquery: "scalar subqueries",
    exp.Exists: "EXISTS outside the conjuncts of WHERE",
    exp.SimilarTo: "SIMILAR TO",
    exp.Kwarg: "named arguments of this function",
    exp.Table: "TABLE and MODEL as arguments of this function",
    exp.Filter: "FILTER on a function that is no aggregate",
}
