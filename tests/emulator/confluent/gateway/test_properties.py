from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from confluent_sql.statement_properties import Property

from runthrough.emulator.confluent.gateway.properties import KNOWN, PropertyError, session, visible


def test_properties_make_the_session() -> None:
    made = session(
        {
            "sql.current-catalog": "env-1",
            "sql.current-database": "cluster",
            "sql.snapshot.mode": "now",
            "sql.local-time-zone": "Europe/Berlin",
        }
    )
    assert (made.catalog, made.database) == ("env-1", "cluster")
    assert (made.snapshot, made.time_zone) == (True, "Europe/Berlin")


def test_no_properties_make_a_streaming_session_in_utc() -> None:
    made = session({})
    assert (made.catalog, made.database, made.snapshot, made.time_zone) == (
        None,
        None,
        False,
        "UTC",
    )


def test_an_unknown_property_is_named_with_those_there_are() -> None:
    with pytest.raises(PropertyError, match="Unsupported configuration options found") as caught:
        session({"sql.snapshot.mod": "now"})
    assert "\nsql.snapshot.mod\n" in str(caught.value)
    assert "\nsql.snapshot.mode\n" in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sql.snapshot.mode", "later"),
        ("sql.tables.scan.startup.mode", "group-offsets"),
        ("sql.local-time-zone", "Mars/Olympus"),
        ("sql.local-time-zone", "+02:00"),
        ("sql.state-ttl", "a while"),
        ("sql.state-ttl", "1 fortnight"),
        ("sql.dry-run", "maybe"),
        ("sql.tables.scan.source-operator-parallelism", "many"),
    ],
)
def test_a_wrong_value_is_named_with_its_property(name: str, value: str) -> None:
    with pytest.raises(PropertyError) as caught:
        session({name: value})
    assert name in str(caught.value)
    assert value in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sql.tables.scan.startup.mode", "specific-offsets"),
        ("sql.tables.scan.bounded.mode", "specific-offsets"),
        ("sql.tables.scan.startup.specific-offsets", "partition:0,offset:1"),
        ("sql.secrets.password", "hush"),
        ("sql.local-time-zone", "GMT+05:30"),
    ],
)
def test_what_would_change_the_result_is_refused_rather_than_ignored(name: str, value: str) -> None:
    with pytest.raises(PropertyError, match="the live target has it"):
        session({name: value})


def test_every_property_the_driver_knows_is_known() -> None:
    assert {str(name) for name in Property} <= KNOWN


def test_the_offset_the_cli_sends_becomes_a_zone() -> None:
    zone = session({"sql.local-time-zone": "GMT+02:00"}).time_zone
    assert datetime.now(ZoneInfo(zone)).utcoffset() == timedelta(hours=2)
    zone = session({"sql.local-time-zone": "GMT-11:00"}).time_zone
    assert datetime.now(ZoneInfo(zone)).utcoffset() == timedelta(hours=-11)


def test_secret_properties_are_not_shown() -> None:
    shown = visible({"sql.secrets.key": "hush", "sql.current-catalog": "env-1"})
    assert shown == {"sql.secrets.key": "******", "sql.current-catalog": "env-1"}
