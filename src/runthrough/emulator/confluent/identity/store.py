"""The store of identities: who exists, which keys they hold, which roles they have.

Everything inside is frozen; a change puts a new object in the place of the old one, under a lock.
Source: facts/confluent-cloud-api.md 1.2, 3.4 and 6.
"""

from __future__ import annotations

import hmac
import secrets
import string
import threading
import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from pydantic import SecretStr

from runthrough.emulator.confluent.identity.parts import (
    ApiKey,
    Caller,
    Principal,
    Resource,
    RoleBinding,
    Session,
    TokenKind,
)
from runthrough.emulator.confluent.identity.propagation import READY, Propagation
from runthrough.emulator.confluent.identity.roles import Need, allowed
from runthrough.emulator.confluent.identity.seed import seed
from runthrough.emulator.confluent.identity.tokens import Claims, TokenIssuer
from runthrough.emulator.confluent.ids import new_id
from runthrough.emulator.confluent.pace import Life, Pace
from runthrough.emulator.world import Clock, World

SESSION_LIFETIME = timedelta(hours=1)
"""Ours: how long a session or data-plane token is good. The CLI renews a session by itself."""
REFRESH_LIFETIME = timedelta(hours=8)
"""Ours: how long a login can be renewed."""
KEY_ID_LENGTH, SECRET_LENGTH = 16, 64
"""Facts 1.2 and 3.4: what a key looks like."""


QUOTAS = {"service_accounts_per_org": 1000, "apikeys_per_org": 5000}
"""How many there may be, by the quota's id (facts 6); the numbers are ours."""


_ID_LETTERS = string.ascii_uppercase + string.digits
_SECRET_LETTERS = string.ascii_letters + string.digits + "+/"


class NameTakenError(Exception):
    """A name or a role that exists already."""


class QuotaError(Exception):
    """One more than there may be; carries the quota's id and how many it allows."""

    def __init__(self, quota: str, limit: int) -> None:
        super().__init__(f"{quota} is limited to {limit}")
        self.quota, self.limit = quota, limit


class Identity:
    """Principals, API keys, role bindings and open logins of one emulated cloud."""

    def __init__(
        self,
        world: World,
        *,
        clock: Clock,
        pace: Pace = "instant",
        quotas: Mapping[str, int] = QUOTAS,
    ) -> None:
        self.world, self.clock = world, clock
        self._propagation = Propagation(world.propagation, pace, clock)
        self._quotas = quotas
        self._lives: dict[str, Life] = {}
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

    # --- changing --------------------------------------------------------------------------------

    def create_service_account(self, name: str, description: str) -> Principal:
        """Create a service account.

        Raises:
            NameTakenError: another one has the name.
            QuotaError: there are too many.
        """
        now = self.clock()
        with self._lock:
            accounts = [p for p in self._principals.values() if p.kind == "ServiceAccount"]
            self._check_quota("service_accounts_per_org", len(accounts))
            self._check_name(name, except_id="")
            made = Principal(
                id=new_id("sa", self._principals),
                kind="ServiceAccount",
                name=name,
                description=description,
                created_at=now,
                updated_at=now,
            )
            self._principals[made.id] = made
        return made

    def change_principal(
        self, principal_id: str, *, name: str | None, description: str | None
    ) -> Principal:
        """Change a name or a description; None leaves it as it is.

        Raises:
            KeyError: there is no such principal.
            NameTakenError: another service account has the name.
        """
        with self._lock:
            old = self._principals[principal_id]
            if name is not None and old.kind == "ServiceAccount":
                self._check_name(name, except_id=principal_id)
            changed = replace(
                old,
                name=old.name if name is None else name,
                description=old.description if description is None else description,
                updated_at=self.clock(),
            )
            self._principals[principal_id] = changed
        return changed

    def delete_principal(self, principal_id: str) -> None:
        """Delete a user or service account with its keys and role bindings.

        Raises:
            KeyError: there is no such principal.
        """
        with self._lock:
            del self._principals[principal_id]
            for key in [k for k in self._keys.values() if k.owner == principal_id]:
                self.delete_api_key(key.id)
            for binding in [b for b in self._bindings.values() if b.principal == principal_id]:
                self.delete_role_binding(binding.id)

    def create_api_key(
        self, owner: str, resource: Resource, *, name: str, description: str
    ) -> ApiKey:
        """Create an API key; it opens its resource once it has propagated (facts 6).

        Raises:
            KeyError: there is no such owner.
            QuotaError: there are too many.
        """
        now = self.clock()
        secret = "".join(secrets.choice(_SECRET_LETTERS) for _ in range(SECRET_LENGTH))
        with self._lock:
            if owner not in self._principals:
                raise KeyError(owner)
            self._check_quota("apikeys_per_org", len(self._keys))
            made = ApiKey(
                id=self._new_key_id(),
                secret=SecretStr(secret),
                owner=owner,
                resource=resource,
                name=name,
                description=description,
                created_at=now,
                updated_at=now,
            )
            self._keys[made.id] = made
            self._lives[made.id] = self._propagation.of_key(resource.scope)
        return made

    def change_api_key(self, key_id: str, *, name: str | None, description: str | None) -> ApiKey:
        """Change a key's name or description; None leaves it. Raises KeyError: no such key."""
        with self._lock:
            old = self._keys[key_id]
            changed = replace(
                old,
                name=old.name if name is None else name,
                description=old.description if description is None else description,
                updated_at=self.clock(),
            )
            self._keys[key_id] = changed
        return changed

    def delete_api_key(self, key_id: str) -> None:
        """Delete an API key; it opens nothing from now on. Raises KeyError: no such key."""
        with self._lock:
            del self._keys[key_id]
            self._lives.pop(key_id, None)

    def create_role_binding(self, principal: str, role: str, crn: str) -> RoleBinding:
        """Give a principal a role; it applies once it has propagated (facts 6).

        Raises:
            KeyError: there is no such principal.
            NameTakenError: the principal has the role there already.
        """
        now = self.clock()
        with self._lock:
            if principal not in self._principals:
                raise KeyError(principal)
            same = {(b.principal, b.role, b.crn) for b in self._bindings.values()}
            if (principal, role, crn) in same:
                raise NameTakenError(f"User:{principal} has the role {role} on {crn} already")
            made = RoleBinding(new_id("rb", self._bindings), principal, role, crn, now)
            self._bindings[made.id] = made
            self._lives[made.id] = self._propagation.of_role_binding()
        return made

    def delete_role_binding(self, binding_id: str) -> RoleBinding:
        """Take a role away and return what it was. Raises KeyError: no such binding."""
        with self._lock:
            self._lives.pop(binding_id, None)
            return self._bindings.pop(binding_id)

    def _check_name(self, name: str, *, except_id: str) -> None:
        accounts = (p for p in self._principals.values() if p.kind == "ServiceAccount")
        if any(p.name == name and p.id != except_id for p in accounts):
            raise NameTakenError(f"a service account named {name} exists already")

    def _check_quota(self, quota: str, count: int) -> None:
        if count >= self._quotas[quota]:
            raise QuotaError(quota, self._quotas[quota])

    def _new_key_id(self) -> str:
        while True:
            made = "".join(secrets.choice(_ID_LETTERS) for _ in range(KEY_ID_LENGTH))
            if made not in self._keys:
                return made

    # --- what somebody may do --------------------------------------------------------------------

    def may(self, principal_id: str, need: Need) -> bool:
        """Return whether a principal has a role that allows something.

        A role that has not propagated yet does not count; asking for it is a look (`pace.py`).
        """
        organization = self.world.organization.id
        with self._lock:
            return any(
                self._is_ready(binding.id)
                for binding in self._bindings.values()
                if binding.principal == principal_id and allowed(binding, need, organization)
            )

    def roles_of(self, principal_id: str) -> tuple[RoleBinding, ...]:
        """Return the roles of a principal that apply now; asking is no look (`pace.py`)."""
        with self._lock:
            return tuple(
                binding
                for binding in self._bindings.values()
                if binding.principal == principal_id and self._has_propagated(binding.id)
            )

    def _has_propagated(self, of: str) -> bool:
        life = self._lives.get(of)
        return life is None or life.over

    def _is_ready(self, of: str) -> bool:
        life = self._lives.get(of)
        return life is None or life.look() == READY

    # --- coming in -------------------------------------------------------------------------------

    def key_caller(self, name: str, secret: str) -> Caller | None:
        """Return who presents this key.

        None for an unknown key, a wrong secret, and a key that has not propagated yet: then being
        presented counts as a look (`pace.py`).
        """
        key = self.api_key(name)
        expected = key.secret.get_secret_value() if key else ""
        right = hmac.compare_digest(secret.encode(), expected.encode())
        if key is None or not right or not self._is_ready(key.id):
            return None
        return Caller(key.owner, key.id, key)

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
