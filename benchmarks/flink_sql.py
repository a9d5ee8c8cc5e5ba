"""How fast LAB 2's statements are, and what one more record costs; beside Apache Flink 2.3.

    python benchmarks/flink_sql.py [--sizes 1000 10000 100000 1000000] [--skip-flink]

Each size runs in a process of its own: the topics are filled, then each CTAS of the feature is
submitted once the one before it is complete, and the time counts from its submission until its
table holds everything. Peak memory is that of the whole process, the loading included. Flink runs
the first two statements (it has no model to ask) over the same rows, in streaming mode, and is
given 200 seconds. It stands in the environment that `make oracle` sets up, or in that of `--flink`.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
FLINK = HERE.parent / ".venv-oracle" / "bin" / "python"
FLINK_SECONDS = 200
OUR_SECONDS = 900
SIZES = (1_000, 10_000, 100_000, 1_000_000)


@dataclass(frozen=True)
class Measured:
    """One run of one size; seconds by statement, and the largest memory in MiB.

    Attributes:
        cpu: seconds of all statements on all CPUs together.
    """

    seconds: dict[str, float]
    memory: float
    loading: float = 0.0
    cpu: float = 0.0

    @property
    def total(self) -> float:
        """Seconds of the first two statements, which both sides have."""
        return self.seconds["join"] + self.seconds["aggregate"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="numbers of bookings")
    parser.add_argument("--skip-flink", action="store_true")
    parser.add_argument("--skip-refresh", action="store_true")
    parser.add_argument("--flink", type=Path, default=FLINK, help="a Python with apache-flink")
    options = parser.parse_args()
    busy = f"load {os.getloadavg()[0]:.0f} at the start"
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, {busy}; seconds\n")
    for line in report(options):
        print(line, flush=True)
    return 0


def report(options: argparse.Namespace) -> Iterator[str]:
    missing = "asked for" if options.skip_flink else why_no_flink(options.flink)
    with_flink = not missing
    if missing:
        yield f"Flink is left out: {missing}\n"
    yield (
        f"{'bookings':>10}{'join':>8}{'group':>8}{'model':>8}{'all':>8}{'CPU':>8}{'growth':>8}"
        f"{'MiB':>8}{'loading':>9}{'Flink j+g':>11}{'ours/Flink':>12}"
    )
    last: float | None = None
    for size in options.sizes:
        ours = measured([sys.executable, str(HERE / "lab2_run.py"), str(size)], OUR_SECONDS)
        if isinstance(ours, str):
            yield f"{size:>10,}  {ours}"
            continue
        whole = ours.total + ours.seconds["model"]
        parts = "".join(f"{ours.seconds[p]:>8.2f}" for p in ("join", "aggregate", "model"))
        growth = f"{whole / last:>7.1f}x" if last else " " * 8
        last = whole
        line = f"{size:>10,}{parts}{whole:>8.2f}{ours.cpu:>8.2f}{growth}"
        line += f"{ours.memory:>8,.0f}{ours.loading:>9.1f}"
        if with_flink:
            command = [str(options.flink), str(HERE / "lab2_flink.py"), str(size), sys.executable]
            theirs = measured(command, FLINK_SECONDS + 60)
            if isinstance(theirs, str):
                line += f"{theirs:>11}"
            elif theirs.total > FLINK_SECONDS:
                line += f"{f'> {FLINK_SECONDS}':>11}"
            else:
                line += f"{theirs.total:>11.1f}{ours.total / theirs.total:>11.3f}x"
        yield line
    if not options.skip_refresh:
        yield ""
        for there in (0, 100_000):
            command = [sys.executable, str(HERE / "refresh_run.py"), str(there)]
            found = measured(command, OUR_SECONDS)
            told = found if isinstance(found, str) else f"{found.seconds['refresh']:.2f} s"
            yield f"10,000 records one by one into a GROUP BY over {there:,} rows: {told}"
        for there in (10_000, 100_000):
            command = [sys.executable, str(HERE / "chain_refresh.py"), str(there)]
            found = measured(command, OUR_SECONDS)
            told = found if isinstance(found, str) else f"{found.seconds['refresh'] * 50:.0f} ms"
            yield f"one more review through LAB 2's join and aggregate, {there:,} bookings: {told}"


def why_no_flink(python: Path) -> str:
    """Return why this Python cannot run Flink; "" = it can."""
    if not python.exists():
        return f"there is no {python}"
    asked = subprocess.run([python, "-c", "import pyflink.table"], capture_output=True, timeout=60)
    return "" if asked.returncode == 0 else f"{python} has no apache-flink; --flink names one"


def measured(command: list[str], limit: float) -> Measured | str:
    """Run a script that prints its measurement as the last line; else say why there is none."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=limit)
    except subprocess.TimeoutExpired:
        return f"> {limit:.0f} s"
    if done.returncode:
        print(done.stderr[-2000:], file=sys.stderr)
        return "failed"
    return Measured(**json.loads(done.stdout.splitlines()[-1]))


if __name__ == "__main__":
    sys.exit(main())
