"""The emulator's own door, through which a scenario has something go wrong.

Only scenarios that are for the emulator may knock (`@emulator_only`): no live service has such a
door.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from runthrough.clients.http import Http
from runthrough.settings import Settings

_FAULTS, _ACCOUNT = "/_emulator/faults", "/_emulator/aws-account"


class EmulatorDoor:
    """The door of the emulator that the settings point at."""

    def __init__(self, http: Http) -> None:
        self._http = http
        self._faults: list[str] = []
        self._account_changed = False

    @classmethod
    def from_settings(cls, settings: Settings) -> EmulatorDoor:
        """Make a client. Raises SettingsError where the settings name no emulator."""
        base_url = settings.text("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
        return cls(Http(base_url=base_url, key="none", secret="needed"))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def fill(
        self,
        collection: str,
        documents: Sequence[Mapping[str, Any]],
        *,
        endpoint: str,
        indexes: Sequence[str],
    ) -> None:
        """Put documents in place of those of a MongoDB collection that Flink searches.

        Args:
            collection: such as `race.comments`.
            documents: all that it holds from now on.
            endpoint: that of Flink's connection.
            indexes: names of its vector indexes.

        Raises:
            ServiceError: the emulator refused them, or nobody is there.
        """
        body = {
            "connector": "mongodb",
            "endpoint": endpoint,
            "collection": collection,
            "indexes": list(indexes),
            "documents": [dict(document) for document in documents],
        }
        self._http.put("/_emulator/documents", body)

    def add_fault(self, rule: Mapping[str, Any]) -> None:
        """Have requests spoiled, by a rule as in a file of faults.

        Raises:
            ServiceError: the emulator cannot make sense of the rule, or nobody is there.
        """
        self._faults += self._http.post(_FAULTS, dict(rule))["ids"]

    def change_account(self, members: Mapping[str, Any]) -> None:
        """Go on with other members of a world's `aws`, the rest as the world has it.

        Raises:
            ServiceError: they make no account, or nobody is there.
        """
        self._http.post(_ACCOUNT, dict(members))
        self._account_changed = True

    def put_right(self) -> None:
        """Take back what this door was used for. Raises ServiceError where nobody is there."""
        while self._faults:
            self._http.delete(f"{_FAULTS}/{self._faults.pop()}")
        if self._account_changed:
            self._http.delete(_ACCOUNT)
            self._account_changed = False
