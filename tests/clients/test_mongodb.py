"""External tables over a MongoDB server that we did not write: mongo-java-server, or any other.

`RUNTHROUGH_MONGODB_URI` names one that is running; the tests make a database of their own there and
delete it. The one that `make clients` sets up has no vector search. One that has it gets an index.
"""

from __future__ import annotations

import logging
import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import datetime
from typing import Any

import bson
import httpx
import pytest
from bson.decimal128 import Decimal128
from pymongo import MongoClient
from pymongo.errors import OperationFailure
from pymongo.operations import SearchIndexModel

from runthrough.clients.flink import Flink, Phase
from runthrough.emulator.mongodb import read_address
from runthrough.emulator.server import Running, serve
from runthrough.settings import Settings

from .conftest import ROOT

JARS = ROOT / "build" / "clients-mongodb"
DOCUMENTS: list[dict[str, Any]] = [
    {"text": "the brakes are worn", "vector": [1.0, 0.0, 0.0], "laps": bson.Int64(3)},
    {"text": "brakes, brakes, brakes", "vector": [0.0, 1.0, 0.0], "laps": 4},
    {"text": "the tyres last", "vector": [0.6, 0.8, 0.0], "paid": Decimal128("9.50")},
    {"text": "it rains", "vector": None, "seen": datetime(2026, 3, 1, 12, 30)},
]


@contextmanager
def started() -> Iterator[str]:
    """Start the server that `make clients` sets up; skips where it is not there."""
    java = shutil.which("java")
    if java is None or not (JARS / "Serve.class").exists():
        pytest.skip(f"there is no server in {JARS}: `make clients` sets it up (Java 17, Maven)")
    command = [java, "-cp", f"{JARS}{os.pathsep}{JARS}/*", "Serve"]
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            uri = process.stdout.readline().strip()
            assert uri, "the server did not start"
            yield uri
        finally:
            process.stdin.close()  # it ends with its input


@pytest.fixture(scope="module")
def uri() -> Iterator[str]:
    given = os.environ.get("RUNTHROUGH_MONGODB_URI")
    if given:
        yield given
        return
    with started() as found:
        yield found


@pytest.fixture(scope="module")
def client(uri: str) -> Iterator[MongoClient[dict[str, Any]]]:
    with MongoClient[dict[str, Any]](uri, serverSelectionTimeoutMS=30_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def database(client: MongoClient[dict[str, Any]]) -> Iterator[str]:
    """A database with one collection, `notes`, and an index of its vectors where there are such."""
    name = f"runthrough_{uuid.uuid4().hex[:12]}"
    notes = client[name]["notes"]
    notes.insert_many([dict(document) for document in DOCUMENTS])
    _make_index(notes)
    yield name
    client.drop_database(name)


def _make_index(collection: Any) -> None:
    field = {"type": "vector", "path": "vector", "numDimensions": 3, "similarity": "cosine"}
    made = SearchIndexModel({"fields": [field]}, name="by_meaning", type="vectorSearch")
    try:
        collection.create_search_index(made)
    except OperationFailure:
        return  # a server without vector search
    while not any(one.get("queryable") for one in collection.list_search_indexes("by_meaning")):
        pass


@pytest.fixture(scope="module")
def running(uri: str) -> Iterator[Running]:
    with serve(mongodb=read_address(uri, os.environ)) as emulator:
        yield emulator


@pytest.fixture(scope="module")
def flink(running: Running, database: str) -> Iterator[Flink]:
    """The workshop's statements around a search: a connection, a table, two questions."""
    columns = (
        "`_id` STRING, `text` STRING, `vector` ARRAY<FLOAT>, `laps` INT, `paid` DECIMAL(6, 2), "
        "`seen` TIMESTAMP_LTZ(3)"
    )
    with closing(Flink.from_settings(Settings.read(running.exports))) as made:
        statements = [
            "CREATE CONNECTION atlas WITH ('type' = 'mongodb', 'endpoint' = "
            "'mongodb+srv://invented.example.net', 'username' = 'u', 'password' = 'p')",
            _table("notes", columns, database, "notes"),
            _table("nobodys", columns, database, "nobodys"),
            "CREATE TABLE asked (words STRING, v ARRAY<FLOAT>)",
            "INSERT INTO asked VALUES ('brakes', CAST(ARRAY[1, 0.1, 0] AS ARRAY<FLOAT>)), "
            "('no vector', CAST(NULL AS ARRAY<FLOAT>))",
        ]
        for sql in statements:
            done = made.submit(sql)
            assert done.phase is not Phase.FAILED, done.detail
        yield made


def _table(name: str, columns: str, database: str, collection: str) -> str:
    return (
        f"CREATE TABLE {name} ({columns}) WITH ('connector' = 'mongodb', 'mongodb.connection' = "
        f"'atlas', 'mongodb.database' = '{database}', 'mongodb.collection' = '{collection}', "
        "'mongodb.index' = 'by_meaning', 'mongodb.embedding_column' = 'vector', "
        "'mongodb.numCandidates' = '50')"
    )


def _search(call: str, columns: str) -> str:
    return (
        f"SELECT {columns} FROM (SELECT search_results FROM asked, LATERAL TABLE({call})) CROSS "
        "JOIN UNNEST(search_results) AS hit(id, text, vector, laps, paid, seen, score)"
    )


def test_the_nearest_documents_are_found_best_first(flink: Flink) -> None:
    call = "VECTOR_SEARCH_AGG(notes, DESCRIPTOR(vector), v, 2)"
    found = flink.query(_search(call, "hit.text, hit.laps, hit.paid, hit.score")).rows
    assert [row[0] for row in found] == ["the brakes are worn", "the tyres last"]
    assert [row[1] for row in found] == [3, None]
    assert str(found[1][2]) == "9.50"
    assert found[0][3] > found[1][3]


def test_new_documents_are_seen_by_the_next_search(
    flink: Flink, client: MongoClient[dict[str, Any]], database: str
) -> None:
    sql = _search("TEXT_SEARCH_AGG(notes, DESCRIPTOR(text), words, 5)", "hit.text")
    before = {row[0] for row in flink.query(sql).rows}
    assert before == {"the brakes are worn", "brakes, brakes, brakes"}
    added = {"text": "new brakes at last", "vector": None}
    client[database]["notes"].insert_one(added)
    assert {row[0] for row in flink.query(sql).rows} == before | {"new brakes at last"}
    client[database]["notes"].delete_one({"_id": added["_id"]})


def test_a_key_finds_its_document_with_all_its_values(
    flink: Flink, client: MongoClient[dict[str, Any]], database: str
) -> None:
    rain = client[database]["notes"].find_one({"text": "it rains"})
    assert rain is not None
    call = f"KEY_SEARCH_AGG(notes, DESCRIPTOR(_id), '{rain['_id']}')"
    sql = (
        "SELECT hit.text, CAST(hit.seen AS STRING) FROM (SELECT search_results FROM asked, LATERAL "
        f"TABLE({call}) LIMIT 1) CROSS JOIN UNNEST(search_results) "
        "AS hit(id, text, vector, laps, paid, seen)"
    )
    assert [tuple(row) for row in flink.query(sql).rows] == [
        ("it rains", "2026-03-01 12:30:00.000")
    ]


def test_a_collection_that_is_not_there_fails_the_statement(flink: Flink, database: str) -> None:
    done = flink.submit(
        "CREATE TABLE found AS SELECT words, search_results FROM asked, "
        "LATERAL TABLE(VECTOR_SEARCH_AGG(nobodys, DESCRIPTOR(vector), v, 2))",
        name="search-nobodys",
    )
    while done.phase in (Phase.PENDING, Phase.RUNNING):
        done = flink.get("search-nobodys")
    assert done.phase is Phase.FAILED
    assert done.detail.endswith(f" has no collection {database}.nobodys.")


def test_what_the_emulator_puts_there_goes_with_it(
    uri: str, client: MongoClient[dict[str, Any]], database: str, caplog: pytest.LogCaptureFixture
) -> None:
    told = {
        "connector": "mongodb",
        "endpoint": "mongodb+srv://invented.example.net",
        "collection": f"{database}.lent",
        "documents": [{"message": "a"}, {"message": "b"}],
    }
    with (
        caplog.at_level(logging.WARNING),
        serve(mongodb=read_address(uri, os.environ)) as emulator,
        httpx.Client(base_url=emulator.url, trust_env=False, timeout=60) as door,
    ):
        for _ in range(2):
            answer = door.put("/_emulator/documents", json=told)
            assert (answer.status_code, answer.json()) == (200, {"documents": 2})
        assert [d["message"] for d in client[database]["lent"].find()] == ["a", "b"]
        others = door.put("/_emulator/documents", json={**told, "collection": f"{database}.notes"})
        assert others.status_code == 400
        assert "holds documents already, which are left alone" in others.json()["error"]
        door.post("/_emulator/reset")
        assert "lent" not in client[database].list_collection_names()
        door.put("/_emulator/documents", json=told)
    assert client[database].list_collection_names() == ["notes"]
    assert client[database]["notes"].count_documents({}) == len(DOCUMENTS)
    assert "left behind" not in caplog.text
