"""LAB 2's first two statements in Apache Flink, as `flink_sql.py` runs them: prints JSON.

    <python with apache-flink> benchmarks/lab2_flink.py BOOKINGS <python with runthrough>

Streaming mode, in process, with the machine's CPUs; the rows come from JSON files and the results
go nowhere. Flink has no topic between the statements here, so the second one computes the join
again; what it takes longer than the first is the aggregate's time. The JVM's start does not count.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from pyflink.table import EnvironmentSettings, TableEnvironment

HERE = Path(__file__).parent
TYPES = {"long": "BIGINT", "int": "INT", "string": "STRING"}


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="runthrough-flink-") as folder:
        command = [sys.argv[2], str(HERE / "hotel_chain.py"), sys.argv[1], folder]
        described = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        table_env = TableEnvironment.create(EnvironmentSettings.in_streaming_mode())
        table_env.get_config().set("parallelism.default", str(os.cpu_count()))
        for table in described["tables"]:
            columns = ", ".join(f"`{name}` {kind}" for name, kind in table["columns"])
            table_env.execute_sql(
                f"CREATE TABLE `{table['name']}` ({columns}) WITH ('connector' = 'filesystem', "
                f"'format' = 'json', 'path' = '{table['path']}', "
                "'json.timestamp-format.standard' = 'ISO-8601')"
            )
        table_env.execute_sql("SELECT 1").collect().close()
        join, group = (query(text) for text in described["statements"])
        table_env.execute_sql(f"CREATE VIEW `DENORMALIZED_HOTEL_BOOKINGS` AS {join}")
        first = seconds(table_env, "SELECT * FROM `DENORMALIZED_HOTEL_BOOKINGS`")
        both = seconds(table_env, group)
    parts = {"join": first, "aggregate": max(0.0, both - first)}
    print(json.dumps({"seconds": parts, "memory": 0.0}))


def query(statement: str) -> str:
    """Return the query of a CTAS."""
    return re.sub(r"^CREATE TABLE `\w+` AS \((.*)\)$", r"\1", statement.strip(), flags=re.DOTALL)


def seconds(table_env: TableEnvironment, sql: str) -> float:
    """Run a query to its end, its changes thrown away."""
    name = f"nowhere_{time.monotonic_ns()}"
    schema = table_env.sql_query(sql).get_schema()
    columns = ", ".join(
        f"`{column}` {schema.get_field_data_type(column)._j_data_type.toString()}"
        if hasattr(schema.get_field_data_type(column), "_j_data_type")
        else f"`{column}` {sql_type(schema.get_field_data_type(column))}"
        for column in schema.get_field_names()
    )
    table_env.execute_sql(f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'blackhole')")
    began = time.perf_counter()
    table_env.execute_sql(f"INSERT INTO {name} {sql}").wait()
    return time.perf_counter() - began


def sql_type(data_type: object) -> str:
    """Return a type as SQL writes it."""
    kind = type(data_type).__name__
    plain = {"VarCharType": "STRING", "IntType": "INT", "BigIntType": "BIGINT"}
    if kind in plain:
        return plain[kind]
    if kind == "DecimalType":
        return f"DECIMAL({data_type.precision}, {data_type.scale})"  # type: ignore[attr-defined]
    return f"TIMESTAMP_LTZ({data_type.precision})"  # type: ignore[attr-defined]


if __name__ == "__main__":
    main()
