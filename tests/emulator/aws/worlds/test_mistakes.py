"""Mistakes in the AWS part of a world file: each is said with its place."""

from __future__ import annotations

from collections.abc import Callable
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
import yaml

from runthrough.emulator.aws.service import open_account
from runthrough.emulator.world import read_world, utc_now
from runthrough.errors import EmulatorError

DEFAULT = (resources.files("runthrough.emulator") / "worlds" / "default.yaml").read_text()
BOUGHT = {
    "id": "abc123def456",
    "name": "one",
    "model": "amazon.nova-lite-v1:0",
    "region": "us-east-1",
}


def said_of(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> str:
    world = yaml.safe_load(DEFAULT)
    change(world["aws"])
    path = tmp_path / "world.yaml"
    path.write_text(yaml.safe_dump(world, sort_keys=False))
    with pytest.raises(EmulatorError) as caught:
        open_account(read_world(path).aws, started=utc_now(), clock=utc_now)
    return str(caught.value)


@pytest.mark.parametrize(
    ("key", "value", "place", "said"),
    [
        ("iam", [{"effect": "Allow", "actions": ["InvokeModel"]}], "iam", "is not an action"),
        ("iam", [{"effect": "Maybe", "actions": ["*"]}], "effect", "'Allow', 'Deny'"),
        ("iam", [{"effect": "Allow", "actions": []}], "actions", ""),
        (
            "iam",
            [{"effect": "Deny", "actions": ["*"], "resources": ["nova"]}],
            "resources",
            "neither '*' nor an ARN",
        ),
        ("access", {"standing": "bad"}, "standing", "'good', 'hold', 'barred'"),
        ("access", {"use_case_form": "lost"}, "use_case_form", "'submitted'"),
        ("access", {"agreement_takes": "soon"}, "agreement_takes", "a number and s, m, h or d"),
        ("access", {"agreement_reads": -1}, "agreement_reads", ""),
        ("access", {"agreements": {"*": "perhaps"}}, "agreements", "'available'"),
        (
            "access",
            {"agreements": {"claude": "none"}},
            "aws.access.agreements",
            "no model 'claude'",
        ),
        (
            "access",
            {"inactive_models": ["gpt-*"]},
            "aws.access.inactive_models",
            "no model 'gpt-*'",
        ),
        ("access", {"use_case_from": "missing"}, "line ", "did you mean 'use_case_form'"),
        ("quotas", [{"quota": "tokens", "value": 1}], "aws.quotas", "name or code 'tokens'"),
        ("quotas", [{"quota": "*", "value": -1}], "value", ""),
        ("quotas", [{"quota": "*", "value": 1e11}], "value", ""),
        ("bedrock_regions", ["mars-1"], "aws.bedrock_regions", "no region 'mars-1'"),
        ("closed_regions", ["mars-1"], "aws.closed_regions", "no region 'mars-1'"),
        ("provisioned_models", [BOUGHT | {"id": "x"}], "id", ""),
        ("provisioned_models", [BOUGHT | {"model": "x"}], "aws.provisioned_models", "no model 'x'"),
        ("keys", [], "keys", ""),
    ],
    ids=lambda value: str(value)[:50],
)
def test_a_mistake_is_said_with_its_place(
    tmp_path: Path, key: str, value: Any, place: str, said: str
) -> None:
    text = said_of(tmp_path, lambda aws: aws.update({key: value}))
    assert place in text
    assert said in text


@pytest.mark.parametrize("name", ["default", "workshop-studio", "new-account"])
def test_the_shipped_worlds_have_no_mistake(name: str) -> None:
    open_account(read_world(name).aws, started=utc_now(), clock=utc_now)


def test_the_shipped_worlds_share_no_id_and_no_secret() -> None:
    """Two emulators of one class must not open each other by accident."""
    seen: list[str] = []
    for name in ("default", "workshop-studio", "new-account"):
        world = read_world(name)
        seen += [world.organization.id, world.environment.id, world.cluster.id]
        seen += [key.id for key in world.keys]
        seen += [key.secret.get_secret_value() for key in world.keys]
        seen += [key.access_key_id for key in world.aws.keys]
        seen += [key.secret_access_key.get_secret_value() for key in world.aws.keys]
        seen.append(world.aws.account_id)
    assert len(seen) == len(set(seen))
