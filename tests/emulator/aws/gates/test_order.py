"""Every gate is reached by a world file, and of two that are shut the earlier one speaks."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from runthrough.emulator.aws.credentials.signing import SignedRequest
from runthrough.emulator.aws.replies import Reply
from runthrough.emulator.aws.service import answer, open_account
from runthrough.emulator.world import AwsAccount

TODAY = datetime(2026, 11, 21, tzinfo=UTC)
"""The day of the world's clock; signatures go by the machine's."""

ARN = "arn:aws:sts::111122223333:assumed-role/WorkshopRole/attendee"
PROFILE = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"


@dataclass
class Case:
    """A world's account, as its file says it, and a call that passes every gate."""

    account: dict[str, Any] = field(
        default_factory=lambda: {
            "account_id": "111122223333",
            "bedrock_regions": ["us-east-1"],
            "model_id": "us.anthropic.claude-sonnet-4-6",
            "keys": [
                {
                    "access_key_id": "ASIAORDEROFGATES0001",
                    "secret_access_key": "a-secret-of-the-test-of-gates",
                    "session_token": "a-token-of-the-test-of-gates",
                    "lifetime": "1h",
                    "arn": ARN,
                }
            ],
            "access": {},
        }
    )
    model: str = "anthropic.claude-sonnet-4-6"
    prefix: str = "us."
    secret: str = "a-secret-of-the-test-of-gates"
    later: timedelta = timedelta()
    role: str = "user"

    def ask(self) -> Reply:
        account = AwsAccount.model_validate(deepcopy(self.account))
        aws = open_account(account, started=TODAY, clock=lambda: TODAY + self.later)
        reply = answer(aws, self.request())
        assert isinstance(reply, Reply)
        return reply

    def request(self) -> SignedRequest:
        path = f"/model/{self.prefix}{self.model.replace(':', '%3A')}/converse"
        turn = {"role": self.role, "content": [{"text": "hello"}]}
        body = json.dumps({"messages": [turn]}).encode()
        signed = AWSRequest("POST", f"http://127.0.0.1{path}", {}, body)
        credentials = Credentials(
            "ASIAORDEROFGATES0001", self.secret, "a-token-of-the-test-of-gates"
        )
        SigV4Auth(credentials, "bedrock", "us-east-1").add_auth(signed)
        headers = {"host": "127.0.0.1", **{k.lower(): v for k, v in signed.headers.items()}}
        digest = hashlib.sha256(body).hexdigest()
        return SignedRequest("POST", path, "", tuple(headers.items()), body, digest)


def wrong_secret(case: Case) -> None:
    case.secret = "another-secret"


def session_over(case: Case) -> None:
    case.later = timedelta(hours=1)


def region_closed(case: Case) -> None:
    case.account["bedrock_regions"] = ["us-west-2"]


def no_permission(case: Case) -> None:
    case.account["iam"] = [{"effect": "Allow", "actions": ["bedrock:List*"]}]


def dead(case: Case) -> None:
    case.model = "anthropic.claude-3-7-sonnet-20250219-v1:0"


def no_profile(case: Case) -> None:
    case.prefix = ""


def no_form(case: Case) -> None:
    case.account["access"]["use_case_form"] = "missing"


def no_payment(case: Case) -> None:
    case.account["access"] |= {"agreements": {"*": "none"}, "payment": "invalid"}


def no_tokens_left(case: Case) -> None:
    case.account["quotas"] = [{"quota": "* tokens per day *", "value": 0}]


def wrong_first_turn(case: Case) -> None:
    case.role = "assistant"


GATES: tuple[tuple[Callable[[Case], None], int, str, str], ...] = (
    (
        wrong_secret,
        403,
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided.",
    ),
    (
        session_over,
        403,
        "ExpiredTokenException",
        "The security token included in the request is expired",
    ),
    (
        region_closed,
        403,
        "AccessDeniedException",
        f"User: {ARN} is not authorized to perform: bedrock:InvokeModel on resource: ",
    ),
    (
        no_permission,
        403,
        "AccessDeniedException",
        f"User: {ARN} is not authorized to perform: bedrock:InvokeModel on resource: ",
    ),
    (
        dead,
        404,
        "ResourceNotFoundException",
        "This model version has reached the end of its life. Please refer to the AWS documentation "
        "for more details.",
    ),
    (no_profile, 400, "ValidationException", "Invocation of model ID anthropic.claude-"),
    (
        no_form,
        404,
        "ResourceNotFoundException",
        "Model use case details have not been submitted for this account. Fill out the Anthropic "
        "use case details form before using the model. If you have already filled out the form, "
        "try again in 15 minutes.",
    ),
    (
        no_payment,
        403,
        "AccessDeniedException",
        "Model access is denied due to INVALID_PAYMENT_INSTRUMENT:A valid payment instrument must "
        "be provided.. Your AWS Marketplace subscription for this model cannot be completed at "
        "this time.",
    ),
    (
        no_tokens_left,
        429,
        "ThrottlingException",
        "Too many tokens per day, please wait before trying again.",
    ),
    (
        wrong_first_turn,
        400,
        "ValidationException",
        "A conversation must start with a user message. Try again with a conversation that starts "
        "with a user message.",
    ),
)
ENDS = {
    region_closed: "with an explicit deny in a service control policy",
    no_permission: "because no identity-based policy allows the bedrock:InvokeModel action",
}


def said(reply: Reply) -> tuple[int, str, str]:
    assert reply.headers is not None
    code = reply.headers["x-amzn-ErrorType"].partition(":")[0]
    return reply.status, code, json.loads(reply.body)["message"]


def test_a_call_passes_where_every_gate_is_open() -> None:
    assert Case().ask().status == 200


@pytest.mark.parametrize("gate", GATES, ids=lambda gate: gate[0].__name__)
def test_a_gate_that_is_shut_says_what_aws_says(
    gate: tuple[Callable[[Case], None], int, str, str],
) -> None:
    shut, status, code, text = gate
    case = Case()
    shut(case)
    answered = said(case.ask())
    assert answered[:2] == (status, code)
    assert answered[2].startswith(text)
    assert answered[2].endswith(ENDS.get(shut, ""))


@pytest.mark.parametrize(
    ("earlier", "later"),
    list(combinations(GATES, 2)),
    ids=lambda gate: gate[0].__name__,
)
def test_of_two_gates_the_earlier_one_speaks(
    earlier: tuple[Callable[[Case], None], int, str, str],
    later: tuple[Callable[[Case], None], int, str, str],
) -> None:
    case = Case()
    later[0](case)
    earlier[0](case)
    status, code, text = said(case.ask())
    assert (status, code) == earlier[1:3]
    assert text.startswith(earlier[3])
    assert text.endswith(ENDS.get(earlier[0], ""))


def account(case: Case, **access: Any) -> Case:
    case.account["access"] |= access
    return case


@pytest.mark.parametrize(
    ("access", "status", "code", "text"),
    [
        ({"standing": "hold"}, 400, "ValidationException", "Operation not allowed"),
        (
            {"standing": "barred"},
            403,
            "AccessDeniedException",
            "Your account is not authorized to invoke this API operation.",
        ),
        (
            {"agreements": {"*sonnet-4-6": "denied"}},
            403,
            "AccessDeniedException",
            "You don't have access to the model with the specified model ID.",
        ),
        (
            {"agreements": {"*": "pending"}, "agreement_takes": "15m"},
            403,
            "AccessDeniedException",
            "Your AWS Marketplace agreement for this model is being created.",
        ),
    ],
)
def test_the_accounts_standing_shuts_its_models(
    access: dict[str, Any], status: int, code: str, text: str
) -> None:
    answered = said(account(Case(), **access).ask())
    assert answered[:2] == (status, code)
    assert answered[2].startswith(text)


def test_an_inherited_form_is_as_good_as_ones_own() -> None:
    assert account(Case(), use_case_form="inherited").ask().status == 200


def test_a_legacy_model_is_lost_to_an_account_that_has_not_used_it() -> None:
    case = account(Case(), inactive_models=["anthropic.*"])
    assert case.ask().status == 200
    case.model = "anthropic.claude-sonnet-4-5-20250929-v1:0"
    status, code, text = said(case.ask())
    assert (status, code) == (404, "ResourceNotFoundException")
    assert text == (
        "Access denied. This Model is marked by provider as Legacy and you have not been actively "
        "using the model in the last 30 days. Please upgrade to an active model on Amazon Bedrock"
    )


def test_the_first_call_subscribes_where_the_caller_may() -> None:
    case = account(Case(), agreements={"*": "none"})
    case.account["iam"] = [{"effect": "Allow", "actions": ["bedrock:*"]}]
    assert "aws-marketplace:Subscribe) to enable access to this model." in said(case.ask())[2]
    case.account["iam"].append({"effect": "Allow", "actions": ["aws-marketplace:*"]})
    assert "is being created" in said(case.ask())[2]


def test_a_model_without_a_marketplace_product_needs_no_agreement() -> None:
    case = account(Case(), agreements={"*": "none"}, payment="invalid")
    case.model, case.prefix = "amazon.nova-lite-v1:0", "us."
    assert case.ask().status in (200, 501)  # past the gates; 501 as long as Nova has no body


def test_a_profile_needs_every_region_it_routes_to() -> None:
    """Facts 5.1: one destination an organization denies is enough; the text names its model."""
    case = Case()
    case.account["closed_regions"] = ["us-east-2"]
    status, code, text = said(case.ask())
    assert (status, code) == (403, "AccessDeniedException")
    assert "arn:aws:bedrock:us-east-2::foundation-model/anthropic.claude-sonnet-4-6" in text
    assert text.endswith("with an explicit deny in a service control policy")


def test_a_closed_region_is_named_by_what_was_called_there() -> None:
    case = Case()
    case.account["closed_regions"] = ["us-east-1"]
    assert f"on resource: {PROFILE} with an explicit deny" in said(case.ask())[2]


def test_permissions_name_the_profile_and_its_models() -> None:
    """Facts 6.3: the profile's ARN, and the model's in every destination."""
    case = Case()
    allow = {"effect": "Allow", "actions": ["bedrock:Invoke*"], "resources": [PROFILE]}
    case.account["iam"] = [allow]
    assert "arn:aws:bedrock:us-east-1::foundation-model/" in said(case.ask())[2]
    allow["resources"] = [PROFILE, "arn:aws:bedrock:*::foundation-model/anthropic.*"]
    assert case.ask().status == 200


@pytest.mark.parametrize(
    ("principal", "status"), [(ARN, 403), ("ASIAORDEROFGATES0001", 403), ("*:user/*", 200)]
)
def test_an_explicit_deny_wins_for_whom_it_names(principal: str, status: int) -> None:
    case = Case()
    case.account["iam"] = [
        {"effect": "Allow", "actions": ["*"]},
        {"effect": "Deny", "actions": ["bedrock:invokemodel"], "principals": [principal]},
    ]
    reply = case.ask()
    assert reply.status == status
    if status == 403:
        assert said(reply)[2].endswith("with an explicit deny in an identity-based policy")


def test_the_day_of_the_end_is_a_day_of_the_worlds_clock() -> None:
    case = Case()
    case.account["keys"][0]["lifetime"] = "3000d"
    case.model = "anthropic.claude-opus-4-1-20250805-v1:0"
    assert case.ask().status == 200
    case.later = datetime(2027, 1, 8, tzinfo=UTC) - TODAY
    assert case.ask().status == 404
