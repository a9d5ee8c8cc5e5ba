"""How a plan prints an operator: `GroupAggregate(groupBy=[k], select=[k, COUNT(*) AS c])`.

Source: facts/flink-sql-ai.md 5.4 (the named node of E1 and E2). Columns that nothing above needs
are left out, as Flink's planner drops them before a join.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from runthrough.emulator.flink.bind.columns import unique
from runthrough.emulator.flink.bind.expression import Expr, shown
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Evaluate,
    Field,
    Filter,
    FromChangelog,
    Join,
    Limit,
    ModelCall,
    Project,
    Relation,
    Scan,
    SemiJoin,
    SetOperation,
    SubqueryColumn,
    ToChangelog,
    TopN,
    Unnest,
    Values,
)
from runthrough.emulator.flink.bind.window_columns import correlated
from runthrough.emulator.flink.bind.window_relations import (
    JoinedWindows,
    WindowAggregate,
    WindowColumns,
    WindowTable,
)
from runthrough.emulator.flink.planning.column_use import aliases, used_columns
from runthrough.emulator.flink.planning.join_text import joined_by, met_fields
from runthrough.emulator.flink.planning.over import (
    calls_text,
    keeps_all_columns,
    order_text,
    partition_text,
)
from runthrough.emulator.flink.planning.temporal_joins import temporal_text
from runthrough.emulator.flink.planning.time_joins import interval_text
from runthrough.emulator.flink.planning.windows import window_text

_JOINS = {
    "INNER": "InnerJoin",
    "LEFT": "LeftOuterJoin",
    "RIGHT": "RightOuterJoin",
    "FULL": "FullOuterJoin",
}
_RETRACTABLE = ("COUNT", "SUM", "AVG", "MIN", "MAX", "ARRAY_AGG", "LISTAGG", "FIRST_VALUE",
                "LAST_VALUE")  # fmt: skip


class Digests:
    """Prints the operators of one query."""

    def __init__(self, root: Relation) -> None:
        self.used = used_columns(root)
        self.aliases = aliases(root)

    def _names(self, fields: Iterable[Field]) -> dict[str, str]:
        """Return the names an operator prints for its columns: those that repeat get a number.

        The result of an aggregate call has the name under which the list above shows it.
        """
        # What nothing looks at takes no name away: Flink has dropped it before.
        known = sorted(fields, key=lambda f: f.id not in self.used)
        written = [self.aliases.get(f.id, f.name) for f in known]
        return dict(zip((f.id for f in known), unique(written), strict=True))

    def _select(self, fields: Iterable[Field], known: Mapping[str, str]) -> str:
        return ", ".join(known[f.id] for f in fields if f.id in self.used)

    def scan(self, node: Scan) -> str:
        """Print a table scan."""
        fields = ", ".join(f.name for f in node.fields if not f.hidden)
        return f"TableSourceScan(table=[[{', '.join(node.table.path)}]], fields=[{fields}])"

    def normalize(self, node: Scan, condition: Expr | None = None) -> str:
        """Print what makes full changes of an upsert table, and filters them."""
        key = ", ".join(node.table.primary_key)
        if condition is None:
            return f"ChangelogNormalize(key=[{key}])"
        where = shown(condition.text, self._names(node.fields))
        return f"ChangelogNormalize(key=[{key}], condition=[{where}])"

    def calc(self, node: Project | Filter) -> str:
        """Print a projection or a filter."""
        known = self._names(node.input.fields)
        if isinstance(node, Filter):
            select = self._select(node.fields, known)
            return f"Calc(select=[{select}], where=[{shown(node.condition.text, known)}])"
        items = []
        for f, e in zip(node.fields, node.expressions, strict=True):
            text = shown(e.text, known)
            items.append(text if text == f.name else f"{text} AS {f.name}")
        return f"Calc(select=[{', '.join(items)}])"

    def join(self, node: Join, left_spec: str, right_spec: str) -> str:
        """Print a join; the specs say whether each side has a unique key."""
        known = self._names(node.fields)
        where = shown(joined_by(node), known)
        if node.interval:
            used = [[f.id for f in side.fields if f.id in self.used]
                    for side in (node.left, node.right)]  # fmt: skip
            places = used[0].index(node.interval.left), used[1].index(node.interval.right)
            return (
                f"IntervalJoin(joinType=[{_JOINS[node.kind]}], "
                f"{interval_text(node.interval, *places)}, where=[{where}], "
                f"select=[{self._select(node.fields, known)}])"
            )
        return (
            f"Join(joinType=[{_JOINS[node.kind]}], where=[{where}], "
            f"select=[{self._select(node.fields, known)}], "
            f"leftInputSpec=[{left_spec}], rightInputSpec=[{right_spec}])"
        )

    def semi_join(self, node: SemiJoin, where: str, left_spec: str, right_spec: str) -> str:
        """Print IN, EXISTS and their negations."""
        known = self._names((*node.left.fields, *met_fields(node.right, where)))
        kind = "LeftAntiJoin" if node.negated else "LeftSemiJoin"
        return (
            f"Join(joinType=[{kind}], where=[{shown(where, known)}], "
            f"select=[{self._select(node.fields, known)}], "
            f"leftInputSpec=[{left_spec}], rightInputSpec=[{right_spec}])"
        )

    def compared(self, node: Filter, subquery: SubqueryColumn, left_spec: str) -> str:
        """Print the join of rows with the one value they are compared with."""
        known = self._names((*subquery.left.fields, subquery.made))
        where = shown(node.condition.text, known)
        return (
            f"Join(joinType=[InnerJoin], where=[{where}], "
            f"select=[{self._select(subquery.fields, known)}], "
            f"leftInputSpec=[{left_spec}], rightInputSpec=[JoinKeyContainsUniqueKey])"
        )

    def window_join(self, node: Join, windows: JoinedWindows) -> str:
        """Print a window join."""
        left = self._joined_window(node.left, windows.left)
        sides = (left, self._joined_window(node.right, windows.right))
        known = self._names(node.fields)
        where = shown(node.condition.text, known) if node.condition else "true"
        return _window_join(_JOINS[node.kind], sides, where, self._select(node.fields, known))

    def window_semi_join(self, node: SemiJoin, windows: JoinedWindows) -> str:
        """Print IN or EXISTS within windows."""
        inner = correlated(node.right)
        right = node.right if inner is None else inner.input
        left = self._joined_window(node.left, windows.left)
        sides = (left, self._joined_window(right, windows.right))
        known = self._names((*node.left.fields, *node.right.fields))
        kind = "LeftAntiJoin" if node.negated else "LeftSemiJoin"
        return _window_join(kind, sides, shown(node.text, known), self._select(node.fields, known))

    def _joined_window(self, node: Relation, window: WindowColumns) -> str:
        """Print the windows of an input by the names of their bounds."""
        known = self._names(node.fields)
        start, end = known[min(window.starts)], known[min(window.ends)]
        partition = tuple(known[i] for i in sorted(window.partition) if i in known)
        return window_text(window.spec, f"win_start=[{start}], win_end=[{end}]", partition)

    def window_rank(self, node: Rank, window: WindowColumns, *, with_rank: bool) -> str:
        """Print a Top-N or a deduplication within windows."""
        known = self._names(node.input.fields)
        bounds = window.starts | window.ends | window.times
        keys = tuple(e for e in node.partition if e.column not in bounds)
        width = sum(f.id in self.used for f in node.input.fields)
        partition, added = partition_text(keys, known, width)
        made = self._joined_window(node.input, window)
        if node.by_time_alone:
            keep = "LastRow" if node.keys[0].descending else "FirstRow"
            time = shown(node.keys[0].expression.text, known)
            return (
                f"WindowDeduplicate(window=[{made}], keep=[{keep}], partitionKeys=[{partition}], "
                f"orderKey=[{time}], order=[ROWTIME])"
            )
        select = self._select(node.input.fields, known) + added + (", w0$o0" if with_rank else "")
        return (
            f"WindowRank(window=[{made}], rankType=[{node.function}], "
            f"rankRange=[rankStart={node.first}, rankEnd={node.last}], "
            f"partitionBy=[{partition}], orderBy=[{order_text(node.keys, known)}], "
            f"select=[{select}])"
        )

    def subquery(self, node: SubqueryColumn, left_spec: str, right_spec: str) -> str:
        """Print the join that a subquery in an expression becomes."""
        known = self._names(node.fields)
        return (
            f"Join(joinType=[{'InnerJoin' if node.required else 'LeftOuterJoin'}], where=[true], "
            f"select=[{self._select(node.fields, known)}], "
            f"leftInputSpec=[{left_spec}], rightInputSpec=[{right_spec}])"
        )

    def changelog_call(self, node: ToChangelog | FromChangelog) -> str:
        """Print TO_CHANGELOG and FROM_CHANGELOG."""
        name = "TO_CHANGELOG" if isinstance(node, ToChangelog) else "FROM_CHANGELOG"
        select = ",".join(f.name for f in node.fields)
        return f"ProcessTableFunction(invocation=[{name}(TABLE(#0))], select=[{select}])"

    def unnest(self, node: Unnest) -> str:
        """Print UNNEST."""
        known = self._names(node.input.fields)
        call = f"$UNNEST_ROWS$1({shown(node.value.text, known)})"
        join = "LEFT" if node.keep_unmatched else "INNER"
        outputs = ", ".join(f.name for f in node.fields if not f.hidden)
        return f"Correlate(invocation=[{call}], select=[{outputs}], joinType=[{join}])"

    def aggregate(self, node: Aggregate, *, retracting: bool) -> str:
        """Print an aggregate."""
        groups, calls = self._aggregated(node, retracting)
        head = f"groupBy=[{', '.join(groups)}], " if groups else ""
        return f"GroupAggregate({head}select=[{', '.join([*groups, *calls])}])"

    def _aggregated(self, node: Aggregate, retracting: bool) -> tuple[list[str], list[str]]:
        """Return the groups and the calls of an aggregate as a plan prints them."""
        known = self._names(node.input.fields)
        groups = []
        for f, e in zip(node.fields, node.groups, strict=False):
            text = shown(e.text, known)
            groups.append(text if e.column is not None else self.aliases.get(f.id, f.name))
        # Several groupings are one grouping by the columns and the number of the set.
        size = len(groups)
        groups += [f.name for f in node.fields[size : size + bool(node.sets)]]
        size, calls = len(groups), []
        for f, e in zip(node.fields[size:], node.calls[bool(node.sets) :], strict=True):
            text = shown(e.text, known)
            if retracting:
                text = _retracting(text)
            calls.append(f"{text} AS {self.aliases.get(f.id, f.name)}")
        return groups, calls

    def window_table(self, node: WindowTable) -> str:
        """Print a window function."""
        known = self._names(node.input.fields)
        partition = tuple(known[i] for i in node.partition)
        text = window_text(node.spec, f"time_col=[{known[node.time]}]", partition)
        return f"WindowTableFunction(window=[{text}])"

    def window_aggregate(self, node: WindowAggregate, *, retracting: bool) -> str:
        """Print an aggregate by windows, the one-phase form; its window function is part of it."""
        known = self._names(node.input.fields)
        groups, calls = self._aggregated(node.aggregate, retracting)
        window, bounds = node.window, []
        keys = []
        for text, e in zip(groups, node.aggregate.groups, strict=False):
            if e.column in window.starts:
                bounds.append(f"start('w$) AS {text}")
            elif e.column in window.ends:
                bounds.append(f"end('w$) AS {text}")
            elif e.column in window.times:
                bounds.append(f"rowtime('w$) AS {text}")
            else:
                keys.append(text)
        keys += groups[len(node.aggregate.groups) :]
        columns = f"time_col=[{window.time}]"
        if window.time is None:
            start, end = min(window.starts), min(window.ends)
            columns = f"win_start=[{known[start]}], win_end=[{known[end]}]"
        partition = tuple(known[i] for i in sorted(window.partition))
        made = window_text(window.spec, columns, partition)
        head = f"groupBy=[{', '.join(keys)}], " if keys else ""
        select = ", ".join([*keys, *calls, *bounds])
        return f"WindowAggregate({head}window=[{made}], select=[{select}])"

    def top(self, node: TopN) -> str:
        """Print ORDER BY … LIMIT."""
        known = self._names(node.fields)
        keys = ", ".join(
            shown(k.expression.text, known) + (" DESC" if k.descending else " ASC")
            for k in node.keys
        )
        bounds = f"offset=[{node.offset}], fetch=[{node.fetch}], strategy=[UndefinedStrategy]"
        return f"SortLimit(orderBy=[{keys}], {bounds})"

    def over(self, node: Over) -> str:
        """Print calls over a window."""
        known = self._names(node.input.fields)
        shown_fields = [f for f in node.input.fields if f.id in self.used]
        if keeps_all_columns(node):
            shown_fields = [f for f in node.input.fields if f.id in self.used or not f.hidden]
        select = ", ".join(known[f.id] for f in shown_fields)
        partition, added = partition_text(node.partition, known, len(shown_fields))
        head = f"partitionBy=[{partition}], " if partition else ""
        order, frame = order_text(node.keys, known), node.frame.text()
        calls = calls_text(node.calls, known)
        return (
            f"OverAggregate({head}orderBy=[{order}], window=[ {frame}], "
            f"select=[{select}{added}, {calls}])"
        )

    def rank(self, node: Rank, *, with_rank: bool) -> str:
        """Print a Top-N or a deduplication."""
        known = self._names(node.input.fields)
        select = self._select(node.input.fields, known)
        width = sum(f.id in self.used for f in node.input.fields)
        partition, added = partition_text(node.partition, known, width)
        order = order_text(node.keys, known, node.time)
        rank = ", w0$o0" if with_rank else ""
        return (
            f"Rank(strategy=[UndefinedStrategy], rankType=[{node.function}], "
            f"rankRange=[rankStart={node.first}, rankEnd={node.last}], "
            f"partitionBy=[{partition}], orderBy=[{order}], select=[{select}{added}{rank}])"
        )

    def temporal_join(self, node: TemporalJoin) -> str:
        """Print a join with versions."""
        known = self._names(node.fields)
        select = self._select(node.fields, known)
        return temporal_text(node, _JOINS[node.kind], known, select)

    def time_sort(self, node: TimeSort) -> str:
        """Print ORDER BY a time attribute."""
        return f"TemporalSort(orderBy=[{order_text(node.keys, self._names(node.fields))}])"

    def limit(self, node: Limit) -> str:
        """Print LIMIT."""
        fetch = "unlimited" if node.fetch is None else node.fetch
        return f"Limit(offset=[{node.offset}], fetch=[{fetch}])"

    def model_call(self, node: ModelCall) -> str:
        """Print a call of a table function."""
        known = self._names(node.input.fields)
        arguments = ", ".join(shown(a.text, known) for a in node.arguments)
        join = "LEFT" if node.keep_unmatched else "INNER"
        outputs = ", ".join(f.name for f in node.fields if not f.hidden)
        call = f"'{node.model.name}', {arguments}" if node.target is None else arguments
        return (
            f"Correlate(invocation=[{node.function}({call})], "
            f"select=[{outputs}], joinType=[{join}])"
        )

    def evaluation(self, node: Evaluate) -> str:
        """Print ML_EVALUATE; how Confluent Cloud prints it is not known."""
        known = self._names(node.input.fields)
        values = ", ".join(shown(e.text, known) for e in (node.label, *node.arguments))
        call = f"ML_EVALUATE('{node.model.name}', {values})"
        return f"GroupTableAggregate(select=[{call} AS {node.made.name}])"

    def set_operation(self, node: SetOperation) -> str:
        """Print UNION ALL, or INTERSECT and EXCEPT as the aggregate Flink makes of them."""
        columns = ", ".join(f.name for f in node.fields)
        if node.kind == "UNION":
            return f"Union(all=[true], union=[{columns}])"
        if node.keep_duplicates:
            counts = "SUM(vcol_marker) AS sum_vcol_marker"
            if node.kind == "INTERSECT":
                counts = (
                    "COUNT(vcol_left_marker) AS vcol_left_cnt, "
                    "COUNT(vcol_right_marker) AS vcol_right_cnt"
                )
            return f"GroupAggregate(groupBy=[{columns}], select=[{columns}, {counts}])"
        return f"GroupAggregate(groupBy=[{columns}], select=[{columns}])"

    def values(self, node: Values) -> str:
        """Print rows written down; those of INFORMATION_SCHEMA as a table's."""
        if node.table:
            fields = ", ".join(f.name for f in node.fields)
            return f"TableSourceScan(table=[[{', '.join(node.table)}]], fields=[{fields}])"
        rows = ", ".join(
            "{ " + ", ".join(shown(cell.text, {}) for cell in row) + " }" for row in node.rows
        )
        return f"Values(tuples=[[{rows}]])"


def _window_join(kind: str, sides: tuple[str, str], where: str, select: str) -> str:
    return (
        f"WindowJoin(leftWindow=[{sides[0]}], rightWindow=[{sides[1]}], joinType=[{kind}], "
        f"where=[{where}], select=[{select}])"
    )


def _retracting(text: str) -> str:
    for name in _RETRACTABLE:
        if text.startswith(f"{name}("):
            return f"{name}_RETRACT{text.removeprefix(name)}"
    return text
