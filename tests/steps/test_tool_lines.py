"""A scenario whose tool is not on the machine is skipped, and says which one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from steps import tools


@pytest.mark.skipif(os.name == "nt", reason="a file is executable by its name there")
@pytest.mark.parametrize(
    ("tool", "command"), [("Terraform", "terraform"), ("the confluent CLI", "confluent")]
)
def test_a_tool_is_looked_for_by_its_command(
    tool: str, command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(pytest.skip.Exception, match=f"there is no {command} on PATH"):
        tools.have_tool(tool, None)
    path = tmp_path / command
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    tools.have_tool(tool, None)
