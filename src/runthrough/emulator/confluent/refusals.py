"""The refusals that several families of the control plane share.

Source: facts/confluent-cloud-api.md 1.6. The details are ours unless a docstring says otherwise.
"""

from __future__ import annotations

from runthrough.emulator.confluent.http import LIVE_HAS_IT, Refusal


def forbidden() -> Refusal:
    """Return what the cloud says to a role that is missing and to most unknown ids."""
    return Refusal(
        403,
        "You do not have access to this resource, or it does not exist.",
        code="forbidden_access",
        title="Forbidden Access",
    )


def not_found(detail: str) -> Refusal:
    """Return a 404 of the control plane."""
    return Refusal(404, detail, code="resource_not_found", title="Resource Not Found")


def in_use(detail: str) -> Refusal:
    """Return a 409 for a deletion that something stands against."""
    return Refusal(409, detail, code="resource_in_use", title="Conflict")


def over_quota(quota: str, what: str, limit: int) -> Refusal:
    """Return a 402 that names the quota by its id (facts 6).

    The CLI makes a hint of a detail that says `is currently limited to`.
    """
    return Refusal(
        402,
        f"The number of {what} is currently limited to {limit} ({quota}).",
        code="quota_exceeded",
        title="Quota Exceeded",
    )


def not_emulated(what: str, pointer: str | None = None) -> Refusal:
    """Return a 501 for what only the live target has."""
    return Refusal(501, f"{what} {LIVE_HAS_IT}", code="not_implemented", pointer=pointer)
