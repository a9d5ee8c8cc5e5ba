"""See whether the confluent CLI is here and new enough, and sign in to it.

The next files take `confluent` and `signed_in` from here.
"""

import contextlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

NEEDED = (4, 7)
CLOUD = "https://api.confluent.cloud"
VERSIONS = ["v3.60.0", "v4.6.2", "v4.7.0", "v4.10.0"]


def is_new_enough(said):
    """Compare numbers, not letters: 4.10 is newer than 4.7."""
    found = re.search(r"(\d+)\.(\d+)\.\d+", said)
    return found is not None and tuple(map(int, found.groups())) >= NEEDED


def judge(said):
    """Return what to do about a CLI that says this of its version."""
    new = is_new_enough(said)
    return "new enough" if new else "too old, install 4.7 or newer"


def confluent(*arguments):
    """Run one command; return its exit code and all that it says."""
    ended = subprocess.run(
        ["confluent", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )
    return ended.returncode, ended.stdout


@contextlib.contextmanager
def signed_in():
    """Use your own login, or that of CONFLUENT_CLOUD_EMAIL if it is set."""
    if "CONFLUENT_CLOUD_EMAIL" not in os.environ:
        yield
        return
    with tempfile.TemporaryDirectory() as home:
        os.environ["HOME"] = os.environ["USERPROFILE"] = home
        folder = pathlib.Path(home, ".confluent")
        folder.mkdir()
        quiet = {"disable_feature_flags": True, "disable_update_check": True}
        (folder / "config.json").write_text(json.dumps(quiet))
        for command in way_in():
            code, said = confluent(*command)
            if code:
                raise SystemExit(f"{' '.join(command)}: {said}")
        yield


def way_in():
    """Yield the commands from a login to the Flink of our region."""
    cloud = os.environ["CONFLUENT_CLOUD_REST_ENDPOINT"]
    other = [] if cloud == CLOUD else ["--url", f"{cloud}/cpdev.cloud"]
    provider, region = os.environ["CLOUD_PROVIDER"], os.environ["CLOUD_REGION"]
    where = ["--cloud", provider, "--region", region]
    yield ["login", *other]
    yield ["environment", "use", os.environ["CONFLUENT_ENVIRONMENT_ID"]]
    yield ["flink", "region", "use", *where]
    yield ["flink", "endpoint", "use", os.environ["FLINK_REST_ENDPOINT"]]


if __name__ == "__main__":
    for version in VERSIONS:
        line = f"confluent version {version}"
        print(f"{line}: {judge(line)}")
    if shutil.which("confluent"):
        code, said = confluent("--version")
        print(f"on this machine: {said.strip()}: {judge(said)}")
        if not is_new_enough(said):
            raise SystemExit("install the confluent CLI 4.7 or newer")
    else:
        print("on this machine: no confluent on PATH")
