"""`runthrough emulate --world new-account`, a process of its own, asked by an unmodified boto3."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest
from botocore.exceptions import ClientError


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """What the command prints; boto3 reads it from the environment, as a reader's shell would."""
    command = [sys.executable, "-m", "runthrough.cli", "emulate", "--port", "0"]
    with subprocess.Popen(
        [*command, "--world", "new-account"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout is not None
        printed: dict[str, str] = {}
        try:
            while "CLOUD_REGION" not in printed:
                line = process.stdout.readline().decode()
                assert line, "the emulator ended before it had printed its settings"
                for word in shlex.split(line)[1:]:
                    name, _, value = word.partition("=")
                    printed[name] = value
                    monkeypatch.setenv(name, value)
            monkeypatch.delenv("AWS_SESSION_TOKEN")  # empty: long-term keys have none
            yield printed
        finally:
            process.terminate()


def test_the_command_refuses_as_a_new_account_does(exports: dict[str, str]) -> None:
    client = boto3.client("bedrock-runtime")
    turn = {"role": "user", "content": [{"text": "hello"}]}
    with pytest.raises(ClientError) as caught:
        client.converse(modelId=exports["BEDROCK_MODEL_ID"], messages=[turn])
    client.close()
    error = caught.value.response
    assert error["ResponseMetadata"]["HTTPStatusCode"] == 404
    assert error["Error"]["Code"] == "ResourceNotFoundException"
    assert error["Error"]["Message"].startswith(
        "Model use case details have not been submitted for this account."
    )
