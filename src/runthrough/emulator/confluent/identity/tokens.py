"""Bearer tokens: signed JSON Web Tokens, read by ourselves and parsed by the CLI.

Clients need three base64url parts and an `exp` in the future (facts/confluent-cloud-api.md 5.1);
they check no signature. Ours is HS256 with a secret that lives as long as the emulator, so a token
of another run opens nothing. The claims are the registered ones; those of the real service are not
known.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr

from runthrough.emulator.confluent.identity.parts import TokenKind
from runthrough.emulator.world import Clock

_HEADER = {"alg": "HS256", "typ": "JWT"}
_ISSUER = "runthrough-emulator"
_KINDS: tuple[TokenKind, ...] = ("session", "data-plane", "refresh")


@dataclass(frozen=True)
class Claims:
    """What a valid token says."""

    id: str
    subject: str
    kind: TokenKind
    session: str
    expires_at: datetime


class TokenIssuer:
    """Signs tokens and reads them back."""

    def __init__(self, clock: Clock) -> None:
        self._clock, self._secret = clock, secrets.token_bytes(32)

    def issue(
        self, subject: str, kind: TokenKind, *, session: str, lifetime: timedelta
    ) -> tuple[SecretStr, datetime]:
        """Return a token and when it expires.

        Args:
            subject: the principal's id.
            kind: what the token opens.
            session: the login it belongs to; ending the login ends the token.
            lifetime: how long it is good.
        """
        now = self._clock()
        expires = (now + lifetime).replace(microsecond=0)
        claims = {
            "iss": _ISSUER,
            "sub": subject,
            "aud": kind,
            "sid": session,
            "jti": str(uuid.uuid4()),
            "iat": int(now.timestamp()),
            "exp": int(expires.timestamp()),
        }
        signed = f"{_encode(_HEADER)}.{_encode(claims)}"
        return SecretStr(f"{signed}.{self._sign(signed)}"), expires

    def read(self, token: str) -> Claims | None:
        """Return what a token says; None for one that is not ours, malformed or expired."""
        signed, _, signature = token.rpartition(".")
        if not hmac.compare_digest(signature.encode(), self._sign(signed).encode()):
            return None
        claims = _decode(signed.partition(".")[2])
        kind = next((kind for kind in _KINDS if kind == claims.get("aud")), None)
        if kind is None:
            return None
        expires = datetime.fromtimestamp(int(str(claims["exp"])), UTC)
        if expires <= self._clock():
            return None
        return Claims(str(claims["jti"]), str(claims["sub"]), kind, str(claims["sid"]), expires)

    def _sign(self, signed: str) -> str:
        return _text(hmac.new(self._secret, signed.encode(), hashlib.sha256).digest())


def _encode(part: Mapping[str, object]) -> str:
    return _text(json.dumps(part, separators=(",", ":")).encode())


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _decode(part: str) -> dict[str, object]:
    """Return the claims of a part whose signature is ours, so it is what we wrote."""
    claims = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return dict(claims)
