"""One door for the plain REST calls of the other clients."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from runthrough.errors import ServiceError

_TIMEOUT_SECONDS = 30.0
_READ_TRIES = 3
_FIRST_PAUSE_SECONDS = 0.1


class Http:
    """A JSON API behind a base URL and a key.

    Every failure is a ServiceError with the status and the service's own words. Reads are tried
    three times where the service is busy (429, 5xx) or the line broke; writes never are.
    """

    def __init__(
        self,
        *,
        base_url: str,
        key: str,
        secret: str,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._client = httpx.Client(
            base_url=base_url,
            auth=(key, secret),
            timeout=_TIMEOUT_SECONDS,
            transport=transport or httpx.HTTPTransport(retries=1),
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> Any:
        """Return the JSON at a path. Raises ServiceError."""
        for attempt in range(1, _READ_TRIES + 1):
            try:
                return self._send("GET", path, params=params)
            except ServiceError as e:
                busy = e.status is None or e.status == 429 or e.status >= 500
                if not busy or e.status == 501 or attempt == _READ_TRIES:
                    raise
                time.sleep(_FIRST_PAUSE_SECONDS * 2**attempt)
        raise AssertionError("unreachable: the last try returns or raises")

    def pages(self, path: str, params: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Yield the objects of a list, page by page, following `metadata.next`."""
        next_path: str | None = path
        query: Mapping[str, str] | None = {"page_size": "100", **(params or {})}
        while next_path:
            body = self.get(next_path, query)
            yield from body.get("data") or ()
            next_path, query = (body.get("metadata") or {}).get("next") or None, None

    def post(self, path: str, body: object) -> Any:
        """Send a JSON body and return the answer's. Raises ServiceError."""
        return self._send("POST", path, json=body)

    def put(self, path: str, body: object) -> Any:
        """Return the JSON of the answer to a PUT. Raises ServiceError."""
        return self._send("PUT", path, json=body)

    def delete(self, path: str, params: Mapping[str, str] | None = None) -> None:
        """Delete what is at a path; what is gone already counts as deleted."""
        try:
            self._send("DELETE", path, params=params)
        except ServiceError as e:
            if e.status != 404:
                raise

    def _send(self, method: str, path: str, **arguments: Any) -> Any:
        try:
            response = self._client.request(method, path, **arguments)
        except httpx.RequestError as e:
            where = f"{method} {e.request.url.copy_with(query=None)}"
            raise ServiceError(f"{where} got no answer: {type(e).__name__}: {e}") from e
        if response.is_error:
            where = f"{method} {response.request.url.copy_with(query=None)}"
            said = _detail(response)
            message = f"{where} answered {response.status_code}: {said}"
            raise ServiceError(message, status=response.status_code, said=said)
        if not response.content:
            return None
        try:
            return response.json()
        except ValueError as e:
            raise ServiceError(f"{method} {path} answered something that is not JSON") from e


def _detail(response: httpx.Response) -> str:
    """Return the service's words: `errors[].detail`, `message`, or the start of the body."""
    try:
        body = response.json()
    except ValueError:
        return response.text.strip()[:200] or response.reason_phrase
    if isinstance(body, dict):
        errors = body.get("errors")
        if isinstance(errors, list):
            return "; ".join(str(e.get("detail") or e.get("title") or e) for e in errors)
        for key in ("message", "Message", "detail"):
            if body.get(key):
                return str(body[key])
    return str(body)[:200]
