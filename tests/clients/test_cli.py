"""The released `confluent` CLI against a served emulator, where it is on the machine.

It is built from its Go module, which is too slow for CI: put it on PATH, or its place into
RUNTHROUGH_CONFLUENT_CLI. Its calls are replayed in `test_cli_calls.py` everywhere.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from runthrough.emulator.server import Running

from .conftest import run

Command = Callable[..., Any]


@pytest.fixture(scope="module")
def confluent(running: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Command]:
    """Runs one command of a CLI that is logged in."""
    program = os.environ.get("RUNTHROUGH_CONFLUENT_CLI") or shutil.which("confluent")
    if program is None:
        pytest.skip("there is no confluent CLI on PATH nor in RUNTHROUGH_CONFLUENT_CLI")
    home = tmp_path_factory.mktemp("confluent")
    settings = {"disable_feature_flags": True, "disable_update_check": True}
    (home / ".confluent").mkdir()
    (home / ".confluent" / "config.json").write_text(json.dumps(settings))
    user = next(p for p in running.world.principals if p.password is not None)
    assert user.password is not None
    login = {
        "CONFLUENT_CLOUD_EMAIL": user.email,
        "CONFLUENT_CLOUD_PASSWORD": user.password.get_secret_value(),
    }

    def command(*arguments: str, output: bool = True) -> Any:
        more = ["--output", "json"] if output else []
        done = run([program, *arguments, *more], home=home, **login)
        assert done.returncode == 0, f"{arguments}: {done.stdout}\n{done.stderr}"
        return json.loads(done.stdout) if output else done.stdout

    command("login", "--url", f"{running.url}/cpdev.cloud", output=False)
    yield command
    command("logout", output=False)


def test_it_works_with_flink_from_login_to_a_statement(
    running: Running, confluent: Command
) -> None:
    world = running.world
    listed = confluent("environment", "list")
    assert world.environment.id in {one["id"] for one in listed}
    confluent("environment", "use", world.environment.id, output=False)
    region = ("--cloud", world.cloud.lower(), "--region", world.region)
    confluent("flink", "region", "use", *region, output=False)
    confluent("flink", "endpoint", "use", running.url, output=False)
    assert world.compute_pool.id in str(confluent("flink", "compute-pool", "list"))
    made = confluent(
        *("flink", "statement", "create", "cli-real", "--wait"),
        *("--sql", "CREATE TABLE cli_real (id INT)", "--database", world.cluster.name),
        *("--compute-pool", world.compute_pool.id),
    )
    assert made["status"] == "COMPLETED"
    assert confluent("flink", "statement", "describe", "cli-real")["name"] == "cli-real"
    confluent("flink", "statement", "delete", "cli-real", "--force", output=False)


def test_it_makes_a_connection_and_shows_no_secret(running: Running, confluent: Command) -> None:
    made = confluent(
        *("flink", "connection", "create", "cli-bedrock", "--type", "bedrock"),
        *("--endpoint", "https://bedrock-runtime.us-east-1.amazonaws.com/model/m/invoke"),
        *("--aws-access-key", "AKIAEXAMPLE", "--aws-secret-key", "secret-of-a-test"),
    )
    assert "secret-of-a-test" not in json.dumps(made)
    assert "cli-bedrock" in json.dumps(confluent("flink", "connection", "list"))
    confluent("flink", "connection", "delete", "cli-bedrock", "--force", output=False)
