from __future__ import annotations

import hashlib
import string
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pytest
from botocore.auth import SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.keys import KeyRing
from runthrough.emulator.aws.credentials.signing import scope_service, verify
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import read_world, utc_now

ACCOUNT = read_world().aws
KEY = ACCOUNT.keys[0]
RING = KeyRing(ACCOUNT.keys, started=utc_now())
HOST = "sts.amazonaws.com"

words = st.text(string.ascii_letters + string.digits + "-_.~ +/=&%", min_size=1, max_size=12)


def presign(parameters: dict[str, str], *, expires: int = 60) -> str:
    token = KEY.session_token.get_secret_value() if KEY.session_token else None
    credentials = Credentials(KEY.access_key_id, KEY.secret_access_key.get_secret_value(), token)
    query = "&".join(f"{quote(k, safe='')}={quote(v, safe='')}" for k, v in parameters.items())
    request = AWSRequest("GET", f"https://{HOST}/?{query}", {"Host": HOST})
    SigV4QueryAuth(credentials, "sts", "us-east-1", expires).add_auth(request)
    return urlsplit(request.url).query


def received(query: str) -> SignedRequest:
    nothing = hashlib.sha256(b"").hexdigest()
    return SignedRequest("GET", "/", query, (("host", HOST),), b"", nothing)


def check(query: str, *, later: timedelta = timedelta()) -> str:
    signer = verify(
        received(query),
        keys=RING,
        service="sts",
        is_region=lambda name: name == "us-east-1",
        clock=utc_now,
        wall_clock=lambda: utc_now() + later,
    )
    return signer.key.id


@given(st.dictionaries(words, words, min_size=1, max_size=4))
def test_whatever_botocore_presigns_is_accepted(parameters: dict[str, str]) -> None:
    assert check(presign(parameters)) == KEY.access_key_id


@given(st.dictionaries(words, words, min_size=1, max_size=3), words)
def test_a_parameter_more_is_refused(parameters: dict[str, str], name: str) -> None:
    query = presign(parameters)
    with pytest.raises(Refused, match="does not match"):
        check(f"{query}&{quote(name, safe='')}-more=1")


def test_it_may_be_used_as_long_as_it_says() -> None:
    query = presign({"Action": "GetCallerIdentity"}, expires=3600)
    assert check(query, later=timedelta(minutes=59))
    with pytest.raises(Refused, match=r"Signature expired: .* - 60 min"):
        check(query, later=timedelta(minutes=61))


@pytest.mark.parametrize(
    "name", ["X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders"]
)
def test_a_part_that_is_missing_is_named(name: str) -> None:
    query = presign({"Action": "GetCallerIdentity"})
    kept = "&".join(part for part in query.split("&") if not part.startswith(name))
    with pytest.raises(Refused, match=name) as caught:
        check(kept)
    assert (caught.value.status, caught.value.code) == (400, "IncompleteSignatureException")


@pytest.mark.parametrize("seconds", ["0", "604801", "soon"])
def test_a_life_beyond_seven_days_is_refused(seconds: str) -> None:
    query = presign({"Action": "GetCallerIdentity"})
    with pytest.raises(Refused, match="X-Amz-Expires"):
        check(query.replace("X-Amz-Expires=60", f"X-Amz-Expires={seconds}"))


def test_a_mismatch_does_not_show_the_session_token() -> None:
    query = presign({"Action": "GetCallerIdentity"}) + "&a=b"
    with pytest.raises(Refused) as caught:
        check(query)
    assert dict(parse_qsl(query))["X-Amz-Security-Token"] not in caught.value.message
    assert "<session token>" in caught.value.message


def test_the_service_is_read_from_the_query() -> None:
    assert scope_service(received(presign({"Action": "GetCallerIdentity"}))) == "sts"


def test_a_presigned_address_of_boto3_can_be_opened_by_anyone(aws: Any) -> None:
    sts, bedrock = aws.client("sts"), aws.client("bedrock")
    who = httpx.get(sts.generate_presigned_url("get_caller_identity", HttpMethod="GET"))
    assert who.status_code == 200, who.text
    assert "assumed-role/WorkshopRole/attendee" in who.text
    models = httpx.get(bedrock.generate_presigned_url("list_foundation_models"))
    assert models.json()["modelSummaries"]
