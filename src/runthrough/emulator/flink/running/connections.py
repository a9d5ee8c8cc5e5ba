"""Connections: where a model is, and the secrets that open it.

Sources: facts/flink-sql-ai.md 3.1-3.2 (types, secret options, rules), facts/confluent-cloud-api.md
2.11 (names of the secrets over REST). A secret leaves this module as a SecretStr only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from runthrough.emulator.flink.plan import SqlError

MASK = "******"
MAX_SECRET_BYTES = 4000
TYPES = (
    "A2A",
    "ANTHROPIC",
    "AZUREML",
    "AZUREOPENAI",
    "BEDROCK",
    "CONFLUENT_JDBC",
    "COSMOSDB",
    "COUCHBASE",
    "ELASTIC",
    "FIREWORKSAI",
    "GOOGLEAI",
    "MCP_SERVER",
    "MONGODB",
    "OPENAI",
    "PINECONE",
    "REST",
    "S3VECTORS",
    "SAGEMAKER",
    "VERTEXAI",
)
_SECRETS: Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]] = {
    "BEDROCK": (
        {
            "aws-access-key": "AWS_ACCESS_KEY_ID",
            "aws-secret-key": "AWS_SECRET_ACCESS_KEY",
            "aws-session-token": "AWS_SESSION_TOKEN",
        },
        ("aws-access-key", "aws-secret-key"),
    ),
}
"""Emulated type → (option in SQL → name over REST, the options that must be given)."""

_SENSITIVE = (
    "api-key",
    "api_key",
    "aws-access-key",
    "aws-secret-key",
    "aws-session-token",
    "service-key",
    "password",
    "token",
    "client-secret",
)
_ASSIGNMENT = re.compile(rf"('(?:{'|'.join(_SENSITIVE)})'\s*=\s*)'(?:[^']|'')*'?", re.IGNORECASE)


def mask_secrets(sql: str) -> str:
    """Return a statement with the values of known secret options masked.

    Best effort, as in the cloud: a misspelt key is not known (facts 3.2).
    """
    return _ASSIGNMENT.sub(rf"\1'{MASK}'", sql)


@dataclass(frozen=True)
class Connection:
    """One connection; `type` in upper case, `secrets` under their REST names."""

    name: str
    type: str
    endpoint: str
    secrets: Mapping[str, SecretStr] = field(repr=False)
    comment: str | None
    created_at: datetime
    updated_at: datetime


class ConnectionStore:
    """The connections of the environment, by name; thread-safe."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._connections: dict[str, Connection] = {}
        self._lock = threading.Lock()

    def create(
        self,
        name: str,
        type: str,
        endpoint: str,
        secrets: Mapping[str, SecretStr],
        comment: str | None = None,
    ) -> Connection:
        """Add a connection. Raises SqlError if the name is taken."""
        now = self._clock()
        made = Connection(name, type.upper(), endpoint, dict(secrets), comment, now, now)
        with self._lock:
            if name in self._connections:
                raise SqlError(f"Connection '{name}' already exists.")
            self._connections[name] = made
        return made

    def get(self, name: str) -> Connection | None:
        """Return a connection, or None."""
        with self._lock:
            return self._connections.get(name)

    def all(self) -> tuple[Connection, ...]:
        """Return every connection, by name."""
        with self._lock:
            return tuple(self._connections[name] for name in sorted(self._connections))

    def update(self, name: str, secrets: Mapping[str, SecretStr]) -> Connection:
        """Give a connection other credentials. Raises SqlError if there is none."""
        with self._lock:
            if name not in self._connections:
                raise SqlError(f"Connection '{name}' does not exist.")
            changed = replace(
                self._connections[name], secrets=dict(secrets), updated_at=self._clock()
            )
            self._connections[name] = changed
        return changed

    def delete(self, name: str) -> None:
        """Remove a connection. Raises SqlError if there is none."""
        with self._lock:
            if self._connections.pop(name, None) is None:
                raise SqlError(f"Connection '{name}' does not exist.")


def read_options(options: Mapping[str, str]) -> tuple[str, str, dict[str, SecretStr]]:
    """Return type, endpoint and secrets of CREATE CONNECTION's options.

    Raises:
        SqlError: naming the option that is missing, unknown, too long or not an address.
    """
    given = {key.lower(): value for key, value in options.items()}
    kind = _read_type(given.pop("type", None))
    endpoint = _read_endpoint(given.pop("endpoint", None))
    names, required = _SECRETS[kind]
    if missing := [option for option in required if not given.get(option)]:
        raise SqlError(f"must provide '{', '.join(missing)}' for type {kind.lower()}")
    for option, value in given.items():
        if option not in names:
            raise SqlError(f"'{option}' is invalid for connection {kind.lower()}.")
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise SqlError(f"'{option}' is longer than {MAX_SECRET_BYTES} bytes.")
    return kind, endpoint, {names[option]: SecretStr(v) for option, v in given.items() if v}


def _read_type(written: str | None) -> str:
    if not written:
        raise SqlError("Connection option 'type' is required.")
    kind = written.upper()
    if kind not in TYPES:
        raise SqlError(f"invalid connection type {written}")
    if kind not in _SECRETS:
        raise SqlError(
            f"The emulator has no connections of type {written}; the live target has them."
        )
    return kind


def _read_endpoint(written: str | None) -> str:
    if not written:
        raise SqlError("Connection option 'endpoint' is required.")
    try:
        parts = urlsplit(written)
        whole = parts.scheme == "https" and bool(parts.hostname)
    except ValueError:
        whole = False
    if not whole:
        raise SqlError(f"Connection option 'endpoint' must be an https address, not '{written}'.")
    return written
