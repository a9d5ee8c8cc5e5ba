"""The doctor's findings on a terminal: one line a check, what to do below it."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from runthrough.doctor.findings import Check, Verdict

_SIGNS = {Verdict.PASS: ("✓", "green"), Verdict.WARN: ("!", "yellow"), Verdict.FAIL: ("✗", "red")}


def show(checks: Iterable[Check], console: Console) -> bool:
    """Print checks as they come; return whether none failed."""
    counts = dict.fromkeys(Verdict, 0)
    for check in checks:
        counts[check.verdict] += 1
        sign, colour = _SIGNS[check.verdict]
        line = Text.assemble(
            (f" {sign} ", f"bold {colour}"), (f"{check.name:<25}", "bold"), check.seen
        )
        console.print(line, soft_wrap=True)
        if check.todo and check.verdict is not Verdict.PASS:
            console.print(Text(f"{'':<28}→ {check.todo}", style=colour), soft_wrap=True)
    passed, warned, failed = (counts[v] for v in Verdict)
    console.print(f"\n{passed} passed, {warned} warned, {failed} failed")
    return failed == 0
