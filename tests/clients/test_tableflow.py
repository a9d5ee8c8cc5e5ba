"""Our client of Tableflow, against the emulator."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from runthrough.clients.flink import Flink
from runthrough.clients.tableflow import StoredTopic, Tableflow
from runthrough.emulator.server import serve
from runthrough.errors import ServiceError, SettingsError
from runthrough.settings import Settings


@pytest.fixture(scope="module")
def settings() -> Iterator[Settings]:
    with serve() as running:
        settings = Settings.read(running.exports)
        flink = Flink.from_settings(settings)
        flink.submit("CREATE TABLE `visits` (`hotel` STRING) WITH ('changelog.mode' = 'append');")
        flink.submit("CREATE TABLE `counts` (`n` INT) WITH ('changelog.mode' = 'retract');")
        flink.close()
        yield settings


@pytest.fixture
def tableflow(settings: Settings) -> Iterator[Tableflow]:
    tableflow = Tableflow.from_settings(settings)
    yield tableflow
    tableflow.turn_off("visits")
    tableflow.close()


def test_a_topic_is_stored_until_it_is_turned_off(tableflow: Tableflow) -> None:
    made = tableflow.turn_on("visits")
    assert (made.name, made.write_mode) == ("visits", "APPEND")
    found = tableflow.find("visits")
    assert found is not None
    assert found.table_path == made.table_path != ""
    tableflow.turn_off("visits")
    assert tableflow.find("visits") is None


def test_what_is_off_already_may_be_turned_off(tableflow: Tableflow) -> None:
    tableflow.turn_off("visits")
    tableflow.turn_off("visits")


def test_a_second_time_is_a_conflict(tableflow: Tableflow) -> None:
    tableflow.turn_on("visits")
    with pytest.raises(ServiceError) as refusal:
        tableflow.turn_on("visits")
    assert refusal.value.status == 409


def test_a_table_that_takes_rows_back_is_refused(tableflow: Tableflow) -> None:
    with pytest.raises(ServiceError, match="retract"):
        tableflow.turn_on("counts")
    assert tableflow.find("counts") is None


def test_a_bucket_of_ones_own_needs_an_integration(settings: Settings) -> None:
    bucket = settings.model_copy(update={"TABLEFLOW_BUCKET": "river-hotels"})
    with pytest.raises(SettingsError, match="TABLEFLOW_PROVIDER_INTEGRATION_ID"):
        Tableflow.from_settings(bucket)


def test_an_unknown_integration_is_refused(settings: Settings) -> None:
    own = {"TABLEFLOW_BUCKET": "river-hotels", "TABLEFLOW_PROVIDER_INTEGRATION_ID": "cspi-none00"}
    tableflow = Tableflow.from_settings(settings.model_copy(update=own))
    with pytest.raises(ServiceError, match="cspi-none00"):
        tableflow.turn_on("visits")
    tableflow.close()


def test_an_answer_without_a_status_is_an_error() -> None:
    with pytest.raises(ServiceError, match="status"):
        StoredTopic.from_response({"spec": {"display_name": "visits", "storage": {}}})
