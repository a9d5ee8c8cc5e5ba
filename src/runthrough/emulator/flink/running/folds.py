"""The rows that are left of a table's records, and all they have been: as DuckDB's queries.

Source: facts/flink-sql-ai.md 5.1 (what the modes of a table make of its records).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from runthrough.emulator.flink.catalog import Table, relation_names
from runthrough.emulator.flink.formats.formats import stored_columns

ADDS = '"__op" IN (0, 2)'


def quoted(name: str) -> str:
    """Return an identifier as DuckDB reads it."""
    return '"' + name.replace('"', '""') + '"'


@dataclass(frozen=True)
class Span:
    """Record numbers after `after` and up to `upto`.

    Attributes:
        op: records of one kind alone.
        bounds: DuckDB text over `__partition` and `__seq` that holds for the records to be read,
            where a partition begins or ends at a place of its own; empty = all.
    """

    after: int
    upto: int
    op: int | None = None
    bounds: str = ""

    @property
    def condition(self) -> str:
        """DuckDB text that holds for the span's records."""
        kind = "" if self.op is None else f' AND "__op" = {self.op}'
        bounds = f" AND ({self.bounds})" if self.bounds else ""
        return f'"__seq" > {self.after} AND "__seq" <= {self.upto}{kind}{bounds}'

    def narrowed(self, condition: str) -> Span:
        """Return the part of it for which another condition holds as well; empty = all of it."""
        both = " AND ".join(f"({text})" for text in (self.bounds, condition) if text)
        return replace(self, bounds=both)


def folded(shelf: str, table: Table, span: Span, shown: str, *, has_removals: bool) -> str:
    """Return the query that folds the span by the table's mode, in the order of arrival.

    Args:
        shelf: the table of all records.
        table: the mode and what it folds by.
        span: of the records.
        shown: the list of columns.
        has_removals: a retract table has retractions that count.
    """
    rows, names = f"{shelf} WHERE {span.condition}", relation_names(table)
    if span.op is not None:
        return f'SELECT {shown} FROM {rows} ORDER BY "__seq"'
    if table.mode == "upsert":
        keys = ", ".join(quoted(names[name]) for name in table.primary_key)
        return (
            f'SELECT {shown} FROM {rows} AND "__seq" IN (SELECT max("__seq") FROM {rows} '
            f'GROUP BY {keys}) AND NOT "__gone" ORDER BY "__seq"'
        )
    if table.mode == "retract" and has_removals:
        return _without_retracted(table, rows, shown)
    return f"SELECT {shown} FROM {rows}"


def history_of(shelf: str, table: Table, span: Span, marks: str | None = None) -> str:
    """Return the query of every version of every row, and when it was taken back.

    `plan.Source.history` says what it has; `marks` is as in `Store.bind`. Of equal rows of a
    retract table the oldest is taken back first.
    """
    columns = [quoted(c.name) for c in stored_columns(table)]
    stored = ", ".join(f"v.{name}" for name in [*columns, '"$rowtime"', '"__seq"'])
    rows = f"{shelf} WHERE {span.condition}"
    next_one, kept = "CAST(NULL AS BIGINT)", "true"
    if table.mode == "upsert":
        keys = ", ".join(quoted(name) for name in table.primary_key)
        next_one = f'lead("__seq") OVER (PARTITION BY {keys} ORDER BY "__seq")'
        kept = 'NOT v."__gone"'
    elif table.mode == "retract":
        same = ", ".join(quoted(c.name) for c in table.columns if c.kind == "physical")
        place = f'row_number() OVER (PARTITION BY {same}, {ADDS} ORDER BY "__seq")'
        taken = (
            f'list("__seq" ORDER BY "__seq") FILTER (WHERE NOT {ADDS}) OVER (PARTITION BY {same})'
        )
        next_one, kept = f"list_extract({taken}, {place})", ADDS
    versions = f'SELECT *, {next_one} AS "__next" FROM {rows}'
    least = "CAST('-9223372036854775808' AS BIGINT)"
    if marks is None:
        marks = f'(SELECT "__seq", CAST(NULL AS BIGINT) AS "__wm" FROM {shelf})'
    return (
        f'SELECT {stored}, m."__wm", CASE WHEN v."__next" IS NOT NULL '
        f'THEN coalesce(g."__wm", {least}) END AS "__taken" FROM ({versions}) v '
        f'JOIN {marks} m USING ("__seq") LEFT JOIN {marks} g ON g."__seq" = v."__next" '
        f"WHERE {kept}"
    )


def _without_retracted(table: Table, rows: str, shown: str) -> str:
    """Return the query of the rows that are left of a retract table's records.

    Most rows are never taken back: only those that some retraction names are counted.
    """
    names = relation_names(table)
    columns = [quoted(names[c.name]) for c in table.columns if c.kind == "physical"]
    same = ", ".join(columns)
    equal = " AND ".join(f"r.{name} IS NOT DISTINCT FROM g.{name}" for name in columns)
    gone = f"(SELECT DISTINCT {same} FROM {rows} AND NOT {ADDS}) g ON {equal}"
    counted = (
        f'row_number() OVER (PARTITION BY {same}, {ADDS} ORDER BY "__seq" DESC) AS "__rank", '
        f'sum(CASE WHEN {ADDS} THEN 1 ELSE -1 END) OVER (PARTITION BY {same}) AS "__left"'
    )
    return (
        f"SELECT {shown} FROM (SELECT * FROM {rows}) r ANTI JOIN {gone} UNION ALL "
        f"SELECT {shown} FROM (SELECT *, {counted} FROM (SELECT * FROM {rows}) r SEMI JOIN {gone}) "
        f'WHERE {ADDS} AND "__rank" <= "__left" ORDER BY "__seq"'
    )
