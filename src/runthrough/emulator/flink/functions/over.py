"""Functions that exist only over windows: ranks, and rows before and after.

Sources: facts/flink-sql-ai.md 5.2 (row 25), 6.4; what streaming refuses was asked of Flink 2.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from runthrough.emulator.flink.bind.expression import Expr, combine
from runthrough.emulator.flink.bind.type_rules import common
from runthrough.emulator.flink.parse.refusals import Refused, not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.types import BIGINT, DOUBLE, FlinkType, duckdb_type, summary

WINDOW = '"over"'
"""The name of the window in DuckDB's text: partition, order and frame as written."""
ROWS = '"rows"'
"""The window with the same partition in which no two rows are equal in order."""

NO_FRAME = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK", "LAG", "LEAD"})
"""Functions that take no ROWS or RANGE."""
RANKS = frozenset({"ROW_NUMBER", "RANK", "DENSE_RANK"})
"""Functions a Top-N is written with."""
BATCH_ONLY = frozenset({"LEAD", "NTILE", "CUME_DIST", "PERCENT_RANK"})
"""Functions that Flink refuses in streams: their results would depend on rows to come."""


@dataclass(frozen=True)
class OverFunctionCall:
    """A call to be bound.

    Attributes:
        position: DuckDB text of the row's number in the order of time and arrival.
        batch: rows of equal order need not share a result, as they do in a stream.
    """

    name: str
    arguments: tuple[Expr, ...]
    position: str
    batch: bool

    def text(self) -> str:
        """Return the call as a plan prints it."""
        return f"{self.name}({', '.join(a.text for a in self.arguments) or '*'})"


@dataclass(frozen=True)
class BoundOver:
    """A bound call.

    Attributes:
        helper: DuckDB text over `ROWS`, computed first, where `bound` speaks of `{helper}`.
    """

    bound: Expr
    helper: str = ""


@dataclass(frozen=True)
class OverFunction:
    """One function: its name, how it is written, how many arguments, how it is bound."""

    name: str
    forms: str
    counts: tuple[int, int]
    bind: Callable[[OverFunctionCall], BoundOver]


def _rank(call: OverFunctionCall) -> BoundOver:
    """Return a rank. Streaming Flink 2.3 ranks every row anew: equal rows share the last's rank."""
    name = call.name.lower()
    if call.name == "ROW_NUMBER":
        sql = f"{name}() OVER {ROWS}"
    elif call.batch:
        sql = f"{name}() OVER {WINDOW}"
    else:
        sql = f"count(*) OVER {WINDOW}"
    return BoundOver(combine(sql, BIGINT.not_null(), call.text()))


def _share(call: OverFunctionCall) -> BoundOver:
    sql = f"{call.name.lower()}() OVER {WINDOW}"
    return BoundOver(combine(sql, DOUBLE.not_null(), call.text()))


def _ntile(call: OverFunctionCall) -> BoundOver:
    size = call.arguments[0]
    if not isinstance(size.constant, int) or size.constant < 1:
        raise Refused("Argument to function 'NTILE' must be a positive integer literal")
    sql = f"ntile({size.sql}) OVER {ROWS}"
    return BoundOver(combine(sql, BIGINT.not_null(), call.text(), size))


def _neighbour(call: OverFunctionCall) -> BoundOver:
    """Return a value of another row; rows of equal time share what their last one sees."""
    value, *more = call.arguments
    result = value.type.or_null()
    distance = more[0].constant if more else 1
    if not isinstance(distance, int) or distance < 0:
        raise not_emulated(f"{call.name} by anything but a whole number of rows")
    if len(more) == 2:
        shared = common([value.type, more[1].type])
        if shared is None or shared.root != value.type.root:
            raise SqlError(
                f"Please explicitly cast default value {summary(more[1].type)} to "
                f"{summary(value.type.not_null())}."
            )
        result = shared.with_null(more[1].type.nullable)
    kind = duckdb_type(result)
    parts = [f"CAST({value.sql} AS {kind})", *(item.sql for item in more[:1])]
    parts += [f"CAST({item.sql} AS {kind})" for item in more[1:]]
    neighbour = f"{call.name.lower()}({', '.join(parts)}) OVER {ROWS}"
    if call.batch:
        found = _never_null(neighbour, result, parts)
        return BoundOver(combine(found, result, call.text(), *call.arguments))
    last = f"max_by(struct_pack(v := {{helper}}), {call.position}) OVER {WINDOW}"
    found = _never_null(f"struct_extract({last}, 'v')", result, parts)
    return BoundOver(combine(found, result, call.text(), *call.arguments), neighbour)


def _never_null(sql: str, result: FlinkType, parts: list[str]) -> str:
    """Return the default in place of a NULL too, where the default makes the type NOT NULL.

    Flink 2.3 has that type as well, but shows -1 for the NULL.
    """
    return sql if result.nullable else f"coalesce({sql}, {parts[-1]})"


OVER_FUNCTIONS = {
    function.name: function
    for function in (
        OverFunction("ROW_NUMBER", "ROW_NUMBER()", (0, 0), _rank),
        OverFunction("RANK", "RANK()", (0, 0), _rank),
        OverFunction("DENSE_RANK", "DENSE_RANK()", (0, 0), _rank),
        OverFunction("PERCENT_RANK", "PERCENT_RANK()", (0, 0), _share),
        OverFunction("CUME_DIST", "CUME_DIST()", (0, 0), _share),
        OverFunction("NTILE", "NTILE(n)", (1, 1), _ntile),
        OverFunction("LAG", "LAG(x [, n [, default]])", (1, 3), _neighbour),
        OverFunction("LEAD", "LEAD(x [, n [, default]])", (1, 3), _neighbour),
    )
}
