from __future__ import annotations

import base64
from datetime import timedelta
from typing import Any

import httpx
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from runthrough.emulator.world import IamStatement, read_world
from tests.emulator.aws.conftest import serve_aws

TWELVE_HOURS = 43_200
BAD = {"Message": "Authentication failed: Please make sure your API Key is valid."}


def short_term(
    aws: Any, *, region: str = "us-east-1", expires: int = TWELVE_HOURS, action: str = ""
) -> str:
    """Make a key as the published generator does (facts 1.4)."""
    key = aws.session_key
    credentials = Credentials(
        key.access_key_id,
        key.secret_access_key.get_secret_value(),
        key.session_token.get_secret_value(),
    )
    url = f"https://bedrock.amazonaws.com/?Action={action or 'CallWithBearerToken'}"
    request = AWSRequest("POST", url, {"host": "bedrock.amazonaws.com"})
    SigV4QueryAuth(credentials, "bedrock", region, expires).add_auth(request)
    text = request.url.removeprefix("https://") + "&Version=1"
    return "bedrock-api-key-" + base64.b64encode(text.encode()).decode()


def ask(aws: Any, token: str, host: str | None = None) -> httpx.Response:
    headers = {"Authorization": f"Bearer {token}"} | ({"Host": host} if host else {})
    return httpx.get(f"{aws.url}/foundation-models", headers=headers)


def long_term(aws: Any) -> str:
    return str(aws.account.bedrock_keys[0].secret.get_secret_value())


def test_a_long_term_key_opens_bedrock_until_its_end(aws: Any) -> None:
    assert ask(aws, long_term(aws)).json()["modelSummaries"]
    aws.ahead = timedelta(days=30)
    answer = ask(aws, long_term(aws))
    assert (answer.status_code, answer.json()) == (403, BAD)


def test_a_short_term_key_opens_the_region_it_was_made_for(aws: Any) -> None:
    token = short_term(aws, region="us-west-2")
    assert ask(aws, token).status_code == 200
    assert ask(aws, token, "bedrock.us-west-2.amazonaws.com").status_code == 200
    elsewhere = ask(aws, token, "bedrock.us-east-1.amazonaws.com")
    assert (elsewhere.status_code, elsewhere.json()) == (403, BAD)


def test_a_short_term_key_ends_when_it_says(aws: Any) -> None:
    token = short_term(aws, expires=3600)
    aws.ahead = timedelta(minutes=61)
    assert ask(aws, token).status_code == 403


def test_a_short_term_key_ends_with_its_session(aws: Any) -> None:
    token = short_term(aws, expires=604_800)
    assert ask(aws, token).status_code == 200
    aws.ahead = aws.session_key.lifetime + timedelta(minutes=1)
    assert ask(aws, token).status_code == 403


def test_a_call_is_made_with_it(aws: Any) -> None:
    answer = httpx.post(
        f"{aws.url}/model/us.anthropic.claude-sonnet-4-6/converse",
        headers={"Authorization": f"Bearer {short_term(aws)}"},
        json={"messages": [{"role": "user", "content": [{"text": "What is 1+1?"}]}]},
    )
    assert answer.json()["stopReason"] == "end_turn"


@pytest.mark.parametrize("token", ["x", "ABSK-nobody", "bedrock-api-key-", "bedrock-api-key-%%%"])
def test_every_other_key_gets_the_same_answer(aws: Any, token: str) -> None:
    answer = ask(aws, token)
    assert (answer.status_code, answer.json()) == (403, BAD)


def test_a_presigned_request_for_something_else_is_no_key(aws: Any) -> None:
    assert ask(aws, short_term(aws, action="ListFoundationModels")).status_code == 403


def test_one_letter_changed_and_it_is_no_key(aws: Any) -> None:
    token = short_term(aws)
    text = base64.b64decode(token.removeprefix("bedrock-api-key-")).decode()
    changed = text.replace("us-east-1", "us-west-2")
    forged = "bedrock-api-key-" + base64.b64encode(changed.encode()).decode()
    assert ask(aws, token).status_code == 200
    assert ask(aws, forged).status_code == 403


def test_who_may_not_use_api_keys_is_told_so() -> None:
    everything = IamStatement(effect="Allow", actions=("*",))
    no_keys = IamStatement(effect="Deny", actions=("bedrock:CallWithBearerToken",))
    account = read_world().aws.model_copy(update={"iam": (everything, no_keys)})
    with serve_aws(account) as aws:
        answer = ask(aws, long_term(aws))
        assert answer.status_code == 403
        assert "not authorized to perform: bedrock:CallWithBearerToken" in answer.json()["message"]
        assert aws.send("GET", "/foundation-models").status_code == 200
