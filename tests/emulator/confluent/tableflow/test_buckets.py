"""A bucket of one's own: Delta tables in S3, which moto's server stands in for."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import duckdb
import httpx
import pytest
from deltalake import DeltaTable, QueryBuilder
from moto.server import ThreadedMotoServer

from runthrough.emulator.server import serve
from runthrough.emulator.world import World, read_world
from tests.emulator.confluent.schemas.connect import Integration
from tests.emulator.confluent.schemas.tableflow import Topic
from tests.waiting import becomes

from ..conftest import Emulated
from .conftest import PIM, Lab, integrate

BUCKET = "lab-lake"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def options(world: World, s3: str) -> dict[str, str]:
    key = world.aws.keys[0]
    return {
        "AWS_ENDPOINT_URL": s3,
        "AWS_ALLOW_HTTP": "true",
        "AWS_REGION": world.region,
        "AWS_ACCESS_KEY_ID": key.access_key_id,
        "AWS_SECRET_ACCESS_KEY": key.secret_access_key.get_secret_value(),
    }


def world_with_s3(s3: str | None) -> World:
    world = read_world()
    return world.model_copy(update={"aws": world.aws.model_copy(update={"s3_endpoint": s3})})


@pytest.fixture(scope="module")
def emulated(s3: str) -> Iterator[Emulated]:
    world = world_with_s3(s3)
    given = options(world, s3)
    client = boto3.client(
        "s3",
        endpoint_url=s3,
        region_name=world.region,
        aws_access_key_id=given["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=given["AWS_SECRET_ACCESS_KEY"],
    )
    client.create_bucket(Bucket=BUCKET)
    with serve(world) as running:
        yield Emulated(running)


def storage(lab: Lab, bucket: str = BUCKET) -> dict[str, Any]:
    return {
        "kind": "ByobAws",
        "bucket_name": bucket,
        "provider_integration_id": integrate(lab),
    }


def test_a_table_in_a_bucket_is_kept_up(lab: Lab, s3: str) -> None:
    topic = "bookings"
    lab.done(
        f"CREATE TABLE {topic} (id INT, n INT, PRIMARY KEY (id) NOT ENFORCED)"
        " WITH ('kafka.cleanup-policy' = 'delete-compact')"
    )
    lab.done(f"INSERT INTO {topic} VALUES (1, 10), (2, 20)")
    asked = storage(lab)
    lab.enable(topic, storage=asked)
    lab.until(topic, "RUNNING")
    shown = Topic.model_validate_json(lab.get(topic).content).spec.storage
    assert shown.table_path.startswith(f"s3://{BUCKET}/")
    table = DeltaTable(shown.table_path, storage_options=options(lab.emulated.world, s3))

    def rows() -> list[tuple[Any, ...]]:
        table.update_incremental()
        found = QueryBuilder().register("t", table).execute("SELECT id, n FROM t ORDER BY id")
        with duckdb.connect() as connection:
            connection.register("found", found)
            return connection.execute("SELECT * FROM found ORDER BY ALL").fetchall()

    becomes(rows, [(1, 10), (2, 20)])
    lab.done(f"INSERT INTO {topic} VALUES (2, 21), (3, 30)")
    becomes(rows, [(1, 10), (2, 21), (3, 30)])

    integration, where = asked["provider_integration_id"], {"environment": lab.place["environment"]}
    with lab.emulated.http("cloud") as cloud:
        used = Integration.model_validate_json(
            cloud.get(f"{PIM}/{integration}", params=where).content
        )
        assert [name.rpartition("/")[2] for name in used.usages] == [f"topic={topic}"]
        refused = cloud.delete(f"{PIM}/{integration}", params=where)
        assert refused.status_code == 409
        assert "in use" in refused.text
        lab.disable(topic)
        assert cloud.delete(f"{PIM}/{integration}", params=where).status_code == 204


def test_a_bucket_that_is_not_there_fails_in_words(lab: Lab) -> None:
    lab.done("CREATE TABLE lost (id INT)")
    lab.enable("lost", storage=storage(lab, "no-such-bucket"))
    seen = lab.until("lost", "FAILED")
    assert "NoSuchBucket" in seen["status"]["error_message"]
    assert seen["spec"]["suspended"] is True
    secret = lab.emulated.world.aws.keys[0].secret_access_key.get_secret_value()
    assert secret not in str(seen)


def test_azure_is_taken_and_said_to_be_missing(lab: Lab) -> None:
    lab.done("CREATE TABLE azure (id INT)")
    account = {
        "kind": "AzureDataLakeStorageGen2",
        "storage_account_name": "lab",
        "container_name": "lake",
        "provider_integration_id": integrate(lab),
    }
    lab.enable("azure", storage=account)
    status = Topic.model_validate_json(lab.get("azure").content).status
    assert status.phase == "FAILED"
    assert "AzureDataLakeStorageGen2; the live target has it" in (status.error_message or "")


def test_without_an_s3_service_no_key_leaves_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    with serve(world_with_s3(None), storage=tmp_path) as running:
        emulated = Emulated(running)
        with emulated.http("tableflow") as client:
            lab = Lab(emulated, client, itertools.count(1))
            lab.done("CREATE TABLE t (id INT)")
            lab.enable("t", storage=storage(lab))
            seen = lab.until("t", "FAILED")
            assert "Set AWS_ENDPOINT_URL_S3" in seen["status"]["error_message"]
            lab.disable("t")
            lab.enable("t")
            lab.until("t", "RUNNING")
            path = Path(lab.path("t"))
    assert path.is_relative_to(tmp_path)
    assert (path / "_delta_log").is_dir()


def test_the_setting_names_the_s3_service(s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3)
    with serve(world_with_s3(None)) as running:
        emulated = Emulated(running)
        with emulated.http("tableflow") as client:
            lab = Lab(emulated, client, itertools.count(1))
            lab.done("CREATE TABLE t (id INT)")
            lab.enable("t", storage=storage(lab, "another-missing-one"))
            assert "NoSuchBucket" in lab.until("t", "FAILED")["status"]["error_message"]


def test_what_a_request_asks_of_storage_is_checked(lab: Lab, emulated: Emulated) -> None:
    lab.done("CREATE TABLE checked (id INT)")
    answer: httpx.Response = lab.enable("checked", storage=storage(lab, "Not/A/Bucket"))
    assert answer.status_code in (400, 422)
    assert answer.json()["errors"][0]["source"] == {"pointer": "/spec/storage/bucket_name"}
