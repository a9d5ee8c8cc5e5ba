"""confluent-kafka's Protobuf serializers, and protobuf itself, with the registry's two forms."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from runthrough.emulator.server import Running

from .conftest import client_python, run

SCRIPT = Path(__file__).with_name("everyday_protobuf.py")


@pytest.fixture(scope="module")
def said(running: Running, tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    home = tmp_path_factory.mktemp("protobuf")
    done = run([client_python(), SCRIPT], home=home, **running.exports)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_what_was_written_is_read(said: dict[str, object]) -> None:
    """A message, one written with the latest schema, and one that lies inside another."""
    assert (said["same"], said["latest"], said["cash"]) == (True, True, -5)


def test_a_file_that_is_imported_is_referred_to(said: dict[str, object]) -> None:
    assert said["references"] == [["hotels/address.proto", "hotels/address.proto", 1]]
    assert "hotels/address.proto" in str(said["subjects"])


def test_a_field_may_come_and_not_change_its_type(said: dict[str, object]) -> None:
    assert said["versions"] == [1, 2]
    assert str(said["refused"]).startswith("409 ")
    assert "rooms is string, was int32" in str(said["refused"])


def test_people_read_a_file(said: dict[str, object]) -> None:
    text = str(said["text"])
    for line in (
        'syntax = "proto3";',
        "package hotels;",
        'import "hotels/address.proto";',
        'option go_package = "example/hotels";',
        "  map<string, int32> extras = 3;",
        "  optional string note = 8;",
        "  oneof pay {",
        "    .hotels.Stay.Cash cash = 5;",
        "    LEFT = 7;",
    ):
        assert line in text.splitlines(), text


def test_protobuf_itself_reads_the_binary_form_of_a_file(said: dict[str, object]) -> None:
    assert said["rooms"] == {
        "types": {
            "kind": 14,
            "beds": "hotels.Room.Bed",
            "named": "hotels.Room.NamedEntry",
            "address": "hotels.Address",
            "free": 9,
            "since": "google.protobuf.Timestamp",
            "floor": 5,
        },
        "presence": ["address", "free", "since", "floor"],
        "json": "level",
        "nested": ["NamedEntry", "Bed"],
        "kinds": [["SINGLE", 0], ["ONE", 0], ["DOUBLE", 2]],
        "soft": -1,
        "package": "example.hotels",
        "deprecated": True,
        "reserved": [[9, 10], [20, 2**29]],
        "names": ["old"],
        "same": True,
    }
