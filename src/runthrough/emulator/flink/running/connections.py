"""Connections: where a model is, and the secrets that open it.

Sources: facts/flink-sql-ai.md 3.1-3.2 (types, secret options, rules), facts/confluent-cloud-api.md
2.11 (names of the secrets over REST). A secret leaves this module as a SecretStr only.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlsplit

from pydantic import SecretStr

from runthrough.emulator.flink.parse.refusals import not_emulated
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
_AWS = {
    "aws-access-key": "AWS_ACCESS_KEY_ID",
    "aws-secret-key": "AWS_SECRET_ACCESS_KEY",
    "aws-session-token": "AWS_SESSION_TOKEN",
}
_KEY = {"api-key": "API_KEY", "api_key": "API_KEY"}
_USER = {"username": "USERNAME", "password": "PASSWORD"}
_OAUTH = {
    "token-endpoint": "OAUTH2_TOKEN_ENDPOINT",
    "client-id": "OAUTH2_CLIENT_ID",
    "client-secret": "OAUTH2_CLIENT_SECRET",
    "scope": "OAUTH2_SCOPE",
}


@dataclass(frozen=True)
class _Secrets:
    """The secrets of a type.

    Attributes:
        names: option in SQL → name over REST.
        needed: sets of names over REST, of which one must be given whole.
    """

    names: Mapping[str, str]
    needed: tuple[tuple[str, ...], ...]


_ONE_KEY = _Secrets(_KEY, (("API_KEY",),))
_AWS_KEYS = _Secrets(_AWS, (("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),))
_LOGIN = _Secrets(_USER, (("USERNAME", "PASSWORD"),))
_SECRETS: Mapping[str, _Secrets] = {
    "ANTHROPIC": _ONE_KEY,
    "AZUREML": _ONE_KEY,
    "AZUREOPENAI": _ONE_KEY,
    "BEDROCK": _AWS_KEYS,
    "CONFLUENT_JDBC": _LOGIN,
    "COSMOSDB": _ONE_KEY,
    "COUCHBASE": _LOGIN,
    "ELASTIC": _Secrets(_KEY | _USER, (("API_KEY",), ("USERNAME", "PASSWORD"))),
    "FIREWORKSAI": _ONE_KEY,
    "GOOGLEAI": _ONE_KEY,
    "MONGODB": _LOGIN,
    "OPENAI": _ONE_KEY,
    "PINECONE": _ONE_KEY,
    "REST": _Secrets(
        _USER | {"token": "BEARER_TOKEN"} | _OAUTH,
        (("USERNAME", "PASSWORD"), ("BEARER_TOKEN",), tuple(_OAUTH.values())),
    ),
    "S3VECTORS": _AWS_KEYS,
    "SAGEMAKER": _AWS_KEYS,
    "VERTEXAI": _Secrets({"service-key": "SERVICE_KEY"}, (("SERVICE_KEY",),)),
}
"""Types by their secrets (facts/flink-sql-ai.md 3.1). A2A and MCP_SERVER can be made over REST; SQL
has no statement here that uses one."""

_SCHEMES: Mapping[str, tuple[str, ...]] = {
    "MONGODB": ("mongodb+srv", "mongodb"),
    "COUCHBASE": ("couchbases", "couchbase"),
    "CONFLUENT_JDBC": ("jdbc",),
}
"""How endpoints begin; those of other types with https."""

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
    r"sql\.secrets\.[^']*",
)
_ASSIGNMENT = re.compile(rf"('(?:{'|'.join(_SENSITIVE)})'\s*=\s*)'(?:[^']|'')*'?", re.IGNORECASE)


def mask_secrets(sql: str) -> str:
    """Return a statement with the values of known secret options masked.

    Best effort, as in the cloud: a misspelt key is not known (facts 3.2).
    """
    return _ASSIGNMENT.sub(rf"\1'{MASK}'", sql)


@dataclass(frozen=True)
class Connection:
    """One connection; `type` in upper case, `secrets` under their REST names.

    Attributes:
        version: 1, and one more with each change.
    """

    name: str
    type: str
    endpoint: str
    secrets: Mapping[str, SecretStr] = field(repr=False)
    comment: str | None
    created_at: datetime
    updated_at: datetime
    version: int = 1


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

    def update(
        self, name: str, secrets: Mapping[str, SecretStr], *, version: int | None = None
    ) -> Connection:
        """Give a connection other credentials.

        Raises:
            SqlError: there is none, or it is no longer at the version that was named.
        """
        with self._lock:
            if name not in self._connections:
                raise SqlError(f"Connection '{name}' does not exist.")
            old = self._connections[name]
            if version not in (None, old.version):
                raise SqlError(f"Connection '{name}' is at version {old.version} already.")
            changed = replace(
                old, secrets=dict(secrets), updated_at=self._clock(), version=old.version + 1
            )
            self._connections[name] = changed
        return changed

    def put(
        self,
        name: str,
        type: str,
        endpoint: str,
        secrets: Mapping[str, SecretStr],
        comment: str | None = None,
    ) -> Connection:
        """Add a connection, or take it for the one of its name, in one step."""
        now = self._clock()
        with self._lock:
            old = self._connections.get(name)
            version = 1 if old is None else old.version + 1
            made = Connection(
                name, type.upper(), endpoint, dict(secrets), comment, now, now, version
            )
            self._connections[name] = made
        return made

    def delete(self, name: str) -> None:
        """Remove a connection. Raises SqlError if there is none."""
        with self._lock:
            if self._connections.pop(name, None) is None:
                raise SqlError(f"Connection '{name}' does not exist.")


class LiveSecrets(Mapping[str, SecretStr]):
    """A connection's secrets as they are when they are looked at.

    A statement that runs takes new credentials with its next call; how soon the cloud does is not
    known. Those of a connection that is gone, or has become another one, stay as they were.
    """

    def __init__(self, store: ConnectionStore, connection: Connection) -> None:
        self._store, self._last = store, connection

    def _now(self) -> Mapping[str, SecretStr]:
        found = self._store.get(self._last.name)
        if found is not None and (found.type, found.endpoint) == (
            self._last.type,
            self._last.endpoint,
        ):
            self._last = found
        return self._last.secrets

    def __getitem__(self, name: str) -> SecretStr:
        """Return a secret."""
        return self._now()[name]

    def __iter__(self) -> Iterator[str]:
        """Return the names."""
        return iter(self._now())

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._now())


def read_options(options: Mapping[str, str]) -> tuple[str, str, dict[str, SecretStr]]:
    """Return type, endpoint and secrets of CREATE CONNECTION's options.

    Raises:
        SqlError: naming the option that is missing, unknown, too long or not an address.
    """
    given = {key.lower(): value for key, value in options.items()}
    kind = _read_type(given.pop("type", None))
    endpoint = read_endpoint(given.pop("endpoint", None), kind)
    known = _SECRETS[kind]
    for option, value in given.items():
        if option not in known.names:
            raise SqlError(f"'{option}' is invalid for connection {kind.lower()}.")
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise SqlError(f"'{option}' is longer than {MAX_SECRET_BYTES} bytes.")
    secrets = {known.names[option]: SecretStr(v) for option, v in given.items() if v}
    if not any(secrets.keys() >= set(whole) for whole in known.needed):
        raise SqlError(_missing(kind, known, secrets))
    return kind, endpoint, secrets


def read_credentials(connection: Connection, options: Mapping[str, str]) -> dict[str, SecretStr]:
    """Return a connection's secrets after ALTER CONNECTION … SET; those not named stay.

    The words of the refusals are ours (facts 3.2 says only that type and endpoint are fixed).

    Raises:
        SqlError: an option is no credential, or credentials that are needed would be gone.
    """
    for fixed in ("type", "endpoint"):
        if fixed in options:
            raise SqlError(
                f"The option '{fixed}' of connection '{connection.name}' cannot be changed: only "
                "its credentials can."
            )
    known = _SECRETS[_read_type(connection.type)].names
    kept = {o: s for o in known if (s := connection.secrets.get(known[o])) is not None}
    older = {o: s.get_secret_value() for o, s in kept.items() if o not in options}
    named = {known[o] for o in options if o in known}
    older = {o: value for o, value in older.items() if known[o] not in named}
    whole = {"type": connection.type, "endpoint": connection.endpoint, **older, **options}
    return read_options(whole)[2]


def _missing(kind: str, known: _Secrets, given: Mapping[str, SecretStr]) -> str:
    written = {name: option for option, name in reversed(list(known.names.items()))}
    if len(known.needed) == 1:
        left = [written[name] for name in known.needed[0] if name not in given]
        return f"must provide '{', '.join(left)}' for type {kind.lower()}"
    choices = " or ".join(", ".join(written[name] for name in whole) for whole in known.needed)
    return (
        f"no secrets provided for type {kind.lower()}, one of the required secrets {choices} "
        "must be provided"
    )


def _read_type(written: str | None) -> str:
    if not written:
        raise SqlError("Connection option 'type' is required.")
    kind = written.upper()
    if kind not in TYPES:
        raise SqlError(f"invalid connection type {written}")
    if kind not in _SECRETS:
        raise not_emulated(f"a connection of type {written} by SQL")
    return kind


def read_endpoint(written: str | None, kind: str) -> str:
    """Return an endpoint of a type. Raises SqlError: none, or no address of the type's scheme."""
    if not written:
        raise SqlError("Connection option 'endpoint' is required.")
    schemes = _SCHEMES.get(kind, ("https",))
    try:
        parts = urlsplit(written)
        inner = urlsplit(parts.path) if parts.scheme == "jdbc" else parts
        whole = parts.scheme in schemes and bool(inner.hostname)
    except ValueError:
        whole = False
    if not whole:
        article = "an" if schemes[0] == "https" else "a"
        raise SqlError(
            f"Connection option 'endpoint' must be {article} {schemes[0]} address, not '{written}'."
        )
    return written
