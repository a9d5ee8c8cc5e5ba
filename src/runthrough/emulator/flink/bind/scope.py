"""Which columns a name can mean, and what is said when it means none.

Sources: facts/flink-sql-ai.md 1.1 (names are case-sensitive), 6.4 (wording).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from runthrough.emulator.flink.bind.relations import Field
from runthrough.emulator.flink.parse.refusals import Refused


@dataclass(frozen=True)
class Range:
    """An item of FROM: its alias, or the parts of its table's name, and its columns.

    Attributes:
        merged: ids of columns that JOIN … USING made one with another item's: they need `a.`.
    """

    names: tuple[str, ...]
    fields: tuple[Field, ...]
    merged: frozenset[str] = frozenset()

    @property
    def plain(self) -> tuple[Field, ...]:
        """The columns that a bare name can mean."""
        return tuple(f for f in self.fields if f.id not in self.merged)

    def answers_to(self, parts: tuple[str, ...]) -> bool:
        """Return whether `a.` or `db.a.` before a column means this item."""
        return bool(parts) and self.names[-len(parts) :] == parts


@dataclass(frozen=True)
class Scope:
    """The items of one FROM, and around it those of the query a subquery stands in.

    Attributes:
        wm: ids of the watermarks that were there when a row of FROM came.
    """

    ranges: tuple[Range, ...] = ()
    outer: Scope | None = None
    wm: tuple[str, ...] = ()

    def field(self, identity: str | None) -> Field | None:
        """Return a column of this FROM by its id."""
        fields = (f for item in self.ranges for f in item.fields)
        return next((f for f in fields if f.id == identity), None)

    def with_range(self, item: Range) -> Scope:
        """Return the scope with one more item."""
        return Scope((*self.ranges, item), self.outer)

    def find(self, parts: tuple[str, ...]) -> tuple[Field, tuple[str, ...]]:
        """Return the column that a dotted name begins with, and the parts left over.

        The parts left over are fields of a row type.

        Raises:
            Refused: nothing, or more than one thing, has that name.
        """
        scope: Scope | None = self
        while scope is not None:
            if found := scope._own(parts):
                return found
            scope = scope.outer
        raise Refused(self._not_found(parts))

    def _own(self, parts: tuple[str, ...]) -> tuple[Field, tuple[str, ...]] | None:
        for size in range(min(len(parts) - 1, 3), 0, -1):
            for item in self.ranges:
                if not item.answers_to(parts[:size]):
                    continue
                fields = [f for f in item.fields if f.name == parts[size]]
                if fields:
                    return fields[0], parts[size + 1 :]
        matches = [f for item in self.ranges for f in item.plain if f.name == parts[0]]
        if len(matches) > 1 and not all(f.id == matches[0].id for f in matches):
            if len(parts) > 1 and any(item.answers_to(parts[:1]) for item in self.ranges):
                return None
            raise Refused(f"Column '{parts[0]}' is ambiguous")
        return (matches[0], parts[1:]) if matches else None

    def _not_found(self, parts: tuple[str, ...]) -> str:
        everything = _all_ranges(self)
        if len(parts) == 1:
            names = [f.name for item in everything for f in item.fields]
            return f"Column '{parts[0]}' not found in any table" + did_you_mean(parts[0], names)
        for item in everything:
            if item.answers_to(parts[:-1]) or item.answers_to(parts[:1]):
                column = parts[-1] if item.answers_to(parts[:-1]) else parts[1]
                names = [f.name for f in item.fields]
                where = f"Column '{column}' not found in table '{item.names[-1]}'"
                return where + did_you_mean(column, names)
        table = parts[-2]
        return f"Table '{table}' not found" + did_you_mean(
            table, [r.names[-1] for r in everything if r.names]
        )


def _all_ranges(scope: Scope | None) -> list[Range]:
    return [] if scope is None else [*scope.ranges, *_all_ranges(scope.outer)]


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return `; did you mean 'id'?` if a known name differs in upper and lower case alone."""
    for other in known:
        if other != name and other.lower() == name.lower():
            return f"; did you mean '{other}'?"
    return ""


@dataclass
class Ids:
    """Gives out column ids and relation names, each once in a statement."""

    _next: dict[str, int] = field(default_factory=dict)

    def new(self, prefix: str = "c") -> str:
        """Return the next id of a kind."""
        number = self._next.get(prefix, 0)
        self._next[prefix] = number + 1
        return f"{prefix}{number}"
