"""Signature Version 4, the verifying side, in its header form.

Written from facts amazon-bedrock 1.2 (what is signed) and 2.11 (the errors). What the sheet does
not settle is chosen here: an Authorization header that lacks a part is 400
IncompleteSignatureException; a signature is judged before the expiry of its session; the clock
that a signature must agree with is the machine's, because callers sign with theirs, while
sessions end by the clock of the world.

The mismatch text shows the canonical request as AWS does, but with the session token masked:
it ends up in logs.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, unquote_to_bytes

from runthrough.emulator.aws.credentials.keys import Key, KeyRing
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import Clock, utc_now

ALGORITHM = "AWS4-HMAC-SHA256"
SKEW = timedelta(minutes=5)
_STAMP = "%Y%m%dT%H%M%SZ"
_TOKEN_HEADER = "x-amz-security-token"
_BAD_TOKEN = "The security token included in the request is invalid."


@dataclass(frozen=True)
class SignedRequest:
    """A request as it came in: nothing decoded.

    Attributes:
        raw_path: the path with its percent signs, without the query.
        query: the query with its percent signs, without the question mark.
        headers: names in lower case, in the order they came.
        body: what was sent, or its start where it was longer than the service takes.
        body_hash: SHA-256 of all that was sent, in hexadecimal.
    """

    method: str
    raw_path: str
    query: str
    headers: tuple[tuple[str, str], ...]
    body: bytes
    body_hash: str

    def header(self, name: str) -> str | None:
        """Return the first value of a header, or None."""
        return next((value for key, value in self.headers if key == name), None)


@dataclass(frozen=True)
class Signer:
    """Who signed a request, and for which region."""

    key: Key
    region: str


@dataclass(frozen=True)
class _Authorization:
    key_id: str
    date: str
    region: str
    service: str
    terminator: str
    signed_headers: tuple[str, ...]
    signature: str

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
    header = request.header("authorization")
    if header is None:
        raise Refused(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    authorization = _parse(header)
    stamp = request.header("x-amz-date")
    if stamp is None:
        raise _incomplete(
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header."
        )
    key = _find_key(authorization.key_id, request.header(_TOKEN_HEADER), keys)
    _check_scope(authorization, stamp, service, is_region)
    _check_date(stamp, wall_clock())
    _check_signature(request, authorization, stamp, key)
    if key.expires is not None and clock() >= key.expires:
        raise Refused(
            403, "ExpiredTokenException", "The security token included in the request is expired"
        )
    return Signer(key, authorization.region)


def scope_service(header: str) -> str | None:
    """Return the service an Authorization header is signed for, or None where it names none."""
    match = re.search(r"Credential=[^/,\s]+/\d+/[^/,\s]*/([^/,\s]+)/", header)
    return match[1] if match else None


def _parse(header: str) -> _Authorization:
    algorithm, _, rest = header.partition(" ")
    if algorithm != ALGORITHM:
        raise _incomplete(f"Unsupported AWS 'algorithm': '{algorithm[:40]}'.")
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
    credential = parts["Credential"].split("/")
    if len(credential) != 5:
        raise _incomplete(
            "Credential must have exactly 5 slash-delimited elements, e.g. "
            "keyid/date/region/service/term."
        )
    signed = tuple(parts["SignedHeaders"].split(";"))
    if "host" not in signed:
        raise _incomplete("'Host' must be a 'SignedHeader' in the AWS Authorization.")
    key_id, date, region, service, terminator = credential
    return _Authorization(key_id, date, region, service, terminator, signed, parts["Signature"])


def _incomplete(message: str) -> Refused:
    return Refused(400, "IncompleteSignatureException", message)


def _mismatch(message: str) -> Refused:
    return Refused(403, "InvalidSignatureException", message)


def _find_key(key_id: str, token: str | None, keys: KeyRing) -> Key:
    key = keys.get(key_id)
    if key is None:
        raise Refused(403, "UnrecognizedClientException", _BAD_TOKEN)
    expected = "" if key.token is None else key.token.get_secret_value()
    given = token or ""
    if not hmac.compare_digest(expected.encode(), given.encode("utf-8", "surrogateescape")):
        raise Refused(403, "UnrecognizedClientException", _BAD_TOKEN)
    return key


def _check_scope(
    authorization: _Authorization, stamp: str, service: str, is_region: Callable[[str], bool]
) -> None:
    if not is_region(authorization.region):
        raise _mismatch("Credential should be scoped to a valid region. ")
    if authorization.service != service:
        raise _mismatch(f"Credential should be scoped to correct service: '{service}'. ")
    if authorization.terminator != "aws4_request":
        raise _mismatch("Credential should be scoped with a valid terminator: 'aws4_request'. ")
    if authorization.date != stamp[:8]:
        raise _mismatch(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from "
            f"HTTP: '{authorization.date}' != '{stamp[:8]}', from '{stamp}'."
        )


def _check_date(stamp: str, now: datetime) -> None:
    try:
        signed_at = datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC)
    except ValueError:
        raise _incomplete(
            "Date must be in ISO-8601 'basic format'. "
            f"Got '{stamp}'. See http://en.wikipedia.org/wiki/ISO_8601"
        ) from None
    earliest, latest = now - SKEW, now + SKEW
    if signed_at < earliest:
        raise _mismatch(
            f"Signature expired: {stamp} is now earlier than {earliest:{_STAMP}} "
            f"({now:{_STAMP}} - 5 min.)"
        )
    if signed_at > latest:
        raise _mismatch(
            f"Signature not yet current: {stamp} is still later than {latest:{_STAMP}} "
            f"({now:{_STAMP}} + 5 min.)"
        )


def _check_signature(
    request: SignedRequest, authorization: _Authorization, stamp: str, key: Key
) -> None:
    canonical = _canonical_request(request, authorization.signed_headers)
    digest = hashlib.sha256(canonical.encode("utf-8", "surrogateescape")).hexdigest()
    to_sign = "\n".join((ALGORITHM, stamp, authorization.scope, digest))
    expected = _signature(key.secret.get_secret_value(), authorization, to_sign)
    if hmac.compare_digest(expected.encode(), authorization.signature.encode("utf-8", "replace")):
        return
    shown = (
        canonical
        if key.token is None
        else canonical.replace(key.token.get_secret_value(), "<session token>")
    )
    raise _mismatch(
        "The request signature we calculated does not match the signature you provided. Check your "
        "AWS Secret Access Key and signing method. Consult the service documentation for details."
        f"\n\nThe Canonical String for this request should have been\n'{shown}'"
        f"\n\nThe String-to-Sign should have been\n'{to_sign}'\n"
    )


def _canonical_request(request: SignedRequest, signed_headers: tuple[str, ...]) -> str:
    lines = [request.method, _canonical_path(request.raw_path), _canonical_query(request.query)]
    lines += [f"{name}:{_canonical_value(request, name)}" for name in signed_headers]
    lines += ["", ";".join(signed_headers), request.body_hash]
    return "\n".join(lines)


def _canonical_path(raw_path: str) -> str:
    """Normalise dots and slashes, then encode once more what is encoded already (facts 1.2)."""
    kept: list[str] = []
    for segment in raw_path.split("/"):
        if segment == "..":
            del kept[-1:]
        elif segment not in {"", "."}:
            kept.append(segment)
    path = "/" + "/".join(kept)
    if kept and raw_path.endswith("/"):
        path += "/"
    return quote(path.encode("latin-1"), safe="/~")


def _canonical_query(query: str) -> str:
    return "&".join(f"{name}={value}" for name, value in sorted(_encoded_parameters(query)))


def _encoded_parameters(query: str) -> Iterator[tuple[str, str]]:
    for parameter in filter(None, query.split("&")):
        name, _, value = parameter.partition("=")
        yield _encode_once(name), _encode_once(value)


def _encode_once(part: str) -> str:
    return quote(unquote_to_bytes(part.replace("+", " ")), safe="-_.~")


def _canonical_value(request: SignedRequest, name: str) -> str:
    return ",".join(" ".join(value.split()) for key, value in request.headers if key == name)


def _signature(secret: str, authorization: _Authorization, to_sign: str) -> str:
    key = f"AWS4{secret}".encode()
    for part in (authorization.date, authorization.region, authorization.service, "aws4_request"):
        key = hmac.new(key, part.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return hmac.new(key, to_sign.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
