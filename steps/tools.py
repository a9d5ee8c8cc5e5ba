"""The line that says which tool a scenario cannot do without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytest_bdd import given, parsers

_MODULE = Path(__file__).parent.parent / "labs" / "lab1" / "terraform"


@given(
    parsers.re(
        r"(?P<tool>Terraform|the confluent CLI) is on this machine"
        r"(?P<provider>, with Confluent's provider)?"
    )
)
def have_tool(tool: str, provider: str | None) -> None:
    """Skip a scenario where a tool, or the provider that `terraform init` fetches, is not."""
    command = tool.lower().removeprefix("the ").removesuffix(" cli")
    if shutil.which(command) is None:
        pytest.skip(f"there is no {command} on PATH")
    fetched = _MODULE.glob(".terraform/providers/**/terraform-provider-confluent*")
    if provider and not any(fetched):
        pytest.skip(
            "run `terraform init` in labs/lab1/terraform: Confluent's provider is not there"
        )
