from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path

import boto3
import httpx
import pytest
from botocore.exceptions import SSLError

from runthrough.emulator.server import Running, serve


@pytest.fixture(scope="module")
def running() -> Iterator[Running]:
    with serve(tls=True) as running:
        yield running


@pytest.fixture
def shell(running: Running, monkeypatch: pytest.MonkeyPatch) -> Running:
    """The exports in the environment, and a Bedrock API key instead of AWS keys."""
    for name, value in running.exports.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    key = running.world.aws.bedrock_keys[0].secret.get_secret_value()
    monkeypatch.setenv("AWS_BEARER_TOKEN_BEDROCK", key)
    return running


def test_aws_clients_are_led_to_the_port_with_tls(running: Running) -> None:
    assert running.url.startswith("http://127.0.0.1:")
    assert running.exports["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"].startswith("https://127.0.0.1:")
    assert running.exports["FLINK_REST_ENDPOINT"] == running.url


def test_boto3_calls_with_an_api_key_alone(shell: Running) -> None:
    answer = boto3.client("bedrock-runtime").converse(
        modelId=shell.exports["BEDROCK_MODEL_ID"],
        messages=[{"role": "user", "content": [{"text": "What is 1+1?"}]}],
    )
    assert "2" in answer["output"]["message"]["content"][0]["text"]
    assert boto3.client("bedrock").list_foundation_models()["modelSummaries"]


def test_who_does_not_trust_the_certificate_is_not_served(
    shell: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_CA_BUNDLE")
    client = boto3.client("bedrock")
    with pytest.raises(SSLError):
        client.list_foundation_models()


def test_the_certificate_is_for_this_machine(running: Running) -> None:
    context = ssl.create_default_context(cafile=running.exports["AWS_CA_BUNDLE"])
    url = running.exports["AWS_ENDPOINT_URL_BEDROCK"]
    for address in (url, url.replace("127.0.0.1", "localhost")):
        assert httpx.get(f"{address}/foundation-models", verify=context).status_code == 403


def test_only_its_owner_reads_the_key(running: Running) -> None:
    folder = Path(running.exports["AWS_CA_BUNDLE"]).parent
    assert (folder / "emulator-key.pem").stat().st_mode & 0o077 == 0


def test_files_go_with_the_emulator() -> None:
    with serve(tls=True) as running:
        bundle = Path(running.exports["AWS_CA_BUNDLE"])
        assert bundle.is_file()
    assert not bundle.exists()


def test_without_it_nothing_is_exported_that_hides_real_authorities() -> None:
    with serve() as running:
        assert "AWS_CA_BUNDLE" not in running.exports
