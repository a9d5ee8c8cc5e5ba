from __future__ import annotations

import hashlib
import string
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.keys import KeyRing
from runthrough.emulator.aws.credentials.signing import Signer, verify
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import read_world, utc_now

ACCOUNT = read_world().aws
SESSION, LONG_TERM = ACCOUNT.keys
STARTED = utc_now()
RING = KeyRing(ACCOUNT.keys, started=STARTED)
HOST = "bedrock-runtime.us-east-1.amazonaws.com"

names = st.text(string.ascii_lowercase + "-", min_size=1, max_size=12).map(lambda n: f"x-test-{n}")
values = st.text(
    string.printable.replace("\r", "").replace("\n", "").replace("\x0b", "").replace("\x0c", ""),
    max_size=30,
)
segments = st.text(min_size=1, max_size=12).map(lambda text: quote(text, safe=":~()!'"))
paths = st.lists(segments, max_size=4).map(lambda parts: "/" + "/".join(parts))
queries = st.lists(
    st.tuples(st.text(max_size=6), st.text(max_size=6)).map(
        lambda pair: f"{quote(pair[0], safe='-_.~')}={quote(pair[1], safe='-_.~')}"
    ),
    max_size=3,
).map("&".join)


def sign(
    path: str = "/model/a%3A0/invoke",
    *,
    query: str = "",
    body: bytes = b"{}",
    headers: dict[str, str] | None = None,
    key_id: str = SESSION.access_key_id,
    secret: str | None = None,
    token: str | None = "the key's own",
    service: str = "bedrock",
    region: str = "us-east-1",
) -> SignedRequest:
    """Sign with botocore and return the request as a server would see it."""
    if token == "the key's own":
        token = SESSION.session_token.get_secret_value() if SESSION.session_token else None
    credentials = Credentials(key_id, secret or SESSION.secret_access_key.get_secret_value(), token)
    url = f"https://{HOST}{path}" + (f"?{query}" if query else "")
    request = AWSRequest("POST", url, {"Host": HOST, **(headers or {})}, body)
    SigV4Auth(credentials, service, region).add_auth(request)
    parts = urlsplit(url)
    return received(
        parts.path,
        parts.query,
        {name.lower(): str(value) for name, value in request.headers.items()},
        body,
    )


def received(path: str, query: str, headers: dict[str, str], body: bytes) -> SignedRequest:
    digest = hashlib.sha256(body).hexdigest()
    return SignedRequest("POST", path, query, tuple(headers.items()), body, digest)


def check(request: SignedRequest, **changes: object) -> Signer:
    arguments = {
        "keys": RING,
        "service": "bedrock",
        "is_region": lambda name: name in {"us-east-1", "us-west-2"},
        "clock": utc_now,
    }
    return verify(request, **(arguments | changes))  # type: ignore[arg-type]


def refusal(request: SignedRequest, **changes: object) -> Refused:
    with pytest.raises(Refused) as caught:
        check(request, **changes)
    return caught.value


@given(paths, queries, st.binary(max_size=200), st.dictionaries(names, values, max_size=3))
def test_whatever_botocore_signs_is_accepted(
    path: str, query: str, body: bytes, headers: dict[str, str]
) -> None:
    signer = check(sign(path, query=query, body=body, headers=headers))
    assert (signer.key.id, signer.region) == (SESSION.access_key_id, "us-east-1")


@given(paths, st.binary(min_size=1, max_size=50), st.data())
def test_any_flipped_byte_is_refused(path: str, body: bytes, data: st.DataObject) -> None:
    good = sign(path, body=body, headers={"x-test": "some value"})
    headers = dict(good.headers)
    part = data.draw(st.sampled_from(["body", "signature", "x-test", "x-amz-date", "token"]))
    if part == "body":
        at = data.draw(st.integers(0, len(body) - 1))
        body = body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :]
    elif part == "signature":
        text = headers["authorization"]
        headers["authorization"] = text[:-1] + ("0" if text[-1] != "0" else "1")
    else:
        name = {"token": "x-amz-security-token"}.get(part, part)
        at = data.draw(st.sampled_from([0, len(headers[name]) - 2]))
        other = "1" if headers[name][at] != "1" else "2"
        headers[name] = headers[name][:at] + other + headers[name][at + 1 :]
    changed = received(good.raw_path, good.query, headers, body)
    assert refusal(changed).status in (400, 403)


@given(paths, paths)
def test_a_signature_fits_its_own_path_only(signed: str, sent: str) -> None:
    request = sign(signed)
    moved = received(sent, "", dict(request.headers), request.body)
    if sent == signed:
        check(moved)
    elif [s for s in sent.split("/") if s not in ("", ".", "..")] != [
        s for s in signed.split("/") if s not in ("", ".", "..")
    ]:
        assert refusal(moved).code == "InvalidSignatureException"


@given(st.text(max_size=200))
def test_no_authorization_header_breaks_the_verifier(header: str) -> None:
    request = received("/", "", {"authorization": header, "x-amz-date": "20260101T000000Z"}, b"")
    assert refusal(request).status in (400, 403)


def test_the_plain_colon_of_other_clients_is_the_same_path() -> None:
    """Two clients send `:` raw (facts 1.2); both forms verify under one rule."""
    assert check(sign("/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke"))
    assert check(sign("/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/invoke"))


def test_a_request_without_signature_is_told_so() -> None:
    refused = refusal(received("/", "", {}, b""))
    assert (refused.status, refused.code) == (403, "MissingAuthenticationTokenException")
    assert refused.message == "Missing Authentication Token"


@pytest.mark.parametrize(
    "signed",
    [
        {"key_id": "AKIAUNKNOWN000000000"},
        {"token": "another token"},
        {"token": None},
        {
            "key_id": LONG_TERM.access_key_id,
            "secret": LONG_TERM.secret_access_key.get_secret_value(),
        },
    ],
    ids=["unknown key", "wrong token", "no token", "token with a long-term key"],
)
def test_keys_that_do_not_exist_as_given_are_not_recognised(signed: dict[str, str | None]) -> None:
    refused = refusal(sign(**signed))  # type: ignore[arg-type]
    assert (refused.status, refused.code) == (403, "UnrecognizedClientException")
    assert refused.message == "The security token included in the request is invalid."


def test_long_term_keys_need_no_token() -> None:
    secret = LONG_TERM.secret_access_key.get_secret_value()
    signer = check(sign(key_id=LONG_TERM.access_key_id, secret=secret, token=None))
    assert signer.key.arn == LONG_TERM.arn
    assert not signer.key.temporary


def test_a_wrong_secret_is_shown_what_should_have_been_signed() -> None:
    refused = refusal(sign(secret="wrong"))
    assert (refused.status, refused.code) == (403, "InvalidSignatureException")
    assert "/model/a%253A0/invoke" in refused.message
    assert "The String-to-Sign should have been\n'AWS4-HMAC-SHA256" in refused.message


def test_a_wrong_secret_is_shown_no_secret() -> None:
    message = refusal(sign(secret="wrong")).message
    assert SESSION.session_token is not None
    assert SESSION.session_token.get_secret_value() not in message
    assert SESSION.secret_access_key.get_secret_value() not in message


@pytest.mark.parametrize(
    ("signed", "text"),
    [
        ({"region": "us-east-9"}, "Credential should be scoped to a valid region. "),
        ({"service": "s3"}, "Credential should be scoped to correct service: 'bedrock'. "),
    ],
)
def test_a_scope_that_does_not_fit_is_refused(signed: dict[str, str], text: str) -> None:
    refused = refusal(sign(**signed))  # type: ignore[arg-type]
    assert (refused.code, refused.message) == ("InvalidSignatureException", text)


@pytest.mark.parametrize(
    ("minutes", "text"), [(6, "Signature expired: "), (-6, "Signature not yet current: ")]
)
def test_a_clock_more_than_five_minutes_off_is_refused(minutes: int, text: str) -> None:
    refused = refusal(sign(), wall_clock=lambda: utc_now() + timedelta(minutes=minutes))
    assert refused.code == "InvalidSignatureException"
    assert refused.message.startswith(text)


@pytest.mark.parametrize("minutes", [4, -4])
def test_a_clock_a_little_off_is_accepted(minutes: int) -> None:
    assert check(sign(), wall_clock=lambda: utc_now() + timedelta(minutes=minutes))


def test_a_session_ends_by_the_worlds_clock() -> None:
    assert SESSION.lifetime is not None
    end = STARTED + SESSION.lifetime
    assert check(sign(), clock=lambda: end - timedelta(seconds=1))
    refused = refusal(sign(), clock=lambda: end)
    assert (refused.status, refused.code) == (403, "ExpiredTokenException")
    assert refused.message == "The security token included in the request is expired"


def test_long_term_keys_do_not_end() -> None:
    secret = LONG_TERM.secret_access_key.get_secret_value()
    request = sign(key_id=LONG_TERM.access_key_id, secret=secret, token=None)
    assert check(request, clock=lambda: datetime(2099, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ("Basic abc", "Unsupported AWS 'algorithm'"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c", "requires 'Signature' parameter"),
        ("AWS4-HMAC-SHA256 Credential=a, SignedHeaders=host, Signature=b", "5 slash-delimited"),
        ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=x, Signature=b", "'Host' must be"),
    ],
)
def test_an_incomplete_header_is_told_what_is_missing(header: str, text: str) -> None:
    refused = refusal(received("/", "", {"authorization": header, "x-amz-date": "x"}, b""))
    assert (refused.status, refused.code) == (400, "IncompleteSignatureException")
    assert text in refused.message


def test_the_date_of_scope_and_header_must_agree() -> None:
    request = sign()
    headers = dict(request.headers) | {"x-amz-date": "20200101T000000Z"}
    refused = refusal(received(request.raw_path, "", headers, request.body))
    assert refused.message.startswith("Date in Credential scope does not match")
