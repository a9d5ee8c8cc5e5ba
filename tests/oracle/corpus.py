"""Our statements to be compared, from corpus/*.sql: `-- name`, then a query that ends in `;`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"


@dataclass(frozen=True)
class Statement:
    """A query. `name` is `theme/what it is`, unique."""

    name: str
    sql: str


def statements(theme: str = "*") -> Iterator[Statement]:
    """Yield the statements of a theme, or of all."""
    for path in sorted(CORPUS.glob(f"{theme}.sql")):
        pieces = re.split(r"^-- (.*)\n", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        seen: dict[str, int] = {}
        for title, body in zip(pieces[1::2], pieces[2::2], strict=True):
            sql = body.strip().removesuffix(";")
            if not sql:
                continue  # a line about the file
            seen[title] = seen.get(title, 0) + 1
            assert seen[title] == 1, f"{path}: two statements are called {title!r}"
            yield Statement(f"{path.stem}/{title}", sql)
