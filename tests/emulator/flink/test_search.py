"""Searches over external tables (facts/flink-sql-ai.md 4.3, 4.4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from runthrough.emulator.flink.bind.search_calls import SEARCHES
from runthrough.emulator.flink.catalog import Table
from runthrough.emulator.flink.plan import ModelStage, SearchTarget, SqlError
from runthrough.emulator.flink.running.documents import (
    Collection,
    DocumentStore,
    collection_of,
    connection_of,
)
from runthrough.emulator.flink.running.models import Meter, ModelError
from runthrough.emulator.flink.running.search import Searcher
from runthrough.emulator.flink.types import describe
from tests.emulator.flink.planner_catalog import MemoryCatalog, query_of, table

COLUMNS = "document_id STRING; chunk STRING; embedding ARRAY<FLOAT>; pages INT"
ENDPOINT = "mongodb+srv://cluster0.mongodb.net"
MONGO = {
    "connector": "mongodb",
    "mongodb.connection": "atlas",
    "mongodb.database": "reinvent",
    "mongodb.collection": "docs",
    "mongodb.index": "vector_index",
}
DOCUMENTS = [
    {"document_id": "a", "chunk": "The brake pads are worn", "embedding": [1, 0, 0], "pages": 3},
    {"document_id": "b", "chunk": "Brake, brake and brake again!", "embedding": [0, 1, 0]},
    {"document_id": "c", "chunk": "Tyres last longer", "embedding": [0.6, 0.8, 0], "pages": 3},
    {"document_id": "d", "chunk": None, "embedding": None},
]


def external(connector: str = "mongodb", **options: str) -> Table:
    made = table("docs", COLUMNS)
    return replace(made, options={**MONGO, "connector": connector, **options})


@pytest.fixture
def catalog() -> MemoryCatalog:
    return MemoryCatalog().add(
        external(),
        table("q", "query STRING; vector ARRAY<FLOAT>; n INT"),
        table("u", "k STRING NOT NULL; query STRING", "upsert", ["k"]),
    )


def searcher(kind: Any, column: str, *, remember: bool = False) -> Searcher:
    store = DocumentStore()
    place = collection_of(external(), ENDPOINT)
    store.put(place, DOCUMENTS)
    target = SearchTarget(external(), column, kind)
    return Searcher(target, store, place, Meter(), remember=remember)


# -- calls -----------------------------------------------------------------------------------------

CALLS = [
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(document_id), query)", "KEY", "document_id"),
    ("KEY_SEARCH_AGG('docs', DESCRIPTOR(pages), n, MAP[])", "KEY", "pages"),
    ("TEXT_SEARCH_AGG(docs, DESCRIPTOR(chunk), query, 3)", "TEXT", "chunk"),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(embedding), q.vector, 5, MAP['debug', true])",
     "VECTOR", "embedding"),
    ("vector_search_agg('cluster.docs', descriptor(embedding), q.vector, n)",
     "VECTOR", "embedding"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "kind", "column"), CALLS)
def test_a_search_gives_one_column(
    catalog: MemoryCatalog, call: str, kind: str, column: str
) -> None:
    query = query_of(catalog, f"SELECT * FROM q, LATERAL TABLE({call})")
    assert [c.name for c in query.columns] == ["query", "vector", "n", "search_results"]
    score = "" if kind == "KEY" else ", `score` DOUBLE"
    assert describe(query.columns[-1].type) == (
        "ARRAY<ROW<`document_id` STRING, `chunk` STRING, `embedding` ARRAY<FLOAT>, `pages` INT"
        f"{score}>>"
    )
    [stage] = [s for s in query.stages if isinstance(s, ModelStage)]
    assert stage.target == SearchTarget(external(), column, kind)
    assert query.insert_only
    assert query.stateless


def test_results_are_looked_into(catalog: MemoryCatalog) -> None:
    call = CALLS[3][0]
    query = query_of(
        catalog,
        "SELECT query, search_results[1].chunk, search_results[1].score FROM q, "
        f"LATERAL TABLE({call}) LIMIT 5",
    )
    assert [describe(c.type) for c in query.columns] == ["STRING", "STRING", "DOUBLE"]


REFUSED = [
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(document_id))", "Supported form(s): 'KEY_SEARCH_AGG("),
    ("TEXT_SEARCH_AGG(docs, DESCRIPTOR(chunk), query)", "Supported form(s): 'TEXT_SEARCH_AGG("),
    ("KEY_SEARCH_AGG(nope, DESCRIPTOR(a), query)", "Object 'nope' not found"),
    ("KEY_SEARCH_AGG(q, DESCRIPTOR(query), query)",
     "KEY_SEARCH_AGG cannot search table 'q' of connector 'confluent'"),
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(nope), query)", "Column 'nope' not found in table 'docs'"),
    ("KEY_SEARCH_AGG(docs, document_id, query)", "needs DESCRIPTOR(column) with one column"),
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(document_id, chunk), query)", "with one column"),
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(pages), q.vector)", "cannot be searched for in column"),
    ("TEXT_SEARCH_AGG(docs, DESCRIPTOR(pages), query, 3)", "cannot search column 'pages'"),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(chunk), q.vector, 3)", "cannot search column 'chunk'"),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(embedding), query, 3)", "cannot be searched for"),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(embedding), q.vector, 0)", "at least 1"),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(embedding), q.vector, query)", "must be a whole number"),
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(document_id), query, MAP['speed', 1])",
     "Unsupported option 'speed' of KEY_SEARCH_AGG"),
    ("FEDERATED_SEARCH('docs', 3, q.vector)",
     "use KEY_SEARCH_AGG, TEXT_SEARCH_AGG or VECTOR_SEARCH_AGG"),
    ("VECTOR_SEARCH(docs, 3, DESCRIPTOR(embedding), q.vector)", "use VECTOR_SEARCH_AGG"),
]  # fmt: skip


@pytest.mark.parametrize(("call", "message"), REFUSED)
def test_what_is_refused(catalog: MemoryCatalog, call: str, message: str) -> None:
    with pytest.raises(SqlError) as caught:
        query_of(catalog, f"SELECT * FROM q, LATERAL TABLE({call})")
    assert message in str(caught.value)


WORKS = [
    ("KEY_SEARCH_AGG(docs, DESCRIPTOR(chunk), query)",
     {"confluent-jdbc", "couchbase", "mongodb", "rest"}),
    ("TEXT_SEARCH_AGG(docs, DESCRIPTOR(chunk), query, 3)", {"mongodb", "couchbase", "elastic"}),
    ("VECTOR_SEARCH_AGG(docs, DESCRIPTOR(embedding), q.vector, 3)",
     {"mongodb", "pinecone", "elastic", "couchbase", "cosmosdb", "s3vectors"}),
]  # fmt: skip
CONNECTORS = sorted({c for s in SEARCHES.values() for c in s.connectors} | {"faker"})


@pytest.mark.parametrize(("call", "works"), WORKS)
@pytest.mark.parametrize("connector", CONNECTORS)
def test_which_connectors_have_which_search(
    catalog: MemoryCatalog, call: str, works: set[str], connector: str
) -> None:
    catalog.add(external(connector))
    sql = f"SELECT * FROM q, LATERAL TABLE({call})"
    if connector in works:
        query_of(catalog, sql)
    else:
        with pytest.raises(
            SqlError, match=f"cannot search table 'docs' of connector '{connector}'"
        ):
            query_of(catalog, sql)


def test_a_search_for_changing_rows_is_refused(catalog: MemoryCatalog) -> None:
    with pytest.raises(SqlError, match=r"search_results\(generated by non-deterministic function"):
        query_of(
            catalog,
            "SELECT * FROM u, LATERAL TABLE(KEY_SEARCH_AGG(docs, DESCRIPTOR(chunk), query))",
        )


# -- searches --------------------------------------------------------------------------------------


def ids(answer: tuple[Any, ...]) -> list[str]:
    return [row["document_id"] for row in answer[0]]


def test_by_key() -> None:
    found = searcher("KEY", "pages").answers([(3,), (9,), (None,)])
    assert [ids(answer) for answer in found[:2]] == [["a", "c"], []]
    assert found[2] == (None,)
    assert "score" not in found[0][0][0]


def test_by_words_the_best_comes_first() -> None:
    [answer] = searcher("TEXT", "chunk").answers([("worn BRAKE pads", 5)])
    assert ids(answer) == ["a", "b"]
    scores = [row["score"] for row in answer[0]]
    assert scores[0] > scores[1] > 0
    [limited, nothing] = searcher("TEXT", "chunk").answers([("brake", 1), ("unheard", 5)])
    assert ids(limited) == ["b"]
    assert nothing == ([],)


def test_by_vector_the_nearest_comes_first() -> None:
    found = searcher("VECTOR", "embedding").answers([([0.0, 2.0, 0.0], 2)])
    assert ids(found[0]) == ["b", "c"]
    assert [row["score"] for row in found[0][0]] == pytest.approx([1.0, 0.8])
    assert found[0][0][0]["embedding"] == [0.0, 1.0, 0.0]
    assert found[0][0][0]["pages"] is None


def test_a_vector_of_another_size_is_refused() -> None:
    with pytest.raises(ModelError, match="has 2 dimensions, column 'embedding' of the external"):
        searcher("VECTOR", "embedding").answers([([1.0, 2.0], 3)])


def test_a_document_of_another_shape_is_refused() -> None:
    store, place = DocumentStore(), collection_of(external(), ENDPOINT)
    store.put(place, [{"document_id": 7}])
    found = Searcher(SearchTarget(external(), "pages", "KEY"), store, place, Meter())
    with pytest.raises(ModelError, match="external table 'docs': document_id is no STRING: '7'"):
        found.answers([(1,)])


def test_a_question_that_comes_again_gets_the_same_answer_where_it_must() -> None:
    store, place, meter = DocumentStore(), collection_of(external(), ENDPOINT), Meter()
    target = SearchTarget(external(), "pages", "KEY")
    fresh = Searcher(target, store, place, meter)
    same = Searcher(target, store, place, meter, remember=True)
    assert [fresh.answers([(3,)]), same.answers([(3,)])] == [[([],)], [([],)]]
    store.put(place, DOCUMENTS)
    assert ids(fresh.answers([(3,)])[0]) == ["a", "c"]
    assert same.answers([(3,), (4,)]) == [([],), ([],)]
    assert meter.calls == 4


# -- documents -------------------------------------------------------------------------------------


def test_where_the_documents_of_a_table_are() -> None:
    assert connection_of(external()) == "atlas"
    assert collection_of(external(), ENDPOINT) == Collection("mongodb", ENDPOINT, "reinvent.docs")
    pinecone = {"pinecone.connection": "p", "pinecone.namespace": "n", "pinecone.embedding": "e"}
    made = collection_of(external("pinecone", **pinecone), "https://x")
    assert made == Collection("pinecone", "https://x", "e.n")


def test_documents_are_kept_until_they_are_cleared() -> None:
    store, place = DocumentStore(), Collection("mongodb", ENDPOINT, "d.c")
    store.put(place, [{"a": 1}])
    store.put(place, [{"a": 2}])
    assert [d["a"] for d in store.read(place)] == [1, 2]
    store.clear(place)
    assert store.read(place) == ()
