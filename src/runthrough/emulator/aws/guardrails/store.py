"""The guardrails of an account, found by id or ARN, and version.

Source: facts amazon-bedrock 2.2 (forms), 2.10. A guardrail of the world is in every region of its
account, because a world file has no place for its region; one that is made later is in the region
it is made in. Of the texts, that for an identifier of a wrong form is a capture in a public pull
request (2026); that for one that is not there is from memory (unverified).
"""

from __future__ import annotations

import re
import secrets
import string
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from runthrough.emulator.aws.fields import broken_rule
from runthrough.emulator.aws.replies import Refused, invalid
from runthrough.emulator.world import Guardrail, WordPolicy

DRAFT = "DRAFT"
IDENTIFIER = re.compile(
    r"([a-z0-9]+)|(arn:aws(-[^:]+)?:bedrock:[a-z0-9-]{1,20}:[0-9]{12}:guardrail/[a-z0-9]+)"
)
VERSION = re.compile(r"([1-9][0-9]{0,7})|(DRAFT)")
_MAX_IDENTIFIER = 2048


_ID_LENGTH = 12


@dataclass(frozen=True)
class Version:
    """What one version of a guardrail is."""

    name: str
    description: str
    policy: WordPolicy
    created: datetime
    updated: datetime


@dataclass(frozen=True)
class _Kept:
    """A guardrail.

    Attributes:
        region: where it is; "" = everywhere.
        last: the last number a version has been given.
    """

    id: str
    region: str
    versions: Mapping[str, Version] = field(repr=False)
    last: int = 0

    @property
    def draft(self) -> Version:
        return self.versions[DRAFT]


@dataclass(frozen=True)
class Found:
    """One version of a guardrail."""

    id: str
    version: str
    arn: str
    content: Version

    @property
    def policy(self) -> WordPolicy:
        """What this version stops."""
        return self.content.policy

    @property
    def details(self) -> dict[str, Any]:
        """Which guardrail it was, as every assessment tells."""
        return {
            "appliedGuardrailDetails": {
                "guardrailId": self.id,
                "guardrailVersion": self.version,
                "guardrailArn": self.arn,
                "guardrailOrigin": ["REQUEST"],
                "guardrailOwnership": "SELF",
            }
        }


class Guardrails:
    """The guardrails of one account; thread-safe.

    Args:
        guardrails: those of the world.
        account_id: whose they are.
        started: how old they are.
    """

    def __init__(
        self, guardrails: Iterable[Guardrail], *, account_id: str, started: datetime
    ) -> None:
        self._lock = threading.Lock()
        self._account_id = account_id
        self._by_id = {one.id: _of_world(one, started) for one in guardrails}
        self._by_token: dict[tuple[str, str], str] = {}

    def arn(self, identifier: str, region: str) -> str:
        """Return the ARN of what an id or ARN names."""
        if identifier.startswith("arn:"):
            return identifier
        return f"arn:aws:bedrock:{region}:{self._account_id}:guardrail/{identifier}"

    def versions(self, identifier: str, region: str) -> tuple[Found, ...]:
        """Return all versions of a guardrail, DRAFT first; () where there is none."""
        with self._lock:
            kept = self._find(identifier, region)
        if kept is None:
            return ()
        arn = self.arn(kept.id, region)
        numbers = sorted((v for v in kept.versions if v != DRAFT), key=int)
        return tuple(Found(kept.id, v, arn, kept.versions[v]) for v in (DRAFT, *numbers))

    def drafts(self, region: str) -> tuple[Found, ...]:
        """Return the DRAFT of every guardrail."""
        with self._lock:
            kept = [one for one in self._by_id.values() if one.region in ("", region)]
        return tuple(Found(one.id, DRAFT, self.arn(one.id, region), one.draft) for one in kept)

    def find(self, identifier: str, version: str, region: str) -> Found | None:
        """Return a version of a guardrail, None where there is none."""
        found = self.versions(identifier, region)
        return next((one for one in found if one.version == version), None)

    def create(self, draft: Version, *, region: str, token: str | None) -> Found | None:
        """Make a guardrail; None where the region has one of this name.

        A second request with the token of an earlier one gets the guardrail of that one.
        """
        with self._lock:
            again = self._by_id.get(self._by_token.get((region, token or ""), ""))
            if again is not None:
                return Found(again.id, DRAFT, self.arn(again.id, region), again.draft)
            if self._has_name(draft.name, region):
                return None
            signs = string.ascii_lowercase + string.digits
            own = "".join(secrets.choice(signs) for _ in range(_ID_LENGTH))
            self._by_id[own] = _Kept(own, region, {DRAFT: draft})
            if token:
                self._by_token[(region, token)] = own
            return Found(own, DRAFT, self.arn(own, region), draft)

    def update(self, found: Found, draft: Version, *, region: str) -> bool:
        """Put another DRAFT in the place of the old; False where another has its name."""
        with self._lock:
            kept = self._by_id.get(found.id)
            if kept is None or self._has_name(draft.name, region, besides=found.id):
                return False
            new = replace(draft, created=kept.draft.created)
            self._by_id[found.id] = replace(kept, versions={**kept.versions, DRAFT: new})
            return True

    def number(self, found: Found, *, description: str, now: datetime) -> str | None:
        """Keep the DRAFT as the next number, and return that; None where it is gone by now."""
        with self._lock:
            kept = self._by_id.get(found.id)
            if kept is None:
                return None
            number = kept.last + 1
            version = replace(kept.draft, description=description, created=now, updated=now)
            versions = {**kept.versions, str(number): version}
            self._by_id[found.id] = replace(kept, versions=versions, last=number)
            return str(number)

    def delete(self, found: Found) -> None:
        """Forget a version; with DRAFT, the whole guardrail."""
        with self._lock:
            kept = self._by_id.get(found.id)
            if kept is None or found.version == DRAFT:
                self._by_id.pop(found.id, None)
                return
            rest = {name: one for name, one in kept.versions.items() if name != found.version}
            self._by_id[found.id] = replace(kept, versions=rest)

    def _find(self, identifier: str, region: str) -> _Kept | None:
        own, _, guardrail_id = self.arn(identifier, region).rpartition("/")
        kept = self._by_id.get(guardrail_id)
        if kept is None or f"{own}/" != self.arn("", region) or kept.region not in ("", region):
            return None
        return kept

    def _has_name(self, name: str, region: str, *, besides: str = "") -> bool:
        return any(
            one.draft.name == name and one.region in ("", region) and one.id != besides
            for one in self._by_id.values()
        )


def _of_world(guardrail: Guardrail, started: datetime) -> _Kept:
    versions = {
        name: Version(guardrail.name, guardrail.description, policy, started, started)
        for name, policy in guardrail.versions.items()
    }
    last = max((int(name) for name in versions if name != DRAFT), default=0)
    return _Kept(guardrail.id, "", versions, last)


def check_form(identifier: str, version: str) -> None:
    """Refuse an identifier or a version of a wrong form. Raises Refused."""
    if len(identifier) > _MAX_IDENTIFIER or not IDENTIFIER.fullmatch(identifier):
        raise invalid("The provided guardrail identifier is invalid.")
    if not VERSION.fullmatch(version):
        rule = f"Member must satisfy regular expression pattern: {VERSION.pattern}"
        raise broken_rule(version, "guardrailVersion", rule)


def not_there(status: int = 400) -> Refused:
    """Return the refusal of a guardrail or version that the account does not have."""
    code = "ResourceNotFoundException" if status == 404 else "ValidationException"
    text = "The guardrail identifier or version provided in the request does not exist."
    return Refused(status, code, text)
