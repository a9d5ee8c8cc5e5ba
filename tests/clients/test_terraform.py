"""LAB 1 with Terraform and Confluent's released provider, where both are on the machine.

The provider is built from its Go module, which is too slow for CI: put the folder that holds
`terraform-provider-confluent` into RUNTHROUGH_TERRAFORM_PROVIDER. Its calls are replayed in
`test_terraform_calls.py` everywhere.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from runthrough.emulator.server import Running

from .conftest import ROOT, run

MODULE = ROOT / "labs" / "lab1" / "terraform"
Terraform = Callable[..., "CompletedProcess[str]"]


@pytest.fixture
def terraform(running: Running, tmp_path: Path) -> Terraform:
    """Runs terraform in a folder that holds LAB 1's files."""
    program, folder = shutil.which("terraform"), os.environ.get("RUNTHROUGH_TERRAFORM_PROVIDER")
    if program is None:
        pytest.skip("there is no terraform on PATH")
    if folder is None or not (Path(folder) / "terraform-provider-confluent").exists():
        pytest.skip("RUNTHROUGH_TERRAFORM_PROVIDER names no folder of the built provider")
    overrides = f'"confluentinc/confluent" = "{folder}"'
    (tmp_path / "rc").write_text(
        f"provider_installation {{\n  dev_overrides {{ {overrides} }}\n  direct {{}}\n}}\n"
    )
    for file in MODULE.glob("*.tf"):
        shutil.copy(file, tmp_path)
    settings = running.exports

    def command(*arguments: str) -> CompletedProcess[str]:
        return run(
            [program, *arguments],
            home=tmp_path,
            TF_CLI_CONFIG_FILE=str(tmp_path / "rc"),
            TF_ACC="1",
            TF_VAR_prefix="neo",
            TF_VAR_confluent_endpoint=running.url,
            TF_VAR_confluent_cloud_api_key=settings["CONFLUENT_CLOUD_API_KEY"],
            TF_VAR_confluent_cloud_api_secret=settings["CONFLUENT_CLOUD_API_SECRET"],
            TF_VAR_cloud_region=settings["CLOUD_REGION"],
            TF_VAR_enable_bedrock="true",
            TF_VAR_aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
            TF_VAR_aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
            TF_VAR_aws_session_token=settings["AWS_SESSION_TOKEN"],
        )

    return command


def test_lab_1_is_applied_planned_again_and_destroyed(terraform: Terraform) -> None:
    applied = terraform("apply", "-auto-approve", "-no-color")
    assert applied.returncode == 0, applied.stderr
    outputs = json.loads(terraform("output", "-json").stdout)
    assert outputs["confluent"]["value"]["compute_pool_id"].startswith("lfcp-")
    assert outputs["bedrock_connection"]["value"] == "bedrock-claude-connection"
    marked = {name for name, output in outputs.items() if output["sensitive"]}
    assert marked == {"confluent", "dotenv"}
    again = terraform("plan", "-detailed-exitcode", "-no-color")
    assert again.returncode == 0, "a second plan wants to change what the first has made"
    gone = terraform("destroy", "-auto-approve", "-no-color")
    assert gone.returncode == 0, gone.stderr


def test_the_modules_are_formatted() -> None:
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("there is no terraform on PATH")
    done = run([program, "fmt", "-check", "-diff", "-recursive", str(MODULE)], home=MODULE)
    assert done.returncode == 0, done.stdout
