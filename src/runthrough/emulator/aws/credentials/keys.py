"""The AWS keys that exist: those of the world, and those that STS has handed out since.

Source: facts amazon-bedrock 6.1, 6.2.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pydantic import SecretStr

from runthrough.emulator.world import AwsKey

_ID_SIGNS = string.ascii_uppercase + "234567"
_SECRET_SIGNS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class Key:
    """One pair of keys.

    Attributes:
        token: the session token that has to come along; None for long-term keys.
        expires: the first moment at which the pair no longer works; None = for ever.
    """

    id: str
    secret: SecretStr
    arn: str
    token: SecretStr | None = None
    expires: datetime | None = None

    @property
    def temporary(self) -> bool:
        """Whether the pair comes with a session token."""
        return self.token is not None


class KeyRing:
    """All key pairs of one account."""

    def __init__(self, keys: Iterable[AwsKey], *, started: datetime) -> None:
        self._keys = {
            key.access_key_id: Key(
                id=key.access_key_id,
                secret=key.secret_access_key,
                arn=key.arn,
                token=key.session_token,
                expires=None if key.lifetime is None else started + key.lifetime,
            )
            for key in keys
        }

    def get(self, key_id: str) -> Key | None:
        """Return the pair of that id, or None."""
        return self._keys.get(key_id)

    def mint(self, *, arn: str, expires: datetime) -> Key:
        """Make a temporary pair, as STS does, and keep it."""
        key = Key(
            id="ASIA" + _draw(_ID_SIGNS, 16),
            secret=SecretStr(_draw(_SECRET_SIGNS, 40)),
            arn=arn,
            token=SecretStr(_draw(_SECRET_SIGNS, 300)),
            expires=expires,
        )
        self._keys[key.id] = key
        return key


def _draw(signs: str, count: int) -> str:
    return "".join(secrets.choice(signs) for _ in range(count))
