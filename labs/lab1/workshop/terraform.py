"""Terraform itself, in a folder of its own, against an emulator."""

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from workshop.module import MODULE
from workshop.practice import system

LEAVE_OUT = shutil.ignore_patterns("storage", "*.tfvars", "*.tfstate*")
"""Your own variables and your own state stay where they are."""


class Terraform:
    """The module, copied, with variables that point at an emulator."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._folder = folder
        self._environ = system() | {
            "HOME": str(folder),
            "TF_ACC": "1",  # the provider's waits shrink to a second
            "TF_IN_AUTOMATION": "1",
            "TF_VAR_prefix": "neo",
            "TF_VAR_cloud_region": environ["CLOUD_REGION"],
            "TF_VAR_confluent_endpoint": environ[
                "CONFLUENT_CLOUD_REST_ENDPOINT"
            ],
            "TF_VAR_confluent_cloud_api_key": environ[
                "CONFLUENT_CLOUD_API_KEY"
            ],
            "TF_VAR_confluent_cloud_api_secret": environ[
                "CONFLUENT_CLOUD_API_SECRET"
            ],
            "TF_VAR_aws_access_key_id": environ["AWS_ACCESS_KEY_ID"],
            "TF_VAR_aws_secret_access_key": environ["AWS_SECRET_ACCESS_KEY"],
            "TF_VAR_aws_session_token": environ["AWS_SESSION_TOKEN"],
        }

    def __call__(self, *words: str, **variables: str) -> str:
        """Run one command, or end the program with what it complains of."""
        named = {f"TF_VAR_{n}": value for n, value in variables.items()}
        ended = subprocess.run(
            ["terraform", *words],
            cwd=self._folder,
            env=self._environ | named,
            capture_output=True,
            text=True,
        )
        if ended.returncode:
            told = ended.stderr.strip() or ended.stdout[-2000:]
            sys.exit(f"terraform {words[0]} failed:\n{told}")
        return ended.stdout

    def planned(self, **variables: str) -> list[str]:
        """Return the addresses of the resources a plan would change."""
        self("plan", "-input=false", "-out=plan", **variables)
        plan: Any = json.loads(self("show", "-json", "plan"))
        return [
            change["address"]
            for change in plan.get("resource_changes", [])
            if change["mode"] == "managed"
            and change["change"]["actions"] != ["no-op"]
        ]


@contextmanager
def terraform(environ: Mapping[str, str]) -> Iterator[Terraform]:
    """Copy the module, with the provider that `terraform init` put there."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "module"
        shutil.copytree(MODULE, copy, symlinks=True, ignore=LEAVE_OUT)
        yield Terraform(copy, environ)
