from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from runthrough.emulator.confluent.identity.parts import Resource
from runthrough.emulator.confluent.identity.propagation import KEYS, ROLE_BINDINGS
from runthrough.emulator.confluent.identity.roles import Need
from runthrough.emulator.confluent.identity.store import Identity, NameTakenError, QuotaError
from runthrough.emulator.world import Propagation, RoleBinding, read_world
from runthrough.errors import EmulatorError

WORLD = read_world()
ORGANIZATION = f"crn://confluent.cloud/organization={WORLD.organization.id}"
CLOUD = Resource("cloud", "cloud")


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = datetime(2026, 3, 4, 9, 15, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


def test_of_many_who_want_one_name_one_gets_it() -> None:
    identity = Identity(WORLD, clock=Hands())

    def create(_: int) -> bool:
        try:
            identity.create_service_account("wanted", "")
        except NameTakenError:
            return False
        return True

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(create, range(200))) == 1


def test_quotas_are_kept_and_named() -> None:
    quotas = {"service_accounts_per_org": 2, "apikeys_per_org": len(WORLD.keys) + 1}
    identity = Identity(WORLD, clock=Hands(), quotas=quotas)
    owner = identity.create_service_account("second", "").id
    with pytest.raises(QuotaError, match="service_accounts_per_org is limited to 2"):
        identity.create_service_account("third", "")
    key = identity.create_api_key(owner, CLOUD, name="", description="")
    with pytest.raises(QuotaError, match="apikeys_per_org"):
        identity.create_api_key(owner, CLOUD, name="", description="")
    identity.delete_api_key(key.id)
    identity.create_api_key(owner, CLOUD, name="", description="")


@pytest.mark.parametrize("scope", KEYS)
def test_by_the_clock_a_key_is_ready_after_its_time(scope: Any) -> None:
    clock = Hands()
    identity = Identity(WORLD, clock=clock, pace="realistic")
    made = identity.create_api_key("sa-rh5t1q", Resource(scope, "x"), name="", description="")
    secret = made.secret.get_secret_value()
    clock.now += KEYS[scope] - timedelta(seconds=1)
    assert identity.key_caller(made.id, secret) is None
    clock.now += timedelta(seconds=1)
    caller = identity.key_caller(made.id, secret)
    assert caller is not None
    assert caller.owner == "sa-rh5t1q"


def test_by_the_clock_a_role_applies_after_its_time() -> None:
    clock = Hands()
    identity = Identity(WORLD, clock=clock, pace="realistic")
    account = identity.create_service_account("new", "").id
    identity.create_role_binding(account, "OrganizationAdmin", ORGANIZATION)
    need = Need("environments", "create", ORGANIZATION)
    clock.now += ROLE_BINDINGS - timedelta(seconds=1)
    assert not identity.may(account, need)
    clock.now += timedelta(seconds=1)
    assert identity.may(account, need)


def test_a_wrong_secret_is_no_look() -> None:
    world = WORLD.model_copy(update={"propagation": Propagation(keys=1)})
    identity = Identity(world, clock=Hands())
    made = identity.create_api_key("sa-rh5t1q", CLOUD, name="", description="")
    assert identity.key_caller(made.id, "wrong") is None
    assert identity.key_caller(made.id, made.secret.get_secret_value()) is None
    assert identity.key_caller(made.id, made.secret.get_secret_value()) is not None


def test_a_world_gives_the_roles_it_names_and_no_others() -> None:
    given = RoleBinding(
        id="rb-1", principal="sa-rh5t1q", role_name="MetricsViewer", crn_pattern=ORGANIZATION
    )
    identity = Identity(WORLD.model_copy(update={"role_bindings": (given,)}), clock=Hands())
    assert [b.role for b in identity.role_bindings()] == ["MetricsViewer"]
    assert identity.may("sa-rh5t1q", Need("metrics", "describe", ORGANIZATION))
    assert not identity.may("u-rh0a7c", Need("metrics", "describe", ORGANIZATION))


def test_without_role_bindings_users_administer_the_organization() -> None:
    identity = Identity(WORLD.model_copy(update={"role_bindings": None}), clock=Hands())
    roles = {b.principal: b.role for b in identity.role_bindings()}
    assert roles == {"u-rh0a7c": "OrganizationAdmin", "sa-rh5t1q": "EnvironmentAdmin"}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"principal": "sa-nobody"}, "rb-1 is of sa-nobody, which is no principal"),
        ({"role_name": "Emperor"}, "rb-1 names the role Emperor; the roles are AccountAdmin, "),
    ],
)
def test_a_world_that_names_nobody_or_no_role_is_refused(
    change: dict[str, str], words: str
) -> None:
    given = RoleBinding(
        id="rb-1", principal="sa-rh5t1q", role_name="MetricsViewer", crn_pattern=ORGANIZATION
    ).model_copy(update=change)
    with pytest.raises(EmulatorError, match=words):
        Identity(WORLD.model_copy(update={"role_bindings": (given,)}), clock=Hands())


def test_a_key_of_nobody_is_refused() -> None:
    keys = tuple(key.model_copy(update={"owner": "sa-nobody"}) for key in WORLD.keys[:1])
    with pytest.raises(EmulatorError, match="belongs to sa-nobody, which is no principal"):
        Identity(WORLD.model_copy(update={"keys": keys}), clock=Hands())
