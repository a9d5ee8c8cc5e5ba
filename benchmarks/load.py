"""Load from `wrk`, and servers in processes of their own to put it on.

`wrk` is Debian's package of that name: 16 connections, one thread of its own.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 16
MOTO = """
import sys
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print("http://%s:%s" % server.get_host_and_port(), flush=True)
sys.stdin.read()
"""
"""moto's server on a free port: prints its address."""


@dataclass(frozen=True)
class Load:
    """What wrk saw.

    Attributes:
        speed: requests a second.
        p50, p99: milliseconds.
        failed: answers that are not 2xx or 3xx, and broken connections.
    """

    speed: float
    p50: float
    p99: float
    requests: int
    failed: int


def is_ready(script: str) -> bool:
    """Whether there is wrk; says so where there is none."""
    if shutil.which("wrk"):
        return True
    print(f"{script} needs wrk (Debian: apt-get install wrk); nothing was measured")
    return False


def wrk(url: str, seconds: int, authorization: str | None, path: Path | None = None) -> Load:
    """Run wrk against an address. Raises CalledProcessError, ValueError: it did not work."""
    command = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    if authorization:
        command += ["-H", f"Authorization: {authorization}"]
    if path:
        command += ["-s", str(path)]
    done = subprocess.run(
        [*command, url], check=True, capture_output=True, text=True, timeout=seconds + 60
    )
    return read_wrk(done.stdout)


def read_wrk(text: str) -> Load:
    def number(pattern: str) -> float:
        found = re.search(pattern, text)
        return float(found[1]) if found else 0.0

    def milliseconds(percent: int) -> float:
        found = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s)\s*$", text, re.MULTILINE)
        if found is None:
            raise ValueError(f"wrk said nothing of the {percent}th percentile:\n{text}")
        return float(found[1]) * {"us": 0.001, "ms": 1, "s": 1000}[found[2]]

    socket = r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)"
    errors = re.search(socket, text)
    broken = sum(int(n) for n in errors.groups()) if errors else 0
    return Load(
        speed=number(r"Requests/sec:\s+([\d.]+)"),
        p50=milliseconds(50),
        p99=milliseconds(99),
        requests=int(number(r"(\d+) requests in")),
        failed=broken + int(number(r"Non-2xx or 3xx responses: (\d+)")),
    )


@contextmanager
def process(source: str, python: str | None = None) -> Iterator[tuple[int, str]]:
    """Run a script until the block ends; yield its process id and the first line it prints."""
    with subprocess.Popen(
        [python or sys.executable, "-W", "ignore", "-c", source],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as running:
        try:
            line = running.stdout.readline().strip()
            if not line:
                raise RuntimeError("the server did not start")
            yield running.pid, line
        finally:
            running.kill()


def script(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def show(what: str, load: Load, peer: Load | None = None, *, of: str = "moto") -> None:
    text = f"{what:<44}{load.speed:>9,.0f}/s   p50 {load.p50:>6.1f} ms   p99 {load.p99:>6.1f} ms"
    if peer is not None:
        text += f"   {load.speed / peer.speed:.1f}x {of}"
    if load.failed:
        text += f"   {load.failed} of {load.requests} failed"
    print(text, flush=True)
