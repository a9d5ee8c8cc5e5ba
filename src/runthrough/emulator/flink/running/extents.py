"""Where a statement begins to read its sources, and where it ends.

Sources: facts/flink-sql-ai.md 1.3 (`scan.startup.mode`, `scan.bounded.mode`, also as OPTIONS
hints) and 1.10 (`sql.tables.*`). A session's value holds for tables that have none of their own.
That an older statement is taken by what it has read so far is facts' 'latest offsets'.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from runthrough.emulator.flink.catalog import Session, Table
from runthrough.emulator.flink.parse.refusals import not_emulated
from runthrough.emulator.flink.plan import SqlError
from runthrough.emulator.flink.running.store import Span, Store

INITIAL_OFFSETS = "sql.tables.initial-offset-from"


@dataclass(frozen=True)
class Extent:
    """What one statement reads of one source.

    Attributes:
        after: the record number after which it reads.
        upto: the number of the last record; None = it never ends.
        bounds: see `store.Span`: where partitions begin and end at places of their own.
    """

    after: int = 0
    upto: int | None = None
    bounds: str = ""

    def span(self, after: int, upto: int, op: int | None = None) -> Span:
        """Return the part of it between two record numbers."""
        return Span(after, upto, op, self.bounds)


class Extents:
    """Works out the extents of a statement's sources.

    Args:
        store: the logs.
        catch_up: makes the store hold all that a topic has.
        offsets_of: what a statement has read so far: topic → (partition → next offset); raises
            SqlError if there is no such statement.
    """

    def __init__(
        self,
        store: Store,
        catch_up: Callable[[str], None],
        offsets_of: Callable[[str], Mapping[str, Mapping[int, int]]],
    ) -> None:
        self._store, self._catch_up, self._offsets_of = store, catch_up, offsets_of

    def of(self, table: Table, session: Session) -> Extent:
        """Return the extent of a table for a statement of a session.

        Raises:
            SqlError: an option's value is not one the emulator has.
        """
        start, begin = self._start(table, session)
        upto, end = self._end(table, session)
        both = " AND ".join(f"({text})" for text in (begin, end) if text)
        return Extent(start, upto, both)

    def _start(self, table: Table, session: Session) -> tuple[int, str]:
        mode = _option(table, session, "scan.startup.mode", "earliest-offset")
        older = session.properties.get(INITIAL_OFFSETS)
        if mode == "earliest-offset" and older:
            return self._carried_over(table, older)
        match mode:
            case "earliest-offset":
                return 0, ""
            case "latest-offset":
                self._catch_up(table.topic)
                return self._store.end(table.topic), ""
            case "timestamp":
                since = _millis(table, session, "scan.startup.timestamp-millis")
                self._catch_up(table.topic)
                return 0, _per_partition(self._store.numbers_before(table.topic, since), ">")
            case other:
                raise not_emulated(f"'scan.startup.mode' = '{other}'")

    def _carried_over(self, table: Table, older: str) -> tuple[int, str]:
        offsets = self._offsets_of(older).get(table.topic)
        if offsets is None:
            return 0, ""
        self._catch_up(table.topic)
        return 0, _per_partition(self._store.numbers_at(table.topic, offsets), ">")

    def _end(self, table: Table, session: Session) -> tuple[int | None, str]:
        match _option(table, session, "scan.bounded.mode", "unbounded"):
            case "unbounded":
                return None, ""
            case "latest-offset":
                self._catch_up(table.topic)
                return self._store.end(table.topic), ""
            case "timestamp":
                until = _millis(table, session, "scan.bounded.timestamp-millis")
                self._catch_up(table.topic)
                last = self._store.numbers_before(table.topic, until)
                return self._store.end(table.topic), _per_partition(last, "<=")
            case other:
                raise not_emulated(f"'scan.bounded.mode' = '{other}'")


def _option(table: Table, session: Session, key: str, default: str) -> str:
    own = table.options.get(key, default)
    if own != default:
        return own
    return session.properties.get(f"sql.tables.{key}", default)


def _millis(table: Table, session: Session, key: str) -> int:
    given = table.options.get(key, session.properties.get(f"sql.tables.{key}", ""))
    if not given.strip().isdigit():
        raise SqlError(f"'{key}' must be given in milliseconds.")
    return int(given)


def _per_partition(numbers: Mapping[int, int], comparison: str) -> str:
    """Return DuckDB text that holds for the records beyond (or up to) a number per partition.

    A partition that is not named has no record yet: all that comes lies beyond.
    """
    if not numbers:
        return "" if comparison == ">" else "FALSE"
    cases = " ".join(
        f'WHEN {p} THEN "__seq" {comparison} {number}' for p, number in sorted(numbers.items())
    )
    other = "TRUE" if comparison == ">" else "FALSE"
    return f'CASE "__partition" {cases} ELSE {other} END'
