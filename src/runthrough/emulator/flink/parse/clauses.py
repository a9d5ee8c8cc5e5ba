"""The one table of what a query can be made of: clauses and operators, each with a sample.

The page "what is emulated" is made from `CLAUSES`; a test plans every sample, and asks of every
refusal that it is one. Samples are over the tables a and b (append), u (upsert by id) and l, all
with id INT, k STRING, v INT, of which l has tags ARRAY<STRING> too, and the model m, which makes
a STRING of a STRING.
Sources: facts/flink-sql-ai.md 5.2, 6.1 and 6.4.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["emulated", "refused as on the cloud", "not emulated"]


@dataclass(frozen=True)
class Clause:
    """One clause or operator.

    Attributes:
        name: as a reader would look for it.
        form: how it is written.
        sample: a whole statement that has it.
        note: what a reader should know; may be empty.
        snapshot: whether the sample is of a snapshot query, because streams have no such thing.
    """

    name: str
    form: str
    sample: str
    state: State = "emulated"
    note: str = ""
    snapshot: bool = False


_REFUSED: State = "refused as on the cloud"
_MISSING: State = "not emulated"
_MINUTE = "INTERVAL '1' MINUTE"
_TUMBLE = f"TUMBLE(TABLE a, DESCRIPTOR($rowtime), {_MINUTE})"

_SELECT = (
    Clause(
        "SELECT", "SELECT [DISTINCT] expression [AS name], … FROM …", "SELECT DISTINCT k FROM a"
    ),
    Clause("VALUES", "VALUES (…), (…)", "VALUES (1, 'x'), (2, 'y')"),
    Clause("WHERE", "WHERE condition", "SELECT id FROM a WHERE v > 3 AND k LIKE 'x%'"),
    Clause("GROUP BY", "GROUP BY column, …", "SELECT k, COUNT(*) FROM a GROUP BY k"),
    Clause(
        "GROUPING SETS",
        "GROUP BY GROUPING SETS ((…), …) | ROLLUP (…) | CUBE (…)",
        "SELECT k, v, COUNT(*) FROM a GROUP BY GROUPING SETS ((k), (k, v), ())",
    ),
    Clause("HAVING", "HAVING condition", "SELECT k FROM a GROUP BY k HAVING COUNT(*) > 1"),
    Clause(
        "FILTER",
        "aggregate(…) FILTER (WHERE condition)",
        "SELECT COUNT(*) FILTER (WHERE v > 3) FROM a",
    ),
    Clause("WITH", "WITH name [(column, …)] AS (query) …", "WITH q AS (SELECT k FROM a) TABLE q"),
    Clause("LIMIT", "LIMIT n [OFFSET m] | FETCH FIRST n ROWS ONLY", "SELECT id FROM a LIMIT 3"),
    Clause(
        "ORDER BY time",
        "ORDER BY $rowtime [, …]",
        "SELECT id FROM a ORDER BY $rowtime, id",
        note="a time attribute first; in snapshot queries any column",
    ),
    Clause(
        "ORDER BY … LIMIT",
        "ORDER BY expression, … LIMIT n",
        "SELECT id FROM a ORDER BY v DESC LIMIT 3",
    ),
    Clause(
        "Snapshot query",
        "the property 'sql.snapshot.mode' = 'now'",
        "SELECT id FROM a ORDER BY v DESC",
        note="reads what is there and ends",
        snapshot=True,
    ),
    Clause(
        "Set operations",
        "query UNION | INTERSECT | EXCEPT [ALL] query",
        "SELECT id FROM a UNION ALL SELECT id FROM b INTERSECT SELECT id FROM l",
    ),
    Clause("IN (query)", "x [NOT] IN (query)", "SELECT id FROM a WHERE id IN (SELECT id FROM b)"),
    Clause(
        "EXISTS",
        "[NOT] EXISTS (query)",
        "SELECT id FROM a WHERE EXISTS (SELECT 1 FROM b WHERE b.id = a.id)",
    ),
    Clause("Scalar subquery", "(query)", "SELECT id, (SELECT MAX(v) FROM b) AS most FROM a"),
    Clause(
        "Table hint",
        "t /*+ OPTIONS('key' = 'value') */",
        "SELECT id FROM a /*+ OPTIONS('scan.startup.mode' = 'latest-offset') */",
    ),
    Clause(
        "State hint",
        "SELECT /*+ STATE_TTL('t' = '1h') */ …",
        "SELECT /*+ STATE_TTL('a' = '1h') */ k, COUNT(*) FROM a GROUP BY k",
        note="read, and without effect",
    ),
)

_JOINS = (
    Clause(
        "Join",
        "[INNER | LEFT | RIGHT | FULL] JOIN t ON condition",
        "SELECT a.id FROM a FULL JOIN b ON a.id = b.id AND a.v < b.v",
    ),
    Clause("Cross join", "CROSS JOIN t, or a comma", "SELECT a.id FROM a CROSS JOIN b"),
    Clause("USING", "JOIN t USING (column, …)", "SELECT id FROM a JOIN b USING (id)"),
    Clause("Natural join", "NATURAL JOIN t", "SELECT id FROM a NATURAL JOIN b"),
    Clause(
        "Interval join",
        "JOIN t ON … AND left_time BETWEEN right_time - INTERVAL … AND right_time + INTERVAL …",
        "SELECT a.id FROM a JOIN b ON a.id = b.id AND a.$rowtime BETWEEN "
        f"b.$rowtime - {_MINUTE} AND b.$rowtime",
    ),
    Clause(
        "Temporal join",
        "JOIN t FOR SYSTEM_TIME AS OF left_time ON left_key = right_primary_key",
        "SELECT a.id, u.v FROM a JOIN u FOR SYSTEM_TIME AS OF a.$rowtime ON a.id = u.id",
    ),
    Clause(
        "Window join",
        "JOIN of two windows ON equal window_start and window_end",
        f"SELECT x.id FROM {_TUMBLE} AS x JOIN TUMBLE(TABLE b, DESCRIPTOR($rowtime), {_MINUTE}) "
        "AS y ON x.window_start = y.window_start AND x.window_end = y.window_end AND x.id = y.id",
    ),
    Clause(
        "UNNEST",
        "CROSS JOIN UNNEST(collection) [WITH ORDINALITY] AS t (column, …)",
        "SELECT id, tag FROM l CROSS JOIN UNNEST(tags) AS t (tag)",
        note="also LEFT JOIN UNNEST(…) ON TRUE",
    ),
    Clause(
        "LATERAL query",
        "[CROSS | LEFT] JOIN LATERAL (query)",
        "SELECT a.id, x.v FROM a, LATERAL (SELECT v FROM b WHERE b.id = a.id) AS x",
    ),
    Clause(
        "LATERAL TABLE",
        "LATERAL TABLE(function(…)) [AS t (column, …)]",
        "SELECT a.id, p.answer FROM a, LATERAL TABLE(ML_PREDICT('m', k)) AS p",
        note="model and search functions",
    ),
    Clause(
        "ML_PREDICT over a table",
        "ML_PREDICT(TABLE t, MODEL m, DESCRIPTOR(column) [, MAP[…]])",
        "SELECT * FROM ML_PREDICT(TABLE a, MODEL m, DESCRIPTOR(k))",
        note="the form of open source Flink",
    ),
    Clause(
        "Changes as rows",
        "TO_CHANGELOG(TABLE t, …)",
        "SELECT * FROM TO_CHANGELOG(INPUT => TABLE u)",
        note="back again: FROM_CHANGELOG",
    ),
)

_TIME = (
    Clause(
        "TUMBLE",
        "TUMBLE(TABLE t, DESCRIPTOR(time), size [, offset])",
        f"SELECT window_start, window_end, COUNT(*) FROM {_TUMBLE} "
        "GROUP BY window_start, window_end",
    ),
    Clause(
        "HOP",
        "HOP(TABLE t, DESCRIPTOR(time), slide, size [, offset])",
        "SELECT window_start, window_end, SUM(v) FROM HOP(TABLE a, DESCRIPTOR($rowtime), "
        f"{_MINUTE}, INTERVAL '3' MINUTE) GROUP BY window_start, window_end",
    ),
    Clause(
        "CUMULATE",
        "CUMULATE(TABLE t, DESCRIPTOR(time), step, size [, offset])",
        "SELECT window_start, window_end, SUM(v) FROM CUMULATE(TABLE a, DESCRIPTOR($rowtime), "
        f"{_MINUTE}, INTERVAL '3' MINUTE) GROUP BY window_start, window_end",
    ),
    Clause(
        "SESSION",
        "SESSION(TABLE t [PARTITION BY …], DESCRIPTOR(time), gap)",
        "SELECT k, window_start, window_end, COUNT(*) FROM SESSION(TABLE a PARTITION BY k, "
        f"DESCRIPTOR($rowtime), {_MINUTE}) GROUP BY k, window_start, window_end",
    ),
    Clause(
        "OVER",
        "aggregate(…) OVER ([PARTITION BY …] ORDER BY time [RANGE | ROWS BETWEEN …])",
        "SELECT id, SUM(v) OVER (PARTITION BY k ORDER BY $rowtime "
        "ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS s FROM a",
    ),
    Clause(
        "WINDOW",
        "WINDOW name AS (…)",
        "SELECT id, COUNT(*) OVER w AS n FROM a WINDOW w AS (PARTITION BY k ORDER BY $rowtime)",
    ),
    Clause(
        "Top-N",
        "ROW_NUMBER() OVER (PARTITION BY … ORDER BY …) in a subquery, WHERE number <= n",
        "SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) AS n FROM a)"
        " WHERE n <= 3",
    ),
    Clause(
        "Deduplication",
        "a Top-N ordered by time, WHERE number = 1",
        "SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY k ORDER BY $rowtime) AS n "
        "FROM a) WHERE n = 1",
    ),
    Clause(
        "Window Top-N",
        "a Top-N partitioned by window_start and window_end",
        "SELECT id FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY window_start, window_end "
        f"ORDER BY v DESC) AS n FROM {_TUMBLE}) WHERE n <= 3",
    ),
    Clause(
        "QUALIFY",
        "QUALIFY condition over window functions",
        "SELECT id FROM a QUALIFY ROW_NUMBER() OVER (PARTITION BY k ORDER BY v DESC) <= 3",
    ),
)

_REFUSALS = (
    Clause(
        "MATCH_RECOGNIZE",
        "t MATCH_RECOGNIZE (… PATTERN (…) DEFINE …)",
        "SELECT * FROM a MATCH_RECOGNIZE (ORDER BY $rowtime MEASURES x.id AS i ONE ROW PER MATCH "
        "PATTERN (x) DEFINE x AS x.v > 1)",
        _MISSING,
    ),
    Clause(
        "WITH RECURSIVE",
        "WITH RECURSIVE name AS (…)",
        "WITH RECURSIVE q AS (SELECT 1 AS n) SELECT n FROM q",
        _MISSING,
    ),
    Clause(
        "EXCLUDE, PARTIAL",
        "OVER (… EXCLUDE … | ALLOW PARTIAL)",
        "SELECT SUM(v) OVER (ORDER BY $rowtime ROWS 2 PRECEDING EXCLUDE CURRENT ROW) FROM a",
        _MISSING,
    ),
    Clause(
        "ORDER BY alone",
        "ORDER BY anything but time, without LIMIT",
        "SELECT id FROM a ORDER BY v",
        _REFUSED,
        "in streams; snapshot queries have it",
    ),
    Clause("TABLESAMPLE", "t TABLESAMPLE …", "SELECT id FROM a TABLESAMPLE SYSTEM (5)", _REFUSED),
    Clause(
        "Windows of GROUP BY",
        "GROUP BY TUMBLE(time, INTERVAL …)",
        f"SELECT COUNT(*) FROM a GROUP BY TUMBLE($rowtime, {_MINUTE})",
        _REFUSED,
        "the old form; use the table functions",
    ),
    Clause(
        "OVER … FOLLOWING",
        "OVER (… AND n FOLLOWING)",
        "SELECT SUM(v) OVER (ORDER BY $rowtime ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING) FROM a",
        _REFUSED,
    ),
)

CLAUSES: tuple[Clause, ...] = (*_SELECT, *_JOINS, *_TIME, *_REFUSALS)
"""Every clause and operator, in the order of the page."""
