"""Look at terraform.tfvars before anything is created; creates nothing.

    python -m workshop.preflight [FILE]

The rules are the module's own: what variables.tf asks of a value is asked
here too, before Terraform has been to any cloud.
"""

import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from workshop.module import MODULE, blocks, read_hcl
from workshop.regions import profile_problem

FILE = MODULE / "terraform.tfvars"
AWS_KEYS = ("aws_access_key_id", "aws_secret_access_key")

LINE = re.compile(
    r"\s*(?:(?P<name>\w+)\s*=\s*"
    r'(?:"(?:[^"\\]|\\.)*"|true|false|-?[0-9.]+)\s*)?(?:(?:#|//).*)?'
)
"""A line of a variables file: empty, a comment, or a name and its value."""

Values = dict[str, Any]


def read_variables(file: Path) -> Values:
    """Return what a variables file says.

    Windows line endings and a byte-order mark are fine.
    """
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        sys.exit(f"{file.name} is not there: run init_variables.py")
    except UnicodeDecodeError:
        sys.exit(f"{file.name} is not UTF-8: save it as UTF-8")
    seen: set[str] = set()
    for number, line in enumerate(text.splitlines(), start=1):
        found = LINE.fullmatch(line)
        at = f"{file.name}, line {number}"
        if found is None:
            sys.exit(f'{at}: this is not a line of the form name = "value"')
        if found["name"] in seen:
            sys.exit(f"{at}: {found['name']} is there a second time")
        seen |= {found["name"]} if found["name"] else set()
    return read_hcl(text.rstrip() + "\n") if seen else {}


def problems(
    values: Mapping[str, Any], environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield what stands in the way, one sentence each, no value shown."""
    declared = blocks("variable")
    for name in values:
        if name not in declared:
            yield f"{name}: the module has no such variable"
    for name, rule in declared.items():
        value = values.get(name, rule.get("default"))
        if value is None:
            yield f"{name}: missing"
        elif complaint := _complaint(value, rule):
            yield f"{name}: {complaint}"
    yield from _together(values, environ)


def _complaint(value: Any, rule: Mapping[str, Any]) -> str:
    """Return what is wrong with one value, or nothing."""
    kind = rule["type"].strip("${}")
    if kind != "string" and isinstance(value, str):
        return f"has to be a {kind}, without quotation marks"
    text = str(value)
    if "<" in text:
        return "is not filled in yet"
    if text != text.strip():
        return "has a blank at its begin or end: paste it again without"
    for check in rule.get("validation", []):
        if not _holds(check["condition"], value):
            return str(check["error_message"])
    return ""


def _holds(condition: str, value: Any) -> bool:
    """Judge `can(regex("…", var.x))` and `contains([…], var.x)`."""
    if found := re.search(r'regex\("(.*)", var\.', condition):
        pattern = json.loads(f'"{found[1]}"').replace("[:space:]", r"\s")
        return re.search(pattern.replace("$", r"\Z"), value) is not None
    listed = re.search(r"contains\((\[.*\]), var\.", condition)
    assert listed, f"a condition that is new to the preflight: {condition}"
    return value in json.loads(listed[1])


def _together(
    values: Mapping[str, Any], environ: Mapping[str, str]
) -> Iterator[str]:
    """Yield what is wrong with two values that have to fit each other."""
    region = str(values.get("cloud_region", ""))
    model = str(values.get("aws_bedrock_anthropic_model_id", ""))
    if region and (problem := profile_problem(model, region)):
        yield f"aws_bedrock_anthropic_model_id: {problem}"
    there = environ.get("AWS_REGION", "")
    if region and there and there != region:
        yield f"cloud_region: is {region}, but AWS_REGION is {there}"
    if values.get("enable_bedrock") is True:
        for name in AWS_KEYS:
            if not values.get(name):
                yield f"{name}: missing, and enable_bedrock is true"
        temporary = str(values.get(AWS_KEYS[0], "")).startswith("ASIA")
        if temporary and not values.get("aws_session_token"):
            yield "aws_session_token: missing, and the key is temporary"


def main() -> None:
    """Look at the file that the command names, or at terraform.tfvars."""
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else FILE
    found = list(problems(read_variables(file), os.environ))
    if found:
        sys.exit("\n".join([f"{file.name} is not ready:", *found]))
    print(f"{file.name} is ready. Nothing was created.")


if __name__ == "__main__":
    main()
