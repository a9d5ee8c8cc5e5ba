"""Flink's types: how they are named, described, stored and sent.

Sources: facts/confluent-cloud-api.md 2.6 (JSON of types and values), facts/flink-sql-ai.md 1.3
(the two spellings of SHOW CREATE TABLE and DESCRIBE) and 6.2.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

MAX_LENGTH = 2147483647


@dataclass(frozen=True)
class FlinkType:
    """One SQL type with its nullability.

    Attributes:
        root: CHAR VARCHAR BOOLEAN TINYINT SMALLINT INTEGER BIGINT DECIMAL FLOAT DOUBLE BINARY
            VARBINARY DATE TIME TIMESTAMP TIMESTAMP_LTZ INTERVAL_YEAR_MONTH INTERVAL_DAY_TIME
            ARRAY MAP MULTISET ROW NULL.
        length: of the four string and binary roots; STRING is VARCHAR(MAX_LENGTH).
        precision, scale: of DECIMAL; precision alone of TIME, TIMESTAMP, TIMESTAMP_LTZ.
        element: of ARRAY and MULTISET. key, value: of MAP. fields: of ROW.
    """

    root: str
    nullable: bool = True
    length: int | None = None
    precision: int | None = None
    scale: int | None = None
    element: FlinkType | None = None
    key: FlinkType | None = None
    value: FlinkType | None = None
    fields: tuple[tuple[str, FlinkType], ...] = ()

    def not_null(self) -> FlinkType:
        """Return the same type, NOT NULL."""
        return replace(self, nullable=False)

    def or_null(self) -> FlinkType:
        """Return the same type, nullable."""
        return replace(self, nullable=True)

    def with_null(self, nullable: bool) -> FlinkType:
        """Return the same type with this nullability."""
        return replace(self, nullable=nullable)


STRING = FlinkType("VARCHAR", length=MAX_LENGTH)
BYTES = FlinkType("VARBINARY", length=MAX_LENGTH)
BOOLEAN = FlinkType("BOOLEAN")
INT = FlinkType("INTEGER")
BIGINT = FlinkType("BIGINT")
DOUBLE = FlinkType("DOUBLE")
DATE = FlinkType("DATE")
NULL = FlinkType("NULL")
ROWTIME = FlinkType("TIMESTAMP_LTZ", nullable=False, precision=3)


def decimal(precision: int, scale: int) -> FlinkType:
    """Return DECIMAL(precision, scale), nullable."""
    return FlinkType("DECIMAL", precision=precision, scale=scale)


def timestamp(precision: int) -> FlinkType:
    """Return TIMESTAMP(precision), nullable."""
    return FlinkType("TIMESTAMP", precision=precision)


def timestamp_ltz(precision: int) -> FlinkType:
    """Return TIMESTAMP_LTZ(precision), nullable."""
    return FlinkType("TIMESTAMP_LTZ", precision=precision)


def array(element: FlinkType) -> FlinkType:
    """Return ARRAY<element>, nullable."""
    return FlinkType("ARRAY", element=element)


def describe(t: FlinkType) -> str:
    """Return a type as DESCRIBE prints it, without the outer nullability.

    Inside collections NOT NULL is printed: `ARRAY<STRING NOT NULL>` (facts 1.3).
    """
    return _spell(t, short=True)


def summary(t: FlinkType) -> str:
    """Return a type as Flink's messages and signatures print it: `INT NOT NULL`."""
    return _spell(t, short=True) + ("" if t.nullable else " NOT NULL")


def show(t: FlinkType) -> str:
    """Return a type as SHOW CREATE TABLE prints it, without the outer nullability (facts 1.3)."""
    return _spell(t, short=False)


def _spell(t: FlinkType, *, short: bool) -> str:
    def inner(part: FlinkType | None) -> str:
        if part is None:
            raise ValueError(f"a {t.root} without its part")
        return _spell(part, short=short) + ("" if part.nullable else " NOT NULL")

    match t.root:
        case "VARCHAR" if short and t.length == MAX_LENGTH:
            return "STRING"
        case "VARBINARY" if short and t.length == MAX_LENGTH:
            return "BYTES"
        case "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY":
            return f"{t.root}({t.length})"
        case "INTEGER":
            return "INT"
        case "DECIMAL":
            return f"DECIMAL({t.precision}, {t.scale})"
        case "TIME" | "TIMESTAMP":
            return f"{t.root}({t.precision})"
        case "TIMESTAMP_LTZ":
            long = f"TIMESTAMP({t.precision}) WITH LOCAL TIME ZONE"
            return f"TIMESTAMP_LTZ({t.precision})" if short else long
        case "INTERVAL_YEAR_MONTH":
            return "INTERVAL YEAR(2) TO MONTH"
        case "INTERVAL_DAY_TIME":
            return "INTERVAL DAY(2) TO SECOND(3)"
        case "ARRAY" | "MULTISET":
            return f"{t.root}<{inner(t.element)}>"
        case "MAP":
            return f"MAP<{inner(t.key)}, {inner(t.value)}>"
        case "ROW":
            return "ROW<" + ", ".join(f"{quote_name(n)} {inner(f)}" for n, f in t.fields) + ">"
        case _:
            return t.root


def quote_name(name: str) -> str:
    """Return an identifier in backticks, as Flink prints it."""
    return "`" + name.replace("`", "``") + "`"


_JSON_ROOTS = {
    "TIME": "TIME_WITHOUT_TIME_ZONE",
    "TIMESTAMP": "TIMESTAMP_WITHOUT_TIME_ZONE",
    "TIMESTAMP_LTZ": "TIMESTAMP_WITH_LOCAL_TIME_ZONE",
}


def type_json(t: FlinkType) -> dict[str, Any]:
    """Return the JSON form of a type, as `traits.schema` carries it (api facts 2.6)."""
    body: dict[str, Any] = {"type": _JSON_ROOTS.get(t.root, t.root), "nullable": t.nullable}
    match t.root:
        case "CHAR" | "VARCHAR" | "BINARY" | "VARBINARY":
            body["length"] = t.length
        case "DECIMAL":
            body |= {"precision": t.precision, "scale": t.scale}
        case "TIME" | "TIMESTAMP" | "TIMESTAMP_LTZ":
            body["precision"] = t.precision
        case "INTERVAL_YEAR_MONTH":
            body |= {"precision": 2, "resolution": "YEAR_TO_MONTH"}
        case "INTERVAL_DAY_TIME":
            body |= {"precision": 2, "fractional_precision": 3, "resolution": "DAY_TO_SECOND"}
        case "ARRAY" | "MULTISET" if t.element:
            body["element_type"] = type_json(t.element)
        case "MAP" if t.key and t.value:
            body |= {"key_type": type_json(t.key), "value_type": type_json(t.value)}
        case "ROW":
            body["fields"] = [{"name": n, "field_type": type_json(f)} for n, f in t.fields]
    return body


_DUCKDB_ROOTS = {
    "CHAR": "VARCHAR",
    "VARCHAR": "VARCHAR",
    "BINARY": "BLOB",
    "VARBINARY": "BLOB",
    "TIMESTAMP_LTZ": "TIMESTAMP WITH TIME ZONE",
    "INTERVAL_YEAR_MONTH": "INTERVAL",
    "INTERVAL_DAY_TIME": "INTERVAL",
    "NULL": "INTEGER",
}


def duckdb_type(t: FlinkType) -> str:
    """Return the DuckDB type that holds a type's values.

    TIMESTAMP_LTZ is TIMESTAMP WITH TIME ZONE, a MULTISET a map of element to count.
    """
    match t.root:
        case "DECIMAL":
            return f"DECIMAL({t.precision}, {t.scale})"
        case "ARRAY" if t.element:
            return duckdb_type(t.element) + "[]"
        case "MULTISET" if t.element:
            return f"MAP({duckdb_type(t.element)}, INTEGER)"
        case "MAP" if t.key and t.value:
            return f"MAP({duckdb_type(t.key)}, {duckdb_type(t.value)})"
        case "ROW":
            inside = ", ".join(
                '"' + n.replace('"', '""') + f'" {duckdb_type(f)}' for n, f in t.fields
            )
            return f"STRUCT({inside})"
        case _:
            return _DUCKDB_ROOTS.get(t.root, t.root)
