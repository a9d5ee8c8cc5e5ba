"""Connections of every type, external tables, and OpenAI models in SQL (facts 3.1, 4.3, 4.4, 7)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from pydantic import SecretStr

from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.connections import read_options
from runthrough.emulator.flink.running.documents import Collection
from runthrough.emulator.flink.running.models import ModelReply, ModelRequest, Providers
from runthrough.emulator.openai.provider import path_of
from runthrough.emulator.openai.replies import Reply
from runthrough.emulator.openai.service import OpenAi
from runthrough.emulator.standins.embeddings import embed
from runthrough.emulator.world import OpenAiAccount, OpenAiKey
from tests.emulator.flink.sql_bench import Desk, open_desk

MONGO = "mongodb+srv://cluster0.mongodb.net"
KEY = "sk-emulated-0123456789"
SIZE = 1536


class Direct:
    """Hands model calls to OpenAI without HTTP."""

    def __init__(self) -> None:
        account = OpenAiAccount(keys=(OpenAiKey(secret=SecretStr(KEY)),))
        self._openai = OpenAi(account, clock=lambda: datetime.now(UTC))

    def invoke(self, request: ModelRequest) -> ModelReply:
        key = request.credentials["API_KEY"].get_secret_value()
        path = path_of(request.endpoint)
        reply = self._openai.answer("POST", path, request.body, key=key)
        assert isinstance(reply, Reply)
        return ModelReply(reply.status, reply.body)


@pytest.fixture
def desk() -> Iterator[Desk]:
    for opened in open_desk(Providers({"openai": Direct()})):
        opened.run(
            f"CREATE CONNECTION atlas WITH ('type' = 'mongodb', 'endpoint' = '{MONGO}', "
            "'username' = 'u', 'password' = 'p')"
        )
        opened.run(
            "CREATE CONNECTION embeddings WITH ('type' = 'openai', 'endpoint' = "
            f"'https://api.openai.com/v1/embeddings', 'api-key' = '{KEY}')"
        )
        yield opened


@pytest.fixture
def race(desk: Desk) -> Desk:
    """The statements of the race tracker around its vector search (facts 7.2, 9-14)."""
    desk.run(
        "CREATE TABLE mongo_commentary (message STRING, message_embedding ARRAY<FLOAT>) WITH ("
        "'connector' = 'mongodb', 'mongodb.connection' = 'atlas', 'mongodb.database' = 'reinvent', "
        "'mongodb.collection' = 'commentary', 'mongodb.index' = 'vector_index', "
        "'mongodb.embedding_column' = 'message_embedding', 'mongodb.numcandidates' = '100')"
    )
    desk.run(
        "CREATE MODEL commentary_query_embed INPUT (input STRING) OUTPUT (embedding ARRAY<FLOAT>) "
        "WITH ('provider' = 'openai', 'task' = 'embedding', 'openai.connection' = 'embeddings')"
    )
    desk.run("CREATE TABLE commentary_queries (query STRING)")
    desk.run("CREATE TABLE commentary_queries_vectors (query STRING, vector ARRAY<FLOAT>)")
    desk.run("INSERT INTO commentary_queries VALUES ('Comments about Hamilton')")
    texts = ["Hamilton overtakes on the outside", "Rain begins to fall", "A comment about Hamilton"]
    place = Collection("mongodb", MONGO, "reinvent.commentary")
    documents = [{"message": t, "message_embedding": embed(t, SIZE)} for t in texts]
    desk.engine.documents.put(place, documents)
    return desk


def test_the_race_trackers_search(race: Desk) -> None:
    insert = race.submit(
        "INSERT INTO commentary_queries_vectors SELECT query, embedding FROM commentary_queries, "
        "LATERAL TABLE(ML_PREDICT('commentary_query_embed', query))"
    )
    found = race.run(
        "SELECT search_results[1].message, search_results[2].message, CARDINALITY(search_results), "
        "search_results[1].score > search_results[2].score FROM commentary_queries_vectors AS q, "
        "LATERAL TABLE(VECTOR_SEARCH_AGG(mongo_commentary, DESCRIPTOR(message_embedding), "
        "q.vector, 2, MAP['debug', true])) LIMIT 1"
    )
    assert found == [["A comment about Hamilton", "Hamilton overtakes on the outside", "2", "TRUE"]]
    assert (insert.calls, insert.phase) == (1, "RUNNING")
    insert.stop()


def test_results_are_unnested(race: Desk) -> None:
    rows = race.now(
        "SELECT query, v.m FROM commentary_queries, LATERAL TABLE(TEXT_SEARCH_AGG("
        "mongo_commentary, DESCRIPTOR(message), query, 5)) "
        "CROSS JOIN UNNEST(search_results) AS v(m, e, s)"
    )
    assert sorted(row[1] for row in rows) == [
        "A comment about Hamilton",
        "Hamilton overtakes on the outside",
    ]


def test_an_embedding_function_and_a_wrong_key(race: Desk) -> None:
    sql = (
        "SELECT CARDINALITY(embedding) FROM commentary_queries, "
        "LATERAL TABLE(AI_EMBEDDING('commentary_query_embed', query))"
    )
    assert race.now(sql) == [[str(SIZE)]]
    race.run(
        "CREATE CONNECTION stale WITH ('type' = 'openai', 'endpoint' = "
        "'https://api.openai.com/v1/embeddings', 'api-key' = 'sk-another-one-here')"
    )
    race.run(
        "CREATE MODEL closed INPUT (input STRING) OUTPUT (embedding ARRAY<FLOAT>) WITH ("
        "'provider' = 'openai', 'task' = 'embedding', 'openai.connection' = 'stale')"
    )
    refused = race.refusal(sql.replace("commentary_query_embed", "closed"))
    assert refused.startswith("Runtime received bad response code 401.")
    assert "Incorrect API key provided" in refused


def test_a_model_without_a_provider_behind_it_says_so_when_it_is_called(race: Desk) -> None:
    race.run(
        "CREATE CONNECTION azure WITH ('type' = 'azureopenai', 'endpoint' = "
        "'https://x.openai.azure.com/openai/deployments/d/chat/completions', 'api-key' = 'k')"
    )
    race.run(
        "CREATE MODEL there INPUT (a STRING) OUTPUT (b STRING) WITH ('provider' = 'azureopenai', "
        "'task' = 'text_generation', 'azureopenai.connection' = 'azure')"
    )
    refused = race.refusal(
        "SELECT b FROM commentary_queries, LATERAL TABLE(AI_COMPLETE('there', query))"
    )
    assert refused == (
        "Model 'there': not emulated: no provider behind "
        "https://x.openai.azure.com/openai/deployments/d/chat/completions; the live target has it"
    )


def test_an_external_table_is_for_searches_alone(race: Desk) -> None:
    only = "can only be used by the search functions"
    assert only in race.refusal("SELECT * FROM mongo_commentary")
    assert only in race.refusal(
        "INSERT INTO mongo_commentary VALUES ('a', ARRAY[CAST(1 AS FLOAT)])"
    )
    assert ["mongo_commentary"] in race.run("SHOW TABLES")
    assert "exists" in race.refusal("CREATE TABLE mongo_commentary (a STRING)")
    race.run("DROP TABLE mongo_commentary")
    assert ["mongo_commentary"] not in race.run("SHOW TABLES")
    assert "mongo_commentary" not in {topic.name for topic in race.engine.topics()}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ("'connector' = 'mongodb'", "needs the option 'mongodb.connection'"),
        ("'connector' = 'mongodb', 'mongodb.connection' = 'nope'",
         "Connection 'nope' of table 'x' does not exist."),
        ("'connector' = 'elastic', 'elastic.connection' = 'atlas'",
         "Connection 'atlas' is of type mongodb, but table 'x' has the connector elastic."),
        ("'connector' = 'mongodb', 'mongodb.connection' = 'atlas', 'mongodb.shard' = '1'",
         "Unsupported option 'mongodb.shard' of the connector 'mongodb'."),
        ("'connector' = 'mongodb', 'mongodb.connection' = 'atlas', 'value.format' = 'raw'",
         "Unsupported option 'value.format' of the connector 'mongodb'."),
    ],
)  # fmt: skip
def test_wrong_external_tables(desk: Desk, options: str, message: str) -> None:
    assert message in desk.refusal(f"CREATE TABLE x (a STRING) WITH ({options})")


# -- connections -----------------------------------------------------------------------------------

HTTPS = "https://example.com/x"


@pytest.mark.parametrize(
    ("kind", "endpoint", "secrets", "names"),
    [
        ("openai", HTTPS, {"api-key": "k"}, {"API_KEY"}),
        ("AzureML", HTTPS, {"api_key": "k"}, {"API_KEY"}),
        ("sagemaker", HTTPS, {"aws-access-key": "a", "aws-secret-key": "b"},
         {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}),
        ("vertexai", HTTPS, {"service-key": "{}"}, {"SERVICE_KEY"}),
        ("mongodb", MONGO + "/db", {"username": "u", "password": "p"}, {"USERNAME", "PASSWORD"}),
        ("couchbase", "couchbases://host", {"username": "u", "password": "p"},
         {"USERNAME", "PASSWORD"}),
        ("elastic", HTTPS, {"api-key": "k"}, {"API_KEY"}),
        ("elastic", HTTPS, {"username": "u", "password": "p"}, {"USERNAME", "PASSWORD"}),
        ("confluent_jdbc", "jdbc:postgresql://host:5432/db", {"username": "u", "password": "p"},
         {"USERNAME", "PASSWORD"}),
        ("rest", HTTPS, {"token": "t"}, {"BEARER_TOKEN"}),
        ("rest", HTTPS,
         {"token-endpoint": "e", "client-id": "i", "client-secret": "s", "scope": "c"},
         {"OAUTH2_TOKEN_ENDPOINT", "OAUTH2_CLIENT_ID", "OAUTH2_CLIENT_SECRET", "OAUTH2_SCOPE"}),
    ],
)  # fmt: skip
def test_types_and_their_secrets(
    kind: str, endpoint: str, secrets: dict[str, str], names: set[str]
) -> None:
    found = read_options({"type": kind, "endpoint": endpoint, **secrets})
    assert found[:2] == (kind.upper(), endpoint)
    assert set(found[2]) == names


@pytest.mark.parametrize(
    ("kind", "endpoint", "secrets", "message"),
    [
        ("openai", HTTPS, {}, "must provide 'api-key' for type openai"),
        ("mongodb", MONGO, {"username": "u"}, "must provide 'password' for type mongodb"),
        ("mongodb", HTTPS, {"username": "u", "password": "p"}, "must be a mongodb+srv address"),
        ("confluent_jdbc", HTTPS, {"username": "u", "password": "p"}, "must be a jdbc address"),
        ("elastic", HTTPS, {"username": "u"},
         "one of the required secrets api-key or username, password must be provided"),
        ("openai", HTTPS, {"aws-access-key": "k"}, "'aws-access-key' is invalid for connection"),
    ],
)  # fmt: skip
def test_wrong_secrets(kind: str, endpoint: str, secrets: dict[str, str], message: str) -> None:
    with pytest.raises(SqlError) as caught:
        read_options({"type": kind, "endpoint": endpoint, **secrets})
    assert message in str(caught.value)
