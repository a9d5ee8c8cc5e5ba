"""A server that is asked: what is sent, what comes back, and what is said when it refuses."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from runthrough.emulator.flink.running.documents import Nearest
from runthrough.emulator.mongodb import PASSWORD_VARIABLE, MongoServer, read_address
from runthrough.emulator.mongodb import server as subject
from runthrough.emulator.mongodb.server import MongoError
from runthrough.errors import EmulatorError
from tests.emulator.mongodb.wire import Answer, Wire, cursor, open_wire, refusal

WANTED = Nearest("by_meaning", "embedding", (0.5, 1.0), 5, 100)
SECRET = "geheim-4711"


@contextmanager
def opened(**answers: Answer) -> Iterator[tuple[MongoServer, Wire]]:
    with open_wire(answers) as wire:
        server = MongoServer(read_address(f"mongodb://{wire.hosts}", {}))
        try:
            yield server, wire
        finally:
            server.close()


def always(answer: dict[str, Any]) -> Answer:
    return lambda _: answer


def test_a_server_with_vector_search_searches_itself() -> None:
    hit = {"score": 0.75, "document": {"_id": 7, "message": "a", "score": "its own"}}
    with opened(aggregate=always(cursor(hit))) as (server, wire):
        assert server.nearest("race", "comments", WANTED) == [
            (0.75, {"_id": 7, "message": "a", "score": "its own"})
        ]
        assert server.searches
    [asked] = wire.named("aggregate")
    assert (asked["$db"], asked["aggregate"]) == ("race", "comments")
    assert asked["pipeline"] == [
        {
            "$vectorSearch": {
                "index": "by_meaning",
                "path": "embedding",
                "queryVector": [0.5, 1.0],
                "numCandidates": 100,
                "limit": 5,
            }
        },
        {
            "$project": {
                "_id": 0,
                "score": {"$meta": "vectorSearchScore"},
                "document": "$$ROOT",
            }
        },
    ]


def test_what_a_table_leaves_out_is_filled_in() -> None:
    with opened(aggregate=always(cursor())) as (server, wire):
        server.nearest("race", "comments", Nearest(None, "v", (1.0,), 3, None))
        server.nearest("race", "comments", Nearest(None, "v", (1.0,), 3, 50_000))
    first, second = (one["pipeline"][0]["$vectorSearch"] for one in wire.named("aggregate"))
    assert (first["index"], first["numCandidates"]) == ("default", 60)
    assert second["numCandidates"] == 10_000


@pytest.mark.parametrize("code", [304, 31082, 40324, 6047401])
def test_a_server_without_vector_search_is_asked_once(
    code: int, caplog: pytest.LogCaptureFixture
) -> None:
    with (
        caplog.at_level(logging.WARNING),
        opened(aggregate=always(refusal(code, "no such stage"))) as (server, wire),
    ):
        assert server.nearest("race", "comments", WANTED) is None
        assert server.nearest("race", "others", WANTED) is None
        assert not server.searches
    assert len(wire.named("aggregate")) == 1
    said = [one.getMessage() for one in caplog.records if one.name == "runthrough.emulator"]
    assert len(said) == 1
    assert f"{wire.hosts} has no $vectorSearch" in said[0]


def test_another_refusal_is_passed_on() -> None:
    words = "PlanExecutor error: vector field is indexed with 3 dimensions but queried with 2"
    with (
        opened(aggregate=always(refusal(8, words))) as (server, wire),
        pytest.raises(MongoError) as caught,
    ):
        server.nearest("race", "comments", WANTED)
    assert str(caught.value) == f"The MongoDB server at {wire.hosts} refuses: {words}"


def test_values_come_as_json_has_them() -> None:
    documents = [{"_id": 1, "message": "a"}, {"_id": 2, "tags": ["x"]}]
    with opened(find=always(cursor(*documents))) as (server, wire):
        assert server.read("race", "comments") == documents
    [asked] = wire.named("find")
    assert (asked["$db"], asked["find"], asked["filter"]) == ("race", "comments", {})


def test_a_collection_too_large_to_be_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_READ", 2)
    documents = [{"_id": n} for n in range(3)]
    with (
        opened(find=always(cursor(*documents))) as (server, wire),
        pytest.raises(MongoError, match=r"race\.comments .* has more than 2 documents"),
    ):
        server.read("race", "comments")
    assert wire.named("find")[0]["limit"] == 3


def test_a_server_that_passes_over_a_filter_is_not_believed() -> None:
    names = [{"name": "others", "type": "collection"}]
    with opened(listCollections=always(cursor(*names))) as (server, _):
        assert not server.holds("race", "comments")
        assert server.holds("race", "others")


# -- who is not let in -----------------------------------------------------------------------------


def test_nobody_there_is_one_sentence() -> None:
    address = read_address(f"mongodb://u:{SECRET}@127.0.0.1:1/?serverSelectionTimeoutMS=50", {})
    with pytest.raises(EmulatorError) as caught:
        MongoServer(address)
    said = str(caught.value)
    assert said.startswith("the MongoDB server at 127.0.0.1:1 (--mongodb) cannot be reached: ")
    assert SECRET not in said
    assert "Topology" not in said


@pytest.mark.parametrize(("code", "words"), [(18, "Authentication failed."), (8000, "bad auth")])
@pytest.mark.parametrize("hidden", [False, True])
def test_a_wrong_password_is_told_without_it(code: int, words: str, hidden: bool) -> None:
    refused = refusal(code, f"{words} {SECRET}")
    with open_wire({"saslStart": always(refused)}) as wire:
        login = "u" if hidden else f"u:{SECRET}"
        environment = {PASSWORD_VARIABLE: SECRET} if hidden else {}
        address = read_address(f"mongodb://{login}@{wire.hosts}", environment)
        with pytest.raises(EmulatorError) as caught:
            MongoServer(address)
    assert str(caught.value) == (
        f"the MongoDB server at {wire.hosts} does not take the user and the password of --mongodb"
    )


def test_a_server_that_wants_a_user_says_so() -> None:
    words = "Command listDatabases requires authentication"
    with (
        open_wire({"listDatabases": always(refusal(13, words))}) as wire,
        pytest.raises(EmulatorError) as caught,
    ):
        MongoServer(read_address(f"mongodb://{wire.hosts}", {}))
    assert str(caught.value) == f"the MongoDB server at {wire.hosts} (--mongodb) refuses: {words}"


def test_a_user_without_a_password_is_told_so() -> None:
    with pytest.raises(EmulatorError, match="the server at h: A password is required"):
        MongoServer(read_address("mongodb://u@h", {}))


ASKING: list[Callable[[MongoServer], object]] = [
    lambda server: server.read("race", "comments"),
    lambda server: server.nearest("race", "comments", WANTED),
    lambda server: server.holds("race", "comments"),
    lambda server: server.is_empty("race", "comments"),
    lambda server: server.put("race", "comments", [{"a": 1}]),
    lambda server: server.drop("race", "comments"),
]


@pytest.mark.parametrize("ask", ASKING)
def test_a_refusal_names_the_server(ask: Callable[[MongoServer], object]) -> None:
    commands = ("find", "aggregate", "listCollections", "delete", "insert", "drop")
    refused = always(refusal(13, "not authorized on race"))
    with (
        opened(**dict.fromkeys(commands, refused)) as (server, wire),
        pytest.raises(MongoError) as caught,
    ):
        ask(server)
    assert str(caught.value) == (
        f"The MongoDB server at {wire.hosts} refuses: not authorized on race"
    )


def test_documents_that_do_not_fit_are_told_in_the_servers_words() -> None:
    words = "E11000 duplicate key error collection: race.comments index: _id_"
    failed = {"ok": 1, "n": 1, "writeErrors": [{"index": 1, "code": 11000, "errmsg": words}]}
    with opened(insert=always(failed)) as (server, _):
        with pytest.raises(MongoError, match=f"refuses: {words}"):
            server.put("race", "comments", [{"_id": 1}, {"_id": 1}])
        with pytest.raises(MongoError, match="cannot be asked: MongoDB can only handle up to 8"):
            server.put("race", "comments", [{"much": 2**64}])


def hang_up(_: dict[str, Any]) -> dict[str, Any]:
    raise ConnectionAbortedError


def test_a_server_that_hangs_up_is_told() -> None:
    with (
        opened(find=hang_up) as (server, wire),
        pytest.raises(MongoError, match=f"at {wire.hosts} cannot be asked: "),
    ):
        server.read("race", "comments")


def test_the_servers_words_are_shown_without_the_password() -> None:
    refused = refusal(13, f"{SECRET} is not enough")
    with (
        open_wire({"saslStart": always(refused)}) as wire,
        pytest.raises(EmulatorError) as caught,
    ):
        MongoServer(read_address(f"mongodb://u:{SECRET}@{wire.hosts}", {}))
    assert str(caught.value).endswith("refuses: ••• is not enough")
