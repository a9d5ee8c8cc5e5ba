"""Conversations that name objects in S3: an unmodified boto3, and moto's server for the bucket."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from runthrough.emulator.world import read_world
from tests.emulator.aws.conftest import serve_aws
from tests.emulator.aws.pictures import png

MODEL = "us.anthropic.claude-sonnet-4-6"
TEXT = "The pool of the hotel was cold. The staff was friendly."


@pytest.fixture(scope="module")
def s3() -> Iterator[Any]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    client = boto3.client(
        "s3",
        endpoint_url=f"http://{host}:{port}",
        region_name="us-east-1",
        aws_access_key_id="ASIARUNTHROUGH000001",
        aws_secret_access_key="of-no-account",
    )
    client.create_bucket(Bucket="papers")
    client.put_object(Bucket="papers", Key="notes/stay.txt", Body=TEXT.encode())
    yield client
    client.close()
    server.stop()


@pytest.fixture
def client(aws: Any, s3: Any) -> Iterator[Any]:
    """boto3 against an account with S3; `aws` takes care of the environment."""
    account = read_world().aws.model_copy(update={"s3_endpoint": s3.meta.endpoint_url})
    with serve_aws(account) as fake:
        yield fake.client("bedrock-runtime")


def asked(source: dict[str, Any], *, kind: str = "document", **more: Any) -> list[dict[str, Any]]:
    block = {"format": "txt", "name": "stay", "source": source} | more
    content = [{"text": "How long is this text?"}, {kind: block}]
    return [{"role": "user", "content": content}]


def in_s3(uri: str, **more: str) -> dict[str, Any]:
    return {"s3Location": {"uri": uri} | more}


def test_a_document_in_s3_is_read_like_one_that_is_sent(client: Any) -> None:
    sent = client.converse(modelId=MODEL, messages=asked({"bytes": TEXT.encode()}))
    named = client.converse(modelId=MODEL, messages=asked(in_s3("s3://papers/notes/stay.txt")))
    assert named["output"] == sent["output"]
    assert named["usage"] == sent["usage"]
    assert named["usage"]["inputTokens"] > len(TEXT) // 4
    counted = client.count_tokens(
        modelId=MODEL.removeprefix("us."),
        input={"converse": {"messages": asked(in_s3("s3://papers/notes/stay.txt"))}},
    )
    assert counted["inputTokens"] == sent["usage"]["inputTokens"]


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (in_s3("s3://papers/missing.txt"), "source.s3Location cannot be read: s3://papers/missing"),
        (in_s3("s3://no-such-bucket/x.txt"), "cannot be read: s3://no-such-bucket/x.txt"),
        (in_s3("https://papers/x"), "s3Location.uri"),
        (in_s3("s3://papers/notes/stay.txt", bucketOwner="me"), "s3Location.bucketOwner"),
    ],
)
def test_an_object_that_is_not_there_is_said(
    client: Any, source: dict[str, Any], said: str
) -> None:
    with pytest.raises(ClientError) as caught:
        client.converse(modelId=MODEL, messages=asked(source))
    error = caught.value.response["Error"]
    assert error["Code"] == "ValidationException"
    assert said in error["Message"]


def test_a_picture_from_s3_is_judged_as_a_picture(client: Any) -> None:
    messages = asked(in_s3("s3://papers/notes/stay.txt"), kind="image", format="png")
    del messages[0]["content"][1]["image"]["name"]
    with pytest.raises(ClientError, match="Could not process image"):
        client.converse(modelId=MODEL, messages=messages)


def test_without_an_s3_service_it_is_not_emulated(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    with pytest.raises(ClientError) as caught:
        aws.client("bedrock-runtime").converse(
            modelId=MODEL, messages=asked(in_s3("s3://papers/x"))
        )
    response = caught.value.response
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 501
    assert "Set AWS_ENDPOINT_URL_S3" in response["Error"]["Message"]


def test_a_body_of_nova_may_name_an_object(client: Any, s3: Any) -> None:
    picture = png()
    s3.put_object(Bucket="papers", Key="dot.png", Body=picture)
    told = []
    for source in (in_s3("s3://papers/dot.png"), {"bytes": base64.b64encode(picture).decode()}):
        content = [{"image": {"format": "png", "source": source}}, {"text": "What is this?"}]
        body = json.dumps({"messages": [{"role": "user", "content": content}]})
        answer = client.invoke_model(modelId="us.amazon.nova-lite-v1:0", body=body)
        told.append(json.loads(answer["body"].read()))
    assert told[0] == told[1]


def test_two_sources_are_not_chosen_from(client: Any) -> None:
    both = {"bytes": "aGk=", **in_s3("s3://papers/notes/stay.txt")}
    content = [{"video": {"format": "mp4", "source": both}}, {"text": "What is this?"}]
    body = json.dumps({"messages": [{"role": "user", "content": content}]})
    with pytest.raises(ClientError, match="2 subschemas matched instead of one"):
        client.invoke_model(modelId="us.amazon.nova-lite-v1:0", body=body)
