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
        "aggregates/collect",
        "aggregates/deviation and variance of double",
        "aggregates/deviation of int",
        "aggregates/json_arrayagg",
        "casts/map to text",
        "casts/row to text",
        "functions/ascii and chr",
        "functions/base64 and hex",
        "functions/bit functions",
        "functions/elt and coalesce",
        "functions/encode and decode",
        "functions/md5 and sha",
        "functions/overlay",
        "functions/parse_url",
        "functions/percentile",
        "functions/powers and logarithms",
        "functions/printf",
        "functions/regexp count instr substr",
        "functions/regexp_extract_all",
        "functions/round and truncate",
        "functions/similar to",
        "functions/str_to_map",
        "functions/translate",
        "functions/trigonometry",
        "functions/typeof",
        "functions/unhex and is functions",
        "functions/upper lower initcap",
        "functions/url_encode",
        "functions/uuid and rand are of chance",
        "nested/array changes",
        "nested/array functions",
        "nested/array of rows",
        "nested/array sets",
        "nested/json_array",
        "nested/json_exists",
        "nested/json_query",
        "nested/json_quote",
        "nested/json_string",
        "nested/map",
        "nested/map functions",
        "nested/map literal",
        "nested/row",
        "nested/row field",
        "nested/unnest of rows",
        "shapes/45 match recognize",
        "shapes/46 match recognize on upsert",
        "shapes/48 to changelog",
        "shapes/49 from changelog",
        "times/convert_tz",
        "times/floor and ceil of times",
    }
)

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
    *(
        Difference(
            name,
            "key",
            "w0$o0",
            "rn",
            "The same key: Flink names the rank as its operator does, we as the query does.",
        )
        for name in (
            "shapes/22 top-n with its rank",
            "top/top-n from the second on",
            "top/top-n without partition",
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
)
