"""Look for the tools where there is none: with an empty PATH."""

import os
import subprocess
import sys
import tempfile

with tempfile.TemporaryDirectory() as empty:
    ended = subprocess.run(
        [sys.executable, "tools.py"], env=os.environ | {"PATH": empty}
    )
sys.exit(ended.returncode and f"tools.py ended with {ended.returncode}")
