"""The secrets of connections as they are sent over REST: which keys each type takes, and must have.

Source: facts/confluent-cloud-api.md 2.11 (keys by type, `AUTH_TYPE`, sizes); facts/flink-sql-ai.md
3.1 (what an MCP server's transport asks for). The words of the refusals are those of the SQL side
where there are such (flink-sql-ai.md 3.2), else ours.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from runthrough.emulator.confluent.gateway.fields import Json, invalid, member, only, text
from runthrough.emulator.flink.running.connections import MAX_SECRET_BYTES

PROVIDER = "PlaintextProvider"
PLACE = "spec.auth_data"
DATA = f"{PLACE}.data"

AUTH_TYPE = "AUTH_TYPE"
AUTH_TYPES = ("API_KEY", "BASIC", "BEARER", "OAUTH2")
"""What the CLI adds, according to the key it sends."""

TRANSPORT = "TRANSPORT_TYPE"
TRANSPORTS = ("SSE", "STREAMABLE_HTTP")
SSE_ENDPOINT = "SSE_ENDPOINT"


@dataclass(frozen=True)
class Keys:
    """The keys of a type.

    Attributes:
        choices: sets of keys, of which one must be given whole.
        optional: keys that may stand beside any of them.
    """

    choices: tuple[tuple[str, ...], ...]
    optional: tuple[str, ...] = ()

    @property
    def known(self) -> frozenset[str]:
        """Every key the type takes."""
        return frozenset({key for choice in self.choices for key in choice} | {*self.optional})


_API_KEY = ("API_KEY",)
_BASIC = ("USERNAME", "PASSWORD")
_OAUTH = (
    "OAUTH2_TOKEN_ENDPOINT",
    "OAUTH2_CLIENT_ID",
    "OAUTH2_CLIENT_SECRET",
    "OAUTH2_SCOPE",
)
_REST = (_BASIC, ("BEARER_TOKEN",), _OAUTH)

_ONE_KEY = Keys((_API_KEY,), (AUTH_TYPE,))
_LOGIN = Keys((_BASIC,), (AUTH_TYPE,))
_AWS = Keys((("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"),), ("AWS_SESSION_TOKEN",))

KEYS: Mapping[str, Keys] = {
    "A2A": Keys((*_REST, _API_KEY), (AUTH_TYPE,)),
    "ANTHROPIC": _ONE_KEY,
    "AZUREML": _ONE_KEY,
    "AZUREOPENAI": _ONE_KEY,
    "BEDROCK": _AWS,
    "CONFLUENT_JDBC": _LOGIN,
    "COSMOSDB": _ONE_KEY,
    "COUCHBASE": _LOGIN,
    "ELASTIC": Keys((_API_KEY, _BASIC), (AUTH_TYPE,)),
    "FIREWORKSAI": _ONE_KEY,
    "GOOGLEAI": _ONE_KEY,
    "MCP_SERVER": Keys((*_REST, _API_KEY), (AUTH_TYPE, SSE_ENDPOINT, TRANSPORT)),
    "MONGODB": _LOGIN,
    "OPENAI": _ONE_KEY,
    "PINECONE": _ONE_KEY,
    "REST": Keys(_REST, (AUTH_TYPE,)),
    "S3VECTORS": _AWS,
    "SAGEMAKER": _AWS,
    "VERTEXAI": Keys((("SERVICE_KEY",),)),
}


def read_secrets(kind: str, spec: Json) -> dict[str, SecretStr]:
    """Return the secrets of `auth_data.data`, a JSON object written as a string.

    Args:
        kind: the connection's type, one of `KEYS`.
        spec: of the body.

    Raises:
        Refusal: 400, naming the key that is unknown, missing or too long; never a secret.
    """
    auth = member(spec, "auth_data", PLACE)
    only(auth, ("kind", "data"), "spec", "auth_data")
    if text(auth, "kind", f"{PLACE}.kind") != PROVIDER:
        raise invalid(f"{PLACE}.kind must be {PROVIDER}", f"{PLACE}.kind")
    data = _read_data(text(auth, "data", DATA))
    known = KEYS[kind]
    for name, value in data.items():
        if name not in known.known:
            raise invalid(f"{name} is invalid for connection {kind}.", DATA)
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise invalid(f"{name} is longer than {MAX_SECRET_BYTES} bytes", DATA)
    given = {name: value for name, value in data.items() if value}
    if not any(given.keys() >= {*choice} for choice in known.choices):
        raise invalid(_missing(kind, known, given), DATA)
    _check_settings(given)
    return {name: SecretStr(value) for name, value in given.items()}


def _missing(kind: str, known: Keys, given: Mapping[str, str]) -> str:
    if len(known.choices) == 1:
        left = ", ".join(name for name in known.choices[0] if name not in given)
        return f"must provide {left} for type {kind}"
    choices = " or ".join(", ".join(choice) for choice in known.choices)
    return (
        f"no secrets provided for type {kind}, one of the required secrets {choices} must be"
        " provided"
    )


def _check_settings(given: Mapping[str, str]) -> None:
    """Check what is no secret among the data: how it is used, and by which transport."""
    for name, values in ((AUTH_TYPE, AUTH_TYPES), (TRANSPORT, TRANSPORTS)):
        if name in given and given[name] not in values:
            raise invalid(f"{name} must be one of {', '.join(values)}", DATA)
    if given.get(TRANSPORT) == "STREAMABLE_HTTP" and SSE_ENDPOINT in given:
        raise invalid(f"{SSE_ENDPOINT} is invalid with {TRANSPORT} STREAMABLE_HTTP", DATA)


def _read_data(written: str) -> dict[str, str]:
    try:
        data = json.loads(written)
    except (ValueError, RecursionError):
        # The cause would quote the secret, so it is not passed on.
        raise invalid(f"{DATA} must be a JSON object written as a string", DATA) from None
    if not isinstance(data, dict) or not all(isinstance(v, str) for v in data.values()):
        raise invalid(f"{DATA} must be a JSON object of strings, written as a string", DATA)
    return data
