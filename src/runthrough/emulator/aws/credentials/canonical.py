"""The canonical form of a request, over which a signature is made (facts amazon-bedrock 1.2)."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote, unquote_to_bytes

SIGNATURE = "X-Amz-Signature"
"""The one parameter of a presigned query that its signature does not cover."""


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


def canonical_request(request: SignedRequest, signed_headers: Sequence[str]) -> str:
    """Return the canonical request, in AWS's lines."""
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
        if name != SIGNATURE:
            yield _encode_once(name), _encode_once(value)


def _encode_once(part: str) -> str:
    return quote(unquote_to_bytes(part.replace("+", " ")), safe="-_.~")


def _canonical_value(request: SignedRequest, name: str) -> str:
    return ",".join(" ".join(value.split()) for key, value in request.headers if key == name)


def sign(secret: str, *, date: str, region: str, service: str, text: str) -> str:
    """Return the signature of a string-to-sign, in hexadecimal."""
    key = f"AWS4{secret}".encode()
    for part in (date, region, service, "aws4_request"):
        key = hmac.new(key, part.encode("utf-8", "surrogateescape"), hashlib.sha256).digest()
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()
