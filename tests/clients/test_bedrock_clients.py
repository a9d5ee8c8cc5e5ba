"""Published clients of Bedrock, unmodified: a conversation, a stream, a tool call, an embedding."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from runthrough.emulator.server import Running, serve

from .conftest import ROOT, run

PROGRAMS = Path(__file__).with_name("bedrock")
PYTHONS = {
    "a year ago": ("RUNTHROUGH_AWS_CLIENT_PYTHON", ROOT / ".venv-clients-aws/bin/python"),
    "frameworks": ("RUNTHROUGH_AI_CLIENT_PYTHON", ROOT / ".venv-clients-ai/bin/python"),
}
"""The variable that names a Python, and where `make clients` puts one."""


def python(kind: str) -> Path:
    """Return the Python of a kind of clients; skips where there is none."""
    variable, usual = PYTHONS[kind]
    found = Path(os.environ.get(variable, usual))
    if not found.exists():
        pytest.skip(f"{found} is not there: `make clients` sets it up")
    return found


def day(running: Running, home: Path, program: str, interpreter: Path) -> dict[str, Any]:
    """Run a program with the emulator's exports and return what it prints."""
    done = run(
        [interpreter, "-W", "ignore", PROGRAMS / program],
        home=home,
        LITELLM_LOCAL_MODEL_COST_MAP="True",  # nothing is fetched (facts amazon-bedrock 1.3)
        AWS_BEDROCK_RUNTIME_ENDPOINT=running.exports["AWS_ENDPOINT_URL_BEDROCK_RUNTIME"],
        **running.exports,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("age", ["current", "a year ago"])
def test_boto3_works_for_a_day(running: Running, tmp_path: Path, age: str) -> None:
    interpreter = Path(sys.executable) if age == "current" else python(age)
    told = day(running, tmp_path, "boto3_day.py", interpreter)
    minor = int(told["version"].split(".")[1])
    assert minor >= 44 if age == "current" else minor == 41
    assert "Rosa" in told["name"]
    usage = told["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"] > 0
    assert told["events"][0] == "messageStart"
    assert told["events"][-2:] == ["messageStop", "metadata"]
    assert "5" in told["streamed"]
    assert told["tool"] == {"stop": "tool_use", "name": "get_weather", "input": {"city": "Lisbon"}}
    assert "21" in told["told"]
    assert told["dimensions"] == 1024
    assert told["native"][0] == "message_start"
    assert told["native"][-1] == "message_stop"


def test_langchain_works_for_a_day(running: Running, tmp_path: Path) -> None:
    told = day(running, tmp_path, "langchain_day.py", python("frameworks"))
    assert "Rosa" in told["name"]
    for usage in (told["usage"], told["native_usage"]):
        assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    assert "5" in told["streamed"]
    assert told["tool"] == [{"name": "get_weather", "input": {"city": "Lisbon"}}]
    assert told["native"] == told["native_streamed"]
    assert told["dimensions"] == [1024, 1024]


def test_litellm_works_for_a_day(running: Running, tmp_path: Path) -> None:
    told = day(running, tmp_path, "litellm_day.py", python("frameworks"))
    assert "Rosa" in told["name"]
    assert told["usage"] > 0
    assert "5" in told["native"]
    assert told["streamed"] == told["native"]
    assert told["tool"] == {"name": "get_weather", "input": {"city": "Lisbon"}}
    assert told["dimensions"] == 1024


def test_anthropic_s_client_works_for_a_day(running: Running, tmp_path: Path) -> None:
    told = day(running, tmp_path, "anthropic_day.py", python("frameworks"))
    assert "Rosa" in told["name"]
    assert all(count > 0 for count in told["usage"])
    assert told["streamed"] == told["whole"]
    assert told["tool"] == {"stop": "tool_use", "name": "get_weather", "input": {"city": "Lisbon"}}
    assert "21" in told["told"]
    assert told["refused"]["status"] == 400
    assert "The provided model identifier is invalid." in told["refused"]["text"]


def test_a_generated_api_key_opens_bedrock_over_tls(tmp_path: Path) -> None:
    interpreter = python("frameworks")
    with serve(tls=True) as running:
        assert day(running, tmp_path, "token_day.py", interpreter)["models"] > 0


@pytest.fixture(scope="module")
def aws(
    running: Running, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., dict[str, Any]]]:
    """The AWS CLI: a command, what it prints as JSON."""
    program, home = python("a year ago").with_name("aws"), tmp_path_factory.mktemp("home")

    def call(*arguments: str) -> dict[str, Any]:
        done = run([program, *arguments], home=home, AWS_PAGER="", **running.exports)
        assert done.returncode == 0, done.stderr
        return dict(json.loads(done.stdout or "{}"))

    return call


def test_the_aws_cli_lists_and_converses(
    aws: Callable[..., dict[str, Any]], running: Running
) -> None:
    model = running.exports["BEDROCK_MODEL_ID"]
    listed = aws("bedrock", "list-foundation-models", "--by-provider", "anthropic")
    assert {m["providerName"] for m in listed["modelSummaries"]} == {"Anthropic"}
    profiles = aws("bedrock", "list-inference-profiles")["inferenceProfileSummaries"]
    assert model in {profile["inferenceProfileId"] for profile in profiles}
    messages = json.dumps([{"role": "user", "content": [{"text": "What is 1+1?"}]}])
    answer = aws("bedrock-runtime", "converse", "--model-id", model, "--messages", messages)
    assert "2" in answer["output"]["message"]["content"][0]["text"]
    assert answer["stopReason"] == "end_turn"


def test_the_aws_cli_invokes_into_a_file(
    aws: Callable[..., dict[str, Any]], running: Running, tmp_path: Path
) -> None:
    body = json.dumps({"inputText": "a quiet room"})
    out = tmp_path / "answer.json"
    model = "amazon.titan-embed-text-v2:0"
    aws("bedrock-runtime", "invoke-model", "--model-id", model, "--body", body, str(out))
    assert len(json.loads(out.read_text())["embedding"]) == 1024


def test_the_aws_cli_reads_quotas_and_who_calls(aws: Callable[..., dict[str, Any]]) -> None:
    assert aws("sts", "get-caller-identity")["Account"] == "111122223333"
    quotas = aws("service-quotas", "list-service-quotas", "--service-code", "bedrock")["Quotas"]
    assert any("tokens per minute" in quota["QuotaName"].lower() for quota in quotas)
