"""The doctor's look at an AWS account, judged on accounts of many states."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runthrough.doctor import aws_checks
from runthrough.doctor.checks import examine
from runthrough.doctor.findings import Finding, Verdict
from runthrough.emulator.server import serve
from runthrough.emulator.world import (
    IamStatement,
    ModelAccess,
    QuotaValue,
    read_world,
)
from runthrough.errors import RunthroughError
from runthrough.settings import Settings
from tests.emulator.aws.conftest import FakeAws, serve_aws

MODEL = "us.anthropic.claude-sonnet-4-6"
LEGACY = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
Look = Callable[[Settings], str | Finding]


@contextmanager
def account(**changes: Any) -> Iterator[FakeAws]:
    with serve_aws(read_world().aws.model_copy(update=changes)) as aws:
        yield aws


def settings(aws: FakeAws, **changes: str) -> Settings:
    key = aws.session_key
    assert key.session_token is not None
    return Settings.read(
        {
            "AWS_ACCESS_KEY_ID": key.access_key_id,
            "AWS_SECRET_ACCESS_KEY": key.secret_access_key.get_secret_value(),
            "AWS_SESSION_TOKEN": key.session_token.get_secret_value(),
            "AWS_REGION": "us-east-1",
            "BEDROCK_MODEL_ID": MODEL,
            **{
                f"AWS_ENDPOINT_URL_{service}": aws.url
                for service in ("BEDROCK", "BEDROCK_RUNTIME", "STS", "SERVICE_QUOTAS")
            },
            **changes,
        }
    )


def found(look: Look, aws: FakeAws, **changes: str) -> Finding:
    seen = look(settings(aws, **changes))
    return seen if isinstance(seen, Finding) else Finding(Verdict.PASS, seen)


def access(**changes: Any) -> ModelAccess:
    return ModelAccess.model_validate(changes)


@pytest.mark.parametrize(
    ("world", "verdicts"),
    [
        ("default", {}),
        ("workshop-studio", {"Use-case form": Verdict.WARN}),
        (
            "new-account",
            {
                "Model access": Verdict.FAIL,
                "Use-case form": Verdict.WARN,
                "Model quotas": Verdict.FAIL,
                "Model answers": Verdict.FAIL,
            },
        ),
    ],
)
def test_the_shipped_worlds_get_the_verdicts_they_deserve(
    world: str, verdicts: dict[str, Verdict]
) -> None:
    with serve(read_world(world)) as running:
        checks = list(examine(Settings.read(running.exports), probe=True, environ={}))
    assert {c.name: c.verdict for c in checks if c.verdict is not Verdict.PASS} == verdicts
    assert all(c.todo for c in checks if c.verdict is not Verdict.PASS)


@pytest.mark.parametrize(
    ("state", "verdict", "seen"),
    [
        ({}, Verdict.PASS, "is open to this account"),
        ({"standing": "hold"}, Verdict.FAIL, "NOT_AUTHORIZED"),
        ({"agreements": {"*": "none"}}, Verdict.FAIL, "the agreement is NOT_AVAILABLE"),
        ({"agreements": {"*": "denied"}}, Verdict.FAIL, "AWS has withdrawn"),
        ({"agreements": {"*": "pending"}}, Verdict.WARN, "PENDING"),
        ({"use_case_form": "missing"}, Verdict.FAIL, "the agreement is NOT_AVAILABLE"),
    ],
    ids=str,
)
def test_access_to_the_model(state: dict[str, Any], verdict: Verdict, seen: str) -> None:
    with account(access=access(**state)) as aws:
        finding = found(aws_checks.access, aws)
    assert finding.verdict is verdict
    assert seen in finding.seen


def test_the_form_concerns_claude_alone() -> None:
    with account(access=access(use_case_form="missing")) as aws:
        assert found(aws_checks.form, aws).verdict is Verdict.WARN
        other = found(aws_checks.form, aws, BEDROCK_MODEL_ID="us.amazon.nova-lite-v1:0")
    assert other == Finding(Verdict.PASS, "not needed for this model")


@pytest.mark.parametrize(
    ("quotas", "verdict", "seen"),
    [
        ([("*", 10_000_000_000)], Verdict.PASS, "tokens per minute for Anthropic Claude Sonnet"),
        ([("* per day *", 0)], Verdict.FAIL, "zero: Model invocation max tokens per day"),
        ([("Cross-region* tokens per minute *", 1000)], Verdict.WARN, "below AWS's default"),
        ([("On-demand *", 0)], Verdict.PASS, "Cross-region"),
    ],
    ids=str,
)
def test_quotas_of_the_way_the_model_is_called(
    quotas: list[tuple[str, float]], verdict: Verdict, seen: str
) -> None:
    given = tuple(QuotaValue(quota=name, value=value) for name, value in quotas)
    with account(quotas=given) as aws:
        finding = found(aws_checks.quotas, aws)
    assert finding.verdict is verdict
    assert seen in finding.seen


def test_a_right_to_look_that_is_missing_is_a_warning() -> None:
    allowed = ("bedrock:GetFoundationModel", "bedrock:GetInferenceProfile", "bedrock:Invoke*")
    with account(iam=(IamStatement(effect="Allow", actions=allowed),)) as aws:
        for look in (aws_checks.access, aws_checks.form, aws_checks.quotas):
            finding = found(look, aws)
            assert finding.verdict is Verdict.WARN
            assert "no identity-based policy allows" in finding.seen
        assert found(aws_checks.answers, aws).verdict is Verdict.PASS


def test_a_legacy_model_is_a_warning_and_a_dead_one_a_failure() -> None:
    with account() as aws:
        aws.ahead = datetime(2026, 11, 21, tzinfo=UTC) - aws.now()
        finding = found(aws_checks.model, aws, BEDROCK_MODEL_ID=LEGACY)
        assert finding.verdict is Verdict.WARN
        assert "LEGACY, ends 2027-04-08" in finding.seen
        dead = "us.anthropic.claude-3-7-sonnet-20250219-v1:0"
        with pytest.raises(RunthroughError, match=dead):
            aws_checks.model(settings(aws, BEDROCK_MODEL_ID=dead))


@pytest.mark.parametrize(
    ("changes", "ahead", "todo"),
    [
        ({}, 24, "the session is over"),
        ({"AWS_SECRET_ACCESS_KEY": "x" * 40}, 0, "check the secret key"),
        ({"AWS_SESSION_TOKEN": "x"}, 0, "wrong key, or the session token"),
        ({"AWS_ACCESS_KEY_ID": "ASIANOBODY0000000000"}, 0, "wrong key, or the session token"),
    ],
)
def test_credentials_that_do_not_work(changes: dict[str, str], ahead: int, todo: str) -> None:
    with account() as aws:
        aws.ahead = timedelta(hours=ahead)
        finding = found(aws_checks.credentials, aws, **changes)
    assert finding.verdict is Verdict.FAIL
    assert todo in finding.todo


@pytest.mark.parametrize(
    ("changes", "todo"),
    [
        ({"access": access(use_case_form="missing")}, "use-case form"),
        ({"access": access(agreements={"*": "none"})}, "wait up to 15 minutes"),
        ({"access": access(agreements={"*": "none"}, payment="invalid")}, "payment method"),
        ({"access": access(standing="hold")}, "support case"),
        ({"quotas": (QuotaValue(quota="* per day *", value=0),)}, "daily tokens"),
        ({"quotas": (QuotaValue(quota="*requests per minute*", value=0),)}, "wait a minute"),
        ({"bedrock_regions": ("us-west-2",)}, "open the region"),
        ({"closed_regions": ("us-east-2",)}, "open the region"),
        ({"iam": ()}, "IAM policy"),
        (
            {
                "iam": (IamStatement(effect="Allow", actions=("bedrock:*",)),),
                "access": access(agreements={"*": "none"}),
            },
            "aws-marketplace:Subscribe",
        ),
    ],
    ids=str,
)
def test_a_refusal_of_the_model_comes_with_what_to_do(changes: dict[str, Any], todo: str) -> None:
    with account(**changes) as aws:
        finding = found(aws_checks.answers, aws)
    assert finding.verdict is Verdict.FAIL
    assert todo in finding.todo


def test_a_global_endpoint_in_the_environment_is_a_warning() -> None:
    checks = list(examine(Settings(), environ={"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}))
    assert [c.name for c in checks if c.verdict is Verdict.WARN] == ["AWS endpoint"]
