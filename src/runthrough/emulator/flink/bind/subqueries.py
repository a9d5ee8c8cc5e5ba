"""Subqueries as values: `(SELECT MAX(v) FROM b)`, EXISTS and IN anywhere in an expression.

Source: facts/flink-sql-ai.md 5.2, row 35: Flink joins the subquery to the rows, so the result
changes whenever the subquery's does. IN and EXISTS among the conjuncts of WHERE are semi joins
(rows 33, 34) and do not come here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sqlglot import exp

from runthrough.emulator.flink.bind.expression import Expr, column, quote
from runthrough.emulator.flink.bind.fields import Field, KeepsLeftTime
from runthrough.emulator.flink.bind.operators import comparable
from runthrough.emulator.flink.bind.type_rules import plain
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BOOLEAN

if TYPE_CHECKING:
    from runthrough.emulator.flink.bind.context import BindQuery, Context, Environment
    from runthrough.emulator.flink.bind.relations import Relation
    from runthrough.emulator.flink.bind.scope import Scope


@dataclass(frozen=True)
class SubqueryColumn(KeepsLeftTime):
    """The left rows with one more column: what a subquery says about each of them.

    Attributes:
        right: the subquery; its filters may look at columns of `left`.
        made: the column, hidden.
        kind: the one value, whether there are rows, or whether `value` is among them.
        required: a comparison in WHERE drops the rows for which there is no value: the join that
            Flink makes of it is an inner one.
    """

    right: Relation
    made: Field
    kind: Literal["SCALAR", "EXISTS", "IN"]
    value: Expr | None = None
    required: bool = False

    @property
    def fields(self) -> tuple[Field, ...]:
        """The left columns, then the subquery's."""
        return (*self.left.fields, self.made)


@dataclass(frozen=True)
class _Found:
    right: Relation
    made: Field
    kind: Literal["SCALAR", "EXISTS", "IN"]
    value: Expr | None
    required: bool


_COMPARISONS = (exp.EQ, exp.NEQ, exp.LT, exp.LTE, exp.GT, exp.GTE)
_STRICT = (*_COMPARISONS, exp.Paren, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Neg)


def _is_required(node: exp.Expr, condition: exp.Expr | None) -> bool:
    """Return whether a condition of WHERE cannot be true where a subquery in it is NULL."""
    if condition is node:
        return True
    if not isinstance(condition, _STRICT):
        return False
    return any(_is_required(node, child) for child in condition.iter_expressions())


class Subqueries:
    """Collects the subqueries of one SELECT's expressions until its rows are at hand.

    Args:
        context, environment, query: of the SELECT.
        scope: the names that a correlated subquery can see.
        grouped: the expressions stand over groups, whose columns a subquery cannot see here.

    Attributes:
        conditions: the parts of WHERE that AND joins.
    """

    def __init__(
        self,
        context: Context,
        environment: Environment,
        query: BindQuery,
        scope: Scope,
        *,
        grouped: bool = False,
    ) -> None:
        self.context, self.environment, self.query = context, environment, query
        self.scope, self.grouped = scope, grouped
        self.conditions: tuple[exp.Expr, ...] = ()
        self._found: list[_Found] = []
        self._known: dict[int, Expr] = {}

    def before(self, node: exp.Expr) -> Expr | None:
        """Answer for a subquery with the column it becomes; None for everything else.

        Raises:
            SqlError: the subquery, or what it is compared with, is refused.
        """
        # A condition may be bound several times; its subquery is joined once.
        known = self._known.get(id(node))
        if known is None:
            known = self._column_of(node)
            if known is not None:
                self._known[id(node)] = known
        return known

    def _column_of(self, node: exp.Expr) -> Expr | None:
        match node:
            case exp.Subquery():
                right = self._right(node)
                wanted = self._only_column(node, right)
                made = Field("", wanted.name, wanted.type.or_null())
                required = any(_is_required(node, part) for part in self.conditions)
                return self._take(right, "SCALAR", made, required=required)
            case exp.Exists():
                made = Field("", "EXISTS", BOOLEAN.not_null())
                return self._take(self._right(node.this), "EXISTS", made)
            case exp.In() if node.args.get("query") is not None:
                return self._in(node)
            case _:
                return None

    def _in(self, node: exp.In) -> Expr:
        value = self.context.expressions(self.scope, self.before).bind(node.this)
        right = self._right(node.args["query"])
        wanted = self._only_column(node, right)
        try:
            comparable("=", value, column(wanted.id, wanted.type), self.context.session.time_zone)
        except Refused as refusal:
            raise self.context.refuse(node, str(refusal)) from refusal
        nullable = value.type.nullable or wanted.type.nullable
        return self._take(right, "IN", Field("", "IN", BOOLEAN.with_null(nullable)), value)

    def _right(self, node: exp.Expr) -> Relation:
        seeing = self.environment.correlated(self.scope)
        if not self.grouped:
            return self.query(node, seeing)
        try:
            return self.query(node, self.environment.inside())
        except SqlError:
            self.query(node, seeing)
            raise not_emulated("subqueries that look at columns beside GROUP BY") from None

    def _only_column(self, node: exp.Expr, right: Relation) -> Field:
        shown = [f for f in right.fields if not f.hidden]
        if len(shown) != 1:
            columns = ", ".join(f"{plain(f.type)} {f.name}" for f in shown).upper()
            raise self.context.refuse(
                node,
                "Cannot apply '$SCALAR_QUERY' to arguments of type "
                f"'$SCALAR_QUERY(<RECORDTYPE({columns})>)'. Supported form(s): "
                "'$SCALAR_QUERY(<RECORDTYPE(SINGLE FIELD)>)'",
            )
        return shown[0]

    def _take(
        self,
        right: Relation,
        kind: Literal["SCALAR", "EXISTS", "IN"],
        like: Field,
        value: Expr | None = None,
        *,
        required: bool = False,
    ) -> Expr:
        made = Field(self.context.ids.new(), like.name, like.type, hidden=True)
        self._found.append(_Found(right, made, kind, value, required))
        return column(made.id, made.type)

    def attach(self, relation: Relation) -> Relation:
        """Return the rows with the columns of all subqueries met so far."""
        for found in self._found:
            relation = SubqueryColumn(
                relation, found.right, found.made, found.kind, found.value, found.required
            )
        self._found.clear()
        return relation


def render_subquery(node: SubqueryColumn, left: str, right: str) -> str:
    """Return the SELECT: DuckDB looks at the subquery once for each row."""
    one = quote(next(f.id for f in node.right.fields if not f.hidden))
    if node.kind == "EXISTS":
        value = f"EXISTS (SELECT 1 FROM ({right}))"
    elif node.kind == "IN" and node.value is not None:
        value = f"({node.value.sql} IN (SELECT {one} FROM ({right})))"
    else:
        value = f"(SELECT {one} FROM ({right}))"
    return f"SELECT *, {value} AS {quote(node.made.id)} FROM ({left})"
