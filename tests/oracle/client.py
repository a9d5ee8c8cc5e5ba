"""Our side of the referee: starts it, asks it, gives up on it in time, starts it again."""

from __future__ import annotations

import contextlib
import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
START_LIMIT = 120
"""Seconds the Java process may take until it is ready, compiling included."""


class RefereeError(Exception):
    """The referee did not start or died."""


@dataclass(frozen=True)
class Answer:
    """What Flink says of a statement.

    Attributes:
        columns: (name, type text) of the result, as far as it was validated.
        mode: changelog mode of the node below the sink, or of the root without a sink.
        keys: upsert keys of that node.
        nodes: the plan from the sink down: depth, text, mode, keys.
        rows: (op, values) in order; values as the gateway encodes them. None if not asked for.
        error: the innermost message, None if there is no error; `errors` is the whole chain.
    """

    columns: tuple[tuple[str, str], ...] = ()
    mode: frozenset[str] = frozenset()
    keys: tuple[tuple[str, ...], ...] = ()
    nodes: tuple[Mapping[str, Any], ...] = ()
    rows: tuple[tuple[str, list[Any]], ...] | None = None
    error: str | None = None
    errors: tuple[str, ...] = ()
    explain: str = ""

    @classmethod
    def from_json(cls, found: Mapping[str, Any]) -> Answer:
        """Read an answer from the referee's line."""
        rows = found.get("rows")
        names = [name for name, _ in found.get("columns", ())]
        return cls(
            columns=tuple(
                (name, text.replace(" *ROWTIME*", "")) for name, text in found.get("columns", ())
            ),
            mode=frozenset(found.get("mode", ())),
            keys=tuple(tuple(names[place] for place in key) for key in found.get("keys", ())),
            nodes=tuple(found.get("nodes", ())),
            rows=None if rows is None else tuple((op, values) for op, values in rows),
            error=found.get("error"),
            errors=tuple(found.get("errors", ())),
            explain=found.get("explain", ""),
        )


def python() -> Path | None:
    """Return the Python of the environment with Flink, or None where there is none."""
    named = os.environ.get("RUNTHROUGH_ORACLE")
    found = Path(named) if named else REPOSITORY / ".venv-oracle" / "bin" / "python"
    return found if found.exists() else None


def absent() -> str:
    """Return why the referee cannot be asked here; '' if it can."""
    if python() is None:
        return "Apache Flink is not here: make oracle, or RUNTHROUGH_ORACLE=<python with it>"
    if shutil.which("java") is None or shutil.which("javac") is None:
        return "the referee needs a Java 17 JDK"
    return ""


@dataclass
class Referee:
    """One Java process, started with the first question and after each that was too slow."""

    _process: subprocess.Popen[str] | None = None
    _lines: queue.Queue[str] = field(default_factory=queue.Queue)

    def ask(self, sql: str, *, limit: float = 60, **question: Any) -> Answer:
        """Ask a question (see referee.py) and return the answer.

        Raises:
            RefereeError: Flink did not start, died, or did not answer within `limit` seconds.
        """
        return Answer.from_json(self.ask_json({"sql": sql, "timeout": limit, **question}))

    def ask_json(self, question: Mapping[str, Any]) -> dict[str, Any]:
        """Ask with the line of JSON as it is."""
        process = self._process or self._start()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(question) + "\n")
            process.stdin.flush()
            line = self._lines.get(timeout=float(question.get("timeout", 60)) + 10)
        except (OSError, queue.Empty) as e:
            self.close()
            raise RefereeError(f"no answer to {question.get('sql')!r}") from e
        if not line:
            self.close()
            raise RefereeError(f"Flink died of {question.get('sql')!r}")
        answer: dict[str, Any] = json.loads(line)
        if answer.get("timeout"):
            self.close()
        return answer

    def _start(self) -> subprocess.Popen[str]:
        found = python()
        if found is None:
            raise RefereeError(absent())
        self._lines = queue.Queue()
        self._process = subprocess.Popen(
            [found, HERE / "referee.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
        )
        assert self._process.stdout is not None
        threading.Thread(
            target=_pump, args=(self._process.stdout, self._lines), daemon=True
        ).start()
        try:
            ready = self._lines.get(timeout=START_LIMIT)
        except queue.Empty:
            ready = ""
        if "ready" not in ready:
            self.close()
            raise RefereeError("Flink did not start")
        return self._process

    def close(self) -> None:
        """End the Java process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _pump(lines: IO[str], into: queue.Queue[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for line in lines:
            into.put(line)
    into.put("")
