from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.families import (
    CONNECTIONS,
    CONTROL,
    FLINK,
    KAFKA,
    REGISTRY,
    TABLEFLOW,
    WRONG_KIND,
    Family,
    authenticate,
)
from runthrough.emulator.confluent.http import Refusal
from runthrough.emulator.confluent.identity.store import Identity
from runthrough.emulator.world import ConfluentKey, read_world, utc_now

WORLD = read_world()
IDENTITY = Identity(WORLD, clock=utc_now)


def basic(name: str, secret: str) -> str:
    return "Basic " + base64.b64encode(f"{name}:{secret}".encode()).decode()


def header(scope: str) -> str:
    key = WORLD.key(scope)
    return basic(key.id, key.secret.get_secret_value())


def refusal(authorization: str | None, family: Family) -> Refusal:
    with pytest.raises(Refusal) as caught:
        authenticate(authorization, IDENTITY, family)
    assert caught.value.status == 401
    assert "WWW-Authenticate" in caught.value.headers
    return caught.value


@pytest.mark.parametrize(
    ("scope", "family"),
    [
        ("cloud", CONTROL),
        ("tableflow", TABLEFLOW),
        ("flink", FLINK),
        ("flink", CONNECTIONS),
        ("cloud", CONNECTIONS),
        ("kafka", KAFKA),
        ("schema-registry", REGISTRY),
    ],
)
def test_the_right_key_opens_its_family(scope: str, family: Family) -> None:
    caller = authenticate(header(scope), IDENTITY, family)
    assert (caller.credential, caller.owner) == (WORLD.key(scope).id, WORLD.key(scope).owner)


def test_the_scheme_is_read_in_any_case() -> None:
    assert authenticate(header("cloud").replace("Basic", "basic"), IDENTITY, CONTROL)


def test_no_credential_is_unauthorized() -> None:
    assert refusal(None, CONTROL).detail == "Unauthorized"


def test_a_wrong_secret_and_an_unknown_key_look_alike() -> None:
    wrong = refusal(basic(WORLD.key("cloud").id, "nope"), CONTROL)
    unknown = refusal(basic("NOBODY", "nope"), CONTROL)
    assert wrong.detail == unknown.detail == "Unauthorized"


def test_an_unknown_key_without_a_secret_stays_outside() -> None:
    assert refusal(basic("NOBODY", ""), CONTROL).detail == "Unauthorized"


@pytest.mark.parametrize("scope", ["kafka", "flink", "schema-registry"])
def test_a_cluster_key_is_told_apart_by_the_control_plane(scope: str) -> None:
    assert refusal(header(scope), CONTROL).detail == WRONG_KIND


@pytest.mark.parametrize("family", [FLINK, TABLEFLOW, KAFKA, REGISTRY])
def test_a_cloud_key_opens_no_resource(family: Family) -> None:
    assert refusal(header("cloud"), family).detail == "Unauthorized"


def test_a_bearer_token_of_nobody_is_unauthorized() -> None:
    assert refusal("Bearer abc", FLINK).detail == "Unauthorized"


def test_a_token_of_an_identity_pool_is_refused_by_name() -> None:
    with pytest.raises(Refusal) as caught:
        authenticate("Bearer abc", IDENTITY, FLINK, identity_pool="pool-1")
    assert caught.value.status == 501
    assert "pool-1 is not emulated; the live target has it" in caught.value.detail


def test_the_secret_is_in_no_refusal() -> None:
    key: ConfluentKey = WORLD.key("kafka")
    said = refusal(header("kafka"), CONTROL)
    assert key.secret.get_secret_value() not in str(said) + str(said.headers)


@given(text=st.text(st.characters(max_codepoint=255)))
def test_whatever_stands_in_the_header_is_refused_and_nothing_breaks(text: str) -> None:
    refusal(text, KAFKA)
    refusal("Basic " + text, KAFKA)
