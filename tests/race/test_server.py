"""The page and its stream over a real socket, asked by httpx and by hand."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx
import pytest

from runthrough.errors import RunthroughError
from runthrough.race.board import Board
from runthrough.race.server import Page, serve_page
from tests.race.items import comment, second_of
from tests.waiting import LIMIT_SECONDS


@dataclass
class Event:
    id: str
    kind: str
    body: Any


@contextmanager
def stream(url: str, last: str | None = None) -> Iterator[Iterator[Event | str]]:
    """Read events, and comments as they stand, until the block ends."""
    headers = {} if last is None else {"Last-Event-ID": last}
    with (
        httpx.Client(trust_env=False, timeout=LIMIT_SECONDS) as client,
        client.stream("GET", f"{url}events", headers=headers) as response,
    ):
        assert response.status_code == 200
        assert response.headers["content-type"].startswith("text/event-stream")
        yield _read(response.iter_lines())


def _read(lines: Iterator[str]) -> Iterator[Event | str]:
    fields: dict[str, str] = {}
    for line in lines:
        if line.startswith(":"):
            yield line
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif "data" in fields:
            yield Event(fields["id"], fields["event"], json.loads(fields["data"]))
            fields = {}
        else:
            fields = {}


@pytest.fixture
def board() -> Board:
    found = Board(race_id="race-1", total=60)
    found.take(second_of(0, "A", "B") + second_of(1, "A", "B"))
    return found


def test_a_new_reader_gets_the_whole_board_then_what_changes(board: Board) -> None:
    with serve_page(Page(board)) as url, stream(url) as events:
        first = next(events)
        assert isinstance(first, Event)
        assert (first.kind, first.body["second"]) == ("state", 1)
        board.take(second_of(2, "B", "A"))
        board.take([comment("B", "past!")])
        second, third = next(events), next(events)
        assert isinstance(second, Event)
        assert isinstance(third, Event)
        assert [s["racer"] for s in second.body["standings"]] == ["B", "A"]
        assert (third.kind, third.body["message"]) == ("comment", "past!")


def test_who_comes_back_gets_what_was_missed(board: Board) -> None:
    with serve_page(Page(board)) as url:
        with stream(url) as events:
            seen = next(events)
            assert isinstance(seen, Event)
        board.take([comment("A", "one"), comment("A", "two")])
        with stream(url, last=seen.id) as events:
            missed = [next(events), next(events)]
    assert [m.body["message"] for m in missed if isinstance(m, Event)] == ["one", "two"]


@pytest.mark.parametrize(
    "last", ["", "other-1", "-", "x" * 5000, "{life}-999999", "{life}-1e1", "{life}-"]
)
def test_who_comes_from_elsewhere_gets_the_whole_board(board: Board, last: str) -> None:
    with serve_page(Page(board)) as url:
        with stream(url) as events:
            seen = next(events)
            assert isinstance(seen, Event)
        life = seen.id.partition("-")[0]
        with stream(url, last=last.replace("{life}", life)) as events:
            found = next(events)
            assert isinstance(found, Event)
            assert found.kind == "state"


def test_who_was_away_too_long_gets_the_whole_board() -> None:
    board = Board(history=4)
    with serve_page(Page(board)) as url:
        with stream(url) as events:
            seen = next(events)
            assert isinstance(seen, Event)
        board.take([comment("A", str(n)) for n in range(9)])
        with stream(url, last=seen.id) as events:
            found = next(events)
            assert isinstance(found, Event)
            assert found.kind == "state"
            assert len(found.body["comments"]) == 9


def test_a_silent_race_is_kept_alive(board: Board) -> None:
    with serve_page(Page(board, keep_alive=0.05)) as url, stream(url) as events:
        next(events)
        assert [next(events), next(events)] == [": still here", ": still here"]


def test_no_text_can_end_an_event_early(board: Board) -> None:
    evil = "a\n\nevent: state\ndata: {}\u2028\ud800"
    with serve_page(Page(board)) as url, stream(url) as events:
        next(events)
        board.take([comment("A", evil), comment("A", "after")])
        first, second = next(events), next(events)
        assert isinstance(first, Event)
        assert isinstance(second, Event)
        assert (first.body["message"], second.body["message"]) == (evil, "after")


def test_the_state_is_json(board: Board) -> None:
    with serve_page(Page(board)) as url:
        state = httpx.get(f"{url}state", trust_env=False).json()
    assert [s["racer"] for s in state["standings"]] == ["A", "B"]
    assert state["total"] == 60


def test_the_page_may_load_nothing_from_elsewhere(board: Board) -> None:
    with serve_page(Page(board)) as url:
        page = httpx.get(url, trust_env=False)
        files = [httpx.get(f"{url}{name}", trust_env=False) for name in ("board.js", "board.css")]
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for answer in (page, *files):
        assert answer.status_code == 200
        assert "http://" not in answer.text
        assert "https://" not in answer.text
        assert "innerHTML" not in answer.text


def test_another_name_for_this_machine_is_refused(board: Board) -> None:
    """A page elsewhere may have its name point here, and must not read the race by it."""
    with serve_page(Page(board)) as url:
        answer = httpx.get(f"{url}state", headers={"Host": "evil.example"}, trust_env=False)
    assert answer.status_code == 400


def test_only_reading_is_offered(board: Board) -> None:
    with serve_page(Page(board)) as url:
        assert httpx.post(f"{url}state", trust_env=False).status_code == 405
        assert httpx.get(f"{url}nowhere", trust_env=False).status_code == 404


def test_a_port_that_is_taken_is_named(board: Board) -> None:
    with serve_page(Page(board)) as url:
        port = int(url.rstrip("/").rpartition(":")[2])
        with (
            pytest.raises(RunthroughError, match=f"port {port} of 127.0.0.1 cannot be used"),
            serve_page(Page(board), port=port),
        ):
            pass


def test_the_server_ends_though_somebody_still_reads(board: Board) -> None:
    with serve_page(Page(board)) as url:
        client = httpx.Client(trust_env=False, timeout=LIMIT_SECONDS)
        answer = client.send(client.build_request("GET", f"{url}events"), stream=True)
        assert answer.status_code == 200
    client.close()
    with pytest.raises(httpx.ConnectError):
        httpx.get(url, trust_env=False)
