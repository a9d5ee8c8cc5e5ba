"""What an evaluation asks DuckDB about its relations."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb

from runthrough.emulator.flink.running.store import quoted


def columns_of(connection: duckdb.DuckDBPyConnection, relation: str) -> list[str]:
    """Return a relation's columns, quoted."""
    description = connection.execute(f"SELECT * FROM {relation} LIMIT 0").description or []
    return [quoted(column[0]) for column in description]


def count_of(connection: duckdb.DuckDBPyConnection, relation: str) -> int:
    """Return how many rows a relation has."""
    [(count,)] = connection.execute(f"SELECT count(*) FROM {relation}").fetchall()
    return int(count)


def in_order(
    connection: duckdb.DuckDBPyConnection, names: Sequence[str], added: str
) -> list[tuple[Any, ...]]:
    """Return the added rows in the order the result has them, which EXCEPT loses."""
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "__added" AS {added}')
    columns = ", ".join(names)
    same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM n.{name}" for name in names)
    return connection.execute(
        f'SELECT a.* FROM "__added" a LEFT JOIN (SELECT {columns}, max(rowid) AS "__place" FROM '
        f'"__now" GROUP BY {columns}) n ON {same} ORDER BY n."__place"'
    ).fetchall()
