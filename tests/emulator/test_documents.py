"""Collections come in through the emulator's own door; an index that is not there has nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from runthrough.emulator.documents import replace_documents
from runthrough.emulator.flink.running.documents import Collection, DocumentStore
from runthrough.emulator.server import Running, serve
from tests.waiting import LIMIT_SECONDS

PLACE = Collection("mongodb", "mongodb+srv://x", "race.comments")
TOLD: dict[str, Any] = {
    "connector": "mongodb",
    "endpoint": "mongodb+srv://x",
    "collection": "race.comments",
    "documents": [{"message": "a"}, {"message": "b"}],
}


def test_documents_take_the_place_of_those_there_were() -> None:
    store = DocumentStore()
    store.put(PLACE, [{"message": "old"}])
    assert replace_documents(store, TOLD) == 2
    assert [d["message"] for d in store.read(PLACE)] == ["a", "b"]


def test_a_collection_that_was_told_of_no_index_has_all() -> None:
    store = DocumentStore()
    replace_documents(store, TOLD)
    assert store.has_index(PLACE, "any")
    replace_documents(store, {**TOLD, "indexes": ["one"]})
    assert store.has_index(PLACE, "one")
    assert not store.has_index(PLACE, "any")
    store.clear(PLACE)
    assert store.has_index(PLACE, "any")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"connector": "oracle"}, "there is no connector 'oracle'"),
        ({"documents": "a"}, "documents"),
        ({"endpoint": ""}, "endpoint"),
        ({"index": ["one"]}, "index"),
    ],
)
def test_what_does_not_fit_is_named(change: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        replace_documents(DocumentStore(), {**TOLD, **change})


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve() as emulator:
        yield emulator


def test_the_door_takes_them_until_a_reset(running: Running) -> None:
    url = f"{running.url}/_emulator"
    answer = httpx.put(f"{url}/documents", json=TOLD, trust_env=False)
    assert (answer.status_code, answer.json()) == (200, {"documents": 2})
    assert len(running.lives.current.documents.read(PLACE)) == 2
    httpx.post(f"{url}/reset", trust_env=False, timeout=LIMIT_SECONDS)
    assert running.lives.current.documents.read(PLACE) == ()


@pytest.mark.parametrize("body", [b"{", b"[]", b"[" * 100_000])
def test_the_door_refuses_what_is_no_collection(running: Running, body: bytes) -> None:
    answer = httpx.put(f"{running.url}/_emulator/documents", content=body, trust_env=False)
    assert answer.status_code == 400
    assert answer.json()["error"]
