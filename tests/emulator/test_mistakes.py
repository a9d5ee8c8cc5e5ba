"""What is wrong in a world file, as a person would say it."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from runthrough.emulator.mistakes import say
from runthrough.emulator.world import read_world
from runthrough.errors import EmulatorError

DEFAULT = (resources.files("runthrough.emulator") / "worlds" / "default.yaml").read_text()


class Leaf(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: int
    flag: bool = False


class Tree(BaseModel):
    model_config = ConfigDict(extra="forbid")

    leaves: tuple[Leaf, ...] = ()
    one: Leaf | None = None


def said_of(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        Tree.model_validate(yaml.safe_load(text))
    return say(caught.value, Tree, text)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("region:", "regoin:", "there is no key 'regoin'; did you mean 'region'?"),
        ("organization:", "organisation:", "did you mean 'organization'?"),
        ("kind: User", "kind: Person", "must be one of 'User', 'ServiceAccount'"),
    ],
)
def test_a_mistake_in_a_world_is_said_with_its_line(
    tmp_path: Path, old: str, new: str, said: str
) -> None:
    path = tmp_path / "world.yaml"
    assert old in DEFAULT
    path.write_text(DEFAULT.replace(old, new, 1))
    line = next(n for n, text in enumerate(path.read_text().splitlines(), 1) if new in text)
    with pytest.raises(EmulatorError) as caught:
        read_world(path)
    assert str(caught.value).startswith(f"{path} is not a world: ")
    assert f"line {line}: " in str(caught.value)
    assert said in str(caught.value)


def test_a_secret_of_a_world_is_in_no_mistake(tmp_path: Path) -> None:
    path = tmp_path / "world.yaml"
    path.write_text(DEFAULT.replace("secret:", "secrt: hidden-secret\n    secret:", 1))
    with pytest.raises(EmulatorError, match="is not") as caught:
        read_world(path)
    assert "hidden-secret" not in str(caught.value)


def test_an_alias_may_stand_anywhere() -> None:
    shared = "leaves: [&a {number: x}, *a, *a]"
    assert said_of(shared) == (
        "line 1: leaves, entry 1, number: must be a whole number; "
        "leaves, entry 2, number: must be a whole number; "
        "leaves, entry 3, number: must be a whole number"
    )
    assert "there is no key 'flg'; did you mean 'flag'?" in said_of("one: &a {flg: *a}")


@given(
    data=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["leaves", "one", "number", "flag", "flga"]) | st.text(max_size=3),
                inner,
                max_size=3,
            )
        ),
        max_leaves=10,
    )
)
def test_whatever_is_wrong_is_said(data: object) -> None:
    text = yaml.safe_dump(data)
    try:
        Tree.model_validate(yaml.safe_load(text))
    except ValidationError as e:
        said, count = say(e, Tree, text), e.error_count()
    else:
        return
    assert said.count("; ") + 1 >= count


def test_a_world_that_is_not_there_is_met_with_those_that_are() -> None:
    with pytest.raises(EmulatorError, match=r"'nosuch'.* default, new-account, workshop-studio"):
        read_world("nosuch")
