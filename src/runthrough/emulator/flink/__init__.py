"""Flink SQL: text to plan, plan to DuckDB, results to topics. Knows no HTTP."""
