"""Collections of a server as external tables see them, and what is put there for a lab."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from runthrough.emulator.flink.running.documents import Collection, Nearest
from runthrough.emulator.flink.running.models import ModelError
from runthrough.emulator.mongodb import MongoDocuments, MongoServer, read_address
from runthrough.emulator.mongodb import documents as subject
from runthrough.errors import EmulatorError
from tests.emulator.mongodb.wire import Document, Wire, cursor, open_wire, refusal

PLACE = Collection("mongodb", "mongodb+srv://race.example.net", "race.comments")
ELASTIC = Collection("elastic", "https://elastic.example.net", "comments")
WANTED = Nearest("by_meaning", "embedding", (1.0, 0.0), 5, None)
NEEDS = r"needs the options 'mongodb\.database' and 'mongodb\.collection'"
DOCUMENTS = [{"message": "a"}, {"message": "b"}]


class Database:
    """Collections as far as these tests need them; searches nothing."""

    def __init__(self, **collections: list[Document]) -> None:
        self.collections = collections

    def answers(self) -> dict[str, Any]:
        return {
            "find": lambda c: cursor(*self.collections.get(c["find"], ())),
            "aggregate": lambda _: refusal(40324, "no such stage"),
            "listCollections": lambda _: cursor(
                *({"name": name, "type": "collection"} for name in self.collections)
            ),
            "delete": lambda c: self._delete(c["delete"]),
            "insert": lambda c: self._insert(c["insert"], c["documents"]),
            "drop": lambda c: {"ok": 1, "was": self.collections.pop(c["drop"], None) is not None},
        }

    def _delete(self, name: str) -> Document:
        if name in self.collections:
            self.collections[name] = []
        return {"ok": 1, "n": 0}

    def _insert(self, name: str, documents: list[Document]) -> Document:
        self.collections.setdefault(name, []).extend(documents)
        return {"ok": 1, "n": len(documents)}

    def texts(self, name: str) -> list[str]:
        return [document["message"] for document in self.collections[name]]


@contextmanager
def opened(answers: dict[str, Any]) -> Iterator[tuple[MongoDocuments, Wire]]:
    with open_wire(answers) as wire:
        server = MongoServer(read_address(f"mongodb://{wire.hosts}", {}))
        try:
            yield MongoDocuments(server), wire
        finally:
            server.close()


@pytest.fixture
def database() -> Database:
    return Database(comments=[{"message": "here before"}], empty=[])


@pytest.fixture
def documents(database: Database) -> Iterator[MongoDocuments]:
    with opened(database.answers()) as (found, _):
        yield found


def place(name: str) -> Collection:
    return Collection("mongodb", "mongodb://another.example.net", f"race.{name}")


def test_a_collection_is_the_servers_whatever_the_connection_says(
    documents: MongoDocuments,
) -> None:
    assert documents.read(PLACE) == [{"message": "here before"}]
    assert documents.read(place("comments")) == [{"message": "here before"}]
    assert documents.read(place("empty")) == []


def test_a_collection_that_is_not_there_is_named(documents: MongoDocuments) -> None:
    with pytest.raises(ModelError, match=r"has no collection race\.nobodys\."):
        documents.read(place("nobodys"))


def test_the_server_searches_where_it_can() -> None:
    hit = {"score": 0.9, "document": {"message": "a"}}
    with opened({"aggregate": lambda _: cursor(hit)}) as (documents, wire):
        assert documents.nearest(PLACE, WANTED) == [(0.9, {"message": "a"})]
    assert wire.named("find") == []


def test_a_search_that_finds_nothing_tells_a_missing_collection() -> None:
    listed = {"name": "comments", "type": "collection"}
    answers = {"aggregate": lambda _: cursor(), "listCollections": lambda _: cursor(listed)}
    with opened(answers) as (documents, _):
        assert documents.nearest(PLACE, WANTED) == []
        with pytest.raises(ModelError, match=r"has no collection race\.nobodys\."):
            documents.nearest(place("nobodys"), WANTED)


def test_a_server_that_does_not_search_is_read(documents: MongoDocuments) -> None:
    assert documents.nearest(PLACE, WANTED) is None
    assert documents.has_index(PLACE, "any")


@pytest.mark.parametrize("name", ["comments", "race.", ".comments", ""])
def test_a_table_names_database_and_collection(documents: MongoDocuments, name: str) -> None:
    half = Collection("mongodb", "mongodb://x", name)
    for ask in (documents.read, lambda c: documents.nearest(c, WANTED)):
        with pytest.raises(ModelError, match=NEEDS):
            ask(half)
    with pytest.raises(ValueError, match=NEEDS):
        documents.replace(half, DOCUMENTS)


# -- what is put there -----------------------------------------------------------------------------


def test_a_new_collection_goes_with_the_emulator(
    documents: MongoDocuments, database: Database
) -> None:
    assert documents.replace(place("new"), DOCUMENTS, ["one"]) == 2
    assert database.texts("new") == ["a", "b"]
    assert documents.replace(place("new"), DOCUMENTS[:1], ["two"]) == 1
    assert database.texts("new") == ["a"]
    assert documents.has_index(place("new"), "two")
    assert not documents.has_index(place("new"), "one")
    documents.close()
    assert sorted(database.collections) == ["comments", "empty"]


def test_an_empty_collection_is_empty_again(documents: MongoDocuments, database: Database) -> None:
    documents.replace(place("empty"), DOCUMENTS)
    assert database.texts("empty") == ["a", "b"]
    documents.close()
    assert database.collections["empty"] == []


def test_documents_of_others_are_left_alone(documents: MongoDocuments, database: Database) -> None:
    with pytest.raises(ValueError, match=r"the collection race\.comments .* left alone"):
        documents.replace(PLACE, DOCUMENTS)
    documents.close()
    assert database.texts("comments") == ["here before"]


def test_what_cannot_be_taken_back_is_named(caplog: pytest.LogCaptureFixture) -> None:
    answers = Database().answers() | {"drop": lambda _: refusal(13, "not authorized")}
    with opened(answers) as (documents, _):
        documents.replace(PLACE, DOCUMENTS)
        with caplog.at_level(logging.WARNING):
            documents.close()
    said = [one.getMessage() for one in caplog.records if one.name == "runthrough.emulator"]
    assert len(said) == 1
    assert said[0].startswith("the documents in race.comments are left behind: ")


def test_a_server_that_takes_none_is_told() -> None:
    answers = Database().answers() | {"insert": lambda _: refusal(13, "not authorized")}
    with opened(answers) as (documents, wire):
        with pytest.raises(EmulatorError, match=f"at {wire.hosts} refuses: not authorized"):
            documents.replace(PLACE, DOCUMENTS)
        documents.close()
    assert wire.named("drop"), "it may have taken some"


VECTORS = [{"message": "a", "vector": [1.0, 0.0]}, {"message": "b", "vector": [0, 1]}]


def test_what_is_put_there_is_found_before_it_is_searched() -> None:
    hit = {"score": 1.0, "document": {}}
    found = iter([[], [hit], [hit, hit]])
    answers = Database().answers() | {"aggregate": lambda _: cursor(*next(found))}
    with opened(answers) as (documents, wire):
        assert documents.replace(PLACE, VECTORS, ["one"]) == 2
        documents.close()
    searches = [asked["pipeline"][0]["$vectorSearch"] for asked in wire.named("aggregate")]
    assert len(searches) == 3
    assert {(s["index"], s["path"], s["limit"]) for s in searches} == {("one", "vector", 2)}


def test_an_index_that_finds_nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "SEARCHABLE_SECONDS", 0.0)
    with opened(Database().answers() | {"aggregate": lambda _: cursor()}) as (documents, _):
        with pytest.raises(EmulatorError, match=r"the vector index one of race\.comments.* 0 of 2"):
            documents.replace(PLACE, VECTORS, ["one"])
        documents.close()


@pytest.mark.parametrize("lent", [[], DOCUMENTS, [{"tags": []}], [{"tags": ["a"]}]])
def test_documents_without_a_vector_are_not_looked_for(lent: list[Document]) -> None:
    answers = Database().answers() | {"aggregate": lambda _: cursor()}
    with opened(answers) as (documents, wire):
        assert documents.replace(PLACE, lent, ["one"]) == len(lent)
        documents.close()
    assert wire.named("aggregate") == []


def test_the_other_connectors_stay_in_the_emulator(documents: MongoDocuments) -> None:
    assert documents.read(ELASTIC) == ()
    assert documents.replace(ELASTIC, DOCUMENTS, ["one"]) == 2
    assert documents.read(ELASTIC) == tuple(DOCUMENTS)
    assert documents.nearest(ELASTIC, WANTED) is None
    assert documents.has_index(ELASTIC, "one")
    assert not documents.has_index(ELASTIC, "two")
