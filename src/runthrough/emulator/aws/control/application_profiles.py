"""The inference profiles that the account has made itself, to count its calls apart.

Source: facts amazon-bedrock 2.3 (their ARN), 3.1 (CreateInferenceProfile).
"""

from __future__ import annotations

import secrets
import string
import threading
from dataclasses import dataclass
from datetime import datetime

from runthrough.emulator.aws.catalogue import Model, Route

_SIGNS = string.ascii_lowercase + string.digits
_ID_LENGTH = 12


@dataclass(frozen=True)
class ApplicationProfile:
    """One application inference profile.

    Attributes:
        model_arns: where its calls go: those of the model or profile it was copied from.
    """

    id: str
    arn: str
    region: str
    name: str
    description: str
    model: Model
    route: Route
    model_arns: tuple[str, ...]
    created: datetime


class ApplicationProfiles:
    """All application inference profiles of an account, by region; thread-safe."""

    def __init__(self, *, account_id: str) -> None:
        self._account_id = account_id
        self._profiles: dict[str, ApplicationProfile] = {}
        self._tokens: dict[tuple[str, str], ApplicationProfile] = {}
        self._lock = threading.Lock()

    def create(
        self,
        *,
        region: str,
        name: str,
        description: str,
        model: Model,
        route: Route,
        model_arns: tuple[str, ...],
        now: datetime,
        token: str | None = None,
    ) -> ApplicationProfile | None:
        """Make a profile; None where the region has one of this name.

        A second request with the token of an earlier one gets the profile of that one.
        """
        with self._lock:
            again = self._tokens.get((region, token or ""))
            if again is not None and again.arn in self._profiles:
                return again
            if any((p.region, p.name) == (region, name) for p in self._profiles.values()):
                return None
            own = "".join(secrets.choice(_SIGNS) for _ in range(_ID_LENGTH))
            arn = f"arn:aws:bedrock:{region}:{self._account_id}:application-inference-profile/{own}"
            profile = ApplicationProfile(
                own, arn, region, name, description, model, route, model_arns, now
            )
            self._profiles[arn] = profile
            if token:
                self._tokens[(region, token)] = profile
            return profile

    def get(self, arn: str, region: str) -> ApplicationProfile | None:
        """Return the profile of this ARN if it is of this region."""
        profile = self._profiles.get(arn)
        return profile if profile is not None and profile.region == region else None

    def by_id(self, own: str, region: str) -> ApplicationProfile | None:
        """Return the profile of this id in this region."""
        return next((p for p in self.list(region) if p.id == own), None)

    def list(self, region: str) -> tuple[ApplicationProfile, ...]:
        """Return the profiles of a region, oldest first."""
        with self._lock:
            return tuple(p for p in self._profiles.values() if p.region == region)

    def delete(self, profile: ApplicationProfile) -> None:
        """Forget a profile."""
        with self._lock:
            self._profiles.pop(profile.arn, None)
