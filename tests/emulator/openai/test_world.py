"""The part `openai` of a world."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import httpx
import pytest
import yaml

from runthrough.emulator.server import serve
from runthrough.emulator.world import OPENAI_KEY, World, read_world
from runthrough.errors import EmulatorError


def world_with(folder: Path, openai: object) -> World:
    shipped = resources.files("runthrough.emulator") / "worlds" / "default.yaml"
    told = yaml.safe_load(shipped.read_text(encoding="utf-8"))
    told.pop("openai")
    if openai is not None:
        told["openai"] = openai
    path = folder / "world.yaml"
    path.write_text(yaml.safe_dump(told), encoding="utf-8")
    return read_world(path)


def test_a_world_that_names_no_key_has_the_usual_one(tmp_path: Path) -> None:
    [key] = world_with(tmp_path, None).openai.keys
    assert key.secret.get_secret_value() == OPENAI_KEY
    assert read_world().openai.keys[0].secret.get_secret_value() == OPENAI_KEY


def test_the_worlds_key_is_exported_and_opens_it(tmp_path: Path) -> None:
    world = world_with(tmp_path, {"keys": [{"secret": "sk-of-this-world-only"}], "quota_tokens": 0})
    assert "sk-of-this-world-only" not in repr(world)
    with serve(world) as running:
        address = f"{running.exports['OPENAI_BASE_URL']}/models"
        assert running.exports["OPENAI_API_KEY"] == "sk-of-this-world-only"
        for key, status in (("sk-of-this-world-only", 200), (OPENAI_KEY, 401)):
            headers = {"Authorization": f"Bearer {key}"}
            assert httpx.get(address, headers=headers, trust_env=False).status_code == status


@pytest.mark.parametrize(
    ("openai", "said"),
    [
        ({"keys": []}, "openai, keys"),
        ({"keys": [{"secret": ""}]}, "openai, keys"),
        ({"key": "sk-misspelt"}, "openai: there is no key 'key'; did you mean 'keys'?"),
        ({"requests_per_minute": 0}, "openai, requests_per_minute"),
        ({"tokens_per_minute": -1}, "openai, tokens_per_minute"),
        ({"quota_tokens": -1}, "openai, quota_tokens"),
    ],
)
def test_a_mistake_is_named_by_its_place(tmp_path: Path, openai: object, said: str) -> None:
    with pytest.raises(EmulatorError) as caught:
        world_with(tmp_path, openai)
    assert said in str(caught.value)
    assert "sk-misspelt" not in str(caught.value)
