"""See whether this machine has the tools of LAB 1."""

import shutil
import subprocess
import sys

NEEDED = {"terraform": "it makes the environment"}
HELPFUL = {"aws": "it shows who you are", "bash": "", "pwsh": ""}


def version(program: str) -> str:
    """Return the first line that a program says of its version."""
    said = subprocess.run([program, "--version"], capture_output=True)
    return said.stdout.decode(errors="replace").partition("\n")[0].strip()


print("python:", sys.version.partition(" ")[0])
for tool in [*NEEDED, *HELPFUL]:
    path = shutil.which(tool)
    print(f"{tool}:", version(path) if path else "not on PATH")

missing = [tool for tool in NEEDED if not shutil.which(tool)]
for tool in missing:
    print(f"install {tool}: {NEEDED[tool]}")
if missing:
    sys.exit(f"missing: {', '.join(missing)}")
