"""DuckDB's errors at run time, told as Flink tells them (facts/flink-sql-ai.md 6.2)."""

from __future__ import annotations

import re

import duckdb

_ARITHMETIC = "java.lang.ArithmeticException"
_NUMBER_FORMAT = "java.lang.NumberFormatException"
_DATE_TIME = "java.time.DateTimeException"
_OTHER = "org.apache.flink.table.api.TableRuntimeException"


def explain_failure(error: duckdb.Error) -> tuple[str, str]:
    """Return the exception's name and text for what a query stumbled on."""
    text = str(error).split("\n\nLINE ", 1)[0]
    text = re.sub(r"^[A-Z][A-Za-z ]* Error: ", "", text).strip()
    text = re.sub(r"^Python exception occurred while executing the UDF: \w+: ", "", text)
    if text.startswith("Division by zero") or "division by zero" in text.lower():
        return _ARITHMETIC, "Division by zero"
    if found := re.match(r"Could not convert string [\"'](.*)[\"'] to (\w+)", text, re.DOTALL):
        if found[2].startswith(("INT", "UINT", "DECIMAL", "FLOAT", "DOUBLE", "HUGEINT")):
            return _NUMBER_FORMAT, f"For input string: '{found[1]}'. Invalid character found."
        return _OTHER, f"Cannot parse '{found[1]}' as {found[2]}."
    if "timestamp field value" in text or "date field value" in text:
        return _DATE_TIME, text
    return _OTHER, text
