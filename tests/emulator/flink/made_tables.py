"""Tables that statements make and change."""

from __future__ import annotations

from dataclasses import replace

from runthrough.emulator.flink.catalog import Table
from tests.emulator.flink.planner_catalog import MemoryCatalog, created, table

SOURCE = (
    "CREATE TABLE s (id INT, v STRING, ts TIMESTAMP(3), c AS UPPER(v) COMMENT 'hi', "
    "o BIGINT METADATA FROM 'offset' VIRTUAL, WATERMARK FOR ts AS ts - INTERVAL '5' SECOND, "
    "CONSTRAINT pk PRIMARY KEY (id) NOT ENFORCED) COMMENT 'all' DISTRIBUTED INTO 4 BUCKETS "
    "WITH ('value.format' = 'json-registry', 'changelog.mode' = 'retract')"
)


def tables() -> MemoryCatalog:
    """Return a catalog with a table of each mode, a raw one, and `s`, which has all there is."""
    known = MemoryCatalog().add(
        table("a", "id INT NOT NULL; k STRING; v INT; ts TIMESTAMP(3)"),
        table("u", "id INT NOT NULL; k STRING; v INT", "upsert", ["id"]),
        table("r", "id INT NOT NULL; k STRING; v INT", "retract"),
    )
    raw = replace(
        table("raw", "key BYTES; val BYTES"),
        distributed_by=("key",),
        options={"key.format": "raw", "value.format": "raw"},
    )
    return known.add(raw, created(known, SOURCE))


def names(made: Table) -> list[str]:
    return [c.name for c in made.columns]
