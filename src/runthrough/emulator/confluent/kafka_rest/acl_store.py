"""The access control lists of one cluster: kept, listed and deleted, not enforced."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from dataclasses import dataclass

ANY = "ANY"
WILDCARD = "*"


@dataclass(frozen=True, order=True)
class Acl:
    """One rule: who may or may not do what with which resource."""

    resource_type: str
    resource_name: str
    pattern_type: str
    principal: str
    host: str
    operation: str
    permission: str


@dataclass(frozen=True)
class AclFilter:
    """Which rules are meant; None and ANY fit everything.

    `pattern_type` MATCH fits every rule that holds for a resource of that name: one of the same
    name, of the name `*`, or of the beginning of the name.
    """

    resource_type: str | None = None
    resource_name: str | None = None
    pattern_type: str | None = None
    principal: str | None = None
    host: str | None = None
    operation: str | None = None
    permission: str | None = None

    def fits(self, acl: Acl) -> bool:
        """Return whether a rule is meant."""
        return self._fits_resource(acl) and all(
            wanted in (None, ANY, has)
            for wanted, has in (
                (self.resource_type, acl.resource_type),
                (self.operation, acl.operation),
                (self.permission, acl.permission),
            )
        )

    def _fits_resource(self, acl: Acl) -> bool:
        if self.principal not in (None, acl.principal) or self.host not in (None, acl.host):
            return False
        if self.pattern_type not in (None, ANY, "MATCH", acl.pattern_type):
            return False
        if self.resource_name is None:
            return True
        if self.pattern_type != "MATCH":
            return self.resource_name == acl.resource_name
        if acl.pattern_type == "PREFIXED":
            return self.resource_name.startswith(acl.resource_name)
        return acl.resource_name in (self.resource_name, WILDCARD)


class AclStore:
    """The rules of one cluster; thread-safe."""

    def __init__(self) -> None:
        self._acls: set[Acl] = set()
        self._lock = threading.Lock()

    def add(self, acls: Iterable[Acl]) -> None:
        """Add rules; one that is there already stays."""
        with self._lock:
            self._acls.update(acls)

    def find(self, wanted: AclFilter) -> list[Acl]:
        """Return the rules that fit, sorted."""
        with self._lock:
            return sorted(acl for acl in self._acls if wanted.fits(acl))

    def delete(self, wanted: AclFilter) -> list[Acl]:
        """Delete the rules that fit and return them, sorted."""
        with self._lock:
            gone = sorted(acl for acl in self._acls if wanted.fits(acl))
            self._acls.difference_update(gone)
            return gone
