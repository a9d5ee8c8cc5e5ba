"""CRNs: the names of everything a role can be bound to, and which names a pattern covers.

Source: facts/confluent-cloud-api.md 1.7. How a pattern covers what lies below it is ours: a name
covers all names that go on after it, and a `*` at the end of a part stands for any rest of the
part.
"""

from __future__ import annotations

from urllib.parse import quote

AUTHORITY = "crn://confluent.cloud"


def organization_crn(organization: str) -> str:
    """Return the CRN of an organization."""
    return f"{AUTHORITY}/organization={organization}"


def below(crn: str, *parts: tuple[str, str]) -> str:
    """Return the CRN of something inside something else: (`environment`, `env-…`) say."""
    return "/".join([crn, *(f"{kind}={quote(name, safe=_PLAIN)}" for kind, name in parts)])


_PLAIN = "*:,;@!$&'()+ "
"""Characters a name keeps; a slash inside a name must not look like the next part."""


def normal(crn: str, organization: str) -> str:
    """Return a CRN with its organization: a service account's own has none (facts 1.7)."""
    prefix = f"{AUTHORITY}/service-account="
    if crn.startswith(prefix):
        return f"{organization_crn(organization)}/service-account={crn.removeprefix(prefix)}"
    return crn


def covers(pattern: str, crn: str) -> bool:
    """Return whether a pattern covers a name: itself or anything above it."""
    wanted, parts = pattern.split("/"), crn.split("/")
    return len(wanted) <= len(parts) and _agree(wanted, parts)


def touches(pattern: str, crn: str) -> bool:
    """Return whether a pattern covers a name or something inside it."""
    wanted, parts = pattern.split("/"), crn.split("/")
    return _agree(wanted, parts)


def _agree(wanted: list[str], parts: list[str]) -> bool:
    return all(
        part == want or (want.endswith("*") and part.startswith(want[:-1]))
        for want, part in zip(wanted, parts, strict=False)
    )
