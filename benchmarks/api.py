"""How fast the Flink gateway's routes answer, beside moto's server. Prints, judges nothing.

    python benchmarks/api.py [--seconds 5] [--kept 10000] [--requests 100000]

The load comes from `wrk` (Debian's package of that name; without it there is nothing to measure
with, and the script says so and ends), 16 connections, one thread of its own. Peer: moto's server
answering STS GetCallerIdentity, measured in the same minute. The other process on the machine is
wrk itself; whoever else works there makes the figures smaller, the ratio less so.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import httpx
from load import CONNECTIONS, MOTO, Load, is_ready, process, script, show, wrk

SERVER = """
import sys, threading
from runthrough.emulator.server import serve
with serve() as running:
    key, world = running.world.key("flink"), running.world
    print(running.url, world.organization.id, world.environment.id, world.cluster.name, key.id,
          key.secret.get_secret_value(), flush=True)
    sys.stdin.read()
"""
AWS_CALL = """
wrk.method = "POST"
wrk.body = "Action=GetCallerIdentity&Version=2011-06-15"
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = "AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/sts/" ..
  "aws4_request, SignedHeaders=host, Signature=0"
"""
DDL = """
local bodies = {{ {bodies} }}
local count = 0
function request()
  local round = math.floor(count / #bodies)
  local body = bodies[count % #bodies + 1]
  local names = {{NAME = "s-{prefix}-" .. count, NEW = "o-{prefix}-" .. round,
    OLD = "o-{prefix}-" .. (round - 40)}}
  count = count + 1
  return wrk.format("POST", nil, {{["Authorization"] = "{authorization}",
    ["Content-Type"] = "application/json"}}, (body:gsub("%u%u%u+", names)))
end
"""


@dataclass(frozen=True)
class Target:
    """A running emulator in a process of its own."""

    gateway: str
    where: dict[str, str]
    authorization: str
    pid: int

    def client(self) -> httpx.Client:
        headers = {"Authorization": self.authorization}
        return httpx.Client(base_url=self.gateway, headers=headers, trust_env=False, timeout=60)

    def memory(self) -> float:
        """Return the resident memory in MiB."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+) kB", status)[1]) / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="of load, each")
    parser.add_argument("--kept", type=int, default=10_000, help="finished statements in the list")
    parser.add_argument("--requests", type=int, default=100_000, help="before memory is looked at")
    options = parser.parse_args()
    if not is_ready("benchmarks/api.py"):
        return 0
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, {CONNECTIONS} connections\n")
    with tempfile.TemporaryDirectory(prefix="runthrough-bench-") as name:
        peer = moto(options.seconds, Path(name))
        with emulator() as target:
            measure(target, options, peer, Path(name))
    return 0


def measure(target: Target, options: argparse.Namespace, peer: Load | None, folder: Path) -> None:
    with target.client() as client:
        submit(client, target, "one", "SELECT 1")
        began = target.memory()
        load = wrk(f"{target.gateway}/statements/one", options.seconds, target.authorization)
        show("GET a statement", load, peer)
        show(
            "GET a page of results",
            wrk(f"{target.gateway}/statements/one/results", options.seconds, target.authorization),
        )
        view = ["CREATE VIEW `NEW` AS SELECT 1 AS a", "DROP VIEW IF EXISTS `OLD`"]
        ddl(target, "POST a view, made or dropped", view, options.seconds, folder)
        table = ["CREATE TABLE `NEW` (id INT)", "DROP TABLE IF EXISTS `OLD`"]
        ddl(target, "POST a table, made or dropped", table, options.seconds, folder)
        kept = keep(client, target, options.kept)
        page = f"{target.gateway}/statements?page_size=100"
        seconds = [timed_get(client, page) for _ in range(20)]
        deep = [timed_get(client, deep_page(client, page, 20)) for _ in range(5)]
        print(f"a page of 100 of {kept:,} statements{'':<18}{median_ms(seconds)}")
        print(f"the same, page 21{'':<35}{median_ms(deep)}")
        load = wrk(f"{target.gateway}/statements/one", options.seconds, target.authorization)
        show(f"GET a statement, {kept:,} kept", load, peer)
        soak = wrk(
            f"{target.gateway}/statements/one",
            max(1, round(options.requests / load.speed) + 1),
            target.authorization,
        )
        print(
            f"memory: {began:,.0f} MiB at first, {target.memory():,.0f} MiB with {kept:,}"
            f" statements and after {soak.requests:,} requests more"
        )


def moto(seconds: int, folder: Path) -> Load | None:
    """Measure moto's server, which needs the extra `moto[server]`."""
    if not find_spec("flask") or not find_spec("moto"):
        print("moto's server: not measured, there is no moto[server] here")
        return None
    with process(MOTO) as (_, line):
        load = wrk(line, seconds, None, script(folder / "aws.lua", AWS_CALL))
    show("moto server: STS GetCallerIdentity", load)
    return load


def ddl(target: Target, what: str, statements: list[str], seconds: int, folder: Path) -> None:
    """Statements created one after the other, each to its end: DDL is done when POST answers.

    What is made is dropped 40 statements later, so that the broker's topics stay few: a mock
    broker with thousands of them is another measurement.
    """
    bodies = ", ".join(
        f"'{json.dumps({'name': 'NAME', 'spec': {'statement': sql, 'properties': target.where}})}'"
        for sql in statements
    )
    prefix = re.sub(r"\W", "-", what.lower())
    text = DDL.format(prefix=prefix, bodies=bodies, authorization=target.authorization)
    load = wrk(f"{target.gateway}/statements", seconds, None, script(folder / "ddl.lua", text))
    show(what, load)
    with target.client() as client:
        listed = client.get("/statements?page_size=100").json()["data"]
    phases = {statement["status"]["phase"] for statement in listed}
    if phases != {"COMPLETED"}:
        print(f"  not all of the last ones are COMPLETED: {', '.join(sorted(phases))}")


def keep(client: httpx.Client, target: Target, wanted: int) -> int:
    """Fill the list up with finished statements; return how many there are."""
    known = count(client)
    with ThreadPoolExecutor(4) as pool:
        list(
            pool.map(
                lambda number: submit(client, target, f"kept-{number}", "SELECT 1"),
                range(wanted - known),
            )
        )
    return max(known, wanted)


def count(client: httpx.Client) -> int:
    address, found = "/statements?page_size=100", 0
    while address:
        body = client.get(address).json()
        found += len(body["data"])
        address = body["metadata"]["next"]
    return found


def deep_page(client: httpx.Client, address: str, pages: int) -> str:
    for _ in range(pages):
        address = client.get(address).json()["metadata"]["next"] or address
    return address


def submit(client: httpx.Client, target: Target, name: str, sql: str) -> None:
    spec = {"statement": sql, "properties": target.where}
    client.post("/statements", json={"name": name, "spec": spec}).raise_for_status()


def timed_get(client: httpx.Client, address: str) -> float:
    began = time.perf_counter()
    client.get(address).raise_for_status()
    return time.perf_counter() - began


@contextmanager
def emulator() -> Iterator[Target]:
    with process(SERVER) as (pid, line):
        url, organization, environment, cluster, key, secret = line.split()
        yield Target(
            gateway=f"{url}/sql/v1/organizations/{organization}/environments/{environment}",
            where={"sql.current-catalog": environment, "sql.current-database": cluster},
            authorization="Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode(),
            pid=pid,
        )


def median_ms(seconds: list[float]) -> str:
    ordered = sorted(seconds)
    return f"median {ordered[len(ordered) // 2] * 1000:.1f} ms, slowest {ordered[-1] * 1000:.1f} ms"


if __name__ == "__main__":
    sys.exit(main())
