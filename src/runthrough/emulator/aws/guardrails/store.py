"""The guardrails of an account, found by id or ARN, and version.

Source: facts amazon-bedrock 2.2 (forms), 2.10. That a guardrail is in every region of its account
is chosen here: a world file has no place for its region. Of the texts, that for an identifier of a
wrong form is a capture in a public pull request (2026); that for one that is not there is from
memory (unverified).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Found:
    """One version of a guardrail."""

    guardrail: Guardrail
    version: str
    arn: str

    @property
    def policy(self) -> WordPolicy:
        """What this version stops."""
        return self.guardrail.versions[self.version]

    @property
    def details(self) -> dict[str, Any]:
        """Which guardrail it was, as every assessment tells."""
        return {
            "appliedGuardrailDetails": {
                "guardrailId": self.guardrail.id,
                "guardrailVersion": self.version,
                "guardrailArn": self.arn,
                "guardrailOrigin": ["REQUEST"],
                "guardrailOwnership": "SELF",
            }
        }


class Guardrails:
    """The guardrails of one account.

    Args:
        guardrails: those of the world.
        account_id: whose they are.
    """

    def __init__(self, guardrails: Iterable[Guardrail], *, account_id: str) -> None:
        self._by_id = {one.id: one for one in guardrails}
        self._account_id = account_id

    def arn(self, identifier: str, region: str) -> str:
        """Return the ARN of what an id or ARN names."""
        if identifier.startswith("arn:"):
            return identifier
        return f"arn:aws:bedrock:{region}:{self._account_id}:guardrail/{identifier}"

    def versions(self, identifier: str, region: str) -> tuple[Found, ...]:
        """Return all versions of a guardrail, DRAFT first; () where there is none."""
        arn = self.arn(identifier, region)
        own, _, guardrail_id = arn.rpartition("/")
        guardrail = self._by_id.get(guardrail_id)
        if guardrail is None or f"{own}/" != self.arn("", region):
            return ()
        numbers = sorted((v for v in guardrail.versions if v != DRAFT), key=int)
        return tuple(Found(guardrail, version, arn) for version in (DRAFT, *numbers))

    def drafts(self, region: str) -> tuple[Found, ...]:
        """Return the DRAFT of every guardrail."""
        return tuple(Found(one, DRAFT, self.arn(one.id, region)) for one in self._by_id.values())

    def find(self, identifier: str, version: str, region: str) -> Found | None:
        """Return a version of a guardrail, None where there is none."""
        found = self.versions(identifier, region)
        return next((one for one in found if one.version == version), None)


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
