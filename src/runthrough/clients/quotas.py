"""Service Quotas: how much of a model an account may use.

Source: facts amazon-bedrock 5.2. Quotas are found by their names, never by their codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from runthrough.clients.aws import client_config, make_session, translated
from runthrough.settings import Settings

_SERVICE = "bedrock"
_PAGE = 100
_PLAIN, _GEOGRAPHIC, _GLOBAL = "on-demand", "cross-region", "global cross-region"


@dataclass(frozen=True)
class Quota:
    """One quota, and what this account has of it."""

    code: str
    name: str
    value: float


class Quotas:
    """Bedrock's quotas, through boto3."""

    def __init__(self, client: Any, *, settings: Settings) -> None:
        self._client = client
        self._settings = settings

    @classmethod
    def from_settings(cls, settings: Settings) -> Quotas:
        """Make a client. Raises SettingsError where the settings do not suffice."""
        client = make_session(settings).client(
            "service-quotas",
            endpoint_url=settings.AWS_ENDPOINT_URL_SERVICE_QUOTAS,
            config=client_config(),
        )
        return cls(client, settings=settings)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def of_model(self, name: str, model_id: str) -> list[Quota]:
        """Return the quotas that calls to a model fall under.

        Args:
            name: what AWS calls the model, such as `Claude Sonnet 4.6`.
            model_id: the id it is called by: its prefix tells which quotas count.

        Raises:
            ServiceError: the service refused or did not answer.
        """
        route = route_of(model_id)
        return [quota for quota in self._all() if concerns(quota.name, name, route)]

    def defaults(self) -> dict[str, float]:
        """Return AWS's own values by code. Raises ServiceError."""
        return {quota.code: quota.value for quota in self._pages("list_aws_default_service_quotas")}

    def _all(self) -> list[Quota]:
        return list(self._pages("list_service_quotas"))

    def _pages(self, operation: str) -> Iterator[Quota]:
        pages = self._client.get_paginator(operation).paginate(
            ServiceCode=_SERVICE, PaginationConfig={"PageSize": _PAGE}
        )
        with translated(self._settings):
            for page in pages:
                for quota in page["Quotas"]:
                    yield Quota(quota["QuotaCode"], quota["QuotaName"], quota["Value"])


def route_of(model_id: str) -> str:
    """Return how quotas call the way to a model: on-demand, cross-region, global cross-region."""
    prefix = model_id.rpartition("/")[2].partition(".")[0]
    if prefix == "global":
        return _GLOBAL
    return _GEOGRAPHIC if prefix in {"us", "us-gov", "eu", "apac", "au", "jp", "ca"} else _PLAIN


def concerns(quota: str, model: str, route: str) -> bool:
    """Whether a quota of this name bounds calls to this model by this route.

    Matched loosely, because AWS words the names in more than one way.
    """
    lowered = quota.lower()
    named = re.search(rf"{re.escape(model.lower())}(?![\d.])", lowered)
    if named is None or not ("per minute" in lowered or "per day" in lowered):
        return False
    if lowered.startswith("model invocation max tokens per day"):
        return route != _GLOBAL
    return lowered.startswith(route)
