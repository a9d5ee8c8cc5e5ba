"""Generate the hotel data twice with one seed and compare the files."""

import hashlib
import json
import tempfile
from pathlib import Path

from workshop.practice import run

SEED = "42"


def generate(folder: Path) -> dict[str, str]:
    """Generate into a folder; return the digest of every file."""
    run("data", "lab2", "--seed", SEED, "--out", str(folder), environ={})
    return {
        file.name: hashlib.sha256(file.read_bytes()).hexdigest()
        for file in sorted(folder.iterdir())
    }


with tempfile.TemporaryDirectory() as folder:
    first, second = Path(folder) / "first", Path(folder) / "second"
    print("byte for byte the same:", generate(first) == generate(second))

    manifest = json.loads((first / "manifest.json").read_text("utf-8"))
    print("from", manifest["base_instant"], "with seed", manifest["seed"])
    for topic, promised in manifest["topics"].items():
        rows = (first / f"{topic}.ndjson").read_text("utf-8").splitlines()
        print(f"{topic}: {len(rows)} rows, promised {promised}")
