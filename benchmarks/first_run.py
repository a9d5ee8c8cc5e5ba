"""How long the first run takes: the emulator, the labs, the data. Prints, judges nothing.

    python benchmarks/first_run.py [--rounds 3] [--skip-labs]

Times are wall time on this machine; where there is a peer, it is measured in the same minute and
the last column is ours divided by theirs, which travels from one machine to the next better than
seconds do. It fails only where something could not be measured, never because it was slow.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from statistics import median

PROJECT = Path(__file__).parent.parent
WHAT_A_RUN_NEEDS = ("features", "steps", "labs", "conftest.py", "pyproject.toml", ".gitignore")
LIMIT_SECONDS = 900

EMULATOR = """
import time
began = time.perf_counter()
from runthrough.emulator.server import serve
imported = time.perf_counter()
import httpx
loaded = time.perf_counter()
with serve() as running:
    httpx.get(running.url + "/nothing", trust_env=False)
    ready = time.perf_counter()
    print(imported - began + ready - loaded, ready - loaded)
"""
FLOOR = """
import threading, time
began = time.perf_counter()
import uvicorn
from confluent_kafka import Producer
from starlette.applications import Starlette
imported = time.perf_counter()
import httpx
loaded = time.perf_counter()
producer = Producer({"test.mock.num.brokers": 1, "log_level": 0})
producer.list_topics(timeout=10)
server = uvicorn.Server(uvicorn.Config(Starlette(), port=0, log_level="error"))
threading.Thread(target=server.run, daemon=True).start()
while not server.started:
    time.sleep(0.001)
port = server.servers[0].sockets[0].getsockname()[1]
httpx.get(f"http://127.0.0.1:{port}/nothing", trust_env=False)
ready = time.perf_counter()
server.should_exit = True
print(imported - began + ready - loaded, ready - loaded)
"""
MOTO = """
import time
began = time.perf_counter()
from moto.server import ThreadedMotoServer
imported = time.perf_counter()
import httpx
loaded = time.perf_counter()
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
httpx.get(f"http://{host}:{port}/moto-api/data.json", trust_env=False)
ready = time.perf_counter()
server.stop()
print(imported - began + ready - loaded, ready - loaded)
"""


@dataclass(frozen=True)
class Line:
    """One measurement; `theirs` is the peer's, in the same unit."""

    what: str
    ours: float | None
    unit: str
    peer: str = ""
    theirs: float | None = None
    note: str = ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="of each; the median counts")
    parser.add_argument("--skip-labs", action="store_true", help="only emulator and data")
    options = parser.parse_args()
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, median of {options.rounds}\n")
    print(f"{'what':<52}{'ours':>10}  {'peer':<30}{'theirs':>10}{'ours/theirs':>13}")
    failed = False
    for line in measure(options.rounds, with_labs=not options.skip_labs):
        print(as_text(line), flush=True)
        failed |= line.ours is None
    return int(failed)


def measure(rounds: int, *, with_labs: bool) -> Iterator[Line]:
    yield from emulator(rounds)
    yield from data(rounds)
    yield from producing()
    if with_labs:
        yield from labs(rounds)


def emulator(rounds: int) -> Iterator[Line]:
    """A fresh process to the first HTTP answer: imports included, and without them.

    The floor is what ours stands on with nothing in it: uvicorn and the mock broker. moto is a
    server of the same kind; its server needs the extra `moto[server]`.
    """
    peers = {"uvicorn + mock broker, empty": FLOOR}
    if find_spec("flask"):
        peers["moto server"] = MOTO
    ours = in_fresh_processes(EMULATOR, rounds)
    for peer, script in peers.items():
        theirs = in_fresh_processes(script, rounds)
        yield Line("emulator: import and first answer", ours[0], "s", peer, theirs[0])
        yield Line("emulator: first answer, modules loaded", ours[1], "s", peer, theirs[1])
    if "moto server" not in peers:
        yield Line("emulator", ours[0], "s", "moto server", note="not measured: no moto[server]")


def in_fresh_processes(script: str, rounds: int) -> tuple[float, float]:
    """Run a script that prints two durations and return the medians of each."""
    pairs = []
    for _ in range(rounds):
        answer = subprocess.run(
            [sys.executable, "-W", "ignore", "-c", script],
            check=True,
            capture_output=True,
            text=True,
            timeout=60,
        )
        with_import, without = answer.stdout.split()[-2:]
        pairs.append((float(with_import), float(without)))
    return median(p[0] for p in pairs), median(p[1] for p in pairs)


def data(rounds: int) -> Iterator[Line]:
    """Rows a second, against Faker making customers of the same fields."""
    from runthrough.data.river_hotels import generate

    peer = 5_000 / timed(lambda: fake_customers(5_000), rounds)
    for scale in (1, 10):
        rows = sum(len(of_topic) for of_topic in generate(scale=scale).rows.values())
        speed = rows / timed(lambda scale=scale: generate(scale=scale), rounds)
        yield Line(f"data: {rows:,} rows, scale {scale}", speed, "rows/s", "Faker, 5,000", peer)


def fake_customers(count: int) -> list[dict[str, str]]:
    from faker import Faker

    fake = Faker("en_US")
    fake.seed_instance(42)
    return [
        {
            "CUSTOMER_ID": f"C{number}",
            "EMAIL": fake.email(),
            "FIRST_NAME": fake.first_name(),
            "LAST_NAME": fake.last_name(),
            "BIRTH_DATE": fake.date_of_birth(minimum_age=18).isoformat(),
        }
        for number in range(count)
    ]


def producing() -> Iterator[Line]:
    """All topics into a fresh emulator: topics, schemas, Avro, confirmed records."""
    from runthrough.data.command import produce
    from runthrough.emulator.server import serve
    from runthrough.settings import Settings

    for scale in (1, 10):
        with serve() as running:
            settings = Settings.read(running.exports)
            began = time.perf_counter()
            manifest = produce(settings, scale=scale)
            seconds = time.perf_counter() - began
        records = sum(manifest.topics.values())
        yield Line(f"produce: {records:,} records into the emulator", seconds, "s")


def labs(rounds: int) -> Iterator[Line]:
    """`runthrough run` of all labs, process start to exit; scale 10 once, it takes longer."""
    for scale, times in ((1, rounds), (10, 1)):
        with project_copy() as folder:
            results = [run_labs(folder, scale) for _ in range(times)]
        problems = [problem for _, problem in results if problem]
        seconds = None if problems else median(seconds for seconds, _ in results)
        note = problems[0] if problems else ""
        yield Line(f"runthrough run, all labs, scale {scale}", seconds, "s", note=note)


def run_labs(folder: Path, scale: int) -> tuple[float, str]:
    """Run once; return the seconds and, if it did not pass, why."""
    command = [sys.executable, "-m", "runthrough.cli", "run", f"--scale={scale}"]
    began = time.perf_counter()
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LIMIT_SECONDS
        )
    except subprocess.TimeoutExpired:
        return LIMIT_SECONDS, f"not done after {LIMIT_SECONDS} s"
    seconds = time.perf_counter() - began
    if done.returncode == 0:
        return seconds, ""
    said = [text for text in (done.stdout + done.stderr).splitlines() if text.strip()]
    return seconds, f"exit {done.returncode}: {said[-1].strip() if said else 'nothing said'}"


@contextmanager
def project_copy() -> Iterator[Path]:
    """A copy of what a run reads, so that the last record and its samples stay as they are."""
    with tempfile.TemporaryDirectory(prefix="runthrough-bench-") as name:
        for part in WHAT_A_RUN_NEEDS:
            source = PROJECT / part
            if source.is_dir():
                shutil.copytree(source, Path(name) / part)
            else:
                shutil.copy(source, name)
        yield Path(name)


def timed(call: Callable[[], object], rounds: int) -> float:
    """Return the median seconds of a call."""
    seconds = []
    for _ in range(rounds):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return median(seconds)


def as_text(line: Line) -> str:
    ours = "failed" if line.ours is None else amount(line.ours, line.unit)
    text = f"{line.what:<52}{ours:>10}  {line.peer:<30}"
    if line.ours is not None and line.theirs:
        text += f"{amount(line.theirs, line.unit):>10}{line.ours / line.theirs:>12.2f}x"
    return f"{text}{line.note}".rstrip()


def amount(number: float, unit: str) -> str:
    return f"{number:.2f} s" if unit == "s" else f"{number:,.0f}/s"


if __name__ == "__main__":
    sys.exit(main())
