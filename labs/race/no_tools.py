"""Run setup.py where nothing is installed, and see where it stops."""

import subprocess
import sys

# -S leaves out all that pip has installed, -E what your variables add.
bare = [sys.executable, "-B", "-E", "-S", "setup.py"]
sys.exit(subprocess.run(bare, stdin=subprocess.DEVNULL).returncode)
