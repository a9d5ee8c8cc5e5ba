from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runthrough.emulator.confluent.gateway.patch import OPERATIONS, apply_patch
from runthrough.emulator.confluent.http import Refusal

DOCUMENT: dict[str, Any] = {"spec": {"stopped": False, "a/b": "x", "c~d": {"e": 1}}, "name": "n"}


@pytest.mark.parametrize(
    ("operation", "place", "value"),
    [
        ({"op": "replace", "path": "/spec/stopped", "value": True}, ("spec", "stopped"), True),
        ({"op": "REPLACE", "path": "/spec/stopped", "value": None}, ("spec", "stopped"), None),
        ({"op": "add", "path": "/spec/new", "value": {"k": 1}}, ("spec", "new"), {"k": 1}),
        ({"op": "add", "path": "/name", "value": "m"}, ("name",), "m"),
        ({"op": "replace", "path": "/spec/a~1b", "value": "y"}, ("spec", "a/b"), "y"),
        ({"op": "replace", "path": "/spec/c~0d/e", "value": 2}, ("spec", "c~d", "e"), 2),
        ({"op": "copy", "from": "/spec/c~0d", "path": "/copy"}, ("copy",), {"e": 1}),
        ({"op": "move", "from": "/name", "path": "/spec/name"}, ("spec", "name"), "n"),
        ({"op": "test", "path": "/name", "value": "n"}, ("name",), "n"),
    ],
)
def test_an_operation_changes_its_place(
    operation: dict[str, object], place: tuple[str, ...], value: object
) -> None:
    found: Any = apply_patch(DOCUMENT, [operation])
    for name in place:
        found = found[name]
    assert found == value


def test_what_is_removed_or_moved_is_gone() -> None:
    remove = {"op": "remove", "path": "/spec/stopped"}
    move = {"op": "move", "from": "/spec/c~0d/e", "path": "/e"}
    assert apply_patch(DOCUMENT, [remove, move]) == {
        "spec": {"a/b": "x", "c~d": {}},
        "name": "n",
        "e": 1,
    }


@pytest.mark.parametrize(
    "patch",
    [
        [],
        {},
        None,
        ["x"],
        [{}],
        [{"op": "increase", "path": "/name", "value": 1}],
        [{"op": 1, "path": "/name", "value": 1}],
        [{"op": "add", "value": 1}],
        [{"op": "add", "path": "name", "value": 1}],
        [{"op": "add", "path": "", "value": {}}],
        [{"op": "add", "path": "/a~2b", "value": 1}],
        [{"op": "add", "path": "/no/where", "value": 1}],
        [{"op": "add", "path": "/name/deeper", "value": 1}],
        [{"op": "add", "path": "/name"}],
        [{"op": "replace", "path": "/nowhere", "value": 1}],
        [{"op": "remove", "path": "/nowhere"}],
        [{"op": "copy", "path": "/x"}],
        [{"op": "move", "from": "/nowhere", "path": "/x"}],
    ],
)
def test_what_is_no_patch_is_refused(patch: object) -> None:
    with pytest.raises(Refusal) as caught:
        apply_patch(DOCUMENT, patch)
    assert caught.value.status == 400


def test_a_test_that_fails_is_a_conflict() -> None:
    with pytest.raises(Refusal, match="the test of /name failed") as caught:
        apply_patch(DOCUMENT, [{"op": "test", "path": "/name", "value": "other"}])
    assert caught.value.status == 409


POINTERS = st.sampled_from(["", "/", "/name", "/spec", "/spec/stopped", "/spec/x", "/x/y", "x"])
PATCHES = st.lists(
    st.fixed_dictionaries(
        {"op": st.sampled_from([*OPERATIONS, "ADD", "?"]), "path": POINTERS},
        optional={"from": POINTERS, "value": st.none() | st.text(max_size=2) | st.just({})},
    ),
    max_size=4,
)


@given(patch=PATCHES)
def test_a_patch_is_carried_out_whole_or_refused_and_never_changes_what_it_was_given(
    patch: list[dict[str, object]],
) -> None:
    before, status = copy.deepcopy(DOCUMENT), 200
    try:
        apply_patch(DOCUMENT, patch)
    except Refusal as refusal:
        status = refusal.status
    assert status in {200, 400, 409}
    assert before == DOCUMENT
