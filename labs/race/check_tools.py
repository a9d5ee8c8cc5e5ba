"""See that everything the race needs is on this machine."""

import importlib.util
import sys

NEEDED = ("httpx", "boto3", "confluent_kafka", "runthrough")


def missing(names=NEEDED):
    """Return the packages that are not installed."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def check(names=NEEDED):
    """Stop if something is not there."""
    if sys.version_info < (3, 11):  # noqa: UP036 - a reader may have less
        raise SystemExit("Python 3.11 or newer is missing")
    if absent := missing(names):
        raise SystemExit("missing: " + ", ".join(absent))


if __name__ == "__main__":
    check()
    print("Python", sys.version.split()[0], "and", ", ".join(NEEDED))
