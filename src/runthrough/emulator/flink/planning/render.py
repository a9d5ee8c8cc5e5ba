"""From operators to DuckDB: one SELECT inside another, cut into stages where a model is called.

Every SELECT names its columns by their ids and keeps the arrival numbers beside them. A query of
WITH and the input of a model call become stages, computed once. The last stage gives the
columns their names and is sorted by arrival.
"""

from __future__ import annotations

from runthrough.emulator.flink.bind.changelog_calls import (
    render_from_changelog,
    render_to_changelog,
)
from runthrough.emulator.flink.bind.expression import quote
from runthrough.emulator.flink.bind.from_clause import (
    ROWTIME_COLUMN,
    SEQUENCE_COLUMN,
    WATERMARK_COLUMN,
)
from runthrough.emulator.flink.bind.over_relations import Over, Rank, TemporalJoin, TimeSort
from runthrough.emulator.flink.bind.relations import (
    Aggregate,
    Evaluate,
    Filter,
    FromChangelog,
    Join,
    Limit,
    ModelCall,
    Project,
    Reference,
    Relation,
    Scan,
    SemiJoin,
    SetOperation,
    SubqueryColumn,
    ToChangelog,
    TopN,
    Unnest,
    Values,
    arrival,
    visible,
)
from runthrough.emulator.flink.bind.scope import Ids
from runthrough.emulator.flink.bind.subqueries import render_subquery
from runthrough.emulator.flink.bind.unnest import render_unnest
from runthrough.emulator.flink.bind.window_columns import (
    correlated,
    joined_windows,
    ranked_windows,
    semi_joined_windows,
)
from runthrough.emulator.flink.bind.window_relations import WindowAggregate, WindowTable
from runthrough.emulator.flink.catalog import relation_names
from runthrough.emulator.flink.plan import EvaluateStage, ModelStage, OverStage, SqlStage, Stage
from runthrough.emulator.flink.planning import over, windows
from runthrough.emulator.flink.planning.row_text import (
    bounds,
    fewer_calls,
    grouping_sets,
    is_in_order,
    key_name,
    newest,
    oldest,
    own,
    values_text,
)
from runthrough.emulator.flink.planning.temporal_joins import render_temporal_join
from runthrough.emulator.flink.planning.time_joins import render_interval_join

_JOINS = {"INNER": "JOIN", "LEFT": "LEFT JOIN", "RIGHT": "RIGHT JOIN", "FULL": "FULL JOIN"}


class Renderer:
    """Renders one query into stages.

    Args:
        ids: gives the stages their names.
        keep: ids of columns that every list of columns passes on, so that the result's rows can
            be told apart (`plan.Query.identity`).
    """

    def __init__(self, ids: Ids, keep: tuple[str, ...] = ()) -> None:
        self.ids = ids
        self.keep = keep
        self.stages: list[Stage] = []
        self._named: dict[int, str] = {}
        self._instead: dict[int, str] = {}
        self._history = False
        self.histories: set[str] = set()

    def finish(self, root: Relation, names: tuple[str, ...], seen: str = "") -> None:
        """Add the last stage: the query's visible columns under these names, then the kept ones.

        Under the name `seen` it has the number of the newest record of each row's input.
        """
        inner = self.select(root)
        shown = zip(visible(root), names, strict=True)
        columns = [f"{quote(f.id)} AS {quote(name)}" for f, name in shown]
        columns += [f"{quote(i)} AS {quote(key_name(n))}" for n, i in enumerate(self.keep)]
        columns += [f"{newest(root)} AS {quote(seen)}"] if seen else []
        sql = f"SELECT {', '.join(columns)} FROM ({inner})"
        self._add_stage(sql + (f" ORDER BY {arrival(root)}" if root.order else ""))

    def _add_stage(self, sql: str) -> str:
        relation = self.ids.new("stage_")
        self.stages.append(SqlStage(relation, sql))
        return relation

    # -- operators -----------------------------------------------------------------------------

    def select(self, node: Relation) -> str:
        """Return a SELECT with the operator's columns and arrival numbers, by id."""
        if (known := self._instead.get(id(node))) is not None:
            return known
        match node:
            case Scan():
                return self._scan(node)
            case Values():
                return values_text(node)
            case Project():
                return self._project(node)
            case Filter():
                inner = self.select(node.input)
                return f"SELECT * FROM ({inner}) WHERE {node.condition.sql}"
            case Join():
                return self._join(node)
            case SemiJoin():
                return self._semi_join(node)
            case Aggregate():
                return self._aggregate(node)
            case SetOperation():
                return self._set_operation(node)
            case TopN():
                return self._top(node)
            case Limit():
                inner = self.select(fewer_calls(node.input, node))
                window = bounds(node.fetch, node.offset)
                return f"SELECT * FROM ({inner}) ORDER BY {arrival(node.input)}{window}"
            case ModelCall():
                return self._model_call(node)
            case Reference():
                return self._reference(node)
            case ToChangelog():
                return render_to_changelog(node, self.select(node.input), newest(node.input))
            case FromChangelog():
                return render_from_changelog(node, self.select(node.input), newest(node.input))
            case SubqueryColumn():
                return render_subquery(node, self.select(node.left), self.select(node.right))
            case Unnest():
                return render_unnest(node, self.select(node.input), newest(node.input))
            case WindowTable():
                return windows.render_window_table(node, self.select(node.input))
            case WindowAggregate():
                return self._window_aggregate(node)
            case Evaluate():
                return self._evaluation(node)
            case Over():
                return self._over(node)
            case Rank():
                return self._rank(node)
            case TimeSort():
                return over.render_time_sort(node, self.select(node.input))
            case TemporalJoin():
                return render_temporal_join(node, self.select(node.left), self.select(node.right))

    def _scan(self, node: Scan) -> str:
        names = relation_names(node.table)
        columns = [f"{quote(names.get(f.name, f.name))} AS {quote(f.id)}" for f in node.fields[:-1]]
        columns.append(f"{quote(ROWTIME_COLUMN)} AS {quote(node.fields[-1].id)}")
        columns.append(f"{quote(SEQUENCE_COLUMN)} AS {quote(node.order[0])}")
        columns.append(f"{quote(WATERMARK_COLUMN)} AS {quote(node.wm[0])}")
        if self._history:
            self.histories.add(node.relation)
            name = quote(f"{node.relation}_history")
            return f"SELECT {', '.join([*columns, windows.TAKEN])} FROM {name}"
        return f"SELECT {', '.join(columns)} FROM {quote(node.relation)}"

    def _project(self, node: Project) -> str:
        columns = [
            f"{e.sql} AS {quote(f.id)}" for f, e in zip(node.fields, node.expressions, strict=True)
        ]
        own = node.order + node.wm
        columns += [quote(i) for i in own]
        columns += [quote(i) for i in self._kept(node.input) if i not in own]
        columns += [windows.TAKEN] * self._history
        return f"SELECT {', '.join(columns)} FROM ({self.select(node.input)})"

    def _kept(self, node: Relation) -> list[str]:
        """Return the ids to pass on that an operator's rows have."""
        return [i for i in self.keep if i in self._available(node)]

    def _available(self, node: Relation) -> frozenset[str]:
        own = frozenset((*(f.id for f in node.fields), *node.order, *node.wm))
        match node:
            case Over():
                return own | {node.row} | (self._available(node.input) & set(self.keep))
            case Rank() | TimeSort():
                return own | (self._available(node.input) & set(self.keep))
            case Project() | Filter() | Limit() | TopN() | ModelCall() | Unnest() | WindowTable():
                return own | (self._available(node.input) & set(self.keep))
            case Join():
                return own | self._available(node.left) | self._available(node.right)
            case SemiJoin() | SubqueryColumn() | TemporalJoin():
                return own | self._available(node.left)
            case _:
                return own

    def _join(self, node: Join) -> str:
        left, right = self.select(node.left), self.select(node.right)
        found = joined_windows(node)
        if found is not None:
            return windows.render_window_join(node, found, left, right)
        if node.interval:
            return render_interval_join(node, node.interval, left, right)
        lateral = "LATERAL " if node.lateral else ""
        if node.condition is None:
            return f"SELECT * FROM ({left}) CROSS JOIN {lateral}({right})"
        kind = _JOINS[node.kind]
        return f"SELECT * FROM ({left}) {kind} {lateral}({right}) ON {node.condition.sql}"

    def _semi_join(self, node: SemiJoin) -> str:
        found = semi_joined_windows(node)
        filtered = correlated(node.right)
        if found is not None and filtered is not None:
            rows = filtered.input
            late = windows.on_time(rows, found.right, self.select(rows), node.left)
            self._instead[id(rows)] = late
        left, right = self.select(node.left), self.select(node.right)
        word = "NOT " if node.negated else ""
        if node.value is None:
            test = f"EXISTS (SELECT 1 FROM ({right}))"
        else:
            one = quote(next(f.id for f in node.right.fields if not f.hidden))
            test = f"{node.value.sql} IN (SELECT {one} FROM ({right}))"
        if found is not None:
            return windows.render_window_semi_join(node, found, left, f"{word}({test})")
        return f"SELECT * FROM ({left}) WHERE {word}({test})"

    def _window_aggregate(self, node: WindowAggregate) -> str:
        around, self._history = self._history, windows.takes_back(node.input)
        rows = windows.on_time(node.input, node.window, self.select(node.input))
        if self._history:
            rows = windows.still_there(node, rows)
        self._history = around
        return windows.render_fired(node, self._aggregate(node.aggregate, rows))

    def _aggregate(self, node: Aggregate, rows: str | None = None) -> str:
        """Return the groups of an aggregate, over its input or over these rows of it."""
        rows = self.select(node.input) if rows is None else rows
        parts = (*node.groups, *node.calls)
        columns = [f"{e.sql} AS {quote(f.id)}" for f, e in zip(node.fields, parts, strict=True)]
        columns.append(f"max({newest(node.input)}) AS {quote(node.order[0])}")
        if node.sets:
            return grouping_sets(node, columns, rows)
        sql = f"SELECT {', '.join(columns)} FROM ({rows})"
        if node.groups:
            return sql + " GROUP BY " + ", ".join(str(i + 1) for i in range(len(node.groups)))
        # A stream that saw no row has no result; a batch has one row (facts 5.7).
        return sql if node.batch else sql + " HAVING count(*) > 0"

    def _rank(self, node: Rank) -> str:
        inner, found = self.select(node.input), ranked_windows(node)
        if found is None:
            return over.render_rank(node, inner)
        return windows.render_window_rank(node, found, inner)

    def _set_operation(self, node: SetOperation) -> str:
        sides = []
        for side in (node.left, node.right):
            columns = [
                f"{quote(a.id)} AS {quote(b.id)}"
                for a, b in zip(side.fields, node.fields, strict=True)
            ]
            if node.order:
                columns.append(f"{newest(side)} AS {quote(node.order[0])}")
            if node.wm:
                columns.append(f"{oldest(side)} AS {quote(node.wm[0])}")
            columns += [windows.TAKEN] * self._history
            sides.append(f"SELECT {', '.join(columns)} FROM ({self.select(side)})")
        word = node.kind + (" ALL" if node.keep_duplicates else "")
        return f"({sides[0]}) {word} ({sides[1]})"

    def _top(self, node: TopN) -> str:
        keys = [
            f"{k.expression.sql} {'DESC' if k.descending else 'ASC'} "
            f"NULLS {'FIRST' if k.nulls_first else 'LAST'}"
            for k in node.keys
        ]
        order = ", ".join([*keys, arrival(node.input)])
        rank = quote(node.order[0])
        number = f"row_number() OVER (ORDER BY {order}) AS {rank}"
        inner = f"SELECT *, {number} FROM ({self.select(node.input)})"
        conditions = [f"{rank} > {node.offset}"]
        if node.fetch is not None:
            conditions.append(f"{rank} <= {node.offset + node.fetch}")
        return f"SELECT * FROM ({inner}) WHERE {' AND '.join(conditions)}"

    # -- stages --------------------------------------------------------------------------------

    def _model_call(self, node: ModelCall) -> str:
        arguments = tuple(self.ids.new("a") for _ in node.arguments)
        values = "".join(
            f", {e.sql} AS {quote(a)}" for e, a in zip(node.arguments, arguments, strict=True)
        )
        inner = f"SELECT *{values} FROM ({self.select(node.input)})"
        if node.input.order and not is_in_order(node.input):
            inner += f" ORDER BY {arrival(node.input)}"
        source = self._add_stage(inner)
        relation = self.ids.new("stage_")
        self.stages.append(
            ModelStage(
                relation=relation,
                source=source,
                model=node.model,
                arguments=arguments,
                outputs=tuple(f.id for f in node.outputs),
                keep_unmatched=node.keep_unmatched,
                options=node.options,
                target=node.target,
            )
        )
        own = (*(f.id for f in node.fields), *node.order, *node.wm)
        kept = (i for i in self._kept(node.input) if i not in own)
        return f"SELECT {', '.join(quote(i) for i in (*own, *kept))} FROM {quote(relation)}"

    def _over(self, node: Over) -> str:
        rows = over.numbered(node, self.select(node.input))
        python = [call for call in node.calls if call.in_python]
        if not python:
            return over.windowed(node, rows)
        partition = {self.ids.new("a"): e for e in node.partition}
        arguments = [{self.ids.new("a"): e for e in call.arguments} for call in python]
        helpers = [partition, *arguments]
        more = tuple(f"{e.sql} AS {quote(i)}" for group in helpers for i, e in group.items())
        relation = self._add_stage(over.windowed(node, rows, more))
        for call, given in zip(python, arguments, strict=True):
            source, relation = relation, self.ids.new("stage_")
            self.stages.append(
                OverStage(
                    relation=relation,
                    source=source,
                    partition=tuple(partition),
                    order=node.order[0],
                    function=call.name,
                    arguments=tuple(given),
                    output=call.output.id,
                    type=call.output.type,
                )
            )
        gone = ", ".join(quote(i) for group in helpers for i in group)
        return f"SELECT * EXCLUDE ({gone}) FROM {quote(relation)}"

    def _evaluation(self, node: Evaluate) -> str:
        wanted = [node.label.sql, *(a.sql for a in node.arguments), quote(node.answers[0].id)]
        wanted.append(newest(node.input))
        names = tuple(self.ids.new("a") for _ in wanted)
        columns = ", ".join(f"{e} AS {quote(n)}" for e, n in zip(wanted, names, strict=True))
        source = self._add_stage(f"SELECT {columns} FROM ({self.select(node.input)})")
        label, *arguments, answer, last = names
        relation = self.ids.new("stage_")
        self.stages.append(
            EvaluateStage(
                relation=relation,
                source=source,
                task=node.task,
                label=label,
                arguments=tuple(arguments),
                answer=answer,
                newest=last,
                made=node.made.id,
                order=node.order[0],
                batch=node.batch,
            )
        )
        return f"SELECT * FROM {quote(relation)}"

    def _reference(self, node: Reference) -> str:
        if self._history:
            # What is computed once for all has no versions.
            inner, moved = self.select(node.input), zip(node.ids, own(node), strict=True)
            columns = [f"{quote(a)} AS {quote(b)}" for a, b in moved]
            return f"SELECT {', '.join([*columns, windows.TAKEN])} FROM ({inner})"
        relation = self._named.get(id(node.input))
        if relation is None:
            relation = self._add_stage(self.select(node.input))
            self._named[id(node.input)] = relation
        new = (*(f.id for f in node.fields), *node.order, *node.wm)
        columns = [f"{quote(a)} AS {quote(b)}" for a, b in zip(node.ids, new, strict=True)]
        return f"SELECT {', '.join(columns)} FROM {quote(relation)}"
