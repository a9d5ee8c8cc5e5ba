"""Signature Version 4, the verifying side, in its header form and in its query form.

Written from facts amazon-bedrock 1.2 (what is signed) and 2.11 (the errors). What the sheet does
not settle is chosen here: an Authorization header that lacks a part is 400
IncompleteSignatureException, and so is a presigned query (its words are ours); a signature is
judged before the expiry of its session; the clock that a signature must agree with is the
machine's, because callers sign with theirs, while sessions end by the clock of the world.

The mismatch text shows the canonical request as AWS does, but with the session token masked:
it ends up in logs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, quote

from runthrough.emulator.aws.credentials.canonical import (
    SIGNATURE,
    SignedRequest,
    canonical_request,
    sign,
)
from runthrough.emulator.aws.credentials.keys import Key, KeyRing
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import Clock, utc_now

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
LONGEST = 604_800
"""Seconds that a presigned request may live for: seven days."""

_STAMP = "%Y%m%dT%H%M%SZ"
_STAMP_FORM = re.compile(r"\d{8}T\d{6}Z", re.ASCII)
_TOKEN_HEADER = "x-amz-security-token"
_BAD_TOKEN = "The security token included in the request is invalid."
_QUERY = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", SIGNATURE)


@dataclass(frozen=True)
class Signer:
    """Who signed a request, and for which region."""

    key: Key
    region: str


@dataclass(frozen=True)
class _Authorization:
    """What a request says of its own signature.

    Attributes:
        stamp: when it was signed.
        token: the session token, "" where there is none.
        life: for how long a presigned request may be used; None = it is not presigned.
    """

    key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str
    stamp: str
    token: str
    life: timedelta | None = None

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/{self.terminator}"


def verify(
    request: SignedRequest,
    *,
    keys: KeyRing,
    service: str,
    is_region: Callable[[str], bool],
    clock: Clock,
    wall_clock: Clock = utc_now,
) -> Signer:
    """Return who signed this request.

    Args:
        request: the request as it came in.
        keys: the pairs that exist.
        service: the signing name the scope must carry, such as `bedrock`.
        is_region: whether the service takes requests for a region.
        clock: the world's clock, by which sessions end.
        wall_clock: the clock that the signature's date must agree with, give or take SKEW.

    Raises:
        Refused: with AWS's status, code and text, for whatever is wrong first.
    """
    authorization = _read(request)
    key = _find_key(authorization.key_id, authorization.token, keys)
    _check_scope(authorization, service, is_region)
    _check_date(authorization, wall_clock())
    _check_signature(request, authorization, key)
    if key.expires is not None and clock() >= key.expires:
        raise Refused(
            403, "ExpiredTokenException", "The security token included in the request is expired"
        )
    return Signer(key, authorization.region)


def scope_service(request: SignedRequest) -> str | None:
    """Return the service a request is signed for, or None where it names none."""
    header = request.header("authorization") or ""
    named = re.search(r"Credential=[^/,\s]+/\d+/[^/,\s]*/([^/,\s]+)/", header)
    if named is None:
        named = re.search(
            r"X-Amz-Credential=[^/&%]+%2F\d+%2F[^/&%]*%2F([^/&%]+)%2F", request.query, re.I
        )
    return named[1] if named else None


def _read(request: SignedRequest) -> _Authorization:
    header = request.header("authorization")
    if header is not None:
        return _read_header(header, request)
    if "X-Amz-Algorithm=" in request.query:
        return _read_query(dict(parse_qsl(request.query)))
    raise Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")


def _read_header(header: str, request: SignedRequest) -> _Authorization:
    algorithm, _, rest = header.partition(" ")
    _check_algorithm(algorithm)
    parts = {}
    for part in rest.split(","):
        name, _, value = part.strip().partition("=")
        parts[name] = value
    missing = [
        f"Authorization header requires '{name}' parameter."
        for name in ("Credential", "Signature", "SignedHeaders")
        if not parts.get(name)
    ]
    if missing:
        raise _incomplete(" ".join(missing))
    stamp = request.header("x-amz-date")
    if stamp is None:
        raise _incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    return _Authorization(
        *_read_credential(parts["Credential"]),
        signed_headers=_read_names(parts["SignedHeaders"]),
        signature=parts["Signature"],
        stamp=stamp,
        token=request.header(_TOKEN_HEADER) or "",
    )


def _read_query(parts: Mapping[str, str]) -> _Authorization:
    _check_algorithm(parts.get("X-Amz-Algorithm", ""))
    missing = [
        f"AWS query-string parameters must include '{name}'."
        for name in _QUERY
        if not parts.get(name)
    ]
    if missing:
        raise _incomplete(" ".join(missing))
    seconds = parts["X-Amz-Expires"]
    if not re.fullmatch(r"\d{1,6}", seconds, re.ASCII) or not 1 <= int(seconds) <= LONGEST:
        raise _incomplete(f"X-Amz-Expires must be a number of seconds between 1 and {LONGEST}.")
    return _Authorization(
        *_read_credential(parts["X-Amz-Credential"]),
        signed_headers=_read_names(parts["X-Amz-SignedHeaders"]),
        signature=parts[SIGNATURE],
        stamp=parts["X-Amz-Date"],
        token=parts.get("X-Amz-Security-Token", ""),
        life=timedelta(seconds=int(seconds)),
    )


def _check_algorithm(name: str) -> None:
    if name != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{name[:40]}'.")


def _read_credential(text: str) -> tuple[str, str, str, str, str]:
    """Return key id, date, region, service and terminator."""
    parts = text.split("/")
    if len(parts) != 5:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term."
        )
    key_id, date, region, service, terminator = parts
    return key_id, date, region, service, terminator


def _read_names(text: str) -> tuple[str, ...]:
    names = tuple(text.split(";"))
    if "host" not in names:
        raise _incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    return names


def _incomplete(message: str) -> Refused:
    return Refused(400, "IncompleteSignatureException", message)


def _mismatch(message: str) -> Refused:
    return Refused(403, "InvalidSignatureException", message)


def _find_key(key_id: str, token: str, keys: KeyRing) -> Key:
    key = keys.get(key_id)
    if key is None:
        raise Refused(403, "UnrecognizedClientException", _BAD_TOKEN)
    expected = "" if key.token is None else key.token.get_secret_value()
    if not hmac.compare_digest(expected.encode(), token.encode("utf-8", "surrogateescape")):
        raise Refused(403, "UnrecognizedClientException", _BAD_TOKEN)
    return key


def _check_scope(
    authorization: _Authorization, service: str, is_region: Callable[[str], bool]
) -> None:
    if not is_region(authorization.region):
        raise _mismatch("Credential should be scoped to a valid region. ")
    if authorization.service != service:
        raise _mismatch(f"Credential should be scoped to correct service: '{service}'. ")
    if authorization.terminator != "aws4_request":
        raise _mismatch("Credential should be scoped with a valid terminator: 'aws4_request'. ")
    stamp = authorization.stamp
    if authorization.date != stamp[:8]:
        raise _mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{authorization.date}' != '{stamp[:8]}', from '{stamp}'."
        )


def _check_date(authorization: _Authorization, now: datetime) -> None:
    stamp = authorization.stamp
    try:
        if not _STAMP_FORM.fullmatch(stamp):
            raise ValueError(stamp)
        signed_at = datetime.fromisoformat(stamp)  # strptime takes five times as long
    except ValueError:
        raise _incomplete(
            "Date must be in ISO-8601 'basic format'. "
            f"Got '{stamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    life = SKEW if authorization.life is None else authorization.life
    if signed_at < now - life:
        minutes = f"{life.total_seconds() / 60:g}"
        raise _mismatch(
            f"Signature expired: {stamp} is now earlier than {now - life:{_STAMP}} "
            f"({now:{_STAMP}} - {minutes} min.)"
        )
    if signed_at > now + SKEW:
        raise _mismatch(
            f"Signature not yet current: {stamp} is still later than {now + SKEW:{_STAMP}} "
            f"({now:{_STAMP}} + 5 min.)"
        )


def _check_signature(request: SignedRequest, authorization: _Authorization, key: Key) -> None:
    canonical = canonical_request(request, authorization.signed_headers)
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = "\n".join((ALGORITHM, authorization.stamp, authorization.scope, digest))
    expected = sign(
        key.secret.get_secret_value(),
        date=authorization.date,
        region=authorization.region,
        service=authorization.service,
        text=to_sign,
    )
    if hmac.compare_digest(expected.encode(), authorization.signature.encode("utf-8", "replace")):
        return
    raise _mismatch(
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details."
        f"\n\nThe Canonical String for this request should have been\n'{_masked(canonical, key)}'"
        f"\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    )


def _masked(canonical: str, key: Key) -> str:
    if key.token is None:
        return canonical
    token = key.token.get_secret_value()
    shown = canonical.replace(token, "<session token>")
    return shown.replace(quote(token, safe="-_.~"), "<session token>")
