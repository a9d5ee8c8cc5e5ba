"""The board: standings, comments, anomalies, and what a reader who was away is told."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runthrough.race.board import ANOMALIES, COMMENTS, Board, Source
from tests.race.items import anomaly, comment, position, second_of


def standings(board: Board) -> list[tuple[str, int]]:
    return [(s["racer"], s["position"]) for s in board.snapshot().body["standings"]]


def of(board: Board, racer: str) -> Any:
    return next(s for s in board.snapshot().body["standings"] if s["racer"] == racer)


def test_an_empty_board_says_so() -> None:
    state = Board().snapshot()
    assert (state.number, state.body["race_id"], state.body["second"]) == (0, None, None)


def test_the_first_second_shows_when_the_next_begins() -> None:
    """Before that nobody knows how many race: three of eight would look like a whole field."""
    board = Board()
    board.take(second_of(0, "A", "B"))
    assert standings(board) == []
    board.take([position("C", 3, 0), position("A", 1, 1)])
    assert standings(board) == [("A", 1), ("B", 2), ("C", 3)]


def test_a_second_shows_only_with_everybody_in_it() -> None:
    board = Board()
    board.take(second_of(0, "A", "B", "C") + second_of(1, "B"))
    assert board.second == 0
    board.take([position("A", 2, 1)])
    assert standings(board)[0] == ("A", 1)
    board.take([position("C", 3, 1)])
    assert standings(board) == [("B", 1), ("A", 2), ("C", 3)]


def test_a_racer_who_drops_out_does_not_hold_the_board_up() -> None:
    board = Board()
    board.take(second_of(0, "A", "B", "C"))
    for second in range(1, 6):
        board.take(second_of(second, "A", "B"))
    assert board.second is not None
    assert board.second >= 2
    assert standings(board) == [("A", 1), ("B", 2)]


def test_places_won_are_counted_from_the_start_and_seconds_from_the_last_change() -> None:
    board = Board(race_id="race-1", total=4)
    for second, order in enumerate(["ABC", "BAC", "BCA", "BCA"]):
        board.take(second_of(second, *order))
    assert (of(board, "B")["gained"], of(board, "B")["held"]) == (1, 2)
    assert (of(board, "A")["gained"], of(board, "A")["held"]) == (-2, 1)
    assert board.snapshot().body["over"] is True


def test_many_seconds_at_once_become_one_change() -> None:
    board = Board()
    board.take([p for second in range(20) for p in second_of(second, "A", "B")])
    changes = board.after(0)
    assert changes is not None
    assert [change.kind for change in changes] == ["standings"]
    assert changes[0].body["second"] == 19


def test_a_board_of_one_race_leaves_the_others_out() -> None:
    board = Board(race_id="race-2", total=1)
    board.take(second_of(0, "X", race_id="race-1") + second_of(0, "A", race_id="race-2"))
    board.take([comment("X", "old", race_id="race-1"), comment("A", "new", race_id="race-2")])
    assert standings(board) == [("A", 1)]
    assert [c["message"] for c in board.snapshot().body["comments"]] == ["new"]


def test_a_watching_board_goes_over_to_the_race_that_begins_last() -> None:
    board = Board()
    board.take(second_of(0, "A", "B") + second_of(1, "A", "B"))
    board.take([comment("A", "of the first race")])
    seen = board.snapshot().number
    board.take(second_of(0, "B", "A", race_id="race-9") + second_of(1, "B", "A", race_id="race-9"))
    board.take(second_of(2, "A", "B"))  # the first race is told to its end all the same
    changes = board.after(seen)
    assert changes is not None
    assert [change.kind for change in changes] == ["state", "standings"]
    state = board.snapshot().body
    assert (state["race_id"], state["comments"]) == ("race-9", [])
    assert standings(board) == [("B", 1), ("A", 2)]


def test_each_racer_keeps_the_last_comment() -> None:
    board = Board()
    board.take([comment("A", "first"), comment("A", "second"), comment("", "of nobody")])
    state = board.snapshot().body
    assert list(state["latest"]) == ["A"]
    assert state["latest"]["A"]["message"] == "second"
    assert [c["message"] for c in state["comments"]] == ["first", "second", "of nobody"]


def test_a_comment_is_dated_by_the_races_own_clock() -> None:
    board = Board(race_id="race-1", total=60)
    board.take(second_of(0, "A") + second_of(1, "A"))
    board.take([comment("A", "in time", at=1_031_000), comment("A", "elsewhere", at=9 * 10**12)])
    assert [c["second"] for c in board.snapshot().body["comments"]] == [31, None]


def test_an_anomaly_that_is_told_twice_shows_once() -> None:
    board = Board()
    board.take([anomaly("Cirrus", 140.0, at=5), anomaly("Cirrus", 140.0, at=5)])
    board.take([anomaly("Cirrus", 140.0, at=6)])
    assert len(board.snapshot().body["anomalies"]) == 2


def test_nothing_grows_without_end() -> None:
    board = Board(history=10)
    board.take([comment(f"racer {n}", "x") for n in range(500)])
    board.take([anomaly("Cirrus", 140.0, at=n) for n in range(500)])
    state = board.snapshot().body
    assert len(state["comments"]) == COMMENTS
    assert (state["comments_so_far"], state["anomalies_so_far"]) == (500, 500)
    assert len(state["anomalies"]) == ANOMALIES
    assert len(state["latest"]) == 100
    assert board.after(0) is None
    kept = board.after(board.snapshot().number - 10)
    assert kept is not None
    assert len(kept) == 10


def test_who_was_never_told_that_number_gets_the_whole_board() -> None:
    assert Board().after(7) is None


def test_the_same_topics_are_told_once() -> None:
    board = Board()
    for _ in range(3):
        board.tell_topics({"a": Source("comments", "waiting")}, {})
    assert board.snapshot().number == 1
    assert board.snapshot().body["topics"] == {"a": {"kind": "comments", "state": "waiting"}}


@given(st.lists(st.lists(st.integers(0, 5), max_size=4), max_size=12), st.integers(0, 30))
def test_what_comes_after_a_number_is_all_that_came_after_it(
    batches: list[list[int]], number: int
) -> None:
    board = Board(history=8)
    for batch in batches:
        board.take([comment(f"racer {n}", "x") for n in batch])
    last = board.snapshot().number
    changes = board.after(number)
    if changes is None:
        assert number > last or number < last - 8
    else:
        assert [change.number for change in changes] == list(range(number + 1, last + 1))
