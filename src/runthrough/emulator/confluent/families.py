"""The families of routes: which credentials open them and what their errors look like.

Sources: facts/confluent-cloud-api.md 1.2 (who may come in) and 1.6 (what a refusal looks like).
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import dataclass, replace

from runthrough.emulator.confluent.http import (
    LIVE_HAS_IT,
    Refusal,
    Reply,
    code_form,
    errors_form,
    kafka_form,
    login_form,
    registry_form,
)
from runthrough.emulator.confluent.identity.parts import NOBODY, Caller, TokenKind
from runthrough.emulator.confluent.identity.store import Identity

UNAUTHORIZED = "Unauthorized"
WRONG_KIND = (
    "invalid API key: make sure you're using a Cloud or Global API Key, and not a Cluster API Key"
)


@dataclass(frozen=True)
class Family:
    """One family of routes.

    Attributes:
        name: as a reader knows it.
        scopes: the kinds of API key that open it.
        tokens: the kinds of bearer token that open it. A family with neither asks for nobody.
        form: how it writes an error.
        wrong_kind: what it says to a good key of another kind.
        denied: the code of its 403 for a missing role (facts 1.6, 3.4).
        is_control_plane: whether its host is the control plane's (facts 1.1).
    """

    name: str
    scopes: frozenset[str]
    form: Callable[[Refusal], Reply] = errors_form
    wrong_kind: str = UNAUTHORIZED
    tokens: frozenset[TokenKind] = frozenset()
    denied: str | int = "forbidden_access"
    is_control_plane: bool = False

    @property
    def is_open(self) -> bool:
        """Whether it asks for no credential."""
        return not self.scopes and not self.tokens


_SESSION: frozenset[TokenKind] = frozenset({"session"})
_DATA_PLANE: frozenset[TokenKind] = frozenset({"data-plane"})

CONTROL = Family(
    "Control plane",
    frozenset({"cloud", "global"}),
    wrong_kind=WRONG_KIND,
    tokens=_SESSION,
    is_control_plane=True,
)
ROLES = replace(CONTROL, name="Role bindings", form=code_form, denied=40301)
CONNECT = replace(CONTROL, name="Connectors", form=code_form)
PROVIDERS = replace(CONTROL, name="Provider integrations", form=code_form)
TABLEFLOW = replace(CONTROL, name="Tableflow", scopes=frozenset({"tableflow", "global"}))
FLINK = Family("Flink statements", frozenset({"flink", "global"}), tokens=_DATA_PLANE)
CONNECTIONS = Family(
    "Flink connections", frozenset({"flink", "global", "cloud"}), tokens=_DATA_PLANE
)
KAFKA = Family(
    "Kafka REST", frozenset({"kafka", "global"}), kafka_form, tokens=_DATA_PLANE, denied=40301
)
REGISTRY = Family(
    "Schema Registry",
    frozenset({"schema-registry", "global"}),
    registry_form,
    tokens=_DATA_PLANE,
    denied=40301,
)
TOKENS = Family("Token exchange", frozenset(), is_control_plane=True)
LOGIN = Family("CLI login", frozenset(), login_form)
SESSION = Family("CLI session", frozenset(), login_form, tokens=_SESSION)


def authenticate(
    authorization: str | None,
    identity: Identity,
    family: Family,
    *,
    identity_pool: str | None = None,
) -> Caller:
    """Return who makes a request.

    A wrong secret, an unknown key and a key that has not propagated look alike. The control plane
    says so where a good key is of another kind, the mistake a workshop meets most (facts 1.6); the
    texts of the other families in that case are not known and stay `Unauthorized`.

    Args:
        authorization: the header of that name.
        identity: who exists.
        family: of the route.
        identity_pool: the header `Confluent-Identity-Pool-Id`, which goes with a token that
            somebody else has issued (facts 1.2).

    Raises:
        Refusal: 401 with the family's text; 501 for a token of an identity pool.
    """
    if family.is_open:
        return NOBODY
    scheme, _, rest = (authorization or "").partition(" ")
    if scheme.lower() == "bearer":
        caller = identity.bearer(rest.strip(), family.tokens)
    elif scheme.lower() == "basic":
        caller = identity.key_caller(*_basic(rest))
    else:
        caller = None
    if caller is None and identity_pool:
        raise Refusal(501, f"identity pools: a token of {identity_pool} {LIVE_HAS_IT}")
    if caller is None:
        raise unauthorized()
    if caller.key is not None and caller.key.resource.scope not in family.scopes:
        told = caller.key.resource.scope != "cloud"  # the hint is to take a Cloud key
        raise unauthorized(family.wrong_kind if told else UNAUTHORIZED)
    return caller


def unauthorized(detail: str = UNAUTHORIZED) -> Refusal:
    """Return the 401 of a credential that does not open a route."""
    header = f'Basic error="invalid_key", error_description="{detail}"'
    omits = frozenset({"source"}) if detail == WRONG_KIND else frozenset[str]()
    return Refusal(401, detail, headers={"WWW-Authenticate": header}, omits=omits)


def _basic(credentials: str) -> tuple[str, str]:
    try:
        name, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return "", ""
    return name, secret
