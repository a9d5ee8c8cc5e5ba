"""Have the preflight look at a file that nobody filled in: the sample."""

import subprocess
import sys
import tempfile
from pathlib import Path

with tempfile.TemporaryDirectory() as folder:
    file = Path(folder) / "terraform.tfvars"
    file.write_bytes(Path("terraform/sample.tfvars").read_bytes())
    looked = subprocess.run(
        [sys.executable, "-m", "workshop.preflight", str(file)],
        capture_output=True,
        text=True,
    )
    print("in the folder after it:", *[f.name for f in Path(folder).iterdir()])
sys.exit(looked.stderr.strip())
