"""The families of routes: which keys open them and what their errors look like.

Sources: facts/confluent-cloud-api.md 1.2 (who may come in) and 1.6 (what a refusal looks like).
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable
from dataclasses import dataclass

from runthrough.emulator.confluent.http import (
    Refusal,
    Reply,
    code_form,
    errors_form,
    kafka_form,
    openai_form,
    registry_form,
)
from runthrough.emulator.world import ConfluentKey, World

WRONG_KIND = (
    "invalid API key: make sure you're using a Cloud or Global API Key, and not a Cluster API Key"
)
NO_BEARER = (
    "bearer tokens are not emulated; the live target takes them. Use Basic authentication with an"
    " API key of this world"
)


@dataclass(frozen=True)
class Family:
    """One family of routes.

    Attributes:
        name: as a reader knows it.
        scopes: the kinds of API key that open it; empty = asks for none (nothing behind it is
            emulated yet).
        form: how it writes an error.
        wrong_kind: what it says to a good key of another kind.
    """

    name: str
    scopes: frozenset[str]
    form: Callable[[Refusal], Reply] = errors_form
    wrong_kind: str = "Unauthorized"


CONTROL = Family("Control plane", frozenset({"cloud", "global"}), wrong_kind=WRONG_KIND)
ROLES = Family("Role bindings", CONTROL.scopes, code_form, wrong_kind=WRONG_KIND)
CONNECT = Family("Connectors", CONTROL.scopes, code_form, wrong_kind=WRONG_KIND)
PROVIDERS = Family("Provider integrations", CONTROL.scopes, code_form, wrong_kind=WRONG_KIND)
TABLEFLOW = Family("Tableflow", frozenset({"tableflow", "global", "cloud"}), wrong_kind=WRONG_KIND)
FLINK = Family("Flink statements", frozenset({"flink", "global"}))
CONNECTIONS = Family("Flink connections", frozenset({"flink", "global", "cloud"}))
KAFKA = Family("Kafka REST", frozenset({"kafka", "global"}), kafka_form)
REGISTRY = Family("Schema Registry", frozenset({"schema-registry", "global"}), registry_form)
LOGIN = Family("CLI login", frozenset())
OPENAI = Family("OpenAI", frozenset(), openai_form)


def authenticate(authorization: str | None, world: World, family: Family) -> ConfluentKey:
    """Return the key a request presents.

    A wrong secret and an unknown key look alike. The control plane says so where a good key is
    of another kind, the mistake a workshop meets most (facts 1.6); the texts of the other
    families in that case are not known and stay `Unauthorized`.

    Raises:
        Refusal: 401 with the family's text.
    """
    if not authorization:
        raise _unauthorized("Unauthorized")
    scheme, _, rest = authorization.partition(" ")
    if scheme.lower() == "bearer":
        raise _unauthorized(NO_BEARER)
    name, secret = _basic(rest) if scheme.lower() == "basic" else ("", "")
    key = next((key for key in world.keys if key.id == name), None)
    expected = key.secret.get_secret_value() if key else ""
    right = hmac.compare_digest(secret.encode(), expected.encode())
    if key is None or not right:
        raise _unauthorized("Unauthorized")
    if key.scope not in family.scopes:
        raise _unauthorized(family.wrong_kind)
    return key


def _basic(credentials: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret


def _unauthorized(detail: str) -> Refusal:
    header = f'Basic error="invalid_key", error_description="{detail}"'
    return Refusal(401, detail, headers={"WWW-Authenticate": header})
