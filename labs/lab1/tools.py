"""See whether this machine has the tools of LAB 1."""

import shutil
import subprocess
import sys

NEEDED = {"terraform": "it makes the environment"}
HELPFUL = {"aws": "it shows who you are"}


def version(program: str) -> str:
    """Return what a program says of its version, its first two words."""
    said = subprocess.run([program, "--version"], capture_output=True)
    return " ".join(said.stdout.decode(errors="replace").split()[:2])


print("python:", sys.version.partition(" ")[0])
for tool in [*NEEDED, *HELPFUL]:
    path = shutil.which(tool)
    print(f"{tool}:", version(path) if path else "not on PATH")

missing = [tool for tool in NEEDED if not shutil.which(tool)]
for tool in missing:
    print(f"install {tool}: {NEEDED[tool]}")
if missing:
    sys.exit(f"missing: {', '.join(missing)}")
