"""See that everything the race needs is on this machine."""

import importlib.util
import sys

NEEDED = ("httpx", "boto3", "confluent_kafka", "runthrough")
REMEDY = "Nothing was made. In the repository: python -m pip install ."


def check():
    """Stop if something is not there, and say what to do."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a reader may have less
        raise SystemExit("missing: Python 3.11 or newer. Nothing was made.")
    found = importlib.util.find_spec
    missing = [name for name in NEEDED if found(name) is None]
    if missing:
        raise SystemExit(f"missing: {', '.join(missing)}. {REMEDY}")


if __name__ == "__main__":
    check()
    print("Python", sys.version.split()[0], "and", ", ".join(NEEDED))
