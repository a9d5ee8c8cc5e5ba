"""What the identity store keeps: principals, API keys, role bindings, and who calls.

Sources: facts/confluent-cloud-api.md 1.2 (who may come in), 3.4 (the objects).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from pydantic import SecretStr

Kind = Literal["User", "ServiceAccount"]
Scope = Literal["cloud", "global", "flink", "kafka", "schema-registry", "tableflow"]
TokenKind = Literal["session", "data-plane", "refresh"]


@dataclass(frozen=True)
class Principal:
    """A user or a service account.

    Attributes:
        name: a user's full name, a service account's display name.
        password: what a user logs in with; None = cannot log in.
    """

    id: str
    kind: Kind
    name: str
    created_at: datetime
    updated_at: datetime
    description: str = ""
    email: str = ""
    password: SecretStr | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Resource:
    """What an API key opens.

    Attributes:
        id: `lkc-…`, `lsrc-…`, `aws.us-east-1`, `cloud`, `global` or `tableflow`.
        environment: of a cluster, a registry or a region; "" for the others.
    """

    scope: Scope
    id: str
    environment: str = ""


@dataclass(frozen=True)
class ApiKey:
    """An API key; its secret is shown once, in the answer that creates it."""

    id: str
    secret: SecretStr = field(repr=False)
    owner: str
    resource: Resource
    created_at: datetime
    updated_at: datetime
    name: str = ""
    description: str = ""


@dataclass(frozen=True)
class RoleBinding:
    """A role of a principal on everything a CRN pattern covers.

    Attributes:
        principal: `u-…` or `sa-…`, without the `User:` of the wire.
    """

    id: str
    principal: str
    role: str
    crn: str
    created_at: datetime


@dataclass(frozen=True)
class Caller:
    """Who makes a request, and with what.

    Attributes:
        owner: the principal on whose behalf: `u-…`, `sa-…`; "" where a route asks for nobody.
        credential: the id of the API key, or the kind of the token. Never a secret.
        key: the API key; None for a token.
        login: the login a token belongs to; "" for a key.
    """

    owner: str
    credential: str
    key: ApiKey | None = None
    login: str = ""


NOBODY = Caller("", "")
"""The caller of a route that asks for no credential."""


@dataclass(frozen=True)
class Session:
    """An open login: who it is and the tokens that prove it."""

    principal: Principal
    token: SecretStr = field(repr=False)
    refresh_token: SecretStr = field(repr=False)
    expires_at: datetime
