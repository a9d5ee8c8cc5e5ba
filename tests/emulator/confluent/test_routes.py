from __future__ import annotations

import re
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.families import FLINK
from runthrough.emulator.confluent.matching import Match, RouteTree
from runthrough.emulator.confluent.route import Route
from runthrough.emulator.confluent.routes import ROUTES, match

NAMED = [pytest.param(route, id=f"{route.method} {route.path}") for route in ROUTES]


@pytest.mark.parametrize("route", NAMED)
def test_every_route_is_found_by_its_own_path(route: Route) -> None:
    """Nothing in the table hides behind something above it."""
    path = re.sub(r"\{(\w+)\*?\}", r"some-\1", route.path)
    found = match(path)
    assert found is not None
    assert found.methods[route.method] is route
    assert all(value == f"some-{name}" for name, value in found.params.items())


def test_no_route_is_there_twice() -> None:
    names = [(route.method, route.path) for route in ROUTES]
    assert len(names) == len(set(names))


def test_every_handler_says_what_it_serves() -> None:
    for route in ROUTES:
        if route.handler is not None:
            assert (route.handler.__doc__ or "").startswith(route.method), route


def test_an_encoded_slash_stays_inside_its_name() -> None:
    found = match("/subjects/a%2Fb%2F..%2Fc/versions")
    assert found is not None
    assert found.params == {"subject": "a/b/../c"}


def test_the_control_plane_answers_under_api_too() -> None:
    assert match("/api/org/v2/environments") == match("/org/v2/environments")
    assert match("/api/subjects") is None


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "",
        "*",
        "/nope",
        "/org/v2",
        "/org/v2/environments/",
        "/org//v2/environments",
        "/org/v2/environments/a/b",
        "/subjects/x/../config",
    ],
)
def test_other_paths_have_no_route(path: str) -> None:
    assert match(path) is None


@given(path=st.text(st.sampled_from("/.%2Fapisubjectv{}*\x00é")))
def test_no_path_breaks_the_search(path: str) -> None:
    match("/" + path)


def route(method: str, path: str) -> Route:
    return Route(FLINK, method, path)


def test_a_word_goes_before_a_name_and_a_name_before_the_rest() -> None:
    """Whatever the order of the table."""
    word, name, rest = route("GET", "/a/b"), route("GET", "/a/{x}"), route("GET", "/a/{x*}")
    deeper = route("GET", "/a/{x}/c")
    for order in permutations([word, name, rest, deeper]):
        tree = RouteTree(order)
        assert tree.find("/a/b") == Match({"GET": word}, {})
        assert tree.find("/a/z") == Match({"GET": name}, {"x": "z"})
        assert tree.find("/a/b/c") == Match({"GET": deeper}, {"x": "b"})
        assert tree.find("/a/b/d") == Match({"GET": rest}, {"x": "b/d"})
        assert tree.find("/a") is None


def test_two_routes_of_one_form_must_agree_on_their_names() -> None:
    with pytest.raises(ValueError, match="is there twice"):
        RouteTree([route("GET", "/a/{x}"), route("GET", "/a/{x}")])
    with pytest.raises(ValueError, match="is there with the names x"):
        RouteTree([route("GET", "/a/{x}"), route("PUT", "/a/{y}")])
