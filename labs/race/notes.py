"""The file that keeps the keys of the race: yours to read, nobody else's.

Run alone, it tells what is in there, and no secret.
"""

import os
from pathlib import Path

FILE = Path(os.environ.get("LAB_FILES", ".")) / ".race.env"


def read():
    """Return the variables of the file, none if there is no file."""
    if not FILE.exists():
        return {}
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def write(values):
    """Write all variables; the file opens for its owner only."""
    FILE.unlink(missing_ok=True)
    how = os.O_WRONLY | os.O_CREAT | os.O_EXCL
    with os.fdopen(os.open(FILE, how, 0o600), "w", encoding="utf-8") as file:
        for name, value in values.items():
            file.write(f"{name}={value}\n")


if __name__ == "__main__":
    for name, value in read().items():
        print(name, "=", "(kept)" if name.endswith("SECRET") else value)
    if FILE.exists() and os.name == "posix":
        print("others may read the file:", bool(FILE.stat().st_mode & 0o077))
