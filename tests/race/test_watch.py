"""Watching topics on librdkafka's mock broker: late ones, odd ones, and every form of record."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from runthrough.race.board import Board
from runthrough.race.watch import Topics, watching
from tests.waiting import LIMIT_SECONDS, eventually

TOPICS = Topics("race-positions", "race-commentary", "race-anomalies")
POSITION = {
    "type": "record",
    "name": "P",
    "fields": [
        {"name": "race_id", "type": "string"},
        {"name": "racer", "type": "string"},
        {"name": "team", "type": "string"},
        {"name": "position", "type": "int"},
        {"name": "race_second", "type": "int"},
        {"name": "happened_at", "type": {"type": "long", "logicalType": "timestamp-millis"}},
    ],
}
VERDICT = {
    "type": "record",
    "name": "V",
    "fields": [
        {"name": "is_anomaly", "type": ["null", "boolean"]},
        {"name": "upper_bound", "type": "double"},
        {"name": "lower_bound", "type": "double"},
    ],
}
ANOMALY = {
    "type": "record",
    "name": "A",
    "fields": [
        {"name": "team", "type": "string"},
        {"name": "engine_temperature", "type": "double"},
        {"name": "verdict", "type": VERDICT},
    ],
}


def positions(second: int, *racers: str) -> list[dict[str, Any]]:
    return [
        {
            "race_id": "race-1",
            "racer": racer,
            "team": "Basalt",
            "position": place,
            "race_second": second,
            "happened_at": 1_000 * second,
        }
        for place, racer in enumerate(racers, 1)
    ]


@contextmanager
def watched(mock: Any, answer_seconds: float = 30.0) -> Iterator[Board]:
    board = Board()
    with watching(
        mock.login,
        mock.registry,
        topics=TOPICS,
        board=board,
        look_seconds=0.05,
        answer_seconds=answer_seconds,
    ):
        yield board


def until(board: Board, holds: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    """Wait until the board's state is so, and return it."""
    return eventually(lambda: dict(board.snapshot().body), holds)


def state_of(board: Board, topic: str) -> str:
    return str(board.snapshot().body["topics"][topic]["state"])


def test_where_no_broker_answers_nobody_knows_of_topics(mock: Any) -> None:
    nowhere = replace(mock, login={"bootstrap.servers": "127.0.0.1:1"})
    with watched(nowhere, answer_seconds=0.2) as board:
        state = until(board, lambda s: s["topics"])
    assert state["topics"]["race-commentary"] == {"kind": "comments", "state": "unknown"}
    assert state["notes"]["broker"].startswith("no broker answers")


def test_topics_that_come_late_are_read_without_a_restart(mock: Any) -> None:
    with watched(mock) as board:
        until(board, lambda s: s["topics"])
        assert [state_of(board, t) for t in TOPICS.kinds()] == ["waiting"] * 3
        mock.send_avro("race-positions", POSITION, *positions(0, "A", "B"), *positions(1, "B", "A"))
        state = until(board, lambda s: s["second"] == 1)
        assert [s["racer"] for s in state["standings"]] == ["B", "A"]
        assert state_of(board, "race-commentary") == "waiting"
        mock.send_json("race-commentary", {"racer": "B", "message": "ahead", "type": "highlight"})
        state = until(board, lambda s: s["comments"])
        assert state["latest"]["B"]["category"] == "highlight"


def test_looking_for_a_topic_does_not_make_it(mock: Any) -> None:
    with watched(mock) as board:
        until(board, lambda s: s["topics"])
        assert set(mock.producer.list_topics(timeout=LIMIT_SECONDS).topics) == set()


def test_what_stands_in_a_column_of_columns_is_found(mock: Any) -> None:
    with watched(mock) as board:
        hot = {"is_anomaly": True, "upper_bound": 93.0, "lower_bound": 86.5}
        well = hot | {"is_anomaly": None}
        mock.send_avro(
            "race-anomalies",
            ANOMALY,
            {"team": "Cirrus", "engine_temperature": 90.0, "verdict": well},
            {"team": "Dynamo", "engine_temperature": 140.0, "verdict": hot},
        )
        state = until(board, lambda s: s["anomalies"])
    assert [(a["team"], a["kind"], a["upper"]) for a in state["anomalies"]] == [
        ("Dynamo", "hot", 93.0)
    ]


def test_what_cannot_be_read_is_left_out_and_said(mock: Any) -> None:
    with watched(mock) as board:
        mock.send("race-commentary", b"plain", b"\0\0\0\x7f\xff{}", None)
        mock.send_json("race-commentary", {"id": "comment-1-A"}, {"message": "fine"})
        state = until(board, lambda s: s["comments"])
        assert [c["message"] for c in state["comments"]] == ["fine"]
        state = until(board, lambda s: s["notes"])
    note = state["notes"]["race-commentary"]
    assert note.startswith("3 records left out: message is missing")


def test_bytes_that_do_not_fit_their_schema_are_left_out(mock: Any) -> None:
    with watched(mock) as board:
        mock.send_avro("race-positions", POSITION, *positions(0, "A"))
        mock.send("race-positions", b"\0\0\0\0\x01\xff\xff\xff")
        state = until(board, lambda s: s["notes"])
    assert "does not fit schema 1" in state["notes"]["race-positions"]
