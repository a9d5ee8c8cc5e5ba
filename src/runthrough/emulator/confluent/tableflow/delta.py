"""One Delta table that is written to, in a folder or in a bucket.

The library `deltalake` is the extra `tableflow`: it is imported where it is used, so that all else
works without it. Rows come as DuckDB relations and pass as Arrow, without a Python object each.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING

import duckdb

if TYPE_CHECKING:
    from deltalake import DeltaTable

EXTRA = "the library deltalake is not installed: it is the extra 'tableflow' of runthrough"

GONE = "__gone"
"""The column of a change that says whether its row is deleted."""


class DeltaError(Exception):
    """The table cannot be written; the text says why."""


@dataclass(frozen=True)
class Location:
    """Where a table lies.

    Attributes:
        uri: a folder or `s3://bucket/prefix`.
        options: what the storage needs to be reached, keys among them.
    """

    uri: str
    options: Mapping[str, str] = field(default_factory=dict, repr=False)


def load_library() -> ModuleType:
    """Return the library. Raises DeltaError naming the extra where it is not installed."""
    try:
        import deltalake
    except ImportError as e:
        raise DeltaError(EXTRA) from e
    return deltalake


class DeltaWriter:
    """Writes one table; not thread-safe."""

    def __init__(self, location: Location) -> None:
        self._location = location
        self._table: DeltaTable | None = None

    def create(self, schema: str) -> None:
        """Make the table, empty; `schema` is Delta's JSON. Raises DeltaError."""
        library = load_library()
        options = dict(self._location.options)
        try:
            self._table = library.DeltaTable.create(
                self._location.uri,
                library.Schema.from_json(schema),
                storage_options=options,
                raise_if_key_not_exists=False,
            )
        except Exception as e:  # the library raises OSError, ValueError and its own
            raise DeltaError(_plain(e)) from e

    def grow(self, schema: str) -> None:
        """Add the columns that a newer schema has, as nullable ones: old rows have no value.

        Raises:
            DeltaError: the table cannot be changed.
        """
        library = load_library()
        table = self._opened()
        known = {field.name for field in table.schema().fields}
        new = [f for f in library.Schema.from_json(schema).fields if f.name not in known]
        if not new:
            return
        try:
            table.alter.add_columns([library.Field(f.name, f.type, nullable=True) for f in new])
        except Exception as e:
            raise DeltaError(_plain(e)) from e

    def append(self, rows: duckdb.DuckDBPyRelation) -> None:
        """Add rows in one commit; columns they do not have are NULL. Raises DeltaError."""
        library = load_library()
        try:
            library.write_deltalake(
                self._opened(),
                rows,
                mode="append",
                schema_mode="merge",
                storage_options=dict(self._location.options),
            )
        except Exception as e:
            raise DeltaError(_plain(e)) from e

    def merge(
        self, changes: duckdb.DuckDBPyRelation, *, keys: Sequence[str], columns: Sequence[str]
    ) -> None:
        """Bring rows to their newest state, in one commit.

        Args:
            changes: at most one row a key, with `__gone` true where the row is deleted.
            keys: the columns that tell rows apart, never NULL.
            columns: all of the table's.

        Raises:
            DeltaError: the table cannot be written.
        """
        same = " AND ".join(f"old.{_tick(key)} = new.{_tick(key)}" for key in keys)
        values = {_tick(name): f"new.{_tick(name)}" for name in columns}
        gone = f"new.{_tick(GONE)}"
        try:
            (
                self._opened()
                .merge(changes, same, source_alias="new", target_alias="old")
                .when_matched_delete(gone)
                .when_matched_update(values)
                .when_not_matched_insert(values, f"NOT {gone}")
                .execute()
            )
        except Exception as e:
            raise DeltaError(_plain(e)) from e

    def _opened(self) -> DeltaTable:
        if self._table is None:
            raise DeltaError("the table has not been created")
        return self._table


def _tick(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _plain(error: Exception) -> str:
    """Return an error's text on one line, without colours."""
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error))
    return " ".join(text.split()) or type(error).__name__
