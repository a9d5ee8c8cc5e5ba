"""The request log: who asked what, and how it went; secrets never get in.

Neither queries nor bodies are kept, of headers the id of the key alone, and only where it has the
form of one: a secret that was sent in its place stays out.
"""

from __future__ import annotations

import base64
import binascii
import re
import threading
from collections import deque
from dataclasses import dataclass
from datetime import UTC, datetime

from runthrough.emulator.faults.places import Place, locate_confluent

KEPT = 10_000
"""Requests that are kept; older ones are forgotten."""

_KEY_ID = re.compile(r"[A-Z0-9]{12,128}", re.ASCII)
_CREDENTIAL = re.compile(r"Credential=([A-Z0-9]{12,128})/", re.ASCII)
OTHER_KEY = "(not of a key's form)"
BEARER = "(bearer token)"


@dataclass(frozen=True)
class Entry:
    """One request.

    Attributes:
        number: counts from 1; a gap before the first one means that older ones were forgotten.
        at: when it came, RFC 3339.
        path: as it was sent, without its query.
        route: the template it matched; "" = none.
        status: 0 where nothing was answered.
        key: the id of the key, or what stood in its place; "" = none was sent.
        fault: the id of the rule that struck; "" = none.
    """

    number: int
    at: str
    method: str
    path: str
    family: str
    route: str
    status: int
    duration_ms: float
    key: str
    fault: str


@dataclass(frozen=True, slots=True)
class _Kept:
    number: int
    at: datetime
    method: str
    path: str
    place: Place | None
    status: int
    seconds: float
    key: str
    fault: str


class RequestLog:
    """The last requests, oldest first; thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: deque[_Kept] = deque(maxlen=KEPT)
        self._count = 0

    def add(
        self,
        *,
        at: datetime,
        method: str,
        path: str,
        place: Place | None,
        status: int,
        seconds: float,
        authorization: str,
        fault: str,
    ) -> None:
        """Keep one request.

        `place` is where it went; None = a Confluent route, found by its path when somebody reads,
        because most requests are never read about.
        """
        key = key_id(authorization)
        with self._lock:
            self._count += 1
            self._kept.append(
                _Kept(self._count, at, method, path, place, status, seconds, key, fault)
            )

    def clear(self) -> None:
        """Forget all requests and count from 1 again."""
        with self._lock:
            self._kept.clear()
            self._count = 0

    def entries(self, *, after: int = 0, limit: int = KEPT) -> list[Entry]:
        """Return requests, oldest first: those numbered above `after`, so many at most."""
        with self._lock:
            kept = [one for one in self._kept if one.number > after][:limit]
        return [_entry(one) for one in kept]


def _entry(one: _Kept) -> Entry:
    place = one.place or locate_confluent(one.method, one.path)
    return Entry(
        number=one.number,
        at=one.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        method=one.method,
        path=one.path,
        family=place.family,
        route=place.route,
        status=one.status,
        duration_ms=round(one.seconds * 1000, 3),
        key=one.key,
        fault=one.fault,
    )


def key_id(authorization: str) -> str:
    """Return the id of the key in an `Authorization` header, never anything secret."""
    scheme, _, rest = authorization.partition(" ")
    match scheme.lower():
        case "":
            return ""
        case "basic":
            return _basic_name(rest)
        case "bearer":
            return BEARER
        case "aws4-hmac-sha256":
            found = _CREDENTIAL.search(rest)
            return found[1] if found else OTHER_KEY
    return OTHER_KEY


def _basic_name(credentials: str) -> str:
    try:
        name = base64.b64decode(credentials, validate=True).partition(b":")[0].decode("ascii")
    except (binascii.Error, ValueError):
        return OTHER_KEY
    return name if _KEY_ID.fullmatch(name) else OTHER_KEY
