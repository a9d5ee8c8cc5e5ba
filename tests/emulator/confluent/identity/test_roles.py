from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.identity.crns import below, covers, normal, touches
from runthrough.emulator.confluent.identity.parts import RoleBinding
from runthrough.emulator.confluent.identity.roles import PLACES, ROLES, Need, allowed

ORGANIZATION = "crn://confluent.cloud/organization=o"
ENVIRONMENT = f"{ORGANIZATION}/environment=env-1"
CLUSTER = f"{ENVIRONMENT}/cloud-cluster=lkc-1"
TOPIC = f"{CLUSTER}/kafka=lkc-1/topic=orders"
NAMES = st.text(st.characters(codec="utf-8"), min_size=1, max_size=8)


def binding(role: str, crn: str) -> RoleBinding:
    return RoleBinding("rb-1", "sa-1", role, crn, datetime(2026, 3, 4, tzinfo=UTC))


@pytest.mark.parametrize(
    ("pattern", "crn", "expected"),
    [
        (ORGANIZATION, TOPIC, True),
        (ENVIRONMENT, TOPIC, True),
        (CLUSTER, TOPIC, True),
        (TOPIC, TOPIC, True),
        (TOPIC, CLUSTER, False),
        (f"{ORGANIZATION}/environment=env-11", ENVIRONMENT, False),
        (ENVIRONMENT, f"{ORGANIZATION}/environment=env-11", False),
        (f"{CLUSTER}/kafka=lkc-1/topic=ord*", TOPIC, True),
        (f"{CLUSTER}/kafka=lkc-1/topic=*", TOPIC, True),
        (f"{CLUSTER}/kafka=lkc-1/topic=odd*", TOPIC, False),
        (f"{ORGANIZATION}/environment=*", TOPIC, True),
        (f"{ORGANIZATION}/*", TOPIC, True),
        (f"{ORGANIZATION}/*", ORGANIZATION, False),
    ],
)
def test_a_pattern_covers_what_lies_below_it(pattern: str, crn: str, expected: bool) -> None:
    assert covers(pattern, crn) is expected


@given(names=st.lists(NAMES, min_size=1, max_size=4), depth=st.integers(0, 4))
def test_whatever_a_name_holds_it_stays_one_part(names: list[str], depth: int) -> None:
    parts = [(f"kind{i}", name) for i, name in enumerate(names)]
    whole, above = below(ORGANIZATION, *parts), below(ORGANIZATION, *parts[:depth])
    assert covers(above, whole)
    assert touches(whole, above)
    assert whole.count("/") == ORGANIZATION.count("/") + len(parts)


def test_a_service_account_is_found_with_and_without_its_organization() -> None:
    short = "crn://confluent.cloud/service-account=sa-1"
    assert normal(short, "o") == f"{ORGANIZATION}/service-account=sa-1"
    assert normal(TOPIC, "o") == TOPIC
    need = Need("principals", "use", f"{ORGANIZATION}/service-account=sa-1")
    assert allowed(binding("Assigner", short), need, "o")
    other = Need("principals", "use", f"{ORGANIZATION}/service-account=sa-2")
    assert not allowed(binding("Assigner", short), other, "o")


@pytest.mark.parametrize("role", ROLES)
def test_whoever_has_a_role_inside_a_place_sees_the_place(role: str) -> None:
    for area in PLACES:
        assert allowed(binding(role, TOPIC), Need(area, "describe", ENVIRONMENT), "o")
        elsewhere = Need(area, "describe", f"{ORGANIZATION}/environment=env-2")
        assert not allowed(binding(role, TOPIC), elsewhere, "o")


@pytest.mark.parametrize("role", ROLES)
def test_a_role_never_reaches_beyond_its_binding(role: str) -> None:
    areas = {area for allows in ROLES.values() for area in allows} - PLACES
    for area in areas:
        for verb in ("create", "alter", "delete", "write", "use"):
            need = Need(area, verb, f"{ORGANIZATION}/environment=env-2")
            assert not allowed(binding(role, ENVIRONMENT), need, "o")
            inside = allowed(binding(role, ENVIRONMENT), Need(area, verb, TOPIC), "o")
            assert inside == (verb in ROLES[role].get(area, frozenset()))


def test_a_list_needs_a_role_on_something_in_it() -> None:
    need = Need("topics", "describe", f"{CLUSTER}/kafka=lkc-1", inside=True)
    assert allowed(binding("DeveloperRead", TOPIC), need, "o")
    assert not allowed(binding("MetricsViewer", TOPIC), need, "o")
    single = Need("topics", "describe", f"{CLUSTER}/kafka=lkc-1/topic=other")
    assert not allowed(binding("DeveloperRead", TOPIC), single, "o")
