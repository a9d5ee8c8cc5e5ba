"""Tableflow, judged by Confluent's own driver, unchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import confluent_sql
import pytest
from confluent_sql.exceptions import (
    OperationalError,
    TableflowTopicAlreadyExistsError,
    TableflowTopicNotFoundError,
)
from confluent_sql.tableflow import (
    ByobAwsStorage,
    ManagedStorage,
    TableflowErrorHandlingSkip,
    TableflowTopicConfig,
    TableFormat,
)

from tests.waiting import LIMIT_SECONDS

from ..conftest import Emulated


@pytest.fixture
def driver(emulated: Emulated) -> Iterator[confluent_sql.Connection]:
    key, secret = emulated.auth("tableflow")
    connection = emulated.connect(
        tableflow_api_key=key,
        tableflow_api_secret=secret,
        database_kafka_cluster_id=emulated.world.cluster.id,
    )
    yield connection
    connection.close()


@pytest.fixture
def table(driver: confluent_sql.Connection, unique: Callable[[str], str]) -> str:
    name = unique("driven")
    driver.execute_snapshot_ddl(f"CREATE TABLE `{name}` (id INT)")
    return name


def test_the_driver_enables_waits_updates_and_disables(
    driver: confluent_sql.Connection, table: str
) -> None:
    topic = driver.enable_tableflow(
        table, table_formats=TableFormat.DELTA, storage=ManagedStorage(), timeout=LIMIT_SECONDS
    )
    assert topic.phase.value == "RUNNING"
    assert topic.status.write_mode == "APPEND"
    assert (Path(topic.spec.raw["storage"]["table_path"]) / "_delta_log").is_dir()
    with pytest.raises(TableflowTopicAlreadyExistsError):
        driver.enable_tableflow(table, table_formats="DELTA", storage=ManagedStorage())
    changed = driver.update_tableflow(
        table,
        config=TableflowTopicConfig(
            retention_ms=86_400_000, error_handling=TableflowErrorHandlingSkip()
        ),
        timeout=LIMIT_SECONDS,
    )
    assert changed.spec.config is not None
    assert changed.spec.config.retention_ms == 86_400_000
    assert changed.spec.config.error_handling == TableflowErrorHandlingSkip()
    driver.disable_tableflow(table, timeout=LIMIT_SECONDS)
    for call in (driver.get_tableflow, driver.disable_tableflow):
        with pytest.raises(TableflowTopicNotFoundError):
            call(table)


def test_the_driver_reports_what_is_missing(driver: confluent_sql.Connection, table: str) -> None:
    with pytest.raises(OperationalError, match="writes no Iceberg tables"):
        driver.enable_tableflow(
            table,
            table_formats=TableFormat.ICEBERG,
            storage=ManagedStorage(),
            timeout=LIMIT_SECONDS,
        )
    bucket = ByobAwsStorage(bucket_name="lab-lake", provider_integration_id="cspi-nope")
    with pytest.raises(OperationalError, match="cspi-nope not found"):
        driver.enable_tableflow(table, table_formats="DELTA", storage=bucket)


def test_a_global_key_finds_the_cluster_itself(
    emulated: Emulated, driver: confluent_sql.Connection, table: str
) -> None:
    key, secret = emulated.auth("global")
    connection = emulated.connect(
        flink_api_key=None, flink_api_secret=None, global_api_key=key, global_api_secret=secret
    )
    try:
        connection.enable_tableflow(
            table, table_formats="DELTA", storage=ManagedStorage(), wait_for_running=False
        )
        connection.disable_tableflow(table, timeout=LIMIT_SECONDS)
    finally:
        connection.close()
