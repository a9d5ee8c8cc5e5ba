"""The emulator's own door, through which a scenario has the next answer spoiled.

Only scenarios that are for the emulator may knock (`@emulator_only`): no live service has such a
door.
"""

from __future__ import annotations

from runthrough.clients.http import Http
from runthrough.settings import Settings

CONVERSE_STREAM = "/model/{modelId}/converse-stream"


class Faults:
    """Faults of the emulator that the settings point at."""

    def __init__(self, http: Http) -> None:
        self._http = http

    @classmethod
    def from_settings(cls, settings: Settings) -> Faults:
        """Make a client. Raises SettingsError where the settings name no emulator."""
        base_url = settings.text("AWS_ENDPOINT_URL_BEDROCK_RUNTIME")
        return cls(Http(base_url=base_url, key="none", secret="needed"))

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def end_next_stream(self, exception: str, *, after_events: int) -> None:
        """Have the next ConverseStream end with an exception after so many events.

        Raises:
            ServiceError: the emulator does not know the exception, or nobody is there.
        """
        rule = {
            "match": {"route": CONVERSE_STREAM},
            "times": 1,
            "ends_with": {"exception": exception, "after_events": after_events},
        }
        self._http.post("/_emulator/faults", rule)
