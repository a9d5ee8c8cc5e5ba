"""Bedrock API keys: what stands behind `Authorization: Bearer …` (facts amazon-bedrock 1.4).

A short-term key is a presigned request of whoever made it, written in base64: what it says is
verified as any signature is, and it ends when it says or with its session, whichever is first. A
long-term key is an entry of the world. Every bad key gets one and the same answer, which says
nothing of why.

The form of short-term keys is that of the published generator (`aws-bedrock-token-generator`).
Chosen here: a long-term key belongs to the account's first region.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from runthrough.emulator.aws.credentials.canonical import SignedRequest
from runthrough.emulator.aws.credentials.keys import Key, KeyRing
from runthrough.emulator.aws.credentials.signing import Signer, verify
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import BedrockKey, Clock, utc_now

SCHEME = "Bearer"
_PREFIX = "bedrock-api-key-"
_PRESIGNED = "bedrock.amazonaws.com/?"
_VERSION = "&Version=1"
_NOTHING = hashlib.sha256(b"").hexdigest()


class BadApiKey(Exception):
    """A Bedrock API key that opens nothing here, for whatever reason."""


@dataclass(frozen=True)
class ApiKeys:
    """The Bedrock API keys of one account.

    Attributes:
        ring: the pairs that short-term keys are made with.
        clock: the world's; a key ends by it.
    """

    ring: KeyRing
    kept: tuple[Key, ...]
    region: str
    clock: Clock

    @classmethod
    def of(
        cls,
        keys: Iterable[BedrockKey],
        *,
        ring: KeyRing,
        region: str,
        started: datetime,
        clock: Clock,
    ) -> ApiKeys:
        """Return those of a world; their lifetimes count from the start."""
        kept = tuple(
            Key(
                id=key.id,
                secret=key.secret,
                arn=key.arn,
                expires=None if key.lifetime is None else started + key.lifetime,
            )
            for key in keys
        )
        return cls(ring, kept, region, clock)

    def verify(self, token: str, *, is_region: Callable[[str], bool]) -> Signer:
        """Return whose key this is, and for which region.

        Raises:
            BadApiKey: it is unknown, at its end, forged, or of another region.
        """
        if token.startswith(_PREFIX):
            return self._verify_short(token.removeprefix(_PREFIX), is_region)
        given = token.encode("utf-8", "surrogateescape")
        for key in self.kept:
            if hmac.compare_digest(key.secret.get_secret_value().encode(), given):
                break
        else:
            raise BadApiKey
        ended = key.expires is not None and self.clock() >= key.expires
        if ended or not is_region(self.region):
            raise BadApiKey
        return Signer(key, self.region)

    def _verify_short(self, text: str, is_region: Callable[[str], bool]) -> Signer:
        try:
            address = base64.b64decode(text, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            raise BadApiKey from None
        if not address.startswith(_PRESIGNED):
            raise BadApiKey
        query = address.removeprefix(_PRESIGNED).removesuffix(_VERSION)
        if "Action=CallWithBearerToken" not in query.split("&"):
            raise BadApiKey
        host = (("host", _PRESIGNED.rstrip("/?")),)
        request = SignedRequest("POST", "/", query, host, b"", _NOTHING)
        try:
            return verify(
                request,
                keys=self.ring,
                service="bedrock",
                is_region=is_region,
                clock=self.clock,
                # Signed by the caller's clock, ended by the world's, which tests set ahead.
                wall_clock=lambda: max(utc_now(), self.clock()),
            )
        except Refused as e:
            raise BadApiKey from e
