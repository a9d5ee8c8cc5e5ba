"""LAB 1's module and the preflight that reads it: Terraform itself is the judge of both."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from runthrough.doctor.checks import NEEDED
from runthrough.settings import Settings, is_secret

LAB = Path(__file__).parent.parent.parent / "labs" / "lab1"
MODULE = LAB / "terraform"
GOOD = {
    "prefix": "neo",
    "cloud_region": "us-east-1",
    "confluent_cloud_api_key": "ABCDEFGHIJKLMNOP",
    "confluent_cloud_api_secret": "not-a-secret-but-as-long-as-one-is",
}
LONG_TERM = {"aws_access_key_id": "AKIAINVENTED00000001", "aws_secret_access_key": "s" * 40}
TEMPORARY = LONG_TERM | {"aws_access_key_id": "ASIAINVENTED00000001"}


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], ModuleType]]:
    """Imports a helper of the lab as its programs do."""
    monkeypatch.syspath_prepend(str(LAB))
    import importlib
    import sys

    yield lambda name: importlib.import_module(f"workshop.{name}")
    for name in [name for name in sys.modules if name.partition(".")[0] == "workshop"]:
        del sys.modules[name]


@pytest.fixture
def planned(tmp_path: Path) -> Callable[[dict[str, Any]], tuple[bool, dict[str, Any]]]:
    """Has Terraform plan the variables and the locals, which need no provider."""
    program = shutil.which("terraform")
    if program is None:
        pytest.skip("there is no terraform on PATH")
    shutil.copy(MODULE / "variables.tf", tmp_path)
    locals_ = (MODULE / "bedrock.tf").read_text(encoding="utf-8").partition("\nresource ")[0]
    output = 'output "seen" { value = [local.is_elsewhere, local.bedrock_endpoint] }\n'
    (tmp_path / "locals.tf").write_text(locals_ + "\n" + output, encoding="utf-8")

    def plan(values: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
        (tmp_path / "terraform.tfvars.json").write_text(json.dumps(values), encoding="utf-8")
        environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}

        def run(*words: str) -> subprocess.CompletedProcess[str]:
            return subprocess.run(
                [program, *words], cwd=tmp_path, env=environ, capture_output=True, text=True
            )

        done = run("plan", "-input=false", "-out=plan")
        if done.returncode:
            return False, {}
        shown = json.loads(run("show", "-json", "plan").stdout)
        return True, shown["planned_values"]["outputs"]["seen"]["value"]

    return plan


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"prefix": "neo-and-friends"},
        {"prefix": "n"},
        {"prefix": "1eo"},
        {"prefix": "abcdefghij"},
        {"prefix": "abcdefghijk"},
        {"prefix": " neo"},
        {"cloud_region": "us-east-9"},
        {"cloud_region": "ap-south-1", "aws_bedrock_anthropic_model_id": "apac.anthropic.c-4"},
        {"confluent_cloud_api_key": "ABCDEFGHIJKLMNOP "},
        {"confluent_cloud_api_key": "ABCDEFGHIJKLMNO"},
        {"confluent_cloud_api_key": "ABCDEFGHIJKLMNOP\n"},
        {"confluent_cloud_api_secret": "<your Cloud API secret>"},
        {"confluent_cloud_api_secret": "too short"},
        {"confluent_cloud_api_secret": "as long as one is, with blanks in it"},
        {"confluent_endpoint": "http://127.0.0.1:8765"},
        {"confluent_endpoint": "https://api.confluent.cloud/"},
        {"max_cfu": 7},
        {"max_cfu": 50},
        {"aws_bedrock_anthropic_model_id": "claude"},
        {"aws_bedrock_anthropic_model_id": "us.anthropic.claude-3-7-sonnet-20250219-v1:0"},
        {"aws_bedrock_anthropic_model_id": "us.anthropic.claude-sonnet-4-6 "},
        LONG_TERM,
        {"aws_access_key_id": "AKIA1"},
        {"aws_access_key_id": "AKIAINVENTED00000001 "},
        {"aws_secret_access_key": "s" * 39},
        {"aws_session_token": "of two\nlines"},
    ],
    ids=str,
)
def test_the_preflight_and_terraform_agree(
    change: dict[str, Any], planned: Any, lab: Callable[[str], ModuleType]
) -> None:
    values = GOOD | change
    accepted, _ = planned(values)
    found = list(lab("preflight").problems(values, {}))
    assert (not found) == accepted, found


@pytest.mark.parametrize("missing", sorted(GOOD))
def test_what_is_required_is_missed_by_both(
    missing: str, planned: Any, lab: Callable[[str], ModuleType]
) -> None:
    values = {name: value for name, value in GOOD.items() if name != missing}
    assert planned(values) == (False, {})
    assert f"{missing}: missing" in list(lab("preflight").problems(values, {}))


@pytest.mark.parametrize("region", ["us-west-2", "eu-west-1", "ap-south-1", "ap-northeast-1"])
@pytest.mark.parametrize("prefix", ["us", "eu", "apac", "jp", "global", "amazon"])
def test_both_know_which_profile_is_elsewhere(
    region: str, prefix: str, planned: Any, lab: Callable[[str], ModuleType]
) -> None:
    model = f"{prefix}.claude-sonnet-4-6"
    values = GOOD | {"cloud_region": region, "aws_bedrock_anthropic_model_id": model}
    accepted, (is_elsewhere, endpoint) = planned(values)
    assert accepted
    assert endpoint == f"https://bedrock-runtime.{region}.amazonaws.com/model/{model}/invoke"
    assert bool(lab("regions").profile_problem(model, region)) == is_elsewhere


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (LONG_TERM, ""),
        (TEMPORARY | {"aws_session_token": "token"}, ""),
        ({}, "aws_access_key_id: missing, and enable_bedrock is true"),
        (TEMPORARY, "aws_session_token: missing, and the key is temporary"),
        ({"cloud_regoin": "us-east-1"}, "cloud_regoin: the module has no such variable"),
    ],
)
def test_what_has_to_fit_together_is_named(
    change: dict[str, Any], words: str, lab: Callable[[str], ModuleType]
) -> None:
    found = list(lab("preflight").problems(GOOD | {"enable_bedrock": True} | change, {}))
    assert words in found if words else not found


def test_no_complaint_shows_a_value(lab: Callable[[str], ModuleType]) -> None:
    values = GOOD | {"confluent_cloud_api_secret": " of-the-reader-and-of-nobody-else-at-all "}
    (said,) = lab("preflight").problems(values, {})
    assert "of-the-reader" not in said


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'prefix = "neo\n', "line 1: this is not a line of the form"),
        (b'a = "b"\nprefix "neo"\n', "line 2: this is not a line of the form"),
        (b'a = "b"\nb = "of two\nlines"\n', "line 2: this is not a line of the form"),
        ("prefix = “neo”".encode(), "line 1: this is not a line of the form"),
        (b"prefix = neo", "line 1: this is not a line of the form"),
        (b'prefix = "neo"\r\nprefix = "leo"', "line 2: prefix is there a second time"),
        ('prefix = "neo"\n'.encode("utf-16"), "is not UTF-8"),
    ],
)
def test_a_file_that_cannot_be_read_is_told_with_its_place(
    content: bytes, words: str, tmp_path: Path, lab: Callable[[str], ModuleType]
) -> None:
    file = tmp_path / "terraform.tfvars"
    file.write_bytes(content)
    with pytest.raises(SystemExit, match=words):
        lab("preflight").read_variables(file)


def test_marks_and_line_endings_of_windows_are_read(
    tmp_path: Path, lab: Callable[[str], ModuleType]
) -> None:
    file = tmp_path / "terraform.tfvars"
    file.write_bytes(b'\xef\xbb\xbf# mine\r\nprefix = "neo"\r\n\r\nenable_bedrock = true')
    assert lab("preflight").read_variables(file) == {"prefix": "neo", "enable_bedrock": True}
    file.write_bytes(b"# nothing yet\r\n")
    assert lab("preflight").read_variables(file) == {}


def test_the_sample_names_variables_of_the_module_only(lab: Callable[[str], ModuleType]) -> None:
    module = lab("module")
    sample = module.read_hcl((MODULE / "sample.tfvars").read_text(encoding="utf-8"))
    assert sample.keys() <= module.blocks("variable").keys()


def test_the_settings_file_has_what_the_doctor_needs(lab: Callable[[str], ModuleType]) -> None:
    """All but the AWS keys, which end by themselves and stay in the shell."""
    output = lab("module").blocks("output")["dotenv"]
    names = set(re.findall(r"^\s*([A-Z_]+)='", output["value"], re.MULTILINE))
    assert names <= Settings.model_fields.keys()
    assert set(NEEDED) - names == {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"}
    assert output["sensitive"]
    assert any(is_secret(name) for name in names)
