"""How fast Bedrock's routes answer, beside MiniStack and moto's server. Prints, judges nothing.

    python benchmarks/bedrock.py [--seconds 5] [--ministack PYTHON] [--streams 200]

Every request to the emulator is signed (botocore signs it once, wrk repeats it: a signature holds
for five minutes) and its signature is verified. Neither peer verifies any. Peers, measured in the
same minute: MiniStack's Converse, where `--ministack` names a Python that has the package; moto's
InvokeModel, which answers `{}` (it has no Converse).
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import httpx
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from load import CONNECTIONS, MOTO, Load, is_ready, process, script, show, wrk

SERVER = """
import sys
from runthrough.emulator.server import serve
with serve() as running:
    key = running.world.aws.keys[0]
    print(running.url, running.world.region, running.world.aws.model_id, key.access_key_id,
          key.secret_access_key.get_secret_value(),
          key.session_token.get_secret_value() if key.session_token else "-", flush=True)
    sys.stdin.read()
"""
MINISTACK = """
import os, subprocess, sys, time, urllib.request
port = sys.argv[1] if len(sys.argv) > 1 else os.environ["GATEWAY_PORT"]
child = subprocess.Popen([sys.executable, "-m", "ministack"], stdout=subprocess.DEVNULL,
                         stderr=subprocess.DEVNULL)
try:
    for _ in range(200):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/_ministack/health", timeout=1)
            break
        except OSError:
            time.sleep(0.1)
    print(f"http://127.0.0.1:{port}", flush=True)
    sys.stdin.read()
finally:
    child.terminate()
"""
BODY = json.dumps(
    {
        "messages": [{"role": "user", "content": [{"text": "What is 1+1? Answer shortly."}]}],
        "inferenceConfig": {"maxTokens": 50},
    }
)
MODEL_BODY = json.dumps(
    {
        "anthropic_version": "bedrock-2023-05-31",
        "max_tokens": 50,
        "messages": [{"role": "user", "content": "What is 1+1? Answer shortly."}],
    }
)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=5, help="of load, each")
    parser.add_argument("--ministack", metavar="PYTHON", help="a Python that has ministack")
    parser.add_argument("--streams", type=int, default=200, help="streams to time the start of")
    options = parser.parse_args()
    if not is_ready("benchmarks/bedrock.py"):
        return 0
    print(f"{os.cpu_count()} CPUs, Python {sys.version.split()[0]}, {CONNECTIONS} connections\n")
    with tempfile.TemporaryDirectory(prefix="runthrough-bench-") as name:
        folder = Path(name)
        peers = {
            "moto": moto(options.seconds, folder),
            "MiniStack": ministack(options.ministack, options.seconds, folder),
        }
        with process(SERVER) as (_, line):
            measure(Signed(line.split()), options, peers, folder)
    return 0


class Signed:
    """A running emulator, and requests to it that carry a signature."""

    def __init__(self, words: list[str]) -> None:
        self.url, self.region, self.model, key_id, secret, token = words
        self._credentials = Credentials(key_id, secret, None if token == "-" else token)

    def headers(self, url: str, body: str) -> dict[str, str]:
        request = AWSRequest("POST", url, {"Content-Type": "application/json"}, body)
        SigV4Auth(self._credentials, "bedrock", self.region).add_auth(request)
        return {name: str(value) for name, value in request.headers.items()}


def measure(
    target: Signed, options: argparse.Namespace, peers: dict[str, Load | None], folder: Path
) -> None:
    at = f"{target.url}/model/{target.model.replace(':', '%3A')}"
    for what, address, body in (
        ("Converse, signature verified", f"{at}/converse", BODY),
        ("InvokeModel, signature verified", f"{at}/invoke", MODEL_BODY),
    ):
        text = post(body, target.headers(address, body))
        load = wrk(address, options.seconds, None, script(folder / "post.lua", text))
        show(what, load)
        for name, peer in peers.items():
            if peer is not None and peer.speed:  # one that answered nothing has no ratio
                print(f"{'':<44}{load.speed / peer.speed:>9.2f}x {name}")
    stream = f"{at}/converse-stream"
    firsts = sorted(first_chunks(target, stream, options.streams))
    middle, late = firsts[len(firsts) // 2], firsts[int(len(firsts) * 0.99)]
    print(f"ConverseStream, first chunk{'':<18}p50 {middle:.1f} ms   p99 {late:.1f} ms")


def first_chunks(target: Signed, address: str, count: int) -> Iterator[float]:
    """Yield the milliseconds from sending a request to the first bytes of its answer's body."""
    headers = target.headers(address, BODY)
    with httpx.Client(trust_env=False, timeout=30) as client:
        for _ in range(count):
            began = time.perf_counter()
            with client.stream("POST", address, content=BODY, headers=headers) as answer:
                answer.raise_for_status()
                chunks = answer.iter_raw()
                next(chunks)
                yield (time.perf_counter() - began) * 1000
                for _ in chunks:  # to its end, so that the connection serves again
                    pass


def moto(seconds: int, folder: Path) -> Load | None:
    """Measure moto's server, which needs the extra `moto[server]`."""
    if not find_spec("flask") or not find_spec("moto"):
        print("moto's server: not measured, there is no moto[server] here")
        return None
    with process(MOTO) as (_, url):
        text = post(MODEL_BODY, unverified("bedrock"))
        load = wrk(f"{url}/model/any/invoke", seconds, None, script(folder / "moto.lua", text))
    show("moto server: InvokeModel, answers {}", load)
    return load


def ministack(python: str | None, seconds: int, folder: Path) -> Load | None:
    """Measure MiniStack, which is installed apart."""
    if python is None:
        print("MiniStack: not measured (--ministack PYTHON)")
        return None
    with free_port() as port:
        os.environ["GATEWAY_PORT"] = str(port)
    with process(MINISTACK, python) as (_, url):
        address = f"{url}/model/anthropic.claude-haiku-4-5-20251001-v1%3A0/converse"
        text = post(BODY, unverified("bedrock"))
        load = wrk(address, seconds, None, script(folder / "ministack.lua", text))
    show("MiniStack: Converse, nothing verified", load)
    return load


@contextmanager
def free_port() -> Iterator[int]:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        yield one.getsockname()[1]


def unverified(service: str) -> dict[str, str]:
    """Return the headers of a request to somebody who believes any signature."""
    scope = f"AKIAEXAMPLE/20260101/us-east-1/{service}/aws4_request"
    return {
        "Content-Type": "application/json",
        "Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0",
    }


def post(body: str, headers: dict[str, str]) -> str:
    """Return a script for wrk that sends this POST again and again."""
    lines = ['wrk.method = "POST"', f"wrk.body = {json.dumps(body)}"]
    lines += [f"wrk.headers[{json.dumps(k)}] = {json.dumps(v)}" for k, v in headers.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
