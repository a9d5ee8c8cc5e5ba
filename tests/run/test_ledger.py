from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.errors import ServiceError, StepError
from runthrough.run.ledger import Entry, Ledger, open_entries


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "build" / "ledger.ndjson"


def new(path: Path, *, run: str = "run1", keep: bool = False, target: str = "live") -> Ledger:
    return Ledger(path, run_id=run, target=target, keep=keep)


def events(path: Path) -> list[tuple[str, str]]:
    lines = [json.loads(text) for text in path.read_text(encoding="utf-8").splitlines()]
    return [(line["event"], line["name"]) for line in lines]


def test_it_is_written_before_it_is_created(path: Path) -> None:
    new(path).created("topic", "orders")
    assert open_entries(path) == (Entry("topic", "orders", "run1", "live"),)


def test_what_was_created_is_deleted_newest_first(path: Path) -> None:
    ledger, deleted = new(path), list[str]()
    ledger.deletes("table", deleted.append)
    ledger.deletes("statement", deleted.append)
    for kind, name in (("table", "T"), ("statement", "s1"), ("statement", "s2")):
        ledger.created(kind, name)
    assert ledger.settle() == ()
    assert deleted == ["s2", "s1", "T"]
    assert open_entries(path) == ()


def test_nothing_is_deleted_that_was_not_created(path: Path) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} was deleted")

    other = new(path, run="run0")
    other.created("topic", "theirs")
    ledger = new(path)
    ledger.deletes("topic", refuse)
    assert ledger.settle() == ()
    assert open_entries(path) == (Entry("topic", "theirs", "run0", "live"),)


def test_the_same_thing_is_written_and_deleted_once(path: Path) -> None:
    ledger, deleted = new(path), list[str]()
    ledger.deletes("topic", deleted.append)
    ledger.created("topic", "orders")
    ledger.created("topic", "orders")
    ledger.settle()
    assert deleted == ["orders"]
    assert events(path) == [("created", "orders"), ("deleted", "orders")]


def test_what_a_step_deleted_itself_is_not_deleted_again(path: Path) -> None:
    ledger = new(path)
    ledger.created("model", "M")
    ledger.deleted("model", "M")
    assert ledger.settle() == ()


def test_what_a_killed_run_created_is_gone_when_a_later_one_deletes_it(path: Path) -> None:
    new(path, run="run0").created("lab", "race")
    new(path, run="run0", target="emulator").created("lab", "race")
    new(path, run="run0").created("topic", "theirs")
    ledger = new(path)
    ledger.created("lab", "race")
    ledger.deleted("lab", "race")
    assert [(entry.name, entry.target) for entry in open_entries(path)] == [
        ("race", "emulator"),
        ("theirs", "live"),
    ]


def test_ctrl_c_while_it_is_written_leaves_nothing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: int) -> None:
        raise KeyboardInterrupt

    ledger, deleted = new(path), list[str]()
    ledger.deletes("topic", deleted.append)
    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", interrupt)
        with pytest.raises(KeyboardInterrupt):
            ledger.created("topic", "orders")
    assert ledger.settle() == ()
    assert deleted == ["orders"]
    assert open_entries(path) == ()


def test_what_is_gone_already_counts_as_deleted(path: Path) -> None:
    def gone(name: str) -> None:
        raise ServiceError("no such topic", status=404)

    ledger = new(path)
    ledger.deletes("topic", gone)
    ledger.created("topic", "orders")
    assert ledger.settle() == ()


def test_what_cannot_be_deleted_is_told_and_does_not_stop_the_others(path: Path) -> None:
    deleted: list[str] = []

    def delete(name: str) -> None:
        if name == "bad":
            raise ServiceError("GET answered 403: key hush", status=403)
        if name == "worse":
            raise KeyError("x")
        deleted.append(name)

    ledger = Ledger(
        path, run_id="run1", target="live", redact=lambda text: text.replace("hush", "•••")
    )
    ledger.deletes("topic", delete)
    for name in ("good", "bad", "worse"):
        ledger.created("topic", name)
    ledger.created("cluster", "c")
    told = [str(leftover) for leftover in ledger.settle()]
    assert told == [
        "cluster 'c': nobody knows how to delete a cluster",
        "topic 'worse': KeyError: 'x'",
        "topic 'bad': GET answered 403: key •••",
    ]
    assert deleted == ["good"]
    assert [entry.name for entry in open_entries(path)] == ["bad", "worse", "c"]
    assert "hush" not in path.read_text(encoding="utf-8")


def test_keep_leaves_everything_and_says_so(path: Path) -> None:
    ledger = new(path, keep=True)
    ledger.deletes("topic", lambda name: pytest.fail(f"{name} was deleted"))
    ledger.created("topic", "orders")
    assert [str(leftover) for leftover in ledger.settle()] == ["topic 'orders': kept"]
    assert [entry.name for entry in open_entries(path)] == ["orders"]


def test_looking_creates_nothing_and_says_what_is_missing(path: Path) -> None:
    ledger = new(path)
    with ledger.looking(), pytest.raises(StepError) as caught:
        ledger.created("topic", "orders")
    assert str(caught.value) == (
        "not done yet: creating the topic 'orders' (this look changes nothing)"
    )
    with ledger.looking(), ledger.looking():
        pass
    with ledger.looking():
        with ledger.looking():
            pass
        with pytest.raises(StepError, match="producing 400 bookings"):
            ledger.changes("producing 400 bookings")
    assert not path.exists()
    ledger.created("topic", "orders")


def test_a_settled_ledger_is_begun_anew_and_an_open_one_is_not(path: Path) -> None:
    first = new(path, run="run1")
    first.deletes("topic", lambda _: None)
    first.created("topic", "a")
    first.settle()
    new(path, run="run2").created("topic", "b")
    assert events(path) == [("created", "b")]
    new(path, run="run3").created("topic", "c")
    assert events(path) == [("created", "b"), ("created", "c")]


def test_what_an_emulator_left_went_with_it(path: Path) -> None:
    new(path, run="run1", target="emulator").created("topic", "a")
    new(path, run="run2").created("topic", "b")
    assert events(path) == [("created", "b")]


def test_a_line_cut_short_by_a_crash_spoils_no_other(path: Path) -> None:
    new(path, run="run1").created("topic", "a")
    with path.open("a", encoding="utf-8") as file:
        file.write('{"event": "created", "ki')
    assert [entry.name for entry in open_entries(path)] == ["a"]
    new(path, run="run2").created("topic", "b")
    assert [entry.name for entry in open_entries(path)] == ["a", "b"]


def test_without_a_file_nothing_is_open(path: Path) -> None:
    assert open_entries(path) == ()


@given(
    steps=st.lists(
        st.tuples(
            st.sampled_from(["created", "deleted"]),
            st.sampled_from(["topic", "table"]),
            st.sampled_from(["a", "b", "ü\n"]),
        )
    )
)
def test_the_file_always_says_what_is_there(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, str, str]]
) -> None:
    path = tmp_path_factory.mktemp("ledger") / "ledger.ndjson"
    ledger, there = new(path), dict[tuple[str, str], None]()
    for event, kind, name in steps:
        getattr(ledger, event)(kind, name)
        if event == "created":
            there[kind, name] = None
        else:
            there.pop((kind, name), None)
    assert [(entry.kind, entry.name) for entry in open_entries(path)] == list(there)
    left = [(leftover.entry.kind, leftover.entry.name) for leftover in ledger.settle()]
    assert left == list(there)[::-1]
