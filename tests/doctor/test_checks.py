"""The doctor's findings, judged on the emulator: what is right passes, what is wrong is named."""

from __future__ import annotations

import io
from collections.abc import Iterator

import pytest
from rich.console import Console

from runthrough.doctor.checks import NEEDED, examine
from runthrough.doctor.findings import Check, Verdict
from runthrough.doctor.terminal import show
from runthrough.emulator.server import serve
from runthrough.settings import Settings


@pytest.fixture(scope="module")
def exports() -> Iterator[dict[str, str]]:
    with serve() as running:
        yield running.exports


def found(exports: dict[str, str], *, probe: bool = False, **changes: str) -> dict[str, Check]:
    settings = Settings.read({**exports, **changes})
    return {check.name: check for check in examine(settings, probe=probe, environ={})}


def test_everything_passes_where_everything_is_there(exports: dict[str, str]) -> None:
    checks = found(exports, probe=True)
    assert {c.verdict for c in checks.values()} == {Verdict.PASS}
    assert "1 token(s) out" in checks["Model answers"].seen


def test_without_probe_the_model_is_not_asked(exports: dict[str, str]) -> None:
    assert "Model answers" not in found(exports)


@pytest.mark.parametrize(
    ("setting", "value", "check", "seen"),
    [
        ("CONFLUENT_CLOUD_API_SECRET", "wrong", "Cloud API key", "401"),
        ("FLINK_API_SECRET", "wrong", "Flink API key", "401"),
        ("KAFKA_API_SECRET", "wrong", "Kafka API key", "401"),
        ("SCHEMA_REGISTRY_API_SECRET", "wrong", "Schema Registry API key", "401"),
        ("AWS_SESSION_TOKEN", "wrong", "AWS credentials", "invalid"),
        ("CONFLUENT_ENVIRONMENT_ID", "env-nope", "Cloud API key", "does not see the environment"),
        ("FLINK_COMPUTE_POOL_ID", "lfcp-nope", "Compute pool", "lfcp-nope was not found"),
        ("KAFKA_CLUSTER_NAME", "other", "Kafka cluster", "is called river-hotels-cluster"),
        ("CLOUD_REGION", "eu-west-1", "Regions", "CLOUD_REGION in eu-west-1"),
        ("AWS_REGION", "us-east-9", "Regions", "AWS_REGION in us-east-9"),
        ("BEDROCK_MODEL_ID", "anthropic.claude-nope-v1:0", "Bedrock model", "claude-nope"),
    ],
)
def test_one_wrong_setting_fails_its_check_by_name(
    exports: dict[str, str], setting: str, value: str, check: str, seen: str
) -> None:
    result = found(exports, **{setting: value})[check]
    assert result.verdict is Verdict.FAIL
    assert seen in result.seen
    assert result.todo


def test_no_finding_shows_a_secret(exports: dict[str, str]) -> None:
    secret = "a-secret-nobody-should-read"
    checks = found(exports, CONFLUENT_CLOUD_API_SECRET=secret, AWS_SECRET_ACCESS_KEY=secret)
    assert not [c for c in checks.values() if secret in c.seen + c.todo]


def test_what_is_not_set_is_named_and_the_other_checks_go_on() -> None:
    checks = {check.name: check for check in examine(Settings(), environ={})}
    assert checks["Settings"].verdict is Verdict.FAIL
    assert all(name in checks["Settings"].seen for name in NEEDED)
    assert len(checks) > 5


def test_a_bedrock_api_key_in_the_environment_is_a_warning() -> None:
    checks = list(examine(Settings(), environ={"AWS_BEARER_TOKEN_BEDROCK": "x"}))
    warned = [check for check in checks if check.verdict is Verdict.WARN]
    assert [check.name for check in warned] == ["Bedrock API key"]


def test_the_terminal_shows_what_to_do_and_tells_failure() -> None:
    out = io.StringIO()
    checks = [
        Check("Kafka", Verdict.PASS, "accepted"),
        Check("Model", Verdict.FAIL, "it is gone", "choose a newer one"),
    ]
    assert not show(checks, Console(file=out, width=80))
    text = out.getvalue()
    assert "✓ Kafka" in text
    assert "→ choose a newer one" in text
    assert text.endswith("1 passed, 0 warned, 1 failed\n")
    assert show(checks[:1], Console(file=io.StringIO()))


@pytest.mark.parametrize(
    ("setting", "check"),
    [
        ("FLINK_REST_ENDPOINT", "Flink API key"),
        ("KAFKA_REST_ENDPOINT", "Kafka API key"),
        ("SCHEMA_REGISTRY_REST_ENDPOINT", "Schema Registry API key"),
    ],
)
def test_where_nothing_answers_no_new_key_is_advised(
    exports: dict[str, str], setting: str, check: str
) -> None:
    result = found(exports, **{setting: "http://127.0.0.1:1"})[check]
    assert result.verdict is Verdict.FAIL
    assert result.todo == "nothing answers there: check the address, the network and its proxy"
