"""The options of a run, where they are declared and as data."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from pydantic import SecretStr

if TYPE_CHECKING:
    from runthrough.run.session import Run

RESULTS = Path("build/runthrough")
"""Where a run leaves its record, samples, ledger and JUnit file, below the current folder."""

RUN: pytest.StashKey[Run] = pytest.StashKey()
"""Where the plugin keeps the run on pytest's config; nothing is there without features."""

DEFAULT_WAIT = {"emulator": 30.0, "live": 120.0}
"""Seconds a Then line may take that has no limit of its own, by target."""


@dataclass(frozen=True)
class Options:
    """What the command line says of a run.

    Attributes:
        target: `emulator` or `live`.
        mode: `run`, `check` or `solve`.
        first, last: titles of `--from` and `--until`.
        wait: seconds a Then line may take that has no limit of its own.
        world: name or file of the emulator's world.
        llm: address of the server that answers its prompts, and the model to ask for; None = the
            stand-ins answer.
        mongodb: address of the server whose collections its external tables search; may hold a
            password. None = they are the emulator's own.
    """

    target: str
    mode: str
    first: str | None
    last: str | None
    env_file: Path | None
    world: str
    llm: str | None
    llm_model: str | None
    mongodb: SecretStr | None
    wait: float
    keep: bool
    prove: bool


def add_options(parser: pytest.Parser) -> None:
    """Declare the options; each names what it changes."""
    group = parser.getgroup("runthrough", "labs (.feature files)")
    group.addoption(
        "--target",
        choices=("emulator", "live"),
        default="emulator",
        help="where the labs run: the emulator in this process, or the addresses and keys of "
        "the environment",
    )
    group.addoption(
        "--mode",
        choices=("run", "check", "solve"),
        default="run",
        help="run: as written; check: look only, change nothing; solve: carry out what leaves "
        "something behind",
    )
    group.addoption("--from", dest="first", metavar="SCENARIO", help="start at this scenario")
    group.addoption("--until", dest="last", metavar="SCENARIO", help="end after this scenario")
    group.addoption(
        "--env-file", type=Path, metavar="FILE", help="read settings here, below the environment's"
    )
    group.addoption("--world", default="default", metavar="NAME|FILE", help="the emulator's world")
    group.addoption(
        "--llm",
        metavar="URL",
        help="an OpenAI-compatible server that answers the emulator's prompts",
    )
    group.addoption("--llm-model", metavar="NAME", help="the model to ask it for")
    group.addoption(
        "--mongodb",
        metavar="URI",
        help="a MongoDB server whose collections the emulator's external tables search",
    )
    group.addoption(
        "--wait", type=float, metavar="SECONDS", help="how long a Then line may take (30, live 120)"
    )
    group.addoption("--keep", action="store_true", help="leave what the run created")
    group.addoption(
        "--prove",
        action="store_true",
        help="fail a scenario whose Then lines hold before its When line is carried out",
    )
    group.addoption("--seed", type=int, default=42, help="seed of the labs' data")
    group.addoption("--scale", type=int, default=1, help="multiplies the labs' data")


def read_options(config: pytest.Config) -> Options:
    """Return the options. Raises UsageError for those that cannot go together."""
    option = config.getoption
    target, prove, wait = option("--target"), option("--prove"), option("--wait")
    if prove and target != "emulator":
        raise pytest.UsageError("--prove carries every step out anew, so it is for the emulator")
    if wait is not None and wait < 0:
        raise pytest.UsageError(f"--wait takes seconds, not {wait:g}")
    if option("--llm") and target != "emulator":
        raise pytest.UsageError("--llm answers the emulator's prompts; the live target has models")
    if option("--llm-model") and not option("--llm"):
        raise pytest.UsageError("--llm-model goes with --llm")
    if option("--mongodb") is not None and target != "emulator":
        raise pytest.UsageError(
            "--mongodb is for the emulator's external tables; those of the live target read what "
            "their connections name"
        )
    if option("--scale") < 1:
        raise pytest.UsageError(f"--scale takes a number from 1, not {option('--scale')}")
    return Options(
        target=target,
        mode=option("--mode"),
        first=option("first"),
        last=option("last"),
        env_file=option("--env-file"),
        world=option("--world"),
        llm=option("--llm"),
        llm_model=option("--llm-model"),
        mongodb=None if option("--mongodb") is None else SecretStr(option("--mongodb")),
        wait=DEFAULT_WAIT[target] if wait is None else wait,
        keep=option("--keep") or option("--mode") == "solve",  # a solve is there to leave things
        prove=prove,
    )
