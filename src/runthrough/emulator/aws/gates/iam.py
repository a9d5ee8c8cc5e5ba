"""What the account's users and roles may do: identity-based policies, in a simple form.

Source: facts amazon-bedrock 2.11 (texts), 6.3 (actions and resources). As in IAM, an explicit deny
wins over every allow, and what no statement allows is refused; names of actions are compared
without their case. Conditions, permission boundaries and session policies are not emulated, and a
world file has no place for them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from runthrough.emulator.aws.credentials.keys import Key
from runthrough.emulator.aws.gates.patterns import wildcard
from runthrough.emulator.aws.replies import Refused
from runthrough.emulator.world import IamStatement

BY_ORGANIZATION = "with an explicit deny in a service control policy"
"""Why something is refused that a policy of the account's organization denies."""

_REMEMBERED = 4096
"""Judgements kept: a class asks for the same few things again and again."""


@dataclass(frozen=True)
class _Statement:
    denies: bool
    principals: re.Pattern[str]
    actions: re.Pattern[str]
    resources: re.Pattern[str]

    def fits(self, key_id: str, arn: str, action: str, resource: str) -> bool:
        return (
            bool(self.actions.fullmatch(action))
            and bool(self.resources.fullmatch(resource))
            and bool(self.principals.fullmatch(arn) or self.principals.fullmatch(key_id))
        )


class Permissions:
    """The identity-based policies of one account.

    Args:
        statements: what they say; None = everybody may do everything.
    """

    def __init__(self, statements: Iterable[IamStatement] | None) -> None:
        self._statements = (
            None if statements is None else tuple(_compile(statement) for statement in statements)
        )
        self._judge = lru_cache(_REMEMBERED)(self._refusal_of)

    @property
    def unlimited(self) -> bool:
        """Whether everybody may do everything."""
        return self._statements is None

    def check(self, key: Key, action: str, resources: Iterable[str]) -> None:
        """Let a caller do something to all of these resources.

        Args:
            key: the keys the call is signed with.
            action: with its service, such as `bedrock:InvokeModel`.
            resources: ARNs, or `*` where the action has none.

        Raises:
            Refused: 403 AccessDeniedException, naming the first resource that is refused.
        """
        if self._statements is None:
            return
        for resource in resources:
            reason = self._judge(key.id, key.arn, action, resource)
            if reason:
                raise denied(key.arn, action, resource, reason)

    def allows(self, key: Key, action: str) -> bool:
        """Whether a caller may do something that has no resource."""
        return self._statements is None or not self._judge(key.id, key.arn, action, "*")

    def _refusal_of(self, key_id: str, arn: str, action: str, resource: str) -> str:
        """Return why it is refused, "" where it is allowed."""
        effects = {
            statement.denies
            for statement in self._statements or ()
            if statement.fits(key_id, arn, action, resource)
        }
        if True in effects:
            return "with an explicit deny in an identity-based policy"
        return "" if effects else f"because no identity-based policy allows the {action} action"


def denied(arn: str, action: str, resource: str, reason: str) -> Refused:
    """Return IAM's refusal: who may not do what to what, and why."""
    return Refused(
        403,
        "AccessDeniedException",
        f"User: {arn} is not authorized to perform: {action} on resource: {resource} {reason}",
    )


def _compile(statement: IamStatement) -> _Statement:
    return _Statement(
        denies=statement.effect == "Deny",
        principals=wildcard(statement.principals),
        actions=wildcard(statement.actions, flags=re.IGNORECASE),
        resources=wildcard(statement.resources),
    )
