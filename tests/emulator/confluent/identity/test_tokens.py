from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from runthrough.emulator.confluent.identity.parts import Caller, Session
from runthrough.emulator.confluent.identity.store import SESSION_LIFETIME, Identity
from runthrough.emulator.world import World, read_world

WORLD = read_world()
EMAIL = "author@example.com"
PASSWORD = SecretStr("password-of-the-default-world")
CONTROL = frozenset({"session"})
DATA = frozenset({"data-plane"})


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def identity(clock: Hands) -> Identity:
    return Identity(WORLD, clock=clock)


@pytest.fixture
def session(identity: Identity) -> Session:
    opened = identity.log_in(EMAIL, PASSWORD)
    assert opened is not None
    return opened


def plain(session: Session) -> str:
    return session.token.get_secret_value()


def caller_of(identity: Identity, session: Session) -> Caller:
    caller = identity.bearer(plain(session), CONTROL)
    assert caller is not None
    return caller


def test_a_session_token_has_three_parts_and_an_end_in_the_future(
    session: Session, clock: Hands
) -> None:
    _, body, signature = plain(session).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    assert claims["exp"] == (clock.now + SESSION_LIFETIME).timestamp()
    assert claims["sub"] == "u-rh0a7c"
    assert signature


def test_a_session_opens_the_control_plane_and_not_the_data_plane(
    identity: Identity, session: Session
) -> None:
    caller = identity.bearer(plain(session), CONTROL)
    assert caller is not None
    assert (caller.owner, caller.credential, caller.key) == ("u-rh0a7c", "session", None)
    assert identity.bearer(plain(session), DATA) is None


def test_a_session_is_exchanged_for_a_data_plane_token(
    identity: Identity, session: Session
) -> None:
    token = identity.issue_data_plane_token(caller_of(identity, session))
    caller = identity.bearer(token.get_secret_value(), DATA)
    assert caller is not None
    assert caller.owner == "u-rh0a7c"
    assert identity.bearer(token.get_secret_value(), CONTROL) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (EMAIL, "wrong"),
        ("nobody@example.com", PASSWORD.get_secret_value()),
        (EMAIL, ""),
        ("", ""),
        ("", PASSWORD.get_secret_value()),
    ],
)
def test_who_does_not_know_the_password_does_not_log_in(
    identity: Identity, email: str, password: str
) -> None:
    assert identity.log_in(email, SecretStr(password)) is None


def test_a_user_without_a_password_cannot_log_in_with_none(clock: Hands) -> None:
    users = tuple(p.model_copy(update={"password": None}) for p in WORLD.principals)
    world: World = WORLD.model_copy(update={"principals": users})
    assert Identity(world, clock=clock).log_in(EMAIL, SecretStr("")) is None


def test_a_token_ends(identity: Identity, session: Session, clock: Hands) -> None:
    clock.now += SESSION_LIFETIME - timedelta(seconds=1)
    assert identity.bearer(plain(session), CONTROL)
    clock.now += timedelta(seconds=1)
    assert identity.bearer(plain(session), CONTROL) is None


def test_a_refresh_token_renews_a_session_and_opens_nothing(
    identity: Identity, session: Session, clock: Hands
) -> None:
    refresh = session.refresh_token.get_secret_value()
    assert identity.bearer(refresh, CONTROL | DATA) is None
    clock.now += SESSION_LIFETIME
    renewed = identity.renew_session(refresh)
    assert renewed is not None
    assert identity.bearer(plain(renewed), CONTROL)
    assert identity.renew_session(plain(renewed)) is None


def test_a_closed_session_takes_all_its_tokens_with_it(
    identity: Identity, session: Session
) -> None:
    data = identity.issue_data_plane_token(caller_of(identity, session))
    other = identity.log_in(EMAIL, PASSWORD)
    identity.close_session(caller_of(identity, session))
    assert identity.bearer(data.get_secret_value(), DATA) is None
    assert identity.bearer(plain(session), CONTROL) is None
    assert identity.renew_session(session.refresh_token.get_secret_value()) is None
    assert other is not None
    assert identity.bearer(plain(other), CONTROL)


def test_a_token_of_another_emulator_opens_nothing(session: Session, clock: Hands) -> None:
    assert Identity(WORLD, clock=clock).bearer(plain(session), CONTROL) is None


def test_a_token_that_was_changed_opens_nothing(identity: Identity, session: Session) -> None:
    header, body, signature = plain(session).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    forged = base64.urlsafe_b64encode(json.dumps({**claims, "exp": 2**40}).encode())
    assert identity.bearer(f"{header}.{forged.decode().rstrip('=')}.{signature}", CONTROL) is None


@given(text=st.text(st.characters(max_codepoint=255)))
def test_whatever_stands_in_the_place_of_a_token_is_refused(text: str) -> None:
    identity = Identity(WORLD, clock=Hands())
    assert identity.bearer(text, CONTROL | DATA) is None


def test_no_secret_is_in_a_repr(identity: Identity, session: Session) -> None:
    shown = repr(session) + repr(identity.principals()) + repr(identity.api_keys())
    for secret in (plain(session), session.refresh_token.get_secret_value()):
        assert secret not in shown
    for key in WORLD.keys:
        assert key.secret.get_secret_value() not in shown
    assert PASSWORD.get_secret_value() not in shown
