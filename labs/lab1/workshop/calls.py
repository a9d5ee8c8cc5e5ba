"""Calls of Confluent Cloud's API, as Terraform makes them."""

import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

Json = dict[str, Any]


class Client:
    """One service and one key. A refusal ends the program with its text."""

    def __init__(self, http: httpx.Client) -> None:
        self._http = http

    def get(self, path: str, **query: str) -> Json:
        """Read."""
        return self._call("GET", path, params=query)

    def post(self, path: str, body: Json) -> Json:
        """Create."""
        return self._call("POST", path, json=body)

    def delete(self, path: str, **query: str) -> None:
        """Delete."""
        self._call("DELETE", path, params=query)

    def status(self, path: str, **query: str) -> int:
        """Return only how a read is answered."""
        return self._http.get(path, params=query).status_code

    def wait(self, path: str, **query: str) -> Json:
        """Read until it is PROVISIONED, 10 minutes at most."""
        for pause in [0.1] * 10 + [5.0] * 120:
            found = self.get(path, **query)
            if found["status"]["phase"] == "PROVISIONED":
                return found
            time.sleep(pause)
        sys.exit(f"{path} is still {found['status']['phase']}")

    def _call(self, method: str, path: str, **more: Any) -> Json:
        answer = self._http.request(method, path, **more)
        if answer.is_error:
            told = f"{answer.status_code} {answer.text}"
            sys.exit(f"{method} {path} was refused: {told}")
        return answer.json() if answer.content else {}


@contextmanager
def service(url: str, key: str, secret: str) -> Iterator[Client]:
    """Open a client of one service."""
    with httpx.Client(base_url=url, auth=(key, secret), timeout=60) as http:
        yield Client(http)


def control_plane(environ: Mapping[str, str]) -> Any:
    """Open a client of the control plane with the Cloud API key."""
    return service(
        environ["CONFLUENT_CLOUD_REST_ENDPOINT"],
        environ["CONFLUENT_CLOUD_API_KEY"],
        environ["CONFLUENT_CLOUD_API_SECRET"],
    )


def flink(environ: Mapping[str, str]) -> Any:
    """Open a client of Flink's gateway with the Flink API key."""
    return service(
        environ["FLINK_REST_ENDPOINT"],
        environ["FLINK_API_KEY"],
        environ["FLINK_API_SECRET"],
    )
