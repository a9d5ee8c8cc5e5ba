"""Jobs whose answer goes to a bucket: an unmodified boto3, and moto's server for the bucket."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.server import ThreadedMotoServer

from runthrough.emulator.world import IamStatement, read_world
from tests.emulator.aws.conftest import serve_aws
from tests.emulator.aws.refusals import refused
from tests.waiting import eventually

MODEL = "twelvelabs.marengo-embed-3-0-v1:0"
INPUT = {"inputType": "text", "text": {"inputText": "a room with a view"}}
BUCKET = "answers"
NOT_VALID = "The provided request is not valid"


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
    client.create_bucket(Bucket=BUCKET)
    yield client
    client.close()
    server.stop()


@pytest.fixture(scope="module")
def with_s3(s3: Any) -> Iterator[Any]:
    account = read_world().aws.model_copy(update={"s3_endpoint": s3.meta.endpoint_url})
    with serve_aws(account) as fake:
        yield fake


@pytest.fixture
def client(aws: Any, with_s3: Any) -> Iterator[Any]:
    """boto3 against an account with S3; `aws` takes care of the environment."""
    made = with_s3.client("bedrock-runtime")
    yield made
    made.close()


def start(client: Any, *, folder: str = f"s3://{BUCKET}/jobs", **arguments: Any) -> str:
    given = {
        "modelId": MODEL,
        "modelInput": INPUT,
        "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": folder}},
    }
    arn: str = client.start_async_invoke(**given | arguments)["invocationArn"]
    return arn


def ended(client: Any, arn: str) -> Any:
    """Return a job once it has ended."""
    return eventually(
        lambda: client.get_async_invoke(invocationArn=arn),
        lambda job: job["status"] != "InProgress",
    )


# --- one job -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("folder", "prefix"), [(f"s3://{BUCKET}/jobs/", "jobs/"), (f"s3://{BUCKET}", "")]
)
def test_the_answer_stands_in_the_bucket(client: Any, s3: Any, folder: str, prefix: str) -> None:
    arn = start(client, folder=folder)
    assert re.fullmatch(r"arn:aws:bedrock:us-east-1:111122223333:async-invoke/[a-z0-9]{12}", arn)
    job = ended(client, arn)
    assert job["status"] == "Completed", job
    name = arn.rpartition("/")[2]
    uri = job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"]
    assert uri == f"s3://{BUCKET}/{prefix}{name}"
    answer = json.loads(
        s3.get_object(Bucket=BUCKET, Key=f"{prefix}{name}/output.json")["Body"].read()
    )
    (one,) = answer["data"]
    assert len(one["embedding"]) == 512
    sync = client.invoke_model(modelId=MODEL, body=json.dumps(INPUT))
    assert json.loads(sync["body"].read()) == answer


def test_a_job_tells_what_it_was_and_when(client: Any) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    job = ended(client, start(client, clientRequestToken="tells-what-it-was"))
    assert job["modelArn"] == f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"
    assert job["clientRequestToken"] == "tells-what-it-was"
    assert before <= job["submitTime"] <= job["lastModifiedTime"] == job["endTime"]
    assert "failureMessage" not in job


def test_a_bucket_that_is_not_there_fails_the_job(client: Any) -> None:
    job = ended(client, start(client, folder="s3://nobodys-bucket/x"))
    assert job["status"] == "Failed"
    assert "s3://nobodys-bucket/x" in job["failureMessage"]
    assert "NoSuchBucket" in job["failureMessage"]


def test_without_an_s3_service_a_job_fails_and_says_so(
    aws: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ENDPOINT_URL_S3", raising=False)
    client = aws.client("bedrock-runtime")
    job = ended(client, start(client))
    assert job["status"] == "Failed"
    assert job["failureMessage"].startswith("not emulated: the emulator has no S3.")
    assert "s3_endpoint" in job["failureMessage"]


def test_the_setting_names_the_s3_service_as_well(
    aws: Any, s3: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", s3.meta.endpoint_url)
    client = aws.client("bedrock-runtime")
    assert ended(client, start(client))["status"] == "Completed"


def test_tags_of_a_job_are_kept(client: Any, with_s3: Any) -> None:
    arn = start(client, tags=[{"key": "lab", "value": "2"}])
    found = with_s3.client("bedrock").list_tags_for_resource(resourceARN=arn)
    assert found["tags"] == [{"key": "lab", "value": "2"}]


# --- the same request again ----------------------------------------------------------------------


def test_the_same_request_again_is_the_same_job(client: Any) -> None:
    one = start(client, clientRequestToken="again")
    assert start(client, clientRequestToken="again") == one
    assert start(client, clientRequestToken="another") != one


def test_one_token_for_two_requests_is_a_conflict(client: Any) -> None:
    start(client, clientRequestToken="taken")
    other = {"inputType": "text", "text": {"inputText": "something else"}}
    status, code, _ = refused(start, client, modelInput=other, clientRequestToken="taken")
    assert (status, code) == (400, "ConflictException")


# --- lists ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def listed(with_s3: Any) -> Iterator[tuple[Any, list[str]]]:
    """Five jobs of a region of their own, a minute of the world's clock between two."""
    account = with_s3.account
    with serve_aws(account) as fake:
        client, arns = fake.client("bedrock-runtime"), []
        for at in range(5):
            fake.ahead = timedelta(minutes=at)
            folder = "s3://nobodys-bucket" if at == 2 else f"s3://{BUCKET}"
            arns.append(start(client, folder=folder))
            ended(client, arns[-1])
        fake.ahead = timedelta()
        yield client, arns
        client.close()


def names(answer: Any) -> list[str]:
    return [job["invocationArn"] for job in answer["asyncInvokeSummaries"]]


def test_jobs_are_listed_page_by_page(aws: Any, listed: tuple[Any, list[str]]) -> None:
    client, arns = listed
    assert names(client.list_async_invokes()) == arns[::-1]
    assert names(client.list_async_invokes(sortBy="SubmissionTime", sortOrder="Ascending")) == arns
    pages = client.get_paginator("list_async_invokes").paginate(PaginationConfig={"PageSize": 2})
    assert [names(page) for page in pages] == [arns[:2:-1], arns[2:0:-1], arns[:1]]


def test_jobs_are_found_by_their_end_and_their_time(
    aws: Any, listed: tuple[Any, list[str]]
) -> None:
    client, arns = listed
    assert names(client.list_async_invokes(statusEquals="Failed")) == [arns[2]]
    jobs = client.list_async_invokes(sortOrder="Ascending")["asyncInvokeSummaries"]
    third = jobs[2]["submitTime"]
    later = client.list_async_invokes(submitTimeAfter=third + timedelta(seconds=1))
    assert names(later) == arns[:2:-1]
    assert names(client.list_async_invokes(submitTimeBefore=third)) == arns[1::-1]


def test_jobs_of_another_region_are_not_listed(client: Any, with_s3: Any) -> None:
    arn = start(client)
    elsewhere = with_s3.client("bedrock-runtime", region="us-west-2")
    assert arn not in names(elsewhere.list_async_invokes())
    assert refused(elsewhere.get_async_invoke, invocationArn=arn)[1] == "ValidationException"


@pytest.mark.parametrize(
    "query",
    [
        "statusEquals=Lost",
        "sortBy=Name",
        "sortOrder=Up",
        "maxResults=0",
        "nextToken=x",
        "submitTimeAfter=yesterday",
    ],
)
def test_a_bad_filter_is_refused_by_name(aws: Any, query: str) -> None:
    response = aws.send("GET", f"/async-invoke?{query}")
    assert response.status_code == 400
    name = query.partition("=")[0]
    assert name in response.json()["message"] or "next token" in response.json()["message"]


# --- requests that do not fit --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"modelId": None}, "Value null at 'modelId'"),
        ({"modelId": "a b"}, "Value 'a b' at 'modelId'"),
        ({"modelId": "anthropic.nothing"}, "The provided model identifier is invalid."),
        ({"modelId": "amazon.titan-embed-text-v2:0"}, NOT_VALID),
        ({"modelId": "us.anthropic.claude-sonnet-4-6"}, NOT_VALID),
        ({"modelInput": None}, "Value null at 'modelInput'"),
        ({"modelInput": "text"}, NOT_VALID),
        ({"modelInput": {"inputType": "text"}}, "required key [text] not found"),
        ({"modelInput": {"inputType": "smell"}}, "#/inputType"),
        ({"outputDataConfig": None}, "Value null at 'outputDataConfig'"),
        ({"outputDataConfig": {}}, "must set one of the following keys"),
        ({"outputDataConfig": {"s3OutputDataConfig": {}}}, "s3OutputDataConfig.s3Uri'"),
        (
            {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "https://x"}}},
            "Value 'https://x' at 'outputDataConfig.s3OutputDataConfig.s3Uri'",
        ),
        (
            {"outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://abc", "kmsKeyId": "k"}}},
            "Value 'k' at 'outputDataConfig.s3OutputDataConfig.kmsKeyId'",
        ),
        ({"clientRequestToken": "a b"}, "Value 'a b' at 'clientRequestToken'"),
        ({"tags": [{"key": "?", "value": "x"}]}, "Value '?' at 'tags.1.member.key'"),
    ],
)
def test_a_request_that_does_not_fit_is_refused(
    aws: Any, changed: dict[str, Any], message: str
) -> None:
    config = {"s3OutputDataConfig": {"s3Uri": f"s3://{BUCKET}"}}
    body = {"modelId": MODEL, "modelInput": INPUT, "outputDataConfig": config} | changed
    response = aws.send("POST", "/async-invoke", body=json.dumps(body).encode())
    assert response.status_code == 400
    assert response.headers["x-amzn-errortype"].startswith("ValidationException:")
    assert message in response.json()["message"]


def test_a_film_is_not_emulated(client: Any) -> None:
    film = {"inputType": "video", "video": {"mediaSource": {"s3Location": {"uri": "s3://a/b"}}}}
    status, _, said = refused(start, client, modelInput=film)
    assert status == 501
    assert "An embedding of inputType 'video'" in said


def test_a_model_that_is_gone_starts_nothing(client: Any) -> None:
    status, code, _ = refused(start, client, modelId="amazon.nova-reel-v1:1")
    assert (status, code) == (404, "ResourceNotFoundException")


@pytest.mark.parametrize(
    ("arn", "message"),
    [
        ("arn:aws:bedrock:us-east-1:111122223333:async-invoke/000000000000", "There is no async"),
        ("nonsense", "Value 'nonsense' at 'invocationArn'"),
    ],
)
def test_a_job_that_is_not_there_is_refused(client: Any, arn: str, message: str) -> None:
    status, code, said = refused(client.get_async_invoke, invocationArn=arn)
    assert (status, code) == (400, "ValidationException")
    assert message in said


def test_the_right_to_call_the_model_is_needed(aws: Any) -> None:
    statement = {"effect": "Allow", "actions": ["bedrock:InvokeModel"], "resources": ["arn:x"]}
    allowed = statement | {"resources": [f"arn:aws:bedrock:us-east-1::foundation-model/{MODEL}"]}
    for given, works in ((statement, False), (allowed, True)):
        iam = (IamStatement.model_validate(given),)
        with serve_aws(read_world().aws.model_copy(update={"iam": iam})) as fake:
            client = fake.client("bedrock-runtime")
            if works:
                assert start(client)
            else:
                _, code, said = refused(start, client)
                assert code == "AccessDeniedException"
                assert f"bedrock:InvokeModel on resource: {allowed['resources'][0]}" in said
            client.close()
