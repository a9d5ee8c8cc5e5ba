"""The line that says which tool a scenario cannot do without."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from pytest_bdd import given, parsers

_MODULE = Path(__file__).parent.parent / "labs" / "lab1" / "terraform"


@given(parsers.re(r"Terraform is on this machine(?P<provider>, with Confluent's provider)?"))
def have_terraform(provider: str | None) -> None:
    """Skip a scenario where Terraform, or the provider that `terraform init` fetches, is not."""
    if shutil.which("terraform") is None:
        pytest.skip("there is no terraform on PATH")
    fetched = _MODULE.glob(".terraform/providers/**/terraform-provider-confluent*")
    if provider and not any(fetched):
        pytest.skip(
            "run `terraform init` in labs/lab1/terraform: Confluent's provider is not there"
        )
