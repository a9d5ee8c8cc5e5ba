"""The views of one environment, and how DESCRIBE and SHOW CREATE VIEW print one.

Source: facts/flink-sql-ai.md 1.6, 1.10. `Views` is not thread-safe: its owner has the lock.
"""

from __future__ import annotations

from runthrough.emulator.flink import types
from runthrough.emulator.flink.catalog import View

Path = tuple[str, str, str]


class Views:
    """Views by database and name."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], View] = {}

    def get(self, path: Path) -> View | None:
        """Return a view; None if there is none."""
        return self._known.get(path[1:])

    def names(self, database: str) -> tuple[str, ...]:
        """Return the names of a database's views."""
        return tuple(sorted(name for where, name in self._known if where == database))

    def all(self) -> tuple[View, ...]:
        """Return every view, by database and name."""
        return tuple(self._known[key] for key in sorted(self._known))

    def put(self, view: View) -> None:
        """Remember a view, in place of one of its name."""
        self._known[view.path[1:]] = view

    def drop(self, path: Path) -> None:
        """Forget a view."""
        self._known.pop(path[1:], None)


def create_view_text(view: View) -> str:
    """Return the CREATE VIEW statement of a view.

    Apache Flink prints the query with every name in full; here it is as it was written.
    """
    names = ",\n".join(f"  {types.quote_name(c.name)}" for c in view.columns)
    quoted = (view.comment or "").replace("'", "''")
    comment = f"COMMENT '{quoted}'\n" if view.comment else ""
    path = ".".join(types.quote_name(part) for part in view.path)
    return f"CREATE VIEW {path} (\n{names}\n)\n{comment}AS {view.query}\n"
