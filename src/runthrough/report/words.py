"""How results and failures are said in reports."""

from __future__ import annotations

import textwrap

SIGNS = {"passed": "✓", "failed": "✗", "skipped": "–", "unfinished": "…"}  # noqa: RUF001
"""The sign of each status; it never stands without its word where colours or signs are lost."""


def say_failure(title: str, message: str) -> str:
    """Return a failure as it stands below its scenario's title, which opens most of them.

    A scenario that was broken off (Ctrl-C) failed without a message.
    """
    if not message:
        return "broken off"
    first, _, rest = message.partition("\n")
    return textwrap.dedent(rest) if first == title and rest else message
