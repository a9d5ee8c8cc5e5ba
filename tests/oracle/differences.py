"""Where we differ from Apache Flink 2.3, by the name of the statement, and why.

The tests read this list both ways: a difference that is not listed fails, and so does an entry
that differs no more. What is refused as `not emulated` is listed by name alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Difference:
    """One statement of the corpus that the two sides see differently.

    Attributes:
        name: the statement.
        aspect: of `judge.Comparison`.
        flink, ours: a piece of what each says.
        why: the reason to leave it so.
    """

    name: str
    aspect: str
    flink: str
    ours: str
    why: str


@dataclass(frozen=True)
class Pattern:
    """A kind of random queries that the two sides see differently.

    Attributes:
        example: a query of the kind.
        sql, flink, ours: regular expressions found in the query and in what each side says.
    """

    name: str
    aspect: str
    example: str
    why: str
    sql: str = ""
    flink: str = ""
    ours: str = ""

    def explains(self, sql: str, aspect: str, theirs: str, ours: str) -> bool:
        """Return whether a difference is of this kind."""
        return (
            aspect == self.aspect
            and re.search(self.sql, sql, re.DOTALL) is not None
            and re.search(self.flink, theirs, re.DOTALL) is not None
            and re.search(self.ours, ours, re.DOTALL) is not None
        )


PATTERNS: tuple[Pattern, ...] = (
    Pattern(
        "rank that is another table's column",
        "error",
        "SELECT x.id FROM (SELECT id, ROW_NUMBER() OVER (PARTITION BY k ORDER BY id) AS rn FROM a) "
        "AS x JOIN b ON x.rn = b.id WHERE x.rn <= 2",
        "Flink takes the other column for the last rank of each row; nobody asks for that.",
        flink="^none$",
        ours="not emulated: a Top-N whose last rank is a column",
    ),
)

NOT_EMULATED: frozenset[str] = frozenset(
    {
        "functions/similar to",
        "shapes/45 match recognize",
        "shapes/46 match recognize on upsert",
    }
)

NODE_TEXT = "The node's kind, mode and inputs agree; only how the plan prints it differs: "

DIFFERENCES: tuple[Difference, ...] = (
    *(
        Difference(
            name,
            "error",
            "but no primary key can be found. The physical plan is:",
            "but no primary key can be found.",
            "Flink adds its logical plan, in a form that nothing else shows.",
        )
        for name in (
            "joins/temporal join on a table without key",
            "joins/temporal join without the key",
        )
    ),
    Difference(
        "top/top-n over upsert by key",
        "append",
        "select=[id, k, v, rn])",
        "select=[id, k, v, w0$o0])",
        "Where nothing lies between the rank and the table Flink prints the query's name for it.",
    ),
    *(
        Difference(
            name,
            aspect,
            theirs,
            ours,
            "Flink 2.3 takes a Top-1 by several columns for a deduplication that keeps the first "
            "row: it never takes back the rows that were best before (facts 5.2, row 22).",
        )
        for name, row in (("top/top 1 by key", '["a", "1"]'), ("top/qualify", '["1", "a", "10"]'))
        for aspect, theirs, ours in (
            ("mode", "I", "D,I,UA,UB"),
            ("append", "None", "doesn't support consuming update and delete changes"),
            ("rows", row, ""),
        )
    ),
    *(
        Difference(name, "append", theirs, ours, NODE_TEXT + why)
        for name, theirs, ours, why in (
            (
                "shapes/47 aggregate over left join",
                "AVG_RETRACT($f2) AS m",
                "AVG_RETRACT(CAST(w AS DOUBLE)) AS m",
                "Flink names the column of a projection in front of the aggregate.",
            ),
            (
                "shapes/49 from changelog",
                "FROM_CHANGELOG(TABLE(#0), DESCRIPTOR(_UTF-16LE'op')",
                "FROM_CHANGELOG(TABLE(#0))",
                "Flink prints all arguments and the row type.",
            ),
            (
                "aggregates/every plain aggregate",
                "$SUM0(v) AS s",
                "SUM(v) AS s, AVG(v) AS m",
                "Flink computes AVG and SUM of one column from its count and one sum.",
            ),
            (
                "aggregates/filter clause",
                "FILTER $f1",
                "FILTER (v > 15)",
                "Flink names the column of a projection in front of the aggregate.",
            ),
            (
                "aggregates/deviation and variance of double",
                "$WELFORD_M2$1(d)",
                "STDDEV_POP(d)",
                "Flink computes all of them from one call.",
            ),
            (
                "aggregates/deviation of int",
                "$WELFORD_M2$1(v)",
                "STDDEV_POP(v)",
                "Flink computes both of them from one call.",
            ),
            (
                "aggregates/array_agg joined",
                "ARRAY_AGG($f1)",
                "ARRAY_AGG(CAST(v AS STRING))",
                "Flink names the column of a projection in front of the aggregate.",
            ),
            (
                "aggregates/listagg",
                "LISTAGG($f2, $f3)",
                "LISTAGG(CAST(v AS STRING), '-')",
                "Flink names the columns of a projection in front of the aggregate.",
            ),
            (
                "aggregates/aggregate of an aggregate",
                "MAX(n) AS most",
                "MAX_RETRACT(n) AS most",
                "Flink knows that a count only grows.",
            ),
            (
                "aggregates/json_arrayagg",
                "JSON_ARRAYAGG_ABSENT_ON_NULL($f1)",
                "JSON_ARRAYAGG(k)",
                "Flink has a name of its own for each treatment of NULL.",
            ),
            (
                "aggregates/json_objectagg",
                "JSON_OBJECTAGG_NULL_ON_NULL_RETRACT(x, $f2)",
                "JSON_OBJECTAGG(x, id)",
                "Flink has a name of its own for each treatment of NULL.",
            ),
            (
                "functions/percentile",
                "PERCENTILE(v, $f1)",
                "PERCENTILE(v, 0.5)",
                "Flink names the column of a projection in front of the aggregate.",
            ),
            (
                "joins/join of three",
                "select=[id, w, id0, v]",
                "select=[id, id0, w, id1, v]",
                "Flink drops a column between the joins that only the lower one needs.",
            ),
            (
                "joins/left joins of three",
                "select=[id, w, id0, x]",
                "select=[id, id0, w, id1, x]",
                "Flink drops a column between the joins that only the lower one needs.",
            ),
            (
                "joins/left join that only another join reads",
                "select=[id, c, c0]",
                "select=[id, k, k0, c, c0]",
                "Flink drops a column between the joins that only the lower one needs.",
            ),
            (
                "joins/maximum over a left join that repeats rows",
                "MAX(v) AS m",
                "MAX_RETRACT(v) AS m",
                "Flink takes the maximum over the side that stays for one that only grows.",
            ),
            (
                "top/top-n of a join without its first rank from outside",
                "select=[id, id0, w0$o0]",
                "select=[id, id0, rn]",
                "Flink prints its own name of the rank.",
            ),
            (
                "joins/correlated scalar subquery",
                "where=[(k = k0)]",
                "where=[true]",
                "Flink turns the correlation into a condition of the join.",
            ),
        )
    ),
    Difference(
        "aggregates/deviation and variance of double",
        "key",
        "()",
        "()",
        "Flink loses the key of a single row where it computes the values from another call: no "
        "key at all there, the single row's here.",
    ),
    Difference(
        "aggregates/grouping",
        "key",
        "()",
        "('k', 'g')",
        "The number of the grouping, which GROUPING gives, is part of the key; Flink computes it "
        "anew and does not know it again.",
    ),
    Difference(
        "aggregates/collect",
        "error",
        "Expect an array or a map.",
        "none",
        "Flink 2.3 plans CARDINALITY of a MULTISET and then cannot generate its code.",
    ),
    Difference(
        "aggregates/string_agg",
        "error",
        "Incorrect syntax near the keyword 'STRING_AGG'",
        "No match found for function signature STRING_AGG",
        "A word that Flink's parser keeps for itself; facts 6.2 have the other message for it.",
    ),
    Difference(
        "casts/decimal rounding",
        "rows",
        "Column 'a4' is NOT NULL, however, a null value is being written into it.",
        "null",
        "The referee's sink looks for NULL in columns whose type has none; a foreground SELECT "
        "shows what it gets.",
    ),
    Difference(
        "casts/cast of text to array",
        "error",
        "Unsupported cast from 'STRING' to 'ARRAY<INT>'.",
        "Cast function cannot convert value of type VARCHAR(2147483647) to type INTEGER ARRAY",
        "Flink finds this one cast out only when it generates code; for its neighbours it says "
        "what we say.",
    ),
    Difference(
        "functions/division of double by zero",
        "error",
        "Division by zero",
        "none",
        "Flink computes the constant with decimals; of a column it gives Infinity, as we do here.",
    ),
    Difference(
        "functions/unhex and is functions",
        "error",
        "none",
        "No match found for function signature IS_ALPHA",
        "Not among Confluent Cloud's functions as far as the facts know them.",
    ),
    Difference(
        "joins/natural join",
        "error",
        "Column 'id' is ambiguous",
        "none",
        "USING (id) makes one column of two in both; NATURAL only here, as the SQL standard has "
        "it.",
    ),
    Difference(
        "joins/join on text and number",
        "error",
        "between INTEGER and VARCHAR(2147483647) is not supported on join's condition now",
        "implicit type conversion between INTEGER and VARCHAR is not supported now",
        "Flink has a second wording for joins.",
    ),
    Difference(
        "times/to_timestamp_ltz of text",
        "rows",
        "Text 'nope' could not be parsed at index 0",
        "null",
        "Flink fails on a constant only; a column's text gives NULL there too (facts 6.3).",
    ),
    Difference(
        "times/date_trunc",
        "error",
        "No match found for function signature DATE_TRUNC(<CHARACTER>, <TIMESTAMP>).",
        "No match found for function signature DATE_TRUNC(<CHARACTER>, <TIMESTAMP>)",
        "Flink adds the signature of a function that it does not let anybody call.",
    ),
    Difference(
        "windows/every column of a window",
        "error",
        "The query contains more than one rowtime attribute column [rt, window_time]",
        "none",
        "A sink of Flink takes one time; Confluent's tables have $rowtime, and the foreground "
        "takes everything.",
    ),
)
