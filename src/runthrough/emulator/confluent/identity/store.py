"""The store of identities: who exists, which keys they hold, which roles they have.

Everything inside is frozen; a change puts a new object in the place of the old one, under a lock.
Source: facts/confluent-cloud-api.md 1.2, 3.4 and 6.
"""

from __future__ import annotations

import hmac
import threading
import uuid
from datetime import timedelta

from pydantic import SecretStr

from runthrough.emulator.confluent.identity.parts import (
    ApiKey,
    Caller,
    Principal,
    RoleBinding,
    Session,
    TokenKind,
)
from runthrough.emulator.confluent.identity.seed import seed
from runthrough.emulator.confluent.identity.tokens import Claims, TokenIssuer
from runthrough.emulator.world import Clock, World

SESSION_LIFETIME = timedelta(hours=1)
"""Ours: how long a session or data-plane token is good. The CLI renews a session by itself."""
REFRESH_LIFETIME = timedelta(hours=8)
"""Ours: how long a login can be renewed."""


class Identity:
    """Principals, API keys, role bindings and open logins of one emulated cloud."""

    def __init__(self, world: World, *, clock: Clock) -> None:
        self.world, self.clock = world, clock
        self._lock = threading.RLock()
        self._issuer = TokenIssuer(clock)
        self._open: set[str] = set()
        self._principals: dict[str, Principal] = {}
        self._keys: dict[str, ApiKey] = {}
        self._bindings: dict[str, RoleBinding] = {}
        start = seed(world, clock())
        self._principals |= {principal.id: principal for principal in start.principals}
        self._keys |= {key.id: key for key in start.keys}
        self._bindings |= {binding.id: binding for binding in start.bindings}

    # --- looking ---------------------------------------------------------------------------------

    def principals(self) -> list[Principal]:
        """Return all users and service accounts."""
        with self._lock:
            return list(self._principals.values())

    def principal(self, principal_id: str) -> Principal | None:
        """Return a user or service account; None where there is none."""
        with self._lock:
            return self._principals.get(principal_id)

    def api_keys(self) -> list[ApiKey]:
        """Return all API keys."""
        with self._lock:
            return list(self._keys.values())

    def api_key(self, key_id: str) -> ApiKey | None:
        """Return an API key; None where there is none."""
        with self._lock:
            return self._keys.get(key_id)

    def role_bindings(self) -> list[RoleBinding]:
        """Return all role bindings."""
        with self._lock:
            return list(self._bindings.values())

    # --- coming in -------------------------------------------------------------------------------

    def key_caller(self, name: str, secret: str) -> Caller | None:
        """Return who presents this key; None for an unknown key or a wrong secret."""
        key = self.api_key(name)
        expected = key.secret.get_secret_value() if key else ""
        right = hmac.compare_digest(secret.encode(), expected.encode())
        return Caller(key.owner, key.id, key) if key is not None and right else None

    def log_in(self, email: str, password: SecretStr) -> Session | None:
        """Open a session for a user of the world; None for a wrong email or password.

        A user without a password in the world cannot log in.
        """
        user = next((p for p in self.principals() if p.email == email and email), None)
        expected = user.password if user else None
        known = expected.get_secret_value() if expected else ""
        right = hmac.compare_digest(password.get_secret_value().encode(), known.encode())
        if user is None or expected is None or not right:
            return None
        return self.open_session(user)

    def open_session(self, principal: Principal) -> Session:
        """Open a session: a token for the control plane and one to renew it with."""
        login = str(uuid.uuid4())
        with self._lock:
            self._open.add(login)
        return self._session(principal, login)

    def renew_session(self, refresh_token: str) -> Session | None:
        """Return a session with new tokens; None where the refresh token is not good."""
        claims = self._read(refresh_token, "refresh")
        principal = self.principal(claims.subject) if claims else None
        return self._session(principal, claims.session) if claims and principal else None

    def close_session(self, caller: Caller) -> None:
        """End the login a caller's token belongs to, with all its tokens."""
        with self._lock:
            self._open.discard(caller.login)

    def issue_data_plane_token(self, caller: Caller) -> SecretStr:
        """Exchange a caller's session token for a data-plane token (DPAT, facts 1.2)."""
        token, _ = self._issuer.issue(
            caller.owner, "data-plane", session=caller.login, lifetime=SESSION_LIFETIME
        )
        return token

    def bearer(self, token: str, kinds: frozenset[TokenKind]) -> Caller | None:
        """Return who presents this token.

        Args:
            token: what follows `Bearer`.
            kinds: the kinds of token that are taken.

        Returns:
            None for a token that is not ours, expired, of another kind, of a closed session or of
            a principal that is gone.
        """
        for kind in kinds:
            claims = self._read(token, kind)
            if claims is not None:
                return Caller(claims.subject, kind, login=claims.session)
        return None

    def _session(self, principal: Principal, login: str) -> Session:
        token, expires = self._issuer.issue(
            principal.id, "session", session=login, lifetime=SESSION_LIFETIME
        )
        refresh, _ = self._issuer.issue(
            principal.id, "refresh", session=login, lifetime=REFRESH_LIFETIME
        )
        return Session(principal, token, refresh, expires)

    def _read(self, token: str, kind: TokenKind) -> Claims | None:
        claims = self._issuer.read(token)
        if claims is None or claims.kind != kind:
            return None
        with self._lock:
            good = claims.session in self._open and claims.subject in self._principals
        return claims if good else None
