"""Functions that DuckDB does not have, in Python, under names that begin with `flink_`.

They are registered once for a database and are then visible on all its connections. Every one
gives NULL for a NULL argument unless it says that it reads NULLs. What has no value raises
`ValueError`, whose text ends the statement (facts/flink-sql-ai.md 6.2).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import duckdb
from duckdb.func import FunctionNullHandling

from runthrough.emulator.flink.functions import (
    java_dates,
    java_intervals,
    java_regex,
    java_text,
    json_paths,
    statistics,
    text_splitters,
)

TEXT, WHOLE, TEXTS, BLOB, FLAG, MOMENT = (
    "VARCHAR",
    "BIGINT",
    "VARCHAR[]",
    "BLOB",
    "BOOLEAN",
    "TIMESTAMP",
)


@dataclass(frozen=True)
class Udf:
    """One function: its name in DuckDB, how it is computed, and its types there."""

    name: str
    compute: Callable[..., Any]
    takes: tuple[str, ...]
    gives: str
    reads_null: bool = False


UDFS = (
    Udf("flink_regexp", java_regex.found, (TEXT, TEXT), FLAG),
    Udf("flink_regexp_extract", java_regex.extract, (TEXT, TEXT, WHOLE), TEXT),
    Udf("flink_regexp_extract_all", java_regex.extract_all, (TEXT, TEXT, WHOLE), TEXTS),
    Udf("flink_regexp_replace", java_regex.replace, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_regexp_count", java_regex.count, (TEXT, TEXT), WHOLE),
    Udf("flink_regexp_instr", java_regex.position, (TEXT, TEXT), WHOLE),
    Udf("flink_similar", java_regex.similar, (TEXT, TEXT, TEXT), FLAG),
    Udf("flink_split", java_regex.split, (TEXT, TEXT), TEXTS),
    Udf("flink_pairs", java_regex.pairs, (TEXT, TEXT, TEXT), "VARCHAR[][]"),
    Udf("flink_replace", java_text.replace, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_instr", java_text.position, (TEXT, TEXT, WHOLE, WHOLE), WHOLE),
    Udf("flink_initcap", java_text.capitalised, (TEXT,), TEXT),
    Udf("flink_encode", java_text.encoded, (TEXT, TEXT), BLOB),
    Udf("flink_decode", java_text.decoded, (BLOB, TEXT), TEXT),
    Udf("flink_from_base64", java_text.from_base64, (TEXT,), TEXT),
    Udf("flink_unhex", java_text.unhex, (TEXT,), BLOB),
    Udf("flink_sha", java_text.sha, (TEXT, WHOLE), TEXT),
    Udf("flink_translate", java_text.translated, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_overlay", java_text.overlaid, (TEXT, TEXT, WHOLE, WHOLE), TEXT),
    Udf("flink_parse_url", java_text.url_part, (TEXT, TEXT), TEXT),
    Udf("flink_url_query", java_text.url_query, (TEXT, TEXT), TEXT),
    Udf("flink_url_decode", java_text.url_decoded, (TEXT,), TEXT),
    Udf("flink_url_encode", java_text.url_encoded, (TEXT,), TEXT),
    Udf("flink_printf", java_text.printed, (TEXT, TEXT, TEXTS), TEXT, reads_null=True),
    Udf("flink_moment", java_dates.moment, (TEXT,), MOMENT),
    Udf("flink_no_moment", java_dates.no_moment, (TEXT,), TEXT),
    Udf("flink_date", java_dates.date, (TEXT, FLAG), "DATE"),
    Udf("flink_time", java_dates.time, (TEXT, FLAG), "TIME"),
    Udf("flink_parsed", java_dates.parsed, (TEXT, TEXT), MOMENT),
    Udf("flink_unix_seconds", java_dates.unix_seconds, (TEXT, TEXT, TEXT), WHOLE),
    Udf("flink_date_format", java_dates.formatted, (MOMENT, TEXT), TEXT),
    Udf("flink_convert_tz", java_dates.moved, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_months", java_intervals.months, ("INTERVAL",), TEXT),
    Udf("flink_day_time", java_intervals.day_time, ("INTERVAL",), TEXT),
    Udf("flink_sized", java_text.sized, (BLOB, WHOLE, FLAG), BLOB),
    Udf("flink_json_value", json_paths.value, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_json_query", json_paths.query, (TEXT, TEXT, TEXT), TEXT),
    Udf("flink_json_exists", json_paths.exists, (TEXT, TEXT), TEXT),
    Udf("flink_json_items", json_paths.items, (TEXT,), TEXTS),
    Udf("flink_json_text", json_paths.rewritten, (TEXT,), TEXT),
    Udf("flink_json_number", json_paths.number, ("DOUBLE",), TEXT),
    Udf("flink_json_quote", json_paths.quoted, (TEXT,), TEXT),
    Udf("flink_json_unquote", json_paths.unquoted, (TEXT,), TEXT),
    Udf("flink_json_object", json_paths.joined_object, (TEXTS, TEXTS), TEXT),
    Udf("flink_is_json", json_paths.is_json, (TEXT, TEXT), FLAG),
    Udf(
        "flink_percentile", statistics.percentile, ("DOUBLE[]", "BIGINT[]", "DOUBLE[]"), "DOUBLE[]"
    ),
    Udf("flink_ngrams", text_splitters.ngrams, (TEXTS, WHOLE, TEXT), TEXTS),
    Udf("flink_split_text", text_splitters.by_separator, (TEXT, WHOLE, WHOLE, TEXTS, TEXTS), TEXTS),
    Udf(
        "flink_split_recursively",
        text_splitters.recursively,
        (TEXT, WHOLE, WHOLE, TEXTS, TEXTS),
        TEXTS,
    ),
    Udf("flink_split_format", text_splitters.by_format, (TEXT, WHOLE, WHOLE, TEXT), TEXTS),
    Udf("flink_random", java_text.random_double, (WHOLE,), "DOUBLE"),
)


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions known to the connection's database."""
    for udf in UDFS:
        compute = udf.compute if udf.reads_null else _skipping_nulls(udf.compute)
        connection.create_function(
            udf.name,
            compute,
            list(udf.takes),
            udf.gives,
            null_handling=FunctionNullHandling.SPECIAL,
        )


def _skipping_nulls(compute: Callable[..., Any]) -> Callable[..., Any]:
    """Return the function with NULL for any NULL argument."""

    def one(a: Any) -> Any:
        return None if a is None else compute(a)

    def two(a: Any, b: Any) -> Any:
        return None if a is None or b is None else compute(a, b)

    def three(a: Any, b: Any, c: Any) -> Any:
        return None if a is None or b is None or c is None else compute(a, b, c)

    def four(a: Any, b: Any, c: Any, d: Any) -> Any:
        return None if any(x is None for x in (a, b, c, d)) else compute(a, b, c, d)

    def five(a: Any, b: Any, c: Any, d: Any, e: Any) -> Any:
        return None if any(x is None for x in (a, b, c, d, e)) else compute(a, b, c, d, e)

    count = compute.__code__.co_argcount
    return (one, two, three, four, five)[count - 1]
