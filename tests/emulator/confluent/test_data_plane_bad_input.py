"""Whatever is sent, the answer has a status, a body of the family's form, and the server lives."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from .conftest import Emulated
from .schemas import kafka_rest, registry

FORMS = {"kafka": kafka_rest.Problem, "schema-registry": registry.Problem}


def problem(scope: str, answer: httpx.Response) -> tuple[int, int]:
    told = FORMS[scope].model_validate_json(answer.content)
    assert told.message
    return answer.status_code, told.error_code


def kafka(emulated: Emulated) -> str:
    return f"/kafka/v3/clusters/{emulated.world.cluster.id}"


@pytest.mark.parametrize("body", [b"{", b"\xff\xfe", b"null", b"[]", b'"x"', b"[" * 50_000, b"1"])
def test_what_is_no_json_object_is_refused(emulated: Emulated, body: bytes) -> None:
    base = kafka(emulated)
    for scope, method, path in (
        ("kafka", "POST", f"{base}/topics"),
        ("kafka", "POST", f"{base}/acls"),
        ("kafka", "POST", f"{base}/acls:batch"),
        ("schema-registry", "POST", "/subjects/s/versions"),
        ("schema-registry", "POST", "/subjects/s"),
        ("schema-registry", "POST", "/compatibility/subjects/s/versions"),
        ("schema-registry", "PUT", "/config"),
        ("schema-registry", "PUT", "/mode/s"),
        ("schema-registry", "POST", "/associations"),
    ):
        with emulated.http(scope, headers={"content-type": "application/json"}) as client:
            status, _ = problem(scope, client.request(method, path, content=body))
        assert status == 400, (method, path)


@pytest.mark.parametrize(
    "name", ["..%2f..%2fetc", "%2e%2e", "a%2Fb", "%00", "%0a", "a" * 5000, "%FF", "%25", "{x}", "*"]
)
def test_names_that_cannot_be_name_nothing(emulated: Emulated, name: str) -> None:
    base = kafka(emulated)
    for path in (
        f"{base}/topics/{name}",
        f"{base}/topics/{name}/configs",
        f"{base}/topics/t/configs/{name}",
        f"{base}/topics/{name}/partitions/0/replicas",
        f"{base}/brokers/{name}",
        f"/kafka/v3/clusters/{name}/topics",
    ):
        with emulated.http("kafka") as client:
            assert client.get(path).status_code == 404
    with emulated.http("kafka") as client:
        for path in ("", "/lags", "/consumers", "/consumers/x", "/consumers/x/assignments"):
            answer = client.get(f"{base}/consumer-groups/{name}{path}")
            assert problem("kafka", answer)[0] == 404
    with emulated.http("schema-registry") as client:
        for path in (f"/subjects/{name}/versions", f"/config/{name}", f"/schemas/guids/{name}"):
            assert client.get(path).status_code in (404, 422)


def test_one_of_many_creates_a_topic(emulated: Emulated) -> None:
    def create(_: int) -> int:
        with emulated.http("kafka") as client:
            body = {"topic_name": "wanted-by-many"}
            return client.post(f"{kafka(emulated)}/topics", json=body).status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(create, range(16)))
    assert sorted(statuses) == [201] + [400] * 15


def test_many_register_one_schema_once(emulated: Emulated) -> None:
    def register(_: int) -> tuple[int, int]:
        with emulated.http("schema-registry") as client:
            body = {"schema": '{"type":"record","name":"Many","fields":[]}'}
            made = client.post("/subjects/by-many/versions", json=body).json()
            return made["id"], made["version"]

    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(register, range(16)))
    assert len(made) == 1
