"""The views of INFORMATION_SCHEMA, worked out from what there is in the catalog.

Source: facts/confluent-cloud-api.md 2.10 (views and columns), facts/flink-sql-ai.md 1.10 (STRING
and INT, YES and NO). The order of the columns, which of them are NOT NULL, and that the views of
INFORMATION_SCHEMA itself are listed as SYSTEM TABLE are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from runthrough.emulator.flink import types
from runthrough.emulator.flink.bind.tables import ROWTIME_COLUMN, SOURCE_WATERMARK
from runthrough.emulator.flink.catalog import Column, InformationView, Table, View
from runthrough.emulator.flink.planning.external_options import has_topic
from runthrough.emulator.flink.running.shown_options import key_name, shown_options
from runthrough.emulator.flink.types import INT, STRING

SCHEMA = "INFORMATION_SCHEMA"

Row = tuple[str | int | None, ...]


@dataclass(frozen=True)
class Inventory:
    """What there is: catalog and databases each as (id, name), tables and views."""

    catalog: tuple[str, str]
    databases: tuple[tuple[str, str], ...]
    tables: tuple[Table, ...] = ()
    views: tuple[View, ...] = ()

    def schema(self, name: str) -> Row:
        """Return ids and names of the catalog and of one of its databases."""
        known = {database: identity for identity, database in self.databases}
        return (*self.catalog, known.get(name, name), name)


def information_view(inventory: Inventory, name: str) -> InformationView | None:
    """Return a view of INFORMATION_SCHEMA with its rows; None if there is none of that name."""
    known = _VIEWS.get(name)
    if known is None:
        return None
    head, rows = known
    return InformationView(_columns(head), tuple(rows(inventory)))


def _columns(head: str) -> tuple[Column, ...]:
    """Return columns from their names: `?` behind one that may be NULL, `#` behind an INT."""
    return tuple(
        Column(word.rstrip("?#"), (INT if "#" in word else STRING).with_null("?" in word))
        for word in head.split()
    )


def _schemata(inventory: Inventory) -> Iterator[Row]:
    for _, name in (*inventory.databases, (SCHEMA, SCHEMA)):
        yield inventory.schema(name)


def _catalogs(inventory: Inventory) -> Iterator[Row]:
    yield inventory.catalog


# -- tables ----------------------------------------------------------------------------------------


def _tables(inventory: Inventory) -> Iterator[Row]:
    for table in inventory.tables:
        place = (*inventory.schema(table.path[1]), table.name)
        if not has_topic(table):
            yield (*place, "EXTERNAL TABLE", *_UNDISTRIBUTED, *_UNTIMED, "NO", table.comment)
            continue
        column, expression = table.watermark or (ROWTIME_COLUMN, SOURCE_WATERMARK)
        by_hash = (_yes(bool(table.distributed_by)), "HASH" if table.distributed_by else None)
        hidden = _yes(column == ROWTIME_COLUMN)
        timed = ("YES", column, expression, hidden)
        made = _yes(table.definition is not None)
        yield (*place, "BASE TABLE", *by_hash, table.buckets, *timed, made, table.comment)
    for view in inventory.views:
        place = (*inventory.schema(view.path[1]), view.name)
        yield (*place, "VIEW", *_UNDISTRIBUTED, *_UNTIMED, "NO", view.comment)
    for name in _VIEWS:
        place = (*inventory.schema(SCHEMA), name)
        yield (*place, "SYSTEM TABLE", *_UNDISTRIBUTED, *_UNTIMED, "NO", None)


_UNDISTRIBUTED = ("NO", None, None)
_UNTIMED = ("NO", None, None, None)


def _yes(true: bool) -> str:
    return "YES" if true else "NO"


def _options(inventory: Inventory) -> Iterator[Row]:
    for table in inventory.tables:
        place = (*inventory.schema(table.path[1]), table.name)
        shown = shown_options(table)
        for key, value in sorted(shown.items()):
            yield (*place, key, value)


# -- columns ---------------------------------------------------------------------------------------


def _all_columns(inventory: Inventory) -> Iterator[Row]:
    for table in inventory.tables:
        place = (*inventory.schema(table.path[1]), table.name)
        columns = list(table.columns)
        if has_topic(table):
            columns.append(_ROWTIME)
        yield from _columns_of(place, columns, table.distributed_by)
    for view in inventory.views:
        place = (*inventory.schema(view.path[1]), view.name)
        yield from _columns_of(place, view.columns)
    for name, (head, _) in _VIEWS.items():
        yield from _columns_of((*inventory.schema(SCHEMA), name), _columns(head))


_ROWTIME = Column(
    ROWTIME_COLUMN,
    types.ROWTIME,
    "metadata",
    metadata_key="timestamp",
    virtual=True,
    comment="SYSTEM",
)


def _columns_of(
    place: Row, columns: Sequence[Column], distributed_by: Sequence[str] = ()
) -> Iterator[Row]:
    buckets = {name: number for number, name in enumerate(distributed_by, start=1)}
    for number, column in enumerate(columns, start=1):
        yield (
            *place,
            column.name,
            number,
            types.type_json(column.type)["type"],
            types.show(column.type),
            _yes(column.type.nullable),
            _yes(column is _ROWTIME),
            _yes(column.kind == "computed"),
            column.expression,
            _yes(column.kind == "metadata"),
            (column.metadata_key or column.name) if column.kind == "metadata" else None,
            _yes(column.kind != "computed" and not column.virtual),
            buckets.get(column.name),
            column.comment,
        )


# -- keys ------------------------------------------------------------------------------------------


def _constraints(inventory: Inventory) -> Iterator[Row]:
    for table in inventory.tables:
        if table.primary_key:
            schema = inventory.schema(table.path[1])
            yield (*schema, key_name(table), *schema, table.name, "PRIMARY KEY", "NO")


def _key_columns(inventory: Inventory) -> Iterator[Row]:
    for table in inventory.tables:
        schema = inventory.schema(table.path[1])
        for number, column in enumerate(table.primary_key, start=1):
            yield (*schema, key_name(table), *schema, table.name, column, number)


_CATALOG = "CATALOG_ID CATALOG_NAME"
_SCHEMA = f"{_CATALOG} SCHEMA_ID SCHEMA_NAME"
_TABLE = "TABLE_CATALOG_ID TABLE_CATALOG TABLE_SCHEMA_ID TABLE_SCHEMA TABLE_NAME"
_CONSTRAINT = _TABLE.replace("TABLE_", "CONSTRAINT_")
_VIEWS: dict[str, tuple[str, Callable[[Inventory], Iterator[Row]]]] = {
    "CATALOGS": (_CATALOG, _catalogs),
    "INFORMATION_SCHEMA_CATALOG_NAME": (_CATALOG, _catalogs),
    "SCHEMATA": (_SCHEMA, _schemata),
    "DATABASES": (_SCHEMA, _schemata),
    "TABLES": (
        f"{_TABLE} TABLE_TYPE IS_DISTRIBUTED DISTRIBUTION_ALGORITHM? DISTRIBUTION_BUCKETS#? "
        "IS_WATERMARKED WATERMARK_COLUMN? WATERMARK_EXPRESSION? WATERMARK_IS_HIDDEN? "
        "IS_MATERIALIZED COMMENT?",
        _tables,
    ),
    "COLUMNS": (
        f"{_TABLE} COLUMN_NAME ORDINAL_POSITION# DATA_TYPE FULL_DATA_TYPE IS_NULLABLE IS_HIDDEN "
        "IS_GENERATED GENERATION_EXPRESSION? IS_METADATA METADATA_KEY? IS_PERSISTED "
        "DISTRIBUTION_ORDINAL_POSITION#? COMMENT?",
        _all_columns,
    ),
    "TABLE_OPTIONS": (f"{_TABLE} OPTION_KEY OPTION_VALUE", _options),
    "TABLE_CONSTRAINTS": (f"{_CONSTRAINT} {_TABLE} CONSTRAINT_TYPE ENFORCED", _constraints),
    "KEY_COLUMN_USAGE": (f"{_CONSTRAINT} {_TABLE} COLUMN_NAME ORDINAL_POSITION#", _key_columns),
}
NAMES = tuple(_VIEWS)
"""Every view there is."""
