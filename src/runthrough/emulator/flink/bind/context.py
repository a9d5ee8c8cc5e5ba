"""What binding a statement keeps at hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlglot import exp

from runthrough.emulator.flink.bind.expressions import Before, ExpressionBinder
from runthrough.emulator.flink.bind.grouping_sets import is_grouping_call
from runthrough.emulator.flink.bind.relations import Relation
from runthrough.emulator.flink.bind.scope import Ids, Scope
from runthrough.emulator.flink.catalog import Catalog, Session, Table
from runthrough.emulator.flink.functions.table import AGGREGATES
from runthrough.emulator.flink.parse.refusals import invalid, span_of
from runthrough.emulator.flink.plan import Source, SqlError
from runthrough.emulator.flink.zones import icu_zone


@dataclass
class Context:
    """One statement being bound: its text, session, catalog, ids, and the tables it reads.

    Attributes:
        query: the statement's own query, if it is nothing else.
        views: paths of the views whose query is being bound, from the outermost on.
    """

    sql: str
    session: Session
    catalog: Catalog
    ids: Ids = field(default_factory=Ids)
    sources: dict[tuple[tuple[str, str, str], str], Source] = field(default_factory=dict)
    views: tuple[tuple[str, str, str], ...] = ()
    query: exp.Expr | None = None

    def source(self, table: Table, watermark: str | None = None) -> Source:
        """Return the source of a table, the same one for every use with the same options.

        Args:
            table: what is read.
            watermark: DuckDB text of its declared watermark (`plan.Source`).
        """
        key = (table.path, str(sorted(table.options.items())))
        known = self.sources.get(key)
        if known is None:
            known = Source(f"source_{len(self.sources)}", table, watermark)
            self.sources[key] = known
        return known

    def versions(self, table: Table, relation: str) -> Source:
        """Return the source of all versions of a table that a query reads as `relation`."""
        known = next(s for s in self.sources.values() if s.relation == relation)
        key = (table.path, f"versions of {relation}")
        if key not in self.sources:
            name = f"source_{len(self.sources)}"
            self.sources[key] = replace(known, relation=name, versions=True)
        return self.sources[key]

    def expressions(self, scope: Scope, before: Before | None = None) -> ExpressionBinder:
        """Return a binder of expressions."""
        return ExpressionBinder(self.sql, scope, icu_zone(self.session.time_zone), before)

    def refuse(self, node: Any, message: str) -> SqlError:
        """Return the refusal of a piece of the text."""
        return invalid(self.sql, span_of(node), message)

    def written(self, node: exp.Expr) -> str:
        """Return a piece of the text as it was written."""
        span = span_of(node)
        return self.sql[span.start : span.end + 1] if span else node.sql()


@dataclass(frozen=True)
class Environment:
    """Where a query stands: the named queries it may use, and the query around it.

    Attributes:
        outer: the scope a correlated subquery may look into.
        root: the statement's own query, whose order matters.
    """

    named: Mapping[str, Relation] = field(default_factory=dict)
    outer: Scope | None = None
    root: bool = False

    def inside(self) -> Environment:
        """Return the place of a derived table."""
        return Environment(self.named)

    def correlated(self, scope: Scope) -> Environment:
        """Return the place of a subquery in a condition."""
        return Environment(self.named, outer=scope)


BindQuery = Callable[[exp.Expr, Environment], Relation]


def has_aggregate(node: exp.Expr) -> bool:
    """Return whether an aggregate function is called, outside any subquery."""
    if isinstance(node, exp.Anonymous) and str(node.this).upper() in AGGREGATES:
        return True
    if is_grouping_call(node):
        return True
    if isinstance(node, exp.Query):
        return False
    if isinstance(node, exp.Window):  # SUM(x) OVER … is none, SUM(COUNT(*)) OVER … has one
        call = node.this.this if isinstance(node.this, exp.Filter) else node.this
        parts = (*call.iter_expressions(), *_around(node))
        return any(has_aggregate(part) for part in parts)
    return any(has_aggregate(child) for child in node.iter_expressions())


def first_window(node: exp.Expr) -> exp.Window | None:
    """Return the first call over a window, outside any subquery; None without one."""
    if isinstance(node, exp.Window):
        return node
    if isinstance(node, exp.Query):
        return None
    found = (first_window(child) for child in node.iter_expressions())
    return next((window for window in found if window is not None), None)


def has_window(node: exp.Expr) -> bool:
    """Return whether a call over a window is made, outside any subquery."""
    return first_window(node) is not None


def _around(window: exp.Window) -> list[exp.Expr]:
    order = window.args.get("order")
    ordered = list(order.expressions) if order is not None else []
    return [*(window.args.get("partition_by") or ()), *ordered]


def conjuncts(node: exp.Expr) -> list[exp.Expr]:
    """Return the parts of a condition that AND joins."""
    while isinstance(node, exp.Paren):
        node = node.this
    if isinstance(node, exp.And):
        return conjuncts(node.this) + conjuncts(node.expression)
    return [node]
